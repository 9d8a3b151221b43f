// One converter for each layout of columns: values of fixed width (by the Parse of their type),
// truth values, and text. Loops are instantiated for runs with and without quotes.
#include "formats/csv/convert.h"

#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/text.h"
#include "formats/csv/convert_fast.h"
#include "formats/csv/convert_values.h"

namespace bowyer {
namespace {

// A buffer of the context's pool that grows by doubling.
class Growing {
 public:
  explicit Growing(arrow::MemoryPool* pool) : pool_(pool) {}

  uint8_t* data() { return data_; }
  int64_t capacity() const { return capacity_; }

  arrow::Status Reserve(int64_t bytes) {
    if (bytes <= capacity_) return arrow::Status::OK();
    bytes = std::max(bytes, capacity_ + capacity_ / 2);
    if (buffer_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(buffer_, arrow::AllocateResizableBuffer(bytes, pool_));
    } else {
      ARROW_RETURN_NOT_OK(buffer_->Resize(bytes, /*shrink_to_fit=*/false));
    }
    data_ = buffer_->mutable_data();
    capacity_ = bytes;
    return arrow::Status::OK();
  }

  arrow::Result<std::shared_ptr<arrow::Buffer>> Finish(int64_t bytes) {
    ARROW_RETURN_NOT_OK(Reserve(std::max<int64_t>(bytes, 1)));
    // What is far too large would keep memory that nobody uses.
    ARROW_RETURN_NOT_OK(buffer_->Resize(bytes, /*shrink_to_fit=*/bytes < capacity_ / 2));
    data_ = nullptr;
    capacity_ = 0;
    return std::shared_ptr<arrow::Buffer>(std::move(buffer_));
  }

 private:
  arrow::MemoryPool* pool_;
  std::unique_ptr<arrow::ResizableBuffer> buffer_;
  uint8_t* data_ = nullptr;
  int64_t capacity_ = 0;
};

// Eight bytes of 0 or 1 -> eight bits.
uint8_t PackBits(const uint8_t* bytes) {
  return static_cast<uint8_t>(
      (csv_fast::Load8(reinterpret_cast<const char*>(bytes)) * 0x0102040810204080) >> 56);
}

// Appends `count` bits, one from each byte, behind the first `at` bits; the bitmap has room for
// whole bytes, and bits behind the last one are 0.
void AppendBits(uint8_t* bitmap, int64_t at, const uint8_t* bytes, size_t count) {
  size_t i = 0;
  for (; i < count && (at & 7) != 0; ++i, ++at) {
    const auto mask = static_cast<uint8_t>(1 << (at & 7));
    bitmap[at >> 3] = static_cast<uint8_t>((bitmap[at >> 3] & ~mask) | (bytes[i] != 0 ? mask : 0));
  }
  for (; i + 8 <= count; i += 8, at += 8) bitmap[at >> 3] = PackBits(bytes + i);
  if (i == count) return;
  uint8_t last = 0;
  for (size_t bit = 0; i < count; ++i, ++bit) last |= static_cast<uint8_t>(bytes[i] << bit);
  bitmap[at >> 3] = last;
}

// Which values are there: a bitmap only once there is a null.
class Validity {
 public:
  explicit Validity(arrow::MemoryPool* pool) : bitmap_(pool) {}

  // One byte a row of the run: all 1, to be set to 0 for nulls.
  uint8_t* Scratch(size_t rows) {
    if (scratch_.size() < rows) scratch_.resize(rows);
    std::fill_n(scratch_.begin(), rows, uint8_t{1});
    return scratch_.data();
  }

  arrow::Status Append(size_t rows, size_t nulls) {
    if (nulls == 0 && nulls_ == 0) {
      rows_ += static_cast<int64_t>(rows);
      return arrow::Status::OK();
    }
    const int64_t bytes = (rows_ + static_cast<int64_t>(rows) + 7) / 8;
    ARROW_RETURN_NOT_OK(bitmap_.Reserve(std::max(bytes, (reserved_ + 7) / 8)));
    if (nulls_ == 0) std::memset(bitmap_.data(), 0xFF, static_cast<size_t>((rows_ + 7) / 8));
    AppendBits(bitmap_.data(), rows_, scratch_.data(), rows);
    rows_ += static_cast<int64_t>(rows);
    nulls_ += static_cast<int64_t>(nulls);
    return arrow::Status::OK();
  }

