// Expressions: the methods of Expr by their names in Python. Values of Python become literals where
// an expression is expected (ToExpr).
#include "bowyer/expr.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arrow_c.h"
#include "errors.h"
#include "module.h"

namespace bowyer::python {

using nb::literals::operator""_a;

namespace {

Expr ToExpr(nb::handle value) {
  PyObject* const object = value.ptr();
  if (nb::isinstance<Expr>(value)) return nb::cast<Expr>(value);
  if (object == Py_None) return null();
  if (PyBool_Check(object)) return Expr(object == Py_True);
  if (PyLong_Check(object)) {
    int overflow = 0;
    const int64_t number = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow == 0) {
      if (number >= INT32_MIN && number <= INT32_MAX) return Expr(static_cast<int32_t>(number));
      return Expr(number);
    }
  }
  if (PyFloat_Check(object)) return Expr(PyFloat_AsDouble(object));
  if (PyUnicode_Check(object)) return Expr(nb::cast<std::string>(value));
  // Dates, decimals, bytes, NumPy's and Arrow's scalars: an array of one.
  const auto array = ImportArray(nb::module_::import_("bowyer.types").attr("array_of_one")(value));
  return Expr(ValueOf(array->GetScalar(0)));
}

using ExprClass = nb::class_<Expr>;

void DefineOperators(ExprClass& expr) {
  // Of any value, None too: Python would take a refusal of == for "not the same".
  const auto define = [&expr](const char* name, const char* reversed, auto operation) {
    expr.def(
        name,
        [operation](const Expr& left, nb::handle right) { return operation(left, ToExpr(right)); },
        nb::arg().none());
    if (reversed == nullptr) return;
    expr.def(
        reversed,
        [operation](const Expr& right, nb::handle left) { return operation(ToExpr(left), right); },
        nb::arg().none());
  };
  define("__add__", "__radd__", [](const Expr& a, const Expr& b) { return a + b; });
  define("__sub__", "__rsub__", [](const Expr& a, const Expr& b) { return a - b; });
  define("__mul__", "__rmul__", [](const Expr& a, const Expr& b) { return a * b; });
  define("__truediv__", "__rtruediv__", [](const Expr& a, const Expr& b) { return a / b; });
  define("__mod__", "__rmod__", [](const Expr& a, const Expr& b) { return a % b; });
  define("__pow__", "__rpow__", [](const Expr& a, const Expr& b) { return a.Pow(b); });
  define("__and__", "__rand__", [](const Expr& a, const Expr& b) { return a && b; });
  define("__or__", "__ror__", [](const Expr& a, const Expr& b) { return a || b; });
  // Python turns these around by itself: 5 < x is x > 5.
  define("__eq__", nullptr, [](const Expr& a, const Expr& b) { return a == b; });
  define("__ne__", nullptr, [](const Expr& a, const Expr& b) { return a != b; });
  define("__lt__", nullptr, [](const Expr& a, const Expr& b) { return a < b; });
  define("__le__", nullptr, [](const Expr& a, const Expr& b) { return a <= b; });
  define("__gt__", nullptr, [](const Expr& a, const Expr& b) { return a > b; });
  define("__ge__", nullptr, [](const Expr& a, const Expr& b) { return a >= b; });
  expr.def("concat", &Expr::Concat, "other"_a)
      .def("__neg__", [](const Expr& a) { return -a; })
      .def("__abs__", &Expr::Abs)
      .def("__invert__", [](const Expr& a) { return !a; })
      .def("__bool__", [](const Expr&) -> bool {
        throw nb::type_error(
            "an expression is neither true nor false before a frame runs: combine conditions with "
            "&, | and ~ (in parentheses) in place of and, or, not; use is_in for 'in', between for "
            "a < x < b");
      });
  expr.attr("__hash__") = nb::none();
}

void DefineValues(ExprClass& expr) {
  expr.def("alias", &Expr::As, "name"_a)
      .def(
          "cast",
          [](const Expr& self, nb::handle type, bool strict) {
            return strict ? self.Cast(ToType(type)) : self.TryCast(ToType(type));
          },
          "type"_a, nb::kw_only(), "strict"_a = true)
      .def("is_null", &Expr::IsNull)
      .def("is_not_null", &Expr::IsNotNull)
      .def("fill_null", &Expr::FillNull, "value"_a)
      .def("null_if", &Expr::NullIf, "value"_a)
      .def("is_same", &Expr::IsSame, "other"_a)
      .def("is_in", &Expr::IsIn, "values"_a)
      .def("between", &Expr::Between, "low"_a, "high"_a)
      .def("integer_divide", &Expr::IntegerDivide, "divisor"_a)
      .def("abs", &Expr::Abs)
      .def("round", &Expr::Round, "digits"_a = 0)
      .def("floor", &Expr::Floor)
      .def("ceil", &Expr::Ceil)
      .def("sqrt", &Expr::Sqrt)
      .def("exp", &Expr::Exp)
      .def("ln", &Expr::Ln)
      .def("log10", &Expr::Log10)
      .def("pow", &Expr::Pow, "exponent"_a)
      .def("sign", &Expr::Sign);
}

void DefineText(ExprClass& expr) {
  expr.def("like", &Expr::Like, "pattern"_a)
      .def("ilike", &Expr::ILike, "pattern"_a)
      .def("lower", &Expr::Lower)
      .def("upper", &Expr::Upper)
      .def("length", &Expr::Length)
      .def("trim", &Expr::Trim)
      .def("trim_start", &Expr::TrimStart)
      .def("trim_end", &Expr::TrimEnd)
      .def(
          "substring",
          [](const Expr& self, const Expr& start, nb::handle length) {
            return length.is_none() ? self.Substring(start) : self.Substring(start, ToExpr(length));
          },
          "start"_a, "length"_a = nb::none())
      .def("replace", &Expr::Replace, "old"_a, "new"_a)
      .def("starts_with", &Expr::StartsWith, "prefix"_a)
      .def("ends_with", &Expr::EndsWith, "suffix"_a)
      .def("contains", &Expr::Contains, "part"_a)
      .def("position", &Expr::Position, "part"_a)
      .def("split", &Expr::Split, "separator"_a)
      .def("regex_matches", &Expr::RegexMatches, "pattern"_a)
      .def("regex_replace", &Expr::RegexReplace, "pattern"_a, "replacement"_a)
      .def("regex_extract", &Expr::RegexExtract, "pattern"_a, "group"_a = 0)
      .def("pad_start", &Expr::PadStart, "length"_a, "fill"_a = " ")
      .def("pad_end", &Expr::PadEnd, "length"_a, "fill"_a = " ")
      .def("reverse", &Expr::Reverse);
}

void DefineTimesAndLists(ExprClass& expr) {
  expr.def("year", &Expr::Year)
      .def("quarter", &Expr::Quarter)
      .def("month", &Expr::Month)
      .def("week", &Expr::Week)
      .def("day", &Expr::Day)
      .def("day_of_week", &Expr::DayOfWeek)
      .def("day_of_year", &Expr::DayOfYear)
      .def("hour", &Expr::Hour)
      .def("minute", &Expr::Minute)
      .def("second", &Expr::Second)
      .def("truncate", &Expr::Truncate, "unit"_a)
      .def("since", &Expr::Since, "start"_a, "unit"_a)
      .def("strftime", &Expr::Format, "format"_a)
      .def("strptime", &Expr::ParseTimestamp, "format"_a)
      .def("epoch_millis", &Expr::EpochMillis)
      .def("list_length", &Expr::ListLength)
      .def("list_get", &Expr::ListGet, "position"_a)
      .def("list_contains", &Expr::ListContains, "value"_a)
      .def("list_sum", &Expr::ListSum)
      .def("list_min", &Expr::ListMin)
      .def("list_max", &Expr::ListMax)
      .def("list_sort", &Expr::ListSort)
      .def("list_distinct", &Expr::ListDistinct)
      .def("list_join", &Expr::ListJoin, "separator"_a)
      .def("field", &Expr::Field, "name"_a);
}

// Aggregates are methods of their value.
void DefineAggregates(ExprClass& expr) {
  const auto define = [&expr](const char* name, Expr (*aggregate)(Expr)) {
    expr.def(name, [aggregate](const Expr& self) { return aggregate(self); });
  };
  define("count", &count);
  define("count_distinct", &count_distinct);
  define("sum", &sum);
  define("mean", &mean);
  define("min", &min);
  define("max", &max);
  define("first", &first);
  define("last", &last);
  define("stddev", &stddev);
  define("variance", &variance);
  define("median", &median);
  define("mode", &mode);
  define("all", &all);
  define("any", &any);
  define("collect", &collect);
  expr.def(
          "quantile", [](const Expr& self, double part) { return quantile(self, part); },
          "fraction"_a)
      .def(
          "join_text",
          [](const Expr& self, std::string separator) { return join_text(self, separator); },
          "separator"_a)
      .def(
          "min_by", [](const Expr& self, const Expr& by) { return min_by(self, by); }, "by"_a)
      .def(
          "max_by", [](const Expr& self, const Expr& by) { return max_by(self, by); }, "by"_a)
      .def(
          "lag", [](const Expr& self, int rows) { return lag(self, rows); }, "rows"_a = 1)
      .def(
          "lead", [](const Expr& self, int rows) { return lead(self, rows); }, "rows"_a = 1)
      .def(
          "nth_value", [](const Expr& self, int row) { return nth_value(self, row); }, "row"_a)
      .def("where", &Expr::Where, "condition"_a)
      .def("_order_by", &Expr::OrderBy, "order"_a)
      .def(
          "_over",
          [](const Expr& self, const std::vector<Expr>& partition, std::vector<OrderKey> order,
             std::optional<std::pair<std::optional<int64_t>, std::optional<int64_t>>> rows) {
            const std::vector<Column> columns(partition.begin(), partition.end());
            if (order.empty() && !rows.has_value()) return self.Over(columns);
            std::optional<WindowRows> window;
            if (rows.has_value()) window = WindowRows{rows->first, rows->second};
            return self.Over(columns, std::move(order), window);
          },
          "partition"_a, "order"_a, "rows"_a.none() = nb::none());
}

void DefineFunctions(nb::module_& module) {
  module.def("col", &col, "name"_a);
  module.def(
      "parse", [](const std::string& text) { return ValueOf(Expr::Parse(text)); }, "text"_a);
  module.def("months", &months, "count"_a);
  module.def("days", &days, "count"_a);
  module.def("seconds", &seconds, "count"_a);
  module.def("count_rows", [] { return count(); });
  module.def("coalesce", &coalesce, "values"_a);
  module.def("greatest", &greatest, "values"_a);
  module.def("least", &least, "values"_a);
  module.def("make_list", &list, "values"_a);
  module.def("make_struct", &make_struct, "fields"_a);
  module.def("correlation", &correlation, "x"_a, "y"_a);
  module.def("row_number", &row_number);
  module.def("rank", &rank);
  module.def("dense_rank", &dense_rank);
  module.def("percent_rank", &percent_rank);
  module.def("ntile", &ntile, "buckets"_a);
  nb::class_<CaseCondition>(module, "CaseCondition").def("then", &CaseCondition::Then, "value"_a);
  nb::class_<CaseValue>(module, "CaseValue")
      .def("when", &CaseValue::When, "condition"_a)
      .def(
          "otherwise",
          [](const CaseValue& self, const Expr& value) { return self.Otherwise(value); }, "value"_a);
  module.def("when", &when, "condition"_a);
}

}  // namespace

void DefineExpressions(nb::module_& module) {
  ExprClass expr(module, "Expr");
  expr.def(
      "__init__", [](Expr* self, nb::handle value) { new (self) Expr(ToExpr(value)); },
      nb::arg("value") = nb::none());
  nb::implicitly_convertible<nb::object, Expr>();
  nb::class_<OrderKey>(module, "OrderKey")
      .def(
          "__init__",
          [](OrderKey* self, const Expr& key, bool descending, bool nulls_first) {
            new (self) OrderKey(Column(key), descending);
            self->nulls_first = nulls_first;
          },
          "key"_a, "descending"_a = false, "nulls_first"_a = false);
  DefineOperators(expr);
  DefineValues(expr);
  DefineText(expr);
  DefineTimesAndLists(expr);
  DefineAggregates(expr);
  DefineFunctions(module);
}

}  // namespace bowyer::python
