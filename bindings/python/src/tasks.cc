// Copying, reading, migrating, inspecting.
#include "tasks.h"

#include <arrow/table.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arrow_c.h"
#include "bowyer/bowyer.h"
#include "errors.h"
#include "module.h"

namespace bowyer::python {

using nb::literals::operator""_a;

nb::dict ToDict(const CopyReport& report) {
  nb::dict out;
  out["rows"] = report.rows;
  out["rows_rejected"] = report.rows_rejected;
  out["bytes_read"] = report.bytes_read;
  out["bytes_written"] = report.bytes_written;
  out["seconds"] = report.seconds;
  out["peak_memory"] = report.peak_memory;
  out["files"] = nb::cast(report.files);
  return out;
}

namespace {

using Batches = std::shared_ptr<arrow::RecordBatchReader>;

Selection ToSelection(const nb::dict& options) {
  Selection selection;
  Taken taken(options);
  taken.Set("union_by_name", &selection.union_by_name);
  taken.Set("where", &selection.where);
  taken.Set("select", &selection.select);
  taken.Set("sort", &selection.sort);
  taken.Set("limit", &selection.limit);
  taken.CheckNoneLeft();
  return selection;
}

// What is there already, chosen from.
arrow::Result<Batches> OpenObject(const std::shared_ptr<Context>& context, const Source& source,
                                  const Selection& selection) {
  Batches reader;
  if (const auto* stream = std::get_if<StreamSource>(&source.from)) {
    std::vector<int> all;
    for (int i = 0; i < stream->schema->num_fields(); ++i) all.push_back(i);
    ARROW_ASSIGN_OR_RAISE(reader, stream->open(all));
  } else {
    reader = std::make_shared<arrow::TableBatchReader>(
        std::get<std::shared_ptr<arrow::Table>>(source.from));
  }
  return Select(context, std::move(reader), selection);
}

// Locations are read one after the other by one reader; an object stands alone.
struct Input {
  std::vector<Location> locations;
  ReadOptions options;
  const Source* object = nullptr;
};

Input ToInput(const std::vector<const Source*>& sources) {
  Input input;
  for (const Source* source : sources) {
    const auto* location = std::get_if<LocationSource>(&source->from);
    if (location == nullptr) {
      if (sources.size() == 1) return {.object = source};
      throw nb::type_error("several sources have to be locations; put tables together first");
    }
    input.locations.push_back(location->location);
    input.options = location->options;
  }
  return input;
}

nb::dict DoCopy(const std::shared_ptr<Context>& context, const std::vector<const Source*>& sources,
                const std::string& destination, const nb::dict& write, const nb::dict& selection,
                const std::optional<std::string>& rejects, nb::handle progress) {
  auto input = ToInput(sources);
  const auto to = ToLocation(destination);
  const auto options = ToWriteOptions(write);
  const auto chosen = ToSelection(selection);
  return ToDict(Run(context, progress, [&]() -> arrow::Result<CopyReport> {
    if (input.object != nullptr) {
      ARROW_ASSIGN_OR_RAISE(const auto reader, OpenObject(context, *input.object, chosen));
      return Copy(context, reader, to, options);
    }
    if (rejects.has_value()) {
      ARROW_ASSIGN_OR_RAISE(input.options.rejects, RejectsFile::Open(context, *rejects));
    }
    return Copy(context, input.locations, to, input.options, options, chosen);
  }));
}

Reader Read(const std::shared_ptr<Context>& context, const std::vector<const Source*>& sources,
            const nb::dict& selection, nb::handle progress) {
  const auto input = ToInput(sources);
  const auto chosen = ToSelection(selection);
  return {context, Run(context, progress, [&]() -> arrow::Result<Batches> {
            if (input.object != nullptr) return OpenObject(context, *input.object, chosen);
            return OpenReader(context, input.locations, input.options, chosen);
          })};
}

MigrateOptions ToMigrateOptions(const nb::dict& options) {
  MigrateOptions out;
  Taken taken(options);
  taken.Set("tables", &out.tables);
  taken.Set("exclude", &out.exclude);
  taken.Set("schema", &out.schema);
  taken.Set("views", &out.views);
  taken.Set("rename", &out.rename);
  taken.Set("epochs", &out.epochs);
  taken.Take("types", [&](nb::handle value) {
    for (const auto& [name, type] : Taken::Cast<nb::dict>("types", value)) {
      out.types[Taken::Cast<std::string>("types", name)] = ToType(type);
    }
  });
  taken.Take("on_mismatch", [&](nb::handle value) {
    const auto word = Taken::Cast<std::string>("on_mismatch", value);
    if (word == "widen") {
      out.on_mismatch = OnMismatch::kWiden;
    } else if (word == "reject") {
      out.on_mismatch = OnMismatch::kReject;
    } else if (word == "error") {
      out.on_mismatch = OnMismatch::kError;
    } else {
      throw nb::value_error("on_mismatch is 'widen', 'reject' or 'error'");
    }
  });
  taken.Set("jobs", &out.jobs);
  taken.Set("chunk_rows", &out.chunk_rows);
  taken.Take("if_exists", [&](nb::handle value) {
    out.if_exists = ToIfExists(Taken::Cast<std::string>("if_exists", value));
  });
  taken.Set("incremental", &out.incremental);
  taken.Take("verify", [&](nb::handle value) {
    const auto word = Taken::Cast<std::string>("verify", value);
    if (word == "none") {
      out.verify = Verification::kNone;
    } else if (word == "count") {
      out.verify = Verification::kCount;
    } else if (word == "full") {
      out.verify = Verification::kFull;
    } else {
      throw nb::value_error("verify is 'none', 'count' or 'full'");
    }
  });
  taken.Set("resume", &out.resume);
  taken.Set("one_snapshot", &out.one_snapshot);
  taken.Set("durable", &out.durable);
  taken.CheckNoneLeft();
  return out;
}

// The report as JSON and HTML, and the error of the whole or None.
nb::tuple DoMigrate(const std::shared_ptr<Context>& context, const std::string& source,
                    const std::string& destination, const nb::dict& options, bool plan_only,
                    const std::optional<std::string>& rejects, nb::handle progress) {
  const auto from = ToLocation(source), to = ToLocation(destination);
  auto chosen = ToMigrateOptions(options);
  MigrationReport report;
  arrow::Status failed;
  RunStatus(context, progress, [&]() -> arrow::Status {
    if (plan_only) {
      ARROW_ASSIGN_OR_RAISE(report, PlanMigration(context, from, to, chosen));
      return arrow::Status::OK();
    }
    if (rejects.has_value()) {
      ARROW_ASSIGN_OR_RAISE(chosen.rejects, RejectsFile::Open(context, *rejects));
    }
    failed = Migrate(context, from, to, chosen, &report);
    return arrow::Status::OK();
  });
  return nb::make_tuple(ReportJson(report), ReportHtml(report),
                        failed.ok() ? nb::none() : ErrorOf(failed));
}

nb::tuple DoInspect(const std::shared_ptr<Context>& context, const Source& source, int64_t head,
                    int64_t sample, int64_t unit, nb::handle progress) {
  const auto& from = std::get<LocationSource>(source.from);
  const auto found = Run(context, progress, [&] {
    return Inspect(context, from.location, from.options,
                   {.head_rows = head, .sample_rows = sample, .unit = unit});
  });
  nb::dict facts;
  facts["format"] = found.info.format;
  facts["rows"] = nb::cast(found.info.rows);
  facts["stored_bytes"] = found.info.stored_bytes;
  facts["unit_name"] = found.info.unit_name;
  nb::list units;
  for (const auto& one : found.info.units) {
    units.append(nb::make_tuple(one.rows, one.stored_bytes, one.raw_bytes));
  }
  facts["units"] = units;
  facts["codec"] = found.info.codec;
  facts["created_by"] = found.info.created_by;
  nb::list columns;
  for (const auto& column : found.info.columns) {
    nb::dict one;
    one["null_count"] = nb::cast(column.null_count);
    one["min"] = nb::cast(column.min);
    one["max"] = nb::cast(column.max);
    one["stored_bytes"] = nb::cast(column.stored_bytes);
    one["encoding"] = column.encoding;
    one["note"] = column.note;
    columns.append(one);
  }
  facts["columns"] = columns;
  facts["facts"] = nb::cast(found.info.facts);
  facts["metadata"] = nb::cast(found.info.metadata);
  facts["first_row"] = found.first_row;
  facts["bytes_allocated"] = found.bytes_allocated;
  facts["memory_mapped"] = found.memory_mapped;
  const auto table =
      found.rows != nullptr ? found.rows : ValueOf(arrow::Table::MakeEmpty(found.schema));
  return nb::make_tuple(facts, Reader(context, std::make_shared<arrow::TableBatchReader>(table)),
                        found.rows != nullptr);
}

nb::list DoListTables(const std::shared_ptr<Context>& context, const std::string& location) {
  const auto database = ToLocation(location);
  nb::list out;
  for (const auto& table :
       Run(context, nb::none(), [&] { return ListTables(context, database); })) {
    nb::dict one;
    one["name"] = table.name;
    one["is_view"] = table.is_view;
    one["rows"] = nb::cast(table.rows);
    one["columns"] = table.columns;
    out.append(one);
  }
  return out;
}

}  // namespace

void DefineTasks(nb::module_& module) {
  module.def("copy", &DoCopy, "context"_a, "sources"_a, "destination"_a, "write"_a, "selection"_a,
             "rejects"_a.none(), "progress"_a.none());
  module.def("read", &Read, "context"_a, "sources"_a, "selection"_a, "progress"_a.none());
  module.def("migrate", &DoMigrate, "context"_a, "source"_a, "destination"_a, "options"_a,
             "plan_only"_a, "rejects"_a.none(), "progress"_a.none());
  module.def("inspect", &DoInspect, "context"_a, "source"_a, "head"_a, "sample"_a, "unit"_a,
             "progress"_a.none());
  module.def("list_tables", &DoListTables, "context"_a, "location"_a);
  module.def(
      "redacted", [](const std::string& text) { return ToLocation(text).Redacted(); },
      "location"_a);
  module.def("version", [] { return std::string(Version()); });
  module.def("library_versions", [] { return LibraryVersions(); });
}

}  // namespace bowyer::python
