// The encoder of a format onto a stream that packs what text formats write.
#include "connectors/file_encoder.h"

#include "bowyer/error.h"
#include "core/text.h"
#include "files/packed_output.h"

namespace bowyer {

arrow::Result<Packing> PackingToWrite(const Format& format, std::string_view path,
                                      const WriteOptions& options) {
  const Packing by_name = PackingOfPath(path);
  const std::string location(path);
  if (!format.text) {
    if (by_name == Packing::kNone) return Packing::kNone;
    return MakeError(ErrorCode::kUsage,
                     std::string(format.title) + " is compressed inside, not as a whole",
                     {.location = location,
                      .hint = "drop the last suffix, and try --compression " +
                              std::string(PackingName(by_name))});
  }
  if (options.compression.name.empty()) return by_name;
  const auto told = FindPacking(options.compression.name);
  if (!told.has_value()) {
    return MakeError(ErrorCode::kUsage,
                     Quoted(options.compression.name) + " does not pack text files",
                     {.location = location, .hint = "try gzip, zstd, lz4, bz2 or none"});
  }
  if (by_name != Packing::kNone && by_name != *told) {
    return MakeError(ErrorCode::kUsage,
                     "its name says " + std::string(PackingName(by_name)) +
                         ", but the compression asked for is " + std::string(PackingName(*told)),
                     {.location = location});
  }
  return *told;
}

arrow::Result<std::unique_ptr<FileEncoder>> FileEncoder::Make(
    const FileKind& kind, const std::shared_ptr<arrow::io::OutputStream>& stream,
    std::string name) {
  std::shared_ptr<arrow::io::OutputStream> output = stream;
  WriteOptions inner = kind.options;
  if (kind.format->text) {
    const auto level = kind.options.compression.level;
    inner.compression = {};
    if (kind.packing == Packing::kNone && level.has_value()) {
      return MakeError(ErrorCode::kUsage, "a compression level needs a compression",
                       {.location = name});
    }
    auto opened = OpenPacked(kind.context, stream, kind.packing, level);
    if (!opened.ok()) return AtPlace(opened.status(), {.location = name});
    output = std::move(opened).ValueUnsafe();
  }
  auto encoder = kind.format->encode(kind.context, kind.schema, output, inner);
  if (!encoder.ok()) return AtPlace(encoder.status(), {.location = name});
  std::unique_ptr<FileEncoder> file(
      new FileEncoder(output, kind.packing != Packing::kNone, std::move(name)));
  file->encoder_ = std::move(encoder).ValueUnsafe();
  return file;
}

arrow::Status FileEncoder::WriteBytes(std::string_view bytes) {
  return stream_->Write(bytes.data(), static_cast<int64_t>(bytes.size()));
}

arrow::Status FileEncoder::Write(const std::shared_ptr<arrow::RecordBatch>& batch) {
  return AtPlace(encoder_->Write(batch), {.location = name_});
}

arrow::Status FileEncoder::Finish() {
  ARROW_RETURN_NOT_OK(AtPlace(encoder_->Finish(), {.location = name_}));
  return packed_ ? AtPlace(stream_->Close(), {.location = name_}) : arrow::Status::OK();
}

}  // namespace bowyer
