#include <arrow/table.h>
#include <gtest/gtest.h>

#include "bowyer/copy.h"
#include "bowyer/error.h"
#include "connectors/connectors.h"
#include "files/packing.h"
#include "matchers.h"
#include "table_of.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

class TextAppendTest : public testing::Test {
 protected:
  arrow::Status Append(const std::string& path, WriteOptions options = {},
                       std::shared_ptr<arrow::Table> table = nullptr) {
    options.if_exists = IfExists::kAppend;
    return Copy(context_, std::make_shared<arrow::TableBatchReader>(table ? table : rows_),
                *Location::Parse(path), options)
        .status();
  }
  arrow::Result<std::shared_ptr<arrow::Table>> ReadFrom(const std::string& path) {
    ARROW_ASSIGN_OR_RAISE(auto source,
                          OpenSource(context_, *Location::Parse(path), ReadOptions{}, false));
    ARROW_ASSIGN_OR_RAISE(auto reader, source->Open(Chunk{}, ScanOptions{}));
    ARROW_ASSIGN_OR_RAISE(auto table, reader->ToTable());
    return table->CombineChunks();
  }

  std::shared_ptr<Context> context_ = *Context::Make();
  TemporaryFolder folder_;
  std::shared_ptr<arrow::Table> rows_ =
      TableOf({{"id", arrow::int64(), "[3]"}, {"name", arrow::utf8(), R"(["c"])"}});
};

TEST_F(TextAppendTest, RowsGoOnBehindTheOldBytes) {
  ASSERT_OK(Append(folder_.Write("a.csv", "id,name\n1,a\n2,b\n")));
  EXPECT_EQ(ReadWholeFile(folder_ / "a.csv"), "id,name\n1,a\n2,b\n3,c\n");
  // A last line without its end gets it.
  ASSERT_OK(Append(folder_.Write("b.csv", "id,name\n1,a\n2,b")));
  EXPECT_EQ(ReadWholeFile(folder_ / "b.csv"), "id,name\n1,a\n2,b\n3,c\n");
  ASSERT_OK(Append(folder_.Write("c.jsonl", "{\"id\":1,\"name\":\"a\"}")));
  EXPECT_EQ(ReadWholeFile(folder_ / "c.jsonl"),
            "{\"id\":1,\"name\":\"a\"}\n{\"id\":3,\"name\":\"c\"}\n");
  // An empty file is as none.
  ASSERT_OK(Append(folder_.Write("d.csv", "")));
  EXPECT_EQ(ReadWholeFile(folder_ / "d.csv"), "id,name\n3,c\n");
}

TEST_F(TextAppendTest, RowsGoOnInTheFilesDialect) {
  ASSERT_OK(Append(folder_.Write("a.csv", "id;name\n1;a\n2;b\n5;e\n")));
  EXPECT_EQ(ReadWholeFile(folder_ / "a.csv"), "id;name\n1;a\n2;b\n5;e\n3;c\n");
  ASSERT_OK(Append(folder_.Write("b.csv", "id\tname\n1\ta\n2\tb\n5\te\n")));
  EXPECT_EQ(ReadWholeFile(folder_ / "b.csv"), "id\tname\n1\ta\n2\tb\n5\te\n3\tc\n");
}

TEST_F(TextAppendTest, PackedTextStaysPacked) {
  for (const char* name : {"a.csv.gz", "a.csv.zst", "a.csv.bz2", "a.csv.lz4"}) {
    const std::string path = folder_ / name;
    ASSERT_OK(Append(path));
    ASSERT_OK(Append(path));
    EXPECT_EQ(DetectPacking(ReadWholeFile(path)), PackingOfPath(path)) << name;
    ASSERT_OK_AND_ASSIGN(auto table, ReadFrom(path));
    ASSERT_OK_AND_ASSIGN(auto twice, arrow::ConcatenateTables({rows_, rows_}));
    EXPECT_TRUE(table->Equals(*twice)) << name;
  }
  // Cut off, it is no ground to build on.
  const std::string whole = ReadWholeFile(folder_ / "a.csv.gz");
  const std::string cut = folder_.Write("cut.csv.gz", whole.substr(0, whole.size() - 3));
  EXPECT_ERROR(Append(cut), ErrorCode::kData, "cut off");
  EXPECT_EQ(ReadWholeFile(cut).size(), whole.size() - 3);
}

TEST_F(TextAppendTest, WhatDoesNotFitIsRefused) {
  const auto refused = [&](const std::string& name, const std::string& bytes, const char* phrase) {
    const std::string path = folder_.Write(name, bytes);
    EXPECT_ERROR(Append(path), ErrorCode::kData, phrase);
    EXPECT_EQ(ReadWholeFile(path), bytes);
  };
  refused("a.csv", "id,nom\n1,a\n", "other columns than the file");
  refused("b.csv", "name,id\na,1\n", "other columns than the file");
  refused("c.json", "[{\"id\":1,\"name\":\"a\"}]", "is an array");
  refused("d.csv", std::string("\xff\xfei\0d\0,\0n\0a\0m\0e\0\n\0001\0,\0a\0\n\0", 26), "UTF-16LE");
  EXPECT_EQ(folder_.entries(), 4);
}

TEST_F(TextAppendTest, PackingByNameOrOption) {
  const auto write = [&](const char* name, WriteOptions options) {
    return Append(folder_ / name, std::move(options));
  };
  ASSERT_OK(write("plain.csv", {.compression = {.name = "gzip"}}));
  EXPECT_EQ(DetectPacking(ReadWholeFile(folder_ / "plain.csv")), Packing::kGzip);
  ASSERT_OK_AND_ASSIGN(auto table, ReadFrom(folder_ / "plain.csv"));
  EXPECT_TRUE(table->Equals(*rows_));
  // A name that says packed, and text that is not.
  ASSERT_OK_AND_ASSIGN(table, ReadFrom(folder_.Write("text.csv.gz", "id,name\n3,c\n")));
  EXPECT_TRUE(table->Equals(*rows_));
  EXPECT_ERROR(write("a.csv.gz", {.compression = {.name = "zstd"}}), ErrorCode::kUsage,
               "its name says gzip");
  EXPECT_ERROR(write("a.csv", {.compression = {.name = "snappy"}}), ErrorCode::kUsage,
               "does not pack text files");
  EXPECT_ERROR(write("a.csv", {.compression = {.level = 3}}), ErrorCode::kUsage,
               "needs a compression");
  EXPECT_ERROR(write("a.csv.gz", {.compression = {.level = 99}}), ErrorCode::kUsage, "levels");
}

}  // namespace
}  // namespace bowyer
