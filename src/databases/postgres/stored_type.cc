// The types in which PostgreSQL keeps what Arrow has, and which of them take which.
#include <arrow/extension_type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "databases/postgres/copy_encoder.h"
#include "databases/type_keys.h"

namespace bowyer {
namespace {

using Kind = StoredType::Kind;

constexpr int kMaxDimensions = 6;

// The type that the values had at another PostgreSQL, where it takes the very bytes of `stored`.
std::string SameBytes(const std::string& declared, const StoredType& stored) {
  if (stored.kind != Kind::kText) return "";
  for (const std::string_view family : {"character varying", "character"}) {
    if (!declared.starts_with(family)) continue;
    const std::string_view rest = std::string_view(declared).substr(family.size());
    if (rest.empty() && family == "character varying") return declared;
    const bool sized =
        rest.size() > 2 && rest.front() == '(' && rest.back() == ')' &&
        std::all_of(rest.begin() + 1, rest.end() - 1, [](char c) { return c >= '0' && c <= '9'; });
    if (sized) return declared;
  }
  return "";
}

// Nothing where PostgreSQL has no counterpart.
std::optional<StoredType> TypeOf(const arrow::DataType& type);

std::optional<StoredType> ListOf(const arrow::DataType& type) {
  const arrow::DataType* element = &type;
  int dimensions = 0;
  while (element->id() == arrow::Type::LIST || element->id() == arrow::Type::LARGE_LIST ||
         element->id() == arrow::Type::FIXED_SIZE_LIST) {
    ++dimensions;
    element = element->field(0)->type().get();
  }
  if (dimensions > kMaxDimensions) return std::nullopt;
  std::optional<StoredType> inner = TypeOf(*element);
  if (!inner.has_value()) return std::nullopt;
  StoredType list{.kind = Kind::kList, .dimensions = dimensions};
  list.sql = inner->sql;
  for (int i = 0; i < dimensions; ++i) list.sql += "[]";
  list.children.push_back(*std::move(inner));
  return list;
}

std::optional<StoredType> TypeOf(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::NA:
      return StoredType{.sql = "text", .oid = 25, .kind = Kind::kNull};
    case arrow::Type::BOOL:
      return StoredType{.sql = "boolean", .oid = 16, .kind = Kind::kBool};
    case arrow::Type::INT8:
    case arrow::Type::UINT8:
    case arrow::Type::INT16:
      return StoredType{.sql = "smallint", .oid = 21, .kind = Kind::kInteger, .size = 2};
    case arrow::Type::UINT16:
    case arrow::Type::INT32:
      return StoredType{.sql = "integer", .oid = 23, .kind = Kind::kInteger, .size = 4};
    case arrow::Type::UINT32:
    case arrow::Type::INT64:
      return StoredType{.sql = "bigint", .oid = 20, .kind = Kind::kInteger, .size = 8};
    case arrow::Type::UINT64:
      return StoredType{.sql = "numeric(20,0)", .oid = 1700, .kind = Kind::kUnsigned64};
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT:
      return StoredType{.sql = "real", .oid = 700, .kind = Kind::kFloat4};
    case arrow::Type::DOUBLE:
      return StoredType{.sql = "double precision", .oid = 701, .kind = Kind::kFloat8};
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(type);
      int precision = decimal.precision(), scale = decimal.scale();
      if (scale < 0) precision -= scale, scale = 0;
      precision = std::max(precision, scale);
      return StoredType{.sql = fmt::format("numeric({},{})", precision, scale),
                        .oid = 1700,
                        .kind = Kind::kDecimal};
    }
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
      return StoredType{.sql = "text", .oid = 25, .kind = Kind::kText};
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY:
      return StoredType{.sql = "bytea", .oid = 17, .kind = Kind::kBytes};
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
      return StoredType{.sql = "date", .oid = 1082, .kind = Kind::kDate};
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
      return StoredType{.sql = "time without time zone", .oid = 1083, .kind = Kind::kTime};
    case arrow::Type::TIMESTAMP: {
      const bool zone = !static_cast<const arrow::TimestampType&>(type).timezone().empty();
      return StoredType{.sql = zone ? "timestamp with time zone" : "timestamp without time zone",
                        .oid = zone ? 1184U : 1114U,
                        .kind = Kind::kTimestamp};
    }
    case arrow::Type::DURATION:
    case arrow::Type::INTERVAL_MONTHS:
    case arrow::Type::INTERVAL_DAY_TIME:
    case arrow::Type::INTERVAL_MONTH_DAY_NANO:
      return StoredType{.sql = "interval", .oid = 1186, .kind = Kind::kInterval};
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryType&>(type);
      std::optional<StoredType> values = TypeOf(*dictionary.value_type());
      if (!values.has_value()) return std::nullopt;
      StoredType stored = *values;
      stored.kind = Kind::kDictionary;
      stored.children = {*std::move(values)};
      return stored;
    }
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
      return ListOf(type);
    case arrow::Type::EXTENSION: {
      const auto& extension = static_cast<const arrow::ExtensionType&>(type);
      std::optional<StoredType> storage = TypeOf(*extension.storage_type());
      if (!storage.has_value()) return std::nullopt;
      if (extension.extension_name() == "arrow.uuid") storage->sql = "uuid", storage->oid = 2950;
      if (extension.extension_name() == "arrow.json") storage->sql = "json", storage->oid = 114;
      return storage;
    }
    default:
      return std::nullopt;
  }
}