  void Reserve(int64_t rows) { reserved_ = rows; }

  void Truncate(int64_t rows) {
    if (nulls_ > 0) {
      for (int64_t row = rows; row < rows_; ++row) {
        nulls_ -= (bitmap_.data()[row >> 3] >> (row & 7) & 1) == 0 ? 1 : 0;
      }
    }
    rows_ = rows;
  }

  int64_t rows() const { return rows_; }
  int64_t nulls() const { return nulls_; }

  // Null if there is no null.
  arrow::Result<std::shared_ptr<arrow::Buffer>> Finish() {
    std::shared_ptr<arrow::Buffer> result;
    if (nulls_ > 0) {
      const int64_t bytes = (rows_ + 7) / 8;
      if ((rows_ & 7) != 0) {
        bitmap_.data()[bytes - 1] &= static_cast<uint8_t>((1 << (rows_ & 7)) - 1);
      }
      ARROW_ASSIGN_OR_RAISE(result, bitmap_.Finish(bytes));
    }
    rows_ = nulls_ = 0;
    return result;
  }

 private:
  Growing bitmap_;
  std::vector<uint8_t> scratch_;
  int64_t rows_ = 0;
  int64_t nulls_ = 0;
  int64_t reserved_ = 0;
};

bool IsOneOf(std::string_view text, const std::vector<std::string>& spellings) {
  return std::find(spellings.begin(), spellings.end(), text) != spellings.end();
}

// The bytes of field (row, column) of a run, without the '\r' of the line end.
struct FieldBytes {
  const char* begin;
  size_t size;
};

template <bool kLast>
FieldBytes FieldAt(const char* text, const uint32_t* position) {
  const uint32_t begin = position[0] + 1;  // wraps for the first field of a text
  uint32_t end = position[1];
  if constexpr (kLast) {
    end -= end > begin && text[end] == '\n' && text[end - 1] == '\r' ? 1 : 0;
  }
  return {text + begin, end - begin};
}

// A loop over a column's fields, compiled for each kind: may there be quotes, does the line end?
template <typename Run>
size_t ByKindOfField(const FieldTable& table, size_t column, Run run) {
  const bool last = column + 1 == table.columns;
  if (table.quoted) {
    return last ? run.template operator()<true, true>() : run.template operator()<true, false>();
  }
  return last ? run.template operator()<false, true>() : run.template operator()<false, false>();
}

enum class Outcome : uint8_t { kValue, kNull, kBad };

// Values of fixed width. `Parse` has: Value; Fast(text, size, Value*) -> bool, which may read 16
// bytes; Exact(text, Value*) -> FieldFault.
template <typename Parse>
class FixedWidthConverter : public ColumnConverter {
 public:
  using Value = typename Parse::Value;

  FixedWidthConverter(std::shared_ptr<arrow::DataType> type, Parse parse, const ValueStyle& style,
                      arrow::MemoryPool* pool)
      : type_(std::move(type)),
        parse_(std::move(parse)),
        style_(style),
        values_(pool),
        validity_(pool),
        bits_(pool) {}

  arrow::Status Reserve(int64_t rows) override {
    validity_.Reserve(rows);
    return values_.Reserve(rows * static_cast<int64_t>(sizeof(Value)));
  }

  arrow::Status Append(const FieldTable& table, size_t column,
                       std::vector<BadField>* bad) override {
    if (table.rows == 0) return arrow::Status::OK();
    const int64_t rows = validity_.rows() + static_cast<int64_t>(table.rows);
    ARROW_RETURN_NOT_OK(values_.Reserve(rows * static_cast<int64_t>(sizeof(Value))));
    const size_t nulls = ByKindOfField(table, column, [&]<bool kQuoted, bool kLast>() {
      return Run<kQuoted, kLast>(table, column, bad);
    });
    return validity_.Append(table.rows, nulls);
  }

  void Truncate(int64_t rows) override { validity_.Truncate(rows); }

