// A row group is full at its rows or its bytes; then its columns go to the workers. At most a few
// row groups are under way, so that memory stays bounded; their finished bytes are written in
// order.
#include "formats/parquet/writer.h"

#include <arrow/extension_type.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "bowyer/error.h"
#include "core/ordered_tasks.h"
#include "core/text.h"
#include "formats/parquet/column_writer.h"
#include "formats/parquet/metadata.h"
#include "formats/parquet/schema.h"

namespace bowyer {
namespace {

using arrow::Status;
using parquet::ChunkOptions;
using parquet::Codec;
using parquet::ColumnAt;
using parquet::EncodedChunk;
using parquet::Leaf;
using parquet::ParquetSchema;

constexpr std::string_view kMagic = "PAR1";
constexpr int64_t kRowGroupRows = 1 << 20;
// A task takes neighbouring columns until it has so many bytes: wide tables have small columns.
constexpr int64_t kTaskBytes = 512 << 10;
constexpr int kZstdLevel = 3;

struct CodecName {
  std::string_view name;
  Codec codec;
  arrow::Compression::type type;
};
constexpr CodecName kCodecs[] = {
    {"zstd", Codec::kZstd, arrow::Compression::ZSTD},
    {"snappy", Codec::kSnappy, arrow::Compression::SNAPPY},
    {"none", Codec::kUncompressed, arrow::Compression::UNCOMPRESSED},
    {"gzip", Codec::kGzip, arrow::Compression::GZIP},
    {"brotli", Codec::kBrotli, arrow::Compression::BROTLI},
    {"lz4", Codec::kLz4Raw, arrow::Compression::LZ4},
};

Status SetCodec(const Compression& compression, ChunkOptions* options) {
  const std::string name = compression.name.empty() ? "zstd" : compression.name;
  const auto* const found = std::find_if(std::begin(kCodecs), std::end(kCodecs),
                                         [&](const CodecName& each) { return each.name == name; });
  if (found == std::end(kCodecs)) {
    return MakeError(ErrorCode::kUsage, fmt::format("Parquet has no compression {}", Quoted(name)),
                     {.hint = "try zstd, snappy, lz4, gzip, brotli or none"});
  }
  options->codec = found->codec;
  if (found->codec == Codec::kUncompressed ||
      !arrow::util::Codec::SupportsCompressionLevel(found->type)) {
    if (!compression.level) return Status::OK();
    return MakeError(ErrorCode::kUsage, fmt::format("compression {} has no levels", name),
                     {.hint = fmt::format("try {} without a level, or zstd:LEVEL", name)});
  }
  ARROW_ASSIGN_OR_RAISE(const int least, arrow::util::Codec::MinimumCompressionLevel(found->type));
  ARROW_ASSIGN_OR_RAISE(const int most, arrow::util::Codec::MaximumCompressionLevel(found->type));
  ARROW_ASSIGN_OR_RAISE(options->level, arrow::util::Codec::DefaultCompressionLevel(found->type));
  if (found->codec == Codec::kZstd) options->level = kZstdLevel;
  if (!compression.level) return Status::OK();
  if (*compression.level < least || *compression.level > most) {
    return MakeError(ErrorCode::kUsage,
                     fmt::format("compression {} has no level {}", name, *compression.level),
                     {.hint = fmt::format("levels go from {} to {}", least, most)});
  }
  options->level = *compression.level;
  return Status::OK();
}

// Bytes of values in a slice, near enough to bound memory; what slices share counts once for each.
int64_t SliceBytes(const arrow::ArrayData& data, int64_t from, int64_t length) {
  if (length == 0) return 0;
  const auto offset_bytes = [&](auto zero) -> int64_t {
    using Offset = decltype(zero);
    const auto* offsets =
        reinterpret_cast<const Offset*>(data.buffers[1]->data()) + data.offset + from;
    return static_cast<int64_t>(offsets[length]) - offsets[0];
  };
  const auto child_bytes = [&](auto zero) -> int64_t {
    using Offset = decltype(zero);
    const auto* offsets =
        reinterpret_cast<const Offset*>(data.buffers[1]->data()) + data.offset + from;
    return SliceBytes(*data.child_data[0], offsets[0],
                      static_cast<int64_t>(offsets[length]) - offsets[0]);
  };
  switch (parquet::StoredType(data.type)->id() == data.type->id() ? data.type->id()
                                                                  : arrow::Type::EXTENSION) {
    case arrow::Type::NA:
      return 0;
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return 4 * length + offset_bytes(int32_t{});
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return 8 * length + offset_bytes(int64_t{});
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW: {
      const auto* views = data.GetValues<arrow::BinaryViewType::c_type>(1) + from;
      int64_t bytes = 16 * length;
      for (int64_t i = 0; i < length; ++i) bytes += views[i].is_inline() ? 0 : views[i].size();
      return bytes;
    }
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return 4 * length + child_bytes(int32_t{});
    case arrow::Type::LARGE_LIST:
      return 8 * length + child_bytes(int64_t{});
    case arrow::Type::FIXED_SIZE_LIST: {
      const int64_t size = static_cast<const arrow::FixedSizeListType&>(*data.type).list_size();
      return SliceBytes(*data.child_data[0], (data.offset + from) * size, length * size);
    }
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW:
      // Which children belong to the slice is unknown: its share of them.
      return 8 * length + SliceBytes(*data.child_data[0], 0, data.child_data[0]->length) * length /
                              std::max<int64_t>(1, data.length);
    case arrow::Type::STRUCT: {
      int64_t bytes = 0;
      for (const auto& child : data.child_data) {
        bytes += SliceBytes(*child, data.offset + from, length);
      }
      return bytes;
    }
    case arrow::Type::EXTENSION: {
      const auto& type = *data.type;
      if (type.id() == arrow::Type::EXTENSION) {
        auto storage = data.Copy();
        storage->type = static_cast<const arrow::ExtensionType&>(type).storage_type();
        return SliceBytes(*storage, from, length);
      }
      // Dictionaries count their indices; runs, once decoded, at least so much.
      return 4 * length;
    }
    default:
      return std::max<int64_t>(1, length * data.type->bit_width() / 8);
  }
}

class ParquetEncoder : public Encoder {
 public:
  ParquetEncoder(std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
                 std::shared_ptr<arrow::io::OutputStream> stream, ParquetSchema parquet_schema,
                 const ChunkOptions& options, int64_t row_group_rows,
                 std::shared_ptr<const ParquetFacts> facts)
      : context_(std::move(context)),
        schema_(std::move(schema)),
        stream_(std::move(stream)),
        parquet_schema_(std::make_shared<const ParquetSchema>(std::move(parquet_schema))),
        options_(options),
        row_group_rows_(row_group_rows > 0 ? row_group_rows : kRowGroupRows),
        facts_(std::move(facts)),
        tasks_(context_, std::numeric_limits<int>::max()) {
    // A row group of many columns keeps all threads busy nearly to its end; of few columns, several
    // row groups must be under way. What they and the one being gathered take together stays.
    const int64_t threads = context_->threads();
    const auto columns = std::max<int64_t>(1, static_cast<int64_t>(parquet_schema_->leaves.size()));
    row_groups_under_way_ = columns >= 8 * threads ? 1 : (threads + columns - 1) / columns + 1;
    row_groups_under_way_ = std::clamp<int64_t>(row_groups_under_way_, 1, threads + 1);
    if (row_group_rows <= 0) {
      row_group_bytes_ = context_->row_group_bytes() * (threads + 1) / (row_groups_under_way_ + 1);
    }
  }

  Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    ARROW_RETURN_NOT_OK(Begin());
    if (!batch->schema()->Equals(*schema_, false)) {
      return MakeError(ErrorCode::kInternal, "a batch does not have the schema of its table");
    }
    for (int64_t at = 0; at < batch->num_rows();) {
      int64_t rows = std::min(batch->num_rows() - at, row_group_rows_ - rows_);
      int64_t bytes = BytesOf(*batch, at, rows);
      while (rows > 1 && bytes_ + bytes > row_group_bytes_ + row_group_bytes_ / 4) {
        // A batch larger than what is left: its share by bytes, checked again.
        const int64_t room = std::max<int64_t>(row_group_bytes_ - bytes_, 1);
        rows = std::clamp<int64_t>(
            static_cast<int64_t>(static_cast<double>(rows) * static_cast<double>(room) /
                                 static_cast<double>(bytes)),
            1, rows / 2 + rows % 2);
        bytes = BytesOf(*batch, at, rows);
      }
      gathered_.push_back(rows == batch->num_rows() ? batch : batch->Slice(at, rows));
      rows_ += rows;
      bytes_ += bytes;
      at += rows;
      if (rows_ >= row_group_rows_ || bytes_ >= row_group_bytes_) {
        ARROW_RETURN_NOT_OK(SubmitRowGroup());
      }
    }
    return WriteReady();
  }

