#include "databases/postgres/types.h"

#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/text.h"
#include "databases/type_keys.h"

namespace bowyer {
namespace {

// pg_type.dat
enum Oid : uint32_t {
  kBoolOid = 16,
  kByteaOid = 17,
  kCharOid = 18,
  kNameOid = 19,
  kInt8Oid = 20,
  kInt2Oid = 21,
  kInt4Oid = 23,
  kTextOid = 25,
  kOidOid = 26,
  kJsonOid = 114,
  kFloat4Oid = 700,
  kFloat8Oid = 701,
  kMoneyOid = 790,
  kTextArrayOid = 1009,
  kBpcharOid = 1042,
  kVarcharOid = 1043,
  kDateOid = 1082,
  kTimeOid = 1083,
  kTimestampOid = 1114,
  kTimestampTzOid = 1184,
  kIntervalOid = 1186,
  kTimeTzOid = 1266,
  kBitOid = 1560,
  kVarbitOid = 1562,
  kNumericOid = 1700,
  kRecordOid = 2249,
  kUuidOid = 2950,
  kJsonbOid = 3802,
};

constexpr int kMaxDigits = 38;
constexpr int kMaxDepth = 16;  // of composites within composites

// A plan of a value at some depth.
struct Planned {
  PostgresValue value;
  std::string expression;
  std::string duckdb;       // its type there
  bool needs_name = false;  // Arrow's type alone would become another one there
  bool is_changed = false;  // the expression is not the one that was given
  bool unlimited = false;
  // The field's, where it is another than the storage's.
  std::shared_ptr<arrow::DataType> whole_type;
  std::string misfit = {};  // see ColumnPlan
};

class Planner {
 public:
  Planner(const PostgresTypes& types, const ColumnChoice& choice)
      : types_(types), choice_(choice) {}

  Planned Text(const std::string& expression) const {
    return {.value = {.kind = PostgresKind::kText, .type = arrow::utf8(), .oid = kTextOid},
            .expression = "(" + expression + ")::text",
            .duckdb = "VARCHAR",
            .is_changed = true};
  }

  Planned Plan(uint32_t oid, int32_t modifier, int dimensions, const std::string& expression,
               int depth) const {
    const PostgresType* type = types_.Find(oid);
    if (type == nullptr || depth > kMaxDepth) return Text(expression);
    if (type->kind == 'd') {
      Planned base = Plan(type->base, modifier >= 0 ? modifier : type->base_modifier,
                          type->base_dimensions, expression, depth);
      if (!base.is_changed) base.value.oid = oid;
      return base;
    }
    Planned planned;
    if (type->kind == 'e') {
      planned = Enum(*type);
    } else if (type->kind == 'c') {
      planned = Composite(*type, expression, depth);
    } else if (type->element != 0) {
      planned = Array(*type, modifier, dimensions, expression, depth);
    } else {
      planned = Scalar(oid, modifier, expression, depth);
    }
    if (planned.is_changed) return planned;
    planned.value.oid = oid;
    planned.expression = expression;
    return planned;
  }

 private:
  static Planned Simple(PostgresKind kind, std::shared_ptr<arrow::DataType> type,
                        std::string duckdb, bool needs_name = false) {
    return {.value = {.kind = kind, .type = std::move(type)},
            .duckdb = std::move(duckdb),
            .needs_name = needs_name};
  }

  static Planned Enum(const PostgresType& type) {
    Planned planned = Simple(PostgresKind::kText, arrow::utf8(), "VARCHAR");
    if (type.labels.empty()) return planned;
    planned.duckdb = "ENUM(";
    for (size_t i = 0; i < type.labels.size(); ++i) {
      planned.duckdb += (i == 0 ? "" : ", ") + PostgresText(type.labels[i]);
    }
    planned.duckdb += ")";
    planned.needs_name = true;
    return planned;
  }

  static Planned Decimal(int precision, int scale) {
    return Simple(PostgresKind::kNumeric, arrow::decimal128(precision, scale),
                  fmt::format("DECIMAL({},{})", precision, scale));
  }

