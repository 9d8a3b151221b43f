// Whatever is written comes back from Arrow's own Parquet reader as it was.
#include "formats/parquet/writer.h"

#include <arrow/array/concatenate.h>
#include <arrow/io/memory.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>

#include "matchers.h"

namespace bowyer {
namespace {

arrow::Result<std::shared_ptr<arrow::Buffer>> WriteAll(const std::shared_ptr<Context>& context,
                                                       const std::shared_ptr<arrow::Schema>& schema,
                                                       const arrow::RecordBatchVector& batches,
                                                       const WriteOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto stream, arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(auto encoder, MakeParquetEncoder(context, schema, stream, options));
  for (const auto& batch : batches) ARROW_RETURN_NOT_OK(encoder->Write(batch));
  ARROW_RETURN_NOT_OK(encoder->Finish());
  return stream->Finish();
}

arrow::Result<std::unique_ptr<::parquet::arrow::FileReader>> OpenAll(
    const std::shared_ptr<arrow::Buffer>& bytes) {
  ::parquet::ReaderProperties properties;
  properties.set_page_checksum_verification(true);
  ::parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(std::make_shared<arrow::io::BufferReader>(bytes), properties));
  return builder.Build();
}

TEST(ParquetWriter, ThreeColumnsComeBack) {
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make());
  arrow::Int64Builder ids;
  arrow::DoubleBuilder amounts;
  arrow::StringBuilder categories;
  const char* names[] = {"books", "tools", "garden", "music"};
  for (int i = 0; i < 100000; ++i) {
    ASSERT_OK(ids.Append((i * 7919LL) % 1000003));
    ASSERT_OK(amounts.Append((i * 31 % 5000) / 100.0));
    ASSERT_OK(categories.Append(names[i * 7 % 4]));
  }
  auto schema = arrow::schema({arrow::field("user_id", arrow::int64()),
                               arrow::field("amount", arrow::float64()),
                               arrow::field("category", arrow::utf8())});
  auto batch = arrow::RecordBatch::Make(schema, 100000,
                                        {*ids.Finish(), *amounts.Finish(), *categories.Finish()});
  for (const char* codec : {"none", "snappy", "zstd", "lz4", "gzip", "brotli"}) {
    WriteOptions options;
    options.compression.name = codec;
    ASSERT_OK_AND_ASSIGN(auto bytes, WriteAll(context, schema, {batch}, options));
    ASSERT_OK_AND_ASSIGN(auto reader, OpenAll(bytes));
    std::shared_ptr<arrow::Table> table;
    ASSERT_OK_AND_ASSIGN(table, reader->ReadTable());
    ASSERT_OK_AND_ASSIGN(auto expected, arrow::Table::FromRecordBatches({batch}));
    EXPECT_TRUE(table->Equals(*expected)) << codec;
  }
}

}  // namespace
}  // namespace bowyer
