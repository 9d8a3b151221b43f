// Chunks of a DuckDB result -> one record batch, exactly or not at all.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <duckdb.hpp>
#include <duckdb/common/arrow/arrow_appender.hpp>
#include <memory>
#include <string>
#include <vector>

namespace bowyer {

using Chunks = std::vector<duckdb::shared_ptr<duckdb::DataChunk>>;

// Thread-safe: Convert may run on several threads.
class ChunkConverter {
 public:
  // `schema`: that the batches get, which says of each column whether it may be null; null: made of
  // names and types. infinities: the extremes of dates and timestamps stand for infinite ones, which
  // are errors otherwise. Errors: kData for a type that Arrow has not, with the column.
  static arrow::Result<std::shared_ptr<const ChunkConverter>> Make(
      const duckdb::vector<duckdb::LogicalType>& types, const duckdb::vector<duckdb::string>& names,
      const duckdb::ClientProperties& properties, std::shared_ptr<arrow::Schema> schema,
      bool infinities = false);

  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }

  // Errors: kData for a value that Arrow cannot hold, with the column.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Convert(Chunks chunks) const;

 private:
  friend class BatchAppender;
  ChunkConverter() = default;

  struct Column {
    duckdb::LogicalType type;
    duckdb::LogicalType carrier;  // as which values leave; HUGEINT for the bytes of a UUID
    bool is_cast = false;
    bool is_uuid = false;
    bool has_intervals = false;
  };
  // The chunk's columns in their carriers' types.
  arrow::Status Carry(duckdb::DataChunk& chunk, duckdb::DataChunk* carried) const;
  arrow::Status CarryColumn(size_t i, duckdb::Vector& values, duckdb::idx_t rows,
                            duckdb::Vector* carried) const;

  std::vector<Column> columns_;
  bool as_it_is_ = true;  // all columns leave as they came
  duckdb::vector<duckdb::LogicalType> carriers_;
  duckdb::ClientProperties properties_;
  bool infinities_ = false;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::Schema> storage_;  // of the carriers
};

// A batch that grows chunk by chunk, whose memory may be used again. DuckDB's exceptions pass
// through it. On one thread.
class BatchAppender {
 public:
  // rows: that the batch is likely to have.
  BatchAppender(const ChunkConverter& converter, duckdb::idx_t rows)
      : converter_(converter), appender_(converter.carriers_, rows, converter.properties_, {}) {}

  // Errors: those of ChunkConverter::Convert, as for Finish.
  arrow::Status Append(duckdb::DataChunk& chunk);
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Finish();

 private:
  const ChunkConverter& converter_;
  duckdb::ArrowAppender appender_;
};

}  // namespace bowyer
