#include "databases/duckdb/reader.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/sequence_catalog_entry.hpp>
#include <duckdb/main/database_manager.hpp>
#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/parsed_data/create_index_info.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/statement/create_statement.hpp>
#include <map>
#include <utility>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/duckdb/database.h"
#include "databases/duckdb/source.h"
#include "databases/duckdb/status.h"
#include "databases/duckdb/table.h"
#include "databases/duckdb/types.h"

namespace bowyer {
namespace {

using Rows = duckdb::unique_ptr<duckdb::MaterializedQueryResult>;

std::string Text(const duckdb::Value& value) { return value.IsNull() ? "" : value.ToString(); }

int64_t Number(const duckdb::Value& value, int64_t missing) {
  return value.IsNull() ? missing : value.GetValue<int64_t>();
}

std::vector<std::string> Texts(const duckdb::Value& value) {
  std::vector<std::string> texts;
  if (value.IsNull()) return texts;
  for (const auto& one : duckdb::ListValue::GetChildren(value)) texts.push_back(Text(one));
  return texts;
}

class CatalogReader {
 public:
  explicit CatalogReader(DuckDbConnection& connection) : connection_(connection) {}

  arrow::Result<Catalog> Read() {
    return Guarded([&]() -> arrow::Result<Catalog> {
      ARROW_RETURN_NOT_OK(ReadTables());
      ARROW_RETURN_NOT_OK(ReadColumns());
      ARROW_RETURN_NOT_OK(ReadConstraints());
      ARROW_RETURN_NOT_OK(ReadIndexes());
      ARROW_RETURN_NOT_OK(ReadSequences());
      ARROW_RETURN_NOT_OK(ReadMacros());
      return std::move(catalog_);
    });
  }

 private:
  arrow::Result<Rows> Ask(const std::string& sql) {
    auto rows = connection_->Query(sql);
    if (rows->HasError()) return FromDuckDb(rows->GetErrorObject());
    return rows;
  }

  TableDefinition* Find(const std::string& schema, const std::string& name) {
    const auto found = tables_.find({schema, name});
    return found == tables_.end() ? nullptr : &catalog_.tables[found->second];
  }

  arrow::Status ReadTables() {
    ARROW_ASSIGN_OR_RAISE(
        const auto rows,
        Ask("from (select schema_name, table_name, false, comment, estimated_size from "
            "duckdb_tables() where not internal and not temporary and database_name = "
            "current_database() union all select schema_name, view_name, true, comment, null from "
            "duckdb_views() where not internal and not temporary and database_name = "
            "current_database()) order by 1, 2"));
    for (duckdb::idx_t i = 0; i < rows->RowCount(); ++i) {
      TableDefinition table;
      table.schema = Text(rows->GetValue(0, i));
      table.name = Text(rows->GetValue(1, i));
      if (rows->GetValue(2, i).GetValue<bool>()) table.kind = TableKind::kView;
      table.comment = Text(rows->GetValue(3, i));
      table.rows = Number(rows->GetValue(4, i), -1);
      const auto columns = FindTable(connection_, {table.schema, table.name});
      if (!columns.ok() && table.kind == TableKind::kView) {
        // It may name what is no longer there.
        catalog_.left_out.push_back(
            {"view " + Printable(table.name), columns.status().message(), ""});
        continue;
      }
      ARROW_RETURN_NOT_OK(columns.status());
      if (!columns->has_value()) continue;
      for (const DuckDbColumn& column : (*columns)->columns) {
        ColumnDefinition definition{
            .name = column.name, .type = column.type.ToString(), .not_null = !column.nullable};
        ARROW_ASSIGN_OR_RAISE(definition.field,
                              ToArrowField(column.type, column.name, column.nullable,
                                           connection_->context->GetClientProperties()));
        table.columns.push_back(std::move(definition));
      }
      tables_.emplace(std::pair(table.schema, table.name), catalog_.tables.size());
      catalog_.tables.push_back(std::move(table));
    }
    return arrow::Status::OK();
  }

