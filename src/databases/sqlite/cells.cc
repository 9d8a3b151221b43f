// One loop over the columns of a row, with a switch on the kind and no call. Values go straight
// into the buffers of the batch.
#include "databases/sqlite/cells.h"

#include <arrow/util/bit_util.h>
#include <arrow/util/bitmap_ops.h>
#include <arrow/util/decimal.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/text.h"
#include "formats/csv/field.h"
#include "formats/text/number.h"
#include "formats/text/scan.h"
#include "formats/text/time.h"

namespace bowyer {
namespace {

using arrow::Decimal128;

constexpr double kTwoTo63 = 9223372036854775808.0;
constexpr int64_t kMostText = std::numeric_limits<int32_t>::max() - 64;
constexpr NumberStyle kToldStyle{.plain = false};

// SQLite converts the text of a UTF-16 database, which does where it is ASCII or nothing.
std::string_view PlainText(const Cell& cell) {
  if (cell.bytes.data() != nullptr || cell.value == nullptr) return cell.bytes;
  return CellOf(cell.value, /*utf16=*/false).bytes;
}

bool IsUtf8(std::string_view text) { return IsAscii(text) || ValidUtf8Prefix(text) == text.size(); }

bool ToDouble(int64_t number, double* value) {
  *value = static_cast<double>(number);
  return *value < kTwoTo63 && static_cast<int64_t>(*value) == number;
}

// Offsets other than UTC's own would be lost in the instant.
bool EndsInUtc(std::string_view text) { return text.ends_with('Z') || text.ends_with("+00:00"); }

// Whole units of `per_second` in seconds, if that is what the number says.
bool SecondsOf(double seconds, double per_second, int64_t* value) {
  const double scaled = std::round(seconds * per_second);
  if (!(std::fabs(scaled) < kTwoTo63) || scaled / per_second != seconds) return false;
  *value = static_cast<int64_t>(scaled);
  return true;
}

// As SQLite's own date functions take it: to the millisecond.
bool MillisecondsOfJulianDay(double day, int64_t* value) {
  constexpr double kPerDay = 86'400'000.0;
  constexpr int64_t kEpoch = 210'866'760'000'000;
  if (!(day >= 0 && day < 5'373'484.5)) return false;
  *value = static_cast<int64_t>(day * kPerDay + 0.5) - kEpoch;
  return true;
}

// `value` in units of `from` a second, in units of `to`; false where that is not exact.
bool Rescaled(int64_t value, int64_t from, int64_t to, int64_t* out) {
  if (to >= from) return !__builtin_mul_overflow(value, to / from, out);
  *out = value / (from / to);
  return value % (from / to) == 0;
}

// A moment; a number that is a time of day or a duration would have to be guessed at.
bool NumberAsTime(const SqliteColumnPlan& plan, const Cell& cell, int64_t* value) {
  if (plan.kind != SqliteCellKind::kDate && plan.kind != SqliteCellKind::kTimestamp) return false;
  constexpr int64_t kMicros = 1'000'000;
  const bool is_integer = cell.type == SQLITE_INTEGER;
  const int64_t integer = cell.integer;
  const double real = is_integer ? static_cast<double>(integer) : cell.real;
  int64_t count = 0, per_second = 1;
  switch (plan.epoch) {
    case Epoch::kNone:
      return false;
    case Epoch::kSeconds:
      count = integer;
      if (!is_integer) {
        per_second = kMicros;
        if (!SecondsOf(real, 1e6, &count)) return false;
      }
      break;
    case Epoch::kMilliseconds:
      count = integer;
      per_second = 1000;
      if (!is_integer) {
        per_second = kMicros;
        if (!SecondsOf(real, 1e3, &count)) return false;
      }
      break;
    case Epoch::kMicroseconds:
      if (!is_integer) return false;
      count = integer;
      per_second = kMicros;
      break;
    case Epoch::kJulian:
      per_second = 1000;
      if (!MillisecondsOfJulianDay(real, &count)) return false;
      break;
  }
  if (plan.kind == SqliteCellKind::kTimestamp) {
    return Rescaled(count, per_second, PerSecond(plan.unit), value);
  }
  const int64_t day = 86'400 * per_second;
  *value = count / day;
  return count % day == 0 && std::abs(*value) <= std::numeric_limits<int32_t>::max();
}

}  // namespace

bool IsNan(const SqliteColumnPlan& plan, std::string_view text) {
  return plan.kind == SqliteCellKind::kFloat && text == "nan";
}

std::string_view TextOf(const Cell& cell, bool utf16, std::string* scratch, bool* valid) {
  *valid = true;
  if (!utf16) return PlainText(cell);
  // SQLite's own conversion makes other characters of halves of surrogate pairs.
  const auto* bytes = static_cast<const unsigned char*>(sqlite3_value_text16le(cell.value));
  const auto size = bytes == nullptr ? 0 : static_cast<size_t>(sqlite3_value_bytes16(cell.value));
  const auto unit = [&](size_t i) { return static_cast<uint32_t>(bytes[i] | bytes[i + 1] << 8); };
  scratch->clear();
  for (size_t i = 0; i + 1 < size; i += 2) {
    uint32_t c = unit(i);
    if (c >= 0xD800 && c < 0xE000) {
      const uint32_t low = i + 3 < size ? unit(i + 2) : 0;
      if (c >= 0xDC00 || low < 0xDC00 || low >= 0xE000) {
        *valid = false;
        scratch->assign(reinterpret_cast<const char*>(bytes), size);
        return *scratch;
      }
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      i += 2;
    }
    const auto put = [&](uint32_t byte) { *scratch += static_cast<char>(byte); };
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xC0 | c >> 6), put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
    } else {
      put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 0x3F));
      put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
    }
  }
  return *scratch;
}

