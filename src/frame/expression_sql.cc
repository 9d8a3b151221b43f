// Expression -> SQL. Brackets stand only where precedence needs them.
#include <fmt/format.h>

#include "core/text.h"
#include "frame/engine_types.h"
#include "frame/functions.h"
#include "frame/sql.h"

namespace bowyer {
namespace {

struct Spelled {
  std::string text;
  int level = kPrimaryLevel;
};
using Result = arrow::Result<Spelled>;

class Speller {
 public:
  explicit Speller(const SpellColumn& spell) : spell_(spell) {}

  Result Spell(const Expression& expression) const {
    return std::visit([this](const auto& node) { return Node(node); }, expression.node);
  }

  // As an operand that must bind at least as tight as `level`.
  arrow::Result<std::string> At(int level, const ExpressionPtr& expression) const {
    ARROW_ASSIGN_OR_RAISE(auto spelled, Spell(*expression));
    return spelled.level >= level ? std::move(spelled.text) : "(" + spelled.text + ")";
  }

  arrow::Result<std::string> List(const std::vector<ExpressionPtr>& expressions,
                                  size_t first = 0) const {
    std::string list;
    for (size_t i = first; i < expressions.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(const auto text, At(0, expressions[i]));
      list += (i == first ? "" : ", ") + text;
    }
    return list;
  }

  arrow::Result<std::string> Order(const std::vector<Ordering>& order) const {
    std::string list;
    for (const auto& [key, descending, nulls_first] : order) {
      ARROW_ASSIGN_OR_RAISE(const auto text, At(0, key));
      list += (list.empty() ? "" : ", ") + text + (descending ? " DESC" : "") +
              (nulls_first ? " NULLS FIRST" : "");
    }
    return list;
  }

 private:
  Result Node(const ColumnName& column) const { return Spelled{spell_(column)}; }

  Result Node(const Literal& literal) const {
    ARROW_ASSIGN_OR_RAISE(auto text, LiteralSql(*literal.value));
    const int level = text[0] == '-' ? kSignLevel : kPrimaryLevel;
    return Spelled{std::move(text), level};
  }

  Result Node(const CastTo& cast) const {
    ARROW_ASSIGN_OR_RAISE(const auto argument, At(0, cast.argument));
    ARROW_ASSIGN_OR_RAISE(const auto type, SqlType(*cast.type));
    return Spelled{fmt::format("{}({} AS {})", cast.lenient ? "TRY_CAST" : "CAST", argument, type)};
  }

  Result Node(const OfRows& rows) const {
    ARROW_ASSIGN_OR_RAISE(auto text, At(0, rows.aggregate));
    if (!rows.order.empty()) {
      ARROW_ASSIGN_OR_RAISE(const auto order, Order(rows.order));
      text.insert(text.size() - 1, " ORDER BY " + order);
    }
    if (rows.where != nullptr) {
      ARROW_ASSIGN_OR_RAISE(const auto where, At(0, rows.where));
      text += " FILTER (WHERE " + where + ")";
    }
    return Spelled{std::move(text)};
  }

  Result Node(const Over& over) const {
    ARROW_ASSIGN_OR_RAISE(const auto function, At(0, over.function));
    std::string window;
    const auto add = [&](const std::string& part) { window += (window.empty() ? "" : " ") + part; };
    if (!over.partition.empty()) {
      ARROW_ASSIGN_OR_RAISE(const auto partition, List(over.partition));
      add("PARTITION BY " + partition);
    }
    if (!over.order.empty()) {
      ARROW_ASSIGN_OR_RAISE(const auto order, Order(over.order));
      add("ORDER BY " + order);
    }
    if (over.rows.has_value()) {
      add(fmt::format("ROWS BETWEEN {} AND {}", Bound(over.rows->begin, "PRECEDING"),
                      Bound(over.rows->end, "FOLLOWING")));
    }
    return Spelled{fmt::format("{} OVER ({})", function, window)};
  }

  static std::string Bound(const std::optional<int64_t>& rows, const char* unbounded) {
    if (!rows.has_value()) return fmt::format("UNBOUNDED {}", unbounded);
    if (*rows == 0) return "CURRENT ROW";
    return *rows < 0 ? fmt::format("{} PRECEDING", -*rows) : fmt::format("{} FOLLOWING", *rows);
  }