  arrow::Result<std::shared_ptr<arrow::ArrayData>> Finish() override {
    const int64_t rows = validity_.rows();
    const int64_t nulls = validity_.nulls();
    ARROW_ASSIGN_OR_RAISE(auto bitmap, validity_.Finish());
    std::shared_ptr<arrow::Buffer> values;
    if constexpr (std::is_same_v<Value, bool>) {
      ARROW_RETURN_NOT_OK(values_.Reserve(1));
      ARROW_RETURN_NOT_OK(bits_.Reserve((rows + 7) / 8 + 1));
      AppendBits(bits_.data(), 0, values_.data(), static_cast<size_t>(rows));
      ARROW_ASSIGN_OR_RAISE(values, bits_.Finish((rows + 7) / 8));
    } else {
      ARROW_ASSIGN_OR_RAISE(values, values_.Finish(rows * static_cast<int64_t>(sizeof(Value))));
    }
    return arrow::ArrayData::Make(type_, rows, {std::move(bitmap), std::move(values)}, nulls);
  }

 private:
  template <bool kQuoted, bool kLast>
  size_t Run(const FieldTable& table, size_t column, std::vector<BadField>* bad) {
    const char* const text = table.text;
    const uint32_t* position = table.positions + column;
    const size_t rows = table.rows;
    const char quote = style_.dialect.quote;
    uint8_t* const valid = validity_.Scratch(rows);
    auto* const out = reinterpret_cast<Value*>(values_.data()) + validity_.rows();
    size_t nulls = 0;
    for (size_t row = 0; row < rows; ++row, position += table.stride) {
      FieldBytes field = FieldAt<kLast>(text, position);
      bool quoted = false;
      if constexpr (kQuoted) {
        quoted = field.size >= 2 && *field.begin == quote;
        if (quoted) field = {field.begin + 1, field.size - 2};
      }
      if (parse_.Fast(field.begin, field.size, &out[row])) [[likely]]
        continue;
      out[row] = Value();
      if (field.size == 0) {
        valid[row] = 0;
        ++nulls;
        continue;
      }
      FieldFault fault = FieldFault::kNone;
      const Outcome outcome = Slowly({field.begin, field.size}, quoted, &out[row], &fault);
      if (outcome == Outcome::kValue) continue;
      valid[row] = 0;
      ++nulls;
      if (outcome == Outcome::kBad) {
        bad->push_back({.row = static_cast<uint32_t>(row),
                        .column = static_cast<uint32_t>(column),
                        .fault = fault});
      }
    }
    return nulls;
  }

  [[gnu::noinline]] Outcome Slowly(std::string_view field, bool quoted, Value* out,
                                   FieldFault* fault) {
    std::string buffer;
    if (quoted) {
      // The quotes were set aside above; FieldValue wants to see them.
      field = FieldValue({field.data() - 1, field.size() + 2}, true, style_.dialect, &buffer);
    }
    if (IsOneOf(field, style_.nulls)) return Outcome::kNull;
    const std::string_view value = TrimBlanks(field);
    if (value.empty() || IsOneOf(value, style_.nulls)) return Outcome::kNull;
    *fault = parse_.Exact(value, out);
    return *fault == FieldFault::kNone ? Outcome::kValue : Outcome::kBad;
  }

  const std::shared_ptr<arrow::DataType> type_;
  const Parse parse_;
  const ValueStyle& style_;
  Growing values_;
  Validity validity_;
  Growing bits_;  // of truth values
};

// Text and bytes: offsets of 32 or 64 bits.
template <typename Offset>
class TextConverter : public ColumnConverter {
 public:
  TextConverter(std::shared_ptr<arrow::DataType> type, bool utf8, const ValueStyle& style,
                arrow::MemoryPool* pool)
      : type_(std::move(type)),
        utf8_(utf8),
        style_(style),
        offsets_(pool),
        data_(pool),
        validity_(pool) {
    empty_is_null_ = IsOneOf("", style.nulls);
    only_empty_is_null_ = std::all_of(style.nulls.begin(), style.nulls.end(),
                                      [](const std::string& null) { return null.empty(); });
  }

  arrow::Status Reserve(int64_t rows) override {
    validity_.Reserve(rows);
    // As many bytes a row as the rows so far have.
    if (validity_.rows() > 0) {
      ARROW_RETURN_NOT_OK(data_.Reserve(
          static_cast<int64_t>(static_cast<double>(size_) / static_cast<double>(validity_.rows()) *
                                   static_cast<double>(rows) * 1.02 +
                               256)));
    }
    return offsets_.Reserve((rows + 1) * static_cast<int64_t>(sizeof(Offset)));
  }

