// bowyer: the command.
#include <cstdio>

#include "bowyer/bowyer.h"

int main() {
  std::printf("bowyer %s\n", bowyer::Version());
  return 0;
}
