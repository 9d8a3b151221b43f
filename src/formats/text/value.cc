// The choice of a spelling: an array's type -> the function that spells it, with the buffers that
// the function looks at. spellings.h holds the functions.
#include "formats/text/value.h"

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/ree_util.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "bowyer/error.h"
#include "core/text.h"
#include "formats/text/json_text.h"
#include "formats/text/number.h"
#include "formats/text/spellings.h"

namespace bowyer {

using arrow::Type;

namespace {

constexpr int32_t kMaxScale = 1000;
constexpr int64_t kMinimumBound = 64;
constexpr std::string_view kJsonNull = "null";

std::string JsonKey(const std::string& name, char before) {
  std::string key(1, before);
  TextBuffer buffer(arrow::default_memory_pool());
  char* at = AppendJsonString(name, false, buffer.Restart(1), buffer);
  // A name that is no UTF-8 was refused by CheckSpellable.
  if (at != nullptr) key += buffer.view(at);
  return key + ':';
}

}  // namespace

arrow::Status InvalidUtf8(std::string_view text) {
  return MakeError(
      ErrorCode::kData, fmt::format("{} is not valid UTF-8", Quoted(text)),
      {.hint = "a text format cannot hold it; Parquet and Arrow files can, or read the "
               "column as binary"});
}

TextValue ArrayText::Views::At(const ArrayText& array, int64_t row) {
  const auto* view = reinterpret_cast<const arrow::BinaryViewType::c_type*>(array.values_) + row;
  const auto size = static_cast<size_t>(view->size());
  if (view->is_inline()) {
    return {{reinterpret_cast<const char*>(view->inlined.data.data()), size}, false};
  }
  const auto& data = array.array_->buffers[2 + static_cast<size_t>(view->ref.buffer_index)];
  const char* begin = reinterpret_cast<const char*>(data->data()) + view->ref.offset;
  return {{begin, size}, view->ref.offset + 16 <= data->size()};
}

const ArrayText* ArrayText::Resolve(int64_t* row) const {
  return resolve_ == nullptr ? (IsNull(*row) ? nullptr : this) : resolve_(*this, row);
}

namespace {

// Replaces "arrow.uuid" and "arrow.json" by what they mean, every other extension by its storage.
enum class Meaning { kStorage, kUuid, kJsonText };

Meaning MeaningOf(const arrow::DataType& type) {
  if (type.id() != Type::EXTENSION) return Meaning::kStorage;
  const auto& extension = static_cast<const arrow::ExtensionType&>(type);
  const Type::type storage = extension.storage_type()->id();
  if (extension.extension_name() == "arrow.uuid" && storage == Type::FIXED_SIZE_BINARY &&
      static_cast<const arrow::FixedSizeBinaryType&>(*extension.storage_type()).byte_width() ==
          16) {
    return Meaning::kUuid;
  }
  if (extension.extension_name() == "arrow.json" &&
      (storage == Type::STRING || storage == Type::LARGE_STRING || storage == Type::STRING_VIEW)) {
    return Meaning::kJsonText;
  }
  return Meaning::kStorage;
}

const arrow::DataType* StorageOf(const arrow::DataType* type) {
  while (type->id() == Type::EXTENSION) {
    type = static_cast<const arrow::ExtensionType*>(type)->storage_type().get();
  }
  return type;
}

}  // namespace

template <bool kJson>
arrow::Result<ArrayText> Spellings::Make(const arrow::ArrayData& array,
                                         std::string_view null_text) {
  ArrayText text;
  const Meaning meaning = MeaningOf(*array.type);
  text.type_ = StorageOf(array.type.get());
  text.special_ = meaning != Meaning::kStorage;
  const Type::type id = text.type_->id();
  text.array_ = &array;
  text.offset_ = array.offset;
  text.length_ = array.length;
  text.null_text_ = null_text;
  null_text.copy(text.null_start_.data(), text.null_start_.size());
  text.bound_ = std::max<int64_t>(kMinimumBound, static_cast<int64_t>(null_text.size()));
  if (arrow::internal::may_have_validity_bitmap(id) && !array.buffers.empty() &&
      array.buffers[0] != nullptr && array.null_count != 0) {
    text.validity_ = array.buffers[0]->data();
    text.validity_offset_ = array.offset;
  }
  const auto fixed = [&](int64_t width, ArrayText::Function function, int64_t bound) {
    text.width_ = width;
    text.values_ = array.buffers[1] ? array.buffers[1]->data() + array.offset * width : nullptr;
    text.append_ = function;
    text.bound_ = std::max(text.bound_, bound + 2);
  };
  // Children are JSON, also of a value in plain notation.
  const auto add_child = [&](const arrow::ArrayData& child) {
    ARROW_ASSIGN_OR_RAISE(auto made, Make<true>(child, kJsonNull));
    text.children_.push_back(std::move(made));
    return arrow::Status::OK();
  };

  switch (id) {
    case Type::NA:
      text.append_ = Null;
      text.resolve_ = [](Array, int64_t*) -> const ArrayText* { return nullptr; };
      break;
    case Type::BOOL:
      text.values_ = array.buffers[1] ? array.buffers[1]->data() : nullptr;
      text.append_ = Bool;
      break;
    case Type::UINT8:
      fixed(1, Integer<uint8_t>, kMaxIntegerText);
      break;
    case Type::INT8:
      fixed(1, Integer<int8_t>, kMaxIntegerText);
      break;
    case Type::UINT16:
      fixed(2, Integer<uint16_t>, kMaxIntegerText);
      break;
    case Type::INT16:
      fixed(2, Integer<int16_t>, kMaxIntegerText);
      break;
    case Type::UINT32:
      fixed(4, Integer<uint32_t>, kMaxIntegerText);
      break;
    case Type::INT32:
      fixed(4, Integer<int32_t>, kMaxIntegerText);
      break;
    case Type::UINT64:
      fixed(8, Integer<uint64_t>, kMaxIntegerText);
      break;
    case Type::INT64:
      fixed(8, Integer<int64_t>, kMaxIntegerText);
      break;
    case Type::HALF_FLOAT:
      fixed(2, Half<kJson>, kMaxFloatText);
      break;
    case Type::FLOAT:
      fixed(4, Floating<float, kJson>, kMaxFloatText);
      break;
    case Type::DOUBLE:
      fixed(8, Floating<double, kJson>, kMaxFloatText);
      break;
    case Type::DECIMAL32:
    case Type::DECIMAL64:
    case Type::DECIMAL128:
    case Type::DECIMAL256: {
      const auto& type = static_cast<const arrow::DecimalType&>(*text.type_);
      fixed(type.byte_width(), Decimal, MaxDecimalText(type.scale()));
      break;
    }
    case Type::DATE32:
      fixed(4, Date32<kJson>, kMaxTimeText);
      break;
    case Type::DATE64:
      fixed(8, Date64<kJson>, kMaxTimeText);
      break;
    case Type::TIME32:
      fixed(4, Time<int32_t, kJson>, kMaxTimeText);
      break;
    case Type::TIME64:
      fixed(8, Time<int64_t, kJson>, kMaxTimeText);
      break;
    case Type::TIMESTAMP:
      fixed(8,
            static_cast<const arrow::TimestampType&>(*text.type_).timezone().empty()
                ? Timestamp<kJson, false>
                : Timestamp<kJson, true>,
            kMaxTimeText);
      break;
    case Type::DURATION:
      fixed(8, Duration<kJson>, kMaxTimeText);
      break;
    case Type::INTERVAL_MONTHS:
      fixed(4, Months<kJson>, kMaxTimeText);
      break;
    case Type::INTERVAL_DAY_TIME:
      fixed(8, DayTime<kJson>, kMaxTimeText);
      break;
    case Type::INTERVAL_MONTH_DAY_NANO:
      fixed(16, MonthDayNano<kJson>, kMaxTimeText);
      break;
    case Type::STRING:
      BindOffsets<int32_t>(text, array);
      BindData(text, array);
      text.append_ = kJson && meaning == Meaning::kJsonText
                         ? RawJson<ArrayText::Offsets<int32_t>>
                         : Text<ArrayText::Offsets<int32_t>, kJson>;
      break;
    case Type::LARGE_STRING:
      BindOffsets<int64_t>(text, array);
      BindData(text, array);
      text.append_ = kJson && meaning == Meaning::kJsonText
                         ? RawJson<ArrayText::Offsets<int64_t>>
                         : Text<ArrayText::Offsets<int64_t>, kJson>;
      break;
    case Type::STRING_VIEW:
      fixed(16,
            kJson && meaning == Meaning::kJsonText ? RawJson<ArrayText::Views>
                                                   : Text<ArrayText::Views, kJson>,
            0);
      break;
    case Type::BINARY:
      BindOffsets<int32_t>(text, array);
      BindData(text, array);
      text.append_ = Binary<ArrayText::Offsets<int32_t>, kJson>;
      break;
    case Type::LARGE_BINARY:
      BindOffsets<int64_t>(text, array);
      BindData(text, array);
      text.append_ = Binary<ArrayText::Offsets<int64_t>, kJson>;
      break;
    case Type::BINARY_VIEW:
      fixed(16, Binary<ArrayText::Views, kJson>, 0);
      break;
    case Type::FIXED_SIZE_BINARY:
      fixed(static_cast<const arrow::FixedSizeBinaryType&>(*text.type_).byte_width(),
            meaning == Meaning::kUuid ? Uuid<kJson> : Binary<ArrayText::Fixed, kJson>, 0);
      break;
    case Type::DICTIONARY: {
      const auto& type = static_cast<const arrow::DictionaryType&>(*text.type_);
      const auto indices = [&]<typename Index>(Index) {
        fixed(sizeof(Index), Dictionary<Index>, 0);
        text.resolve_ = ResolveDictionary<Index>;
      };
      switch (type.index_type()->id()) {
        case Type::UINT8:
          indices(uint8_t{});
          break;
        case Type::INT8:
          indices(int8_t{});
          break;
        case Type::UINT16:
          indices(uint16_t{});
          break;
        case Type::INT16:
          indices(int16_t{});
          break;
        case Type::UINT32:
          indices(uint32_t{});
          break;
        case Type::INT32:
          indices(int32_t{});
          break;
        case Type::UINT64:
          indices(uint64_t{});
          break;
        default:
          indices(int64_t{});
      }
      ARROW_ASSIGN_OR_RAISE(auto values, Make<kJson>(*array.dictionary, null_text));
      text.children_.push_back(std::move(values));
      break;
    }
    case Type::RUN_END_ENCODED: {
      const arrow::ArrayData& ends = *array.child_data[0];
      text.length_ = ends.length;
      const auto run_ends = [&]<typename RunEnd>(RunEnd) {
        text.values_ =
            ends.buffers[1] ? ends.buffers[1]->data() + ends.offset * sizeof(RunEnd) : nullptr;
        text.append_ = Runs<RunEnd>;
        text.resolve_ = ResolveRuns<RunEnd>;
      };
      switch (ends.type->id()) {
        case Type::INT16:
          run_ends(int16_t{});
          break;
        case Type::INT32:
          run_ends(int32_t{});
          break;
        default:
          run_ends(int64_t{});
      }
      ARROW_ASSIGN_OR_RAISE(auto values, Make<kJson>(*array.child_data[1], null_text));
      text.children_.push_back(std::move(values));
      break;
    }
    case Type::LIST:
    case Type::MAP:
      BindOffsets<int32_t>(text, array);
      text.append_ = List<int32_t>;
      ARROW_RETURN_NOT_OK(add_child(*array.child_data[0]));
      if (id == Type::MAP) text.children_[0].keys_ = {"{\"key\":", ",\"value\":"};
      break;
    case Type::LARGE_LIST:
      BindOffsets<int64_t>(text, array);
      text.append_ = List<int64_t>;
      ARROW_RETURN_NOT_OK(add_child(*array.child_data[0]));
      break;
    case Type::LIST_VIEW:
    case Type::LARGE_LIST_VIEW: {
      const int64_t width = id == Type::LIST_VIEW ? 4 : 8;
      fixed(width, id == Type::LIST_VIEW ? ListView<int32_t> : ListView<int64_t>, 0);
      text.sizes_ = array.buffers[2] ? array.buffers[2]->data() + array.offset * width : nullptr;
      ARROW_RETURN_NOT_OK(add_child(*array.child_data[0]));
      break;
    }
    case Type::FIXED_SIZE_LIST:
      text.width_ = static_cast<const arrow::FixedSizeListType&>(*text.type_).list_size();
      text.append_ = FixedList;
      ARROW_RETURN_NOT_OK(add_child(*array.child_data[0]));
      break;
    case Type::STRUCT:
      text.append_ = Struct;
      for (int i = 0; i < text.type_->num_fields(); ++i) {
        text.keys_.push_back(JsonKey(text.type_->field(i)->name(), i == 0 ? '{' : ','));
        ARROW_RETURN_NOT_OK(add_child(*array.child_data[static_cast<size_t>(i)]));
      }
      break;
    case Type::SPARSE_UNION:
    case Type::DENSE_UNION:
      text.values_ = array.buffers[1] ? array.buffers[1]->data() + array.offset : nullptr;
      if (id == Type::DENSE_UNION && array.buffers[2]) {
        text.sizes_ = array.buffers[2]->data() + array.offset * 4;
      }
      text.append_ = id == Type::DENSE_UNION ? Union<true> : Union<false>;
      for (int i = 0; i < text.type_->num_fields(); ++i) {
        text.keys_.push_back(JsonKey(text.type_->field(i)->name(), '{'));
        ARROW_RETURN_NOT_OK(add_child(*array.child_data[static_cast<size_t>(i)]));
      }
      break;
    default:
      return MakeError(ErrorCode::kData,
                       fmt::format("the type {} has no spelling as text", array.type->ToString()));
  }
  return text;
}

arrow::Result<ArrayText> ArrayText::Make(const arrow::ArrayData& array, Notation notation,
                                         std::string_view null_text) {
  return notation == Notation::kJson ? Spellings::Make<true>(array, null_text)
                                     : Spellings::Make<false>(array, null_text);
}

namespace {

arrow::Status CheckType(const arrow::DataType& type, const std::string& column) {
  const auto error = [&](std::string message) {
    return MakeError(ErrorCode::kData, std::move(message), {.column = column});
  };
  switch (type.id()) {
    case Type::EXTENSION:
      return CheckType(*static_cast<const arrow::ExtensionType&>(type).storage_type(), column);
    case Type::DICTIONARY:
      return CheckType(*static_cast<const arrow::DictionaryType&>(type).value_type(), column);
    case Type::RUN_END_ENCODED:
      return CheckType(*static_cast<const arrow::RunEndEncodedType&>(type).value_type(), column);
    case Type::DECIMAL32:
    case Type::DECIMAL64:
    case Type::DECIMAL128:
    case Type::DECIMAL256: {
      const int32_t scale = static_cast<const arrow::DecimalType&>(type).scale();
      if (scale > kMaxScale || scale < -kMaxScale) {
        return error(fmt::format("a decimal scale of {} is beyond {}", scale, kMaxScale));
      }
      return arrow::Status::OK();
    }
    default:
      break;
  }
  std::set<std::string_view> names;
  for (const auto& field : type.fields()) {
    const bool named = type.id() == Type::STRUCT || arrow::is_union(type.id());
    if (named && !names.insert(field->name()).second) {
      return error(
          fmt::format("the name {} is there twice within {}; as text one value would hide "
                      "the other",
                      Quoted(field->name()), Quoted(column)));
    }
    if (named && ValidUtf8Prefix(field->name()) != field->name().size()) {
      return error(fmt::format("the name {} is not valid UTF-8", Quoted(field->name())));
    }
    ARROW_RETURN_NOT_OK(CheckType(*field->type(), column));
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Status CheckSpellable(const arrow::Field& field) {
  return CheckType(*field.type(), field.name());
}

std::string ValueText(const arrow::Array& array, int64_t row) {
  auto checked = CheckType(*array.type(), "");
  auto text = checked.ok() ? ArrayText::Make(*array.data(), Notation::kPlain, "null")
                           : arrow::Result<ArrayText>(checked);
  if (!text.ok()) return "<" + text.status().message() + ">";
  TextBuffer buffer(arrow::default_memory_pool());
  char* at = buffer.Restart(text->bound());
  if (at != nullptr) at = text->Append(row, at, buffer);
  if (at == nullptr) return "<" + buffer.status().message() + ">";
  return std::string(buffer.view(at));
}

std::string ValueText(const arrow::Scalar& scalar) {
  const auto array = arrow::MakeArrayFromScalar(scalar, 1);
  return array.ok() ? ValueText(**array, 0) : "<" + array.status().message() + ">";
}

}  // namespace bowyer