  arrow::Status ReadColumns() {
    ARROW_ASSIGN_OR_RAISE(
        const auto rows,
        Ask("select schema_name, table_name, column_name, column_default, comment from "
            "duckdb_columns() where database_name = current_database() and not internal and "
            "(column_default is not null or comment is not null)"));
    for (duckdb::idx_t i = 0; i < rows->RowCount(); ++i) {
      TableDefinition* table = Find(Text(rows->GetValue(0, i)), Text(rows->GetValue(1, i)));
      if (table == nullptr || table->kind == TableKind::kView) continue;
      const std::string name = Text(rows->GetValue(2, i));
      const auto column =
          std::find_if(table->columns.begin(), table->columns.end(),
                       [&](const ColumnDefinition& one) { return one.name == name; });
      if (column == table->columns.end()) continue;
      column->comment = Text(rows->GetValue(4, i));
      std::string value = Text(rows->GetValue(3, i));
      if (value == "NULL") value.clear();
      ARROW_ASSIGN_OR_RAISE(const auto here, FindTable(connection_, {table->schema, table->name}));
      const auto& columns = (*here).columns;
      const bool generated = std::any_of(columns.begin(), columns.end(), [&](const auto& one) {
        return one.name == name && one.generated;
      });
      (generated ? column->generated_sql : column->default_sql) = value;
    }
    return arrow::Status::OK();
  }

  arrow::Status ReadConstraints() {
    ARROW_ASSIGN_OR_RAISE(
        const auto rows,
        Ask("select schema_name, table_name, constraint_type, constraint_name, "
            "constraint_column_names, expression, referenced_table, referenced_column_names, "
            "constraint_text from duckdb_constraints() where database_name = current_database() "
            "order by 1, 2, constraint_index"));
    for (duckdb::idx_t i = 0; i < rows->RowCount(); ++i) {
      TableDefinition* table = Find(Text(rows->GetValue(0, i)), Text(rows->GetValue(1, i)));
      if (table == nullptr) continue;
      const std::string type = Text(rows->GetValue(2, i)), name = Text(rows->GetValue(3, i));
      const auto columns = Texts(rows->GetValue(4, i));
      if (type == "PRIMARY KEY") {
        table->primary_key = KeyDefinition{name, columns};
      } else if (type == "UNIQUE") {
        table->unique.push_back({name, columns});
      } else if (type == "CHECK") {
        table->checks.push_back({name, Text(rows->GetValue(5, i))});
      } else if (type == "FOREIGN KEY") {
        table->foreign_keys.push_back({.name = name,
                                       .columns = columns,
                                       .schema = table->schema,
                                       .table = Text(rows->GetValue(6, i)),
                                       .referenced_columns = Texts(rows->GetValue(7, i)),
                                       .ddl = Text(rows->GetValue(8, i))});
      }
    }
    return arrow::Status::OK();
  }

  arrow::Status ReadIndexes() {
    ARROW_ASSIGN_OR_RAISE(const auto rows,
                          Ask("select schema_name, table_name, index_name, is_unique, sql from "
                              "duckdb_indexes() where database_name = current_database() and "
                              "not is_primary order by 1, 2, 3"));
    for (duckdb::idx_t i = 0; i < rows->RowCount(); ++i) {
      TableDefinition* table = Find(Text(rows->GetValue(0, i)), Text(rows->GetValue(1, i)));
      if (table == nullptr || rows->GetValue(4, i).IsNull()) continue;
      IndexDefinition index{.name = Text(rows->GetValue(2, i)),
                            .unique = rows->GetValue(3, i).GetValue<bool>(),
                            .ddl = Text(rows->GetValue(4, i))};
      index.columns = ColumnsOfIndex(index.ddl);
      table->indexes.push_back(std::move(index));
    }
    return arrow::Status::OK();
  }

