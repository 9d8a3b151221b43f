// A block is its length, then elements: literals, and copies of what was unpacked before. Most are
// short, so each is moved as one block of 16 bytes, whatever lies behind it; how far an element
// reaches is known from its first byte, so that the next is found without waiting for memory.
#include "formats/parquet/snappy.h"

#include <cstring>

namespace bowyer {
namespace {

// Bytes of input of which an element without its literal needs at most 5, a short literal 17.
constexpr int64_t kReadAhead = 32;

template <typename Word>
Word Load(const uint8_t* from) {
  Word word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

void Move16(uint8_t* to, const uint8_t* from) {
  uint8_t block[16];
  std::memcpy(block, from, sizeof(block));
  std::memcpy(to, block, sizeof(block));
}

class Unpacker {
 public:
  Unpacker(const uint8_t* at, const uint8_t* end, uint8_t* out, int64_t size)
      : at_(at), end_(end), out_(out), to_(out), out_end_(out + size) {}

  bool Run() {
    while (end_ - at_ >= kReadAhead) {
      const uint32_t tag = *at_++;
      if ((tag & 3) == 0) {
        if (!Literal(tag >> 2)) return false;
        continue;
      }
      uint64_t length = (tag >> 2) + 1, offset;
      if ((tag & 3) == 2) {
        offset = Load<uint16_t>(at_);
        at_ += 2;
      } else if ((tag & 3) == 1) {
        length = 4 + (tag >> 2 & 7);
        offset = tag >> 5 << 8 | *at_++;
      } else {
        offset = Load<uint32_t>(at_);
        at_ += 4;
      }
      if (!Copy(length, offset)) return false;
    }
    while (at_ < end_) {
      if (!LastElement()) return false;
    }
    return to_ == out_end_;
  }

 private:
  uint64_t room() const { return static_cast<uint64_t>(out_end_ - to_); }
  uint64_t left() const { return static_cast<uint64_t>(end_ - at_); }

  // `code`: the length less one, or 59 + the number of bytes that hold it.
  bool Literal(uint64_t code) {
    uint64_t length = code + 1;
    if (length <= 16) {
      if (length > room()) return false;
      Move16(to_, at_);
    } else {
      if (code >= 60) {
        const auto bytes = static_cast<int>(code - 59);
        length = (Load<uint32_t>(at_) & (~uint32_t{0} >> (32 - 8 * bytes))) + uint64_t{1};
        at_ += bytes;
      }
      if (length > left() || length > room()) return false;
      std::memcpy(to_, at_, length);
    }
    at_ += length;
    to_ += length;
    return true;
  }

  // Up to 64 bytes that begin `offset` bytes back; they may overlap what they are copied to.
  bool Copy(uint64_t length, uint64_t offset) {
    if (length > room() || offset - 1 >= static_cast<uint64_t>(to_ - out_)) return false;
    const uint8_t* from = to_ - offset;
    if (offset >= 16) {
      Move16(to_, from);
      if (length > 16) {
        Move16(to_ + 16, from + 16);
        Move16(to_ + 32, from + 32);
        Move16(to_ + 48, from + 48);
      }
    } else if (offset >= 8) {
      for (uint64_t i = 0; i < length; i += 8) {
        const auto word = Load<uint64_t>(from + i);
        std::memcpy(to_ + i, &word, sizeof(word));
      }
    } else {
      for (uint64_t i = 0; i < length; ++i) to_[i] = from[i];
    }
    to_ += length;
    return true;
  }

  // Near the end of the input, which is not read beyond.
  bool LastElement() {
    uint8_t bytes[kReadAhead] = {};
    std::memcpy(bytes, at_, left());
    const uint32_t tag = bytes[0];
    const uint32_t kind = tag & 3, code = tag >> 2;
    const uint64_t more = kind == 0 ? (code < 60 ? 0 : code - 59) : kind == 3 ? 4 : kind;
    if (left() < 1 + more) return false;
    at_ += 1 + more;
    if (kind != 0) {
      const uint64_t offset = kind == 1   ? (tag >> 5 << 8 | bytes[1])
                              : kind == 2 ? Load<uint16_t>(bytes + 1)
                                          : Load<uint32_t>(bytes + 1);
      return Copy(kind == 1 ? 4 + (code & 7) : code + 1, offset);
    }
    uint64_t length = code + uint64_t{1};
    if (more > 0) length = (Load<uint32_t>(bytes + 1) & (~uint32_t{0} >> (32 - 8 * more))) + 1;
    if (length > left() || length > room()) return false;
    std::memcpy(to_, at_, length);
    at_ += length;
    to_ += length;
    return true;
  }

  const uint8_t *at_, *const end_;
  uint8_t *const out_, *to_, *const out_end_;
};

// Bytes of the length at the start, seven bits in each; 0: it does not end.
int SizeBytes(const uint8_t* data, int64_t bytes) {
  for (int i = 0; i < 5 && i < bytes; ++i) {
    if ((data[i] & 0x80) == 0) return i + 1;
  }
  return 0;
}

}  // namespace

std::optional<uint32_t> SnappySize(const uint8_t* data, int64_t bytes) {
  const int count = SizeBytes(data, bytes);
  uint64_t size = 0;
  for (int i = 0; i < count; ++i) size |= uint64_t{data[i] & 0x7fu} << (7 * i);
  if (count == 0 || size > 0xffffffff) return std::nullopt;
  return static_cast<uint32_t>(size);
}

bool UnpackSnappy(const uint8_t* data, int64_t bytes, uint8_t* out, int64_t size) {
  if (SnappySize(data, bytes) != size) return false;
  return Unpacker(data + SizeBytes(data, bytes), data + bytes, out, size).Run();
}

}  // namespace bowyer
