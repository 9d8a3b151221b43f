// Fuzzes Arrow IPC reading: any bytes are read or refused, as a file and through a pipe; and what
// is read is safe to follow to its last byte, which writing it does.
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>

#include "bowyer/error.h"
#include "follow_batches.h"
#include "formats/format.h"

namespace bowyer {
namespace {

void ReadAndWrite(const std::shared_ptr<Context>& context, FileInput input) {
  const auto source = kArrowFileFormat.open(context, std::move(input), {});
  if (!source.ok()) return;
  (void)(*source)->Inspect();
  const auto reader = (*source)->Open({}, {});
  if (!reader.ok()) return;
  FollowBatches(**reader, [&](auto sink) {
    return kArrowStreamFormat.encode(context, (*source)->schema(), sink, {});
  });
}

}  // namespace
}  // namespace bowyer

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bowyer;
  static const auto context = *Context::Make({.threads = 1, .memory = int64_t{64} << 20});
  const auto bytes = std::make_shared<arrow::Buffer>(data, static_cast<int64_t>(size));
  FileInput file{.name = "fuzz.arrow",
                 .file = std::make_shared<arrow::io::BufferReader>(bytes),
                 .stream = std::make_shared<arrow::io::BufferReader>(bytes),
                 .size = bytes->size()};
  FileInput pipe = file;
  pipe.file = nullptr;
  pipe.size = -1;
  ReadAndWrite(context, std::move(file));
  ReadAndWrite(context, std::move(pipe));
  return 0;
}
