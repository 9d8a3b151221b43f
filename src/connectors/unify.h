// Schemas of several sources -> one schema that holds the values of all, or an error that shows
// where they differ; and batches of a source -> batches of that schema.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bowyer/context.h"

namespace bowyer {

struct UnifiedSchema {
  std::shared_ptr<arrow::Schema> schema;
  // [source][field of schema]: that field's index in the source's schema, -1 where it has none.
  std::vector<std::vector<int>> positions;
};

using NamedSchema = std::pair<std::string, std::shared_ptr<arrow::Schema>>;

// by_name = false: names, types and order must be equal (nullability is joined). by_name = true:
// columns are matched by name, in order of first appearance; types are widened where that loses
// nothing. Errors: kData, with a small table of the differences as its hint.
arrow::Result<UnifiedSchema> UnifySchemas(const std::vector<NamedSchema>& schemas, bool by_name);

// The columns in which `other` differs from `first`, as a small table; one line a column.
std::string SchemaDifferences(const NamedSchema& first, const NamedSchema& other);

// `batch` under `schema`: field i is taken from column positions[i] and widened, or null for -1.
// `compact`: columns may stay in a smaller type (ScanOptions::compact).
arrow::Result<std::shared_ptr<arrow::RecordBatch>> AdaptBatch(
    Context& context, const std::shared_ptr<arrow::RecordBatch>& batch,
    const std::shared_ptr<arrow::Schema>& schema, const std::vector<int>& positions,
    bool compact = false);

}  // namespace bowyer
