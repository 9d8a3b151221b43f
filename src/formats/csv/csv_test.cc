#include <arrow/array.h>
#include <arrow/io/memory.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "bowyer/error.h"
#include "formats/format.h"
#include "matchers.h"

namespace bowyer {
namespace {

FileInput InMemory(const std::string& text, bool pipe = false) {
  FileInput input;
  input.name = "t.csv";
  auto reader = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(text));
  input.stream = reader;
  if (!pipe) {
    input.file = reader;
    input.size = static_cast<int64_t>(text.size());
  }
  return input;
}

arrow::Result<std::unique_ptr<Source>> Open(const std::string& text,
                                            const ReadOptions& options = {}, bool pipe = false,
                                            const Format& format = kCsvFormat) {
  ARROW_ASSIGN_OR_RAISE(auto context, Context::Make({.threads = 2}));
  return format.open(context, InMemory(text, pipe), options);
}

arrow::Result<std::shared_ptr<arrow::Table>> Read(Source* source, const ScanOptions& scan = {}) {
  ARROW_ASSIGN_OR_RAISE(auto reader, source->Open(Chunk{}, scan));
  return arrow::Table::FromRecordBatchReader(reader.get());
}

TEST(Csv, AFileIsReadMoreThanOnceAPipeOnce) {
  ASSERT_OK_AND_ASSIGN(auto file, Open("id,name\n1,a\n2,b\n"));
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto table, Read(file.get()));
    EXPECT_EQ(table->num_rows(), 2);
    EXPECT_EQ(table->schema()->ToString(), "id: int64\nname: string");
  }
  ASSERT_OK_AND_ASSIGN(auto pipe, Open("id,name\n1,a\n2,b\n", {}, true));
  ASSERT_OK_AND_ASSIGN(const auto table, Read(pipe.get()));
  EXPECT_EQ(table->num_rows(), 2);
  EXPECT_ERROR(Read(pipe.get()), ErrorCode::kUsage, "only once");
}

TEST(Csv, OnlyWantedColumnsAreConvertedInTheOrderWanted) {
  ASSERT_OK_AND_ASSIGN(auto source,
                       Open("a,b,c\n1,2,3\n4,5,6\n", {.types = {{"a", arrow::boolean()}}}));
  ASSERT_OK_AND_ASSIGN(const auto table, Read(source.get(), {.columns = std::vector<int>{2, 1}}));
  EXPECT_EQ(table->schema()->ToString(), "c: int64\nb: int64");
  EXPECT_EQ(table->column(0)->GetScalar(1).ValueOrDie()->ToString(), "6");
  // Column a does not fit its type, and its records' widths count all the same.
  EXPECT_ERROR(Read(source.get()), ErrorCode::kData, "column a");
  ASSERT_OK_AND_ASSIGN(const auto none, Read(source.get(), {.columns = std::vector<int>{}}));
  EXPECT_EQ(none->num_columns(), 0);
}

TEST(Csv, TabsSeparateInTsvUnlessToldOtherwise) {
  ASSERT_OK_AND_ASSIGN(auto tabs, Open("a\tb\n1,0\t2\n3,0\t4\n", {}, false, kTsvFormat));
  EXPECT_EQ(tabs->schema()->num_fields(), 2);
  ASSERT_OK_AND_ASSIGN(auto commas,
                       Open("a,b\n1,2\n", {.csv = {.delimiter = ','}}, false, kTsvFormat));
  EXPECT_EQ(commas->schema()->num_fields(), 2);
}

TEST(Csv, TypesFromAllRowsHoldWhatTheSampleDidNotShow) {
  std::string text = "n,t,d\n";
  for (int i = 0; i < 300000; ++i) {
    text += std::to_string(i) + ",,2026-01-01\n";
  }
  text += "0.5,x,2026-01-01 10:00:00\n";
  ASSERT_OK_AND_ASSIGN(auto sampled, Open(text));
  EXPECT_ERROR(Read(sampled.get()), ErrorCode::kData,
               "the column's type comes from the first 20,480 rows");
  ASSERT_OK_AND_ASSIGN(auto all, Open(text, {.sample_rows = -1}));
  EXPECT_EQ(all->schema()->ToString(), "n: double\nt: string\nd: timestamp[us]");
  ASSERT_OK_AND_ASSIGN(const auto table, Read(all.get()));
  EXPECT_EQ(table->num_rows(), 300001);
  EXPECT_ERROR(Open(text + text, {.sample_rows = -1}, true), ErrorCode::kUsage, "pipe");
}

TEST(Csv, InspectKnowsTheDialectAndTheRowsOfSmallFiles) {
  ASSERT_OK_AND_ASSIGN(auto source, Open("\xEF\xBB\xBF"
                                         "a;b\n1;2\n3;4\n"));
  ASSERT_OK_AND_ASSIGN(const auto info, source->Inspect());
  EXPECT_EQ(info.rows, 2);
  bool delimiter = false, encoding = false;
  for (const auto& [name, value] : info.facts) {
    delimiter = delimiter || (name == "delimiter" && value == ";");
    encoding = encoding || (name == "encoding" && value == "UTF-8 with BOM");
  }
  EXPECT_TRUE(delimiter && encoding);
}

TEST(Csv, UnknownDirectivesOfFormatsAreRefused) {
  EXPECT_ERROR(Open("a,b\n1,2\n", {.csv = {.date_format = "%Q"}}), ErrorCode::kUsage, "%Q");
}

TEST(Csv, TheOffsetOfAFaultCountsTheByteOrderMark) {
  ASSERT_OK_AND_ASSIGN(auto source, Open("\xEF\xBB\xBF"
                                         "a,b\n1,2\n1,x\n",
                                         {.types = {{"b", arrow::int64()}}}));
  const auto status = Read(source.get()).status();
  ASSERT_NE(DetailOf(status), nullptr);
  EXPECT_EQ(DetailOf(status)->place().byte_offset, 11);
  EXPECT_EQ(DetailOf(status)->place().line, 3);
}

}  // namespace
}  // namespace bowyer
