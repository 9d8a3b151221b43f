// Tables over sockets within one process: both ends on threads, and streams that are cut or lie.
#include "connectors/socket_table.h"

#include <arrow/array/array_dict.h>
#include <arrow/extension/uuid.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <future>

#include "bowyer/copy.h"
#include "bowyer/reader.h"
#include "channels/meet.h"
#include "formats/arrow/ipc_encoder.h"
#include "formats/arrow/ipc_message.h"
#include "matchers.h"
#include "table_of.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

using arrow::Table;

std::shared_ptr<Table> WithDictionary() {
  const auto dictionary = arrow::dictionary(arrow::int32(), arrow::utf8());
  return TableOf({{"id", arrow::int64(), "[1, 2, null, 4]"},
                  {"name", arrow::utf8(), R"(["a", null, "", "d"])"},
                  {"kind", dictionary, R"(["x", "y", "x", null])"},
                  {"list", arrow::list(arrow::int16()), "[[1], [], null, [2, 3]]"}});
}

// What a stream of `table` is as bytes, in batches of `rows`; told: with the end of ours.
std::string StreamOf(const std::shared_ptr<Table>& table, int64_t rows, bool told) {
  const auto context = *Context::Make({.threads = 1});
  auto sink = *arrow::io::BufferOutputStream::Create();
  WriteOptions options;
  options.row_group_rows = rows;
  const auto make = told ? MakeIpcChannelEncoder : MakeIpcStreamEncoder;
  auto encoder = *make(context, table->schema(), sink, options);
  arrow::TableBatchReader batches(*table);
  while (auto batch = *batches.Next()) EXPECT_TRUE(encoder->Write(batch).ok());
  EXPECT_TRUE(encoder->Finish().ok());
  return (*sink->Finish())->ToString();
}

class SocketTable : public testing::Test {
 protected:
  arrow::Result<std::shared_ptr<Table>> Read() {
    ARROW_ASSIGN_OR_RAISE(const auto location, Location::Parse(at_));
    ARROW_ASSIGN_OR_RAISE(auto source, OpenSocketSource(context_, location, {}));
    ARROW_ASSIGN_OR_RAISE(auto reader, source->Open({}, {}));
    return reader->ToTable();
  }

