#include "frame/select.h"

#include <fmt/format.h>

#include <algorithm>

#include "frame/sql.h"
#include "frame/tree.h"

namespace bowyer {
namespace {

constexpr size_t kWidth = 100;

std::string Indented(std::string_view text) {
  std::string indented = "  ";
  for (const char c : text) {
    indented += c;
    if (c == '\n') indented += "  ";
  }
  return indented;
}

// `SELECT a, b` on one line when it fits, otherwise an item a line.
std::string Clause(std::string_view word, const std::vector<std::string>& items,
                   std::string_view between = ", ") {
  std::string line(word);
  for (size_t i = 0; i < items.size(); ++i) {
    line += (i == 0 ? " " : std::string(between)) + items[i];
  }
  if (line.size() <= kWidth || items.size() == 1) return line;
  const bool comma = between == ", ";
  line = word;
  for (size_t i = 0; i < items.size(); ++i) {
    if (comma) {
      line += (i == 0 ? "\n  " : ",\n  ") + items[i];
    } else {
      line += i == 0 ? " " + items[i] : "\n " + std::string(between) + items[i];
    }
  }
  return line;
}

class Renderer {
 public:
  explicit Renderer(const Select& select)
      : select_(select), spell_([&select](const ColumnName& column) {
          const std::string name = QuotedName(column.name);
          return select.from.size() == 1 ? name : fmt::format("t{}.{}", column.source + 1, name);
        }) {}

  arrow::Result<std::string> Render() {
    ARROW_RETURN_NOT_OK(Columns());
    ARROW_RETURN_NOT_OK(Tables());
    ARROW_RETURN_NOT_OK(Conditions("WHERE", select_.where));
    if (!select_.group.empty()) {
      std::vector<std::string> keys;
      for (const auto& key : select_.group) {
        ARROW_ASSIGN_OR_RAISE(auto text, Spell(key));
        keys.push_back(std::move(text));
      }
      Line(Clause("GROUP BY", keys));
    }
    ARROW_RETURN_NOT_OK(Conditions("HAVING", select_.having));
    ARROW_RETURN_NOT_OK(Order());
    if (select_.limit.has_value()) {
      Line(fmt::format("LIMIT {}", select_.limit->rows) +
           (select_.limit->offset > 0 ? fmt::format(" OFFSET {}", select_.limit->offset) : ""));
    }
    return std::move(text_);
  }

 private:
  void Line(const std::string& line) { text_ += (text_.empty() ? "" : "\n") + line; }

  arrow::Result<std::string> Spell(const ExpressionPtr& expression) const {
    return ExpressionSql(*expression, spell_);
  }

  // How many of the first columns are just those of the only table.
  size_t Starred() const {
    const auto& table = select_.from[0].columns;
    if (select_.from.size() > 1 || select_.grouped || select_.columns.size() < table.size()) {
      return 0;
    }
    for (size_t i = 0; i < table.size(); ++i) {
      const auto* column = std::get_if<ColumnName>(&select_.columns[i].expression->node);
      if (column == nullptr || column->name != table[i] || select_.columns[i].name != table[i]) {
        return 0;
      }
    }
    return table.size();
  }

  arrow::Status Columns() {
    std::vector<std::string> items;
    const size_t starred = Starred();
    if (starred > 0) items.push_back("*");
    for (size_t i = starred; i < select_.columns.size(); ++i) {
      const auto& [name, expression] = select_.columns[i];
      ARROW_ASSIGN_OR_RAISE(auto text, Spell(expression));
      const auto* column = std::get_if<ColumnName>(&expression->node);
      if (column == nullptr || column->name != name) text += " AS " + QuotedName(name);
      items.push_back(std::move(text));
    }
    Line(Clause(select_.distinct ? "SELECT DISTINCT" : "SELECT", items));
    return arrow::Status::OK();
  }

  arrow::Status Tables() {
    for (size_t i = 0; i < select_.from.size(); ++i) {
      const From& from = select_.from[i];
      std::string line = (i == 0 ? "FROM" : from.join) + " " + from.text;
      if (select_.from.size() > 1) line += fmt::format(" AS t{}", i + 1);
      if (from.condition != nullptr) {
        ARROW_ASSIGN_OR_RAISE(const auto condition, Spell(from.condition));
        line += " ON " + condition;
      }
      Line(line);
    }
    return arrow::Status::OK();
  }

