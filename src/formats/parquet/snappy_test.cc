#include "formats/parquet/snappy.h"

#include <arrow/util/compression.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "matchers.h"

namespace bowyer {
namespace {

using Bytes = std::vector<uint8_t>;

std::shared_ptr<arrow::util::Codec> Reference() {
  return *arrow::util::Codec::Create(arrow::Compression::SNAPPY);
}

Bytes Packed(const Bytes& plain) {
  const auto codec = Reference();
  Bytes packed(static_cast<size_t>(
      codec->MaxCompressedLen(static_cast<int64_t>(plain.size()), plain.data())));
  packed.resize(
      static_cast<size_t>(*codec->Compress(static_cast<int64_t>(plain.size()), plain.data(),
                                           static_cast<int64_t>(packed.size()), packed.data())));
  packed.shrink_to_fit();  // so that a sanitizer sees what reads beyond it
  return packed;
}

std::optional<Bytes> Unpacked(const Bytes& packed, int64_t size) {
  Bytes out(static_cast<size_t>(size + kSnappySlack), 0xee);
  if (!UnpackSnappy(packed.data(), static_cast<int64_t>(packed.size()), out.data(), size)) {
    return std::nullopt;
  }
  out.resize(static_cast<size_t>(size));
  return out;
}

// Numbers, words, noise and repetitions: all kinds of elements.
Bytes Mixture(std::mt19937* random, size_t size) {
  Bytes bytes;
  while (bytes.size() < size) {
    const uint32_t count = (*random)() % 300;
    switch ((*random)() % 5) {
      case 0:
        for (uint32_t i = 0; i < count; ++i) bytes.push_back(static_cast<uint8_t>((*random)()));
        break;
      case 1: {
        const size_t period = 1 + (*random)() % 20;
        for (uint32_t i = 0; i < count; ++i) {
          bytes.push_back(bytes.size() < period ? uint8_t{7} : bytes[bytes.size() - period]);
        }
        break;
      }
      case 2:
        for (uint32_t i = 0; i < count; ++i) {
          const uint64_t number = (*random)() % 100000;
          for (int k = 0; k < 8; ++k) bytes.push_back(static_cast<uint8_t>(number >> (8 * k)));
        }
        break;
      case 3:
        bytes.insert(bytes.end(), (*random)() % 90000 * ((*random)() % 8 == 0), uint8_t{1});
        break;
      default:
        if (!bytes.empty()) {
          const size_t from = (*random)() % bytes.size();
          for (uint32_t i = 0; i < count && from + i < bytes.size(); ++i) {
            bytes.push_back(bytes[from + i]);
          }
        }
    }
  }
  bytes.resize(size);
  return bytes;
}

TEST(Snappy, GivesBackWhatWasPacked) {
  std::mt19937 random(1);
  for (const size_t size : {0, 1, 15, 16, 17, 60, 61, 64, 65, 300, 5000, 70000, 300000}) {
    for (int round = 0; round < 8; ++round) {
      const Bytes plain = Mixture(&random, size);
      const Bytes packed = Packed(plain);
      EXPECT_EQ(SnappySize(packed.data(), static_cast<int64_t>(packed.size())), size);
      EXPECT_EQ(Unpacked(packed, static_cast<int64_t>(size)), plain);
    }
  }
}

TEST(Snappy, LiteralsWithLengthsOfUpToFourBytes) {
  for (const uint32_t length : {1U, 60U, 61U, 256U, 257U, 65536U, 65537U, 70000U}) {
    for (int bytes = 1; bytes <= 4; ++bytes) {
      if (bytes < 4 && (length - 1) >> (8 * bytes) != 0) continue;
      Bytes packed;
      for (uint32_t left = length; true; left >>= 7) {
        packed.push_back(static_cast<uint8_t>(left > 127 ? left | 0x80 : left));
        if (left <= 127) break;
      }
      packed.push_back(static_cast<uint8_t>((59 + bytes) << 2));
      for (int i = 0; i < bytes; ++i) {
        packed.push_back(static_cast<uint8_t>((length - 1) >> (8 * i)));
      }
      Bytes plain(length);
      for (uint32_t i = 0; i < length; ++i) plain[i] = static_cast<uint8_t>(i * 7);
      packed.insert(packed.end(), plain.begin(), plain.end());
      EXPECT_EQ(Unpacked(packed, length), plain) << length << " by " << bytes;
    }
  }
}

TEST(Snappy, CopiesWithOffsetsOfFourBytes) {
  // 5: "abcde", then 15 bytes from 5 bytes back.
  Bytes packed = {20, 4 << 2, 'a', 'b', 'c', 'd', 'e', 14 << 2 | 3, 5, 0, 0, 0};
  const std::string plain = "abcdeabcdeabcdeabcde";
  EXPECT_EQ(Unpacked(packed, 20), Bytes(plain.begin(), plain.end()));
  // The same not at the end of the input.
  packed[0] = 60;
  packed.push_back(39 << 2);
  packed.insert(packed.end(), 40, 'x');
  EXPECT_EQ(Unpacked(packed, 60)->at(19), 'e');
}

TEST(Snappy, RefusesWhatIsDamaged) {
  EXPECT_EQ(Unpacked({}, 0), std::nullopt);
  EXPECT_EQ(Unpacked({0x80}, 0), std::nullopt);
  EXPECT_EQ(Unpacked({0xff, 0xff, 0xff, 0xff, 0x7f}, 0), std::nullopt);
  EXPECT_EQ(Unpacked({3, 2 << 2, 'a', 'b'}, 3), std::nullopt);       // cut off
  EXPECT_EQ(Unpacked({4, 2 << 2, 'a', 'b', 'c'}, 4), std::nullopt);  // too short
  EXPECT_EQ(Unpacked({2, 2 << 2, 'a', 'b', 'c'}, 2), std::nullopt);  // too long
  EXPECT_EQ(Unpacked({3, 2 << 2, 'a', 'b', 'c'}, 4), std::nullopt);  // not what is expected
  EXPECT_EQ(Unpacked({5, 0, 'a', 0 << 2 | 1, 0}, 5), std::nullopt);  // an offset of 0
  EXPECT_EQ(Unpacked({5, 0, 'a', 0 << 2 | 1, 2}, 5), std::nullopt);  // before the start
  EXPECT_EQ(Unpacked({5, 0, 'a', 0 << 2 | 1}, 5), std::nullopt);     // without its offset
  EXPECT_EQ(Unpacked({4, 63 << 2, 255, 255, 255, 255}, 4), std::nullopt);
}

TEST(Snappy, AgreesWithTheReferenceOnDamagedBlocks) {
  const auto codec = Reference();
  std::mt19937 random(2);
  int accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    const Bytes plain = Mixture(&random, 1 + random() % 400);
    Bytes packed = Packed(plain);
    for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips) {
      packed[random() % packed.size()] ^= static_cast<uint8_t>(1 << random() % 8);
    }
    if (random() % 4 == 0) packed.resize(random() % packed.size());
    packed.shrink_to_fit();
    const auto size = SnappySize(packed.data(), static_cast<int64_t>(packed.size()));
    if (!size || *size > 1 << 20) continue;
    Bytes expected(*size + 1);
    const auto reference = codec->Decompress(static_cast<int64_t>(packed.size()), packed.data(),
                                             *size, expected.data());
    expected.resize(*size);
    const auto unpacked = Unpacked(packed, *size);
    ASSERT_EQ(unpacked.has_value(), reference.ok()) << "round " << round;
    if (unpacked) {
      EXPECT_EQ(*unpacked, expected);
      ++accepted;
    }
  }
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace bowyer
