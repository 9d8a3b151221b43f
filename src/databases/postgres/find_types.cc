#include "databases/postgres/find_types.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"

namespace bowyer {
namespace {

// Expressions of one SELECT (a limit of PostgreSQL's is 1,664), each an aggregate.
constexpr size_t kMostExpressions = 600;
constexpr int kMaxDigits = 38;

// Where the answers about a column are among the aggregates; -1: not asked.
struct Asked {
  const PostgresAttribute* column;
  bool is_list = false;
  int numeric = -1;  // whole digits, greatest scale, greatest needed scale
  int shape = -1;    // least and greatest number of dimensions, does one not begin at 1?
  int misfit = -1;
};

void AskForDigits(const std::string& column, bool is_list, int version,
                  std::vector<std::string>* asked) {
  const char* needed = version >= 130000 ? "min_scale" : "scale";
  for (const std::string& of :
       {std::string("trunc(abs({}))"), std::string("scale({})"), std::string(needed) + "({})"}) {
    std::string greatest = "max(" + fmt::format(fmt::runtime(of), is_list ? "x" : column) + ")";
    if (is_list) greatest = fmt::format("max((select {} from unnest({}) as x))", greatest, column);
    // Of a number with 100,000 digits the first ones say enough.
    asked->push_back("left((" + greatest + ")::text, 100)");
  }
}

void AskForShape(const std::string& column, std::vector<std::string>* asked) {
  asked->push_back("min(array_ndims(" + column + "))");
  asked->push_back("max(array_ndims(" + column + "))");
  std::string other;
  for (int i = 1; i <= 6; ++i) {
    other += fmt::format("{}array_lower({}, {}) <> 1", i == 1 ? "" : " or ", column, i);
  }
  asked->push_back("bool_or(" + other + ")");
}

// Precision and scale for these answers; nothing: no decimal holds them all. Of few sizes, so that
// a table has the same type next week, most likely.
std::optional<std::pair<int, int>> DecimalFor(
    const std::vector<std::optional<std::string>>& answers, int at) {
  const auto& whole = answers[static_cast<size_t>(at)];
  if (!whole.has_value()) return std::pair(18, 0);  // no values
  if (whole->find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  const int digits = *whole == "0" ? 0 : static_cast<int>(whole->size());
  for (const int with : {at + 1, at + 2}) {
    const int scale = std::atoi(answers[static_cast<size_t>(with)].value_or("0").c_str());
    if (digits + scale > kMaxDigits) continue;
    return std::pair(digits + scale <= 18 ? 18 : kMaxDigits, scale);
  }
  return std::nullopt;
}

}  // namespace

arrow::Status FindTypes(PostgresMoment& moment, const PostgresTypes& types,
                        const std::vector<PostgresAttribute>& columns, const TypeSearch& search,
                        std::map<std::string, ColumnChoice>* choices) {
  std::vector<std::string> aggregates;
  std::vector<Asked> all;
  const auto position = [&] { return static_cast<int>(aggregates.size()); };
  for (const PostgresAttribute& column : columns) {
    const ColumnChoice chosen = (*choices)[column.name];
    if (chosen.as_text || chosen.type != nullptr) continue;
    const std::string name = PostgresName(column.name);
    ARROW_ASSIGN_OR_RAISE(const ColumnPlan plan, PlanColumn(types, column, name, chosen));
    Asked asked{.column = &column, .is_list = plan.value.kind == PostgresKind::kList};
    if (plan.unlimited) {
      asked.numeric = position();
      AskForDigits(name, asked.is_list, moment.server_version(), &aggregates);
    }
    std::string misfit;
    if (asked.is_list) {
      asked.shape = position();
      AskForShape(name, &aggregates);
      const std::string inner =
          MisfitCondition(plan.value.children[0], "element", search.infinities);
      if (!inner.empty()) {
        misfit = fmt::format("exists(select from unnest({}) as element where {})", name, inner);
      }
    } else {
      misfit = MisfitCondition(plan.value, name, search.infinities);
    }
    if (!search.unsaid_only && !misfit.empty()) {
      asked.misfit = position();
      aggregates.push_back("bool_or(" + misfit + ")");
    }
    if (asked.numeric >= 0 || asked.shape >= 0 || asked.misfit >= 0) all.push_back(asked);
  }
  if (all.empty()) return arrow::Status::OK();
  moment.context()->progress().Detail(1, [&] {
    return "PostgreSQL: " + Plural(static_cast<int64_t>(all.size()), "column") + " of " +
           Printable(search.from) + " looked through for types";
  });
  ARROW_ASSIGN_OR_RAISE(auto lease, moment.Take());
  std::vector<std::optional<std::string>> answers;
  for (size_t first = 0; first < aggregates.size(); first += kMostExpressions) {
    std::string sql;
    for (size_t i = first; i < std::min(first + kMostExpressions, aggregates.size()); ++i) {
      sql += (sql.empty() ? "select " : ", ") + aggregates[i];
    }
    ARROW_ASSIGN_OR_RAISE(const PostgresResult row, lease->Query(sql + " from " + search.from));
    for (int i = 0; i < row.columns(); ++i) {
      answers.push_back(row.is_null(0, i) ? std::nullopt : std::optional(row.text(0, i)));
    }
  }
  const auto is = [&](int at, const char* text) {
    return at >= 0 && answers[static_cast<size_t>(at)] == std::string(text);
  };
  for (const Asked& asked : all) {
    ColumnChoice& choice = (*choices)[asked.column->name];
    if (asked.numeric >= 0) choice.decimal = DecimalFor(answers, asked.numeric);
    if (is(asked.misfit, "t")) choice.as_text = true;
    if (asked.shape < 0) continue;
    const auto& least = answers[static_cast<size_t>(asked.shape)];
    const auto& greatest = answers[static_cast<size_t>(asked.shape) + 1];
    if (least != greatest || is(asked.shape + 2, "t")) choice.as_text = true;
    if (greatest.has_value()) choice.dimensions = std::atoi(greatest->c_str());
  }
  return arrow::Status::OK();
}

}  // namespace bowyer