namespace {

// "2026-11-21 12:34:56", which nearly all times in SQLite are, as seconds; all else takes the
// general way. The calendar by Hinnant's days_from_civil.
bool PlainTime(std::string_view text, int64_t* seconds) {
  static constexpr std::string_view kShape = "0000-00-00 00:00:00";
  if (text.size() != kShape.size() || (text[10] != ' ' && text[10] != 'T')) return false;
  for (size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] == '0' ? static_cast<unsigned char>(text[i] - '0') > 9
                         : i != 10 && text[i] != kShape[i]) {
      return false;
    }
  }
  const auto two = [&](size_t i) { return (text[i] - '0') * 10 + (text[i + 1] - '0'); };
  const int year = two(0) * 100 + two(2), month = two(5), day = two(8);
  const int hour = two(11), minute = two(14), second = two(17);
  // Days that only some months have are left to the general way.
  if (month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 || second > 59) {
    return false;
  }
  const int from_march = month > 2 ? year : year - 1;
  const int era = (from_march >= 0 ? from_march : from_march - 399) / 400;
  const int of_era = from_march - era * 400;
  const int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const int64_t days =
      int64_t{era} * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
  *seconds = days * 86'400 + hour * 3600 + minute * 60 + second;
  return true;
}

}  // namespace

bool DateOrTimeOf(const SqliteColumnPlan& plan, const Cell& cell, int64_t* value) {
  if (cell.type != SQLITE_TEXT) {
    return cell.type != SQLITE_BLOB && NumberAsTime(plan, cell, value);
  }
  const std::string_view text = PlainText(cell);
  if (plan.kind == SqliteCellKind::kDate) {
    int32_t days = 0;
    if (ParseDate32(text, "", &days) != FieldFault::kNone) return false;
    *value = days;
    return true;
  }
  if (plan.kind == SqliteCellKind::kTimeOfDay) {
    return ParseTime(text, plan.unit, value) == FieldFault::kNone;
  }
  if (plan.kind == SqliteCellKind::kDuration) {
    return ParseDuration(text, plan.unit, value) == FieldFault::kNone;
  }
  int64_t seconds = 0;
  if (!plan.zone && PlainTime(text, &seconds)) {
    return Rescaled(seconds, 1, PerSecond(plan.unit), value);
  }
  TimestampParts parts;
  if (ParseTimestamp(text, plan.unit, "", &parts) != FieldFault::kNone) return false;
  *value = parts.value;
  return plan.zone ? parts.has_offset && EndsInUtc(text) : !parts.has_offset;
}

