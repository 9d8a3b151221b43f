#include "formats/parquet/hybrid_runs.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "formats/parquet/encoding.h"
#include "matchers.h"

namespace bowyer {
namespace {

// Short and long runs among values that differ.
std::vector<uint32_t> Values(int width, size_t count, std::mt19937* random) {
  const uint64_t most = (uint64_t{1} << width) - 1;
  std::vector<uint32_t> values;
  while (values.size() < count) {
    const auto value = static_cast<uint32_t>((*random)() & most);
    values.insert(values.end(), (*random)() % 4 == 0 ? (*random)() % 100 : 1, value);
  }
  values.resize(count);
  return values;
}

std::vector<uint8_t> Stored(const std::vector<uint32_t>& values, int width) {
  arrow::BufferBuilder out;
  EXPECT_TRUE(parquet::AppendHybrid(std::span<const uint32_t>(values), width, &out).ok());
  // A heap block of exactly this size, so that a sanitizer sees what reads beyond it.
  return {out.data(), out.data() + out.length()};
}

TEST(HybridRuns, AllWidthsInPiecesOfAnySize) {
  std::mt19937 random(1);
  for (int width = 0; width <= 32; ++width) {
    const auto values = Values(width, 3000, &random);
    const auto stored = Stored(values, width);
    HybridRuns runs(stored.data(), static_cast<int64_t>(stored.size()), width);
    std::vector<uint32_t> read(values.size());
    for (size_t at = 0; at < values.size();) {
      const size_t count = std::min<size_t>(random() % 150, values.size() - at);
      ASSERT_TRUE(runs.Read(&read[at], static_cast<int64_t>(count))) << width;
      at += count;
    }
    EXPECT_EQ(read, values) << width;
  }
}

TEST(HybridRuns, BitsGoToTheirPlaces) {
  std::mt19937 random(2);
  for (int64_t start = 0; start < 20; ++start) {
    const auto values = Values(1, 2000, &random);
    const auto stored = Stored(values, 1);
    HybridRuns runs(stored.data(), static_cast<int64_t>(stored.size()), 1);
    std::vector<uint8_t> bitmap((static_cast<size_t>(start) + values.size()) / 8 + 9);
    for (size_t at = 0; at < values.size();) {
      const size_t count = std::min<size_t>(random() % 150, values.size() - at);
      ASSERT_TRUE(runs.ReadBits(bitmap.data(), start + static_cast<int64_t>(at),
                                static_cast<int64_t>(count)));
      at += count;
    }
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t bit = static_cast<size_t>(start) + i;
      ASSERT_EQ(bitmap[bit / 8] >> (bit % 8) & 1, static_cast<int>(values[i])) << start << " " << i;
    }
  }
}

TEST(HybridRuns, WhatIsCutShortIsToldApart) {
  std::mt19937 random(3);
  const auto values = Values(9, 500, &random);
  const auto stored = Stored(values, 9);
  std::vector<uint32_t> read(values.size() + 16);
  for (size_t size = 0; size < stored.size(); ++size) {
    const std::vector<uint8_t> cut(stored.begin(), stored.begin() + static_cast<int64_t>(size));
    HybridRuns runs(cut.data(), static_cast<int64_t>(cut.size()), 9);
    EXPECT_FALSE(runs.Read(read.data(), static_cast<int64_t>(read.size()))) << size;
  }
}

}  // namespace
}  // namespace bowyer
