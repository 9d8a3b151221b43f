#include <arrow/array/array_dict.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/builder.h>
#include <arrow/io/memory.h>
#include <arrow/json/from_string.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <gtest/gtest.h>

#include "formats/format.h"
#include "matchers.h"

namespace bowyer {
namespace {

std::shared_ptr<arrow::RecordBatch> SomeBatch(int64_t first, int64_t rows) {
  arrow::Int64Builder ids;
  arrow::StringBuilder names;
  for (int64_t i = first; i < first + rows; ++i) {
    EXPECT_TRUE(ids.Append(i).ok());
    EXPECT_TRUE((i % 3 == 0 ? names.AppendNull() : names.Append(std::to_string(i))).ok());
  }
  return arrow::RecordBatch::Make(
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("name", arrow::utf8())}),
      rows, {*ids.Finish(), *names.Finish()});
}

FileInput InputOf(const std::shared_ptr<arrow::Buffer>& bytes, bool pipe = false) {
  FileInput input;
  input.name = "test.arrow";
  if (!pipe) input.file = std::make_shared<arrow::io::BufferReader>(bytes);
  input.stream = std::make_shared<arrow::io::BufferReader>(bytes);
  input.size = pipe ? -1 : bytes->size();
  return input;
}

class IpcFormats : public testing::TestWithParam<const Format*> {
 protected:
  void SetUp() override { context_ = *Context::Make(); }
  std::shared_ptr<Context> context_;
};

TEST_P(IpcFormats, RoundTrip) {
  for (const char* codec : {"", "none", "lz4", "zstd"}) {
    ASSERT_OK_AND_ASSIGN(auto sink, arrow::io::BufferOutputStream::Create());
    WriteOptions options;
    options.compression.name = codec;
    const auto first = SomeBatch(0, 1000), second = SomeBatch(1000, 10);
    ASSERT_OK_AND_ASSIGN(auto encoder,
                         GetParam()->encode(context_, first->schema(), sink, options));
    ASSERT_OK(encoder->Write(first));
    ASSERT_OK(encoder->Write(second));
    ASSERT_OK(encoder->Finish());
    ASSERT_OK_AND_ASSIGN(auto bytes, sink->Finish());
    ASSERT_OK_AND_ASSIGN(auto source, GetParam()->open(context_, InputOf(bytes), {}));
    ASSERT_OK_AND_ASSIGN(auto reader, source->Open({}, {}));
    ASSERT_OK_AND_ASSIGN(auto table, reader->ToTable());
    ASSERT_OK_AND_ASSIGN(auto wanted, arrow::Table::FromRecordBatches({first, second}));
    EXPECT_TRUE(table->Equals(*wanted));
  }
}

std::shared_ptr<arrow::Array> Encoded(const std::string& values, const std::string& indices) {
  const auto type = arrow::dictionary(arrow::int8(), arrow::utf8());
  return *arrow::DictionaryArray::FromArrays(
      type, *arrow::json::ArrayFromJSONString(arrow::int8(), indices),
      *arrow::json::ArrayFromJSONString(arrow::utf8(), values));
}

arrow::Result<std::shared_ptr<arrow::Buffer>> Write(std::shared_ptr<Context> context,
                                                    const Format& format,
                                                    const arrow::RecordBatchVector& batches,
                                                    const WriteOptions& options = {}) {
  ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(auto encoder,
                        format.encode(std::move(context), batches[0]->schema(), sink, options));
  for (const auto& batch : batches) ARROW_RETURN_NOT_OK(encoder->Write(batch));
  ARROW_RETURN_NOT_OK(encoder->Finish());
  return sink->Finish();
}

arrow::Result<std::shared_ptr<arrow::Table>> Read(std::shared_ptr<Context> context,
                                                  const Format& format, FileInput input,
                                                  const ScanOptions& options = {}) {
  ARROW_ASSIGN_OR_RAISE(auto source, format.open(std::move(context), std::move(input), {}));
  ARROW_ASSIGN_OR_RAISE(auto reader, source->Open({}, options));
  return reader->ToTable();
}

TEST_P(IpcFormats, DictionariesThatDifferKeepTheirValues) {
  const auto schema =
      arrow::schema({arrow::field("c", arrow::dictionary(arrow::int8(), arrow::utf8()))});
  // Each large enough to stay a batch of its own.
  const auto batch = [&](const char* values, const char* indices) {
    return arrow::RecordBatch::Make(schema, 4, {Encoded(values, indices)});
  };
  WriteOptions options;
  options.row_group_rows = 4;
  ASSERT_OK_AND_ASSIGN(auto bytes, Write(context_, *GetParam(),
                                         {batch(R"(["a", "b"])", "[0, 1, null, 1]"),
                                          batch(R"(["b", "c", "a"])", "[0, 1, 2, null]"),
                                          batch(R"(["a", "b"])", "[1, 0, 1, 0]"),
                                          batch(R"([])", "[null, null, null, null]")},
                                         options));
  ASSERT_OK_AND_ASSIGN(auto table, Read(context_, *GetParam(), InputOf(bytes)));
  ASSERT_EQ(table->column(0)->num_chunks(), 4);
  std::string read;
  for (int64_t i = 0; i < 16; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto value, table->column(0)->GetScalar(i));
    ASSERT_OK_AND_ASSIGN(const auto decoded,
                         static_cast<const arrow::DictionaryScalar&>(*value).GetEncodedValue());
    read += decoded->is_valid ? decoded->ToString() : "-";
  }
  EXPECT_EQ(read, "ab-bbca-baba----");
}

