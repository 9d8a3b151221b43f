// Parquet file -> source: the footer is read and judged here, once; row groups are decoded by
// source_batches.cc.
#include "formats/parquet/source.h"

#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>

#include <algorithm>

#include "bowyer/error.h"
#include "formats/parquet/source_file.h"
#include "formats/parquet/source_inspect.h"
#include "formats/wished_type.h"

namespace bowyer {

arrow::Status ParquetError(const std::string& name, const std::string& column,
                           const arrow::Status& status) {
  ErrorPlace place{.location = name, .column = column};
  if (DetailOf(status) != nullptr || status.IsOutOfMemory() || status.IsCancelled()) {
    return AtPlace(status, place);
  }
  const std::string& text = status.message();
  if (text.find("ecrypt") != std::string::npos || text.find("encrypted") != std::string::npos) {
    place.hint = "decrypt it first: Bowyer has no keys";
    return MakeError(ErrorCode::kData, "this Parquet file is encrypted", std::move(place));
  }
  return MakeError(ErrorCode::kData, "damaged Parquet data: " + text, std::move(place));
}

namespace {

// Spark, which writes INT96, counts microseconds; its years reach beyond what nanoseconds hold.
bool WrittenBySpark(const parquet::FileMetaData& metadata) {
  const auto& pairs = metadata.key_value_metadata();
  if (pairs == nullptr) return false;
  return pairs->Contains("org.apache.spark.version") ||
         pairs->Contains("org.apache.spark.sql.parquet.row.metadata");
}

void AddLeaves(const parquet::arrow::SchemaField& field, std::vector<int>* leaves) {
  if (field.is_leaf()) leaves->push_back(field.column_index);
  for (const auto& child : field.children) AddLeaves(child, leaves);
}

arrow::Status CheckMetadata(const parquet::FileMetaData& metadata, const std::string& name) {
  int64_t rows = 0;
  for (int g = 0; g < metadata.num_row_groups(); ++g) {
    const auto group = metadata.RowGroup(g);
    if (group->num_rows() < 0) {
      return MakeError(ErrorCode::kData, fmt::format("row group {} claims negative rows", g),
                       {.location = name});
    }
    rows += group->num_rows();
    for (int c = 0; c < group->num_columns(); ++c) {
      const auto chunk = group->ColumnChunk(c);
      if (chunk->crypto_metadata() != nullptr) {
        return arrow::Status::IOError("encrypted");
      }
      if (!chunk->file_path().empty()) {
        return MakeError(ErrorCode::kData, "its columns are in another file, which is not read",
                         {.location = name, .column = chunk->path_in_schema()->ToDotString()});
      }
    }
  }
  // Some writers leave the sum out.
  if (rows != metadata.num_rows() && metadata.num_rows() != 0) {
    return MakeError(
        ErrorCode::kData,
        fmt::format("the row groups hold {} rows, the footer claims {}", rows, metadata.num_rows()),
        {.location = name});
  }
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<const ParquetFile>> OpenFile(std::shared_ptr<Context> context,
                                                           FileInput input,
                                                           const ReadOptions& options) {
  auto file = std::make_shared<ParquetFile>();
  parquet::ReaderProperties properties(context->memory_pool());
  properties.set_page_checksum_verification(true);
  // Column chunks are read piece by piece, however long they are.
  properties.enable_buffered_stream();
  properties.set_buffer_size(128 << 10);
  auto raw = parquet::ParquetFileReader::Open(input.file, properties);
  file->properties = properties;
  file->metadata = raw->metadata();
  file->int96_micros = WrittenBySpark(*file->metadata);
  ARROW_RETURN_NOT_OK(CheckMetadata(*file->metadata, input.name));

  parquet::ArrowReaderProperties arrow_properties(/*use_threads=*/false);
  arrow_properties.set_pre_buffer(false);
  arrow_properties.set_arrow_extensions_enabled(true);
  if (file->int96_micros) {
    arrow_properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
  }
  int64_t raw_bytes = 0;
  for (int g = 0; g < file->metadata->num_row_groups(); ++g) {
    raw_bytes += std::max<int64_t>(0, file->metadata->RowGroup(g)->total_byte_size());
  }
  int64_t rows = 1;
  for (int g = 0; g < file->metadata->num_row_groups(); ++g) {
    rows += file->metadata->RowGroup(g)->num_rows();
  }
  // Dictionaries hide the size of a row: what is stored is taken to grow by a factor of two.
  arrow_properties.set_batch_size(context->batch_rows(2 * raw_bytes / rows));

  ARROW_ASSIGN_OR_RAISE(
      file->reader,
      parquet::arrow::FileReader::Make(context->memory_pool(), std::move(raw), arrow_properties));
  ARROW_RETURN_NOT_OK(file->reader->GetSchema(&file->schema));
  arrow::FieldVector fields;
  for (const auto& field : file->reader->manifest().schema_fields) {
    std::vector<int> leaves;
    AddLeaves(field, &leaves);
    if (leaves.empty()) {
      context->progress().Note(input.name + ": column " + field.field->name() +
                               " is a group without columns: it holds nothing and is left out");
      continue;
    }
    file->leaves.push_back(std::move(leaves));
    fields.push_back(file->schema->field(
        static_cast<int>(&field - file->reader->manifest().schema_fields.data())));
  }
  const auto given = arrow::schema(std::move(fields), file->schema->metadata());
  file->schema = BytesForText(given, options);
  // Arrow's decoder insists on UTF-8 in a dictionary of text; ours reads the values themselves.
  for (int i = 0; i < file->schema->num_fields(); ++i) {
    const auto& field = file->schema->field(i);
    if (field->type()->Equals(given->field(i)->type()) ||
        field->type()->id() != arrow::Type::DICTIONARY) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(file->schema,
                          file->schema->SetField(i, field->WithType(arrow::binary())));
  }
  file->context = std::move(context);
  file->input = std::move(input);
  return file;
}

class ParquetSource : public Source {
 public:
  explicit ParquetSource(std::shared_ptr<const ParquetFile> file) : file_(std::move(file)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return file_->schema; }
  arrow::Result<std::string> Fingerprint() const override { return file_->input.fingerprint; }

  arrow::Result<std::vector<Chunk>> Chunks(int64_t target_rows) override {
    std::vector<Chunk> chunks;
    for (int g = 0; g < file_->metadata->num_row_groups(); ++g) {
      const int64_t rows = file_->metadata->RowGroup(g)->num_rows();
      if (chunks.empty() || chunks.back().rows >= target_rows) {
        chunks.push_back(
            {.index = static_cast<int64_t>(chunks.size()), .first = g, .count = 0, .rows = 0});
      }
      ++chunks.back().count;
      chunks.back().rows += rows;
    }
    return chunks;
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open(
      const Chunk& chunk, const ScanOptions& options) override {
    const int64_t groups = file_->metadata->num_row_groups();
    const int64_t first = std::clamp<int64_t>(chunk.first, 0, groups);
    const int64_t end =
        chunk.count < 0 ? groups : first + std::clamp<int64_t>(chunk.count, 0, groups - first);
    return ReadParquet(file_, static_cast<int>(first), static_cast<int>(end), options);
  }

  arrow::Result<ColumnBounds> Bounds(const Chunk& chunk, int column) override {
    return CatchParquet(file_->input.name, file_->schema->field(column)->name(), [&] {
      return BoundsOfColumn(*file_, static_cast<int>(chunk.first),
                            static_cast<int>(chunk.first + chunk.count), column);
    });
  }

  arrow::Result<SourceInfo> Inspect() override {
    return CatchParquet(file_->input.name, "", [&] { return InspectParquet(*file_); });
  }

 private:
  std::shared_ptr<const ParquetFile> file_;
};

}  // namespace

arrow::Result<std::unique_ptr<Source>> OpenParquet(std::shared_ptr<Context> context,
                                                   FileInput input, const ReadOptions& options) {
  const std::string name = input.name;
  if (input.file == nullptr) {
    return MakeError(ErrorCode::kUsage,
                     "Parquet cannot be read from a pipe: its index is at the end",
                     {.location = name, .hint = "save it to a file first"});
  }
  ARROW_ASSIGN_OR_RAISE(auto file, CatchParquet(name, "", [&] {
                          return OpenFile(std::move(context), std::move(input), options);
                        }));
  return std::make_unique<ParquetSource>(std::move(file));
}

}  // namespace bowyer
