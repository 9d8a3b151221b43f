// Values -> Thrift's compact protocol, the form of all of Parquet's metadata. Writing only: fields
// in ascending order, one call each; the last field's number is kept for each open struct.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bowyer::parquet {

class ThriftWriter {
 public:
  enum class Type : uint8_t { kI32 = 5, kBinary = 8, kStruct = 12 };

  // Appends to `out`, which must outlive the writer.
  explicit ThriftWriter(std::string* out) : out_(out) {}

  void Bool(int field, bool value);
  void Byte(int field, int8_t value);
  void I32(int field, int32_t value);
  void I64(int field, int64_t value);
  void Binary(int field, std::string_view value);

  void BeginStruct(int field);
  void EndStruct();
  // An empty struct as a field: how unions name a variant without facts of its own.
  void Empty(int field);

  // `size` elements follow, by the calls below.
  void List(int field, Type element, size_t size);
  void ElementI32(int32_t value) { ZigZag(value); }
  void ElementBinary(std::string_view value);
  // A struct as an element of a list, or the outermost one; ends with EndStruct.
  void ElementStruct() { last_.push_back(0); }
  // An element that was written before.
  void ElementRaw(std::string_view bytes) { out_->append(bytes); }

 private:
  void Header(int field, uint8_t type);
  void Varint(uint64_t value);
  void ZigZag(int64_t value) {
    Varint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
  }

  std::string* out_;
  std::vector<int> last_;  // number of the last field, for each open struct
};

}  // namespace bowyer::parquet