  arrow::Status Append(const FieldTable& table, size_t column,
                       std::vector<BadField>* bad) override {
    if (table.rows == 0) return arrow::Status::OK();
    const int64_t rows = validity_.rows() + static_cast<int64_t>(table.rows);
    ARROW_RETURN_NOT_OK(offsets_.Reserve((rows + 1) * static_cast<int64_t>(sizeof(Offset))));
    // Copies of short values write 16 bytes, whatever their length.
    const int64_t bytes = size_ + Width(table, column) + 16;
    if (bytes > std::numeric_limits<Offset>::max()) {
      return MakeError(ErrorCode::kResources, "a batch has more than 2 GiB of text in one column",
                       {.hint = "try a smaller --memory, or --type COLUMN=large_utf8"});
    }
    ARROW_RETURN_NOT_OK(data_.Reserve(bytes));
    if (validity_.rows() == 0) reinterpret_cast<Offset*>(offsets_.data())[0] = 0;
    const size_t nulls = ByKindOfField(table, column, [&]<bool kQuoted, bool kLast>() {
      return Run<kQuoted, kLast>(table, column, bad);
    });
    return validity_.Append(table.rows, nulls);
  }

  void Truncate(int64_t rows) override {
    validity_.Truncate(rows);
    size_ = rows == 0 ? 0 : reinterpret_cast<const Offset*>(offsets_.data())[rows];
  }

  arrow::Result<std::shared_ptr<arrow::ArrayData>> Finish() override {
    const int64_t rows = validity_.rows();
    const int64_t nulls = validity_.nulls();
    if (rows == 0) {
      ARROW_RETURN_NOT_OK(offsets_.Reserve(sizeof(Offset)));
      reinterpret_cast<Offset*>(offsets_.data())[0] = 0;
    }
    ARROW_ASSIGN_OR_RAISE(auto bitmap, validity_.Finish());
    ARROW_ASSIGN_OR_RAISE(auto offsets,
                          offsets_.Finish((rows + 1) * static_cast<int64_t>(sizeof(Offset))));
    ARROW_ASSIGN_OR_RAISE(auto data, data_.Finish(size_));
    size_ = 0;
    return arrow::ArrayData::Make(type_, rows,
                                  {std::move(bitmap), std::move(offsets), std::move(data)}, nulls);
  }

 private:
  // Bytes of the column's fields in a run.
  static int64_t Width(const FieldTable& table, size_t column) {
    int64_t bytes = 0;
    const uint32_t* position = table.positions + column;
    for (size_t row = 0; row < table.rows; ++row, position += table.stride) {
      bytes += static_cast<uint32_t>(position[1] - position[0] - 1);
    }
    return bytes;
  }

  template <bool kQuoted, bool kLast>
  size_t Run(const FieldTable& table, size_t column, std::vector<BadField>* bad) {
    const char* const text = table.text;
    const uint32_t* position = table.positions + column;
    const size_t rows = table.rows;
    const char quote = style_.dialect.quote;
    const bool check = utf8_ && !table.utf8;
    uint8_t* const valid = validity_.Scratch(rows);
    auto* const offsets = reinterpret_cast<Offset*>(offsets_.data()) + validity_.rows() + 1;
    auto* const data = reinterpret_cast<char*>(data_.data());
    int64_t size = size_;
    size_t nulls = 0;
    for (size_t row = 0; row < rows; ++row, position += table.stride) {
      FieldBytes field = FieldAt<kLast>(text, position);
      const int64_t begin = size;
      bool quoted = false;
      if constexpr (kQuoted) {
        quoted = field.size >= 2 && *field.begin == quote;
        if (quoted) size += Unquoted({field.begin, field.size}, data + size);
      }
      if (!quoted) {
        const bool null = only_empty_is_null_ ? field.size == 0 && empty_is_null_
                                              : IsOneOf({field.begin, field.size}, style_.nulls);
        if (null) {
          valid[row] = 0;
          ++nulls;
        } else {
          if (field.size <= 16) [[likely]] {
            std::memcpy(data + size, field.begin, 16);
          } else {
            std::memcpy(data + size, field.begin, field.size);
          }
          size += static_cast<int64_t>(field.size);
        }
      }
      if (!utf8_) size = begin + HexUndone(data + begin, size - begin);
      offsets[row] = static_cast<Offset>(size);
      if (check) {
        const std::string_view value(data + begin, static_cast<size_t>(size - begin));
        const size_t fine = ValidUtf8Prefix(value);
        if (fine != value.size()) {
          bad->push_back({.row = static_cast<uint32_t>(row),
                          .column = static_cast<uint32_t>(column),
                          .fault = FieldFault::kSyntax,
                          .bad_byte = static_cast<int64_t>(fine)});
        }
      }
    }
    size_ = size;
    return nulls;
  }

