#include "databases/duckdb/types.h"

#include <arrow/c/bridge.h>
#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <duckdb/common/arrow/arrow_converter.hpp>
#include <duckdb/common/arrow/arrow_wrapper.hpp>
#include <duckdb/common/type_visitor.hpp>
#include <duckdb/function/table/arrow.hpp>
#include <duckdb/function/table/arrow/arrow_duck_schema.hpp>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/text.h"
#include "databases/duckdb/status.h"

namespace bowyer {
namespace {

using duckdb::LogicalType;
using Id = duckdb::LogicalTypeId;

bool IsKept(Id id) {
  switch (id) {
    case Id::SQLNULL:
    case Id::BOOLEAN:
    case Id::TINYINT:
    case Id::SMALLINT:
    case Id::INTEGER:
    case Id::BIGINT:
    case Id::UTINYINT:
    case Id::USMALLINT:
    case Id::UINTEGER:
    case Id::UBIGINT:
    case Id::FLOAT:
    case Id::DOUBLE:
    case Id::DECIMAL:
    case Id::DATE:
    case Id::TIME:
    case Id::TIME_NS:
    case Id::TIMESTAMP_SEC:
    case Id::TIMESTAMP_MS:
    case Id::TIMESTAMP:
    case Id::TIMESTAMP_NS:
    case Id::TIMESTAMP_TZ:
    case Id::INTERVAL:
    case Id::VARCHAR:
    case Id::BLOB:
    case Id::UUID:
    case Id::ENUM:
    case Id::STRUCT:
    case Id::LIST:
    case Id::MAP:
    case Id::ARRAY:
    case Id::UNION:
      return true;
    default:
      return false;
  }
}

// What Arrow's type alone would bring back as another one.
bool NeedsItsName(const LogicalType& type) {
  return duckdb::TypeVisitor::Contains(type, [](const LogicalType& t) {
    switch (t.id()) {
      case Id::HUGEINT:
      case Id::UHUGEINT:
      case Id::BIT:
      case Id::BIGNUM:
      case Id::TIME_TZ:
      case Id::ENUM:
      case Id::UUID:
        return true;
      default:
        return t.IsJSONType();
    }
  });
}

// As a column of a table is declared: user types are spelled out.
std::string DeclaredAs(const LogicalType& type) {
  const LogicalType plain = duckdb::TypeVisitor::VisitReplace(type, [](const LogicalType& t) {
    if (!t.HasAlias() || t.IsJSONType()) return t;
    LogicalType named = t;
    named.SetAlias("");
    return named;
  });
  return plain.ToString();
}

// Room for integers, by their digits; 0: no integer type.
int Digits(Id id, bool* is_signed) {
  *is_signed = true;
  switch (id) {
    case Id::TINYINT:
      return 3;
    case Id::SMALLINT:
      return 5;
    case Id::INTEGER:
      return 10;
    case Id::BIGINT:
      return 19;
    case Id::HUGEINT:
      return 39;
    default:
      break;
  }
  *is_signed = false;
  switch (id) {
    case Id::UTINYINT:
      return 3;
    case Id::USMALLINT:
      return 5;
    case Id::UINTEGER:
      return 10;
    case Id::UBIGINT:
      return 20;
    case Id::UHUGEINT:
      return 39;
    default:
      return 0;
  }
}

bool TakesNumber(const LogicalType& to, const LogicalType& from) {
  bool to_signed = false, from_signed = false;
  const int to_digits = Digits(to.id(), &to_signed);
  const int from_digits = Digits(from.id(), &from_signed);
  if (from_digits > 0 && to_digits > 0) {
    if (from_signed == to_signed) return to_digits >= from_digits;
    return to_signed &&
           duckdb::GetTypeIdSize(to.InternalType()) > duckdb::GetTypeIdSize(from.InternalType());
  }
  uint8_t to_width = 0, to_scale = 0, from_width = 0, from_scale = 0;
  if (to.id() == Id::DECIMAL) {
    to.GetDecimalProperties(to_width, to_scale);
    if (from_digits > 0) return to_width - to_scale >= from_digits;
    if (from.id() != Id::DECIMAL) return false;
    from.GetDecimalProperties(from_width, from_scale);
    return to_scale >= from_scale && to_width - to_scale >= from_width - from_scale;
  }
  if (from.id() == Id::DECIMAL && to_digits > 0) {
    // Whole numbers out of a carrier; what does not fit fails.
    from.GetDecimalProperties(from_width, from_scale);
    return from_scale == 0 && to_signed && to_digits >= from_width;
  }
  if (to.id() == Id::DOUBLE) {
    return from.id() == Id::FLOAT || (from_digits > 0 && from_digits <= 10);
  }
  return to.id() == Id::FLOAT && from_digits > 0 && from_digits <= 5;
}

}  // namespace

arrow::Result<LogicalType> CarrierType(const LogicalType& type, const std::string& column) {
  Id refused = Id::INVALID;
  LogicalType carrier = duckdb::TypeVisitor::VisitReplace(type, [&](const LogicalType& t) {
    switch (t.id()) {
      case Id::HUGEINT:
      case Id::UHUGEINT:
        return LogicalType::DECIMAL(38, 0);
      case Id::BIT:
      case Id::BIGNUM:
      case Id::TIME_TZ:
        return LogicalType(LogicalType::VARCHAR);
      default:
        if (!IsKept(t.id())) refused = t.id();
        return t;
    }
  });
  if (refused != Id::INVALID) {
    return MakeError(ErrorCode::kData,
                     "values of type " + type.ToString() + " have no exact type in Arrow",
                     {.column = column, .hint = "cast the column to varchar in the query"});
  }
  return carrier;
}

arrow::Result<std::shared_ptr<arrow::Field>> ToArrowField(const LogicalType& type,
                                                          const std::string& name, bool nullable,
                                                          duckdb::ClientProperties properties) {
  ARROW_ASSIGN_OR_RAISE(const LogicalType carrier, CarrierType(type, name));
  properties.time_zone = "UTC";
  ARROW_ASSIGN_OR_RAISE(
      auto schema, Guarded([&]() -> arrow::Result<std::shared_ptr<arrow::Schema>> {
        ArrowSchema exported;
        duckdb::ArrowConverter::ToArrowSchema(&exported, {carrier}, {name}, properties);
        return arrow::ImportSchema(&exported);
      }));
  auto field = schema->field(0)->WithNullable(nullable);
  if (type.id() == Id::UUID) field = field->WithType(arrow::extension::uuid());
  if (type.IsJSONType()) field = field->WithType(arrow::extension::json(arrow::utf8()));
  const bool is_whole = type.id() == Id::UUID || type.IsJSONType();
  if (is_whole || !NeedsItsName(type)) return field;
  return field->WithMetadata(arrow::key_value_metadata({kDuckDbTypeKey}, {DeclaredAs(type)}));
}

arrow::Result<LogicalType> FromArrowField(duckdb::ClientContext& context,
                                          const arrow::Field& field) {
  auto type = Guarded([&]() -> arrow::Result<LogicalType> {
    duckdb::ArrowSchemaWrapper schema;
    ARROW_RETURN_NOT_OK(
        arrow::ExportSchema(*arrow::schema({field.WithMetadata(nullptr)}), &schema.arrow_schema));
    duckdb::ArrowTableSchema table;
    duckdb::ArrowTableFunction::PopulateArrowTableSchema(context, table, schema.arrow_schema);
    return table.GetTypes()[0];
  });
  if (!type.ok()) {
    const bool half = field.type()->id() == arrow::Type::HALF_FLOAT;
    return MakeError(ErrorCode::kData, "DuckDB has no type for " + TypeText(*field.type()),
                     {.column = field.name(),
                      .hint = "try --type " + Quoted(field.name()) + (half ? "=float32" : "=text") +
                              ", or leave it out with --select"});
  }
  // A column of nothing but nulls: INTEGER is what DuckDB itself makes of it.
  LogicalType arrived = duckdb::TypeVisitor::VisitReplace(*type, [](const LogicalType& t) {
    return t.id() == Id::SQLNULL ? LogicalType(LogicalType::INTEGER) : t;
  });
  if (field.metadata() == nullptr) return arrived;
  const auto declared = field.metadata()->Get(kDuckDbTypeKey);
  if (!declared.ok()) return arrived;
  // Whoever wrote the metadata: it is parsed as a type and nothing else, and must be one that
  // leaves DuckDB as what has arrived here. Otherwise the column was changed on its way.
  const auto original = Guarded([&] { return context.ParseLogicalType(*declared); });
  if (!original.ok()) return arrived;
  const auto carrier = CarrierType(*original, field.name());
  if (!carrier.ok()) return arrived;
  const LogicalType comparable =
      duckdb::TypeVisitor::VisitReplace(*carrier, [](const LogicalType& t) {
        if (t.id() == Id::ENUM || t.id() == Id::UUID) return LogicalType(LogicalType::VARCHAR);
        if (!t.IsJSONType()) return t;
        return LogicalType(LogicalType::VARCHAR);
      });
  return comparable == arrived ? *original : arrived;
}

bool TakesExactly(const LogicalType& to, const LogicalType& from) {
  if (to == from || from.id() == Id::SQLNULL) return true;
  const bool text = from.id() == Id::VARCHAR || from.id() == Id::ENUM;
  switch (to.id()) {
    case Id::ENUM:
      return text;
    case Id::VARCHAR:
      return text;  // also into JSON, which is checked
    case Id::UUID:
    case Id::BIT:
    case Id::BIGNUM:
    case Id::TIME_TZ:
      return false;
    case Id::TIMESTAMP_MS:
      return from.id() == Id::TIMESTAMP_SEC;
    case Id::TIMESTAMP:
      return from.id() == Id::TIMESTAMP_SEC || from.id() == Id::TIMESTAMP_MS;
    case Id::TIMESTAMP_NS:
      return from.id() == Id::TIMESTAMP_SEC || from.id() == Id::TIMESTAMP_MS ||
             from.id() == Id::TIMESTAMP;
    case Id::TIME_NS:
      return from.id() == Id::TIME;
    case Id::LIST:
      if (from.id() == Id::ARRAY) {
        return TakesExactly(duckdb::ListType::GetChildType(to),
                            duckdb::ArrayType::GetChildType(from));
      }
      return from.id() == Id::LIST &&
             TakesExactly(duckdb::ListType::GetChildType(to), duckdb::ListType::GetChildType(from));
    case Id::ARRAY:
      return from.id() == Id::ARRAY &&
             duckdb::ArrayType::GetSize(to) == duckdb::ArrayType::GetSize(from) &&
             TakesExactly(duckdb::ArrayType::GetChildType(to),
                          duckdb::ArrayType::GetChildType(from));
    case Id::STRUCT: {
      if (from.id() != Id::STRUCT) return false;
      const auto& there = duckdb::StructType::GetChildTypes(to);
      const auto& fresh = duckdb::StructType::GetChildTypes(from);
      if (there.size() != fresh.size()) return false;
      for (size_t i = 0; i < there.size(); ++i) {
        if (!duckdb::StringUtil::CIEquals(there[i].first, fresh[i].first)) return false;
        if (!TakesExactly(there[i].second, fresh[i].second)) return false;
      }
      return true;
    }
    case Id::MAP:
      return from.id() == Id::MAP &&
             TakesExactly(duckdb::MapType::KeyType(to), duckdb::MapType::KeyType(from)) &&
             TakesExactly(duckdb::MapType::ValueType(to), duckdb::MapType::ValueType(from));
    default:
      return TakesNumber(to, from);
  }
}

}  // namespace bowyer
