#include "connectors/folder_sink.h"

#include <arrow/table.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "bowyer/copy.h"
#include "bowyer/error.h"
#include "connectors/connectors.h"
#include "matchers.h"
#include "table_of.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

class FolderSinkTest : public testing::Test {
 protected:
  arrow::Result<CopyReport> WriteTo(const std::string& name,
                                    const std::shared_ptr<arrow::Table>& table,
                                    WriteOptions options = {}) {
    options.format = "arrow";
    auto reader = std::make_shared<arrow::TableBatchReader>(table);
    if (batch_rows_ > 0) reader->set_chunksize(batch_rows_);
    return Copy(context_, reader, *Location::Parse(folder_ / name), options);
  }
  arrow::Result<std::shared_ptr<arrow::Table>> ReadFrom(const std::string& name,
                                                        const ReadOptions& options = {}) {
    ARROW_ASSIGN_OR_RAISE(auto source,
                          OpenSource(context_, *Location::Parse(folder_ / name), options, false));
    ARROW_ASSIGN_OR_RAISE(auto reader, source->Open(Chunk{}, ScanOptions{}));
    ARROW_ASSIGN_OR_RAISE(auto table, reader->ToTable());
    return table->CombineChunks();
  }
  static std::shared_ptr<arrow::Table> Ids(int64_t first, int64_t count) {
    std::string values = "[";
    for (int64_t i = 0; i < count; ++i) values += (i == 0 ? "" : ",") + std::to_string(first + i);
    return TableOf({{"id", arrow::int64(), values + "]"}});
  }
  std::vector<std::string> Files(const std::string& name) const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / name)) {
      if (entry.is_regular_file()) {
        files.push_back(std::filesystem::relative(entry.path(), folder_ / name).string());
      }
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  std::shared_ptr<Context> context_ = *Context::Make();
  TemporaryFolder folder_;
  int64_t batch_rows_ = 0;
};

using Names = std::vector<std::string>;

