// Pure functions of types; no value is looked at.
#include "formats/wished_type.h"

#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/type_traits.h>

namespace bowyer {
namespace {

using arrow::Type;
using TypePtr = std::shared_ptr<arrow::DataType>;

// The bytes in the layout of a text type; null for types that are no text.
TypePtr BytesOf(const TypePtr& type) {
  switch (type->id()) {
    case Type::STRING:
      return arrow::binary();
    case Type::LARGE_STRING:
      return arrow::large_binary();
    case Type::STRING_VIEW:
      return arrow::binary_view();
    case Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryType&>(*type);
      const TypePtr bytes = BytesOf(dictionary.value_type());
      if (bytes == nullptr) return nullptr;
      return arrow::dictionary(dictionary.index_type(), bytes, dictionary.ordered());
    }
    default:
      return nullptr;
  }
}

bool AreBytes(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::BINARY:
    case Type::LARGE_BINARY:
    case Type::BINARY_VIEW:
    case Type::FIXED_SIZE_BINARY:
      return true;
    case Type::DICTIONARY:
      return AreBytes(*static_cast<const arrow::DictionaryType&>(type).value_type());
    default:
      return false;
  }
}

std::shared_ptr<arrow::ArrayData> Relabelled(const arrow::ArrayData& data, const TypePtr& type) {
  auto copy = data.Copy();
  copy->type = type;
  if (type->id() == Type::DICTIONARY && copy->dictionary != nullptr) {
    copy->dictionary = Relabelled(*copy->dictionary,
                                  static_cast<const arrow::DictionaryType&>(*type).value_type());
  }
  return copy;
}

}  // namespace

TypePtr PlainType(const TypePtr& type) {
  switch (type->id()) {
    case Type::DICTIONARY:
      return PlainType(static_cast<const arrow::DictionaryType&>(*type).value_type());
    case Type::STRING_VIEW:
      return arrow::utf8();
    case Type::BINARY_VIEW:
    case Type::FIXED_SIZE_BINARY:
      return arrow::binary();
    case Type::DECIMAL32:
    case Type::DECIMAL64: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(*type);
      return arrow::decimal128(decimal.precision(), decimal.scale());
    }
    default:
      return type;
  }
}

std::shared_ptr<arrow::Schema> BytesForText(const std::shared_ptr<arrow::Schema>& schema,
                                            const ReadOptions& options) {
  if (options.types.empty()) return schema;
  arrow::FieldVector fields = schema->fields();
  for (auto& field : fields) {
    const auto wished = options.types.find(field->name());
    if (wished == options.types.end() || !AreBytes(*wished->second)) continue;
    if (const TypePtr bytes = BytesOf(field->type())) field = field->WithType(bytes);
  }
  return std::make_shared<arrow::Schema>(std::move(fields), schema->endianness(),
                                         schema->metadata());
}

std::shared_ptr<arrow::Array> UnderType(const std::shared_ptr<arrow::Array>& array,
                                        const TypePtr& type) {
  const TypePtr bytes = BytesOf(array->type());
  if (bytes == nullptr || !bytes->Equals(*type)) return array;
  return arrow::MakeArray(Relabelled(*array->data(), type));
}

}  // namespace bowyer
