#include <arrow/array/builder_primitive.h>
#include <arrow/builder.h>
#include <arrow/io/memory.h>
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

INSTANTIATE_TEST_SUITE_P(Both, IpcFormats, testing::Values(&kArrowFileFormat, &kArrowStreamFormat),
                         [](const auto& format) { return std::string(format.param->name); });

}  // namespace
}  // namespace bowyer
