#include "databases/duckdb/segments/column_rows.h"

#include "databases/duckdb/segments/floats.h"
#include "databases/duckdb/segments/integers.h"
#include "databases/duckdb/segments/plain.h"
#include "databases/duckdb/segments/texts.h"

namespace bowyer::segments {
namespace {

using duckdb::idx_t;
using duckdb::PhysicalType;

template <typename T>
void EncodeFixed(const Column<T>& column, const SegmentSink& sink) {
  if constexpr (std::is_floating_point_v<T>) {
    EncodeFloats(column, sink);
  } else if constexpr (std::is_same_v<T, duckdb::interval_t>) {
    EncodePlain(column, sink);
  } else {
    EncodeIntegers(column, sink);
  }
}

template <typename T>
class FixedRows : public ColumnRows {
 public:
  explicit FixedRows(const duckdb::LogicalType& type) : type_(type) {}

  bool Takes(const duckdb::UnifiedVectorFormat&, idx_t) const override { return true; }

  void Append(const duckdb::UnifiedVectorFormat& values, idx_t rows) override {
    const auto* from = reinterpret_cast<const T*>(values.data);
    const size_t begin = values_.size();
    values_.resize(begin + rows);
    T* to = values_.data() + begin;
    const bool all_valid = values.validity.AllValid();
    if (!values.sel->IsSet()) {
      std::memcpy(to, from, rows * sizeof(T));
    } else {
      for (idx_t i = 0; i < rows; ++i) to[i] = from[values.sel->get_index(i)];
    }
    if (all_valid) {
      valid_.AppendValid(rows);
      return;
    }
    for (idx_t i = 0; i < rows; ++i) {
      valid_.Append(values.validity.RowIsValid(values.sel->get_index(i)));
    }
  }

  void Give(idx_t begin, idx_t rows, duckdb::Vector* values) const override {
    std::memcpy(duckdb::FlatVector::GetData(*values), values_.data() + begin, rows * sizeof(T));
    auto& validity = duckdb::FlatVector::Validity(*values);
    for (idx_t i = 0; i < rows; ++i) {
      if (!valid_[begin + i]) validity.SetInvalid(i);
    }
  }

  void Encode(size_t block_bytes, Scratch* scratch, const SegmentSink& sink) const override {
    EncodeFixed(Column<T>{type_, values_, valid_, block_bytes, *scratch}, sink);
  }

  size_t bytes() const override { return values_.size() * sizeof(T); }

  void Clear() override {
    values_.clear();
    valid_.Clear();
  }

 private:
  const duckdb::LogicalType type_;
  std::vector<T> values_;
};

class TextColumnRows : public ColumnRows {
 public:
  explicit TextColumnRows(const duckdb::LogicalType& type) : type_(type) {}

  bool Takes(const duckdb::UnifiedVectorFormat& values, idx_t rows) const override {
    const auto* texts = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(values);
    for (idx_t i = 0; i < rows; ++i) {
      const idx_t at = values.sel->get_index(i);
      if (values.validity.RowIsValid(at) && texts[at].GetSize() > kLongestText) return false;
    }
    return true;
  }

  void Append(const duckdb::UnifiedVectorFormat& values, idx_t rows) override {
    const auto* texts = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(values);
    if (values.validity.AllValid()) {
      for (idx_t i = 0; i < rows; ++i) texts_.Append(texts[values.sel->get_index(i)]);
      valid_.AppendValid(rows);
      return;
    }
    for (idx_t i = 0; i < rows; ++i) {
      const idx_t at = values.sel->get_index(i);
      const bool valid = values.validity.RowIsValid(at);
      valid_.Append(valid);
      if (valid) {
        texts_.Append(texts[at]);
      } else {
        texts_.AppendNull();
      }
    }
  }

  void Give(idx_t begin, idx_t rows, duckdb::Vector* values) const override {
    auto* texts = duckdb::FlatVector::GetData<duckdb::string_t>(*values);
    auto& validity = duckdb::FlatVector::Validity(*values);
    for (idx_t i = 0; i < rows; ++i) {
      const size_t row = begin + i;
      if (!valid_[row]) {
        validity.SetInvalid(i);
        continue;
      }
      texts[i] = duckdb::StringVector::AddStringOrBlob(
          *values, reinterpret_cast<const char*>(texts_.at(row)), texts_.size(row));
    }
  }

  void Encode(size_t block_bytes, Scratch* scratch, const SegmentSink& sink) const override {
    EncodeTexts(type_, texts_, valid_, block_bytes, scratch, sink);
  }

  size_t bytes() const override { return texts_.bytes() + texts_.rows() * sizeof(uint32_t); }

  void Clear() override {
    texts_.Clear();
    valid_.Clear();
  }

 private:
  const duckdb::LogicalType type_;
  TextRows texts_;
};

}  // namespace

std::unique_ptr<ColumnRows> ColumnRows::Make(const duckdb::LogicalType& type) {
  switch (type.InternalType()) {
    case PhysicalType::BOOL:
    case PhysicalType::INT8:
      return std::make_unique<FixedRows<int8_t>>(type);
    case PhysicalType::INT16:
      return std::make_unique<FixedRows<int16_t>>(type);
    case PhysicalType::INT32:
      return std::make_unique<FixedRows<int32_t>>(type);
    case PhysicalType::INT64:
      return std::make_unique<FixedRows<int64_t>>(type);
    case PhysicalType::UINT8:
      return std::make_unique<FixedRows<uint8_t>>(type);
    case PhysicalType::UINT16:
      return std::make_unique<FixedRows<uint16_t>>(type);
    case PhysicalType::UINT32:
      return std::make_unique<FixedRows<uint32_t>>(type);
    case PhysicalType::UINT64:
      return std::make_unique<FixedRows<uint64_t>>(type);
    case PhysicalType::INT128:
      return std::make_unique<FixedRows<Int128>>(type);
    case PhysicalType::UINT128:
      return std::make_unique<FixedRows<UInt128>>(type);
    case PhysicalType::FLOAT:
      return std::make_unique<FixedRows<float>>(type);
    case PhysicalType::DOUBLE:
      return std::make_unique<FixedRows<double>>(type);
    case PhysicalType::INTERVAL:
      return std::make_unique<FixedRows<duckdb::interval_t>>(type);
    case PhysicalType::VARCHAR:
      if (type.id() != duckdb::LogicalTypeId::VARCHAR && type.id() != duckdb::LogicalTypeId::BLOB) {
        return nullptr;
      }
      return std::make_unique<TextColumnRows>(type);
    default:
      return nullptr;
  }
}

}  // namespace bowyer::segments
