// DuckDB's chunks of 2,048 rows are gathered by whoever reads, and become batches on the context's
// workers, in order, unless many read at once.
#include "databases/duckdb/result_reader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/final_error.h"
#include "core/ordered_tasks.h"
#include "databases/duckdb/chunk_bytes.h"
#include "databases/duckdb/chunk_converter.h"
#include "databases/duckdb/status.h"
#include "databases/duckdb/types.h"

namespace bowyer {
namespace {

class ResultReader : public arrow::RecordBatchReader {
 public:
  ResultReader(std::shared_ptr<DuckDbConnection> connection,
               std::unique_ptr<duckdb::QueryResult> result,
               std::shared_ptr<const ChunkConverter> converter, int64_t rows_per_batch,
               bool on_calling_thread)
      : connection_(std::move(connection)),
        result_(std::move(result)),
        converter_(std::move(converter)),
        on_calling_thread_(on_calling_thread),
        rows_per_batch_(static_cast<duckdb::idx_t>(rows_per_batch)),
        // Text may be of any length: a batch ends at this size, too.
        bytes_per_batch_(static_cast<duckdb::idx_t>(connection_->context()->block_bytes()) * 4),
        tasks_(connection_->context(), connection_->context()->threads() + 1) {}

  std::shared_ptr<arrow::Schema> schema() const override { return converter_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    ARROW_RETURN_NOT_OK(connection_->context()->CheckStop());
    const auto status = Next(out);
    if (!status.ok()) {
      tasks_.Abandon();
      ended_ = true;
      (void)Close();
    }
    // The interrupt was ours: say it in the context's words.
    if (!status.ok() && CodeOf(status) == ErrorCode::kInterrupted) {
      ARROW_RETURN_NOT_OK(connection_->context()->CheckStop());
    }
    return status;
  }

  arrow::Status Close() override {
    tasks_.Abandon();
    ended_ = true;
    return Guarded([&] {
      rest_.reset();
      result_.reset();
    });
  }

 private:
  arrow::Status Next(std::shared_ptr<arrow::RecordBatch>* out) {
    if (on_calling_thread_) {
      ARROW_ASSIGN_OR_RAISE(auto chunks, Guarded([&] { return ended_ ? Chunks() : Gather(); }));
      if (!chunks.empty()) return converter_->Convert(std::move(chunks)).Value(out);
      result_.reset();
      return arrow::Status::OK();
    }
    while (!ended_ && !tasks_.full()) {
      ARROW_ASSIGN_OR_RAISE(auto chunks, Guarded([&] { return Gather(); }));
      if (chunks.empty()) break;
      ARROW_RETURN_NOT_OK(
          tasks_.Submit([converter = converter_, chunks = std::move(chunks)]() mutable {
            return converter->Convert(std::move(chunks));
          }));
    }
    if (tasks_.empty()) {
      result_.reset();
      return arrow::Status::OK();
    }
    return tasks_.Next().Value(out);
  }

  // The rows of the next batch.
  arrow::Result<Chunks> Gather() {
    Chunks chunks;
    duckdb::idx_t rows = 0, bytes = 0;
    while (rows < rows_per_batch_ && bytes < bytes_per_batch_) {
      auto chunk = std::exchange(rest_, nullptr);
      if (chunk == nullptr) {
        duckdb::ErrorData error;
        duckdb::unique_ptr<duckdb::DataChunk> next;
        // An error is thrown, or found in the result.
        if (!result_->TryFetch(next, error)) {
          return FromDuckDb(error.HasError() ? error : result_->GetErrorObject());
        }
        ended_ = next == nullptr || next->size() == 0;
        if (ended_) break;
        chunk = std::move(next);
      }
      if (const auto room = rows_per_batch_ - rows; chunk->size() > room) {
        rest_ = duckdb::make_shared_ptr<duckdb::DataChunk>();
        rest_->Initialize(duckdb::Allocator::DefaultAllocator(), chunk->GetTypes());
        chunk->Copy(*rest_, room);
        chunk->SetCardinality(room);
      }
      rows += chunk->size();
      bytes += BytesOf(*chunk);
      chunks.push_back(std::move(chunk));
    }
    return chunks;
  }

  std::shared_ptr<DuckDbConnection> connection_;
  std::unique_ptr<duckdb::QueryResult> result_;
  std::shared_ptr<const ChunkConverter> converter_;
  const bool on_calling_thread_;
  const duckdb::idx_t rows_per_batch_, bytes_per_batch_;
  duckdb::shared_ptr<duckdb::DataChunk> rest_;  // of a chunk that was longer than its batch
  bool ended_ = false;                          // a stream that ended cannot be asked again
  OrderedTasks<std::shared_ptr<arrow::RecordBatch>> tasks_;
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::Schema>> ArrowSchemaOf(
    const duckdb::vector<duckdb::LogicalType>& types, const duckdb::vector<duckdb::string>& names,
    duckdb::ClientProperties properties) {
  arrow::FieldVector fields;
  for (size_t i = 0; i < types.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto field, ToArrowField(types[i], names[i], true, properties));
    fields.push_back(std::move(field));
  }
  return arrow::schema(std::move(fields));
}

int64_t ResultBatchRows(const Context& context, const arrow::Schema& schema) {
  const int64_t rows = context.batch_rows(16 * schema.num_fields());
  // Whole chunks need not be cut.
  constexpr int64_t kChunk = STANDARD_VECTOR_SIZE;
  return rows > kChunk && context.requested_batch_rows() == 0 ? rows - rows % kChunk : rows;
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> MakeResultReader(
    std::shared_ptr<DuckDbConnection> connection, std::unique_ptr<duckdb::QueryResult> result,
    int64_t rows_per_batch, const std::shared_ptr<arrow::Schema>& schema, bool infinities,
    bool on_calling_thread) {
  ARROW_ASSIGN_OR_RAISE(
      auto converter, Guarded([&]() -> arrow::Result<std::shared_ptr<const ChunkConverter>> {
        if (result->HasError()) return FromDuckDb(result->GetErrorObject());
        return ChunkConverter::Make(result->types, result->names, result->client_properties, schema,
                                    infinities);
      }));
  if (rows_per_batch == 0) {
    rows_per_batch = ResultBatchRows(*connection->context(), *converter->schema());
  }
  return WithFinalError(std::make_shared<ResultReader>(std::move(connection), std::move(result),
                                                       std::move(converter), rows_per_batch,
                                                       on_calling_thread));
}

}  // namespace bowyer
