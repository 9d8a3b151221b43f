// Whole databases into a folder of Parquet: chunks side by side, resumed, names that are no names.
#include "connectors/parquet_database.h"

#include <arrow/table.h>
#include <gtest/gtest.h>

#include <thread>

#include "connectors/connectors.h"
#include "connectors/databases.h"
#include "killed_child.h"
#include "matchers.h"
#include "table_of.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<Context> NewContext() { return Context::Make({.threads = 2}).ValueOrDie(); }

arrow::Result<std::unique_ptr<DatabaseWriter>> OpenWriter(const std::string& path) {
  return OpenDatabaseWriter(NewContext(), {.scheme = "parquet", .path = path}, {});
}

std::shared_ptr<arrow::Table> Numbers(int64_t first, int64_t count) {
  arrow::Int64Builder n;
  for (int64_t i = 0; i < count; ++i) EXPECT_TRUE(n.Append(first + i).ok());
  return arrow::Table::Make(arrow::schema({arrow::field("n", arrow::int64())}),
                            {n.Finish().ValueOrDie()});
}

TableTarget TargetOf(const std::string& name, IfExists if_exists = IfExists::kError,
                     bool resume = false) {
  TableTarget target{.name = name, .if_exists = if_exists, .resume = resume};
  target.definition.name = name;
  return target;
}

arrow::Status WriteChunk(Sink& sink, int64_t index, const arrow::Table& rows) {
  ARROW_ASSIGN_OR_RAISE(const auto writer, sink.Open({.index = index}));
  ARROW_ASSIGN_OR_RAISE(const auto batch, rows.CombineChunksToBatch());
  if (batch->num_rows() > 0) ARROW_RETURN_NOT_OK(writer->Write(batch));
  return writer->Commit(
      {.chunk = index, .rows = rows.num_rows(), .digest = "d", .snapshot = "now"});
}

arrow::Status Put(const std::string& path, const TableTarget& target, const arrow::Table& rows,
                  const std::string& fingerprint = "f") {
  ARROW_ASSIGN_OR_RAISE(const auto writer, OpenWriter(path));
  ARROW_ASSIGN_OR_RAISE(const auto sink, writer->OpenTable(target));
  ARROW_RETURN_NOT_OK(sink->Begin(rows.schema(), fingerprint));
  ARROW_RETURN_NOT_OK(WriteChunk(*sink, 0, rows));
  ARROW_RETURN_NOT_OK(sink->Finish());
  return writer->Finish({}, {target});
}

int64_t RowsOf(const std::string& path) {
  const auto source = OpenSource(NewContext(), {.scheme = "file", .path = path}, {}, false);
  if (!source.ok()) return -1;
  return (*source)->Open(Chunk{}, {}).ValueOrDie()->ToTable().ValueOrDie()->num_rows();
}

