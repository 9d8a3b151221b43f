// One arrow::RecordBatchReader from anything: adds up a column of doubles, batch by batch.
//
//   read_batches SOURCE COLUMN
//   read_batches orders.csv.gz amount
#include <arrow/array.h>

#include <iostream>

#include "bowyer/bowyer.h"

namespace {

arrow::Status Run(const char* source, const char* column) {
  ARROW_ASSIGN_OR_RAISE(auto context, bowyer::Context::Make());
  ARROW_ASSIGN_OR_RAISE(auto location, bowyer::Location::Parse(source));
  bowyer::Selection selection;
  selection.select = {column};
  ARROW_ASSIGN_OR_RAISE(auto reader, bowyer::OpenReader(context, {location}, {}, selection));
  if (reader->schema()->field(0)->type()->id() != arrow::Type::DOUBLE) {
    return arrow::Status::Invalid(column, " is ", reader->schema()->field(0)->type()->ToString(),
                                  ", not float64");
  }
  int64_t rows = 0;
  double sum = 0;
  for (auto batch : *reader) {
    ARROW_ASSIGN_OR_RAISE(auto values, std::move(batch));
    const auto& doubles = static_cast<const arrow::DoubleArray&>(*values->column(0));
    for (int64_t row = 0; row < doubles.length(); ++row) {
      if (doubles.IsValid(row)) sum += doubles.Value(row);
    }
    rows += values->num_rows();
  }
  std::cout << rows << " rows, sum of " << column << " " << sum << '\n';
  return arrow::Status::OK();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: read_batches SOURCE COLUMN\n";
    return 2;
  }
  const auto status = Run(argv[1], argv[2]);
  if (status.ok()) return 0;
  std::cerr << "error: " << bowyer::Describe(status) << '\n';
  return static_cast<int>(bowyer::CodeOf(status));
}
