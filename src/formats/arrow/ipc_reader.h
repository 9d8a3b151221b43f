// Arrow IPC files and streams: finding messages, and decoding their batches ahead on the workers.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "formats/arrow/ipc_decode.h"
#include "formats/arrow/ipc_message.h"

namespace bowyer {

struct FoundMessage {
  IpcMessage message;
  IpcBody body;
  int64_t offset = 0;  // of the message in its file or stream
};

// Gives the messages of a table, one after the other. Used by one thread.
class IpcMessages {
 public:
  virtual ~IpcMessages() = default;
  // Nothing at the end. Errors: kData with the byte offset; kPeer where a pipe ends too early.
  virtual arrow::Result<std::optional<FoundMessage>> Next() = 0;
  // May Next wait for another process?
  virtual bool may_wait() const { return false; }
};

// The message of a block of an IPC file of `size` bytes.
arrow::Result<FoundMessage> ReadIpcBlock(const std::shared_ptr<arrow::io::RandomAccessFile>& file,
                                         int64_t size, const IpcBlock& block);

// The blocks [first, end) of a file.
std::unique_ptr<IpcMessages> MessagesOfBlocks(std::shared_ptr<arrow::io::RandomAccessFile> file,
                                              int64_t size, std::vector<IpcBlock> blocks);

// A stream, from a file (bodies are then read where they are decoded) or from a pipe.
class IpcStream : public IpcMessages {
 public:
  // One of `file` (of `size` bytes) and `pipe` is set. Reads the schema. Also takes a whole IPC
  // file, whose messages form a stream behind eight bytes of magic.
  static arrow::Result<std::unique_ptr<IpcStream>> Open(
      std::shared_ptr<Context> context, std::shared_ptr<arrow::io::RandomAccessFile> file,
      int64_t size, std::shared_ptr<arrow::io::InputStream> pipe, const std::string& name);
  virtual const std::shared_ptr<const IpcSchema>& schema() const = 0;
};

// Takes up a dictionary message. `replace`: a dictionary may take the place of an older one.
arrow::Status AddDictionary(Context* context, const IpcSchema& schema, const FoundMessage& found,
                            bool replace, IpcDictionaries* dictionaries);

// The batches of `messages`, in order. Large uncompressed batches come in parts.
// `columns`: of the schema, in this order. `first_row`: the number of the first row in the table, for
// messages; -1 if not known. `ahead`: decoded on the workers before they are asked for; otherwise on
// the thread that asks.
std::shared_ptr<arrow::RecordBatchReader> ReadIpcBatches(
    std::shared_ptr<Context> context, std::shared_ptr<const IpcSchema> schema,
    std::unique_ptr<IpcMessages> messages, std::shared_ptr<const IpcDictionaries> dictionaries,
    std::vector<int> columns, std::string name, int64_t first_row, bool ahead);

}  // namespace bowyer