  Result Node(const Call& call) const {
    const auto& arguments = call.arguments;
    switch (call.function) {
      case Function::kNot:
        return Not(arguments[0]);
      case Function::kNegate: {
        ARROW_ASSIGN_OR_RAISE(const auto text, At(kPrimaryLevel, arguments[0]));
        return Spelled{"-" + text, kSignLevel};
      }
      case Function::kIsNull: {
        ARROW_ASSIGN_OR_RAISE(const auto text, At(kConcatenationLevel, arguments[0]));
        return Spelled{text + " IS NULL", kComparisonLevel};
      }
      case Function::kIn:
        return In(arguments, "IN");
      case Function::kCase:
        return Case(arguments);
      case Function::kList: {
        ARROW_ASSIGN_OR_RAISE(const auto list, List(arguments));
        return Spelled{"[" + list + "]"};
      }
      case Function::kStruct: {
        std::string fields;
        for (size_t i = 0; i < arguments.size(); i += 2) {
          ARROW_ASSIGN_OR_RAISE(const auto name, At(0, arguments[i]));
          ARROW_ASSIGN_OR_RAISE(const auto value, At(0, arguments[i + 1]));
          fields += fmt::format("{}{}: {}", i == 0 ? "" : ", ", name, value);
        }
        return Spelled{"{" + fields + "}"};
      }
      default:
        break;
    }
    const FunctionInfo& info = InfoOf(call.function);
    if (info.precedence > 0) return Infix(info, arguments);
    if (info.sql.find_first_of("$(") != std::string_view::npos) return Pattern(info, arguments);
    ARROW_ASSIGN_OR_RAISE(const auto list, List(arguments));
    return Spelled{fmt::format("{}({})", info.sql, list)};
  }

  // NOT LIKE, NOT IN and IS NOT NULL are operators of their own.
  Result Not(const ExpressionPtr& argument) const {
    if (const auto* inner = std::get_if<Call>(&argument->node)) {
      switch (inner->function) {
        case Function::kIn:
          return In(inner->arguments, "NOT IN");
        case Function::kLike:
          return Infix(InfoOf(inner->function), inner->arguments, "NOT LIKE");
        case Function::kIlike:
          return Infix(InfoOf(inner->function), inner->arguments, "NOT ILIKE");
        case Function::kIsDistinct:
          return Infix(InfoOf(inner->function), inner->arguments, "IS NOT DISTINCT FROM");
        case Function::kIsNull: {
          ARROW_ASSIGN_OR_RAISE(const auto text, At(kConcatenationLevel, inner->arguments[0]));
          return Spelled{text + " IS NOT NULL", kComparisonLevel};
        }
        default:
          break;
      }
    }
    ARROW_ASSIGN_OR_RAISE(const auto text, At(kNotLevel, argument));
    return Spelled{"NOT " + text, kNotLevel};
  }

  Result In(const std::vector<ExpressionPtr>& arguments, const char* word) const {
    ARROW_ASSIGN_OR_RAISE(const auto value, At(kConcatenationLevel, arguments[0]));
    ARROW_ASSIGN_OR_RAISE(const auto list, List(arguments, 1));
    return Spelled{fmt::format("{} {} ({})", value, word, list), kComparisonLevel};
  }

  Result Case(const std::vector<ExpressionPtr>& arguments) const {
    std::string text = "CASE";
    for (size_t i = 0; i + 1 < arguments.size(); i += 2) {
      ARROW_ASSIGN_OR_RAISE(const auto condition, At(0, arguments[i]));
      ARROW_ASSIGN_OR_RAISE(const auto value, At(0, arguments[i + 1]));
      text += fmt::format(" WHEN {} THEN {}", condition, value);
    }
    if (arguments.size() % 2 == 1) {
      ARROW_ASSIGN_OR_RAISE(const auto value, At(0, arguments.back()));
      text += " ELSE " + value;
    }
    return Spelled{text + " END"};
  }

  // Left to right: the right operands bind tighter, except where order does not matter.
  Result Infix(const FunctionInfo& info, const std::vector<ExpressionPtr>& arguments,
               std::string_view word = "") const {
    const bool logic = info.function == Function::kOr || info.function == Function::kAnd;
    const bool compares = info.precedence == kComparisonLevel;
    std::string text;
    for (size_t i = 0; i < arguments.size(); ++i) {
      const bool tighter = compares || (i > 0 && !logic);
      ARROW_ASSIGN_OR_RAISE(const auto operand,
                            At(info.precedence + (tighter ? 1 : 0), arguments[i]));
      text += i == 0 ? operand : fmt::format(" {} {}", word.empty() ? info.sql : word, operand);
    }
    return Spelled{std::move(text), info.precedence};
  }

  Result Pattern(const FunctionInfo& info, const std::vector<ExpressionPtr>& arguments) const {
    std::string text;
    for (size_t i = 0; i < info.sql.size(); ++i) {
      if (info.sql[i] != '$') {
        text += info.sql[i];
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const auto argument, At(0, arguments[info.sql[++i] - '1']));
      text += argument;
    }
    return Spelled{std::move(text)};
  }

  const SpellColumn& spell_;
};

}  // namespace

arrow::Result<std::string> ExpressionSql(const Expression& expression, const SpellColumn& spell) {
  ARROW_ASSIGN_OR_RAISE(auto spelled, Speller(spell).Spell(expression));
  return std::move(spelled.text);
}

arrow::Result<std::string> OrderingSql(const std::vector<Ordering>& order,
                                       const SpellColumn& spell) {
  return Speller(spell).Order(order);
}

std::string ExpressionText(const Expression& expression) {
  const SpellColumn spell = [](const ColumnName& column) { return QuotedName(column.name); };
  const auto text = ExpressionSql(expression, spell);
  return text.ok() ? Printable(*text, 60) : "this";
}

}  // namespace bowyer