bool DecimalOf(const SqliteColumnPlan& plan, double number, void* value) {
  static constexpr auto kIntegers = [] {
    std::array<int64_t, 19> powers = {1};
    for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
    return powers;
  }();
  static constexpr double kPowers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  Decimal128 decimal;
  bool done = false;
  if (plan.scale >= 0 && plan.scale <= 15) {
    // Up to 15 digits no two decimals share a float64: the one that divides back is its text.
    const double scaled = number * kPowers[plan.scale];
    if (std::fabs(scaled) < 1e15) {
      // Conversions are single instructions where rounding would be a call.
      const auto whole = static_cast<int64_t>(scaled + (scaled < 0 ? -0.5 : 0.5));
      if (whole != 0 && static_cast<double>(whole) / kPowers[plan.scale] == number) {
        if (std::abs(whole) >= kIntegers[std::min(plan.precision, 18)]) return false;
        decimal = Decimal128(whole);
        done = true;
      }
    }
  }
  if (!done) {
    if (!std::isfinite(number) || (number == 0 && std::signbit(number))) return false;
    char text[kMaxFloatText];
    const char* const end = WriteFloating(text, number);
    if (ParseDecimal128({text, static_cast<size_t>(end - text)}, kToldStyle, plan.precision,
                        plan.scale, &decimal) != FieldFault::kNone) {
      return false;
    }
  }
  decimal.ToBytes(static_cast<uint8_t*>(value));
  return true;
}

struct CellBatch::Column {
  SqliteColumnPlan plan;
  std::unique_ptr<arrow::ResizableBuffer> valid, values, data;
  uint8_t* bits = nullptr;
  uint8_t* out = nullptr;      // values of fixed width
  int32_t* offsets = nullptr;  // of text and bytes
  uint8_t* bytes = nullptr;
  int64_t room = 0;             // of `bytes`
  int64_t usual = 4096;         // bytes that the last batch took
  int64_t least = 0, most = 0;  // of integers
  std::string scratch;

  bool variable() const { return plan.width == 0 && plan.kind != SqliteCellKind::kBool; }

  template <typename T>
  void Store(int64_t row, T value) {
    std::memcpy(out + row * static_cast<int64_t>(sizeof(T)), &value, sizeof(T));
  }

  bool StoreInteger(int64_t row, int64_t value) {
    if (plan.width == 8) {
      Store(row, value);
      return value >= least;  // of unsigned: 0
    }
    if (value < least || value > most) return false;
    if (plan.width == 4) Store(row, static_cast<int32_t>(value));
    if (plan.width == 2) Store(row, static_cast<int16_t>(value));
    if (plan.width == 1) Store(row, static_cast<int8_t>(value));
    return true;
  }

  bool StoreFloat(int64_t row, double value) {
    if (plan.width == 8) {
      Store(row, value);
      return true;
    }
    const auto narrow = static_cast<float>(value);
    Store(row, narrow);
    return static_cast<double>(narrow) == value || std::isnan(value);
  }

  bool StoreDecimal(int64_t row, const Decimal128& value) {
    value.ToBytes(out + row * 16);
    return true;
  }

  bool IntegerAsDecimal(int64_t row, int64_t value) {
    const auto scaled = Decimal128(value).Rescale(0, plan.scale);
    return scaled.ok() && scaled->FitsInPrecision(plan.precision) && StoreDecimal(row, *scaled);
  }

