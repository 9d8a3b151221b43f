// Reads FlatBuffers tables without trusting them: each step is checked against the bytes at hand.
// A view; the bytes must outlive it.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace bowyer {

class FlatTable {
 public:
  struct Vector {
    int64_t at = 0;  // position of the first element
    int64_t count = 0;
  };

  // The table that the buffer's first word points to.
  static arrow::Result<FlatTable> Root(std::span<const uint8_t> bytes);

  // A scalar field by its number; `absent` where the table leaves it out.
  template <typename T>
  arrow::Result<T> Scalar(int field, T absent) const {
    ARROW_ASSIGN_OR_RAISE(const int64_t at, Find(field, sizeof(T)));
    return at == 0 ? absent : Load<T>(at);
  }

  // Position of the table, text or vector that a field points to; 0 where it is left out.
  arrow::Result<int64_t> Target(int field) const;
  arrow::Result<FlatTable> Table(int field) const;  // an error where it is left out
  arrow::Result<std::string_view> Text(int field) const;
  // `element_bytes` each; checked to lie within the bytes.
  arrow::Result<Vector> Elements(int field, int64_t element_bytes) const;
  // An element of a vector of tables (which are offsets of four bytes).
  arrow::Result<FlatTable> TableAt(const Vector& vector, int64_t i) const;

  // At a position within a vector that Elements gave.
  template <typename T>
  T Load(int64_t at) const {
    T value;
    std::memcpy(&value, bytes_.data() + at, sizeof(T));
    return value;
  }

 private:
  FlatTable(std::span<const uint8_t> bytes, int64_t at) : bytes_(bytes), at_(at) {}
  static arrow::Result<FlatTable> At(std::span<const uint8_t> bytes, int64_t at);
  // Position of a field of the table, of which `size` bytes are there; 0 where it is left out.
  arrow::Result<int64_t> Find(int field, int64_t size) const;

  std::span<const uint8_t> bytes_;
  int64_t at_;
  int64_t layout_ = 0;  // position of the table's vtable
  int64_t layout_bytes_ = 0;
};

}  // namespace bowyer