TEST_P(IpcFormats, RowGroupRowsGiveBatchesOfThatSize) {
  WriteOptions options;
  options.row_group_rows = 300;
  ASSERT_OK_AND_ASSIGN(
      auto bytes, Write(context_, *GetParam(), {SomeBatch(0, 1000), SomeBatch(1000, 10)}, options));
  ASSERT_OK_AND_ASSIGN(auto source, GetParam()->open(context_, InputOf(bytes), {}));
  ASSERT_OK_AND_ASSIGN(const auto info, source->Inspect());
  ASSERT_EQ(info.units.size(), 4U);
  EXPECT_EQ(info.units[0].rows, 300);
  EXPECT_EQ(info.units[3].rows, 110);
  EXPECT_EQ(info.rows, 1010);
}

TEST_P(IpcFormats, LargeBatchesComeInParts) {
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make({.threads = 2, .memory = 20 << 20}));
  const auto batch = SomeBatch(0, 1'000'003);
  ASSERT_OK_AND_ASSIGN(auto bytes, Write(context_, *GetParam(), {batch}, [] {
                         WriteOptions options;
                         options.row_group_rows = 2'000'000;
                         return options;
                       }()));
  ASSERT_OK_AND_ASSIGN(auto table, Read(context, *GetParam(), InputOf(bytes)));
  EXPECT_GT(table->column(0)->num_chunks(), 10);
  ASSERT_OK_AND_ASSIGN(auto wanted, arrow::Table::FromRecordBatches({batch}));
  EXPECT_TRUE(table->Equals(*wanted));
}

TEST_P(IpcFormats, ProjectsInTheOrderAskedFor) {
  const auto batch = SomeBatch(0, 100);
  ASSERT_OK_AND_ASSIGN(auto bytes, Write(context_, *GetParam(), {batch}));
  ASSERT_OK_AND_ASSIGN(
      auto table, Read(context_, *GetParam(), InputOf(bytes), {.columns = std::vector<int>{1, 0}}));
  EXPECT_TRUE(table->column(0)->chunk(0)->Equals(*batch->column(1)));
  EXPECT_TRUE(table->column(1)->chunk(0)->Equals(*batch->column(0)));
  ASSERT_OK_AND_ASSIGN(
      auto none, Read(context_, *GetParam(), InputOf(bytes), {.columns = std::vector<int>{}}));
  EXPECT_EQ(none->num_rows(), 100);
}

TEST_P(IpcFormats, EveryTruncationIsRefusedOrTold) {
  ASSERT_OK_AND_ASSIGN(auto bytes, Write(context_, *GetParam(), {SomeBatch(0, 50)}));
  std::vector<std::string> notes;
  context_->progress().note = [&](const std::string& note) { notes.push_back(note); };
  for (int64_t size = 0; size < bytes->size(); ++size) {
    notes.clear();
    const auto table = Read(context_, *GetParam(), InputOf(arrow::SliceBuffer(bytes, 0, size)));
    if (table.ok()) {
      // A stream without its end marker.
      EXPECT_EQ(GetParam(), &kArrowStreamFormat) << size;
      EXPECT_EQ(notes.size(), 1U) << size;
    } else {
      EXPECT_EQ(CodeOf(table.status()), ErrorCode::kData) << Describe(table.status());
    }
  }
}

TEST_P(IpcFormats, FlippedBitsNeverCrash) {
  ASSERT_OK_AND_ASSIGN(auto bytes, Write(context_, *GetParam(), {SomeBatch(0, 20)}));
  std::string text = bytes->ToString();
  for (size_t at = 0; at < text.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      text[at] = static_cast<char>(text[at] ^ (1 << bit));
      const auto table = Read(context_, *GetParam(), InputOf(arrow::Buffer::FromString(text)));
      if (table.ok()) {
        EXPECT_LE((*table)->num_rows(), int64_t{1} << 31);
      }
      text[at] = static_cast<char>(text[at] ^ (1 << bit));
    }
  }
}

TEST(IpcStream, WithoutEndMarkerAPipeIsCut) {
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make());
  ASSERT_OK_AND_ASSIGN(auto bytes, Write(context, kArrowStreamFormat, {SomeBatch(0, 50)}));
  const auto cut = arrow::SliceBuffer(bytes, 0, bytes->size() - 8);
  EXPECT_ERROR(Read(context, kArrowStreamFormat, InputOf(cut, /*pipe=*/true)), ErrorCode::kPeer,
               "marker");
  ASSERT_OK_AND_ASSIGN(auto whole, Read(context, kArrowStreamFormat, InputOf(bytes, true)));
  EXPECT_EQ(whole->num_rows(), 50);
}

TEST(IpcFile, ADictionaryTooLargeForItsIndicesIsRefused) {
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make());
  const auto schema =
      arrow::schema({arrow::field("c", arrow::dictionary(arrow::int8(), arrow::utf8()))});
  arrow::RecordBatchVector batches;
  for (int b = 0; b < 2; ++b) {
    std::string values = "[", indices = "[";
    for (int i = 0; i < 100; ++i) {
      values += (i ? "," : "") + std::string("\"v") + std::to_string(1000 * b + i) + "\"";
      indices += (i ? "," : "") + std::to_string(i);
    }
    batches.push_back(
        arrow::RecordBatch::Make(schema, 100, {Encoded(values + "]", indices + "]")}));
  }
  WriteOptions options;
  options.row_group_rows = 100;
  EXPECT_ERROR(Write(context, kArrowFileFormat, batches, options), ErrorCode::kData, "column c");
  ASSERT_OK(Write(context, kArrowStreamFormat, batches, options));
}

INSTANTIATE_TEST_SUITE_P(Both, IpcFormats, testing::Values(&kArrowFileFormat, &kArrowStreamFormat),
                         [](const auto& format) { return std::string(format.param->name); });

}  // namespace
}  // namespace bowyer
