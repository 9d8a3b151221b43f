#include "migration/plan.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// "orders" and "public.orders": what a user may call it.
std::vector<std::string> NamesOf(const TableDefinition& table) {
  if (table.schema.empty()) return {table.name};
  return {table.name, table.schema + "." + table.name};
}

// As reports name it: without the schema that goes without saying.
std::string NameText(const TableDefinition& table, const std::string& default_schema) {
  return table.schema.empty() || table.schema == default_schema ? table.name
                                                                : table.schema + "." + table.name;
}

// Is it what writers of databases keep their notes in, or rows of a table that is not whole?
bool IsOfARun(const std::string& table) {
  for (const char* notes : {"bowyer-parts", "bowyer-receipts", "bowyer_parts", "bowyer_receipts"}) {
    if (table == notes) return true;
  }
  return table.starts_with("bowyer-part ");
}

// Is one of `names` chosen by one of `patterns`? Which patterns chose anything is kept in `used`.
bool Matches(const std::vector<std::string>& patterns, const TableDefinition& table,
             std::set<std::string>* used) {
  bool any = false;
  for (const std::string& pattern : patterns) {
    for (const std::string& name : NamesOf(table)) {
      if (name != pattern && ::fnmatch(pattern.c_str(), name.c_str(), 0) != 0) continue;
      any = true;
      used->insert(pattern);
    }
  }
  return any;
}

arrow::Status NoSuchName(const char* option, const std::string& wrong, const char* what,
                         const std::vector<std::string>& names) {
  return MakeError(ErrorCode::kUsage, fmt::format("{}: there is no {} {}{}", option, what,
                                                  Quoted(wrong), DidYouMean(wrong, names)));
}

// The entry of `map` for a table or one of its columns (`column` empty: the table); marks it used.
template <typename Map>
typename Map::const_iterator Lookup(const Map& map, const TableDefinition& table,
                                    const std::string& column, std::set<std::string>* used) {
  for (const std::string& name : NamesOf(table)) {
    const auto found = map.find(column.empty() ? name : name + "." + column);
    if (found == map.end()) continue;
    used->insert(found->first);
    return found;
  }
  return map.end();
}

// Gives out names that differ by more than their letters' case, where that is asked for.
class Names {
 public:
  explicit Names(bool fold) : fold_(fold) {}
  std::string Take(const std::string& wanted) {
    std::string name = wanted;
    for (int i = 2; !taken_.insert(fold_ ? Lower(name) : name).second; ++i) {
      name = wanted + "_" + std::to_string(i);
    }
    return name;
  }

 private:
  const bool fold_;
  std::set<std::string> taken_;
};

void RenameAll(const std::map<std::string, std::string>& renamed, std::vector<std::string>* names) {
  for (std::string& name : *names) {
    if (const auto found = renamed.find(name); found != renamed.end()) name = found->second;
  }
}

// Columns whose names the destination would take for one get others, in everything that names them;
// expressions are text, in which names cannot be told from others, and are left out.
void RenameColumns(TableDefinition* table, bool fold, MigrationPlan* plan) {
  Names names(fold);
  std::map<std::string, std::string> renamed;
  // Exact names first come, first served.
  for (size_t i = 0; i < table->columns.size(); ++i) {
    ColumnDefinition& column = table->columns[i];
    const std::string name =
        names.Take(column.name.empty() ? "column " + std::to_string(i + 1) : column.name);
    if (name == column.name) continue;
    plan->notes.push_back(
        fmt::format("{}: column {} becomes {}, since {}", Printable(table->name),
                    Quoted(column.name), Quoted(name),
                    column.name.empty() ? "the destination wants names"
                                        : "the destination takes no two that differ only in case"));
    renamed[column.name] = name;
    column.name = name;
    column.field = column.field->WithName(name);
  }
  if (renamed.empty()) return;
  if (table->primary_key.has_value()) RenameAll(renamed, &table->primary_key->columns);
  for (KeyDefinition& key : table->unique) RenameAll(renamed, &key.columns);
  for (ForeignKeyDefinition& key : table->foreign_keys) RenameAll(renamed, &key.columns);
  for (IndexDefinition& index : table->indexes) RenameAll(renamed, &index.columns);
  for (const CheckDefinition& check : table->checks) {
    plan->left_out.push_back({fmt::format("check {} on {}", check.name, table->name),
                              "columns of the table were renamed", check.sql});
  }
  table->checks.clear();
}

class Planner {
 public:
  Planner(const DatabaseReader& reader, DatabaseWriter& writer, const std::string& default_schema,
          const MigrateOptions& options)
      : catalog_(reader.catalog()),
        writer_(writer),
        default_schema_(default_schema),
        options_(options) {}

