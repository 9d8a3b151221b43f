// Many functions have one name and two meanings (regular expressions, LIKE in SQLite, random()), so
// only what is known to mean the same passes: constants, comparisons, arithmetic without division
// and a few functions. Casts that PostgreSQL writes around constants are taken off.
#include "databases/duckdb/expressions.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <duckdb/parser/expression/cast_expression.hpp>
#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/expression/comparison_expression.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/expression/operator_expression.hpp>
#include <duckdb/parser/expression/subquery_expression.hpp>
#include <duckdb/parser/parsed_expression_iterator.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "databases/duckdb/status.h"
#include "databases/duckdb/table_layout.h"

namespace bowyer {
namespace {

using duckdb::ExpressionClass;
using duckdb::ParsedExpression;
using duckdb::ParsedExpressionIterator;
using Parsed = duckdb::unique_ptr<ParsedExpression>;

bool StartsWithIgnoringCase(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         std::equal(start.begin(), start.end(), text.begin(), [](char a, char b) {
           return a == std::tolower(static_cast<unsigned char>(b));
         });
}

bool IsNamePart(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

struct TypeName {
  std::string_view there, here;  // here: empty: no cast
};
constexpr std::array<TypeName, 8> kTypeNames = {{{"regclass", ""},
                                                 {"numeric", ""},  // DuckDB's would round
                                                 {"jsonb", "json"},
                                                 {"bpchar", "varchar"},
                                                 {"character varying", "varchar"},
                                                 {"citext", "varchar"},
                                                 {"\"char\"", "varchar"},
                                                 {"name", "varchar"}}};

// PostgreSQL's `::type` behind values, with the type as DuckDB knows it.
std::string WithKnownCasts(std::string_view sql) {
  std::string out;
  char quote = '\0';
  for (size_t at = 0; at < sql.size(); ++at) {
    const char c = sql[at];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (sql.substr(at, 2) == "::") {
      const std::string_view rest = sql.substr(at + 2);
      const auto known = std::find_if(kTypeNames.begin(), kTypeNames.end(), [&](const auto& type) {
        const size_t size = type.there.size();
        return StartsWithIgnoringCase(rest, type.there) &&
               (rest.size() == size || (!IsNamePart(rest[size]) && rest[size] != '('));
      });
      if (known != kTypeNames.end()) {
        const bool is_list = rest.substr(known->there.size()).starts_with("[]");
        if (!known->here.empty()) out += "::" + std::string(known->here);
        at += 1 + known->there.size();
        if (known->here.empty() && is_list) at += 2;
        continue;
      }
    }
    out += c;
  }
  return out;
}

arrow::Result<Parsed> Parse(const std::string& sql) {
  return Guarded([&]() -> arrow::Result<Parsed> {
    auto parsed = duckdb::Parser::ParseExpressionList(WithKnownCasts(sql));
    if (parsed.size() != 1) return MakeError(ErrorCode::kData, "it is not one expression");
    return std::move(parsed.front());
  });
}

template <size_t N>
bool IsOneOf(const std::string& name, const std::array<const char*, N>& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](const char* one) { return duckdb::StringUtil::CIEquals(name, one); });
}

// Of the day and time; DuckDB's parser takes some for columns.
constexpr std::array kNow = {"now",
                             "current_timestamp",
                             "get_current_timestamp",
                             "transaction_timestamp",
                             "current_date",
                             "today",
                             "current_time",
                             "get_current_time",
                             "localtimestamp",
                             "current_localtimestamp"};
constexpr std::array kInDefaults = {"nextval",    "gen_random_uuid", "uuid",
                                    "list_value", "array_value",     "row"};
constexpr std::array kInChecks = {
    "+",     "-",           "*",          "abs",      "length",        "lower",
    "upper", "char_length", "list_value", "contains", "list_contains", "coalesce"};

std::string Unknown(const std::string& what) { return what + " may mean something else in DuckDB"; }

// The first thing that may mean something else; empty if there is none.
std::string FirstForeign(const ParsedExpression& expression, bool is_check) {
  std::string reason;
  switch (expression.GetExpressionClass()) {
    case ExpressionClass::CONSTANT:
    case ExpressionClass::CAST:
      break;
    case ExpressionClass::COLUMN_REF: {
      const auto& name = expression.Cast<duckdb::ColumnRefExpression>().GetColumnName();
      if (!is_check && !IsOneOf(name, kNow)) return Quoted(name) + " is no value";
      break;
    }
    case ExpressionClass::FUNCTION: {
      const auto& name = expression.Cast<duckdb::FunctionExpression>().function_name;
      const bool known =
          is_check ? IsOneOf(name, kInChecks) : IsOneOf(name, kInDefaults) || IsOneOf(name, kNow);
      if (!known) return Unknown(name);
      break;
    }
    case ExpressionClass::COMPARISON:
    case ExpressionClass::CONJUNCTION:
    case ExpressionClass::BETWEEN:
    case ExpressionClass::OPERATOR:
    case ExpressionClass::CASE:
      if (!is_check && expression.GetExpressionClass() != ExpressionClass::OPERATOR) {
        return "it is no plain value";
      }
      break;
    default:
      return Unknown(expression.ToString());
  }
  ParsedExpressionIterator::EnumerateChildren(expression, [&](const ParsedExpression& child) {
    if (reason.empty()) reason = FirstForeign(child, is_check);
  });
  return reason;
}

// The values of `ARRAY['a', 'b']::text[]`; null if it is something else.
duckdb::vector<Parsed>* ListedValues(ParsedExpression& expression) {
  if (expression.GetExpressionClass() == ExpressionClass::CAST) {
    return ListedValues(*expression.Cast<duckdb::CastExpression>().child);
  }
  if (expression.GetExpressionType() != duckdb::ExpressionType::ARRAY_CONSTRUCTOR) return nullptr;
  return &expression.Cast<duckdb::OperatorExpression>().children;
}

// `x = ANY (ARRAY[...])`, as which PostgreSQL keeps `x IN (...)`.
void MakeIns(Parsed& expression) {
  ParsedExpressionIterator::EnumerateChildren(*expression, [](Parsed& child) { MakeIns(child); });
  if (expression->GetExpressionClass() != ExpressionClass::SUBQUERY) return;
  auto& any = expression->Cast<duckdb::SubqueryExpression>();
  if (any.subquery_type != duckdb::SubqueryType::ANY || any.child == nullptr ||
      any.comparison_type != duckdb::ExpressionType::COMPARE_EQUAL) {
    return;
  }
  // SELECT unnest(list)
  const auto& node = *any.subquery->node;
  if (node.type != duckdb::QueryNodeType::SELECT_NODE) return;
  auto& selected = any.subquery->node->Cast<duckdb::SelectNode>().select_list;
  if (selected.size() != 1 || selected[0]->GetExpressionClass() != ExpressionClass::FUNCTION) {
    return;
  }
  auto& unnest = selected[0]->Cast<duckdb::FunctionExpression>();
  if (unnest.function_name != "unnest" || unnest.children.empty()) return;
  auto* const list = ListedValues(*unnest.children[0]);
  if (list == nullptr) return;
  auto in = duckdb::make_uniq<duckdb::OperatorExpression>(duckdb::ExpressionType::COMPARE_IN,
                                                          std::move(any.child));
  for (auto& value : *list) in->children.push_back(std::move(value));
  expression = std::move(in);
}

// nextval('s') with the destination's name of s.
std::string RenameSequences(ParsedExpression& expression, const FindSequence& find_sequence) {
  if (expression.GetExpressionClass() == ExpressionClass::FUNCTION) {
    auto& call = expression.Cast<duckdb::FunctionExpression>();
    if (duckdb::StringUtil::CIEquals(call.function_name, "nextval")) {
      if (call.children.size() != 1 ||
          call.children[0]->GetExpressionClass() != ExpressionClass::CONSTANT) {
        return "its sequence is not named";
      }
      auto& name = call.children[0]->Cast<duckdb::ConstantExpression>().value;
      const auto here = find_sequence(name.ToString());
      if (!here.has_value()) return "the sequence " + Quoted(name.ToString()) + " was not migrated";
      name = duckdb::Value(here->Sql());
    }
  }
  std::string reason;
  ParsedExpressionIterator::EnumerateChildren(expression, [&](ParsedExpression& child) {
    if (reason.empty()) reason = RenameSequences(child, find_sequence);
  });
  return reason;
}

bool IsTime(const duckdb::LogicalType& type) {
  using Id = duckdb::LogicalTypeId;
  switch (type.id()) {
    case Id::DATE:
    case Id::TIME:
    case Id::TIME_TZ:
    case Id::TIMESTAMP:
    case Id::TIMESTAMP_SEC:
    case Id::TIMESTAMP_MS:
    case Id::TIMESTAMP_NS:
    case Id::TIMESTAMP_TZ:
      return true;
    default:
      return false;
  }
}

bool Mentions(const ParsedExpression& expression, bool (*is_it)(const std::string&)) {
  bool found = false;
  if (expression.GetExpressionClass() == ExpressionClass::FUNCTION) {
    found = is_it(expression.Cast<duckdb::FunctionExpression>().function_name);
  } else if (expression.GetExpressionClass() == ExpressionClass::COLUMN_REF) {
    found = is_it(expression.Cast<duckdb::ColumnRefExpression>().GetColumnName());
  }
  ParsedExpressionIterator::EnumerateChildren(
      expression, [&](const ParsedExpression& child) { found = found || Mentions(child, is_it); });
  return found;
}

// Comparisons of a text column with what is no text: DuckDB would read the texts as numbers, and
// fail where they are none.
std::string MixedComparison(const ParsedExpression& expression,
                            const std::vector<DuckDbColumn>& columns) {
  const auto kind = [&](const ParsedExpression& side) {
    enum { kNotKnown, kText, kOther };
    if (side.GetExpressionClass() == ExpressionClass::CONSTANT) {
      const auto& value = side.Cast<duckdb::ConstantExpression>().value;
      if (value.IsNull()) return kNotKnown;
      return value.type().id() == duckdb::LogicalTypeId::VARCHAR ? kNotKnown : kOther;
    }
    if (side.GetExpressionClass() != ExpressionClass::COLUMN_REF) return kNotKnown;
    const auto& name = side.Cast<duckdb::ColumnRefExpression>().GetColumnName();
    for (const DuckDbColumn& column : columns) {
      if (!duckdb::StringUtil::CIEquals(column.name, name)) continue;
      return column.type.id() == duckdb::LogicalTypeId::VARCHAR ? kText : kOther;
    }
    return kNotKnown;
  };
  bool text = false, other = false;
  std::string reason;
  const bool compares = expression.GetExpressionClass() == ExpressionClass::COMPARISON ||
                        expression.GetExpressionClass() == ExpressionClass::BETWEEN ||
                        expression.GetExpressionClass() == ExpressionClass::OPERATOR;
  ParsedExpressionIterator::EnumerateChildren(expression, [&](const ParsedExpression& child) {
    text = text || kind(child) == 1;
    other = other || kind(child) == 2;
    if (reason.empty()) reason = MixedComparison(child, columns);
  });
  if (reason.empty() && compares && text && other) return "it compares texts with numbers";
  return reason;
}

}  // namespace

