#include "files/packing.h"

#include <arrow/io/memory.h>
#include <arrow/util/compression.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <random>

#include "bowyer/error.h"
#include "files/packed_output.h"
#include "files/text_input.h"
#include "matchers.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

constexpr Packing kAll[] = {Packing::kGzip, Packing::kZstd, Packing::kBzip2, Packing::kLz4};

class PackingTest : public testing::Test {
 protected:
  std::string Pack(std::string_view text, Packing packing, std::optional<int> level = {}) {
    auto memory = *arrow::io::BufferOutputStream::Create();
    auto packed = OpenPacked(context_, memory, packing, level);
    if (!packed.ok()) return "error: " + packed.status().ToString();
    // Odd pieces, so that members do not begin where writes do.
    for (size_t at = 0; at < text.size(); at += 777'777) {
      const std::string_view piece = text.substr(at, 777'777);
      EXPECT_TRUE((*packed)->Write(piece.data(), static_cast<int64_t>(piece.size())).ok());
    }
    EXPECT_TRUE((*packed)->Close().ok());
    return (*memory->Finish())->ToString();
  }

  arrow::Result<std::string> Unpack(std::string_view bytes) {
    ARROW_ASSIGN_OR_RAISE(auto input, OpenFileInput(context_, folder_.Write("packed", bytes)));
    ARROW_ASSIGN_OR_RAISE(auto text, OpenTextInput(context_, input, Encoding::kUtf8));
    std::string all;
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto block, text->Next());
      if (block == nullptr) return all;
      all += std::string_view(*block);
    }
  }

  std::string Text(size_t bytes, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::string text;
    while (text.size() < bytes) text += std::to_string(random() % 100'000) + ",abc\n";
    text.resize(bytes);
    return text;
  }

  std::shared_ptr<Context> context_ = *Context::Make({.memory = 64 << 20});
  TemporaryFolder folder_;
};

TEST_F(PackingTest, WhatIsPackedComesBack) {
  for (const Packing packing : kAll) {
    for (const size_t size : {0, 1, 1000, 1 << 20, 5'000'000}) {
      const std::string text = Text(size);
      const std::string packed = Pack(text, packing);
      EXPECT_EQ(DetectPacking(packed), packing);
      ASSERT_OK_AND_ASSIGN(auto back, Unpack(packed));
      EXPECT_TRUE(back == text) << PackingName(packing) << " " << size;
    }
  }
}

