// Sources and frames. A frame that has failed is an exception at once.
#include <arrow/table.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include "arrow_c.h"
#include "bowyer/error.h"
#include "errors.h"
#include "module.h"

namespace bowyer::python {

using nb::literals::operator""_a;

namespace {

LazyFrame Checked(LazyFrame frame) {
  if (!frame.status().ok()) Throw(frame.status());
  return frame;
}

std::vector<Column> Columns(const std::vector<Expr>& exprs) { return {exprs.begin(), exprs.end()}; }

JoinKind ToJoinKind(const std::string& how) {
  for (const auto& [name, kind] : {std::pair("inner", JoinKind::kInner),
                                   {"left", JoinKind::kLeft},
                                   {"right", JoinKind::kRight},
                                   {"full", JoinKind::kFull},
                                   {"semi", JoinKind::kSemi},
                                   {"anti", JoinKind::kAnti}}) {
    if (how == name) return kind;
  }
  const std::string message =
      "there is no join '" + how + "': try 'inner', 'left', 'right', 'full', 'semi' or 'anti'";
  throw nb::value_error(message.c_str());
}

using OnKey = std::variant<std::string, std::pair<Expr, Expr>>;

std::vector<On> ToOn(const std::vector<OnKey>& keys) {
  std::vector<On> on;
  for (const OnKey& key : keys) {
    if (const auto* name = std::get_if<std::string>(&key)) {
      on.emplace_back(*name);
    } else {
      const auto& [left, right] = std::get<std::pair<Expr, Expr>>(key);
      on.emplace_back(Column(left), Column(right));
    }
  }
  return on;
}

JoinOptions ToJoinOptions(const std::string& how, const std::string& suffix,
                          const std::optional<Expr>& condition) {
  JoinOptions options(ToJoinKind(how));
  options.suffix = suffix;
  options.condition = condition;
  return options;
}

LazyFrame FrameOf(const std::shared_ptr<Context>& context, const Source& source) {
  return Run(context, nb::none(), [&]() -> arrow::Result<LazyFrame> {
    const LazyFrame frame = [&] {
      if (const auto* location = std::get_if<LocationSource>(&source.from)) {
        return Scan(location->location, location->options);
      }
      if (const auto* stream = std::get_if<StreamSource>(&source.from)) {
        return Scan(stream->schema, stream->open, source.name);
      }
      return Scan(std::get<std::shared_ptr<arrow::Table>>(source.from), source.name);
    }();
    ARROW_RETURN_NOT_OK(frame.status());
    return frame;
  });
}

// `open` is called with a list of names and gives anything with __arrow_c_stream__.
StreamOpener OpenerOf(const std::shared_ptr<arrow::Schema>& schema, nb::object open) {
  return [schema, open = Share(std::move(open))](const std::vector<int>& columns)
             -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
    if (!HasInterpreter()) {
      return MakeError(ErrorCode::kTerminated, "the interpreter is ending");
    }
    return WithGil([&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
      try {
        nb::list names;
        for (const int column : columns) names.append(schema->field(column)->name());
        return ImportStream((*open)(names));
      } catch (const std::exception& error) {
        return FromPython(error);
      }
    });
  };
}

void DefineSources(nb::module_& module) {
  nb::class_<Source>(module, "Source");
  module.def(
      "location_source",
      [](const std::string& text, const nb::dict& read) {
        auto location = ToLocation(text);
        auto name = location.Redacted();
        return Source{std::move(name), LocationSource{std::move(location), ToReadOptions(read)}};
      },
      "location"_a, "read"_a);
  module.def(
      "table_source",
      [](const std::shared_ptr<Context>& context, nb::handle table, const std::string& name) {
        const auto reader = ImportStream(table);
        return Source{name, Run(context, nb::none(), [&] { return reader->ToTable(); })};
      },
      "context"_a, "table"_a, "name"_a);
  module.def(
      "stream_source",
      [](nb::handle schema, nb::object open, const std::string& name) {
        auto promised = ImportSchema(schema);
        auto opener = OpenerOf(promised, std::move(open));
        return Source{name, StreamSource{std::move(promised), std::move(opener)}};
      },
      "schema"_a, "open"_a, "name"_a);
}

}  // namespace

