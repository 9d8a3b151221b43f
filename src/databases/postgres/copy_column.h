// One column of binary COPY on its way into Arrow buffers.
#pragma once

#include <arrow/array/data.h>
#include <arrow/buffer_builder.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "databases/postgres/value.h"

namespace bowyer {

// Where the values of a column lie in a block, null: size < 0.
struct CopyFields {
  std::vector<uint32_t> at;
  std::vector<int32_t> size;

  void Clear() {
    at.clear();
    size.clear();
  }
  void Add(uint32_t offset, int32_t bytes) {
    at.push_back(offset);
    size.push_back(bytes);
  }
  int64_t count() const { return static_cast<int64_t>(at.size()); }
};

class CopyColumn {
 public:
  CopyColumn(const PostgresValue& value, bool infinities, arrow::MemoryPool* pool);

  // Fields lie within the block of `block_size` bytes; what is inside of them is checked here.
  // Errors: kData; too_wide() tells which of them another type would cure.
  arrow::Status Append(const uint8_t* block, size_t block_size, const CopyFields& fields);
  int64_t bytes() const;
  // Of type value.type; empty from then on.
  arrow::Result<std::shared_ptr<arrow::ArrayData>> Finish();
  bool too_wide() const;

 private:
  arrow::Status ReserveAsBefore();
  template <typename Builder>
  arrow::Result<std::shared_ptr<arrow::Buffer>> Finish(Builder& builder, int64_t* length);
  arrow::Status AppendValidity(const CopyFields& fields);
  template <int kSize, typename T, typename Load>
  arrow::Status AppendFixed(const uint8_t* block, const CopyFields& fields, Load load);
  arrow::Status AppendBools(const uint8_t* block, const CopyFields& fields);
  arrow::Status AppendTexts(const uint8_t* block, size_t block_size, const CopyFields& fields,
                            int skip);
  template <typename Write>
  arrow::Status AppendSpelled(const uint8_t* block, const CopyFields& fields, Write write);
  arrow::Status AppendTimestamps(const uint8_t* block, const CopyFields& fields);
  arrow::Status AppendDates(const uint8_t* block, const CopyFields& fields);
  arrow::Status AppendNumerics(const uint8_t* block, const CopyFields& fields);
  arrow::Status AppendIntervals(const uint8_t* block, const CopyFields& fields);
  arrow::Status AppendLists(const uint8_t* block, size_t block_size, const CopyFields& fields);
  arrow::Status AppendStructs(const uint8_t* block, size_t block_size, const CopyFields& fields);
  arrow::Status ReserveOffsets(int64_t count);
  arrow::Status AddOffset(int64_t end);
  arrow::Status TooWide(const std::string& what);

  const PostgresValue value_;
  const bool infinities_;
  int64_t length_ = 0, null_count_ = 0;
  bool has_validity_ = false;
  arrow::TypedBufferBuilder<bool> validity_;
  arrow::TypedBufferBuilder<bool> bools_;
  arrow::BufferBuilder data_;                   // values of fixed width, or bytes of texts
  arrow::TypedBufferBuilder<int32_t> offsets_;  // of texts and of the outermost list
  // Of the batch before: entries of these three.
  int64_t bools_before_ = 0, bytes_before_ = 0, offsets_before_ = 0;
  // Of an array's inner dimensions: how many lists, and where each ends in the next level.
  struct Level {
    explicit Level(arrow::MemoryPool* pool) : offsets(pool) {}
    arrow::TypedBufferBuilder<int32_t> offsets;
    int64_t length = 0;
  };
  std::vector<Level> levels_;
  std::vector<CopyColumn> children_;
  std::vector<CopyFields> child_fields_;  // scratch
  int64_t child_length_ = 0;              // of the innermost list's elements
  bool too_wide_ = false;
};

}  // namespace bowyer
