// The metadata of Arrow IPC messages and of the file's footer, as plain values.
#pragma once

#include <arrow/buffer.h>
#include <arrow/ipc/dictionary.h>
#include <arrow/result.h>
#include <arrow/type.h>
#include <arrow/util/compression.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace bowyer {

// Rows and nulls of one array of a flattened tree.
struct IpcNode {
  int64_t length = 0;
  int64_t null_count = 0;
};

// A part of a message's body.
struct IpcBuffer {
  int64_t offset = 0;
  int64_t length = 0;
};

struct IpcBatch {
  int64_t rows = 0;
  std::vector<IpcNode> nodes;      // in the order of a walk over the schema, parents first
  std::vector<IpcBuffer> buffers;  // likewise
  std::vector<int64_t> variadic;   // numbers of data buffers, one for each view column
  arrow::Compression::type codec = arrow::Compression::UNCOMPRESSED;
};

// A stream between processes ends with an empty batch whose metadata tells what came before it, so
// that what is cut cannot be taken for what is whole. Other readers see a batch without rows.
inline constexpr char kEndBatches[] = "bowyer:end.batches";
inline constexpr char kEndRows[] = "bowyer:end.rows";

struct IpcMessage {
  enum class Kind { kSchema, kDictionary, kBatch };
  Kind kind = Kind::kSchema;
  bool version4 = false;  // unions have validity bitmaps
  int64_t body_length = 0;
  IpcBatch batch;  // of kBatch and kDictionary
  int64_t dictionary_id = 0;
  bool delta = false;
  std::vector<std::pair<std::string, std::string>> metadata;
};

// A message within a file: where it is, and how long its two parts are.
struct IpcBlock {
  int64_t offset = 0;
  int64_t metadata_length = 0;  // with its length prefix and padding
  int64_t body_length = 0;
};

struct IpcFooter {
  std::vector<IpcBlock> dictionaries, batches;
  std::vector<std::pair<std::string, std::string>> metadata;
};

// `bytes`: the FlatBuffers part of a message. Errors: kData for damaged metadata, a version that
// is not known, and messages that are no part of tables (tensors).
arrow::Result<IpcMessage> ParseIpcMessage(std::span<const uint8_t> bytes);
arrow::Result<IpcFooter> ParseIpcFooter(std::span<const uint8_t> bytes);

// The schema of a schema message, or of a footer; `memo` learns the ids of dictionaries.
arrow::Result<std::shared_ptr<arrow::Schema>> SchemaOfMessage(
    const std::shared_ptr<arrow::Buffer>& bytes, arrow::ipc::DictionaryMemo* memo);
arrow::Result<std::shared_ptr<arrow::Schema>> SchemaOfFooter(
    const std::shared_ptr<arrow::Buffer>& bytes, arrow::ipc::DictionaryMemo* memo);

}  // namespace bowyer
