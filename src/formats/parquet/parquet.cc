// The Parquet format: where reading (source.cc) and writing (writer.cc) meet.
#include <parquet/arrow/writer.h>

#include "formats/format.h"
#include "formats/parquet/source.h"

namespace bowyer {
namespace {

constexpr std::string_view kSuffixes[] = {".parquet", ".parq", ".pq"};
constexpr std::string_view kCodecs[] = {"snappy", "none", "zstd", "lz4", "gzip", "brotli"};

class ArrowParquetEncoder : public Encoder {
 public:
  explicit ArrowParquetEncoder(std::unique_ptr<parquet::arrow::FileWriter> writer)
      : writer_(std::move(writer)) {}
  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    return writer_->WriteRecordBatch(*batch);
  }
  arrow::Status Finish() override { return writer_->Close(); }

 private:
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

arrow::Result<std::unique_ptr<Encoder>> MakeParquetEncoder(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
    std::shared_ptr<arrow::io::OutputStream> stream, const WriteOptions&) {
  const auto properties =
      parquet::WriterProperties::Builder().compression(parquet::Compression::SNAPPY)->build();
  const auto arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  ARROW_ASSIGN_OR_RAISE(auto writer, parquet::arrow::FileWriter::Open(
                                         *schema, context->memory_pool(), std::move(stream),
                                         properties, arrow_properties));
  return std::make_unique<ArrowParquetEncoder>(std::move(writer));
}

}  // namespace

const Format kParquetFormat = {.name = "parquet",
                               .title = "Parquet",
                               .suffixes = kSuffixes,
                               .text = false,
                               .codecs = kCodecs,
                               .open = OpenParquet,
                               .encode = MakeParquetEncoder};

}  // namespace bowyer