  // What is read when somebody sends `bytes` and goes.
  arrow::Result<std::shared_ptr<Table>> ReadWhatIsSent(const std::string& bytes) {
    auto sent = std::async(std::launch::async, [&] {
      const auto location = *Location::Parse(at_);
      const auto socket = *Meet(*context_, *SocketAddress::Of(location));
      for (size_t at = 0; at < bytes.size();) {
        const ssize_t put = ::send(socket.fd(), bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
        if (put < 0 && errno == EAGAIN) continue;
        if (put < 0) return;
        at += static_cast<size_t>(put);
      }
    });
    auto table = Read();
    sent.wait();
    return table;
  }

  TemporaryFolder folder_;
  std::string at_ = "unix:" + folder_ / "s";
  std::shared_ptr<Context> context_ = *Context::Make({.threads = 2});
};

TEST_F(SocketTable, ATableGoesThroughAsItIs) {
  for (const bool empty : {false, true}) {
    const auto table = empty ? WithDictionary()->Slice(0, 0) : WithDictionary();
    auto written = std::async(std::launch::async, [&] {
      return Copy(*Context::Make({.threads = 1}), std::make_shared<arrow::TableBatchReader>(table),
                  *Location::Parse(at_), {});
    });
    ASSERT_OK_AND_ASSIGN(const auto got, Read());
    ASSERT_OK_AND_ASSIGN(const auto report, written.get());
    EXPECT_EQ(report.rows, table->num_rows());
    EXPECT_TRUE(got->Equals(*table)) << got->ToString();
  }
}

// The end is there, and Arrow reads the same rows.
TEST_F(SocketTable, OtherReadersSeeNoEnd) {
  for (const int64_t rows : {0, 1, 4}) {
    const auto table = WithDictionary()->Slice(0, rows);
    const auto bytes = arrow::Buffer::FromString(StreamOf(table, 3, true));
    ASSERT_OK_AND_ASSIGN(auto reader, arrow::ipc::RecordBatchStreamReader::Open(
                                          std::make_shared<arrow::io::BufferReader>(bytes)));
    ASSERT_OK_AND_ASSIGN(const auto got, reader->ToTable());
    ASSERT_OK(got->ValidateFull());
    ASSERT_OK_AND_ASSIGN(const auto one, got->CombineChunks());
    EXPECT_TRUE(one->Equals(*table)) << rows;
  }
}

// An empty table has an end, too, whatever its types are.
TEST_F(SocketTable, EmptyTablesOfAllTypesHaveAnEnd) {
  const std::vector<std::shared_ptr<arrow::DataType>> types = {
      arrow::null(),
      arrow::boolean(),
      arrow::decimal256(50, 3),
      arrow::utf8_view(),
      arrow::large_list(arrow::utf8()),
      arrow::list_view(arrow::int8()),
      arrow::fixed_size_list(arrow::int8(), 3),
      arrow::map(arrow::utf8(), arrow::int32()),
      arrow::struct_({arrow::field("x", arrow::dictionary(arrow::int8(), arrow::utf8()))}),
      arrow::dense_union({arrow::field("x", arrow::int8())}),
      arrow::large_list(arrow::sparse_union(arrow::FieldVector())),
      arrow::dense_union(arrow::FieldVector()),
      arrow::extension::uuid(),
      arrow::binary_view(),
      arrow::large_binary(),
      arrow::fixed_size_binary(7),
      arrow::struct_({}),
      arrow::large_list_view(arrow::float16()),
      arrow::dictionary(arrow::uint8(), arrow::dense_union({arrow::field("x", arrow::int8())})),
      arrow::sparse_union({arrow::field("x", arrow::int8())}),
      arrow::run_end_encoded(arrow::int32(), arrow::utf8()),
      arrow::dictionary(arrow::int16(), arrow::list(arrow::int32())),
      arrow::month_day_nano_interval(),
  };
  for (const auto& type : types) {
    const auto schema = arrow::schema({arrow::field("c", type)});
    ASSERT_OK_AND_ASSIGN(const auto table, Table::FromRecordBatches(schema, {}));
    const std::string bytes = StreamOf(table, 0, true);
    auto got = ReadWhatIsSent(bytes);
    ASSERT_TRUE(got.ok()) << type->ToString() << ": " << Describe(got.status());
    EXPECT_EQ((*got)->num_rows(), 0);
    EXPECT_TRUE((*got)->schema()->Equals(schema)) << type->ToString();
    ASSERT_OK_AND_ASSIGN(
        auto reader,
        arrow::ipc::RecordBatchStreamReader::Open(
            std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes))));
    auto theirs = reader->ToTable();
    EXPECT_TRUE(theirs.ok()) << type->ToString() << ": " << theirs.status().ToString();
  }
}

TEST_F(SocketTable, AStreamThatIsCutAnywhereIsAnError) {
  for (const bool told : {true, false}) {
    const std::string whole = StreamOf(WithDictionary(), 2, told);
    ASSERT_OK_AND_ASSIGN(const auto all, ReadWhatIsSent(whole));
    EXPECT_EQ(all->num_rows(), 4);
    for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
      const auto cut = ReadWhatIsSent(whole.substr(0, bytes));
      ASSERT_FALSE(cut.ok()) << bytes << " of " << whole.size();
      ASSERT_EQ(CodeOf(cut.status()), ErrorCode::kPeer)
          << bytes << " of " << whole.size() << ": " << Describe(cut.status());
    }
  }
}