TranslatedSql TranslateDefault(DuckDbConnection& connection, const std::string& sql,
                               const duckdb::LogicalType& type, const FindSequence& find_sequence) {
  auto parsed = Parse(sql);
  if (!parsed.ok()) return {.reason = parsed.status().message()};
  Parsed& expression = *parsed;
  std::string reason = FirstForeign(*expression, false);
  if (!reason.empty()) return {.reason = reason};
  const auto is_now = [](const std::string& name) { return IsOneOf(name, kNow); };
  if (Mentions(*expression, is_now) && !IsTime(type)) {
    return {.reason = "the time would be spelled otherwise"};
  }
  reason = RenameSequences(*expression, find_sequence);
  if (!reason.empty()) return {.reason = reason};
  const std::string text = expression->ToString();
  const auto is_nextval = [](const std::string& name) {
    return duckdb::StringUtil::CIEquals(name, "nextval");
  };
  if (!Mentions(*expression, is_nextval)) {
    const auto tried = connection.Execute("select cast((" + text + ") as " + type.ToString() + ")");
    if (!tried.ok()) return {.reason = tried.message()};
  }
  return {.sql = text};
}

TranslatedSql TranslateCheck(DuckDbConnection& connection, const std::string& sql,
                             const std::vector<DuckDbColumn>& columns) {
  auto parsed = Parse(sql);
  if (!parsed.ok()) return {.reason = parsed.status().message()};
  Parsed& expression = *parsed;
  MakeIns(expression);
  std::string reason = FirstForeign(*expression, true);
  if (reason.empty()) reason = MixedComparison(*expression, columns);
  if (!reason.empty()) return {.reason = reason};
  const std::string text = expression->ToString();
  const TableName scratch{"main", "bowyer_check"};
  const auto tried = CreateTable(connection, "temp", scratch, columns, {.checks = {text}});
  if (!tried.ok()) return {.reason = tried.message()};
  const auto dropped = connection.Execute("drop table temp.main.bowyer_check");
  if (!dropped.ok()) return {.reason = dropped.message()};
  return {.sql = text};
}

}  // namespace bowyer
