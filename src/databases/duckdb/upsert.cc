#include "databases/duckdb/upsert.h"

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/duckdb/status.h"
#include "databases/duckdb/table_layout.h"

namespace bowyer {
namespace {

constexpr const char* kStage = "bowyer_upsert";
constexpr const char* kStageSql = "temp.main.bowyer_upsert";

arrow::Result<duckdb::unique_ptr<duckdb::MaterializedQueryResult>> Rows(
    DuckDbConnection& connection, const std::string& sql) {
  auto rows = connection->Query(sql);
  if (rows->HasError()) return FromDuckDb(rows->GetErrorObject());
  return rows;
}

// "id = 7, day = 2026-11-01"
std::string ShownKey(duckdb::MaterializedQueryResult& rows, const std::vector<std::string>& keys) {
  std::string text;
  for (size_t i = 0; i < keys.size(); ++i) {
    text += (i == 0 ? "" : ", ") + Printable(keys[i]) + " = " +
            Printable(rows.GetValue(i, 0).ToString(), 80);
  }
  return text;
}

void Add(std::string& list, const char* separator, const std::string& item) {
  list += (list.empty() ? "" : separator) + item;
}

}  // namespace

arrow::Result<Upsert> Upsert::Begin(DuckDbConnection& connection, TableName target,
                                    std::vector<DuckDbColumn> columns,
                                    std::vector<std::string> keys) {
  Upsert upsert;
  upsert.stage_ = kStageSql;
  // Constraints are the target's: there their errors name it.
  auto loose = columns;
  for (DuckDbColumn& column : loose) column.nullable = true;
  ARROW_RETURN_NOT_OK(connection.Execute("drop table if exists " + upsert.stage()));
  ARROW_RETURN_NOT_OK(CreateTable(connection, "temp", {"main", kStage}, loose));
  upsert.connection_ = &connection;
  upsert.target_ = std::move(target);
  upsert.columns_ = std::move(columns);
  upsert.keys_ = std::move(keys);
  return upsert;
}

Upsert Upsert::From(DuckDbConnection& connection, const TableName& stage, TableName target,
                    std::vector<DuckDbColumn> columns, std::vector<std::string> keys) {
  Upsert upsert;
  upsert.connection_ = &connection;
  upsert.stage_ = stage.Sql();
  upsert.target_ = std::move(target);
  upsert.columns_ = std::move(columns);
  upsert.keys_ = std::move(keys);
  return upsert;
}

arrow::Status Upsert::CheckKeys() {
  return Guarded([&]() -> arrow::Status {
    std::string keys, any_null;
    for (const std::string& key : keys_) {
      Add(keys, ", ", QuotedIdentifier(key));
      Add(any_null, " or ", QuotedIdentifier(key) + " is null");
    }
    ARROW_ASSIGN_OR_RAISE(const auto nulls,
                          Rows(*connection_, "select " + keys + " from " + stage() + " where " +
                                                 any_null + " limit 1"));
    if (nulls->RowCount() > 0) {
      return MakeError(ErrorCode::kData, "a row without a key: " + ShownKey(*nulls, keys_));
    }
    ARROW_ASSIGN_OR_RAISE(const auto twice,
                          Rows(*connection_, "select " + keys + ", count(*) from " + stage() +
                                                 " group by all having count(*) > 1 limit 1"));
    if (twice->RowCount() > 0) {
      return MakeError(ErrorCode::kData,
                       "a key stands in " + twice->GetValue(keys_.size(), 0).ToString() +
                           " of the rows: " + ShownKey(*twice, keys_),
                       {.hint = "nobody could tell which of them is to stay"});
    }
    return arrow::Status::OK();
  });
}

arrow::Result<UpsertCounts> Upsert::Finish() {
  ARROW_RETURN_NOT_OK(CheckKeys());
  return Guarded([&]() -> arrow::Result<UpsertCounts> {
    std::string same, set, names, values;
    for (const std::string& key : keys_) {
      const std::string name = QuotedIdentifier(key);
      Add(same, " and ", "there." + name + " = fresh." + name);
    }
    for (const DuckDbColumn& column : columns_) {
      const std::string name = QuotedIdentifier(column.name);
      Add(names, ", ", name);
      Add(values, ", ", "fresh." + name);
      bool is_key = false;
      for (const std::string& key : keys_) {
        is_key = is_key || duckdb::StringUtil::CIEquals(key, column.name);
      }
      if (!is_key) Add(set, ", ", name + " = fresh." + name);
    }
    const std::string count = "select count(*) from ";
    ARROW_ASSIGN_OR_RAISE(const auto before, Rows(*connection_, count + target_.Sql()));
    ARROW_ASSIGN_OR_RAISE(const auto fresh, Rows(*connection_, count + stage()));
    ARROW_RETURN_NOT_OK(connection_->Execute(
        "merge into " + target_.Sql() + " as there using " + stage() + " as fresh on " + same +
        (set.empty() ? "" : " when matched then update set " + set) +
        " when not matched then insert (" + names + ") values (" + values + ")"));
    ARROW_ASSIGN_OR_RAISE(const auto after, Rows(*connection_, count + target_.Sql()));
    ARROW_RETURN_NOT_OK(connection_->Execute("drop table " + stage()));
    UpsertCounts counts;
    counts.inserted =
        after->GetValue(0, 0).GetValue<int64_t>() - before->GetValue(0, 0).GetValue<int64_t>();
    counts.updated = fresh->GetValue(0, 0).GetValue<int64_t>() - counts.inserted;
    return counts;
  });
}

}  // namespace bowyer
