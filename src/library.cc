// libbowyer is made of the folders' static libraries; CMake wants one source of its own.
#include "bowyer/bowyer.h"
