// PostgreSQL's numeric, base 10,000, as a decimal of 128 bits.
#pragma once

#include <arrow/util/decimal.h>

#include <cstddef>
#include <cstdint>

namespace bowyer {

enum class NumericOutcome { kExact, kTooWide, kNotFinite, kDamaged };

// `size` bytes of numeric_send as a number of at most `precision` digits, `scale` of them behind
// the point. kTooWide: it has more digits than that on either side.
NumericOutcome DecodeNumeric(const uint8_t* data, size_t size, int precision, int scale,
                             arrow::Decimal128* out);

}  // namespace bowyer
