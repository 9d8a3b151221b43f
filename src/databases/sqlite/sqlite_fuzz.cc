// Fuzzes the reading of SQLite's pages: any file is read or refused.
#include <unistd.h>

#include <cstdint>
#include <string>

#include "databases/sqlite/catalog.h"
#include "databases/sqlite/cells.h"
#include "databases/sqlite/row_cursor.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

arrow::Status ReadTables(const std::string& path) {
  static const auto context = *Context::Make({.threads = 1, .memory = int64_t{64} << 20});
  ARROW_ASSIGN_OR_RAISE(const auto snapshot, SqliteSnapshot::Open(context, path, 1));
  const auto connection = snapshot->Take();
  ARROW_ASSIGN_OR_RAISE(const auto entries, ListSqliteTables(*connection));
  for (const SqliteEntry& entry : entries) {
    auto relation = RelationOf(*connection, entry, entry.name);
    if (!relation.ok()) continue;
    std::vector<int> columns;
    for (size_t i = 0; i < relation->columns.size(); ++i) columns.push_back(static_cast<int>(i));
    const auto pages = TablePages::Open(*snapshot, *connection, *relation, {}, columns);
    // What cells point to is looked at to its last byte.
    while (pages != nullptr && pages->Next() == TablePages::Found::kRow) {
      for (const Cell& cell : pages->cells()) (void)LiteralOf(cell);
    }
  }
  return arrow::Status::OK();
}

}  // namespace
}  // namespace bowyer

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bowyer::TemporaryFolder folder;
  const std::string path = folder.Write("d.db", {reinterpret_cast<const char*>(data), size});
  (void)bowyer::ReadTables(path);
  ::unlink((path + "-wal").c_str());
  ::unlink((path + "-journal").c_str());
  ::unlink((path + "-shm").c_str());
  return 0;
}
