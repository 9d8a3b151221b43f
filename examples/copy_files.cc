// Copies files, with a choice of columns and rows: what `bowyer copy` does.
//
//   copy_files SOURCE DESTINATION [CONDITION]
//   copy_files orders.csv large.parquet 'amount > 100'
#include <iostream>

#include "bowyer/bowyer.h"

namespace {

arrow::Status Run(int argc, char** argv) {
  ARROW_ASSIGN_OR_RAISE(auto context, bowyer::Context::Make());
  ARROW_ASSIGN_OR_RAISE(auto source, bowyer::Location::Parse(argv[1]));
  ARROW_ASSIGN_OR_RAISE(auto destination, bowyer::Location::Parse(argv[2]));
  bowyer::WriteOptions write;
  write.if_exists = bowyer::IfExists::kOverwrite;
  bowyer::Selection selection;
  if (argc > 3) selection.where = argv[3];
  ARROW_ASSIGN_OR_RAISE(auto report,
                        bowyer::Copy(context, {source}, destination, {}, write, selection));
  std::cout << report.rows << " rows, " << report.bytes_read << " bytes read, "
            << report.bytes_written << " written\n";
  return arrow::Status::OK();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    std::cerr << "usage: copy_files SOURCE DESTINATION [CONDITION]\n";
    return 2;
  }
  const auto status = Run(argc, argv);
  if (status.ok()) return 0;
  std::cerr << "error: " << bowyer::Describe(status) << '\n';
  return static_cast<int>(bowyer::CodeOf(status));
}
