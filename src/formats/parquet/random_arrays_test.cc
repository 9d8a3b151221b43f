// The generator behind random_arrays.h: buffers are filled by hand, so that layouts occur which
// builders never make.
#include "formats/parquet/random_arrays.h"

#include <arrow/array/concatenate.h>
#include <arrow/builder.h>
#include <arrow/extension_type.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/decimal.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace bowyer {

using arrow::ArrayData;
using arrow::Type;

std::shared_ptr<arrow::Array> RandomArrays::Make(const std::shared_ptr<arrow::DataType>& type,
                                                 int64_t length, double nulls, Spread spread) {
  const int64_t before = Below(11), behind = Below(3);
  return MakeWhole(type, before + length + behind, nulls, spread)->Slice(before, length);
}

std::shared_ptr<arrow::Buffer> RandomArrays::Valid(int64_t length, double nulls) {
  if (nulls == 0) return nullptr;
  auto buffer = *arrow::AllocateEmptyBitmap(length);
  for (int64_t i = 0; i < length; ++i) {
    const bool valid = static_cast<double>(random_() % 1000) >= nulls * 1000;
    arrow::bit_util::SetBitTo(buffer->mutable_data(), i, valid);
  }
  return buffer;
}

int64_t RandomArrays::Number(int64_t i, Spread spread, int64_t end) {
  switch (spread) {
    case Spread::kAny:
      return Below(end);
    case Spread::kFew:
      return Below(std::min<int64_t>(end, 9));
    case Spread::kRising:
      return std::min(end - 1, i / 3 % end);
    default:
      return std::min<int64_t>(end - 1, 5);
  }
}