  Planned Numeric(int32_t modifier, const std::string& expression, int depth) const {
    if (choice_.decimal.has_value() && depth <= 1) {
      return Decimal(choice_.decimal->first, choice_.decimal->second);
    }
    if (modifier >= 4) {
      const int32_t packed = modifier - 4;
      int precision = (packed >> 16) & 0xffff;
      int scale = ((packed & 0x7ff) ^ 1024) - 1024;
      if (scale < 0) precision -= scale, scale = 0;  // whole numbers that end with zeros
      precision = std::max(precision, scale);        // 0.00123 in numeric(3,5)
      if (precision <= kMaxDigits) return Decimal(precision, scale);
    }
    Planned text = Text(expression);
    text.unlimited = depth <= 1;
    return text;
  }

  Planned Scalar(uint32_t oid, int32_t modifier, const std::string& expression, int depth) const {
    const bool whole = depth == 0;  // a column of its own: extension types are for these
    switch (oid) {
      case kBoolOid:
        return Simple(PostgresKind::kBool, arrow::boolean(), "BOOLEAN");
      case kInt2Oid:
        return Simple(PostgresKind::kInt2, arrow::int16(), "SMALLINT");
      case kInt4Oid:
        return Simple(PostgresKind::kInt4, arrow::int32(), "INTEGER");
      case kInt8Oid:
        return Simple(PostgresKind::kInt8, arrow::int64(), "BIGINT");
      case kOidOid:
        return Simple(PostgresKind::kOid, arrow::uint32(), "UINTEGER");
      case kFloat4Oid:
        return Simple(PostgresKind::kFloat4, arrow::float32(), "FLOAT");
      case kFloat8Oid:
        return Simple(PostgresKind::kFloat8, arrow::float64(), "DOUBLE");
      case kTextOid:
      case kVarcharOid:
      case kBpcharOid:
      case kNameOid:
        return Simple(PostgresKind::kText, arrow::utf8(), "VARCHAR");
      case kCharOid:
        return Simple(PostgresKind::kChar, arrow::utf8(), "VARCHAR");
      case kByteaOid:
        return Simple(PostgresKind::kBytes, arrow::binary(), "BLOB");
      case kJsonOid:
      case kJsonbOid: {
        Planned planned = Simple(oid == kJsonOid ? PostgresKind::kText : PostgresKind::kJsonb,
                                 arrow::utf8(), "JSON", !whole);
        if (whole) planned.whole_type = arrow::extension::json(arrow::utf8());
        return planned;
      }
      case kUuidOid: {
        if (!whole) return Simple(PostgresKind::kUuidText, arrow::utf8(), "UUID", true);
        Planned planned = Simple(PostgresKind::kUuid, arrow::fixed_size_binary(16), "UUID");
        planned.whole_type = arrow::extension::uuid();
        return planned;
      }
      case kBitOid:
        return Simple(PostgresKind::kBits, arrow::utf8(), "BIT", true);
      case kVarbitOid:  // may hold no bits at all, and DuckDB has no such value
        return Simple(PostgresKind::kBits, arrow::utf8(), "VARCHAR");
      case kDateOid:
        return Simple(PostgresKind::kDate, arrow::date32(), "DATE");
      case kTimeOid:
        return Simple(PostgresKind::kTime, arrow::time64(arrow::TimeUnit::MICRO), "TIME");
      case kTimeTzOid:
        return Simple(PostgresKind::kTimeTz, arrow::utf8(), "TIMETZ", true);
      case kTimestampOid:
        return Simple(PostgresKind::kTimestamp, arrow::timestamp(arrow::TimeUnit::MICRO),
                      "TIMESTAMP");
      case kTimestampTzOid:
        return Simple(PostgresKind::kTimestamp, arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
                      "TIMESTAMPTZ");
      case kIntervalOid:
        return Simple(PostgresKind::kInterval, arrow::month_day_nano_interval(), "INTERVAL");
      case kMoneyOid:
        return Simple(PostgresKind::kMoney, arrow::decimal128(19, types_.money_digits),
                      fmt::format("DECIMAL(19,{})", types_.money_digits));
      case kNumericOid:
        return Numeric(modifier, expression, depth);
      default:
        return Text(expression);
    }
  }

