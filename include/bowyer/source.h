// Where batches come from.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/type_fwd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bowyer {

// A part of a source in its natural units (record batches, row groups, key ranges): the units
// [first, first + count). count = -1: all that follow.
struct Chunk {
  int64_t index = 0;
  int64_t first = 0;
  int64_t count = -1;
  int64_t rows = -1;  // -1: not known before reading
};

// Columns of a scan whose values tell which of its rows are wanted.
struct RowChoice {
  std::vector<int> columns;  // positions in ScanOptions::columns
  // The rows of `values`, a batch of these columns, that are wanted, rising. Called in ReadNext.
  std::function<arrow::Result<std::vector<uint32_t>>(
      const std::shared_ptr<arrow::RecordBatch>& values)>
      choose;
};

struct ScanOptions {
  // Top-level fields of schema() to read, in this order; unset: all.
  std::optional<std::vector<int>> columns;
  // Nothing is decoded ahead, and all on the thread that calls ReadNext: for callers that read
  // several chunks side by side. Sources of a single chunk may pass it over.
  bool on_calling_thread = false;
  // The reader is read to its end, unless something fails: what a source finds out beside the
  // reading (damage elsewhere in the file) may be told there. Otherwise it is known before the
  // first batch.
  bool to_end = false;
  // Arrays may come in a type that takes less room than that of schema(), from batch to batch:
  // texts that are stored with a dictionary as dictionary(int32, T), decimal128 of few digits as
  // decimal32 or decimal64.
  bool compact = false;
  // Rows that are not wanted may be left out, so that their values need not be decoded; which of
  // them are is not told. Not null only with on_calling_thread and `columns`.
  std::shared_ptr<const RowChoice> choice;
};

// What is known of a column's values without reading them: no value lies outside of min and max,
// but neither has to occur. Null: not known. Not-a-numbers lie outside.
struct ColumnBounds {
  std::shared_ptr<arrow::Scalar> min, max;
  std::optional<int64_t> null_count;
};

// What `inspect` shows of one column. Values are printed as text by the type's own rules.
struct ColumnInfo {
  std::optional<int64_t> null_count;
  std::optional<std::string> min, max;
  std::optional<int64_t> stored_bytes;
  std::string encoding;
  std::string note;
};

// A natural unit of a source: a row group, a record batch, a stripe.
struct UnitInfo {
  int64_t rows = 0;
  int64_t stored_bytes = -1;  // as stored
  int64_t raw_bytes = -1;     // uncompressed
};

// Facts about a source that cost no full read.
struct SourceInfo {
  std::string format;  // "Parquet 2.6"
  std::optional<int64_t> rows;
  int64_t stored_bytes = -1;
  std::string unit_name;  // "row group", "batch", "stripe"; empty: none
  std::vector<UnitInfo> units;
  std::string codec;
  std::string created_by;
  std::vector<ColumnInfo> columns;  // one for each field of the schema, or empty
  std::vector<std::pair<std::string, std::string>> facts;     // e.g. {"delimiter", ";"}
  std::vector<std::pair<std::string, std::string>> metadata;  // key-value metadata of the file
};

// One table. Methods may be called from one thread at a time; the readers that Open returns are
// independent of each other and keep what they need alive.
class Source {
 public:
  virtual ~Source() = default;

  virtual std::shared_ptr<arrow::Schema> schema() const = 0;

  // Changes when the data may have changed; cheap. For files: size, time and identity of each.
  virtual arrow::Result<std::string> Fingerprint() const = 0;

  // A division into parts of about `target_rows` rows, each of which can be opened by itself; one
  // part where the source cannot be split. target_rows = 1 gives the natural units.
  virtual arrow::Result<std::vector<Chunk>> Chunks(int64_t target_rows) {
    (void)target_rows;
    return std::vector<Chunk>{Chunk{}};
  }

  // Batches of the chunk in source order. The reader may decode ahead on the context's workers.
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open(
      const Chunk& chunk, const ScanOptions& options) = 0;

  // Of a top-level field of schema() in a chunk that Chunks gave; cheap.
  virtual arrow::Result<ColumnBounds> Bounds(const Chunk& chunk, int column) {
    (void)chunk, (void)column;
    return ColumnBounds{};
  }

  virtual arrow::Result<SourceInfo> Inspect() = 0;
};

}  // namespace bowyer
