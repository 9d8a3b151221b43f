#include "databases/postgres/copy_encoder.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/postgres/wire.h"

namespace bowyer {
namespace {

using Kind = StoredType::Kind;

arrow::Status Misfit(std::string what, std::string hint = "") {
  return MakeError(ErrorCode::kData, std::move(what), {.hint = std::move(hint)});
}

// `digits` of a whole number whose last `scale` ones stand behind the point.
void PutNumeric(bool negative, std::string digits, int scale, std::string* out) {
  if (scale < 0) {
    if (digits != "0") digits.append(static_cast<size_t>(-scale), '0');
    scale = 0;
  }
  // Groups of four on either side of the point.
  digits.append(static_cast<size_t>((4 - scale % 4) % 4), '0');
  const int behind = (scale + 3) / 4;
  digits.insert(0, (4 - digits.size() % 4) % 4, '0');
  std::vector<uint16_t> groups;
  for (size_t at = 0; at < digits.size(); at += 4) {
    groups.push_back(static_cast<uint16_t>((digits[at] - '0') * 1000 +
                                           (digits[at + 1] - '0') * 100 +
                                           (digits[at + 2] - '0') * 10 + (digits[at + 3] - '0')));
  }
  int weight = static_cast<int>(groups.size()) - behind - 1;
  size_t first = 0;
  while (first < groups.size() && groups[first] == 0) ++first, --weight;
  while (groups.size() > first && groups.back() == 0) groups.pop_back();
  const size_t count = groups.size() - first;
  PutBig32(static_cast<uint32_t>(8 + 2 * count), out);
  PutBig16(static_cast<uint16_t>(count), out);
  PutBig16(static_cast<uint16_t>(count == 0 ? 0 : weight), out);
  PutBig16(negative && count > 0 ? 0x4000 : 0, out);
  PutBig16(static_cast<uint16_t>(scale), out);
  for (size_t i = first; i < groups.size(); ++i) PutBig16(groups[i], out);
}

// Up to 18 digits need no text.
bool PutSmallNumeric(int64_t value, int scale, std::string* out) {
  if (scale < 0 || value > 999'999'999'999'999 || value < -999'999'999'999'999) return false;
  uint64_t number = value < 0 ? static_cast<uint64_t>(-value) : static_cast<uint64_t>(value);
  for (int i = scale; i % 4 != 0; ++i) number *= 10;
  uint16_t groups[5];
  int count = 0, low = -((scale + 3) / 4);  // of the group that comes next
  while (number != 0) {
    const auto group = static_cast<uint16_t>(number % 10'000);
    number /= 10'000;
    if (count > 0 || group != 0) {
      groups[count++] = group;
    } else {
      ++low;
    }
  }
  PutBig32(static_cast<uint32_t>(8 + 2 * count), out);
  PutBig16(static_cast<uint16_t>(count), out);
  PutBig16(static_cast<uint16_t>(count == 0 ? 0 : low + count - 1), out);
  PutBig16(value < 0 ? 0x4000 : 0, out);
  PutBig16(static_cast<uint16_t>(scale), out);
  for (int i = count; i > 0; --i) PutBig16(groups[i - 1], out);
  return true;
}

template <typename Decimal>
void PutDecimal(const Decimal& value, int scale, std::string* out) {
  std::string digits = value.ToIntegerString();
  const bool negative = digits.front() == '-';
  if (negative) digits.erase(0, 1);
  PutNumeric(negative, std::move(digits), scale, out);
}

void PutAnyDecimal(const arrow::Array& array, int64_t i, std::string* out) {
  const int scale = static_cast<const arrow::DecimalType&>(*array.type()).scale();
  switch (array.type_id()) {
    case arrow::Type::DECIMAL32:
      return PutDecimal(
          arrow::Decimal32(static_cast<const arrow::Decimal32Array&>(array).GetValue(i)), scale,
          out);
    case arrow::Type::DECIMAL64:
      return PutDecimal(
          arrow::Decimal64(static_cast<const arrow::Decimal64Array&>(array).GetValue(i)), scale,
          out);
    case arrow::Type::DECIMAL128: {
      const arrow::Decimal128 value(static_cast<const arrow::Decimal128Array&>(array).GetValue(i));
      const auto low = static_cast<int64_t>(value.low_bits());
      const bool is_small = value.high_bits() == (low < 0 ? -1 : 0);
      if (is_small && PutSmallNumeric(low, scale, out)) return;
      return PutDecimal(value, scale, out);
    }
    default:
      return PutDecimal(
          arrow::Decimal256(static_cast<const arrow::Decimal256Array&>(array).GetValue(i)), scale,
          out);
  }
}

int64_t Integer(const arrow::Array& array, int64_t i) {
  switch (array.type_id()) {
    case arrow::Type::INT8:
      return static_cast<const arrow::Int8Array&>(array).Value(i);
    case arrow::Type::UINT8:
      return static_cast<const arrow::UInt8Array&>(array).Value(i);
    case arrow::Type::INT16:
      return static_cast<const arrow::Int16Array&>(array).Value(i);
    case arrow::Type::UINT16:
      return static_cast<const arrow::UInt16Array&>(array).Value(i);
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
    case arrow::Type::TIME32:
    case arrow::Type::INTERVAL_MONTHS:
      return static_cast<const arrow::Int32Array&>(array).Value(i);
    case arrow::Type::UINT32:
      return static_cast<const arrow::UInt32Array&>(array).Value(i);
    default:  // 64 bits, whatever they mean
      return static_cast<const arrow::Int64Array&>(array).Value(i);
  }
}

std::string_view Bytes(const arrow::Array& array, int64_t i) {
  switch (array.type_id()) {
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return static_cast<const arrow::LargeBinaryArray&>(array).GetView(i);
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      return static_cast<const arrow::BinaryViewArray&>(array).GetView(i);
    case arrow::Type::FIXED_SIZE_BINARY:
      return static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(i);
    default:
      return static_cast<const arrow::BinaryArray&>(array).GetView(i);
  }
}

// `value` of `unit` in microseconds.
arrow::Result<int64_t> Microseconds(int64_t value, arrow::TimeUnit::type unit) {
  int64_t out = value;
  bool beyond = false;
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      beyond = __builtin_mul_overflow(value, int64_t{1'000'000}, &out);
      break;
    case arrow::TimeUnit::MILLI:
      beyond = __builtin_mul_overflow(value, int64_t{1000}, &out);
      break;
    case arrow::TimeUnit::MICRO:
      break;
    case arrow::TimeUnit::NANO:
      if (value % 1000 != 0) {
        return Misfit("has nanoseconds, and PostgreSQL keeps microseconds",
                      "text holds them: --type COLUMN=text");
      }
      out = value / 1000;
  }
  if (beyond) return Misfit("is beyond the times that PostgreSQL has");
  return out;
}

class ValueEncoder {
 public:
  ValueEncoder(bool infinities, std::string* out) : infinities_(infinities), out_(out) {}

