#include "formats/text/number.h"

#include <arrow/util/float16.h>
#include <fmt/format.h>

namespace bowyer {
namespace text_internal {

constinit const std::array<uint32_t, 10000> kFourDigits = [] {
  std::array<uint32_t, 10000> words{};
  for (uint32_t i = 0; i < words.size(); ++i) {
    words[i] = 0x30303030 + (i / 1000 | i / 100 % 10 << 8 | i / 10 % 10 << 16 | i % 10 << 24);
  }
  return words;
}();

constinit const std::array<uint16_t, 100> kTwoDigits = [] {
  std::array<uint16_t, 100> words{};
  for (uint32_t i = 0; i < words.size(); ++i) {
    words[i] = static_cast<uint16_t>(0x3030 + (i / 10 | i % 10 << 8));
  }
  return words;
}();

namespace {

// The shortest digits come from fmt's Dragonbox (half the time of std::to_chars); the notation is
// ours. Copies have a fixed size, to be single moves.
template <typename T>
char* Shortest(char* at, T value) {
  if (std::isnan(value)) {
    std::memcpy(at, "nan", 3);
    return at + 3;
  }
  *at = '-';
  at += std::signbit(value);
  value = std::fabs(value);
  if (std::isinf(value)) {
    std::memcpy(at, "inf", 3);
    return at + 3;
  }
  if (value == 0) {
    std::memcpy(at, "0.0", 3);
    return at + 3;
  }
  constexpr size_t kDigits = 17;
  const auto shortest = fmt::detail::dragonbox::to_decimal(value);
  char digits[2 * kDigits + 8] = {};  // a copy may begin behind the last digit
  const int count = static_cast<int>(WriteUnsigned(digits, shortest.significand) - digits);
  const int exponent = shortest.exponent + count - 1;  // of the first digit
  if (exponent < -4 || exponent >= 16) {
    at[0] = digits[0];
    at[1] = '.';
    std::memcpy(at + 2, digits + 1, kDigits);
    at += count == 1 ? 1 : count + 1;
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    const auto magnitude = static_cast<uint32_t>(exponent < 0 ? -exponent : exponent);
    return magnitude < 100 ? WriteTwoDigits(at, magnitude) : WriteUnsigned(at, magnitude);
  }
  if (exponent < 0) {
    std::memcpy(at, "0.0000", 6);
    at += 1 - exponent;
    std::memcpy(at, digits, kDigits);
    return at + count;
  }
  const int whole = exponent + 1;  // digits before the point
  if (count <= whole) {
    std::memset(at, '0', kDigits);
    std::memcpy(at, digits, static_cast<size_t>(count));
    std::memcpy(at + whole, ".0", 2);
    return at + whole + 2;
  }
  std::memcpy(at, digits, kDigits);
  at[whole] = '.';
  std::memcpy(at + whole + 1, digits + whole, kDigits);
  return at + count + 1;
}

}  // namespace

char* WriteShortest(char* at, double value) { return Shortest(at, value); }
char* WriteShortest(char* at, float value) { return Shortest(at, value); }

}  // namespace text_internal

char* WriteJsonNonFinite(char* at, double value) {
  const std::string_view word = std::isnan(value) ? "\"NaN\""
                                : value < 0       ? "\"-Infinity\""
                                                  : "\"Infinity\"";
  std::memcpy(at, word.data(), word.size());
  return at + word.size();
}

float FloatOfHalf(uint16_t half) { return arrow::util::Float16::FromBits(half).ToFloat(); }

char* WriteDecimal(char* at, const uint8_t* bytes, int width, int32_t scale) {
  uint64_t limbs[4] = {};
  std::memcpy(limbs, bytes, static_cast<size_t>(width));
  if constexpr (std::endian::native == std::endian::big) {
    for (uint64_t& limb : limbs) limb = __builtin_bswap64(limb);
  }
  const bool negative = (bytes[width - 1] & 0x80) != 0;
  int count = (width + 7) / 8;
  if (negative) {
    if (width == 4) limbs[0] |= 0xFFFFFFFF00000000;
    unsigned carry = 1;
    for (int i = 0; i < count; ++i) {
      limbs[i] = ~limbs[i] + carry;
      carry = carry != 0 && limbs[i] == 0 ? 1 : 0;
    }
  }
  // Base 10^18, the least first: at most five pieces for 256 bits.
  constexpr uint64_t k18 = 1000000000000000000;
  uint64_t pieces[5];
  int piece_count = 0;
  while (count > 0 && limbs[count - 1] == 0) --count;
  while (count > 1 || (count == 1 && limbs[0] >= k18)) {
    uint64_t remainder = 0;
    for (int i = count - 1; i >= 0; --i) {
      const auto dividend = (static_cast<unsigned __int128>(remainder) << 64) | limbs[i];
      limbs[i] = static_cast<uint64_t>(dividend / k18);
      remainder = static_cast<uint64_t>(dividend % k18);
    }
    pieces[piece_count++] = remainder;
    while (count > 0 && limbs[count - 1] == 0) --count;
  }
  char digits[128];
  char* end = WriteUnsigned(digits, limbs[0]);
  while (piece_count > 0) {
    const uint64_t piece = pieces[--piece_count];
    end = WriteTwoDigits(end, static_cast<uint32_t>(piece / 10000000000000000));
    end = WriteEightDigits(end, static_cast<uint32_t>(piece / 100000000 % 100000000));
    end = WriteEightDigits(end, static_cast<uint32_t>(piece % 100000000));
  }
  const int64_t length = end - digits;

  if (negative) *at++ = '-';
  if (scale <= 0) {
    std::memcpy(at, digits, static_cast<size_t>(length));
    at += length;
    if (length == 1 && digits[0] == '0') return at;
    std::memset(at, '0', static_cast<size_t>(-static_cast<int64_t>(scale)));
    return at - scale;
  }
  if (length > scale) {
    const auto whole = static_cast<size_t>(length - scale);
    std::memcpy(at, digits, whole);
    at += whole;
    *at++ = '.';
    std::memcpy(at, digits + whole, static_cast<size_t>(scale));
    return at + scale;
  }
  *at++ = '0';
  *at++ = '.';
  std::memset(at, '0', static_cast<size_t>(scale - length));
  at += scale - length;
  std::memcpy(at, digits, static_cast<size_t>(length));
  return at + length;
}

}  // namespace bowyer
