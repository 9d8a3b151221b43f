// A step of one's own between reading and writing: a column more, in which each row has the sum of
// all rows so far. It is a reader around a reader, so that one batch is in memory at a time.
//
//   running_sums SOURCE COLUMN DESTINATION
//   running_sums orders.csv amount sums.parquet
#include <arrow/array.h>
#include <arrow/builder.h>

#include <iostream>

#include "bowyer/bowyer.h"

namespace {

using Reader = std::shared_ptr<arrow::RecordBatchReader>;

arrow::Result<Reader> WithRunningSum(Reader reader, const std::string& column) {
  const int index = reader->schema()->GetFieldIndex(column);
  if (index < 0 || reader->schema()->field(index)->type()->id() != arrow::Type::DOUBLE) {
    return arrow::Status::Invalid("there is no column ", column, " of type float64");
  }
  const auto sum = arrow::field(column + "_so_far", arrow::float64());
  ARROW_ASSIGN_OR_RAISE(auto schema,
                        reader->schema()->AddField(reader->schema()->num_fields(), sum));
  return bowyer::MakeReader(
      std::move(schema),
      [=, total = 0.0]() mutable -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
        ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
        if (batch == nullptr) return batch;
        const auto& values = static_cast<const arrow::DoubleArray&>(*batch->column(index));
        arrow::DoubleBuilder sums;
        for (int64_t row = 0; row < values.length(); ++row) {
          if (values.IsValid(row)) total += values.Value(row);
          ARROW_RETURN_NOT_OK(sums.Append(total));
        }
        ARROW_ASSIGN_OR_RAISE(auto so_far, sums.Finish());
        return batch->AddColumn(batch->num_columns(), sum, so_far);
      });
}

arrow::Status Run(const char* source, const char* column, const char* destination) {
  ARROW_ASSIGN_OR_RAISE(auto context, bowyer::Context::Make());
  ARROW_ASSIGN_OR_RAISE(auto from, bowyer::Location::Parse(source));
  ARROW_ASSIGN_OR_RAISE(auto to, bowyer::Location::Parse(destination));
  ARROW_ASSIGN_OR_RAISE(auto reader, bowyer::OpenReader(context, {from}));
  ARROW_ASSIGN_OR_RAISE(reader, WithRunningSum(std::move(reader), column));
  ARROW_ASSIGN_OR_RAISE(auto report, bowyer::Copy(context, reader, to));
  std::cout << report.rows << " rows\n";
  return arrow::Status::OK();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: running_sums SOURCE COLUMN DESTINATION\n";
    return 2;
  }
  const auto status = Run(argv[1], argv[2], argv[3]);
  if (status.ok()) return 0;
  std::cerr << "error: " << bowyer::Describe(status) << '\n';
  return static_cast<int>(bowyer::CodeOf(status));
}
