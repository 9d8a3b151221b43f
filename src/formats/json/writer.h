// Batches -> JSON lines (RFC 8259 objects, UTF-8, one a line).
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/type_fwd.h>

#include <memory>

#include "bowyer/context.h"
#include "bowyer/options.h"
#include "formats/format.h"

namespace bowyer {

// Every row has every key, nulls as null. Spellings of values: formats/text/value.h.
// Errors: kData for a schema with a repeated name (one value would hide the other), a name that is
// no UTF-8, or a column that cannot be spelled.
arrow::Result<std::unique_ptr<Encoder>> MakeJsonEncoder(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
    std::shared_ptr<arrow::io::OutputStream> stream, const WriteOptions& options);

}  // namespace bowyer