  // Bytes spelled as \x0aff, which is how Bowyer writes them, are undone in place; whatever else
  // stands there is taken as it is. Returns the new length.
  static int64_t HexUndone(char* value, int64_t size) {
    if (size < 2 || value[0] != '\\' || value[1] != 'x' || size % 2 != 0) return size;
    const auto digit = [](char c) {
      const char lower = static_cast<char>(c | 0x20);
      return c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    };
    for (int64_t i = 2; i < size; ++i) {
      if (digit(value[i]) < 0) return size;
    }
    for (int64_t i = 2; i < size; i += 2) {
      value[i / 2 - 1] = static_cast<char>(digit(value[i]) * 16 + digit(value[i + 1]));
    }
    return size / 2 - 1;
  }

  // Copies a quoted field's value; its length.
  int64_t Unquoted(std::string_view raw, char* out) const {
    const std::string_view inner = raw.substr(1, raw.size() - 2);
    const CsvDialect& dialect = style_.dialect;
    if (dialect.escape == '\0' &&
        std::memchr(inner.data(), dialect.quote, inner.size()) == nullptr) {
      std::memcpy(out, inner.data(), inner.size());
      return static_cast<int64_t>(inner.size());
    }
    std::string buffer;
    const std::string_view value = FieldValue(raw, true, dialect, &buffer);
    std::memcpy(out, value.data(), value.size());
    return static_cast<int64_t>(value.size());
  }

  const std::shared_ptr<arrow::DataType> type_;
  const bool utf8_;
  const ValueStyle& style_;
  bool empty_is_null_ = true;
  bool only_empty_is_null_ = true;
  Growing offsets_;
  Growing data_;
  int64_t size_ = 0;
  Validity validity_;
};

// A column of type null: only empty fields.
class NullConverter : public ColumnConverter {
 public:
  explicit NullConverter(const ValueStyle& style) : style_(style) {}

  arrow::Status Reserve(int64_t) override { return arrow::Status::OK(); }

  arrow::Status Append(const FieldTable& table, size_t column,
                       std::vector<BadField>* bad) override {
    if (table.rows == 0) return arrow::Status::OK();
    const uint32_t* position = table.positions + column;
    for (size_t row = 0; row < table.rows; ++row, position += table.stride) {
      const FieldBytes field = FieldAt<true>(table.text, position);
      if (field.size != 0 && !IsOneOf({field.begin, field.size}, style_.nulls)) {
        bad->push_back({.row = static_cast<uint32_t>(row),
                        .column = static_cast<uint32_t>(column),
                        .fault = FieldFault::kSyntax});
      }
    }
    rows_ += static_cast<int64_t>(table.rows);
    return arrow::Status::OK();
  }

  void Truncate(int64_t rows) override { rows_ = rows; }

  arrow::Result<std::shared_ptr<arrow::ArrayData>> Finish() override {
    const int64_t rows = std::exchange(rows_, 0);
    return arrow::ArrayData::Make(arrow::null(), rows, {nullptr}, rows);
  }