TEST_F(PackingTest, RandomBytesComeBack) {
  std::mt19937_64 random(7);
  std::string bytes(3'000'000, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  for (const Packing packing : kAll) {
    ASSERT_OK_AND_ASSIGN(auto back, Unpack(Pack(bytes, packing)));
    EXPECT_TRUE(back == bytes) << PackingName(packing);
  }
}

TEST_F(PackingTest, LevelsAreTheCodecsOwn) {
  const std::string text = Text(100'000);
  EXPECT_LT(Pack(text, Packing::kGzip, 9).size(), Pack(text, Packing::kGzip, 1).size());
  EXPECT_LT(Pack(text, Packing::kZstd, 19).size(), Pack(text, Packing::kZstd, 1).size());
  auto memory = *arrow::io::BufferOutputStream::Create();
  EXPECT_ERROR(OpenPacked(context_, memory, Packing::kGzip, 12), ErrorCode::kUsage,
               "gzip has the levels 1 to 9, not 12");
}

// Members end at every position relative to the blocks in which stored bytes are read.
TEST_F(PackingTest, ManySmallMembersAreOneText) {
  for (const Packing packing : {Packing::kGzip, Packing::kZstd, Packing::kLz4}) {
    const std::string small = Pack("0123456789abcdef\n", packing);
    for (int shift = 0; shift < 20; ++shift) {
      std::string text = Text(262'000 + shift, shift), packed;
      packed = Pack(text, packing);
      while (packed.size() < 600'000) {
        packed += small;
        text += "0123456789abcdef\n";
      }
      ASSERT_OK_AND_ASSIGN(auto back, Unpack(packed));
      ASSERT_EQ(back.size(), text.size());
      ASSERT_TRUE(back == text) << PackingName(packing) << " " << shift;
    }
  }
}

TEST_F(PackingTest, ACutIsAlwaysFound) {
  for (const Packing packing : kAll) {
    const std::string packed = Pack(Text(600), packing) + Pack(Text(200), packing);
    const size_t first = Pack(Text(600), packing).size();
    for (size_t size = 12; size < packed.size(); ++size) {
      const auto back = Unpack(packed.substr(0, size));
      if (size == first) {
        EXPECT_TRUE(back.ok());
        continue;
      }
      EXPECT_ERROR(back, ErrorCode::kData, "packed, byte ");
    }
  }
}

TEST_F(PackingTest, ForeignBytesBehindTheDataAreFound) {
  for (const Packing packing : kAll) {
    EXPECT_ERROR(Unpack(Pack(Text(3000), packing) + "1,2,3\n"), ErrorCode::kData, "something else");
  }
  ASSERT_OK_AND_ASSIGN(auto back, Unpack(Pack("a\n", Packing::kGzip) + std::string(700, '\0')));
  EXPECT_EQ(back, "a\n");
  EXPECT_ERROR(Unpack(Pack("a\n", Packing::kGzip) + std::string(700, '\0') + "x"), ErrorCode::kData,
               "something else");
}

TEST_F(PackingTest, AWrongChecksumOrLengthIsFound) {
  const std::string text = Text(50'000);
  for (const size_t back : {8, 7, 5, 4, 2, 1}) {  // CRC and length
    std::string packed = Pack(text, Packing::kGzip);
    packed[packed.size() - back] ^= 0x10;
    EXPECT_ERROR(Unpack(packed), ErrorCode::kData, "checksum is wrong");
  }
  std::string packed = Pack(text, Packing::kZstd);
  packed[packed.size() - 2] ^= 0x10;
  EXPECT_ERROR(Unpack(packed), ErrorCode::kData, "zstd data is damaged");
}

TEST_F(PackingTest, FlippedBitsNeverPassForOtherData) {
  const std::string text = Text(20'000);
  for (const Packing packing : {Packing::kGzip, Packing::kZstd, Packing::kBzip2}) {
    const std::string packed = Pack(text, packing);
    std::mt19937 random(3);
    for (int round = 0; round < 300; ++round) {
      std::string damaged = packed;
      // The first bytes are the magic: damaged, the file is a text of its own.
      const size_t at = 10 + random() % (packed.size() - 10);
      damaged[at] ^= static_cast<char>(1U << (random() % 8));
      const auto back = Unpack(damaged);
      if (back.ok()) {
        EXPECT_TRUE(*back == text) << PackingName(packing) << " " << at;
      }
    }
  }
}

TEST_F(PackingTest, ABombTakesFlatMemory) {
  // 4 GB of zeros would not fit into the budget; 256 MB show it as well.
  const std::string packed = Pack(std::string(256 << 20, '0'), Packing::kZstd);
  ASSERT_LT(packed.size(), 1 << 20);
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make({.memory = 32 << 20}));
  ASSERT_OK_AND_ASSIGN(auto input, OpenFileInput(context, folder_.Write("bomb.csv.zst", packed)));
  ASSERT_OK_AND_ASSIGN(auto text, OpenTextInput(context, input, Encoding::kUtf8));
  int64_t bytes = 0;
  while (true) {
    ASSERT_OK_AND_ASSIGN(auto block, text->Next());
    if (block == nullptr) break;
    bytes += block->size();
  }
  EXPECT_EQ(bytes, 256 << 20);
  EXPECT_LT(context->memory_pool()->max_memory(), 16 << 20);
}

TEST_F(PackingTest, AZstdWindowCountsAgainstTheBudget) {
  // A frame header that asks for a window of 128 MiB (descriptor 0, exponent 17).
  std::string frame("\x28\xb5\x2f\xfd\x00\x88\x01\x00\x00", 9);
  ASSERT_OK_AND_ASSIGN(auto empty, OpenFileInput(context_, folder_.Write("w", frame)));
  EXPECT_ERROR(OpenTextInput(context_, empty, Encoding::kUtf8), ErrorCode::kResources,
               "memory budget");
}

TEST_F(PackingTest, NamesAndSuffixes) {
  EXPECT_EQ(PackingOfPath("a.csv.GZ"), Packing::kGzip);
  EXPECT_EQ(PackingOfPath("a.csv.zst"), Packing::kZstd);
  EXPECT_EQ(PackingOfPath("a.csv"), Packing::kNone);
  EXPECT_EQ(PackingOfPath(".gz"), Packing::kNone);
  EXPECT_EQ(WithoutPackingSuffix("a.csv.bz2"), "a.csv");
  EXPECT_EQ(FindPacking("gz"), Packing::kGzip);
  EXPECT_EQ(FindPacking("snappy"), std::nullopt);
  EXPECT_EQ(DetectPacking("BZhello"), Packing::kNone);
  EXPECT_EQ(DetectPacking(""), Packing::kNone);
}

}  // namespace
}  // namespace bowyer
