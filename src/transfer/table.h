// Several sources as one table: sources of equal schema (or a union by name) become one reader.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/source.h"

namespace bowyer {

struct NamedSource {
  std::string name;  // for messages
  std::unique_ptr<Source> source;
};

// Opened sources under one schema. Used by one thread.
class SourceTable {
 public:
  // Errors: kData when the schemas differ and `by_name` is false (the message shows how), or when a
  // column's types have no common type that holds all values of both.
  static arrow::Result<std::unique_ptr<SourceTable>> Make(std::vector<NamedSource> sources,
                                                          bool by_name);

  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }

  // All rows, source after source, of the given columns of schema() (in this order). The reader
  // takes the sources over: called once. `to_end`: see ScanOptions.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open(
      std::shared_ptr<Context> context, const std::optional<std::vector<int>>& columns,
      bool to_end);

 private:
  SourceTable() = default;
  void TellTotal(Context& context) const;

  std::vector<NamedSource> sources_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::vector<int>> positions_;  // [source][field of schema_]: field there, -1 if none
};

}  // namespace bowyer
