// FlatBuffers: a table begins with the (signed) distance back to its vtable, which holds its own
// size, the table's size and for each field its place within the table (0: left out). References
// are unsigned distances forward.
#include "formats/arrow/flat_table.h"

#include "bowyer/error.h"

namespace bowyer {
namespace {

arrow::Status Damaged() { return MakeError(ErrorCode::kData, "damaged metadata"); }

}  // namespace

arrow::Result<FlatTable> FlatTable::At(std::span<const uint8_t> bytes, int64_t at) {
  const auto size = static_cast<int64_t>(bytes.size());
  FlatTable table(bytes, at);
  if (at < 4 || at > size - 4) return Damaged();
  table.layout_ = at - table.Load<int32_t>(at);
  if (table.layout_ < 0 || table.layout_ > size - 4) return Damaged();
  table.layout_bytes_ = table.Load<uint16_t>(table.layout_);
  if (table.layout_bytes_ < 4 || table.layout_ > size - table.layout_bytes_) return Damaged();
  return table;
}

arrow::Result<FlatTable> FlatTable::Root(std::span<const uint8_t> bytes) {
  if (bytes.size() < 8) return Damaged();
  uint32_t at;
  std::memcpy(&at, bytes.data(), sizeof(at));
  return At(bytes, at);
}

arrow::Result<int64_t> FlatTable::Find(int field, int64_t size) const {
  const int64_t slot = 4 + 2 * field;
  if (slot + 2 > layout_bytes_) return 0;
  const int64_t place = Load<uint16_t>(layout_ + slot);
  if (place == 0) return 0;
  const int64_t at = at_ + place;
  if (at > static_cast<int64_t>(bytes_.size()) - size) return Damaged();
  return at;
}

arrow::Result<int64_t> FlatTable::Target(int field) const {
  ARROW_ASSIGN_OR_RAISE(const int64_t at, Find(field, 4));
  if (at == 0) return 0;
  const int64_t target = at + Load<uint32_t>(at);
  if (target > static_cast<int64_t>(bytes_.size()) - 4) return Damaged();
  return target;
}

arrow::Result<FlatTable> FlatTable::Table(int field) const {
  ARROW_ASSIGN_OR_RAISE(const int64_t target, Target(field));
  if (target == 0) return Damaged();
  return At(bytes_, target);
}

arrow::Result<FlatTable::Vector> FlatTable::Elements(int field, int64_t element_bytes) const {
  ARROW_ASSIGN_OR_RAISE(const int64_t target, Target(field));
  if (target == 0) return Vector{};
  const Vector vector{.at = target + 4, .count = Load<uint32_t>(target)};
  if (vector.count > (static_cast<int64_t>(bytes_.size()) - vector.at) / element_bytes) {
    return Damaged();
  }
  return vector;
}

arrow::Result<std::string_view> FlatTable::Text(int field) const {
  ARROW_ASSIGN_OR_RAISE(const Vector vector, Elements(field, 1));
  return std::string_view(reinterpret_cast<const char*>(bytes_.data()) + vector.at,
                          static_cast<size_t>(vector.count));
}

arrow::Result<FlatTable> FlatTable::TableAt(const Vector& vector, int64_t i) const {
  const int64_t at = vector.at + 4 * i;
  return At(bytes_, at + Load<uint32_t>(at));
}

}  // namespace bowyer