TEST(ParquetDatabase, ChunksFromSeveralThreadsMakeOneFolder) {
  const TemporaryFolder folder;
  const std::string path = folder / "out/";
  ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(path));
  const TableTarget target = TargetOf("t");
  ASSERT_OK_AND_ASSIGN(const auto sink, writer->OpenTable(target));
  ASSERT_OK(sink->Begin(Numbers(0, 1)->schema(), "f"));
  std::vector<std::thread> threads;
  std::vector<arrow::Status> ends(4);
  for (size_t i = 0; i < ends.size(); ++i) {
    threads.emplace_back([&, i] {
      ends[i] = WriteChunk(*sink, static_cast<int64_t>(i), *Numbers(0, i == 2 ? 0 : 10'000));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const arrow::Status& end : ends) ASSERT_OK(end);
  EXPECT_FALSE(fs::exists(path + "t"));
  {
    ASSERT_OK_AND_ASSIGN(const auto back, writer->ReadBack(target));
    ASSERT_OK_AND_ASSIGN(const auto reader, back->Open(Chunk{}, {}));
    ASSERT_OK_AND_ASSIGN(const auto table, reader->ToTable());
    EXPECT_EQ(table->num_rows(), 30'000);
  }
  ASSERT_OK(sink->Finish());
  ASSERT_OK(writer->Finish({}, {target}));
  EXPECT_EQ(RowsOf(path + "t"), 30'000);
  EXPECT_GT(writer->bytes_written(), 0);
  EXPECT_NE(ReadWholeFile(path + "_tables.json").find("\"table\": \"t\""), std::string::npos);
}

TEST(ParquetDatabase, AKilledRunIsResumedWithWhatItHadCommitted) {
  const TemporaryFolder folder;
  const std::string path = folder / "out";
  const TableTarget target = TargetOf("t", IfExists::kError, true);
  std::unique_ptr<DatabaseWriter> child_writer;
  std::unique_ptr<Sink> child_sink;
  KillAfter(6, std::chrono::milliseconds(0), [&](int64_t chunk) {
    if (chunk == 0) {
      child_writer = OpenWriter(path).ValueOrDie();
      child_sink = child_writer->OpenTable(target).ValueOrDie();
      (void)child_sink->Begin(Numbers(0, 1)->schema(), "f");
    }
    return WriteChunk(*child_sink, chunk, *Numbers(chunk * 1000, 1000)).ok();
  });
  EXPECT_FALSE(fs::exists(path + "/t"));

  ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(path));
  ASSERT_OK_AND_ASSIGN(const auto sink, writer->OpenTable(target));
  ASSERT_OK_AND_ASSIGN(const auto receipts, sink->Begin(Numbers(0, 1)->schema(), "f"));
  ASSERT_GE(receipts.size(), 6U);
  for (size_t i = 0; i < receipts.size(); ++i) {
    EXPECT_EQ(receipts[i].chunk, static_cast<int64_t>(i));
    EXPECT_EQ(receipts[i].rows, 1000);
    EXPECT_EQ(receipts[i].digest + receipts[i].snapshot, "dnow");
  }
  const auto next = static_cast<int64_t>(receipts.size());
  ASSERT_OK(WriteChunk(*sink, next, *Numbers(0, 5)));
  ASSERT_OK(sink->Finish());
  ASSERT_OK(writer->Finish({}, {target}));
  EXPECT_EQ(RowsOf(path + "/t"), next * 1000 + 5);
  // The table and its name, nothing hidden.
  EXPECT_EQ(std::distance(fs::directory_iterator(path), fs::directory_iterator()), 2);
}

TEST(ParquetDatabase, WhatAnotherFingerprintLeftIsRemoved) {
  const TemporaryFolder folder;
  const std::string path = folder / "out";
  const TableTarget target = TargetOf("t", IfExists::kError, true);
  const auto begin = [&](const std::string& fingerprint, size_t expected) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto writer, OpenWriter(path));
    ARROW_ASSIGN_OR_RAISE(const auto sink, writer->OpenTable(target));
    ARROW_ASSIGN_OR_RAISE(const auto receipts, sink->Begin(Numbers(0, 1)->schema(), fingerprint));
    EXPECT_EQ(receipts.size(), expected) << fingerprint;
    return WriteChunk(*sink, static_cast<int64_t>(expected), *Numbers(0, 7));
  };
  ASSERT_OK(begin("a", 0));
  ASSERT_OK(begin("a", 1));
  ASSERT_OK(begin("b", 0));
  ASSERT_OK(begin("b", 1));
  ASSERT_OK(Put(path, TargetOf("t"), *Numbers(0, 3)));  // without --resume
  EXPECT_EQ(RowsOf(path + "/t"), 3);
}

TEST(ParquetDatabase, TablesThatAreThere) {
  const TemporaryFolder folder;
  const std::string path = folder / "out";
  ASSERT_OK(Put(path, TargetOf("t"), *Numbers(0, 10)));
  EXPECT_ERROR(Put(path, TargetOf("t"), *Numbers(0, 10)), ErrorCode::kUnavailable, "exists");
  ASSERT_OK(Put(path, TargetOf("t", IfExists::kAppend), *Numbers(0, 3), "g"));
  EXPECT_EQ(RowsOf(path + "/t"), 13);
  ASSERT_OK(Put(path, TargetOf("t", IfExists::kOverwrite), *Numbers(0, 4)));
  EXPECT_EQ(RowsOf(path + "/t"), 4);
  EXPECT_ERROR(Put(path, TargetOf("t", IfExists::kUpsert), *Numbers(0, 4)), ErrorCode::kUsage,
               "by key");
  // One that an unfinished run has shown is whole.
  ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(path));
  ASSERT_OK_AND_ASSIGN(const auto sink, writer->OpenTable(TargetOf("t", IfExists::kError, true)));
  ASSERT_OK_AND_ASSIGN(const auto receipts, sink->Begin(Numbers(0, 1)->schema(), "f"));
  EXPECT_EQ(receipts.size(), 1U);
  ASSERT_OK(sink->Finish());
}

TEST(ParquetDatabase, NoNameLeadsOutOfTheFolder) {
  const TemporaryFolder folder;
  const std::string path = folder / "out";
  const std::vector<std::string> names = {"../../x",
                                          "/etc/passwd",
                                          "..",
                                          ".hidden",
                                          "_tables.json",
                                          "a\nb",
                                          "$(reboot)",
                                          "a.b",
                                          std::string(200, 'n'),
                                          std::string(199, 'n') + "m",
                                          "übung",
                                          "a%2Fb"};
  std::vector<TableTarget> targets;
  ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(path));
  for (const std::string& name : names) {
    targets.push_back(TargetOf(name));
    ASSERT_OK_AND_ASSIGN(const auto sink, writer->OpenTable(targets.back()));
    ASSERT_OK(sink->Begin(Numbers(0, 1)->schema(), "f"));
    ASSERT_OK(WriteChunk(*sink, 0, *Numbers(0, 1)));
    ASSERT_OK(sink->Finish());
  }
  ASSERT_OK(writer->Finish({}, targets));
  EXPECT_EQ(folder.entries(), 1);
  EXPECT_EQ(std::distance(fs::directory_iterator(path), fs::directory_iterator()),
            static_cast<int64_t>(names.size()) + 1);
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_directory()) continue;
    EXPECT_EQ(RowsOf(entry.path().string()), 1) << name;
  }
  const std::string mapping = ReadWholeFile(path + "/_tables.json");
  EXPECT_NE(mapping.find("\"folder\": \"%2E%2E%2F%2E%2E%2Fx\""), std::string::npos) << mapping;
}

TEST(ParquetDatabase, WhatParquetDoesNotHoldIsListed) {
  const TemporaryFolder folder;
  TableTarget target = TargetOf("t");
  target.definition.primary_key = KeyDefinition{"k", {"n"}};
  target.definition.checks = {{"c", "n > 0"}};
  target.definition.columns = {{.name = "n", .default_sql = "5"}};
  ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(folder / "out"));
  ASSERT_OK(writer->Finish({}, {target}));
  EXPECT_EQ(writer->left_out().size(), 3U);
}

}  // namespace
}  // namespace bowyer
