// Fuzzes Parquet reading: any bytes are read or refused, and what is read is safe to follow to its
// last byte, which writing it does.
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>

#include "bowyer/error.h"
#include "follow_batches.h"
#include "formats/format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bowyer;
  static const auto context = *Context::Make({.threads = 1, .memory = int64_t{64} << 20});
  const auto bytes = std::make_shared<arrow::Buffer>(data, static_cast<int64_t>(size));
  FileInput input{.name = "fuzz.parquet",
                  .file = std::make_shared<arrow::io::BufferReader>(bytes),
                  .stream = std::make_shared<arrow::io::BufferReader>(bytes),
                  .size = bytes->size()};
  const auto source = kParquetFormat.open(context, std::move(input), {});
  if (!source.ok()) return 0;
  (void)(*source)->Inspect();
  const auto reader = (*source)->Open({}, {});
  if (!reader.ok()) return 0;
  FollowBatches(**reader, [&](auto sink) {
    return kArrowStreamFormat.encode(context, (*source)->schema(), sink, {});
  });
  return 0;
}
