#include "formats/text/number.h"

#include <arrow/util/float16.h>

#include <charconv>

namespace bowyer {
namespace text_internal {

char* WriteLargeInteger(char* at, uint64_t number) {
  constexpr uint64_t k8 = 100000000;
  if (number >= k8 * k8) {
    at = WriteUnsigned(at, number / (k8 * k8));
    at = WriteEightDigits(at, static_cast<uint32_t>(number / k8 % k8));
  } else {
    at = WriteUnsigned(at, number / k8);
  }
  return WriteEightDigits(at, static_cast<uint32_t>(number % k8));
}

namespace {

template <typename T>
char* Shortest(char* at, T value) {
  if (std::isnan(value)) {
    std::memcpy(at, "nan", 3);
    return at + 3;
  }
  if (std::signbit(value)) *at++ = '-';
  value = std::fabs(value);
  if (std::isinf(value)) {
    std::memcpy(at, "inf", 3);
    return at + 3;
  }
  if (value == 0) {
    std::memcpy(at, "0.0", 3);
    return at + 3;
  }
  char text[40];
  const char* end =
      std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific).ptr;
  // d[.ddd]e±dd
  const char* e = end - 3;
  while (*e != 'e') --e;
  int exponent = 0;
  std::from_chars(e + 2, end, exponent);
  if (e[1] == '-') exponent = -exponent;
  if (exponent < -4 || exponent >= 16) {
    std::memcpy(at, text, static_cast<size_t>(end - text));
    return at + (end - text);
  }
  char digits[40];
  int count = 1;
  digits[0] = text[0];
  for (const char* c = text + 2; c < e; ++c) digits[count++] = *c;
  if (exponent < 0) {
    std::memcpy(at, "0.0000", 6);
    at += 1 - exponent;
    std::memcpy(at, digits, static_cast<size_t>(count));
    return at + count;
  }
  const int whole = exponent + 1;
  const int shown = count < whole ? count : whole;
  std::memcpy(at, digits, static_cast<size_t>(shown));
  std::memset(at + shown, '0', static_cast<size_t>(whole - shown));
  at += whole;
  *at++ = '.';
  if (count <= whole) {
    *at++ = '0';
    return at;
  }
  std::memcpy(at, digits + whole, static_cast<size_t>(count - whole));
  return at + (count - whole);
}

}  // namespace

char* WriteShortest(char* at, double value) { return Shortest(at, value); }
char* WriteShortest(char* at, float value) { return Shortest(at, value); }

}  // namespace text_internal

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
