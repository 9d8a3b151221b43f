// How a value of any Arrow type is spelled as text: the one place that knows. An array is prepared
// once (its buffers and the function that spells its type); then values are appended by row.
// docs/types.md lists the spellings; all of them read back exactly.
#pragma once

#include <arrow/array/data.h>
#include <arrow/result.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/text/text_buffer.h"

namespace bowyer {

// kPlain: scalars bare (text as it is, binary as \x00ff), nested values as JSON text.
// kJson: JSON values throughout (text, times and binary in quotes, binary as base64).
enum class Notation { kPlain, kJson };

// Bytes of a string or binary value; `padded`: 16 bytes can be read at its start.
struct TextValue {
  std::string_view bytes;
  bool padded;
};

// A view on an array that must outlive it. Used by one thread.
class ArrayText {
 public:
  // `null_text` (static or outliving) stands for nulls at the top; nested nulls are "null".
  static arrow::Result<ArrayText> Make(const arrow::ArrayData& array, Notation notation,
                                       std::string_view null_text);

  // Appends row `row` at `at`, where bound() bytes are writable; null on failure, the buffer's
  // status tells why.
  char* Append(int64_t row, char* at, TextBuffer& buffer) const {
    return append_(*this, row, at, buffer);
  }
  // Bytes that Append may write without reserving.
  int64_t bound() const { return bound_; }
  // Where the value of `*row` really is, dictionaries and runs followed: its array, and its row
  // there in `*row`; null if the value is null.
  const ArrayText* Resolve(int64_t* row) const;

  // Of the array itself; values of dictionaries, runs and unions may be null beneath.
  bool IsNull(int64_t row) const {
    const auto bit = static_cast<uint64_t>(row + validity_offset_);
    return validity_ != nullptr && (validity_[bit >> 3] >> (bit & 7) & 1) == 0;
  }
  char* WriteNull(char* at) const {
    std::memcpy(at, null_start_.data(), null_start_.size());
    if (null_text_.size() > null_start_.size()) [[unlikely]] {
      std::memcpy(at, null_text_.data(), null_text_.size());
    }
    return at + null_text_.size();
  }
  // Of an array of numbers, dictionary and runs not followed.
  template <typename T>
  T NumberAt(int64_t row) const {
    T value;
    std::memcpy(&value, values_ + row * static_cast<int64_t>(sizeof(T)), sizeof(T));
    return value;
  }

  // Of the array, or, with dictionaries and runs, of the values beneath; without extension types.
  const arrow::DataType& value_type() const {
    return resolve_ == nullptr || children_.empty() ? *type_ : children_[0].value_type();
  }
  // Is the value where the array has it, without dictionary or runs?
  bool direct() const { return resolve_ == nullptr; }
  // An array of that type whose values are spelled in the type's own way?
  bool is(arrow::Type::type id) const { return type_->id() == id && !special_; }

  // Of a string or binary array that is not null at `row`.
  template <typename Layout>
  TextValue ValueAt(int64_t row) const {
    return Layout::At(*this, row);
  }

  // Layouts of strings and binaries, for ValueAt.
  template <typename Offset>
  struct Offsets {
    static TextValue At(const ArrayText& array, int64_t row) {
      const auto* offsets = reinterpret_cast<const Offset*>(array.values_) + row;
      const char* data = array.data_ + offsets[0];
      return {{data, static_cast<size_t>(offsets[1] - offsets[0])}, data + 16 <= array.data_end_};
    }
  };
  struct Views {
    static TextValue At(const ArrayText& array, int64_t row);
  };
  struct Fixed {
    static TextValue At(const ArrayText& array, int64_t row) {
      const auto width = static_cast<size_t>(array.width_);
      return {{reinterpret_cast<const char*>(array.values_) + row * array.width_, width}, false};
    }
  };

 private:
  friend struct Spellings;
  using Function = char* (*)(const ArrayText&, int64_t, char*, TextBuffer&);

  Function append_ = nullptr;
  const ArrayText* (*resolve_)(const ArrayText&, int64_t*) = nullptr;  // null: the value is here
  int64_t bound_ = 0;
  bool special_ = false;  // an extension type with a spelling of its own
  const uint8_t* validity_ = nullptr;
  int64_t validity_offset_ = 0;
  std::string_view null_text_;
  std::array<char, 8> null_start_{};  // of null_text_: mostly all of it, in one store
  const arrow::DataType* type_ = nullptr;
  // What these hold depends on the layout; `values_` already stands on row 0 of the array.
  const uint8_t* values_ = nullptr;  // fixed-width values, offsets, views, type ids
  const uint8_t* sizes_ = nullptr;   // of list views; value offsets of dense unions
  const char* data_ = nullptr;       // bytes of strings
  const char* data_end_ = nullptr;
  int64_t offset_ = 0;  // of the array
  int64_t length_ = 0;
  int64_t width_ = 0;  // of a fixed-size binary, decimal or list
  const arrow::ArrayData* array_ = nullptr;
  std::vector<ArrayText> children_;
  std::vector<std::string> keys_;  // `{"name":` or `,"name":` of struct fields and union members
};

// Can every value of `field` be spelled? kData naming the column otherwise: repeated names within
// a struct or union, an unknown type, an absurd decimal scale.
arrow::Status CheckSpellable(const arrow::Field& field);

// For people and messages: the value in plain notation, "null" for null, a description in angle
// brackets for what cannot be spelled.
std::string ValueText(const arrow::Array& array, int64_t row);
std::string ValueText(const arrow::Scalar& scalar);

}  // namespace bowyer
