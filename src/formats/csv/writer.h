// Batches -> CSV (RFC 4180, UTF-8, lines end with \n).
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/type_fwd.h>

#include <memory>

#include "bowyer/context.h"
#include "bowyer/options.h"
#include "formats/format.h"

namespace bowyer {

// Nulls are written as options.csv.null_spelling, bare; a value that is spelled alike, and empty
// text, in quotes. Spellings of values: formats/text/value.h.
// Errors: kUsage for delimiters, quotes and null spellings that contradict one another, kData for a
// schema without columns or with one that cannot be spelled.
arrow::Result<std::unique_ptr<Encoder>> MakeCsvEncoder(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
    std::shared_ptr<arrow::io::OutputStream> stream, const WriteOptions& options);

}  // namespace bowyer
