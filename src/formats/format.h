// What a file format is: one direction from bytes to batches, one from batches to bytes.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <span>
#include <string_view>

#include "bowyer/context.h"
#include "bowyer/options.h"
#include "bowyer/source.h"
#include "files/file_input.h"

namespace bowyer {

// Batches -> the bytes of one file. Used by one thread; may encode behind on the workers, and then
// holds at most the context's share of memory. Destroyed at any time, it waits for its tasks.
class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) = 0;
  // Encodes and writes what is left, and the format's own end. Does not close the stream.
  virtual arrow::Status Finish() = 0;
};

struct Format {
  std::string_view name;                       // as --from and --to take it
  std::string_view title;                      // for people
  std::span<const std::string_view> suffixes;  // lower case, with the dot
  bool text;  // lines of text: may be packed as a whole (.csv.gz), is decoded to UTF-8 on reading
  std::span<const std::string_view>
      codecs;  // of its own, inside the file; the first is the default

  // A file of this format. `input` may be a pipe. A column that options.types names gets that type
  // if the format can read it so; whatever else its type is, it is cast behind (connectors/retype).
  // Text becomes bytes without a check where bytes are asked for. Errors: kData for what is not
  // such a file.
  arrow::Result<std::unique_ptr<Source>> (*open)(std::shared_ptr<Context> context, FileInput input,
                                                 const ReadOptions& options);
  // Checks that the format can hold `schema` (kData: names the column and what to do), then makes
  // an encoder onto `stream`. Bytes are already packed by whoever made `stream`.
  arrow::Result<std::unique_ptr<Encoder>> (*encode)(std::shared_ptr<Context> context,
                                                    std::shared_ptr<arrow::Schema> schema,
                                                    std::shared_ptr<arrow::io::OutputStream> stream,
                                                    const WriteOptions& options);
};

// One for each format, defined in its own file.
extern const Format kCsvFormat;
extern const Format kTsvFormat;
extern const Format kJsonFormat;
extern const Format kParquetFormat;
extern const Format kArrowFileFormat;
extern const Format kArrowStreamFormat;
extern const Format kOrcFormat;

}  // namespace bowyer
