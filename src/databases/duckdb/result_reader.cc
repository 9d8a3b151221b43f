// DuckDB's chunks of 2,048 rows, gathered into batches of the size that was asked for.
#include "databases/duckdb/result_reader.h"

#include <arrow/c/bridge.h>

#include <algorithm>
#include <duckdb/common/arrow/arrow_appender.hpp>
#include <duckdb/common/arrow/arrow_converter.hpp>
#include <duckdb/function/table/arrow/arrow_duck_schema.hpp>

#include "databases/duckdb/exact_values.h"
#include "databases/duckdb/status.h"

namespace bowyer {
namespace {

class ResultReader : public arrow::RecordBatchReader {
 public:
  ResultReader(std::shared_ptr<DuckDbConnection> connection,
               std::unique_ptr<duckdb::QueryResult> result, std::shared_ptr<arrow::Schema> schema,
               int64_t rows_per_batch)
      : connection_(std::move(connection)),
        result_(std::move(result)),
        schema_(std::move(schema)),
        rows_per_batch_(static_cast<duckdb::idx_t>(rows_per_batch)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    if (result_ == nullptr || ended_) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(connection_->context()->CheckStop());
    const auto status = Guarded([&] { return Next(out); });
    // The interrupt was ours: say it in the context's words.
    if (!status.ok() && CodeOf(status) == ErrorCode::kInterrupted) {
      ARROW_RETURN_NOT_OK(connection_->context()->CheckStop());
    }
    if (!status.ok() || *out == nullptr) result_.reset();
    return status;
  }

  arrow::Status Close() override {
    return Guarded([&] {
      chunk_.reset();
      result_.reset();
    });
  }

 private:
  arrow::Status Next(std::shared_ptr<arrow::RecordBatch>* out) {
    auto properties = result_->client_properties;
    duckdb::ArrowAppender appender(result_->types,
                                   std::min<duckdb::idx_t>(rows_per_batch_, 1 << 16), properties,
                                   duckdb::ArrowTypeExtensionData::GetExtensionTypes(
                                       *properties.client_context, result_->types));
    duckdb::idx_t rows = 0;
    while (rows < rows_per_batch_) {
      if (chunk_ == nullptr) {
        duckdb::ErrorData error;
        duckdb::unique_ptr<duckdb::DataChunk> next;
        // An error is thrown, or found in the result.
        if (!result_->TryFetch(next, error)) {
          return FromDuckDb(error.HasError() ? error : result_->GetErrorObject());
        }
        ended_ = next == nullptr || next->size() == 0;
        if (ended_) break;
        chunk_ = std::move(next);
        used_ = 0;
      }
      const duckdb::idx_t take = std::min(chunk_->size() - used_, rows_per_batch_ - rows);
      appender.Append(*chunk_, used_, used_ + take, chunk_->size());
      used_ += take;
      rows += take;
      if (used_ == chunk_->size()) chunk_.reset();
    }
    if (rows == 0) return arrow::Status::OK();
    ArrowArray array = appender.Finalize();
    ARROW_ASSIGN_OR_RAISE(*out, arrow::ImportRecordBatch(&array, schema_));
    return CheckFitsArrow(**out);
  }

  std::shared_ptr<DuckDbConnection> connection_;
  std::unique_ptr<duckdb::QueryResult> result_;
  std::shared_ptr<arrow::Schema> schema_;
  const duckdb::idx_t rows_per_batch_;
  duckdb::unique_ptr<duckdb::DataChunk> chunk_;
  duckdb::idx_t used_ = 0;
  bool ended_ = false;  // a stream that ended cannot be asked again
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::Schema>> ArrowSchemaOf(
    const duckdb::vector<duckdb::LogicalType>& types, const duckdb::vector<duckdb::string>& names,
    duckdb::ClientProperties properties) {
  ARROW_RETURN_NOT_OK(CheckFitsArrow(types, names));
  return Guarded([&]() -> arrow::Result<std::shared_ptr<arrow::Schema>> {
    ArrowSchema schema;
    duckdb::ArrowConverter::ToArrowSchema(&schema, types, names, properties);
    return arrow::ImportSchema(&schema);
  });
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> MakeResultReader(
    std::shared_ptr<DuckDbConnection> connection, std::unique_ptr<duckdb::QueryResult> result,
    int64_t rows_per_batch) {
  if (result->HasError()) return FromDuckDb(result->GetErrorObject());
  ARROW_ASSIGN_OR_RAISE(auto schema,
                        ArrowSchemaOf(result->types, result->names, result->client_properties));
  if (rows_per_batch == 0) {
    rows_per_batch = connection->context()->batch_rows(16 * schema->num_fields());
  }
  return std::make_shared<ResultReader>(std::move(connection), std::move(result), std::move(schema),
                                        rows_per_batch);
}

}  // namespace bowyer