  arrow::Status Grow(int64_t need, arrow::MemoryPool* pool) {
    if (need > kMostText) {
      return MakeError(ErrorCode::kResources, "one batch of text is longer than 2 GiB",
                       {.column = plan.name, .hint = "try a smaller --batch-rows"});
    }
    const int64_t size = std::min(kMostText, std::max({need, 2 * room, usual}));
    if (data == nullptr) {
      ARROW_ASSIGN_OR_RAISE(data, arrow::AllocateResizableBuffer(size, pool));
    } else {
      // A single huge cell is given its own room, and not twice as much.
      ARROW_RETURN_NOT_OK(data->Resize(need > 2 * room ? need : size, false));
    }
    bytes = data->mutable_data();
    room = data->size();
    return arrow::Status::OK();
  }

  arrow::Status StoreBytes(int64_t row, std::string_view value, arrow::MemoryPool* pool) {
    const int64_t begin = offsets[row], end = begin + static_cast<int64_t>(value.size());
    if (end > room) [[unlikely]] {
      ARROW_RETURN_NOT_OK(Grow(end, pool));
    }
    if (!value.empty()) std::memcpy(bytes + begin, value.data(), value.size());
    offsets[row + 1] = static_cast<int32_t>(end);
    return arrow::Status::OK();
  }

  arrow::Status StoreNumberAsText(int64_t row, const Cell& cell, arrow::MemoryPool* pool) {
    char text[std::max(kMaxFloatText, kMaxIntegerText)];
    const char* const end = cell.type == SQLITE_INTEGER ? WriteInteger(text, cell.integer)
                                                        : WriteFloating(text, cell.real);
    return StoreBytes(row, {text, static_cast<size_t>(end - text)}, pool);
  }

  // Of a text, where the user gave the type: the rules of fields in CSV.
  bool ParseTold(int64_t row, std::string_view text) {
    switch (plan.kind) {
      case SqliteCellKind::kBool: {
        bool value = false;
        if (ParseBool(text, true, &value) != FieldFault::kNone) return false;
        arrow::bit_util::SetBitTo(out, row, value);
        return true;
      }
      case SqliteCellKind::kInteger: {
        int64_t value = 0;
        if (plan.type->id() == arrow::Type::UINT64) {
          uint64_t large = 0;
          if (ParseUInt64(text, kToldStyle, &large) != FieldFault::kNone) return false;
          Store(row, large);
          return true;
        }
        return ParseInt64(text, kToldStyle, &value) == FieldFault::kNone &&
               StoreInteger(row, value);
      }
      case SqliteCellKind::kFloat: {
        double value = 0;
        return ParseDouble(text, kToldStyle, &value) == FieldFault::kNone && StoreFloat(row, value);
      }
      default: {
        Decimal128 value;
        return ParseDecimal128(text, kToldStyle, plan.precision, plan.scale, &value) ==
                   FieldFault::kNone &&
               StoreDecimal(row, value);
      }
    }
  }

  // A cell of a class that is not the kind's own.
  bool Other(int64_t row, const Cell& cell) {
    if (cell.type == SQLITE_TEXT) {
      const std::string_view text = PlainText(cell);
      if (IsNan(plan, text)) return StoreFloat(row, std::numeric_limits<double>::quiet_NaN());
      return plan.told && ParseTold(row, text);
    }
    if (cell.type == SQLITE_BLOB) return false;
    switch (plan.kind) {
      case SqliteCellKind::kInteger: {
        if (!plan.told) return false;
        const double value = cell.real;
        return std::fabs(value) < kTwoTo63 && std::trunc(value) == value &&
               !(value == 0 && std::signbit(value)) &&
               StoreInteger(row, static_cast<int64_t>(value));
      }
      case SqliteCellKind::kFloat: {
        double value = 0;
        return ToDouble(cell.integer, &value) && StoreFloat(row, value);
      }
      case SqliteCellKind::kDecimal:
        return DecimalOf(plan, cell.real, out + row * 16);
      default:
        return false;
    }
  }
};