  arrow::Status Put(const StoredType& type, const arrow::Array& array, int64_t i) {
    if (array.IsNull(i)) {
      PutBig32(UINT32_MAX, out_);
      return arrow::Status::OK();
    }
    if (array.type_id() == arrow::Type::EXTENSION) {
      return Put(type, *static_cast<const arrow::ExtensionArray&>(array).storage(), i);
    }
    switch (type.kind) {
      case Kind::kNull:
        PutBig32(UINT32_MAX, out_);
        return arrow::Status::OK();
      case Kind::kBool:
        PutBig32(1, out_);
        out_->push_back(static_cast<const arrow::BooleanArray&>(array).Value(i) ? 1 : 0);
        return arrow::Status::OK();
      case Kind::kInteger:
        PutInteger(Integer(array, i), type.size);
        return arrow::Status::OK();
      case Kind::kUnsigned64:
        PutNumeric(false, std::to_string(static_cast<const arrow::UInt64Array&>(array).Value(i)), 0,
                   out_);
        return arrow::Status::OK();
      case Kind::kFloat4: {
        PutBig32(4, out_);
        float value = 0;
        if (array.type_id() == arrow::Type::HALF_FLOAT) {
          value = arrow::util::Float16::FromBits(
                      static_cast<const arrow::HalfFloatArray&>(array).Value(i))
                      .ToFloat();
        } else {
          value = static_cast<const arrow::FloatArray&>(array).Value(i);
        }
        PutBig32(std::bit_cast<uint32_t>(value), out_);
        return arrow::Status::OK();
      }
      case Kind::kFloat8:
        PutBig32(8, out_);
        PutBig64(std::bit_cast<uint64_t>(static_cast<const arrow::DoubleArray&>(array).Value(i)),
                 out_);
        return arrow::Status::OK();
      case Kind::kDecimal:
        PutAnyDecimal(array, i, out_);
        return arrow::Status::OK();
      case Kind::kText:
      case Kind::kJsonb:
        return PutText(Bytes(array, i), type.kind == Kind::kJsonb);
      case Kind::kBytes: {
        const std::string_view bytes = Bytes(array, i);
        if (bytes.size() > kMostBytes) return Misfit("is longer than the GB that a field may have");
        PutBig32(static_cast<uint32_t>(bytes.size()), out_);
        out_->append(bytes);
        return arrow::Status::OK();
      }
      case Kind::kDate:
        return PutDate(array, i);
      case Kind::kTime: {
        const auto unit = static_cast<const arrow::TimeType&>(*array.type()).unit();
        ARROW_ASSIGN_OR_RAISE(const int64_t time, Microseconds(Integer(array, i), unit));
        if (time < 0 || time > kDay) return Misfit("is no time of a day");
        PutInteger(time, 8);
        return arrow::Status::OK();
      }
      case Kind::kTimestamp:
        return PutTimestamp(array, i);
      case Kind::kInterval:
        return PutInterval(array, i);
      case Kind::kDictionary: {
        const auto& dictionary = static_cast<const arrow::DictionaryArray&>(array);
        return Put(type.children[0], *dictionary.dictionary(), dictionary.GetValueIndex(i));
      }
      case Kind::kList:
        return PutList(type, array, i);
    }
    return MakeError(ErrorCode::kInternal, "a type that cannot be sent");
  }

