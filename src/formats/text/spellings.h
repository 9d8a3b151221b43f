// The functions that spell a value, one for each kind of type. Internal to value.cc, which chooses
// among them.
#pragma once

#include <arrow/array/data.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "bowyer/error.h"
#include "core/text.h"
#include "formats/text/json_text.h"
#include "formats/text/number.h"
#include "formats/text/scan.h"
#include "formats/text/time.h"
#include "formats/text/value.h"

namespace bowyer {

template <bool kQuotes, typename Write>
char* Quote(char* at, Write write) {
  if constexpr (kQuotes) *at++ = '"';
  at = write(at);
  if constexpr (kQuotes) *at++ = '"';
  return at;
}

inline char* WriteUuid(char* at, const char* bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
    const auto byte = static_cast<unsigned char>(bytes[i]);
    *at++ = kHex[byte >> 4];
    *at++ = kHex[byte & 15];
  }
  return at;
}

inline char* AppendCopy(std::string_view text, char* at, TextBuffer& buffer) {
  at = buffer.Reserve(at, static_cast<int64_t>(text.size()));
  if (at == nullptr) return nullptr;
  if (!text.empty()) std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

// \x and two digits a byte, as PostgreSQL does: never taken for a number or a word.
inline char* AppendHex(std::string_view bytes, char* at, TextBuffer& buffer) {
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

// Friends of ArrayText: each appends the value of a row of an array that was prepared for it.
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

  // Binds an array's buffers to it and chooses the function; in value.cc.
  template <bool kJson>
  static arrow::Result<ArrayText> Make(const arrow::ArrayData& array, std::string_view null_text);

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
};

}  // namespace bowyer
