// A batch -> the folders that its rows belong to.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bowyer/context.h"

namespace bowyer {

// The spelling of names and values in folders' names, below.
std::string PercentEncoded(std::string_view text);

struct PartitionedBatch {
  std::shared_ptr<arrow::RecordBatch> rows;  // without the partition columns
  std::vector<uint32_t> groups;              // of each row: which of the folders
  std::vector<std::string> folders;          // "year=2026/tag=a%2Fb", in order of appearance
};

// Folder names are name=value, percent-encoded but for letters, digits, "-_." and UTF-8 beyond
// ASCII: no value leads out of its folder. A null is __HIVE_DEFAULT_PARTITION__, empty text is
// nothing behind the '='; a text like the null's spelling is escaped.
class Partitioner {
 public:
  // Errors: kUsage for a column that is not there (with the closest names), named twice, or of a
  // nested or binary type, and if no other column is left.
  static arrow::Result<std::unique_ptr<Partitioner>> Make(
      std::shared_ptr<Context> context, const std::shared_ptr<arrow::Schema>& schema,
      const std::vector<std::string>& columns);

  // Of the files: without the partition columns.
  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }

  // Errors: kData for a value that makes a name too long for a folder.
  arrow::Result<PartitionedBatch> Split(const std::shared_ptr<arrow::RecordBatch>& batch) const;

 private:
  struct Key;
  arrow::Result<Key> MakeKey(const arrow::RecordBatch& batch, size_t key) const;

  std::shared_ptr<Context> context_;
  std::vector<std::string> names_;
  std::vector<int> keys_, others_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace bowyer
