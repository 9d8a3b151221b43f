#include "databases/postgres/numeric.h"

#include <array>

#include "databases/postgres/wire.h"

namespace bowyer {
namespace {

using Wide = unsigned __int128;

constexpr int kMaxDigits = 38;

constexpr std::array<Wide, kMaxDigits + 1> kPowers = [] {
  std::array<Wide, kMaxDigits + 1> powers{};
  powers[0] = 1;
  for (int i = 1; i <= kMaxDigits; ++i)
    powers[static_cast<size_t>(i)] = powers[static_cast<size_t>(i - 1)] * 10;
  return powers;
}();

}  // namespace

NumericOutcome DecodeNumeric(const uint8_t* data, size_t size, int precision, int scale,
                             arrow::Decimal128* out) {
  constexpr uint16_t kNegative = 0x4000, kNan = 0xC000, kInfinite = 0xD000, kMinusInfinite = 0xF000;
  if (size < 8) return NumericOutcome::kDamaged;
  const int groups = LoadBig16(data);
  const int weight = static_cast<int16_t>(LoadBig16(data + 2));
  const uint16_t sign = LoadBig16(data + 4);
  if (size != 8 + 2 * static_cast<size_t>(groups)) return NumericOutcome::kDamaged;
  if (sign == kNan || sign == kInfinite || sign == kMinusInfinite) {
    return NumericOutcome::kNotFinite;
  }
  if (sign != 0 && sign != kNegative) return NumericOutcome::kDamaged;
  // Group i counts 10^(4 * (weight - i)); in units of the last digit of `out`, 10^exponent.
  int exponent = 4 * weight + scale;
  Wide value = 0;
  const uint8_t* at = data + 8;
  for (int i = 0; i < groups; ++i, at += 2, exponent -= 4) {
    const uint32_t group = LoadBig16(at);
    if (group > 9999) return NumericOutcome::kDamaged;
    if (exponent >= 0) {
      if (value > kPowers[kMaxDigits - 4]) return NumericOutcome::kTooWide;
      value = value * 10'000 + group;
    } else if (exponent > -4) {
      // Only the upper digits of this group have a place.
      const auto below = static_cast<uint32_t>(kPowers[static_cast<size_t>(-exponent)]);
      const auto above = static_cast<size_t>(4 + exponent);
      if (group % below != 0 || value > kPowers[kMaxDigits - above]) {
        return NumericOutcome::kTooWide;
      }
      value = value * kPowers[above] + group / below;
    } else if (group != 0) {
      return NumericOutcome::kTooWide;
    }
  }
  exponent += 4;  // of the last group
  if (exponent > 0 && value != 0) {
    if (exponent > kMaxDigits) return NumericOutcome::kTooWide;
    const Wide power = kPowers[static_cast<size_t>(exponent)];
    if (value > kPowers[kMaxDigits] / power) return NumericOutcome::kTooWide;
    value *= power;
  }
  if (value >= kPowers[static_cast<size_t>(precision)]) return NumericOutcome::kTooWide;
  const Wide bits = sign == kNegative ? ~value + 1 : value;
  *out = arrow::Decimal128(static_cast<int64_t>(static_cast<uint64_t>(bits >> 64)),
                           static_cast<uint64_t>(bits));
  return NumericOutcome::kExact;
}

}  // namespace bowyer