void DefineFrames(nb::module_& module) {
  DefineSources(module);
  module.def("frame", &FrameOf, "context"_a, "source"_a);
  using Exprs = std::vector<Expr>;
  nb::class_<LazyFrame>(module, "Frame")
      .def(
          "select",
          [](const LazyFrame& f, const Exprs& c) { return Checked(f.Select(Columns(c))); },
          "columns"_a)
      .def(
          "with_columns",
          [](const LazyFrame& f, const Exprs& c) { return Checked(f.WithColumns(Columns(c))); },
          "columns"_a)
      .def(
          "drop",
          [](const LazyFrame& f, std::vector<std::string> names) {
            return Checked(f.Drop(std::move(names)));
          },
          "names"_a)
      .def(
          "rename",
          [](const LazyFrame& f, std::vector<std::pair<std::string, std::string>> names) {
            return Checked(f.Rename(std::move(names)));
          },
          "names"_a)
      .def(
          "filter", [](const LazyFrame& f, const Expr& c) { return Checked(f.Filter(c)); },
          "condition"_a)
      .def(
          "group_agg",
          [](const LazyFrame& f, const Exprs& keys, const Exprs& aggregates) {
            return Checked(f.GroupBy(Columns(keys)).Agg(aggregates));
          },
          "keys"_a, "aggregates"_a)
      .def(
          "agg", [](const LazyFrame& f, const Exprs& a) { return Checked(f.Agg(a)); },
          "aggregates"_a)
      .def(
          "join",
          [](const LazyFrame& f, const LazyFrame& right, const std::vector<OnKey>& on,
             const std::string& how, const std::string& suffix, const std::optional<Expr>& where) {
            return Checked(f.Join(right, ToOn(on), ToJoinOptions(how, suffix, where)));
          },
          "right"_a, "on"_a, "how"_a, "suffix"_a, "condition"_a.none())
      .def(
          "cross_join",
          [](const LazyFrame& f, const LazyFrame& right, const std::string& suffix) {
            return Checked(f.CrossJoin(right, suffix));
          },
          "right"_a, "suffix"_a)
      .def(
          "join_asof",
          [](const LazyFrame& f, const LazyFrame& right, const OnKey& by,
             const std::vector<OnKey>& on, bool forward, const std::string& how,
             const std::string& suffix, const std::optional<Expr>& where) {
            return Checked(f.JoinAsof(right, ToOn({by})[0], ToOn(on),
                                      forward ? AsofDirection::kForward : AsofDirection::kBackward,
                                      ToJoinOptions(how, suffix, where)));
          },
          "right"_a, "by"_a, "on"_a, "forward"_a, "how"_a, "suffix"_a, "condition"_a.none())
      .def(
          "sort",
          [](const LazyFrame& f, std::vector<OrderKey> keys) {
            return Checked(f.Sort(std::move(keys)));
          },
          "keys"_a)
      .def(
          "limit",
          [](const LazyFrame& f, int64_t rows, int64_t offset) {
            return Checked(f.Limit(rows, offset));
          },
          "rows"_a, "offset"_a)
      .def("distinct", [](const LazyFrame& f) { return Checked(f.Distinct()); })
      .def(
          "union",
          [](const LazyFrame& f, const LazyFrame& other) { return Checked(f.Union(other)); },
          "other"_a)
      .def(
          "unnest",
          [](const LazyFrame& f, const std::string& column) { return Checked(f.Unnest(column)); },
          "column"_a)
      .def(
          "pivot",
          [](const LazyFrame& f, const Exprs& index, const Expr& on, const Exprs& values,
             const Expr& aggregate) {
            return Checked(f.Pivot(Columns(index), on, values, aggregate));
          },
          "index"_a, "on"_a, "values"_a, "aggregate"_a)
      .def("__arrow_c_schema__",
           [](const LazyFrame& f) { return ExportSchema(*ValueOf(f.Schema())); })
      .def("sql", [](const LazyFrame& f) { return ValueOf(f.Sql()); });
}

}  // namespace bowyer::python