CellBatch::CellBatch(std::vector<SqliteColumnPlan> plans, bool check_text, arrow::MemoryPool* pool)
    : check_text_(check_text), pool_(pool) {
  for (SqliteColumnPlan& plan : plans) {
    Column column{.plan = std::move(plan)};
    if (column.plan.kind == SqliteCellKind::kInteger) {
      const int bits = 8 * column.plan.width;
      const bool is_signed = arrow::is_signed_integer(column.plan.type->id());
      column.most =
          std::numeric_limits<int64_t>::max() >> (64 - bits - (is_signed || bits == 64 ? 0 : 1));
      column.least = is_signed ? -column.most - 1 : 0;
    }
    if (column.variable()) variable_.push_back(columns_.size());
    columns_.push_back(std::move(column));
  }
}

CellBatch::~CellBatch() = default;

arrow::Status CellBatch::Start(int64_t rows) {
  rows_ = 0;
  capacity_ = rows;
  for (Column& column : columns_) {
    ARROW_ASSIGN_OR_RAISE(
        column.valid, arrow::AllocateResizableBuffer(arrow::bit_util::BytesForBits(rows), pool_));
    column.bits = column.valid->mutable_data();
    std::memset(column.bits, 0, static_cast<size_t>(column.valid->size()));
    const int64_t bytes = column.plan.kind == SqliteCellKind::kBool
                              ? arrow::bit_util::BytesForBits(rows)
                          : column.variable() ? (rows + 1) * 4
                                              : rows * column.plan.width;
    ARROW_ASSIGN_OR_RAISE(column.values, arrow::AllocateResizableBuffer(bytes, pool_));
    column.out = column.values->mutable_data();
    if (!column.variable()) {
      // Nulls are zeros.
      std::memset(column.out, 0, static_cast<size_t>(bytes));
      continue;
    }
    column.offsets = reinterpret_cast<int32_t*>(column.out);
    column.offsets[0] = 0;
    column.data.reset();
    column.bytes = nullptr;
    column.room = 0;
  }
  return arrow::Status::OK();
}

arrow::Result<int> CellBatch::Append(std::span<const Cell> cells) {
  const int64_t row = rows_;
  const auto byte = static_cast<size_t>(row >> 3);
  const auto bit = static_cast<uint8_t>(1 << (row & 7));
  int index = 0;
  for (Column& column : columns_) {
    const Cell& cell = cells[static_cast<size_t>(index)];
    const int type = cell.type;
    bool fits = true;
    if (type == SQLITE_NULL) {
      column.bits[byte] &= static_cast<uint8_t>(~bit);
      if (column.variable()) column.offsets[row + 1] = column.offsets[row];
      ++index;
      continue;
    }
    switch (column.plan.kind) {
      case SqliteCellKind::kInteger:
        fits = type == SQLITE_INTEGER ? column.StoreInteger(row, cell.integer)
                                      : column.Other(row, cell);
        break;
      case SqliteCellKind::kFloat:
        fits = type == SQLITE_FLOAT ? column.StoreFloat(row, cell.real) : column.Other(row, cell);
        break;
      case SqliteCellKind::kBool:
        if (type == SQLITE_INTEGER) {
          const int64_t value = cell.integer;
          fits = value == 0 || value == 1;
          arrow::bit_util::SetBitTo(column.out, row, value == 1);
        } else {
          fits = column.Other(row, cell);
        }
        break;
      case SqliteCellKind::kDecimal:
        fits = type == SQLITE_INTEGER ? column.IntegerAsDecimal(row, cell.integer)
                                      : column.Other(row, cell);
        break;
      case SqliteCellKind::kDate:
      case SqliteCellKind::kTimestamp:
      case SqliteCellKind::kTimeOfDay:
      case SqliteCellKind::kDuration: {
        int64_t value = 0;
        fits = DateOrTimeOf(column.plan, cell, &value);
        if (column.plan.width == 8) {
          column.Store(row, value);
        } else {
          column.Store(row, static_cast<int32_t>(value));
        }
        break;
      }
      case SqliteCellKind::kText:
      case SqliteCellKind::kBinary: {
        const bool text_wanted = column.plan.kind == SqliteCellKind::kText;
        const bool any = column.plan.mixed || column.plan.told;
        if (type == SQLITE_TEXT) {
          bool valid = true;
          const std::string_view text =
              column.plan.utf16 ? TextOf(cell, true, &column.scratch, &valid) : cell.bytes;
          fits = text_wanted ? valid && (!check_text_ || IsUtf8(text)) : any;
          if (text.data() == nullptr) return MakeError(ErrorCode::kResources, "out of memory");
          if (fits) ARROW_RETURN_NOT_OK(column.StoreBytes(row, text, pool_));
        } else if (type == SQLITE_BLOB) {
          fits = !text_wanted;
          if (fits) ARROW_RETURN_NOT_OK(column.StoreBytes(row, cell.bytes, pool_));
        } else {
          fits = any;
          if (fits) ARROW_RETURN_NOT_OK(column.StoreNumberAsText(row, cell, pool_));
        }
        break;
      }
    }
    if (!fits) [[unlikely]] {
      return index;
    }
    column.bits[byte] |= bit;
    ++index;
  }
  ++rows_;
  return -1;
}