  arrow::Result<MigrationPlan> Run() {
    plan_.left_out = catalog_.left_out;
    for (const TableDefinition& table : catalog_.tables) {
      if (IsWanted(table)) ARROW_RETURN_NOT_OK(Add(table));
    }
    ARROW_RETURN_NOT_OK(CheckAllUsed());
    std::stable_sort(plan_.tables.begin(), plan_.tables.end(),
                     [](const PlannedTable& a, const PlannedTable& b) {
                       return a.definition->bytes > b.definition->bytes;
                     });
    return std::move(plan_);
  }

 private:
  bool IsWanted(const TableDefinition& table) {
    if (!options_.schema.empty() && table.schema != options_.schema) return false;
    if (!options_.tables.empty() && !Matches(options_.tables, table, &used_tables_)) return false;
    if (Matches(options_.exclude, table, &used_exclude_)) return false;
    const std::string name = NameText(table, default_schema_);
    // A view that is named by itself is wanted.
    const bool named =
        std::find(options_.tables.begin(), options_.tables.end(), name) != options_.tables.end();
    if (table.kind == TableKind::kView && !options_.views && !named) {
      plan_.left_out.push_back(
          {"view " + name, "views come with --views, as tables of their rows", ""});
      return false;
    }
    if (!named && IsOfARun(table.name)) {
      plan_.left_out.push_back(
          {"table " + name, "a migration that did not end keeps there what --resume needs", ""});
      return false;
    }
    if (table.columns.empty()) {
      plan_.left_out.push_back(
          {"table " + name, "it has no columns, so its rows have no values", ""});
      return false;
    }
    if (table.kind == TableKind::kForeign && !named) {
      plan_.left_out.push_back(
          {"foreign table " + name, "its rows are in another database; name it in --tables", ""});
      return false;
    }
    return true;
  }

  arrow::Status Add(const TableDefinition& table) {
    PlannedTable planned{.definition = &table};
    TableTarget& target = planned.target;
    target.definition = table;
    target.schema = table.schema == default_schema_ ? "" : table.schema;
    target.name = table.name;
    if (const auto found = Lookup(options_.rename, table, "", &used_rename_);
        found != options_.rename.end()) {
      target.name = found->second;
    }
    auto& names = names_.try_emplace(target.schema, writer_.folds_case()).first->second;
    const std::string free = names.Take(target.name);
    if (free != target.name) {
      plan_.notes.push_back(fmt::format(
          "table {} becomes {}, since the destination has another of that name in other letters",
          Quoted(NameText(table, default_schema_)), Quoted(free)));
      target.name = free;
    }
    RenameColumns(&target.definition, writer_.folds_case(), &plan_);
    target.if_exists = options_.if_exists;
    target.resume = options_.resume && options_.rejects == nullptr;

    planned.read.on_mismatch = options_.on_mismatch;
    planned.read.rejects = options_.rejects;
    planned.read.infinities = writer_.holds_infinities();
    for (const ColumnDefinition& column : table.columns) {
      if (const auto found = Lookup(options_.types, table, column.name, &used_types_);
          found != options_.types.end()) {
        planned.read.types[column.name] = found->second;
      }
      if (const auto found = Lookup(options_.epochs, table, column.name, &used_epochs_);
          found != options_.epochs.end()) {
        planned.read.epochs[column.name] = found->second;
      }
    }
    ARROW_RETURN_NOT_OK(PlanIncrement(table, &planned));
    planned.verify = options_.verify.value_or(table.bytes > kVerifyFullBelow ? Verification::kCount
                                                                             : Verification::kFull);
    MigratedTable& facts = planned.facts;
    facts.source = NameText(table, default_schema_);
    facts.destination = target.schema.empty() ? target.name : target.schema + "." + target.name;
    facts.rows = table.rows;
    facts.bytes = table.bytes;
    facts.chunks = -1;
    arrow::FieldVector fields;
    for (const ColumnDefinition& column : table.columns) {
      const auto told = planned.read.types.find(column.name);
      auto field =
          told == planned.read.types.end() ? column.field : column.field->WithType(told->second);
      if (told == planned.read.types.end() && !writer_.TypeOf(*field).ok()) {
        // Text says every value; a type of the user's, or another destination, would do better.
        plan_.notes.push_back(
            fmt::format("{}.{}: {} as text, since the destination has no such type",
                        Printable(facts.source), Printable(column.name), column.type));
        planned.read.types[column.name] = arrow::utf8();
        field = column.field->WithType(arrow::utf8())->WithMetadata(nullptr);
      }
      fields.push_back(std::move(field));
    }
    ARROW_RETURN_NOT_OK(
        DescribeColumns(planned, *arrow::schema(std::move(fields)), writer_, &facts.columns));
    plan_.tables.push_back(std::move(planned));
    return arrow::Status::OK();
  }

