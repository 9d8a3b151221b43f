// Record batches -> binary COPY; and the types in which PostgreSQL keeps what Arrow has.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bowyer {

// How values of an Arrow type are kept and sent. docs/types.md has the table.
struct StoredType {
  std::string sql;   // "numeric(12,2)"
  uint32_t oid = 0;  // as elements of arrays carry it
  enum class Kind {
    kNull,
    kBool,
    kInteger,  // of `size` bytes
    kUnsigned64,
    kFloat4,
    kFloat8,
    kDecimal,
    kText,
    kJsonb,
    kBytes,  // also the 16 of a uuid
    kDate,
    kTime,
    kTimestamp,
    kInterval,
    kList,
    kDictionary,
  } kind = Kind::kText;
  int size = 0;
  int dimensions = 0;                // of kList
  std::vector<StoredType> children;  // elements of lists, values of dictionaries
};

// Errors: kData for types that PostgreSQL has nothing for, with the column and what to try.
arrow::Result<StoredType> StoredTypeOf(const arrow::Field& field);

// Is each value of `from` one of `to`, types of PostgreSQL as format_type spells them?
bool TakesExactly(const std::string& to, const std::string& from);

// Used by one thread.
class CopyEncoder {
 public:
  // infinities: the extremes of dates and timestamps are infinite ones.
  CopyEncoder(std::shared_ptr<arrow::Schema> schema, std::vector<StoredType> types, bool infinities)
      : schema_(std::move(schema)), types_(std::move(types)), infinities_(infinities) {}

  void Begin(std::string* out) const;
  // Appends the rows [first, first + count) of `batch`. Errors: kData with column and row for what
  // PostgreSQL cannot hold: NUL in a text, nanoseconds, years beyond its own, lists of different
  // lengths within a list.
  arrow::Status Append(const arrow::RecordBatch& batch, int64_t first, int64_t count,
                       std::string* out);
  void End(std::string* out) const;

 private:
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<StoredType> types_;
  bool infinities_;
  int64_t rows_ = 0;  // so far
};

}  // namespace bowyer