void CellBatch::Drop() { --rows_; }

int64_t CellBatch::text_bytes() const {
  int64_t bytes = 0;
  for (const size_t column : variable_) bytes += columns_[column].offsets[rows_];
  return bytes;
}

bool CellBatch::LastIsBeyond(int column, const arrow::Scalar& bound) const {
  const Column& c = columns_[static_cast<size_t>(column)];
  const int64_t row = rows_ - 1;
  if (!arrow::bit_util::GetBit(c.bits, row)) return false;
  const auto at = [&]<typename T>(T) {
    T value;
    std::memcpy(&value, c.out + row * static_cast<int64_t>(sizeof(T)), sizeof(T));
    return value;
  };
  const auto compare = [&]<typename ScalarType>(const ScalarType& scalar) {
    return at(scalar.value) > scalar.value;
  };
  switch (bound.type->id()) {
    case arrow::Type::BOOL:
      return arrow::bit_util::GetBit(c.out, row) &&
             !static_cast<const arrow::BooleanScalar&>(bound).value;
    case arrow::Type::INT8:
      return compare(static_cast<const arrow::Int8Scalar&>(bound));
    case arrow::Type::INT16:
      return compare(static_cast<const arrow::Int16Scalar&>(bound));
    case arrow::Type::INT32:
      return compare(static_cast<const arrow::Int32Scalar&>(bound));
    case arrow::Type::INT64:
      return compare(static_cast<const arrow::Int64Scalar&>(bound));
    case arrow::Type::UINT8:
      return compare(static_cast<const arrow::UInt8Scalar&>(bound));
    case arrow::Type::UINT16:
      return compare(static_cast<const arrow::UInt16Scalar&>(bound));
    case arrow::Type::UINT32:
      return compare(static_cast<const arrow::UInt32Scalar&>(bound));
    case arrow::Type::UINT64:
      return compare(static_cast<const arrow::UInt64Scalar&>(bound));
    case arrow::Type::FLOAT:
      return compare(static_cast<const arrow::FloatScalar&>(bound));
    case arrow::Type::DOUBLE:
      return compare(static_cast<const arrow::DoubleScalar&>(bound));
    case arrow::Type::DATE32:
      return compare(static_cast<const arrow::Date32Scalar&>(bound));
    case arrow::Type::TIMESTAMP:
      return compare(static_cast<const arrow::TimestampScalar&>(bound));
    case arrow::Type::TIME32:
      return compare(static_cast<const arrow::Time32Scalar&>(bound));
    case arrow::Type::TIME64:
      return compare(static_cast<const arrow::Time64Scalar&>(bound));
    case arrow::Type::DURATION:
      return compare(static_cast<const arrow::DurationScalar&>(bound));
    case arrow::Type::DECIMAL128:
      return Decimal128(c.out + row * 16) >
             static_cast<const arrow::Decimal128Scalar&>(bound).value;
    default: {
      const std::string_view value(reinterpret_cast<const char*>(c.bytes) + c.offsets[row],
                                   static_cast<size_t>(c.offsets[row + 1] - c.offsets[row]));
      return value > static_cast<const arrow::BaseBinaryScalar&>(bound).view();
    }
  }
}