TEST_F(FolderSinkTest, FilesEndAtTheRowsAskedFor) {
  ASSERT_OK_AND_ASSIGN(auto report, WriteTo("out", Ids(0, 10), {.max_file_rows = 4}));
  EXPECT_EQ(Files("out"), (Names{"part-00000.arrow", "part-00001.arrow", "part-00002.arrow"}));
  EXPECT_EQ(report.files.size(), 3);
  EXPECT_EQ(report.files[0], folder_ / "out/part-00000.arrow");
  EXPECT_GT(report.bytes_written, 0);
  ASSERT_OK_AND_ASSIGN(auto table, ReadFrom("out"));
  EXPECT_TRUE(table->Equals(*Ids(0, 10)));
  EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(FolderSinkTest, FilesEndBehindTheBatchThatReachesTheSize) {
  batch_rows_ = 100'000;
  ASSERT_OK(WriteTo("out/", Ids(0, 400'000), {.max_file_bytes = 1'000'000}));
  EXPECT_EQ(Files("out").size(), 2);
  ASSERT_OK_AND_ASSIGN(auto table, ReadFrom("out"));
  EXPECT_TRUE(table->Equals(*Ids(0, 400'000)));
}

TEST_F(FolderSinkTest, ATableWithoutRowsKeepsItsColumns) {
  ASSERT_OK(WriteTo("out/", Ids(0, 0)));
  ASSERT_OK_AND_ASSIGN(auto table, ReadFrom("out"));
  EXPECT_EQ(table->num_rows(), 0);
  EXPECT_EQ(table->schema()->ToString(), "id: int64");
}

TEST_F(FolderSinkTest, PartitionsComeBackAsColumns) {
  const auto table = TableOf({{"id", arrow::int64(), "[1, 2, 3, 4, 5]"},
                              {"year", arrow::int32(), "[2026, 2025, 2026, null, 2025]"},
                              {"tag", arrow::utf8(), R"(["a", "b", "a", "a", "c"])"}});
  ASSERT_OK(WriteTo("out", table, {.partition_by = {"year", "tag"}}));
  EXPECT_EQ(Files("out"),
            (Names{"year=2025/tag=b/part-00000.arrow", "year=2025/tag=c/part-00000.arrow",
                   "year=2026/tag=a/part-00000.arrow",
                   "year=__HIVE_DEFAULT_PARTITION__/tag=a/part-00000.arrow"}));
  ASSERT_OK_AND_ASSIGN(auto back, ReadFrom("out", {.types = {{"year", arrow::int32()}}}));
  EXPECT_TRUE(back->Equals(*TableOf({{"id", arrow::int64(), "[2, 5, 1, 3, 4]"},
                                     {"year", arrow::int32(), "[2025, 2025, 2026, 2026, null]"},
                                     {"tag", arrow::utf8(), R"(["b", "c", "a", "a", "a"])"}})))
      << back->ToString();
}

TEST_F(FolderSinkTest, NoValueLeavesItsFolder) {
  const auto table = TableOf(
      {{"id", arrow::int64(), "[1, 2, 3, 4, 5, 6, 7, 8]"},
       {"k", arrow::utf8(),
        R"(["../../x", "/etc/passwd", "a\nb", "", "__HIVE_DEFAULT_PARTITION__", null, "ü=%41", "."])"}});
  EXPECT_ERROR(WriteTo("deep/out/", table, {.partition_by = {"k"}}), ErrorCode::kUnavailable,
               "the folder");
  ASSERT_OK(WriteTo("out/", table, {.partition_by = {"k"}}));
  EXPECT_EQ(folder_.entries(), 1);
  EXPECT_EQ(Files("out").size(), 8);
  ASSERT_OK_AND_ASSIGN(auto back, ReadFrom("out"));
  std::vector<std::string> values;
  for (int64_t row = 0; row < 8; ++row) {
    const auto value = *back->column(1)->GetScalar(row);
    values.push_back((*back->column(0)->GetScalar(row))->ToString() + ":" +
                     (value->is_valid ? value->ToString() : "null"));
  }
  std::sort(values.begin(), values.end());
  EXPECT_EQ(values, (Names{"1:../../x", "2:/etc/passwd", "3:a\nb",
                           "4:", "5:__HIVE_DEFAULT_PARTITION__", "6:null", "7:ü=%41", "8:."}));
  const auto long_value = TableOf(
      {{"id", arrow::int64(), "[1]"}, {"k", arrow::utf8(), "[\"" + std::string(300, 'x') + "\"]"}});
  EXPECT_ERROR(WriteTo("out2/", long_value, {.partition_by = {"k"}}), ErrorCode::kData,
               "too long for a folder's name");
  EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(FolderSinkTest, PartitionColumnsMustBeThereAndFit) {
  const auto table = TableOf({{"id", arrow::int64(), "[1]"}, {"f", arrow::float64(), "[1.5]"}});
  EXPECT_ERROR(WriteTo("out", table, {.partition_by = {"ids"}}), ErrorCode::kUsage,
               "did you mean \"id\"?");
  EXPECT_ERROR(WriteTo("out", table, {.partition_by = {"f"}}), ErrorCode::kUsage,
               "cannot hold a value of type double");
  EXPECT_ERROR(WriteTo("out", Ids(0, 1), {.partition_by = {"id"}}), ErrorCode::kUsage,
               "no column is left");
  EXPECT_EQ(folder_.entries(), 0);
}

// Hundreds of partitions of rows that take several times the budget's share: set down and read
// again.
TEST_F(FolderSinkTest, ManyPartitionsTakeBoundedMemory) {
  ASSERT_OK_AND_ASSIGN(context_, Context::Make({.memory = 16 << 20}));
  constexpr int64_t kRows = 200'000, kPartitions = 500;
  arrow::Int64Builder ids, keys;
  arrow::StringBuilder texts;
  for (int64_t i = 0; i < kRows; ++i) {
    ASSERT_OK(ids.Append(i));
    ASSERT_OK(keys.Append(i * 7919 % kPartitions));
    ASSERT_OK(texts.Append("some text " + std::to_string(i)));
  }
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("k", arrow::int64()),
                     arrow::field("text", arrow::utf8())}),
      {*ids.Finish(), *keys.Finish(), *texts.Finish()});
  batch_rows_ = 20'000;
  ASSERT_OK_AND_ASSIGN(const auto report, WriteTo("out", table, {.partition_by = {"k"}}));
  EXPECT_EQ(report.files.size(), kPartitions);
  EXPECT_LT(report.peak_memory, 16 << 20);
  context_ = *Context::Make();
  ASSERT_OK_AND_ASSIGN(auto back, ReadFrom("out"));
  ASSERT_EQ(back->num_rows(), kRows);
  // Each folder holds its rows in their old order, and no other's.
  const auto& id = static_cast<const arrow::Int64Array&>(*back->column(0)->chunk(0));
  const auto& text = static_cast<const arrow::StringArray&>(*back->column(1)->chunk(0));
  const auto& key = static_cast<const arrow::Int64Array&>(*back->column(2)->chunk(0));
  int64_t sum = 0;
  for (int64_t row = 0; row < kRows; ++row) {
    const int64_t i = id.Value(row);
    sum += i;
    ASSERT_EQ(key.Value(row), i * 7919 % kPartitions);
    ASSERT_EQ(text.GetView(row), "some text " + std::to_string(i));
    if (row > 0 && key.Value(row) == key.Value(row - 1)) {
      ASSERT_GT(i, id.Value(row - 1));
    }
  }
  EXPECT_EQ(sum, kRows * (kRows - 1) / 2);
}

TEST_F(FolderSinkTest, DictionariesSurviveBeingSetDown) {
  ASSERT_OK_AND_ASSIGN(context_, Context::Make({.memory = 16 << 20}));
  constexpr int64_t kRows = 600'000;
  arrow::StringDictionaryBuilder words;
  arrow::Int64Builder keys;
  for (int64_t i = 0; i < kRows; ++i) {
    ASSERT_OK(words.Append("word " + std::to_string(i % 1000)));
    ASSERT_OK(keys.Append(i % 5));
  }
  std::shared_ptr<arrow::Array> encoded;
  ASSERT_OK(words.Finish(&encoded));
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("w", encoded->type()), arrow::field("k", arrow::int64())}),
      {encoded, *keys.Finish()});
  batch_rows_ = 30'000;
  ASSERT_OK(WriteTo("out", table, {.partition_by = {"k"}}));
  ASSERT_OK_AND_ASSIGN(auto back, ReadFrom("out/k=3"));
  ASSERT_EQ(back->num_rows(), kRows / 5);
  for (const int64_t row : {int64_t{0}, int64_t{777}, kRows / 5 - 1}) {
    ASSERT_OK_AND_ASSIGN(auto scalar, back->column(0)->GetScalar(row));
    ASSERT_OK_AND_ASSIGN(auto word,
                         static_cast<const arrow::DictionaryScalar&>(*scalar).GetEncodedValue());
    EXPECT_EQ(word->ToString(), "word " + std::to_string((row * 5 + 3) % 1000));
  }
}

TEST_F(FolderSinkTest, AnExistingFolderIsKeptUnlessTold) {
  ASSERT_OK(WriteTo("out/", Ids(0, 3)));
  EXPECT_ERROR(WriteTo("out/", Ids(5, 1)), ErrorCode::kUnavailable, "exists already");
  EXPECT_ERROR(WriteTo("out", Ids(5, 1)), ErrorCode::kUnavailable, "exists already");
  ASSERT_OK(WriteTo("out", Ids(5, 1), {.if_exists = IfExists::kOverwrite}));
  ASSERT_OK_AND_ASSIGN(auto table, ReadFrom("out"));
  EXPECT_TRUE(table->Equals(*Ids(5, 1)));
  EXPECT_EQ(folder_.entries(), 1);
  std::filesystem::create_directory(folder_ / "empty");
  ASSERT_OK(WriteTo("empty/", Ids(7, 1)));
  ASSERT_OK_AND_ASSIGN(table, ReadFrom("empty"));
  EXPECT_TRUE(table->Equals(*Ids(7, 1)));
}

TEST_F(FolderSinkTest, OverwritingNeverTakesMoreThanTables) {
  ASSERT_OK(WriteTo("home/", Ids(0, 3)));
  folder_.Write("home/.hidden", "x");
  ASSERT_OK(WriteTo("home/", Ids(1, 3), {.if_exists = IfExists::kOverwrite}));
  folder_.Write("home/thesis.tex", "years of work");
  EXPECT_ERROR(WriteTo("home/", Ids(2, 3), {.if_exists = IfExists::kOverwrite}),
               ErrorCode::kUnavailable, "holds more than tables");
  EXPECT_EQ(ReadWholeFile(folder_ / "home/thesis.tex"), "years of work");
  EXPECT_EQ(folder_.entries(), 1);
  folder_.Write("file", "x");
  EXPECT_ERROR(WriteTo("file/", Ids(2, 3)), ErrorCode::kUnavailable, "it is a file");
}

TEST_F(FolderSinkTest, AppendedFilesStandBesideTheOldOnes) {
  ASSERT_OK(WriteTo("out/", Ids(0, 3), {.if_exists = IfExists::kAppend}));
  ASSERT_OK(WriteTo("out/", Ids(3, 2), {.if_exists = IfExists::kAppend}));
  ASSERT_OK(WriteTo("out/", Ids(5, 2), {.if_exists = IfExists::kAppend}));
  EXPECT_EQ(Files("out").size(), 3);
  ASSERT_OK_AND_ASSIGN(auto table, ReadFrom("out"));
  EXPECT_EQ(table->num_rows(), 7);
  const auto other = TableOf({{"name", arrow::utf8(), R"(["x"])"}});
  EXPECT_ERROR(WriteTo("out/", other, {.if_exists = IfExists::kAppend}), ErrorCode::kData,
               "other columns");
  EXPECT_EQ(Files("out").size(), 3);
  EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(FolderSinkTest, AppendingToPartitionsNeedsTheSameOnes) {
  const auto table = TableOf({{"id", arrow::int64(), "[1, 2]"}, {"k", arrow::int64(), "[1, 2]"}});
  ASSERT_OK(WriteTo("out", table, {.partition_by = {"k"}}));
  ASSERT_OK(WriteTo("out", table, {.if_exists = IfExists::kAppend, .partition_by = {"k"}}));
  EXPECT_EQ(Files("out").size(), 4);
  EXPECT_ERROR(WriteTo("out", table, {.if_exists = IfExists::kAppend}), ErrorCode::kUsage,
               "is partitioned by k");
  EXPECT_EQ(Files("out").size(), 4);
}

TEST_F(FolderSinkTest, AFailedRunLeavesNothing) {
  auto reader = MakeReader(Ids(0, 1)->schema(),
                           [n = 0]() mutable -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
                             if (n++ == 3) return arrow::Status::Invalid("the source broke");
                             return *Ids(0, 10)->CombineChunksToBatch();
                           });
  EXPECT_ERROR(Copy(context_, reader, *Location::Parse(folder_ / "out/"),
                    {.format = "arrow", .max_file_rows = 5}),
               ErrorCode::kData, "the source broke");
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_F(FolderSinkTest, AKilledRunIsClearedAwayByTheNext) {
  const pid_t child = fork();
  if (child == 0) {
    // Only this thread lives on in the child: a context of its own.
    auto context = *Context::Make({.threads = 1});
    auto sink = *OpenSink(context, *Location::Parse(folder_ / "out/"), {.format = "arrow"});
    if (!sink->Begin(Ids(0, 1)->schema(), "").ok()) _exit(1);
    auto writer = *sink->Open(Chunk{});
    if (!writer->Write(*Ids(0, 10)->CombineChunksToBatch()).ok()) _exit(1);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
  EXPECT_EQ(folder_.entries(), 1);
  ASSERT_OK(WriteTo("out/", Ids(0, 3)));
  EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(FolderSinkTest, AFullDiskNamesTheFileAndLeavesNothing) {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
    setrlimit(RLIMIT_FSIZE, &limit);
    auto context = *Context::Make({.threads = 1});
    const auto status = Copy(context, std::make_shared<arrow::TableBatchReader>(Ids(0, 300'000)),
                             *Location::Parse(folder_ / "out/"), {.format = "arrow"})
                            .status();
    const std::string text = Describe(status);
    const bool named = text.find("out/part-00000.arrow: the file grew beyond") != std::string::npos;
    _exit(named ? static_cast<int>(CodeOf(status)) : 99);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(ErrorCode::kResources));
  EXPECT_EQ(folder_.entries(), 0);
}

}  // namespace
}  // namespace bowyer