  Planned Array(const PostgresType& type, int32_t modifier, int dimensions,
                const std::string& expression, int depth) const {
    if (depth == 0) dimensions = choice_.dimensions.value_or(dimensions);
    dimensions = std::max(dimensions, 1);
    // Elements become text by a cast of the whole array, which leaves its shape as it is.
    Planned element = Plan(type.element, modifier, 0, "", depth + 1);
    const PostgresType* element_type = types_.Find(type.element);
    Planned planned;
    if (element.is_changed) {
      const bool by_cast = element.value.kind == PostgresKind::kText;
      // Arrays of arrays (by way of a domain) and of composites have no such cast.
      const bool plain =
          element_type == nullptr ||
          (element_type->kind != 'c' && element_type->kind != 'd' && element_type->element == 0);
      if (!by_cast || !plain) return Text(expression);
      planned.expression = "(" + expression + ")::text[]";
      planned.is_changed = true;
    }
    const bool is_changed = planned.is_changed;
    planned.needs_name = element.needs_name;
    planned.unlimited = element.unlimited;
    planned.duckdb = element.duckdb;
    auto list = element.value.type;
    for (int i = 0; i < dimensions; ++i) {
      list = arrow::list(std::move(list));
      planned.duckdb += "[]";
    }
    planned.value = {.kind = PostgresKind::kList,
                     .type = std::move(list),
                     .oid = is_changed ? uint32_t{kTextArrayOid} : 0,
                     .dimensions = dimensions,
                     .children = {std::move(element.value)}};
    return planned;
  }

  Planned Composite(const PostgresType& type, const std::string& expression, int depth) const {
    if (type.members.empty()) return Text(expression);
    Planned planned;
    planned.value.kind = PostgresKind::kStruct;
    std::string row;
    arrow::FieldVector fields;
    for (const PostgresAttribute& member : type.members) {
      const std::string of = "(" + expression + ")." + PostgresName(member.name);
      // Two levels down at least: what is decided for a column is not for its members.
      Planned inner = Plan(member.type, member.modifier, member.dimensions, of, depth + 2);
      fields.push_back(arrow::field(member.name, inner.value.type));
      planned.duckdb += (planned.duckdb.empty() ? "STRUCT(" : ", ") + PostgresName(member.name) +
                        " " + inner.duckdb;
      planned.needs_name |= inner.needs_name;
      planned.is_changed |= inner.is_changed;
      row += (row.empty() ? "" : ", ") + inner.expression;
      planned.value.children.push_back(std::move(inner.value));
    }
    planned.duckdb += ")";
    planned.value.type = arrow::struct_(std::move(fields));
    if (planned.is_changed) {
      // A row of nothing but nulls IS NULL, but is not DISTINCT from itself only.
      planned.expression =
          "case when (" + expression + ") is distinct from null then row(" + row + ") end";
      planned.value.oid = kRecordOid;
    }
    return planned;
  }