  // Empty for expressions, and for indexes of an extension.
  static std::vector<std::string> ColumnsOfIndex(const std::string& ddl) {
    std::vector<std::string> columns;
    duckdb::Parser parser;
    parser.ParseQuery(ddl);
    if (parser.statements.size() != 1 ||
        parser.statements[0]->type != duckdb::StatementType::CREATE_STATEMENT) {
      return columns;
    }
    const auto& info = *parser.statements[0]->Cast<duckdb::CreateStatement>().info;
    if (info.type != duckdb::CatalogType::INDEX_ENTRY) return columns;
    const auto& index = info.Cast<duckdb::CreateIndexInfo>();
    if (!index.index_type.empty() && !duckdb::StringUtil::CIEquals(index.index_type, "ART")) {
      return columns;
    }
    for (const auto& expression : index.parsed_expressions) {
      if (expression->GetExpressionClass() != duckdb::ExpressionClass::COLUMN_REF) return {};
      columns.push_back(expression->Cast<duckdb::ColumnRefExpression>().GetColumnName());
    }
    return columns;
  }

  arrow::Status ReadSequences() {
    ARROW_ASSIGN_OR_RAISE(
        const auto rows,
        Ask("select schema_name, sequence_name, min_value, max_value, increment_by, "
            "cycle from duckdb_sequences() where database_name = current_database() "
            "and not temporary order by 1, 2"));
    for (duckdb::idx_t i = 0; i < rows->RowCount(); ++i) {
      SequenceDefinition sequence{.schema = Text(rows->GetValue(0, i)),
                                  .name = Text(rows->GetValue(1, i))};
      sequence.minimum = Number(rows->GetValue(2, i), 1);
      sequence.maximum = Number(rows->GetValue(3, i), INT64_MAX);
      sequence.increment = Number(rows->GetValue(4, i), 1);
      sequence.cycle = rows->GetValue(5, i).GetValue<bool>();
      // The view's last_value is the next one in a file that was opened again.
      auto& context = *connection_->context;
      context.RunFunctionInTransaction([&] {
        const auto& entry = duckdb::Catalog::GetEntry<duckdb::SequenceCatalogEntry>(
            context, duckdb::DatabaseManager::GetDefaultDatabase(context), sequence.schema,
            sequence.name);
        sequence.next = entry.GetData().counter;
      });
      catalog_.sequences.push_back(std::move(sequence));
    }
    return arrow::Status::OK();
  }

  arrow::Status ReadMacros() {
    ARROW_ASSIGN_OR_RAISE(
        const auto rows,
        Ask("select distinct function_name from duckdb_functions() where not internal and "
            "function_type in ('macro', 'table_macro') and database_name = current_database() "
            "order by 1"));
    for (duckdb::idx_t i = 0; i < rows->RowCount(); ++i) {
      catalog_.left_out.push_back(
          {"macro " + Printable(Text(rows->GetValue(0, i))), "macros are DuckDB's own", ""});
    }
    return arrow::Status::OK();
  }

  DuckDbConnection& connection_;
  Catalog catalog_;
  std::map<std::pair<std::string, std::string>, size_t> tables_;
};

class DuckDbTableSource : public TableSource {
 public:
  explicit DuckDbTableSource(std::unique_ptr<Source> source) : source_(std::move(source)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return source_->schema(); }
  arrow::Result<std::string> Fingerprint() const override { return source_->Fingerprint(); }
  arrow::Result<std::vector<Chunk>> Chunks(int64_t target_rows) override {
    return source_->Chunks(target_rows);
  }
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open(
      const Chunk& chunk, const ScanOptions& options) override {
    return source_->Open(chunk, options);
  }
  arrow::Result<SourceInfo> Inspect() override { return source_->Inspect(); }
  bool needs_wider_types() const override { return false; }

 private:
  const std::unique_ptr<Source> source_;
};

class DuckDbReader : public DatabaseReader {
 public:
  DuckDbReader(std::shared_ptr<Context> context, std::shared_ptr<duckdb::DuckDB> database,
               Location location, std::string snapshot, Catalog catalog)
      : context_(std::move(context)),
        database_(std::move(database)),
        location_(std::move(location)),
        snapshot_(std::move(snapshot)),
        catalog_(std::move(catalog)) {}