  arrow::Status Conditions(std::string_view word, const std::vector<ExpressionPtr>& conditions) {
    std::vector<std::string> items;
    for (const auto& condition : conditions) {
      const auto* call = std::get_if<Call>(&condition->node);
      const bool is_or = call != nullptr && call->function == Function::kOr;
      if (call != nullptr && call->function == Function::kAnd) {
        for (const auto& argument : call->arguments) {
          const auto* inner = std::get_if<Call>(&argument->node);
          ARROW_ASSIGN_OR_RAISE(auto text, Spell(argument));
          const bool inner_or = inner != nullptr && inner->function == Function::kOr;
          items.push_back(inner_or ? "(" + text + ")" : std::move(text));
        }
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(auto text, Spell(condition));
      items.push_back(is_or && conditions.size() > 1 ? "(" + text + ")" : std::move(text));
    }
    if (!items.empty()) Line(Clause(word, items, " AND "));
    return arrow::Status::OK();
  }

  // A key that is a column of the result goes by the column's name.
  arrow::Status Order() {
    std::vector<std::string> keys;
    for (const auto& ordering : select_.order) {
      const auto column = std::find_if(
          select_.columns.begin(), select_.columns.end(),
          [&](const NamedExpression& named) { return Same(*named.expression, *ordering.key); });
      std::string text;
      if (column != select_.columns.end() &&
          !std::holds_alternative<ColumnName>(ordering.key->node)) {
        text = QuotedName(column->name) + (ordering.descending ? " DESC" : "") +
               (ordering.nulls_first ? " NULLS FIRST" : "");
      } else if (std::holds_alternative<Literal>(ordering.key->node)) {
        continue;  // the same in each row, and a number would mean a position
      } else {
        ARROW_ASSIGN_OR_RAISE(text, OrderingSql({ordering}, spell_));
      }
      keys.push_back(std::move(text));
    }
    if (!keys.empty()) Line(Clause("ORDER BY", keys));
    return arrow::Status::OK();
  }

  const Select& select_;
  const SpellColumn spell_;
  std::string text_;
};

}  // namespace

const ExpressionPtr& Select::Column(const std::string& name) const {
  return std::find_if(columns.begin(), columns.end(),
                      [&](const NamedExpression& column) { return column.name == name; })
      ->expression;
}

arrow::Result<std::string> Render(const Select& select) {
  if (select.parts.empty()) return Renderer(select).Render();
  std::string text;
  for (const auto& part : select.parts) text += (text.empty() ? "" : "\nUNION ALL\n") + part;
  return text;
}

Select SelectFrom(std::string text, std::vector<std::string> columns) {
  Select select;
  for (const auto& name : columns) {
    select.columns.push_back(
        {name, std::make_shared<Expression>(Expression{ColumnName{name, true, 0}, {}})});
  }
  select.from.push_back({std::move(text), std::move(columns), "", nullptr});
  return select;
}

arrow::Result<Select> Close(Select select, Order order) {
  std::vector<std::string> names;
  for (const auto& column : select.columns) names.push_back(column.name);
  std::vector<Ordering> lifted;
  for (const auto& ordering : select.order) {
    const auto column =
        std::find_if(select.columns.begin(), select.columns.end(),
                     [&](const auto& named) { return Same(*named.expression, *ordering.key); });
    if (column == select.columns.end()) break;
    lifted.push_back(ordering);
    lifted.back().key =
        std::make_shared<Expression>(Expression{ColumnName{column->name, true, 0}, {}});
  }
  if (lifted.size() < select.order.size()) lifted.clear();
  const bool lifts = order == Order::kLift && !lifted.empty() && !select.limit.has_value();
  if (lifts || (order == Order::kDrop && !select.limit.has_value())) select.order.clear();
  ARROW_ASSIGN_OR_RAISE(const auto text, Render(select));
  Select outer = SelectFrom("(\n" + Indented(text) + "\n)", std::move(names));
  if (lifts) outer.order = lifted;
  if (order != Order::kDrop) outer.arrives = std::move(lifted);
  return outer;
}

}  // namespace bowyer