 private:
  const ValueStyle& style_;
  int64_t rows_ = 0;
};

bool IsUtc(const std::string& zone) {
  return zone == "UTC" || zone == "Etc/UTC" || zone == "Z" || zone == "GMT" || zone == "+00:00";
}

}  // namespace

ValueStyle MakeValueStyle(const CsvReadOptions& options, const CsvDialect& dialect) {
  ValueStyle style{.dialect = dialect};
  style.number.decimal_point = options.decimal_comma ? ',' : '.';
  style.number.thousands = options.thousands;
  style.date_format = options.date_format;
  style.timestamp_format = options.timestamp_format;
  if (options.null_spellings) style.nulls = *options.null_spellings;
  return style;
}

arrow::Result<std::unique_ptr<ColumnConverter>> MakeColumnConverter(
    const std::shared_ptr<arrow::DataType>& type, bool detected, const ValueStyle& style,
    arrow::MemoryPool* pool) {
  using arrow::Type;
  NumberStyle number = style.number;
  number.plain = detected;
  const auto fixed = [&](auto parse) -> std::unique_ptr<ColumnConverter> {
    return std::make_unique<FixedWidthConverter<decltype(parse)>>(type, std::move(parse), style,
                                                                  pool);
  };
  const auto decimal = [&]<typename Decimal>(Decimal) {
    const auto& of = static_cast<const arrow::DecimalType&>(*type);
    return fixed(csv_values::DecimalOf<Decimal>{number, of.precision(), of.scale()});
  };
  switch (type->id()) {
    case Type::NA:
      return std::make_unique<NullConverter>(style);
    case Type::BOOL:
      return fixed(csv_values::Bool{!detected});
    case Type::INT8:
      return fixed(csv_values::Integer<int8_t>{number});
    case Type::INT16:
      return fixed(csv_values::Integer<int16_t>{number});
    case Type::INT32:
      return fixed(csv_values::Integer<int32_t>{number});
    case Type::INT64:
      return fixed(csv_values::Integer<int64_t>{number});
    case Type::UINT8:
      return fixed(csv_values::Integer<uint8_t>{number});
    case Type::UINT16:
      return fixed(csv_values::Integer<uint16_t>{number});
    case Type::UINT32:
      return fixed(csv_values::Integer<uint32_t>{number});
    case Type::UINT64:
      return fixed(csv_values::Integer<uint64_t>{number});
    case Type::HALF_FLOAT:
      return fixed(csv_values::Half{number});
    case Type::FLOAT:
      return fixed(csv_values::Float{number});
    case Type::DOUBLE:
      return fixed(csv_values::Double{number});
    case Type::DECIMAL128:
      return decimal(arrow::Decimal128());
    case Type::DECIMAL256:
      return decimal(arrow::Decimal256());
    case Type::DATE32:
      return fixed(csv_values::Date32{style.date_format});
    case Type::DATE64:
      return fixed(csv_values::Date64{style.date_format});
    case Type::TIME32:
      return fixed(csv_values::Time<int32_t>{static_cast<const arrow::TimeType&>(*type).unit()});
    case Type::TIME64:
      return fixed(csv_values::Time<int64_t>{static_cast<const arrow::TimeType&>(*type).unit()});
    case Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(*type);
      constexpr int64_t kPerSecond[] = {1, 1000, 1000000, 1000000000};
      const bool zone = !timestamp.timezone().empty();
      // Where the user named UTC, a bare time is one of UTC.
      return fixed(csv_values::Timestamp{timestamp.unit(), style.timestamp_format, zone,
                                         zone && (detected || !IsUtc(timestamp.timezone())),
                                         kPerSecond[timestamp.unit()]});
    }
    case Type::DURATION:
      return fixed(csv_values::Duration{static_cast<const arrow::DurationType&>(*type).unit()});
    case Type::STRING:
    case Type::BINARY:
      return std::make_unique<TextConverter<int32_t>>(type, type->id() == Type::STRING, style,
                                                      pool);
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      return std::make_unique<TextConverter<int64_t>>(type, type->id() == Type::LARGE_STRING, style,
                                                      pool);
    default:
      return MakeError(ErrorCode::kUsage,
                       fmt::format("a CSV column cannot be read as {}", TypeText(*type)),
                       {.hint = "types that can: bool, integers, floats, decimals, text, binary, "
                                "dates, times, timestamps, durations"});
  }
}

std::string FaultText(FieldFault fault, const arrow::DataType& type) {
  const std::string name = TypeText(type);
  switch (fault) {
    case FieldFault::kRange:
      return fmt::format("is out of range for {}", name);
    case FieldFault::kPrecision:
      return fmt::format("has more digits than {} can hold exactly", name);
    case FieldFault::kZone:
      return static_cast<const arrow::TimestampType&>(type).timezone().empty()
                 ? fmt::format("has an offset, which {} cannot hold", name)
                 : fmt::format("has no offset, which {} needs", name);
    case FieldFault::kSpelling:
      return fmt::format("would not be spelled the same as {}", name);
    default: {
      const bool vowel = name.find_first_of("aeiou") == 0 && !name.starts_with("uint");
      return fmt::format("is not {} {}", vowel ? "an" : "a", name);
    }
  }
}

}  // namespace bowyer