  const Catalog& catalog() const override { return catalog_; }
  std::string snapshot() const override { return snapshot_; }

  arrow::Result<std::unique_ptr<TableSource>> OpenTable(const TableDefinition& table,
                                                        const TableReadOptions& options) override {
    const auto refused = [&](const std::string& column) {
      return MakeError(ErrorCode::kUsage, "a column of DuckDB's is read as what it is, or as text",
                       {.location = location_.Redacted(),
                        .column = column,
                        .hint = "make a view that casts it, and name that with --tables"});
    };
    if (!options.epochs.empty()) return refused(options.epochs.begin()->first);
    std::string as_text;
    for (const auto& [column, type] : options.types) {
      if (type->id() != arrow::Type::STRING) return refused(column);
      const std::string quoted = QuotedIdentifier(column);
      as_text += (as_text.empty() ? "" : ", ") + ("cast(" + quoted + " as varchar) as " + quoted);
    }
    const TableName name{table.schema, table.name};
    Location location{.scheme = "duckdb", .path = location_.path, .table = name.Text()};
    if (options.beyond.has_value() || !as_text.empty()) {
      std::string where;
      if (options.beyond.has_value()) {
        ARROW_ASSIGN_OR_RAISE(where, Beyond(table, *options.beyond));
      }
      location.table.clear();
      location.options["query"] = "select *" +
                                  (as_text.empty() ? "" : " replace (" + as_text + ")") + " from " +
                                  name.Sql() + where;
    }
    ARROW_ASSIGN_OR_RAISE(auto source, OpenDuckDbSource(context_, location, options.infinities));
    return std::make_unique<DuckDbTableSource>(std::move(source));
  }

 private:
  arrow::Result<std::string> Beyond(const TableDefinition& table,
                                    const TableReadOptions::Beyond& beyond) const {
    for (const ColumnDefinition& column : table.columns) {
      if (column.name != beyond.column) continue;
      return " where " + QuotedIdentifier(column.name) + " > cast(" +
             QuotedLiteral(beyond.value->ToString()) + " as " + column.type + ")";
    }
    return MakeError(ErrorCode::kUsage, "there is no column " + Quoted(beyond.column),
                     {.location = location_.Redacted()});
  }

  const std::shared_ptr<Context> context_;
  const std::shared_ptr<duckdb::DuckDB> database_;  // keeps the file locked
  const Location location_;
  const std::string snapshot_;
  const Catalog catalog_;
};

}  // namespace

arrow::Result<std::unique_ptr<DatabaseReader>> OpenDuckDbReader(std::shared_ptr<Context> context,
                                                                const Location& location) {
  if (!location.table.empty() || !location.options.empty()) {
    return MakeError(ErrorCode::kUsage, "names a whole database: no table and no options",
                     {.location = location.Redacted(), .hint = "choose tables with --tables"});
  }
  ARROW_ASSIGN_OR_RAISE(auto database, OpenDuckDb(*context, {.path = location.path,
                                                             .read_only = true,
                                                             .must_exist = true,
                                                             .memory = context->memory_budget()}));
  ARROW_ASSIGN_OR_RAISE(const auto connection, DuckDbConnection::Open(context, database));
  ARROW_ASSIGN_OR_RAISE(auto catalog, CatalogReader(*connection).Read());
  struct stat facts = {};
  std::string snapshot = "the file, locked against writing";
  if (::stat(location.path.c_str(), &facts) == 0) {
    snapshot = fmt::format("the file of {:%Y-%m-%d %H:%M:%S} UTC, locked against writing",
                           fmt::gmtime(facts.st_mtim.tv_sec));
  }
  return std::make_unique<DuckDbReader>(std::move(context), std::move(database), location,
                                        std::move(snapshot), std::move(catalog));
}

}  // namespace bowyer
