// Thrift's compact protocol: a field is a byte of (step from the last field, type), then its value;
// integers are zigzag varints.
#include "formats/parquet/thrift.h"

namespace bowyer::parquet {
namespace {
constexpr uint8_t kTrue = 1, kFalse = 2, kByte = 3, kI32 = 5, kI64 = 6, kBinary = 8, kList = 9,
                  kStruct = 12;
}  // namespace

void ThriftWriter::Header(int field, uint8_t type) {
  const int step = field - last_.back();
  if (step > 0 && step <= 15) {
    out_->push_back(static_cast<char>(step << 4 | type));
  } else {
    out_->push_back(static_cast<char>(type));
    ZigZag(field);
  }
  last_.back() = field;
}

void ThriftWriter::Varint(uint64_t value) {
  while (value >= 0x80) {
    out_->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out_->push_back(static_cast<char>(value));
}

void ThriftWriter::Bool(int field, bool value) { Header(field, value ? kTrue : kFalse); }

void ThriftWriter::Byte(int field, int8_t value) {
  Header(field, kByte);
  out_->push_back(static_cast<char>(value));
}

void ThriftWriter::I32(int field, int32_t value) {
  Header(field, kI32);
  ZigZag(value);
}

void ThriftWriter::I64(int field, int64_t value) {
  Header(field, kI64);
  ZigZag(value);
}

void ThriftWriter::Binary(int field, std::string_view value) {
  Header(field, kBinary);
  ElementBinary(value);
}

void ThriftWriter::ElementBinary(std::string_view value) {
  Varint(value.size());
  out_->append(value);
}

void ThriftWriter::BeginStruct(int field) {
  Header(field, kStruct);
  last_.push_back(0);
}

void ThriftWriter::EndStruct() {
  out_->push_back(0);
  last_.pop_back();
}

void ThriftWriter::Empty(int field) {
  Header(field, kStruct);
  out_->push_back(0);
}

void ThriftWriter::List(int field, Type element, size_t size) {
  Header(field, kList);
  if (size < 15) {
    out_->push_back(static_cast<char>(size << 4 | static_cast<uint8_t>(element)));
  } else {
    out_->push_back(static_cast<char>(0xf0 | static_cast<uint8_t>(element)));
    Varint(size);
  }
}

}  // namespace bowyer::parquet
