#include "databases/duckdb/part_tables.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "bowyer/error.h"
#include "databases/duckdb/status.h"

namespace bowyer {
namespace {

constexpr std::string_view kTables = R"("main"."bowyer-parts")";
constexpr std::string_view kReceipts = R"("main"."bowyer-receipts")";
constexpr std::string_view kOfOne = "where schema_name = $1 and table_name = $2";
constexpr std::array kStates = {"filling", "shown", "appended", "merged", "whole"};

// `values` are $1, $2 ...; the result is materialised.
template <typename... Values>
arrow::Result<duckdb::unique_ptr<duckdb::QueryResult>> Ask(DuckDbConnection& connection,
                                                           const std::string& sql,
                                                           Values... values) {
  return Guarded([&]() -> arrow::Result<duckdb::unique_ptr<duckdb::QueryResult>> {
    const auto prepared = connection->Prepare(sql);
    if (prepared->HasError()) return FromDuckDb(prepared->GetErrorObject());
    duckdb::vector<duckdb::Value> given = {std::move(values)...};
    auto rows = prepared->Execute(given, false);
    if (rows->HasError()) return FromDuckDb(rows->GetErrorObject());
    return rows;
  });
}

arrow::Result<duckdb::MaterializedQueryResult*> Read(
    const arrow::Result<duckdb::unique_ptr<duckdb::QueryResult>>& asked) {
  ARROW_RETURN_NOT_OK(asked.status());
  return &(*asked)->Cast<duckdb::MaterializedQueryResult>();
}

arrow::Status DropIfThere(DuckDbConnection& connection, const TableName& name) {
  return connection.Execute("drop table if exists " + name.Sql());
}

}  // namespace

arrow::Result<bool> HasPartTables(DuckDbConnection& connection) {
  ARROW_ASSIGN_OR_RAISE(const auto table, FindTable(connection, {"main", "bowyer-parts"}));
  return table.has_value();
}

arrow::Status MakePartTables(DuckDbConnection& connection) {
  ARROW_RETURN_NOT_OK(connection.Execute(fmt::format(
      "create table if not exists {} (schema_name varchar, table_name varchar, part varchar, "
      "fingerprint varchar, state varchar, first_row bigint)",
      kTables)));
  return connection.Execute(fmt::format(
      "create table if not exists {} (schema_name varchar, table_name varchar, chunk bigint, "
      "row_count bigint, digest varchar, snapshot varchar)",
      kReceipts));
}

arrow::Status DropPartTables(DuckDbConnection& connection) {
  const auto asked = Ask(
      connection,
      fmt::format("select schema_name, part from {} where state in ('filling', 'whole')", kTables));
  ARROW_ASSIGN_OR_RAISE(auto* const rows, Read(asked));
  for (duckdb::idx_t i = 0; i < rows->RowCount(); ++i) {
    ARROW_RETURN_NOT_OK(DropIfThere(
        connection, {rows->GetValue(0, i).ToString(), rows->GetValue(1, i).ToString()}));
  }
  ARROW_RETURN_NOT_OK(connection.Execute(fmt::format("drop table if exists {}", kReceipts)));
  return connection.Execute(fmt::format("drop table if exists {}", kTables));
}

arrow::Result<std::optional<PartTable>> FindPartTable(DuckDbConnection& connection,
                                                      const TableName& name) {
  const auto asked =
      Ask(connection,
          fmt::format("select part, fingerprint, state, first_row from {} {}", kTables, kOfOne),
          duckdb::Value(name.schema), duckdb::Value(name.table));
  ARROW_ASSIGN_OR_RAISE(auto* const rows, Read(asked));
  if (rows->RowCount() == 0) return std::nullopt;
  PartTable table;
  table.name = name;
  table.part = rows->GetValue(0, 0).ToString();
  table.fingerprint = rows->GetValue(1, 0).ToString();
  const std::string state = rows->GetValue(2, 0).ToString();
  for (size_t i = 0; i < kStates.size(); ++i) {
    if (state == kStates[i]) table.state = static_cast<PartTable::State>(i);
  }
  table.first_row = rows->GetValue(3, 0).GetValue<int64_t>();
  return table;
}

arrow::Result<std::string> NewPartTableName(DuckDbConnection& connection, const TableName& name) {
  const std::string plain = "bowyer-part " + name.table;
  std::string part = plain;
  for (int i = 2;; ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto there, FindTable(connection, {name.schema, part}));
    if (!there.has_value()) return part;
    part = plain + " " + std::to_string(i);
  }
}

arrow::Status AddPartTable(DuckDbConnection& connection, const PartTable& table) {
  return Ask(connection, fmt::format("insert into {} values ($1, $2, $3, $4, $5, $6)", kTables),
             duckdb::Value(table.name.schema), duckdb::Value(table.name.table),
             duckdb::Value(table.part), duckdb::Value(table.fingerprint),
             duckdb::Value(kStates[static_cast<size_t>(table.state)]),
             duckdb::Value::BIGINT(table.first_row))
      .status();
}

arrow::Status SetPartState(DuckDbConnection& connection, const PartTable& table) {
  return Ask(connection,
             fmt::format("update {} set state = $3, first_row = $4 {}", kTables, kOfOne),
             duckdb::Value(table.name.schema), duckdb::Value(table.name.table),
             duckdb::Value(kStates[static_cast<size_t>(table.state)]),
             duckdb::Value::BIGINT(table.first_row))
      .status();
}

arrow::Status RemovePartTable(DuckDbConnection& connection, const PartTable& table) {
  if (table.is_part()) {
    ARROW_RETURN_NOT_OK(DropIfThere(connection, table.part_name()));
  }
  for (const std::string_view from : {kReceipts, kTables}) {
    ARROW_RETURN_NOT_OK(Ask(connection, fmt::format("delete from {} {}", from, kOfOne),
                            duckdb::Value(table.name.schema), duckdb::Value(table.name.table)));
  }
  return arrow::Status::OK();
}

arrow::Status AddReceipt(DuckDbConnection& connection, const TableName& name,
                         const Receipt& receipt) {
  return Ask(connection, fmt::format("insert into {} values ($1, $2, $3, $4, $5, $6)", kReceipts),
             duckdb::Value(name.schema), duckdb::Value(name.table),
             duckdb::Value::BIGINT(receipt.chunk), duckdb::Value::BIGINT(receipt.rows),
             duckdb::Value(receipt.digest), duckdb::Value(receipt.snapshot))
      .status();
}

arrow::Result<std::vector<Receipt>> ReadReceipts(DuckDbConnection& connection,
                                                 const TableName& name) {
  const auto asked = Ask(connection,
                         fmt::format("select chunk, row_count, digest, snapshot from {} {} "
                                     "order by chunk",
                                     kReceipts, kOfOne),
                         duckdb::Value(name.schema), duckdb::Value(name.table));
  ARROW_ASSIGN_OR_RAISE(auto* const rows, Read(asked));
  std::vector<Receipt> receipts;
  for (duckdb::idx_t i = 0; i < rows->RowCount(); ++i) {
    receipts.push_back({.chunk = rows->GetValue(0, i).GetValue<int64_t>(),
                        .rows = rows->GetValue(1, i).GetValue<int64_t>(),
                        .digest = rows->GetValue(2, i).ToString(),
                        .snapshot = rows->GetValue(3, i).ToString()});
  }
  return receipts;
}

}  // namespace bowyer