std::shared_ptr<arrow::Array> RandomArrays::MakeWhole(const std::shared_ptr<arrow::DataType>& type,
                                                      int64_t length, double nulls, Spread spread) {
  const auto fixed = [&](auto value) -> std::shared_ptr<arrow::Array> {
    using T = decltype(value(0));
    std::shared_ptr<arrow::Buffer> buffer = *arrow::AllocateBuffer(length * sizeof(T));
    for (int64_t i = 0; i < length; ++i) reinterpret_cast<T*>(buffer->mutable_data())[i] = value(i);
    return arrow::MakeArray(ArrayData::Make(type, length, {Valid(length, nulls), buffer}));
  };
  const auto scaled = [&](int64_t end, int64_t step, auto zero) {
    return fixed([&](int64_t i) {
      return static_cast<decltype(zero)>((Number(i, spread, end) - end / 3) * step);
    });
  };
  const auto bytes_of_words = [&](int width) -> std::shared_ptr<arrow::Array> {
    std::shared_ptr<arrow::Buffer> buffer = *arrow::AllocateBuffer(length * width);
    for (int64_t i = 0; i < length * width; ++i) {
      buffer->mutable_data()[i] =
          static_cast<uint8_t>(spread == Spread::kAny ? random_() : Number(i / width, spread, 256));
    }
    return arrow::MakeArray(ArrayData::Make(type, length, {Valid(length, nulls), buffer}));
  };
  const auto texts = [&](auto builder) -> std::shared_ptr<arrow::Array> {
    for (int64_t i = 0; i < length; ++i) {
      if (nulls > 0 && static_cast<double>(random_() % 1000) < nulls * 1000) {
        EXPECT_TRUE(builder.AppendNull().ok());
        continue;
      }
      std::string text;
      if (spread == Spread::kAny) {
        const int64_t size = Below(40) == 0 ? Below(300) : Below(24);
        while (static_cast<int64_t>(text.size()) < size) {
          text +=
              Below(9) == 0 ? "\u00e4\u20ac" : std::string(1, static_cast<char>('a' + Below(26)));
        }
      } else {
        text = "value-" + std::to_string(Number(i, spread, 1000));
      }
      EXPECT_TRUE(builder.Append(text).ok());
    }
    return *builder.Finish();
  };
  const auto offsets = [&](auto zero, int64_t* children) {
    using T = decltype(zero);
    std::shared_ptr<arrow::Buffer> buffer = *arrow::AllocateBuffer((length + 1) * sizeof(T));
    T at = static_cast<T>(Below(4));
    for (int64_t i = 0; i <= length; ++i) {
      reinterpret_cast<T*>(buffer->mutable_data())[i] = at;
      if (i < length) at += static_cast<T>(Below(5) == 0 ? Below(9) : Below(3));
    }
    *children = at;
    return buffer;
  };
  const auto list = [&](auto zero) -> std::shared_ptr<arrow::Array> {
    int64_t children = 0;
    auto buffer = offsets(zero, &children);
    const auto& field = *type->field(0);
    auto child = Make(field.type(), children + 2, field.nullable() ? nulls : 0, spread);
    return arrow::MakeArray(
        ArrayData::Make(type, length, {Valid(length, nulls), buffer}, {child->data()}));
  };
  const auto list_view = [&](auto zero) -> std::shared_ptr<arrow::Array> {
    using T = decltype(zero);
    constexpr int64_t kChildren = 200;
    std::shared_ptr<arrow::Buffer> begins = *arrow::AllocateBuffer(length * sizeof(T));
    std::shared_ptr<arrow::Buffer> sizes = *arrow::AllocateBuffer(length * sizeof(T));
    for (int64_t i = 0; i < length; ++i) {
      reinterpret_cast<T*>(begins->mutable_data())[i] = static_cast<T>(Below(kChildren - 9));
      reinterpret_cast<T*>(sizes->mutable_data())[i] = static_cast<T>(Below(9));
    }
    auto child = Make(type->field(0)->type(), kChildren, nulls, spread);
    return arrow::MakeArray(
        ArrayData::Make(type, length, {Valid(length, nulls), begins, sizes}, {child->data()}));
  };
  constexpr int64_t kMany = int64_t{1} << 62;
  switch (type->id()) {
    case Type::NA:
      return std::make_shared<arrow::NullArray>(length);
    case Type::BOOL: {
      auto bits = *arrow::AllocateEmptyBitmap(length);
      for (int64_t i = 0; i < length; ++i) {
        arrow::bit_util::SetBitTo(bits->mutable_data(), i, Number(i, spread, 2) != 0);
      }
      return arrow::MakeArray(
          ArrayData::Make(type, length, {Valid(length, nulls), std::move(bits)}));
    }
    case Type::INT8:
    case Type::UINT8:
      return scaled(256, 1, uint8_t{});
    case Type::INT16:
    case Type::UINT16:
      return scaled(65536, 1, uint16_t{});
    case Type::HALF_FLOAT:
      return fixed(
          [&](int64_t i) { return static_cast<uint16_t>(0x3000 + Number(i, spread, 4096)); });
    case Type::INT32:
    case Type::UINT32:
    case Type::DATE32:
      return scaled(int64_t{1} << 32, 1, uint32_t{});
    case Type::INT64:
    case Type::UINT64:
    case Type::DURATION:
      return scaled(kMany, 3, int64_t{});
    case Type::TIMESTAMP:
      return static_cast<const arrow::TimestampType&>(*type).unit() == arrow::TimeUnit::SECOND
                 ? scaled(int64_t{1} << 40, 1, int64_t{})
                 : scaled(kMany, 1, int64_t{});
    case Type::DATE64:
      return scaled(100000, 86400000, int64_t{});
    case Type::TIME32:
      return fixed([&](int64_t i) { return static_cast<int32_t>(Number(i, spread, 86400)); });
    case Type::TIME64:
      return fixed([&](int64_t i) { return Number(i, spread, 86400000000); });
    case Type::FLOAT:
      return fixed([&](int64_t i) { return static_cast<float>(Number(i, spread, kMany)) * 0.25F; });
    case Type::DOUBLE:
      return fixed([&](int64_t i) { return static_cast<double>(Number(i, spread, kMany)) / 100; });
    case Type::DECIMAL32:
      return scaled(1000000, 7, int32_t{});
    case Type::DECIMAL64:
      return scaled(int64_t{1} << 26, 7, int64_t{});
    case Type::DECIMAL128:
    case Type::DECIMAL256: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(*type);
      const int width = decimal.byte_width();
      std::shared_ptr<arrow::Buffer> buffer = *arrow::AllocateBuffer(length * width);
      for (int64_t i = 0; i < length; ++i) {
        std::string digits = Below(2) == 0 ? "-" : "";
        const int64_t size = spread == Spread::kAny ? 1 + Below(decimal.precision()) : 1;
        for (int64_t k = 0; k < size; ++k) digits += static_cast<char>('0' + Below(10));
        const auto value = *arrow::Decimal256::FromString(digits);
        std::memcpy(buffer->mutable_data() + i * width, value.native_endian_bytes(), width);
      }
      return arrow::MakeArray(ArrayData::Make(type, length, {Valid(length, nulls), buffer}));
    }
    case Type::FIXED_SIZE_BINARY:
      return bytes_of_words(static_cast<const arrow::FixedSizeBinaryType&>(*type).byte_width());
    case Type::STRING:
      return texts(arrow::StringBuilder());
    case Type::BINARY:
      return texts(arrow::BinaryBuilder());
    case Type::LARGE_STRING:
      return texts(arrow::LargeStringBuilder());
    case Type::LARGE_BINARY:
      return texts(arrow::LargeBinaryBuilder());
    case Type::STRING_VIEW:
      return texts(arrow::StringViewBuilder());
    case Type::BINARY_VIEW:
      return texts(arrow::BinaryViewBuilder());
    case Type::STRUCT: {
      std::vector<std::shared_ptr<ArrayData>> children;
      for (const auto& field : type->fields()) {
        children.push_back(
            Make(field->type(), length, field->nullable() ? nulls : 0, spread)->data());
      }
      return arrow::MakeArray(ArrayData::Make(type, length, {Valid(length, nulls)}, children));
    }
    case Type::LIST:
    case Type::MAP: {
      if (type->id() == Type::LIST) return list(int32_t{});
      int64_t children = 0;
      auto buffer = offsets(int32_t{}, &children);
      const auto entry = type->field(0)->type();
      std::vector<std::shared_ptr<ArrayData>> columns{
          Make(entry->field(0)->type(), children, 0, spread)->data(),
          Make(entry->field(1)->type(), children, nulls, spread)->data()};
      auto entries = ArrayData::Make(entry, children, {nullptr}, columns);
      return arrow::MakeArray(
          ArrayData::Make(type, length, {Valid(length, nulls), buffer}, {entries}));
    }
    case Type::LARGE_LIST:
      return list(int64_t{});
    case Type::LIST_VIEW:
      return list_view(int32_t{});
    case Type::LARGE_LIST_VIEW:
      return list_view(int64_t{});
    case Type::FIXED_SIZE_LIST: {
      const int size = static_cast<const arrow::FixedSizeListType&>(*type).list_size();
      auto child = Make(type->field(0)->type(), length * size, nulls, spread);
      return arrow::MakeArray(
          ArrayData::Make(type, length, {Valid(length, nulls)}, {child->data()}));
    }
    case Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryType&>(*type);
      auto values = Make(dictionary.value_type(), 50, Below(2) == 0 ? nulls : 0, Spread::kAny);
      auto indices = MakeWhole(arrow::uint8(), length, nulls, spread);
      const int width = dictionary.index_type()->bit_width() / 8;
      std::shared_ptr<arrow::Buffer> buffer = *arrow::AllocateBuffer(length * width);
      std::memset(buffer->mutable_data(), 0, length * width);
      for (int64_t i = 0; i < length; ++i) {
        buffer->mutable_data()[i * width] =
            static_cast<const arrow::UInt8Array&>(*indices).Value(i) % 50;
      }
      auto data = ArrayData::Make(type, length, {indices->null_bitmap(), buffer});
      data->dictionary = values->data();
      return arrow::MakeArray(data);
    }
    case Type::RUN_END_ENCODED: {
      const auto& runs = static_cast<const arrow::RunEndEncodedType&>(*type);
      arrow::Int32Builder ends;
      int64_t end = 0;
      while (end < length) {
        end = std::min(length, end + 1 + Below(7));
        EXPECT_TRUE(ends.Append(static_cast<int32_t>(end)).ok());
      }
      auto ends_array = *ends.Finish();
      auto values = Make(runs.value_type(), ends_array->length(), nulls, spread);
      return arrow::MakeArray(
          ArrayData::Make(type, length, {nullptr}, {ends_array->data(), values->data()}, 0));
    }
    case Type::EXTENSION: {
      const auto& extension = static_cast<const arrow::ExtensionType&>(*type);
      auto storage = MakeWhole(extension.storage_type(), length, nulls, spread);
      return arrow::ExtensionType::WrapArray(type, storage);
    }
    default:
      ADD_FAILURE() << "no random " << type->ToString();
      return nullptr;
  }
}

TEST(RandomArrays, AreValid) {
  RandomArrays random(1);
  for (const auto& type : std::vector<std::shared_ptr<arrow::DataType>>{
           arrow::int32(), arrow::utf8(), arrow::decimal128(20, 2), arrow::list(arrow::int8()),
           arrow::map(arrow::utf8(), arrow::int64()), arrow::utf8_view(),
           arrow::dictionary(arrow::int16(), arrow::utf8()),
           arrow::run_end_encoded(arrow::int32(), arrow::int64())}) {
    auto array = random.Make(type, 100, 0.2, Spread::kAny);
    EXPECT_EQ(array->length(), 100);
    EXPECT_TRUE(array->ValidateFull().ok()) << array->ValidateFull().ToString();
  }
}

}  // namespace bowyer
