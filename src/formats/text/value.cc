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
#include "formats/text/scan.h"
#include "formats/text/time.h"

namespace bowyer {

using arrow::Type;

namespace {

constexpr int32_t kMaxScale = 1000;
constexpr int64_t kMinimumBound = 64;
constexpr std::string_view kJsonNull = "null";

template <bool kQuotes, typename Write>
char* Quote(char* at, Write write) {
  if constexpr (kQuotes) *at++ = '"';
  at = write(at);
  if constexpr (kQuotes) *at++ = '"';
  return at;
}

char* WriteUuid(char* at, const char* bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
    const auto byte = static_cast<unsigned char>(bytes[i]);
    *at++ = kHex[byte >> 4];
    *at++ = kHex[byte & 15];
  }
  return at;
}

char* AppendCopy(std::string_view text, char* at, TextBuffer& buffer) {
  at = buffer.Reserve(at, static_cast<int64_t>(text.size()));
  if (at == nullptr) return nullptr;
  if (!text.empty()) std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

// \x and two digits a byte, as PostgreSQL does: never taken for a number or a word.
char* AppendHex(std::string_view bytes, char* at, TextBuffer& buffer) {
  constexpr char kHex[] = "0123456789abcdef";
  at = buffer.Reserve(at, static_cast<int64_t>(2 * bytes.size()) + 2);
  if (at == nullptr) return nullptr;
  *at++ = '\\';
  *at++ = 'x';
  for (const char c : bytes) {
    *at++ = kHex[static_cast<unsigned char>(c) >> 4];
    *at++ = kHex[c & 15];
  }
  return at;
}

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

// The functions that spell, one for each kind of type; and the choice among them.
struct Spellings {
  using Array = const ArrayText&;

  static char* Null(Array array, int64_t, char* at, TextBuffer&) { return array.WriteNull(at); }

  static char* Bool(Array array, int64_t row, char* at, TextBuffer&) {
    if (array.IsNull(row)) return array.WriteNull(at);
    const int64_t bit = array.offset_ + row;
    const bool value = (array.values_[bit >> 3] >> (bit & 7) & 1) != 0;
    std::memcpy(at, value ? "true " : "false", 5);
    return at + (value ? 4 : 5);
  }

  template <typename T>
  static char* Integer(Array array, int64_t row, char* at, TextBuffer&) {
    if (array.IsNull(row)) return array.WriteNull(at);
    if constexpr (std::is_signed_v<T>) return WriteInteger(at, array.NumberAt<T>(row));
    return WriteUnsigned(at, array.NumberAt<T>(row));
  }

  template <typename T, bool kJson>
  static char* Floating(Array array, int64_t row, char* at, TextBuffer&) {
    if (array.IsNull(row)) return array.WriteNull(at);
    if constexpr (kJson) return WriteJsonFloating(at, array.NumberAt<T>(row));
    return WriteFloating(at, array.NumberAt<T>(row));
  }

  template <bool kJson>
  static char* Half(Array array, int64_t row, char* at, TextBuffer&) {
    if (array.IsNull(row)) return array.WriteNull(at);
    const float value = FloatOfHalf(array.NumberAt<uint16_t>(row));
    if constexpr (kJson) return WriteJsonFloating(at, value);
    return WriteFloating(at, value);
  }

  static char* Decimal(Array array, int64_t row, char* at, TextBuffer&) {
    if (array.IsNull(row)) return array.WriteNull(at);
    const auto& type = static_cast<const arrow::DecimalType&>(*array.type_);
    return WriteDecimal(at, array.values_ + row * array.width_, static_cast<int>(array.width_),
                        type.scale());
  }

  template <bool kJson>
  static char* Date32(Array array, int64_t row, char* at, TextBuffer&) {
    if (array.IsNull(row)) return array.WriteNull(at);
    return Quote<kJson>(at, [&](char* to) { return WriteDate(to, array.NumberAt<int32_t>(row)); });
  }

  // Whole days by the type's own rule; a time of day beside it is shown, not dropped.
  template <bool kJson>
  static char* Date64(Array array, int64_t row, char* at, TextBuffer&) {
    if (array.IsNull(row)) return array.WriteNull(at);
    constexpr int64_t kDay = 86400000;
    const auto value = array.NumberAt<int64_t>(row);
    return Quote<kJson>(at, [&](char* to) {
      return value % kDay == 0 ? WriteDate(to, value / kDay)
                               : WriteTimestamp(to, value, arrow::TimeUnit::MILLI, false);
    });
  }

  template <typename T, bool kJson>
  static char* Time(Array array, int64_t row, char* at, TextBuffer& buffer) {
    if (array.IsNull(row)) return array.WriteNull(at);
    const auto unit = static_cast<const arrow::TimeType&>(*array.type_).unit();
    const int64_t value = array.NumberAt<T>(row);
    if (!IsTimeOfDay(value, unit)) [[unlikely]] {
      return buffer.Fail(MakeError(ErrorCode::kData, fmt::format("{} is no time of a day ({})",
                                                                 value, array.type_->ToString())));
    }
    return Quote<kJson>(at, [&](char* to) { return WriteTimeOfDay(to, value, unit); });
  }

  template <bool kJson, bool kInstant>
  static char* Timestamp(Array array, int64_t row, char* at, TextBuffer&) {
    if (array.IsNull(row)) return array.WriteNull(at);
    const auto unit = static_cast<const arrow::TimestampType&>(*array.type_).unit();
    return Quote<kJson>(at, [&](char* to) {
      return WriteTimestamp(to, array.NumberAt<int64_t>(row), unit, kInstant);
    });
  }

  template <bool kJson>
  static char* Duration(Array array, int64_t row, char* at, TextBuffer&) {
    if (array.IsNull(row)) return array.WriteNull(at);
    const auto unit = static_cast<const arrow::DurationType&>(*array.type_).unit();
    return Quote<kJson>(
        at, [&](char* to) { return WriteDuration(to, array.NumberAt<int64_t>(row), unit); });
  }

  template <bool kJson>
  static char* Months(Array array, int64_t row, char* at, TextBuffer&) {
    if (array.IsNull(row)) return array.WriteNull(at);
    return Quote<kJson>(at, [&](char* to) {
      return WriteInterval(to, array.NumberAt<int32_t>(row), 0, 0, arrow::TimeUnit::SECOND);
    });
  }

  template <bool kJson>
  static char* DayTime(Array array, int64_t row, char* at, TextBuffer&) {
    if (array.IsNull(row)) return array.WriteNull(at);
    const auto value = array.NumberAt<arrow::DayTimeIntervalType::DayMilliseconds>(row);
    return Quote<kJson>(at, [&](char* to) {
      return WriteInterval(to, 0, value.days, value.milliseconds, arrow::TimeUnit::MILLI);
    });
  }

  template <bool kJson>
  static char* MonthDayNano(Array array, int64_t row, char* at, TextBuffer&) {
    if (array.IsNull(row)) return array.WriteNull(at);
    const auto value = array.NumberAt<arrow::MonthDayNanoIntervalType::MonthDayNanos>(row);
    return Quote<kJson>(at, [&](char* to) {
      return WriteInterval(to, value.months, value.days, value.nanoseconds, arrow::TimeUnit::NANO);
    });
  }

  template <typename Layout, bool kJson>
  static char* Text(Array array, int64_t row, char* at, TextBuffer& buffer) {
    if (array.IsNull(row)) return array.WriteNull(at);
    const TextValue value = Layout::At(array, row);
    if constexpr (kJson) return AppendJsonString(value.bytes, value.padded, at, buffer);
    if (!IsAscii(value.bytes) && ValidUtf8Prefix(value.bytes) != value.bytes.size()) {
      return buffer.Fail(InvalidUtf8(value.bytes));
    }
    return AppendCopy(value.bytes, at, buffer);
  }

  template <typename Layout, bool kJson>
  static char* Binary(Array array, int64_t row, char* at, TextBuffer& buffer) {
    if (array.IsNull(row)) return array.WriteNull(at);
    const TextValue value = Layout::At(array, row);
    if constexpr (!kJson) return AppendHex(value.bytes, at, buffer);
    *at++ = '"';
    at = AppendBase64(value.bytes, at, buffer);
    if (at == nullptr || (at = buffer.Reserve(at, 1)) == nullptr) return nullptr;
    *at++ = '"';
    return at;
  }

  template <bool kJson>
  static char* Uuid(Array array, int64_t row, char* at, TextBuffer&) {
    if (array.IsNull(row)) return array.WriteNull(at);
    const char* bytes = ArrayText::Fixed::At(array, row).bytes.data();
    return Quote<kJson>(at, [&](char* to) { return WriteUuid(to, bytes); });
  }

  // Text that is JSON already, within JSON: as it is, but on one line (its line ends can only be
  // space between tokens).
  template <typename Layout>
  static char* RawJson(Array array, int64_t row, char* at, TextBuffer& buffer) {
    if (array.IsNull(row)) return array.WriteNull(at);
    const std::string_view text = Layout::At(array, row).bytes;
    if (!IsJson(text)) {
      return buffer.Fail(
          MakeError(ErrorCode::kData, fmt::format("{} is not valid JSON", Quoted(text))));
    }
    char* end = AppendCopy(text, at, buffer);
    if (end == nullptr) return nullptr;
    std::replace_if(
        end - text.size(), end, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return end;
  }

  static char* Child(Array child, int64_t row, char* at, TextBuffer& buffer) {
    at = buffer.Reserve(at, child.bound_);
    return at == nullptr ? nullptr : child.Append(row, at, buffer);
  }

  template <typename Index>
  static char* Dictionary(Array array, int64_t row, char* at, TextBuffer& buffer) {
    if (array.IsNull(row)) return array.WriteNull(at);
    return Child(array.children_[0], static_cast<int64_t>(array.NumberAt<Index>(row)), at, buffer);
  }

  template <typename Index>
  static const ArrayText* ResolveDictionary(Array array, int64_t* row) {
    if (array.IsNull(*row)) return nullptr;
    *row = static_cast<int64_t>(array.NumberAt<Index>(*row));
    return array.children_[0].Resolve(row);
  }

  template <typename RunEnd>
  static const ArrayText* ResolveRuns(Array array, int64_t* row) {
    *row = RunOf<RunEnd>(array, *row);
    return array.children_[0].Resolve(row);
  }

  template <typename RunEnd>
  static int64_t RunOf(Array array, int64_t row) {
    const auto* ends = reinterpret_cast<const RunEnd*>(array.values_);
    return std::upper_bound(ends, ends + array.length_, array.offset_ + row,
                            [](int64_t at_row, RunEnd end) { return at_row < end; }) -
           ends;
  }

  template <typename RunEnd>
  static char* Runs(Array array, int64_t row, char* at, TextBuffer& buffer) {
    return Child(array.children_[0], RunOf<RunEnd>(array, row), at, buffer);
  }

  static char* Elements(Array items, int64_t begin, int64_t end, char* at, TextBuffer& buffer) {
    *at++ = '[';
    for (int64_t i = begin; i < end; ++i) {
      at = buffer.Reserve(at, items.bound_ + 1);
      if (at == nullptr) return nullptr;
      *at = ',';
      at += i > begin;
      at = items.Append(i, at, buffer);
      if (at == nullptr) return nullptr;
    }
    at = buffer.Reserve(at, 1);
    if (at == nullptr) return nullptr;
    *at++ = ']';
    return at;
  }

  template <typename Offset>
  static char* List(Array array, int64_t row, char* at, TextBuffer& buffer) {
    if (array.IsNull(row)) return array.WriteNull(at);
    const auto* offsets = reinterpret_cast<const Offset*>(array.values_) + row;
    return Elements(array.children_[0], offsets[0], offsets[1], at, buffer);
  }

  template <typename Offset>
  static char* ListView(Array array, int64_t row, char* at, TextBuffer& buffer) {
    if (array.IsNull(row)) return array.WriteNull(at);
    const Offset begin = reinterpret_cast<const Offset*>(array.values_)[row];
    const Offset size = reinterpret_cast<const Offset*>(array.sizes_)[row];
    return Elements(array.children_[0], begin, begin + size, at, buffer);
  }

  static char* FixedList(Array array, int64_t row, char* at, TextBuffer& buffer) {
    if (array.IsNull(row)) return array.WriteNull(at);
    const int64_t begin = (array.offset_ + row) * array.width_;
    return Elements(array.children_[0], begin, begin + array.width_, at, buffer);
  }

  static char* Struct(Array array, int64_t row, char* at, TextBuffer& buffer) {
    if (array.IsNull(row)) return array.WriteNull(at);
    if (array.children_.empty()) *at++ = '{';
    for (size_t i = 0; i < array.children_.size(); ++i) {
      const ArrayText& child = array.children_[i];
      at = AppendCopy(array.keys_[i], at, buffer);
      if (at == nullptr || (at = Child(child, array.offset_ + row, at, buffer)) == nullptr) {
        return nullptr;
      }
    }
    at = buffer.Reserve(at, 1);
    if (at == nullptr) return nullptr;
    *at++ = '}';
    return at;
  }

  // {"member": value}: the member's name keeps what the value alone would not tell.
  template <bool kDense>
  static char* Union(Array array, int64_t row, char* at, TextBuffer& buffer) {
    const auto& type = static_cast<const arrow::UnionType&>(*array.type_);
    const auto id = static_cast<size_t>(static_cast<int8_t>(array.values_[row]));
    const auto member = static_cast<size_t>(type.child_ids()[id]);
    const int64_t index =
        kDense ? reinterpret_cast<const int32_t*>(array.sizes_)[row] : array.offset_ + row;
    at = AppendCopy(array.keys_[member], at, buffer);
    if (at == nullptr) return nullptr;
    at = Child(array.children_[member], index, at, buffer);
    if (at == nullptr || (at = buffer.Reserve(at, 1)) == nullptr) return nullptr;
    *at++ = '}';
    return at;
  }

  template <typename Offset>
  static void BindOffsets(ArrayText& text, const arrow::ArrayData& array) {
    static constexpr Offset kNone[2] = {0, 0};
    const bool empty = array.buffers[1] == nullptr || array.buffers[1]->size() == 0;
    text.values_ = empty ? reinterpret_cast<const uint8_t*>(kNone)
                         : array.buffers[1]->data() + array.offset * sizeof(Offset);
  }

  static void BindData(ArrayText& text, const arrow::ArrayData& array) {
    if (array.buffers[2] == nullptr || array.buffers[2]->size() == 0) {
      text.data_ = text.data_end_ = "";
      return;
    }
    text.data_ = reinterpret_cast<const char*>(array.buffers[2]->data());
    text.data_end_ = text.data_ + array.buffers[2]->size();
  }

  template <bool kJson>
  static arrow::Result<ArrayText> Make(const arrow::ArrayData& array, std::string_view null_text);
};

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