arrow::Result<arrow::ArrayVector> CellBatch::Finish(Fault* fault) {
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    std::vector<std::shared_ptr<arrow::Buffer>> buffers(2);
    const int64_t set = arrow::internal::CountSetBits(column.bits, 0, rows_);
    // Of a row that was taken away again bits may stay behind the last one.
    if (set < rows_) buffers[0] = std::move(column.valid);
    if (column.variable()) {
      const int32_t size = column.offsets[rows_];
      const std::string_view text(reinterpret_cast<const char*>(column.bytes),
                                  static_cast<size_t>(size));
      if (column.plan.kind == SqliteCellKind::kText && !check_text_) {
        // All of it well-formed, and no text begins in the middle of a character.
        bool valid = IsAscii(text);
        if (!valid && ValidUtf8Prefix(text) == text.size()) {
          valid = true;
          for (int64_t row = 0; row < rows_ && valid; ++row) {
            const int32_t at = column.offsets[row];
            valid = at == size || (column.bytes[at] & 0xC0) != 0x80;
          }
        }
        for (int64_t row = 0; row < rows_ && !valid; ++row) {
          const std::string_view one =
              text.substr(static_cast<size_t>(column.offsets[row]),
                          static_cast<size_t>(column.offsets[row + 1] - column.offsets[row]));
          if (ValidUtf8Prefix(one) == one.size()) continue;
          *fault = {row, static_cast<int>(i), "text " + Quoted(one) + " is no valid UTF-8"};
          return arrow::ArrayVector();
        }
      }
      if (column.data == nullptr) {
        ARROW_ASSIGN_OR_RAISE(column.data, arrow::AllocateResizableBuffer(0, pool_));
      }
      ARROW_RETURN_NOT_OK(column.data->Resize(size, column.room > 4 * int64_t{size} + 4096));
      column.usual = size + size / 8 + 64;
      buffers.emplace_back(std::move(column.data));
    }
    buffers[1] = std::move(column.values);
    arrays.push_back(arrow::MakeArray(
        arrow::ArrayData::Make(column.plan.type, rows_, std::move(buffers), rows_ - set)));
  }
  return arrays;
}

std::string LiteralOf(const Cell& cell) {
  switch (cell.type) {
    case SQLITE_NULL:
      return "NULL";
    case SQLITE_INTEGER:
      return std::to_string(cell.integer);
    case SQLITE_FLOAT: {
      char text[kMaxFloatText];
      return {text, WriteFloating(text, cell.real)};
    }
    case SQLITE_TEXT: {
      std::string literal = "'";
      for (const char c : PlainText(cell)) literal += c == '\'' ? "''" : std::string(1, c);
      return literal + "'";
    }
    default: {
      std::string literal = "x'";
      for (const unsigned char c : cell.bytes) {
        literal += "0123456789abcdef"[c >> 4];
        literal += "0123456789abcdef"[c & 15];
      }
      return literal + "'";
    }
  }
}

std::string MisfitText(const SqliteColumnPlan& plan, const Cell& cell) {
  const int type = cell.type;
  const std::string type_text = TypeText(*plan.type);
  if (type == SQLITE_TEXT) {
    const std::string_view text = PlainText(cell);
    const std::string value = "the text " + Quoted(text);
    if (plan.kind == SqliteCellKind::kText && !IsUtf8(text)) return value + " is no valid UTF-8";
    if (plan.kind == SqliteCellKind::kText) return value + " is no valid UTF-16";
    return value + " is no " + type_text;
  }
  if (type == SQLITE_BLOB) {
    return "the blob x'" + Printable(LiteralOf(cell).substr(2), 40) + " is no " + type_text;
  }
  const bool is_integer = type == SQLITE_INTEGER;
  return std::string("the ") + (is_integer ? "integer " : "real ") + LiteralOf(cell) +
         (plan.kind == SqliteCellKind::kFloat || plan.kind == SqliteCellKind::kDecimal
              ? " is not exactly a "
              : " is no ") +
         type_text;
}

}  // namespace bowyer