  Status Finish() override {
    ARROW_RETURN_NOT_OK(Begin());
    if (rows_ > 0) ARROW_RETURN_NOT_OK(SubmitRowGroup());
    while (!under_way_.empty()) ARROW_RETURN_NOT_OK(WriteNext());
    ParquetSchema schema = *parquet_schema_;
    if (facts_ != nullptr) {
      schema.metadata.insert(schema.metadata.end(), facts_->begin(), facts_->end());
    }
    std::string footer = parquet::Footer(schema, row_groups_, total_rows_);
    const auto size = static_cast<uint32_t>(footer.size());
    if (footer.size() > std::numeric_limits<int32_t>::max()) {
      return MakeError(ErrorCode::kData,
                       "the table has too many columns and row groups for Parquet",
                       {.hint = "try a larger --row-group-rows, or --max-file-rows"});
    }
    footer.append(reinterpret_cast<const char*>(&size), 4);
    footer.append(kMagic);
    return Append(footer);
  }

 private:
  // Columns [begin, end) of a row group, encoded.
  using Encoded = std::vector<EncodedChunk>;

  struct RowGroup {
    int64_t rows = 0;
    size_t tasks = 0;  // not taken yet
    std::vector<ColumnAt> columns;
  };

  Status Begin() {
    if (begun_) return Status::OK();
    begun_ = true;
    return Append(kMagic);
  }