  const PostgresTypes& types_;
  const ColumnChoice& choice_;
};

// The type that the user asked for, where values take it exactly or fail.
arrow::Result<Planned> AsTold(const Planned& natural, const std::string& expression,
                              const PostgresAttribute& column, const arrow::DataType& type,
                              const Planned& text) {
  const auto whole = natural.whole_type == nullptr ? natural.value.type : natural.whole_type;
  if (whole->Equals(type)) return natural;
  if (type.id() == arrow::Type::STRING) return text;
  const auto cast = [&](const char* sql, PostgresKind kind, std::shared_ptr<arrow::DataType> to) {
    Planned planned;
    planned.value = {.kind = kind, .type = std::move(to)};
    planned.expression = "(" + expression + ")::" + sql;
    planned.is_changed = true;
    return planned;
  };
  const PostgresKind from = natural.value.kind;
  const bool integer = from == PostgresKind::kInt2 || from == PostgresKind::kInt4 ||
                       from == PostgresKind::kInt8 || from == PostgresKind::kOid;
  const bool numeric = from == PostgresKind::kNumeric || natural.unlimited;
  if (type.id() == arrow::Type::DECIMAL128 && (integer || numeric) &&
      natural.value.kind != PostgresKind::kList) {
    const auto& decimal = static_cast<const arrow::Decimal128Type&>(type);
    // The server's cast would round, the decoder does not.
    Planned planned = cast(integer ? "int8::numeric" : "numeric", PostgresKind::kNumeric,
                           arrow::decimal128(decimal.precision(), decimal.scale()));
    planned.misfit =
        fmt::format("{0} = 'NaN' or abs({0}) >= 1e{1} or {0} <> trunc({0}, {2})",
                    planned.expression, decimal.precision() - decimal.scale(), decimal.scale());
    return planned;
  }
  if (integer) {  // the server refuses what does not fit
    if (type.id() == arrow::Type::INT64) return cast("int8", PostgresKind::kInt8, arrow::int64());
    const auto smaller = [&](const char* sql, PostgresKind kind,
                             std::shared_ptr<arrow::DataType> to, int64_t most) {
      Planned planned = cast(sql, kind, std::move(to));
      planned.misfit = fmt::format("({})::int8 not between {} and {}", expression, -most - 1, most);
      return planned;
    };
    if (type.id() == arrow::Type::INT32) {
      return smaller("int8::int4", PostgresKind::kInt4, arrow::int32(), INT32_MAX);
    }
    if (type.id() == arrow::Type::INT16) {
      return smaller("int8::int2", PostgresKind::kInt2, arrow::int16(), INT16_MAX);
    }
  }
  if (from == PostgresKind::kFloat4 && type.id() == arrow::Type::DOUBLE) {
    return cast("float8", PostgresKind::kFloat8, arrow::float64());
  }
  if ((from == PostgresKind::kInt2 || from == PostgresKind::kInt4) &&
      type.id() == arrow::Type::DOUBLE) {
    return cast("float8", PostgresKind::kFloat8, arrow::float64());
  }
  return MakeError(
      ErrorCode::kUsage,
      fmt::format("values of type {} cannot be read as {} exactly", column.type_text,
                  TypeText(type)),
      {.column = column.name, .hint = "try --type " + column.name + "=text, or a cast in a query"});
}

// Does the Arrow type go back into this very type of PostgreSQL?
bool IsSaidByArrow(const std::string& type, const PostgresValue& value) {
  constexpr std::string_view kSame[] = {"boolean",
                                        "smallint",
                                        "integer",
                                        "bigint",
                                        "real",
                                        "double precision",
                                        "text",
                                        "bytea",
                                        "date",
                                        "time without time zone",
                                        "timestamp without time zone",
                                        "timestamp with time zone",
                                        "interval",
                                        "uuid",
                                        "json"};
  if (value.kind == PostgresKind::kNumeric) {
    const auto& decimal = static_cast<const arrow::Decimal128Type&>(*value.type);
    return type == fmt::format("numeric({},{})", decimal.precision(), decimal.scale());
  }
  return std::find(std::begin(kSame), std::end(kSame), type) != std::end(kSame);
}

}  // namespace

arrow::Result<PostgresTypes> LoadPostgresTypes(PostgresMoment& moment) {
  PostgresTypes all;
  ARROW_ASSIGN_OR_RAISE(
      const PostgresResult types,
      moment.Query(
          "select t.oid, n.nspname, t.typname, t.typtype, t.typbasetype, t.typtypmod, t.typndims,"
          " case when e.typarray = t.oid then t.typelem else 0 end"
          " from pg_type t join pg_namespace n on n.oid = t.typnamespace"
          " left join pg_type e on e.oid = t.typelem"));
  for (int i = 0; i < types.rows(); ++i) {
    PostgresType& type = all.types[static_cast<uint32_t>(types.number(i, 0))];
    type.schema = types.text(i, 1);
    type.name = types.text(i, 2);
    type.kind = types.text(i, 3)[0];
    type.base = static_cast<uint32_t>(types.number(i, 4));
    type.base_modifier = static_cast<int32_t>(types.number(i, 5));
    type.base_dimensions = static_cast<int>(types.number(i, 6));
    type.element = static_cast<uint32_t>(types.number(i, 7));
  }
  ARROW_ASSIGN_OR_RAISE(const PostgresResult labels,
                        moment.Query("select enumtypid, enumlabel from pg_enum order by enumtypid, "
                                     "enumsortorder"));
  for (int i = 0; i < labels.rows(); ++i) {
    all.types[static_cast<uint32_t>(labels.number(i, 0))].labels.push_back(labels.text(i, 1));
  }
  // Row types of the system's own tables are text.
  ARROW_ASSIGN_OR_RAISE(
      const PostgresResult members,
      moment.Query("select c.reltype, a.attname, a.atttypid, a.atttypmod, a.attndims"
                   " from pg_class c join pg_attribute a on a.attrelid = c.oid"
                   " join pg_namespace n on n.oid = c.relnamespace"
                   " where c.reltype <> 0 and a.attnum > 0 and not a.attisdropped"
                   " and n.nspname not in ('pg_catalog', 'information_schema')"
                   " and n.nspname !~ '^pg_(toast|temp)' order by c.oid, a.attnum"));
  for (int i = 0; i < members.rows(); ++i) {
    PostgresAttribute member;
    member.name = members.text(i, 1);
    member.type = static_cast<uint32_t>(members.number(i, 2));
    member.modifier = static_cast<int32_t>(members.number(i, 3));
    member.dimensions = static_cast<int>(members.number(i, 4));
    all.types[static_cast<uint32_t>(members.number(i, 0))].members.push_back(std::move(member));
  }
  ARROW_ASSIGN_OR_RAISE(const PostgresResult money,
                        moment.Query("select scale((1::money)::numeric)"));
  all.money_digits = static_cast<int>(money.number(0, 0));
  return all;
}

arrow::Result<ColumnPlan> PlanColumn(const PostgresTypes& types, const PostgresAttribute& column,
                                     const std::string& expression, const ColumnChoice& choice) {
  const Planner planner(types, choice);
  const Planned text = planner.Text(expression);
  Planned planned =
      choice.as_text ? text
                     : planner.Plan(column.type, column.modifier, column.dimensions, expression, 0);
  if (choice.type != nullptr) {
    ARROW_ASSIGN_OR_RAISE(planned, AsTold(planned, expression, column, *choice.type, text));
  }
  ColumnPlan plan;
  plan.unlimited = planned.unlimited && choice.type == nullptr;
  plan.value = std::move(planned.value);
  plan.expression = std::move(planned.expression);
  plan.misfit = std::move(planned.misfit);
  std::vector<std::string> keys, values;
  if (planned.needs_name) {
    keys.emplace_back(kDuckDbTypeKey);
    values.push_back(std::move(planned.duckdb));
  }
  if (!IsSaidByArrow(column.type_text, plan.value)) {
    keys.emplace_back(kPostgresTypeKey);
    values.push_back(column.type_text);
  }
  plan.field = arrow::field(column.name,
                            planned.whole_type == nullptr ? plan.value.type : planned.whole_type,
                            !column.not_null);
  if (!keys.empty()) {
    plan.field =
        plan.field->WithMetadata(arrow::key_value_metadata(std::move(keys), std::move(values)));
  }
  if (plan.unlimited) {
    plan.note = "a decimal if all values have at most 38 digits, otherwise text";
  } else if (plan.value.kind == PostgresKind::kText && plan.value.oid == kTextOid &&
             planned.is_changed) {
    plan.note = "as PostgreSQL spells it";
  }
  return plan;
}

std::string MisfitCondition(const PostgresValue& value, const std::string& expression,
                            bool infinities) {
  switch (value.kind) {
    case PostgresKind::kDate:
      return infinities ? "" : "not isfinite(" + expression + ")";
    case PostgresKind::kTimestamp: {
      const bool zone = !static_cast<const arrow::TimestampType&>(*value.type).timezone().empty();
      const std::string beyond = fmt::format("({0} > {1} and isfinite({0}))", expression,
                                             zone ? "timestamptz '294247-01-10 04:00:54.775806+00'"
                                                  : "timestamp '294247-01-10 04:00:54.775806'");
      return infinities ? beyond : "not isfinite(" + expression + ") or " + beyond;
    }
    case PostgresKind::kInterval:
      return "abs(extract(hour from " + expression + ")) >= 2562047";
    case PostgresKind::kNumeric:
      return expression + " = 'NaN'";  // infinities have no place where a scale is declared
    case PostgresKind::kList: {
      std::string condition = fmt::format("array_ndims({}) <> {}", expression, value.dimensions);
      for (int i = 1; i <= value.dimensions; ++i) {
        condition += fmt::format(" or array_lower({}, {}) <> 1", expression, i);
      }
      // A name that no expression above uses.
      const std::string element = fmt::format("u{}", expression.size());
      const std::string inner = MisfitCondition(value.children[0], element, infinities);
      if (inner.empty()) return condition;
      return condition + fmt::format(" or exists(select from unnest({}) as {} where {})",
                                     expression, element, inner);
    }
    case PostgresKind::kStruct: {
      std::string condition;
      for (size_t i = 0; i < value.children.size(); ++i) {
        const std::string member =
            "(" + expression + ")." + PostgresName(value.type->field(static_cast<int>(i))->name());
        const std::string inner = MisfitCondition(value.children[i], member, infinities);
        if (inner.empty()) continue;
        condition += (condition.empty() ? "" : " or ") + inner;
      }
      return condition;
    }
    default:
      return "";
  }
}

}  // namespace bowyer