  arrow::Status PlanIncrement(const TableDefinition& table, PlannedTable* planned) {
    const auto found = Lookup(options_.incremental, table, "", &used_incremental_);
    if (found == options_.incremental.end()) return arrow::Status::OK();
    std::vector<std::string> names;
    for (size_t i = 0; i < table.columns.size(); ++i) {
      names.push_back(table.columns[i].name);
      if (names.back() != found->second) continue;
      ARROW_ASSIGN_OR_RAISE(
          const auto greatest,
          writer_.GreatestValue(planned->target, planned->target.definition.columns[i].name));
      if (greatest == nullptr || !greatest->is_valid) return arrow::Status::OK();  // all of it
      planned->read.beyond = {found->second, greatest};
      const auto& key = planned->target.definition.primary_key;
      planned->target.if_exists = key.has_value() ? IfExists::kUpsert : IfExists::kAppend;
      if (key.has_value()) planned->target.keys = key->columns;
      plan_.notes.push_back(fmt::format("{}: rows whose {} is beyond {}", Printable(table.name),
                                        Printable(found->second), greatest->ToString()));
      return arrow::Status::OK();
    }
    return NoSuchName("--incremental", found->second, "column", names);
  }

  arrow::Status CheckAllUsed() const {
    std::vector<std::string> tables, columns;
    for (const TableDefinition& table : catalog_.tables) {
      for (const std::string& name : NamesOf(table)) {
        tables.push_back(name);
        for (const ColumnDefinition& column : table.columns) {
          columns.push_back(name + "." + column.name);
        }
      }
    }
    const auto check = [](const char* option, const auto& wanted, const auto& used,
                          const char* what, const auto& names) {
      for (const auto& entry : wanted) {
        if (!used.contains(entry)) return NoSuchName(option, entry, what, names);
      }
      return arrow::Status::OK();
    };
    const auto keys = [](const auto& map) {
      std::vector<std::string> names;
      for (const auto& entry : map) names.push_back(entry.first);
      return names;
    };
    ARROW_RETURN_NOT_OK(check("--tables", options_.tables, used_tables_, "table", tables));
    ARROW_RETURN_NOT_OK(check("--exclude", options_.exclude, used_exclude_, "table", tables));
    ARROW_RETURN_NOT_OK(check("--rename", keys(options_.rename), used_rename_, "table", tables));
    ARROW_RETURN_NOT_OK(
        check("--incremental", keys(options_.incremental), used_incremental_, "table", tables));
    ARROW_RETURN_NOT_OK(check("--type", keys(options_.types), used_types_, "column", columns));
    ARROW_RETURN_NOT_OK(check("--epoch", keys(options_.epochs), used_epochs_, "column", columns));
    if (plan_.tables.empty() && !options_.schema.empty()) {
      std::vector<std::string> schemas;
      for (const TableDefinition& table : catalog_.tables) schemas.push_back(table.schema);
      if (std::find(schemas.begin(), schemas.end(), options_.schema) == schemas.end()) {
        return NoSuchName("--schema", options_.schema, "schema", schemas);
      }
    }
    return arrow::Status::OK();
  }

  const Catalog& catalog_;
  DatabaseWriter& writer_;
  const std::string& default_schema_;
  const MigrateOptions& options_;
  MigrationPlan plan_;
  std::map<std::string, Names> names_;  // of tables, by schema
  std::set<std::string> used_tables_, used_exclude_, used_rename_, used_types_, used_epochs_,
      used_incremental_;
};

}  // namespace

arrow::Result<MigrationPlan> PlanTables(const DatabaseReader& reader, DatabaseWriter& writer,
                                        const std::string& default_schema,
                                        const MigrateOptions& options) {
  return Planner(reader, writer, default_schema, options).Run();
}

arrow::Status DescribeColumns(const PlannedTable& table, const arrow::Schema& schema,
                              DatabaseWriter& writer, std::vector<MigratedColumn>* columns) {
  columns->clear();
  for (size_t i = 0; i < table.definition->columns.size(); ++i) {
    const ColumnDefinition& column = table.definition->columns[i];
    const auto& field = *schema.field(static_cast<int>(i));
    auto type = writer.TypeOf(field);
    if (!type.ok()) {
      return AtPlace(type.status(), {.location = table.facts.source, .column = column.name});
    }
    columns->push_back({.name = column.name,
                        .destination = table.target.definition.columns[i].name,
                        .source_type = column.type,
                        .destination_type = std::move(type).ValueUnsafe(),
                        .note = column.note});
  }
  return arrow::Status::OK();
}

}  // namespace bowyer