struct Digits {
  int precision = 0, scale = 0;
};

// Of numeric(12,2); of plain numeric, which takes everything, a thousand.
std::optional<Digits> NumericDigits(const std::string& type) {
  if (type == "numeric") return Digits{2000, 1000};
  if (!type.starts_with("numeric(")) return std::nullopt;
  Digits digits;
  const char* const end = type.data() + type.size();
  const auto first = std::from_chars(type.data() + 8, end, digits.precision);
  if (first.ptr == end || *first.ptr != ',') return std::nullopt;
  std::from_chars(first.ptr + 1, end, digits.scale);
  return digits;
}

}  // namespace

arrow::Result<StoredType> StoredTypeOf(const arrow::Field& field) {
  std::optional<StoredType> found = TypeOf(*field.type());
  if (!found.has_value()) {
    return MakeError(
        ErrorCode::kData, "PostgreSQL has no type for " + TypeText(*field.type()),
        {.column = field.name(), .hint = "leave it out with --select, or make it text in a query"});
  }
  StoredType stored = *std::move(found);
  if (field.metadata() == nullptr) return stored;
  const auto declared = field.metadata()->Get(kPostgresTypeKey);
  if (!declared.ok()) return stored;
  if (const std::string same = SameBytes(*declared, stored); !same.empty()) stored.sql = same;
  if (*declared == "jsonb" && stored.sql == "json") {
    stored.sql = "jsonb";
    stored.kind = Kind::kJsonb;
  }
  return stored;
}

bool TakesExactly(const std::string& to, const std::string& from) {
  if (to == from) return true;
  constexpr std::array<std::string_view, 3> kIntegers = {"smallint", "integer", "bigint"};
  const auto rank = [&](const std::string& type) {
    const auto found = std::find(kIntegers.begin(), kIntegers.end(), type);
    return found == kIntegers.end() ? 0 : static_cast<int>(found - kIntegers.begin()) + 1;
  };
  constexpr int kIntegerDigits[] = {0, 5, 10, 19};
  if (rank(to) > 0) return rank(from) > 0 && rank(from) <= rank(to);
  if (const auto room = NumericDigits(to)) {
    std::optional<Digits> needed = NumericDigits(from);
    if (rank(from) > 0) needed = Digits{kIntegerDigits[rank(from)], 0};
    return needed.has_value() && room->scale >= needed->scale &&
           room->precision - room->scale >= needed->precision - needed->scale;
  }
  if (to == "double precision") return from == "real" || rank(from) == 1 || rank(from) == 2;
  if (to == "real") return rank(from) == 1;
  // What is too long for varchar(n) is an error of the server's, spaces at the end apart.
  if (to == "text" || to == "character varying") {
    return from == "text" || from.starts_with("character varying");
  }
  return false;
}

}  // namespace bowyer
