#include "connectors/file_sink.h"

#include <arrow/array.h>
#include <arrow/table.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bowyer/copy.h"
#include "bowyer/error.h"
#include "connectors/connectors.h"
#include "matchers.h"
#include "table_of.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

class FileSinkTest : public testing::Test {
 protected:
  arrow::Status WriteTo(const std::string& path, const std::shared_ptr<arrow::Table>& table,
                        const WriteOptions& options = {}) {
    auto reader = std::make_shared<arrow::TableBatchReader>(table);
    return Copy(context_, reader, *Location::Parse(path), options).status();
  }
  arrow::Result<std::shared_ptr<arrow::Table>> ReadFrom(const std::string& path) {
    ARROW_ASSIGN_OR_RAISE(auto source,
                          OpenSource(context_, *Location::Parse(path), ReadOptions{}, false));
    ARROW_ASSIGN_OR_RAISE(auto reader, source->Open(Chunk{}, ScanOptions{}));
    return reader->ToTable();
  }

  std::shared_ptr<Context> context_ = *Context::Make();
  TemporaryFolder folder_;
  std::shared_ptr<arrow::Table> first_ = TableOf(
      {{"id", arrow::int64(), "[1, 2, null]"}, {"name", arrow::utf8(), R"(["a", "b", "c"])"}});
  std::shared_ptr<arrow::Table> second_ =
      TableOf({{"id", arrow::int64(), "[4]"}, {"name", arrow::utf8(), R"(["d"])"}});
};

TEST_F(FileSinkTest, AnExistingFileIsKeptUnlessTold) {
  const std::string path = folder_ / "out.arrow";
  ASSERT_OK(WriteTo(path, first_));
  EXPECT_ERROR(WriteTo(path, second_), ErrorCode::kUnavailable, "try --overwrite or --append");
  ASSERT_OK_AND_ASSIGN(auto table, ReadFrom(path));
  EXPECT_TRUE(table->Equals(*first_));
  ASSERT_OK(WriteTo(path, second_, {.if_exists = IfExists::kOverwrite}));
  ASSERT_OK_AND_ASSIGN(table, ReadFrom(path));
  EXPECT_TRUE(table->Equals(*second_));
}

TEST_F(FileSinkTest, AppendingKeepsTheOldRowsFirst) {
  for (const char* name : {"out.arrow", "out.arrows"}) {
    const std::string path = folder_ / name;
    ASSERT_OK(WriteTo(path, first_, {.if_exists = IfExists::kAppend}));
    ASSERT_OK(WriteTo(path, second_, {.if_exists = IfExists::kAppend}));
    ASSERT_OK_AND_ASSIGN(auto table, ReadFrom(path));
    ASSERT_OK_AND_ASSIGN(auto both, arrow::ConcatenateTables({first_, second_}));
    EXPECT_TRUE(table->Equals(*both)) << name;
  }
  EXPECT_EQ(folder_.entries(), 2);
}

TEST_F(FileSinkTest, AppendingOtherColumnsShowsTheDifference) {
  const std::string path = folder_ / "out.arrow";
  ASSERT_OK(WriteTo(path, first_));
  const auto other =
      TableOf({{"id", arrow::utf8(), R"(["x"])"}, {"name", arrow::utf8(), R"(["d"])"}});
  EXPECT_ERROR(WriteTo(path, other, {.if_exists = IfExists::kAppend}), ErrorCode::kData,
               "other columns than the file");
  ASSERT_OK_AND_ASSIGN(auto table, ReadFrom(path));
  EXPECT_TRUE(table->Equals(*first_));
  EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(FileSinkTest, TwoRunsDoNotAppendAtOnce) {
  const std::string path = folder_ / "out.arrow";
  ASSERT_OK(WriteTo(path, first_));
  ASSERT_OK_AND_ASSIGN(
      auto sink, OpenSink(context_, *Location::Parse(path), {.if_exists = IfExists::kAppend}));
  ASSERT_OK(sink->Begin(first_->schema(), ""));
  EXPECT_ERROR(WriteTo(path, second_, {.if_exists = IfExists::kAppend}), ErrorCode::kUnavailable,
               "another run is appending");
  ASSERT_OK(WriteTo(path, second_, {.if_exists = IfExists::kOverwrite}));
  ASSERT_OK_AND_ASSIGN(auto writer, sink->Open(Chunk{}));
  ASSERT_OK(writer->Commit({}));
  EXPECT_ERROR(sink->Finish(), ErrorCode::kUnavailable, "changed by somebody else");
  ASSERT_OK_AND_ASSIGN(auto table, ReadFrom(path));
  EXPECT_TRUE(table->Equals(*second_));
}

TEST_F(FileSinkTest, CompressionsThatContradictAreRefused) {
  EXPECT_ERROR(WriteTo(folder_ / "out.arrow.gz", first_), ErrorCode::kUsage,
               "compressed inside, not as a whole");
  EXPECT_ERROR(WriteTo(folder_ / "out.bin", first_), ErrorCode::kUsage, "try --to FORMAT");
  EXPECT_ERROR(WriteTo(folder_ / "out.bin", first_, {.format = "arow"}), ErrorCode::kUsage,
               "did you mean \"arrow\"?");
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_F(FileSinkTest, AClosedPipeIsAPeerThatWent) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGPIPE, SIG_IGN);
    dup2(ends[1], STDOUT_FILENO);
    auto context = *Context::Make({.threads = 1});
    const auto status =
        Copy(context, std::make_shared<arrow::TableBatchReader>(first_), *Location::Parse("-"), {})
            .status();
    _exit(static_cast<int>(CodeOf(status)));
  }
  close(ends[1]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(ErrorCode::kPeer));
}

}  // namespace
}  // namespace bowyer
