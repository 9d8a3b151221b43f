// A source of one's own: squares, made batch by batch, written wherever they are wanted.
//
//   from_generator DESTINATION
//   from_generator squares.parquet
#include <arrow/builder.h>

#include <iostream>

#include "bowyer/bowyer.h"

namespace {

arrow::Status Run(const char* destination) {
  ARROW_ASSIGN_OR_RAISE(auto context, bowyer::Context::Make());
  ARROW_ASSIGN_OR_RAISE(auto location, bowyer::Location::Parse(destination));
  const auto schema =
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("square", arrow::int64())});
  auto squares = bowyer::MakeReader(
      schema, [&, n = int64_t{0}]() mutable -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
        if (n == 1000) return nullptr;
        arrow::Int64Builder number, square;
        for (const int64_t end = n + 100; n < end; ++n) {
          ARROW_RETURN_NOT_OK(number.Append(n));
          ARROW_RETURN_NOT_OK(square.Append(n * n));
        }
        ARROW_ASSIGN_OR_RAISE(auto numbers, number.Finish());
        ARROW_ASSIGN_OR_RAISE(auto values, square.Finish());
        return arrow::RecordBatch::Make(schema, 100, {numbers, values});
      });
  ARROW_ASSIGN_OR_RAISE(auto report, bowyer::Copy(context, squares, location));
  std::cout << report.rows << " squares\n";
  return arrow::Status::OK();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: from_generator DESTINATION\n";
    return 2;
  }
  const auto status = Run(argv[1]);
  if (status.ok()) return 0;
  std::cerr << "error: " << bowyer::Describe(status) << '\n';
  return static_cast<int>(bowyer::CodeOf(status));
}