 private:
  static constexpr int64_t kDay = int64_t{86'400} * 1'000'000;
  static constexpr size_t kMostBytes = size_t{1} << 30;

  void PutInteger(int64_t value, int size) {
    PutBig32(static_cast<uint32_t>(size), out_);
    if (size == 2) return PutBig16(static_cast<uint16_t>(value), out_);
    if (size == 4) return PutBig32(static_cast<uint32_t>(value), out_);
    PutBig64(static_cast<uint64_t>(value), out_);
  }

  arrow::Status PutText(std::string_view text, bool is_jsonb) {
    if (text.size() > kMostBytes) return Misfit("is longer than the GB that a field may have");
    if (std::memchr(text.data(), 0, text.size()) != nullptr) {
      return Misfit("has a NUL character, which PostgreSQL's texts cannot hold",
                    "bytea holds it: --type COLUMN=binary");
    }
    if (ValidUtf8Prefix(text) != text.size()) return Misfit("is not valid UTF-8");
    PutBig32(static_cast<uint32_t>(text.size() + (is_jsonb ? 1 : 0)), out_);
    if (is_jsonb) out_->push_back(1);
    out_->append(text);
    return arrow::Status::OK();
  }

  arrow::Status PutDate(const arrow::Array& array, int64_t i) {
    int64_t days = Integer(array, i);
    if (array.type_id() == arrow::Type::DATE64) {
      constexpr int64_t kMilliseconds = 86'400'000;
      if (days % kMilliseconds != 0) return Misfit("is no whole day");
      days /= kMilliseconds;
    } else if (infinities_ && (days == INT32_MAX || days == -INT32_MAX)) {
      PutInteger(days > 0 ? INT32_MAX : INT32_MIN, 4);
      return arrow::Status::OK();
    }
    days -= kDaysTo2000;
    // 4714-11-24 BC to 5874897-12-31
    if (days < -2'451'545 || days > 2'145'031'948) {
      return Misfit("is beyond the years that PostgreSQL has");
    }
    PutInteger(days, 4);
    return arrow::Status::OK();
  }

  arrow::Status PutTimestamp(const arrow::Array& array, int64_t i) {
    const auto unit = static_cast<const arrow::TimestampType&>(*array.type()).unit();
    int64_t time = Integer(array, i);
    if (infinities_ && unit == arrow::TimeUnit::MICRO &&
        (time == INT64_MAX || time == -INT64_MAX)) {
      PutInteger(time > 0 ? INT64_MAX : INT64_MIN, 8);
      return arrow::Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(time, Microseconds(time, unit));
    // 4714-11-24 BC to 294276-12-31, which is beyond what 64 bits hold from 1970 on.
    if (__builtin_sub_overflow(time, kMicrosecondsTo2000, &time) ||
        time < -211'813'488'000'000'000) {
      return Misfit("is beyond the years that PostgreSQL has");
    }
    PutInteger(time, 8);
    return arrow::Status::OK();
  }

  arrow::Status PutInterval(const arrow::Array& array, int64_t i) {
    int64_t time = 0;
    int32_t days = 0, months = 0;
    switch (array.type_id()) {
      case arrow::Type::DURATION: {
        const auto unit = static_cast<const arrow::DurationType&>(*array.type()).unit();
        ARROW_ASSIGN_OR_RAISE(time, Microseconds(Integer(array, i), unit));
        break;
      }
      case arrow::Type::INTERVAL_MONTHS:
        months = static_cast<int32_t>(Integer(array, i));
        break;
      case arrow::Type::INTERVAL_DAY_TIME: {
        const auto value = static_cast<const arrow::DayTimeIntervalArray&>(array).Value(i);
        days = value.days;
        time = int64_t{value.milliseconds} * 1000;
        break;
      }
      default: {
        const auto value = static_cast<const arrow::MonthDayNanoIntervalArray&>(array).Value(i);
        months = value.months;
        days = value.days;
        ARROW_ASSIGN_OR_RAISE(time, Microseconds(value.nanoseconds, arrow::TimeUnit::NANO));
      }
    }
    PutBig32(16, out_);
    PutBig64(static_cast<uint64_t>(time), out_);
    PutBig32(static_cast<uint32_t>(days), out_);
    PutBig32(static_cast<uint32_t>(months), out_);
    return arrow::Status::OK();
  }

  struct Range {
    const arrow::Array* values;
    int64_t first, count;
  };
  static Range ListAt(const arrow::Array& array, int64_t i) {
    if (array.type_id() == arrow::Type::LARGE_LIST) {
      const auto& list = static_cast<const arrow::LargeListArray&>(array);
      return {list.values().get(), list.value_offset(i), list.value_length(i)};
    }
    if (array.type_id() == arrow::Type::FIXED_SIZE_LIST) {
      const auto& list = static_cast<const arrow::FixedSizeListArray&>(array);
      return {list.values().get(), list.value_offset(i), list.value_length(i)};
    }
    const auto& list = static_cast<const arrow::ListArray&>(array);
    return {list.values().get(), list.value_offset(i), list.value_length(i)};
  }

  // The lists of a list must be of one length each: PostgreSQL's arrays are boxes.
  arrow::Status PutList(const StoredType& type, const arrow::Array& array, int64_t i) {
    std::vector<int64_t> sizes;
    Range range = ListAt(array, i);
    sizes.push_back(range.count);
    for (int d = 1; d < type.dimensions; ++d) {
      const arrow::Array& inner = *range.values;
      Range below{nullptr, 0, 0};
      for (int64_t k = 0; k < range.count; ++k) {
        if (inner.IsNull(range.first + k)) {
          return Misfit("is a list with a null in place of a list");
        }
        const Range one = ListAt(inner, range.first + k);
        if (k == 0) {
          below = one;
          sizes.push_back(one.count);
        } else if (one.count != sizes.back() || one.first != below.first + below.count) {
          return Misfit("is a list of lists that are not of one length");
        } else {
          below.count += one.count;
        }
      }
      if (range.count == 0) break;
      range = below;
    }
    const size_t length_at = out_->size();
    PutBig32(0, out_);
    const bool is_empty = sizes[0] == 0;
    if (!is_empty && std::find(sizes.begin(), sizes.end(), 0) != sizes.end()) {
      return Misfit("is a list of empty lists");
    }
    PutBig32(is_empty ? 0 : static_cast<uint32_t>(sizes.size()), out_);
    PutBig32(1, out_);  // there may be nulls
    PutBig32(type.children[0].oid, out_);
    if (!is_empty) {
      for (const int64_t size : sizes) {
        PutBig32(static_cast<uint32_t>(size), out_);
        PutBig32(1, out_);
      }
      for (int64_t k = 0; k < range.count; ++k) {
        ARROW_RETURN_NOT_OK(Put(type.children[0], *range.values, range.first + k));
      }
    }
    const size_t length = out_->size() - length_at - 4;
    if (length > kMostBytes) return Misfit("is longer than the GB that a field may have");
    const uint32_t big = __builtin_bswap32(static_cast<uint32_t>(length));
    std::memcpy(out_->data() + length_at, &big, sizeof(big));
    return arrow::Status::OK();
  }

  const bool infinities_;
  std::string* out_;
};

}  // namespace

void CopyEncoder::Begin(std::string* out) const { out->append(kCopyHead); }

arrow::Status CopyEncoder::Append(const arrow::RecordBatch& batch, int64_t first, int64_t count,
                                  std::string* out) {
  const auto columns = static_cast<size_t>(batch.num_columns());
  ValueEncoder encoder(infinities_, out);
  const auto& arrays = batch.columns();
  for (int64_t i = first; i < first + count; ++i) {
    PutBig16(static_cast<uint16_t>(columns), out);
    for (size_t column = 0; column < columns; ++column) {
      const auto status = encoder.Put(types_[column], *arrays[column], i);
      if (status.ok()) continue;
      return AtPlace(status, {.column = schema_->field(static_cast<int>(column))->name(),
                              .row = rows_ + i - first + 1});
    }
  }
  rows_ += count;
  return arrow::Status::OK();
}

void CopyEncoder::End(std::string* out) const { out->append(kCopyEnd); }

}  // namespace bowyer