  Status Append(std::string_view bytes) {
    ARROW_RETURN_NOT_OK(stream_->Write(bytes.data(), static_cast<int64_t>(bytes.size())));
    offset_ += static_cast<int64_t>(bytes.size());
    return Status::OK();
  }

  static int64_t BytesOf(const arrow::RecordBatch& batch, int64_t from, int64_t rows) {
    int64_t bytes = 0;
    for (const auto& column : batch.column_data()) bytes += SliceBytes(*column, from, rows);
    return bytes;
  }

  Status SubmitRowGroup() {
    while (static_cast<int64_t>(under_way_.size()) >= row_groups_under_way_) {
      ARROW_RETURN_NOT_OK(WriteNext());
    }
    const auto& leaves = parquet_schema_->leaves;
    ChunkOptions options = options_;
    options.first_row = total_rows_;
    RowGroup group{.rows = rows_};
    const int64_t leaf_bytes = bytes_ / std::max<int64_t>(1, static_cast<int64_t>(leaves.size()));
    const auto per_task = static_cast<size_t>(
        std::clamp<int64_t>(kTaskBytes / std::max<int64_t>(1, leaf_bytes), 1, 64));
    for (size_t begin = 0; begin < leaves.size(); begin += per_task) {
      const size_t end = std::min(begin + per_task, leaves.size());
      // The task holds only its own columns, so that a column's memory ends with its task.
      std::vector<std::vector<std::shared_ptr<arrow::ArrayData>>> columns(end - begin);
      for (size_t i = begin; i < end; ++i) {
        for (const auto& batch : gathered_) {
          columns[i - begin].push_back(batch->column_data(leaves[i].column));
        }
      }
      ARROW_RETURN_NOT_OK(
          tasks_.Submit([context = context_.get(), schema = parquet_schema_, options, begin,
                         columns = std::move(columns)]() mutable -> arrow::Result<Encoded> {
            ARROW_RETURN_NOT_OK(context->CheckStop());
            Encoded encoded;
            for (size_t i = 0; i < columns.size(); ++i) {
              const auto arrays = std::move(columns[i]);
              ARROW_ASSIGN_OR_RAISE(auto chunk, EncodeColumnChunk(schema->leaves[begin + i], arrays,
                                                                  options, context->memory_pool()));
              encoded.push_back(std::move(chunk));
            }
            return encoded;
          }));
      ++group.tasks;
    }
    total_rows_ += rows_;
    gathered_.clear();
    rows_ = bytes_ = 0;
    under_way_.push_back(std::move(group));
    return Status::OK();
  }

