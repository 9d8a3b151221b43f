// An IPC file's footer lists its batches, so that each can be read by itself; a stream is read from
// its start to its end.
#include "formats/arrow/ipc_source.h"

#include <arrow/array/array_binary.h>
#include <arrow/scalar.h>
#include <arrow/util/compression.h>
#include <arrow/util/endian.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <numeric>
#include <set>

#include "bowyer/error.h"
#include "core/text.h"
#include "formats/arrow/feather1.h"
#include "formats/arrow/ipc_reader.h"
#include "formats/wished_type.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

std::vector<int> ColumnsOf(const ScanOptions& options, const arrow::Schema& schema) {
  if (options.columns) return *options.columns;
  std::vector<int> all(static_cast<size_t>(schema.num_fields()));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::string CodecName(arrow::Compression::type codec) {
  switch (codec) {
    case arrow::Compression::UNCOMPRESSED:
      return "none";
    case arrow::Compression::LZ4_FRAME:
      return "lz4";
    default:
      return arrow::util::Codec::GetCodecAsString(codec);
  }
}

// Of the texts of a dictionary, if they are not too many to look at.
ColumnBounds BoundsOfTexts(const std::shared_ptr<arrow::ArrayData>& data) {
  constexpr int64_t kMost = 1 << 16;
  if (data->type->id() != arrow::Type::STRING || data->length > kMost) return {};
  const arrow::StringArray texts(data);
  std::optional<std::string_view> min, max;
  for (int64_t i = 0; i < texts.length(); ++i) {
    if (texts.IsNull(i)) continue;
    const std::string_view text = texts.GetView(i);
    if (!min || text < *min) min = text;
    if (!max || text > *max) max = text;
  }
  if (!min) return {};
  return {.min = std::make_shared<arrow::StringScalar>(std::string(*min)),
          .max = std::make_shared<arrow::StringScalar>(std::string(*max)),
          .null_count = {}};
}

class FileSource : public Source {
 public:
  FileSource(std::shared_ptr<Context> context, FileInput input)
      : context_(std::move(context)), input_(std::move(input)) {}

  Status ReadFooter(const ReadOptions& options) {
    constexpr int64_t kTail = 10;  // the footer's length and the magic
    ARROW_ASSIGN_OR_RAISE(size_, input_.file->GetSize());
    if (size_ < 8 + kTail) return Fault("the file is too short to be an Arrow file", size_);
    ARROW_ASSIGN_OR_RAISE(auto tail, input_.file->ReadAt(size_ - kTail, kTail));
    if (tail->size() < kTail || std::memcmp(tail->data() + 4, "ARROW1", 6) != 0) {
      return Fault("the file does not end as an Arrow file does: it is cut off or damaged", size_);
    }
    int32_t length;
    std::memcpy(&length, tail->data(), sizeof(length));
    length = arrow::bit_util::FromLittleEndian(length);
    if (length <= 0 || length > size_ - 8 - kTail) {
      return Fault("the length of the footer is out of range", size_ - kTail);
    }
    const int64_t at = size_ - kTail - length;
    ARROW_ASSIGN_OR_RAISE(auto bytes, input_.file->ReadAt(at, length));
    if (bytes->size() < length) return Fault("the file ends within its footer", size_);
    auto footer = ParseIpcFooter({bytes->data(), static_cast<size_t>(length)});
    if (!footer.ok()) return AtPlace(footer.status(), {.byte_offset = at});
    footer_ = std::move(*footer);
    arrow::ipc::DictionaryMemo memo;
    ARROW_ASSIGN_OR_RAISE(auto schema, SchemaOfFooter(bytes, &memo));
    ARROW_ASSIGN_OR_RAISE(schema_, IpcSchema::Make(std::move(schema), memo));
    schema_ = schema_->Under(BytesForText(schema_->schema, options));
    return Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_->schema; }
  Result<std::string> Fingerprint() const override { return input_.fingerprint; }

  // Reads the metadata of all batches, none of their bodies.
  Result<std::vector<Chunk>> Chunks(int64_t target_rows) override {
    if (rows_.size() != footer_.batches.size()) {
      rows_.clear();
      for (const IpcBlock& block : footer_.batches) {
        ARROW_ASSIGN_OR_RAISE(const auto found, Block(block));
        rows_.push_back(found.message.batch.rows);
      }
    }
    std::vector<Chunk> chunks;
    for (size_t i = 0; i < rows_.size(); ++i) {
      const int64_t rows = rows_[i];
      if (chunks.empty() || target_rows <= 1 || chunks.back().rows >= target_rows) {
        chunks.push_back({.index = static_cast<int64_t>(chunks.size()),
                          .first = static_cast<int64_t>(i),
                          .count = 1,
                          .rows = rows});
      } else {
        ++chunks.back().count;
        chunks.back().rows += rows;
      }
    }
    return chunks;
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> Open(const Chunk& chunk,
                                                         const ScanOptions& options) override {
    if (dictionaries_ == nullptr) ARROW_RETURN_NOT_OK(ReadDictionaries());
    const auto batches = static_cast<int64_t>(footer_.batches.size());
    const int64_t first = std::clamp<int64_t>(chunk.first, 0, batches);
    const int64_t count =
        chunk.count < 0 ? batches - first : std::min(chunk.count, batches - first);
    std::vector<IpcBlock> blocks(footer_.batches.begin() + first,
                                 footer_.batches.begin() + first + count);
    return ReadIpcBatches(
        context_, schema_, MessagesOfBlocks(input_.file, size_, std::move(blocks)), dictionaries_,
        ColumnsOf(options, *schema()), input_.name, FirstRow(first), !options.on_calling_thread);
  }

  // All batches of a file share its dictionaries: no value is outside of them.
  Result<ColumnBounds> Bounds(const Chunk&, int column) override {
    const int64_t id = schema_->fields[static_cast<size_t>(column)].dictionary_id;
    if (id < 0) return ColumnBounds{};
    if (const auto known = bounds_.find(id); known != bounds_.end()) return known->second;
    if (dictionaries_ == nullptr) ARROW_RETURN_NOT_OK(ReadDictionaries());
    ColumnBounds& bounds = bounds_[id];
    const auto values = dictionaries_->find(id);
    if (values != dictionaries_->end()) bounds = BoundsOfTexts(values->second);
    return bounds;
  }

  // Reads the metadata of all batches, none of their bodies.
  Result<SourceInfo> Inspect() override {
    SourceInfo info{.format = "Arrow IPC file", .stored_bytes = size_, .unit_name = "batch"};
    int64_t rows = 0, alignment = 64;
    std::set<std::string> codecs;
    for (const IpcBlock& block : footer_.batches) {
      ARROW_ASSIGN_OR_RAISE(const auto found, Block(block));
      const IpcBatch& batch = found.message.batch;
      rows += batch.rows;
      info.units.push_back({.rows = batch.rows, .stored_bytes = found.body.length});
      if (batch.codec == arrow::Compression::UNCOMPRESSED) {
        info.units.back().raw_bytes = found.body.length;
      }
      codecs.insert(CodecName(batch.codec));
      for (const IpcBuffer& buffer : batch.buffers) {
        while ((found.body.start + buffer.offset) % alignment != 0) alignment /= 2;
      }
    }
    info.rows = rows;
    info.codec = fmt::format("{}", fmt::join(codecs, ", "));
    if (!footer_.batches.empty()) {
      info.facts.emplace_back("alignment", fmt::format("{} bytes", alignment));
    }
    if (!footer_.dictionaries.empty()) {
      int64_t bytes = 0, values = 0;
      for (const IpcBlock& block : footer_.dictionaries) {
        ARROW_ASSIGN_OR_RAISE(const auto found, Block(block));
        bytes += found.body.length;
        values += found.message.batch.rows;
      }
      info.facts.emplace_back("dictionaries",
                              fmt::format("{} messages, {} values, {}", footer_.dictionaries.size(),
                                          WithThousands(values), HumanBytes(bytes)));
    }
    if (schema_->swap) info.facts.emplace_back("byte order", "foreign, swapped on reading");
    info.metadata = footer_.metadata;
    return info;
  }

 private:
  Status Fault(std::string what, int64_t offset) const {
    return MakeError(ErrorCode::kData, std::move(what),
                     {.location = input_.name, .byte_offset = offset});
  }

  // Of a batch; -1 while the batches before are not counted.
  int64_t FirstRow(int64_t batch) const {
    if (batch == 0) return 0;
    if (rows_.size() < static_cast<size_t>(batch)) return -1;
    return std::accumulate(rows_.begin(), rows_.begin() + batch, int64_t{0});
  }

  Result<FoundMessage> Block(const IpcBlock& block) const {
    auto found = ReadIpcBlock(input_.file, size_, block);
    if (!found.ok()) return AtPlace(found.status(), {.location = input_.name});
    return found;
  }

  Status ReadDictionaries() {
    auto dictionaries = std::make_shared<IpcDictionaries>();
    for (const IpcBlock& block : footer_.dictionaries) {
      ARROW_ASSIGN_OR_RAISE(const auto found, Block(block));
      if (found.message.kind != IpcMessage::Kind::kDictionary) {
        return Fault("the footer calls this message a dictionary, but it is none", found.offset);
      }
      const auto status =
          AddDictionary(context_.get(), *schema_, found, /*replace=*/false, dictionaries.get());
      if (!status.ok()) return AtPlace(status, {.location = input_.name});
    }
    dictionaries_ = std::move(dictionaries);
    return Status::OK();
  }

  std::shared_ptr<Context> context_;
  FileInput input_;
  int64_t size_ = 0;
  IpcFooter footer_;
  std::vector<int64_t> rows_;  // of each batch, once they were asked for
  std::shared_ptr<const IpcSchema> schema_;
  std::shared_ptr<const IpcDictionaries> dictionaries_;
  std::map<int64_t, ColumnBounds> bounds_;  // of dictionaries that were asked for
};

class StreamSource : public Source {
 public:
  StreamSource(std::shared_ptr<Context> context, FileInput input)
      : context_(std::move(context)), input_(std::move(input)) {}

  Status ReadSchema(const ReadOptions& options) {
    if (input_.file != nullptr) {
      ARROW_ASSIGN_OR_RAISE(size_, input_.file->GetSize());
    }
    ARROW_ASSIGN_OR_RAISE(stream_, OpenStream());
    schema_ = stream_->schema();
    schema_ = schema_->Under(BytesForText(schema_->schema, options));
    return Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_->schema; }
  Result<std::string> Fingerprint() const override { return input_.fingerprint; }

  Result<std::shared_ptr<arrow::RecordBatchReader>> Open(const Chunk&,
                                                         const ScanOptions& options) override {
    if (stream_ == nullptr && input_.file == nullptr) {
      return MakeError(ErrorCode::kUsage, "a pipe can be read only once",
                       {.location = input_.name});
    }
    // A file's stream can be read again from its start.
    if (stream_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(stream_, OpenStream());
    }
    return ReadIpcBatches(context_, schema_, std::move(stream_),
                          std::make_shared<IpcDictionaries>(), ColumnsOf(options, *schema()),
                          input_.name, /*first_row=*/0, !options.on_calling_thread);
  }

  // Of a file: reads the metadata of all messages, none of their bodies.
  Result<SourceInfo> Inspect() override {
    SourceInfo info{.format = "Arrow IPC stream", .stored_bytes = input_.size};
    if (schema_->swap) info.facts.emplace_back("byte order", "foreign, swapped on reading");
    if (input_.file == nullptr) return info;
    info.unit_name = "batch";
    ARROW_ASSIGN_OR_RAISE(const auto stream, OpenStream());
    std::set<std::string> codecs;
    int64_t rows = 0, dictionaries = 0;
    while (true) {
      auto found = stream->Next();
      if (!found.ok()) return AtPlace(found.status(), {.location = input_.name});
      if (!*found) break;
      const IpcBatch& batch = (*found)->message.batch;
      if ((*found)->message.kind == IpcMessage::Kind::kDictionary) {
        ++dictionaries;
        continue;
      }
      rows += batch.rows;
      codecs.insert(CodecName(batch.codec));
      info.units.push_back({.rows = batch.rows, .stored_bytes = (*found)->body.length});
    }
    info.rows = rows;
    info.codec = fmt::format("{}", fmt::join(codecs, ", "));
    if (dictionaries > 0) {
      info.facts.emplace_back("dictionaries", fmt::format("{} messages", dictionaries));
    }
    return info;
  }

 private:
  Result<std::unique_ptr<IpcStream>> OpenStream() const {
    auto stream = IpcStream::Open(context_, input_.file, size_,
                                  input_.file == nullptr ? input_.stream : nullptr, input_.name);
    if (!stream.ok()) return AtPlace(stream.status(), {.location = input_.name});
    return stream;
  }

  std::shared_ptr<Context> context_;
  FileInput input_;
  int64_t size_ = 0;
  std::unique_ptr<IpcStream> stream_;  // opened for the schema, then given to the first reader
  std::shared_ptr<const IpcSchema> schema_;
};

}  // namespace

Result<std::unique_ptr<Source>> OpenArrow(std::shared_ptr<Context> context, FileInput input,
                                          const ReadOptions& options) {
  if (input.file != nullptr) {
    ARROW_ASSIGN_OR_RAISE(const auto magic, input.file->ReadAt(0, 6));
    const std::string_view head(*magic);
    if (head.substr(0, 4) == "FEA1")
      return OpenFeather1(std::move(context), std::move(input), options);
    if (head == "ARROW1") {
      auto source = std::make_unique<FileSource>(std::move(context), std::move(input));
      ARROW_RETURN_NOT_OK(source->ReadFooter(options));
      return source;
    }
  }
  auto source = std::make_unique<StreamSource>(std::move(context), std::move(input));
  ARROW_RETURN_NOT_OK(source->ReadSchema(options));
  return source;
}

}  // namespace bowyer
