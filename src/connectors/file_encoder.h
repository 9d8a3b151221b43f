// One file's way out: batches -> encoder -> packing -> stream.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <memory>
#include <string>
#include <string_view>

#include "bowyer/context.h"
#include "bowyer/options.h"
#include "files/packing.h"
#include "formats/format.h"

namespace bowyer {

// How a whole file of `format` is packed: as --compression says, otherwise by the suffix of `path`.
// Errors: kUsage where both are there and differ, for text and a codec that packs no files, and for
// a packing suffix on a format that compresses inside.
arrow::Result<Packing> PackingToWrite(const Format& format, std::string_view path,
                                      const WriteOptions& options);

// What all files of a destination have in common.
struct FileKind {
  std::shared_ptr<Context> context;
  const Format* format = nullptr;
  Packing packing = Packing::kNone;
  WriteOptions options;
  std::shared_ptr<arrow::Schema> schema;  // set when the table is known
};

// Used by one thread. `name` is for messages. Errors of all members tell the place.
class FileEncoder {
 public:
  static arrow::Result<std::unique_ptr<FileEncoder>> Make(
      const FileKind& kind, const std::shared_ptr<arrow::io::OutputStream>& stream,
      std::string name);

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch);
  // Bytes of text ahead of the first batch.
  arrow::Status WriteBytes(std::string_view bytes);
  // All bytes have reached the stream; it is not closed.
  arrow::Status Finish();

 private:
  FileEncoder(std::shared_ptr<arrow::io::OutputStream> stream, bool packed, std::string name)
      : stream_(std::move(stream)), packed_(packed), name_(std::move(name)) {}

  const std::shared_ptr<arrow::io::OutputStream> stream_;  // that the encoder writes to
  const bool packed_;                                      // then it is ours to close
  const std::string name_;
  std::unique_ptr<Encoder> encoder_;
};

}  // namespace bowyer