  // Writes what is finished, without waiting.
  Status WriteReady() {
    while (!under_way_.empty() && (under_way_.front().tasks == 0 || tasks_.ready())) {
      ARROW_RETURN_NOT_OK(WriteStep());
    }
    return Status::OK();
  }

  // Writes the oldest row group whole.
  Status WriteNext() {
    const size_t before = under_way_.size();
    while (under_way_.size() == before) ARROW_RETURN_NOT_OK(WriteStep());
    return Status::OK();
  }

  // Writes the columns of the oldest task, and ends its row group with the last one.
  Status WriteStep() {
    RowGroup& group = under_way_.front();
    if (group.tasks > 0) {
      ARROW_ASSIGN_OR_RAISE(auto encoded, tasks_.Next());
      --group.tasks;
      for (auto& chunk : encoded) {
        group.columns.push_back({std::move(chunk.facts), offset_});
        for (const auto& part : chunk.parts) {
          ARROW_RETURN_NOT_OK(stream_->Write(part));
          offset_ += part->size();
        }
      }
    }
    if (group.tasks == 0) {
      row_groups_.push_back(
          parquet::RowGroupEntry(parquet_schema_->leaves, group.columns, group.rows));
      under_way_.pop_front();
    }
    return Status::OK();
  }

  std::shared_ptr<Context> context_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::io::OutputStream> stream_;
  std::shared_ptr<const ParquetSchema> parquet_schema_;
  ChunkOptions options_;
  const int64_t row_group_rows_;
  const std::shared_ptr<const ParquetFacts> facts_;
  int64_t row_group_bytes_ = std::numeric_limits<int64_t>::max() / 4;
  int64_t row_groups_under_way_ = 2;

  bool begun_ = false;
  int64_t offset_ = 0;  // in the file
  std::vector<std::shared_ptr<arrow::RecordBatch>> gathered_;
  int64_t rows_ = 0, bytes_ = 0;  // of them
  int64_t total_rows_ = 0;
  std::deque<RowGroup> under_way_;
  std::vector<std::string> row_groups_;  // entries of the footer
  OrderedTasks<Encoded> tasks_;          // last: waits for its tasks before the rest goes away
};

}  // namespace

arrow::Result<std::unique_ptr<Encoder>> MakeParquetEncoder(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
    std::shared_ptr<arrow::io::OutputStream> stream, const WriteOptions& options) {
  return MakeParquetEncoder(std::move(context), std::move(schema), std::move(stream), options,
                            nullptr);
}

arrow::Result<std::unique_ptr<Encoder>> MakeParquetEncoder(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
    std::shared_ptr<arrow::io::OutputStream> stream, const WriteOptions& options,
    std::shared_ptr<const ParquetFacts> facts) {
  ChunkOptions chunk;
  ARROW_RETURN_NOT_OK(SetCodec(options.compression, &chunk));
  ARROW_ASSIGN_OR_RAISE(auto parquet_schema, parquet::MakeParquetSchema(*schema));
  return std::make_unique<ParquetEncoder>(std::move(context), std::move(schema), std::move(stream),
                                          std::move(parquet_schema), chunk, options.row_group_rows,
                                          std::move(facts));
}

}  // namespace bowyer
