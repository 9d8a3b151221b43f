#include "formats/json/scan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <random>
#include <string>

#include "formats/csv/field.h"
#include "formats/json/number.h"

namespace bowyer::json {
namespace {

std::string RandomText(std::mt19937* random, size_t size) {
  static constexpr std::string_view kBytes = "\"\\[]{},:\n\x01\x1f\x20\x7f\x80\xff aZ09";
  std::string text;
  for (size_t i = 0; i < size; ++i) text += kBytes[(*random)() % kBytes.size()];
  return text;
}

TEST(JsonScan, VectorsAgreeWithPortableCode) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    const std::string text = RandomText(&random, 64 + 64 + random() % 5000);
    char copy[16];
    const StringMasks fast = ScanString(text.data(), copy);
    const StringMasks slow = StringMasksPortable(text.data());
    EXPECT_EQ(fast.stop, slow.stop);
    EXPECT_EQ(fast.high, slow.high);
    EXPECT_EQ(std::string_view(copy, 16), std::string_view(text).substr(0, 16));
    const Block64 fast_block = ScanBlock(text.data());
    const Block64 slow_block = ScanBlockPortable(text.data());
    EXPECT_EQ(fast_block.quotes, slow_block.quotes);
    EXPECT_EQ(fast_block.backslashes, slow_block.backslashes);
    EXPECT_EQ(fast_block.opens, slow_block.opens);
    EXPECT_EQ(fast_block.closes, slow_block.closes);
    EXPECT_EQ(MaskOf(text.data(), '"'), slow_block.quotes);
    EXPECT_EQ(CountLines(text), CountLinesPortable(text));
  }
}

TEST(JsonScan, DigitRunsEndAtTheFirstOtherByte) {
  for (int byte = 0; byte < 256; ++byte) {
    for (int at = 0; at < 8; ++at) {
      std::string text = "12345678";
      text[static_cast<size_t>(at)] = static_cast<char>(byte);
      const bool digit = byte >= '0' && byte <= '9';
      EXPECT_EQ(DigitRun(Load64(text.data())), digit ? 8 : at) << byte;
    }
  }
}

TEST(JsonNumber, FastIntegersAreExactOrLeftToOthers) {
  const auto parse = [](std::string text, int64_t* value) {
    text.resize(text.size() + 64);
    const char* const behind = FastInt64(text.data(), value);
    return behind == nullptr ? -1 : behind - text.data();
  };
  int64_t value = 0;
  std::string digits;
  for (int64_t size = 1; size <= 16; ++size) {
    digits += static_cast<char>('0' + size % 10);
    EXPECT_EQ(parse(digits + ",", &value), size);
    EXPECT_EQ(value, std::stoll(digits));
    EXPECT_EQ(parse("-" + digits + "}", &value), size + 1);
    EXPECT_EQ(value, -std::stoll(digits));
  }
  EXPECT_EQ(parse("0,", &value), 1);
  for (const char* text :
       {"-0,", "00,", "01,", "1.5,", "1e5,", "1E5,", "-,", "+1,", "", "x"}) {
    EXPECT_EQ(parse(text, &value), -1) << text;
  }
}

TEST(JsonNumber, FastDoublesAreExactOrLeftToOthers) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 100'000; ++round) {
    std::string text = std::to_string(random() >> (random() % 64));
    if (random() % 2 != 0) text.insert(random() % text.size() + 1, ".");
    if (random() % 2 != 0) text.insert(0, "-");
    if (text.back() == '.') text += '0';
    const std::string padded = text + "," + std::string(64, '\0');
    double value = 0;
    const char* const behind = FastDouble(padded.data(), &value);
    if (behind == nullptr) continue;
    EXPECT_EQ(static_cast<size_t>(behind - padded.data()), text.size()) << text;
    EXPECT_EQ(value, std::stod(text)) << text;
  }
  double value;
  for (const char* text : {"00.5", "1.", ".5", "1.5e3", "1e3", "1234567890.123456", "-", ""}) {
    const std::string padded = std::string(text) + std::string(64, '\0');
    EXPECT_EQ(FastDouble(padded.data(), &value), nullptr) << text;
  }
}

// What the quick way gives, the exact way gives too; and the quick way takes what programs print.
TEST(JsonNumber, LongDoublesAreExactOrLeftToOthers) {
  std::mt19937_64 random(5);
  int taken = 0, printed = 0;
  for (int round = 0; round < 200'000; ++round) {
    const double number = std::bit_cast<double>((random() & 0x000FFFFFFFFFFFFFU) |
                                                (0x3FFU - 30 + random() % 60) << 52);
    std::string text;
    const bool by_program = round % 2 == 0;
    if (by_program) {
      text = round % 4 == 0 ? fmt::format("{}", number) : fmt::format("{:.17g}", number);
      ++printed;
    } else {
      for (size_t left = 14 + random() % 7; left > 0; --left) {
        text += static_cast<char>('0' + random() % 10);
      }
      text.insert(1 + random() % (text.size() - 1), ".");
      if (round % 3 == 0) text += fmt::format("e{}", static_cast<int>(random() % 60) - 30);
    }
    const std::string padded = text + "," + std::string(64, '\0');
    double value = 0;
    const char* const behind = LongDouble(padded.data(), &value);
    if (behind == nullptr) continue;
    taken += by_program ? 1 : 0;
    ASSERT_EQ(static_cast<size_t>(behind - padded.data()), text.size()) << text;
    double exact = 0;
    ASSERT_EQ(ParseDouble(text, {}, &exact), FieldFault::kNone) << text;
    ASSERT_EQ(std::bit_cast<uint64_t>(value), std::bit_cast<uint64_t>(exact)) << text;
  }
  EXPECT_GT(taken, printed * 3 / 4);
}

}  // namespace
}  // namespace bowyer::json
