#include "databases/postgres/copy_column.h"

#include <arrow/array/data.h>
#include <arrow/type.h>
#include <arrow/util/bit_util.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/postgres/numeric.h"
#include "databases/postgres/wire.h"

namespace bowyer {
namespace {

constexpr int kMaxDimensions = 6;  // PostgreSQL's own limit

// What a buffer begins with at most, because the batch before took as much.
constexpr int64_t kMostReserved = int64_t{8} << 20;

arrow::Status Damaged(const std::string& what) {
  return MakeError(ErrorCode::kData, "the server sent " + what);
}

// 12:34:56.789+02:30, as PostgreSQL spells it; at most 40 bytes.
char* SpellTimeTz(int64_t time, int32_t west, char* out) {
  const auto two = [&](int64_t number) {
    *out++ = static_cast<char>('0' + number / 10);
    *out++ = static_cast<char>('0' + number % 10);
  };
  const int64_t seconds = time / 1'000'000;
  int64_t fraction = time % 1'000'000;
  two(seconds / 3600);
  *out++ = ':';
  two(seconds / 60 % 60);
  *out++ = ':';
  two(seconds % 60);
  if (fraction != 0) {
    *out++ = '.';
    for (int64_t unit = 100'000; fraction != 0; unit /= 10) {
      *out++ = static_cast<char>('0' + fraction / unit);
      fraction %= unit;
    }
  }
  const int32_t east = -west;
  *out++ = east < 0 ? '-' : '+';
  const int32_t offset = std::abs(east);
  two(offset / 3600);
  if (offset % 3600 != 0) {
    *out++ = ':';
    two(offset / 60 % 60);
  }
  if (offset % 60 != 0) {
    *out++ = ':';
    two(offset % 60);
  }
  return out;
}

constexpr int64_t kDayMicroseconds = int64_t{86'400} * 1'000'000;

}  // namespace

CopyColumn::CopyColumn(const PostgresValue& value, bool infinities, arrow::MemoryPool* pool)
    : value_(value),
      infinities_(infinities),
      validity_(pool),
      bools_(pool),
      data_(pool),
      offsets_(pool) {
  for (const PostgresValue& child : value.children) {
    children_.emplace_back(child, infinities, pool);
  }
  child_fields_.resize(children_.size());
  for (int i = 1; i < value.dimensions; ++i) levels_.emplace_back(pool);
}

bool CopyColumn::too_wide() const {
  return too_wide_ || std::any_of(children_.begin(), children_.end(),
                                  [](const CopyColumn& child) { return child.too_wide(); });
}

arrow::Status CopyColumn::TooWide(const std::string& what) {
  too_wide_ = true;
  return MakeError(ErrorCode::kData, what);
}

int64_t CopyColumn::bytes() const {
  int64_t total = data_.length() + offsets_.length() * 4 + bools_.length() / 8 + length_ / 8;
  for (const CopyColumn& child : children_) total += child.bytes();
  for (const Level& level : levels_) total += level.offsets.length() * 4;
  return total;
}

// Batches of a table are much alike: buffers that begin as large as the last ones ended are not
// copied while they grow.
arrow::Status CopyColumn::ReserveAsBefore() {
  const auto alike = [](int64_t before) { return std::min(before + before / 16, kMostReserved); };
  ARROW_RETURN_NOT_OK(bools_.Reserve(alike(bools_before_)));
  ARROW_RETURN_NOT_OK(data_.Reserve(alike(bytes_before_)));
  return offsets_.Reserve(alike(offsets_before_));
}

template <typename Builder>
arrow::Result<std::shared_ptr<arrow::Buffer>> CopyColumn::Finish(Builder& builder,
                                                                 int64_t* length) {
  *length = builder.length();
  return builder.Finish(/*shrink_to_fit=*/builder.capacity() > *length + *length / 8);
}

arrow::Status CopyColumn::AppendValidity(const CopyFields& fields) {
  const int64_t count = fields.count();
  const bool nulls =
      std::any_of(fields.size.begin(), fields.size.end(), [](int32_t size) { return size < 0; });
  if (nulls && !has_validity_) {
    has_validity_ = true;
    ARROW_RETURN_NOT_OK(validity_.Append(length_, true));
  }
  if (has_validity_) {
    ARROW_RETURN_NOT_OK(validity_.Reserve(count));
    for (int64_t i = 0; i < count; ++i) {
      const bool valid = fields.size[static_cast<size_t>(i)] >= 0;
      validity_.UnsafeAppend(valid);
      null_count_ += !valid;
    }
  }
  length_ += count;
  return arrow::Status::OK();
}

// `load(bytes, out)` gives whether the type holds the value; the caller has no other way to fail.
template <int kSize, typename T, typename Load>
arrow::Status CopyColumn::AppendFixed(const uint8_t* block, const CopyFields& fields, Load load) {
  const size_t count = fields.at.size();
  ARROW_RETURN_NOT_OK(data_.Reserve(static_cast<int64_t>(count * sizeof(T))));
  T* out = reinterpret_cast<T*>(data_.mutable_data() + data_.length());
  uint32_t wrong = 0;
  bool nulls = false;
  for (size_t i = 0; i < count; ++i) {
    const int32_t size = fields.size[i];
    nulls |= size < 0;
    wrong |= size < 0 ? 0 : static_cast<uint32_t>(size ^ kSize);
  }
  if (wrong != 0) return Damaged(fmt::format("a value that has not {} bytes", kSize));
  bool fits = true;
  if (!nulls) {
    for (size_t i = 0; i < count; ++i) fits &= load(block + fields.at[i], &out[i]);
  } else {
    for (size_t i = 0; i < count; ++i) {
      if (fields.size[i] < 0) {
        out[i] = T();
      } else {
        fits &= load(block + fields.at[i], &out[i]);
      }
    }
  }
  data_.UnsafeAdvance(static_cast<int64_t>(count * sizeof(T)));
  if (!fits) return arrow::Status::Invalid("");  // the caller says it better
  return arrow::Status::OK();
}

arrow::Status CopyColumn::AppendBools(const uint8_t* block, const CopyFields& fields) {
  ARROW_RETURN_NOT_OK(bools_.Reserve(fields.count()));
  for (size_t i = 0; i < fields.at.size(); ++i) {
    if (fields.size[i] >= 0 && fields.size[i] != 1) return Damaged("a boolean that has not 1 byte");
    bools_.UnsafeAppend(fields.size[i] > 0 && block[fields.at[i]] != 0);
  }
  return arrow::Status::OK();
}

arrow::Status CopyColumn::ReserveOffsets(int64_t count) {
  ARROW_RETURN_NOT_OK(offsets_.Reserve(count + 1));
  if (offsets_.length() == 0) offsets_.UnsafeAppend(0);
  return arrow::Status::OK();
}

arrow::Status CopyColumn::AddOffset(int64_t end) {
  if (end > INT32_MAX) {
    return MakeError(ErrorCode::kResources, "a batch of this column takes more than 2 GiB",
                     {.hint = "try a smaller --batch-rows"});
  }
  offsets_.UnsafeAppend(static_cast<int32_t>(end));
  return arrow::Status::OK();
}

arrow::Status CopyColumn::AppendTexts(const uint8_t* block, size_t block_size,
                                      const CopyFields& fields, int skip) {
  // Copies of this many bytes cost one instruction, so short texts take one more than they need.
  constexpr int32_t kStep = 16;
  const size_t count = fields.at.size();
  int64_t total = 0;
  for (size_t i = 0; i < count; ++i) total += std::max(fields.size[i], 0);
  ARROW_RETURN_NOT_OK(data_.Reserve(total + kStep));
  ARROW_RETURN_NOT_OK(ReserveOffsets(fields.count()));
  const int64_t first = data_.length();
  if (first + total > INT32_MAX) return AddOffset(first + total);
  uint8_t* const base = data_.mutable_data();
  int64_t end = first;
  const size_t safe = block_size >= kStep ? block_size - kStep : 0;
  for (size_t i = 0; i < count; ++i) {
    int32_t size = fields.size[i];
    if (size > 0 || (size == 0 && skip > 0)) {
      size -= skip;
      if (size < 0 || (skip > 0 && block[fields.at[i]] != 1)) {
        return Damaged("jsonb of a version that is not known");
      }
      const size_t at = fields.at[i] + static_cast<size_t>(skip);
      if (size <= kStep && at <= safe && block_size >= kStep) {
        std::memcpy(base + end, block + at, kStep);
      } else {
        std::memcpy(base + end, block + at, static_cast<size_t>(size));
      }
      end += size;
    }
    offsets_.UnsafeAppend(static_cast<int32_t>(end));
  }
  data_.UnsafeAdvance(end - first);
  if (value_.type->id() != arrow::Type::STRING) return arrow::Status::OK();
  // Well-formed as a whole, and no text begins within a character: then each is well-formed.
  const std::string_view all(reinterpret_cast<const char*>(base + first),
                             static_cast<size_t>(end - first));
  bool whole = ValidUtf8Prefix(all) == all.size();
  const int32_t* ends = offsets_.data() + offsets_.length() - count;
  for (size_t i = 0; i < count && whole; ++i) {
    whole = ends[i] >= end || (base[ends[i]] & 0xC0) != 0x80;
  }
  if (whole) return arrow::Status::OK();
  return MakeError(ErrorCode::kData, "a text is not valid UTF-8",
                   {.hint = "the database's encoding is SQL_ASCII, which checks nothing; try "
                            "convert_to(column, 'SQL_ASCII') in a query for its bytes"});
}

// `write(bytes, size, out)` gives the end of the text, null if the bytes are damaged.
template <typename Write>
arrow::Status CopyColumn::AppendSpelled(const uint8_t* block, const CopyFields& fields,
                                        Write write) {
  ARROW_RETURN_NOT_OK(ReserveOffsets(fields.count()));
  for (size_t i = 0; i < fields.at.size(); ++i) {
    if (fields.size[i] >= 0) {
      ARROW_RETURN_NOT_OK(data_.Reserve(int64_t{8} * fields.size[i] + 40));
      char* const out = reinterpret_cast<char*>(data_.mutable_data()) + data_.length();
      const char* const end = write(block + fields.at[i], fields.size[i], out);
      if (end == nullptr) return Damaged("a value that is not one of its type");
      data_.UnsafeAdvance(end - out);
    }
    ARROW_RETURN_NOT_OK(AddOffset(data_.length()));
  }
  return arrow::Status::OK();
}

arrow::Status CopyColumn::AppendTimestamps(const uint8_t* block, const CopyFields& fields) {
  const bool infinities = infinities_;
  auto status =
      AppendFixed<8, int64_t>(block, fields, [infinities](const uint8_t* at, int64_t* out) {
        const auto value = static_cast<int64_t>(LoadBig64(at));
        // Beyond: from 294247 on, and what would be taken for infinite.
        if (value < INT64_MAX - kMicrosecondsTo2000 && value > INT64_MIN) {
          *out = value + kMicrosecondsTo2000;
          return true;
        }
        if (!infinities || (value != INT64_MAX && value != INT64_MIN)) return false;
        *out = value == INT64_MAX ? INT64_MAX : -INT64_MAX;
        return true;
      });
  if (!status.IsInvalid() || DetailOf(status) != nullptr) return status;
  return TooWide(infinities_ ? "a timestamp is beyond the year 294246"
                             : "a timestamp is infinite, or beyond the year 294246");
}

arrow::Status CopyColumn::AppendDates(const uint8_t* block, const CopyFields& fields) {
  const bool infinities = infinities_;
  auto status =
      AppendFixed<4, int32_t>(block, fields, [infinities](const uint8_t* at, int32_t* out) {
        const auto value = static_cast<int32_t>(LoadBig32(at));
        if (value < INT32_MAX - kDaysTo2000 && value > INT32_MIN) {
          *out = value + kDaysTo2000;
          return true;
        }
        if (!infinities || (value != INT32_MAX && value != INT32_MIN)) return false;
        *out = value == INT32_MAX ? INT32_MAX : -INT32_MAX;
        return true;
      });
  if (!status.IsInvalid() || DetailOf(status) != nullptr) return status;
  return TooWide("a date is infinite");
}

arrow::Status CopyColumn::AppendNumerics(const uint8_t* block, const CopyFields& fields) {
  const auto& type = static_cast<const arrow::Decimal128Type&>(*value_.type);
  const int precision = type.precision(), scale = type.scale();
  ARROW_RETURN_NOT_OK(data_.Reserve(fields.count() * 16));
  uint8_t* out = data_.mutable_data() + data_.length();
  for (size_t i = 0; i < fields.at.size(); ++i, out += 16) {
    arrow::Decimal128 value;
    if (fields.size[i] >= 0) {
      switch (DecodeNumeric(block + fields.at[i], static_cast<size_t>(fields.size[i]), precision,
                            scale, &value)) {
        case NumericOutcome::kExact:
          break;
        case NumericOutcome::kTooWide:
          return TooWide(
              fmt::format("a number has more digits than decimal({},{})", precision, scale));
        case NumericOutcome::kNotFinite:
          return TooWide("a number is NaN or infinite, which decimals are not");
        case NumericOutcome::kDamaged:
          return Damaged("a numeric that is none");
      }
    }
    value.ToBytes(out);
  }
  data_.UnsafeAdvance(fields.count() * 16);
  return arrow::Status::OK();
}

arrow::Status CopyColumn::AppendIntervals(const uint8_t* block, const CopyFields& fields) {
  using Interval = arrow::MonthDayNanoIntervalType::MonthDayNanos;
  auto status = AppendFixed<16, Interval>(block, fields, [](const uint8_t* at, Interval* out) {
    const auto time = static_cast<int64_t>(LoadBig64(at));
    out->days = static_cast<int32_t>(LoadBig32(at + 8));
    out->months = static_cast<int32_t>(LoadBig32(at + 12));
    return !__builtin_mul_overflow(time, int64_t{1000}, &out->nanoseconds);
  });
  if (!status.IsInvalid() || DetailOf(status) != nullptr) return status;
  return TooWide("an interval has more than 292 years in hours and minutes");
}

arrow::Status CopyColumn::AppendLists(const uint8_t* block, size_t block_size,
                                      const CopyFields& fields) {
  ARROW_RETURN_NOT_OK(ReserveOffsets(fields.count()));
  CopyFields& elements = child_fields_[0];
  elements.Clear();
  int64_t lists = offsets_.data()[offsets_.length() - 1];
  for (size_t i = 0; i < fields.at.size(); ++i) {
    if (fields.size[i] < 0) {
      ARROW_RETURN_NOT_OK(AddOffset(lists));
      continue;
    }
    const uint8_t* at = block + fields.at[i];
    const uint8_t* const end = at + fields.size[i];
    if (end - at < 12) return Damaged("an array without its head");
    const auto dimensions = static_cast<int32_t>(LoadBig32(at));
    const uint32_t oid = LoadBig32(at + 8);
    at += 12;
    if (dimensions < 0 || dimensions > kMaxDimensions || end - at < 8 * dimensions) {
      return Damaged("an array of wrong dimensions");
    }
    if (oid != value_.children[0].oid) {
      return Damaged(
          fmt::format("an array of type {} where {} is expected", oid, value_.children[0].oid));
    }
    if (dimensions == 0) {
      if (at != end) return Damaged("an array with bytes behind its end");
      ARROW_RETURN_NOT_OK(AddOffset(lists));
      continue;
    }
    int64_t sizes[kMaxDimensions];
    int64_t count = 1;
    bool from_one = true;
    for (int d = 0; d < dimensions; ++d, at += 8) {
      sizes[d] = static_cast<int32_t>(LoadBig32(at));
      from_one &= LoadBig32(at + 4) == 1;
      // Each element takes four bytes at least.
      if (sizes[d] <= 0 || sizes[d] > (end - at) / 4 || (count *= sizes[d]) > (end - at) / 4) {
        return Damaged("an array with fewer elements than it claims");
      }
    }
    if (dimensions != value_.dimensions) {
      return TooWide(
          fmt::format("an array has {} dimensions, not {}", dimensions, value_.dimensions));
    }
    if (!from_one) return TooWide("an array does not begin at index 1");
    for (int64_t element = 0; element < count; ++element) {
      if (end - at < 4) return Damaged("an array that ends too early");
      const auto size = static_cast<int32_t>(LoadBig32(at));
      at += 4;
      if (size > end - at || size < -1) return Damaged("an element longer than its array");
      elements.Add(static_cast<uint32_t>(at - block), size);
      at += std::max(size, 0);
    }
    if (at != end) return Damaged("an array with bytes behind its end");
    lists += sizes[0];
    ARROW_RETURN_NOT_OK(AddOffset(lists));
    int64_t inner = sizes[0];
    for (size_t level = 0; level < levels_.size(); ++level) {
      auto& [offsets, length] = levels_[level];
      ARROW_RETURN_NOT_OK(offsets.Reserve(inner + 1));
      if (offsets.length() == 0) offsets.UnsafeAppend(0);
      for (int64_t list = 0; list < inner; ++list) {
        const int64_t last = offsets.data()[offsets.length() - 1] + sizes[level + 1];
        if (last > INT32_MAX) return AddOffset(last);
        offsets.UnsafeAppend(static_cast<int32_t>(last));
      }
      length += inner;
      inner *= sizes[level + 1];
    }
  }
  child_length_ += elements.count();
  if (child_length_ > INT32_MAX) return AddOffset(child_length_);
  return children_[0].Append(block, block_size, elements);
}

arrow::Status CopyColumn::AppendStructs(const uint8_t* block, size_t block_size,
                                        const CopyFields& fields) {
  for (CopyFields& child : child_fields_) child.Clear();
  for (size_t i = 0; i < fields.at.size(); ++i) {
    if (fields.size[i] < 0) {
      for (CopyFields& child : child_fields_) child.Add(0, -1);
      continue;
    }
    const uint8_t* at = block + fields.at[i];
    const uint8_t* const end = at + fields.size[i];
    if (end - at < 4 || LoadBig32(at) != children_.size()) {
      return Damaged("a composite value of another number of members");
    }
    at += 4;
    for (size_t member = 0; member < children_.size(); ++member) {
      if (end - at < 8) return Damaged("a composite value that ends too early");
      const uint32_t oid = LoadBig32(at);
      const auto size = static_cast<int32_t>(LoadBig32(at + 4));
      at += 8;
      if (oid != value_.children[member].oid) {
        return Damaged("a composite value of other types");
      }
      if (size > end - at || size < -1) return Damaged("a member longer than its composite value");
      child_fields_[member].Add(static_cast<uint32_t>(at - block), size);
      at += std::max(size, 0);
    }
    if (at != end) return Damaged("a composite value with bytes behind its end");
  }
  for (size_t member = 0; member < children_.size(); ++member) {
    auto status = children_[member].Append(block, block_size, child_fields_[member]);
    if (!status.ok()) return status;
  }
  return arrow::Status::OK();
}

arrow::Status CopyColumn::Append(const uint8_t* block, size_t block_size,
                                 const CopyFields& fields) {
  if (length_ == 0) ARROW_RETURN_NOT_OK(ReserveAsBefore());
  ARROW_RETURN_NOT_OK(AppendValidity(fields));
  switch (value_.kind) {
    case PostgresKind::kBool:
      return AppendBools(block, fields);
    case PostgresKind::kInt2:
      return AppendFixed<2, uint16_t>(block, fields, [](const uint8_t* at, uint16_t* out) {
        *out = LoadBig16(at);
        return true;
      });
    case PostgresKind::kInt4:
    case PostgresKind::kOid:
    case PostgresKind::kFloat4:
      return AppendFixed<4, uint32_t>(block, fields, [](const uint8_t* at, uint32_t* out) {
        *out = LoadBig32(at);
        return true;
      });
    case PostgresKind::kInt8:
    case PostgresKind::kFloat8:
      return AppendFixed<8, uint64_t>(block, fields, [](const uint8_t* at, uint64_t* out) {
        *out = LoadBig64(at);
        return true;
      });
    case PostgresKind::kText:
    case PostgresKind::kBytes:
      return AppendTexts(block, block_size, fields, 0);
    case PostgresKind::kJsonb:
      return AppendTexts(block, block_size, fields, 1);
    case PostgresKind::kUuid: {
      struct Id {
        uint8_t bytes[16];
      };
      return AppendFixed<16, Id>(block, fields, [](const uint8_t* at, Id* out) {
        std::memcpy(out->bytes, at, 16);
        return true;
      });
    }
    case PostgresKind::kTime: {
      const auto status =
          AppendFixed<8, uint64_t>(block, fields, [](const uint8_t* at, uint64_t* out) {
            *out = LoadBig64(at);
            return *out <= kDayMicroseconds;
          });
      return status.ok() || DetailOf(status) != nullptr ? status : Damaged("a time of no day");
    }
    case PostgresKind::kTimestamp:
      return AppendTimestamps(block, fields);
    case PostgresKind::kDate:
      return AppendDates(block, fields);
    case PostgresKind::kInterval:
      return AppendIntervals(block, fields);
    case PostgresKind::kNumeric:
      return AppendNumerics(block, fields);
    case PostgresKind::kMoney:
      return AppendFixed<8, arrow::Decimal128>(
          block, fields, [](const uint8_t* at, arrow::Decimal128* out) {
            *out = arrow::Decimal128(static_cast<int64_t>(LoadBig64(at)));
            return true;
          });
    case PostgresKind::kChar:
      return AppendSpelled(block, fields, [](const uint8_t* at, int32_t size, char* out) -> char* {
        if (size != 1) return nullptr;
        if (*at >= 0x80) {
          *out++ = '\\';
          *out++ = static_cast<char>('0' + (*at >> 6));
          *out++ = static_cast<char>('0' + (*at >> 3 & 7));
          *out++ = static_cast<char>('0' + (*at & 7));
        } else if (*at != 0) {
          *out++ = static_cast<char>(*at);
        }
        return out;
      });
    case PostgresKind::kUuidText:
      return AppendSpelled(block, fields, [](const uint8_t* at, int32_t size, char* out) -> char* {
        if (size != 16) return nullptr;
        for (int i = 0; i < 16; ++i) {
          if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
          *out++ = "0123456789abcdef"[at[i] >> 4];
          *out++ = "0123456789abcdef"[at[i] & 15];
        }
        return out;
      });
    case PostgresKind::kBits:
      return AppendSpelled(block, fields, [](const uint8_t* at, int32_t size, char* out) -> char* {
        if (size < 4) return nullptr;
        const auto bits = static_cast<int32_t>(LoadBig32(at));
        if (bits < 0 || (int64_t{bits} + 7) / 8 != size - 4) return nullptr;
        at += 4;
        for (int32_t i = 0; i < bits; ++i) {
          *out++ = static_cast<char>('0' + (at[i / 8] >> (7 - i % 8) & 1));
        }
        return out;
      });
    case PostgresKind::kTimeTz:
      return AppendSpelled(block, fields, [](const uint8_t* at, int32_t size, char* out) -> char* {
        if (size != 12) return nullptr;
        const auto time = static_cast<int64_t>(LoadBig64(at));
        const auto west = static_cast<int32_t>(LoadBig32(at + 8));
        if (time < 0 || time > kDayMicroseconds || std::abs(int64_t{west}) >= 100 * 3600) {
          return nullptr;
        }
        return SpellTimeTz(time, west, out);
      });
    case PostgresKind::kList:
      return AppendLists(block, block_size, fields);
    case PostgresKind::kStruct:
      return AppendStructs(block, block_size, fields);
  }
  return MakeError(ErrorCode::kInternal, "a type that cannot be decoded");
}

arrow::Result<std::shared_ptr<arrow::ArrayData>> CopyColumn::Finish() {
  std::shared_ptr<arrow::Buffer> validity;
  if (has_validity_) {
    ARROW_ASSIGN_OR_RAISE(validity, validity_.Finish());
  }
  auto array = arrow::ArrayData::Make(value_.type, length_, {validity}, null_count_);
  const auto take_offsets = [&](arrow::TypedBufferBuilder<int32_t>& offsets,
                                int64_t* length) -> arrow::Result<std::shared_ptr<arrow::Buffer>> {
    if (offsets.length() == 0) ARROW_RETURN_NOT_OK(offsets.Append(0));
    return Finish(offsets, length);
  };
  switch (value_.kind) {
    case PostgresKind::kBool: {
      ARROW_ASSIGN_OR_RAISE(auto bits, Finish(bools_, &bools_before_));
      array->buffers.push_back(std::move(bits));
      break;
    }
    case PostgresKind::kStruct:
      for (CopyColumn& child : children_) {
        ARROW_ASSIGN_OR_RAISE(auto values, child.Finish());
        array->child_data.push_back(std::move(values));
      }
      break;
    case PostgresKind::kList: {
      ARROW_ASSIGN_OR_RAISE(auto values, children_[0].Finish());
      // From the innermost dimension outwards.
      std::vector<std::shared_ptr<arrow::DataType>> types = {value_.type};
      for (size_t i = 0; i < levels_.size(); ++i) {
        types.push_back(types.back()->field(0)->type());
      }
      for (size_t i = levels_.size(); i > 0; --i) {
        Level& level = levels_[i - 1];
        int64_t entries;
        ARROW_ASSIGN_OR_RAISE(auto offsets, take_offsets(level.offsets, &entries));
        values = arrow::ArrayData::Make(types[i], level.length, {nullptr, offsets}, {values}, 0);
        level.length = 0;
      }
      ARROW_ASSIGN_OR_RAISE(auto offsets, take_offsets(offsets_, &offsets_before_));
      array->buffers.push_back(std::move(offsets));
      array->child_data.push_back(std::move(values));
      child_length_ = 0;
      break;
    }
    case PostgresKind::kText:
    case PostgresKind::kBytes:
    case PostgresKind::kJsonb:
    case PostgresKind::kChar:
    case PostgresKind::kUuidText:
    case PostgresKind::kBits:
    case PostgresKind::kTimeTz: {
      ARROW_ASSIGN_OR_RAISE(auto offsets, take_offsets(offsets_, &offsets_before_));
      ARROW_ASSIGN_OR_RAISE(auto bytes, Finish(data_, &bytes_before_));
      array->buffers.push_back(std::move(offsets));
      array->buffers.push_back(std::move(bytes));
      break;
    }
    default: {
      ARROW_ASSIGN_OR_RAISE(auto values, Finish(data_, &bytes_before_));
      array->buffers.push_back(std::move(values));
      break;
    }
  }
  length_ = null_count_ = 0;
  has_validity_ = false;
  return array;
}

}  // namespace bowyer
