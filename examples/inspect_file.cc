// Looks at a file without reading more than it must: what `bowyer inspect` does.
//
//   inspect_file SOURCE
#include <arrow/pretty_print.h>

#include <iostream>

#include "bowyer/bowyer.h"

namespace {

arrow::Status Run(const char* source) {
  ARROW_ASSIGN_OR_RAISE(auto context, bowyer::Context::Make());
  ARROW_ASSIGN_OR_RAISE(auto location, bowyer::Location::Parse(source));
  ARROW_ASSIGN_OR_RAISE(auto seen, bowyer::Inspect(context, location, {}, {.head_rows = 3}));
  std::cout << seen.info.format << '\n' << seen.schema->ToString() << '\n';
  if (seen.info.rows) std::cout << *seen.info.rows << " rows\n";
  for (const auto& [name, value] : seen.info.facts) std::cout << name << ": " << value << '\n';
  return arrow::PrettyPrint(*seen.rows, 0, &std::cout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: inspect_file SOURCE\n";
    return 2;
  }
  const auto status = Run(argv[1]);
  if (status.ok()) return 0;
  std::cerr << "error: " << bowyer::Describe(status) << '\n';
  return static_cast<int>(bowyer::CodeOf(status));
}