// A batch is missing, of which the connection knows nothing; the end does.
TEST_F(SocketTable, AnEndThatDoesNotFitIsAnError) {
  const auto table = TableOf({{"id", arrow::int64(), "[1, 2]"}});
  arrow::TableBatchReader batches(*table);
  ASSERT_OK_AND_ASSIGN(const auto batch, batches.Next());
  const auto stream_with = [&](const std::string& told_batches, const std::string& told_rows,
                               bool more) {
    auto sink = *arrow::io::BufferOutputStream::Create();
    auto writer = *arrow::ipc::MakeStreamWriter(sink, table->schema());
    EXPECT_TRUE(writer->WriteRecordBatch(*batch).ok());
    EXPECT_TRUE(writer
                    ->WriteRecordBatch(*batch->Slice(0, 0),
                                       arrow::key_value_metadata({kEndBatches, kEndRows},
                                                                 {told_batches, told_rows}))
                    .ok());
    EXPECT_TRUE(!more || writer->WriteRecordBatch(*batch).ok());
    EXPECT_TRUE(writer->Close().ok());
    return (*sink->Finish())->ToString();
  };
  ASSERT_OK(ReadWhatIsSent(stream_with("1", "2", false)));
  EXPECT_ERROR(ReadWhatIsSent(stream_with("2", "4", false)), ErrorCode::kPeer,
               "says that it held 4 rows in 2 batches, but 2 rows in 1 came");
  EXPECT_ERROR(ReadWhatIsSent(stream_with("1", "3", false)), ErrorCode::kPeer, "3 rows in 1");
  EXPECT_ERROR(ReadWhatIsSent(stream_with("1", "x", false)), ErrorCode::kPeer, "x rows in 1");
  EXPECT_ERROR(ReadWhatIsSent(stream_with("1", "2", true)), ErrorCode::kData,
               "goes on behind what it calls its end");
}

TEST_F(SocketTable, AWriterThatGivesUpLeavesNoEnd) {
  const auto table = WithDictionary();
  auto written = std::async(std::launch::async, [&] {
    int calls = 0;
    arrow::TableBatchReader batches(*table);
    auto reader =
        MakeReader(table->schema(), [&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
          if (++calls == 2) return MakeError(ErrorCode::kData, "a fault of the source");
          return batches.Next();
        });
    return Copy(*Context::Make({.threads = 1}), reader, *Location::Parse(at_), {}).status();
  });
  EXPECT_ERROR(Read(), ErrorCode::kPeer, "the connection was cut before the end");
  EXPECT_ERROR(written.get(), ErrorCode::kData, "a fault of the source");
}

TEST_F(SocketTable, AReaderThatStopsEarlyIsAnErrorOfTheWriter) {
  auto written = std::async(std::launch::async, [&] {
    const auto table = TableOf({{"id", arrow::int64(), "[1, 2]"}});
    arrow::TableBatchReader batches(*table);
    const auto batch = *batches.Next();
    auto endless = MakeReader(
        table->schema(),
        [batch]() -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> { return batch; });
    return Copy(*Context::Make({.threads = 1}), endless, *Location::Parse(at_), {}).status();
  });
  {
    ASSERT_OK_AND_ASSIGN(const auto location, Location::Parse(at_));
    ASSERT_OK_AND_ASSIGN(auto source, OpenSocketSource(context_, location, {}));
    ASSERT_OK_AND_ASSIGN(auto reader, source->Open({}, {}));
    ASSERT_OK(reader->Next());
    EXPECT_ERROR(source->Open({}, {}), ErrorCode::kUsage, "only once");
  }
  EXPECT_ERROR(written.get(), ErrorCode::kPeer, "closed the connection before it had read");
}

TEST_F(SocketTable, OptionsOfFilesAreRefused) {
  const auto sink = [&](const WriteOptions& options) {
    return MakeSocketSink(context_, *Location::Parse(at_), options);
  };
  EXPECT_ERROR(sink({.format = "csv"}), ErrorCode::kUsage, "--to is for files");
  EXPECT_ERROR(sink({.if_exists = IfExists::kAppend}), ErrorCode::kUsage, "--append");
  EXPECT_ERROR(sink({.compression = {.name = "gzip"}}), ErrorCode::kUsage, "no compression named");
  EXPECT_ERROR(sink({.partition_by = {"x"}}), ErrorCode::kUsage, "--partition-by");
  ASSERT_OK(sink({.format = "arrows", .compression = {.name = "zstd"}}));
  ReadOptions read;
  read.format = "csv";
  EXPECT_ERROR(OpenSocketSource(context_, *Location::Parse(at_), read), ErrorCode::kUsage,
               "--from is for files");
}

}  // namespace
}  // namespace bowyer
