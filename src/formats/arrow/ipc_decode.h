// Arrow IPC messages -> arrays: whole batches, or only some rows of a batch that is too large.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "bowyer/context.h"
#include "formats/arrow/ipc_message.h"

namespace bowyer {

// A node of the schema's tree of types.
struct IpcField {
  std::shared_ptr<arrow::DataType> type;
  const arrow::DataType* storage = nullptr;  // of `type`, which may be an extension
  int64_t dictionary_id = -1;                // of a dictionary-encoded field
  // Of a dictionary-encoded field one child: the dictionary's values.
  std::vector<IpcField> children;
};

// A schema as messages refer to it. Immutable; shared by all decoding.
struct IpcSchema {
  std::shared_ptr<arrow::Schema> schema;  // in native byte order
  std::vector<IpcField> fields;
  bool swap = false;  // values are in the other byte order

  // `memo`: what reading the schema taught about dictionary ids. Errors: kData.
  static arrow::Result<std::shared_ptr<const IpcSchema>> Make(
      std::shared_ptr<arrow::Schema> schema, const arrow::ipc::DictionaryMemo& memo);

  // Its messages read under `other`, which differs in types of the same layout only.
  std::shared_ptr<const IpcSchema> Under(std::shared_ptr<arrow::Schema> other) const;

  // The field whose dictionary has this id, or null.
  const IpcField* DictionaryField(int64_t id) const;
};

// The body of a message: a part of a file, or bytes in memory.
struct IpcBody {
  std::shared_ptr<arrow::io::RandomAccessFile> file;
  int64_t start = 0;  // within the file, also when `bytes` is set
  int64_t length = 0;
  std::shared_ptr<arrow::Buffer> bytes;

  // Errors: kData when it lies outside of the body or the file ends before.
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t offset, int64_t size) const;
};

// Dictionaries by id, complete with dictionaries of their own.
using IpcDictionaries = std::unordered_map<int64_t, std::shared_ptr<arrow::ArrayData>>;

struct IpcRows {
  int64_t start = 0;   // a multiple of 8
  int64_t count = -1;  // -1: all that follow
};

// Can rows of such a batch be read without the others? (Compressed buffers cannot be cut, some
// nested types can only be read whole.)
bool CanReadRows(const IpcSchema& schema, const IpcBatch& batch);

// The columns `columns` of `schema`, checked (layout and UTF-8). `first_row` is the number of the
// batch's first row in its table, for messages; -1 if not known.
// Errors: kData with the body's byte offset; kResources where the budget does not allow a buffer.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> DecodeIpcBatch(
    Context* context, const IpcSchema& schema, const IpcMessage& message, const IpcBody& body,
    const IpcDictionaries& dictionaries, const IpcRows& rows, const std::vector<int>& columns,
    const std::shared_ptr<arrow::Schema>& projected, int64_t first_row);

// The values of a dictionary message (of which `field` is the dictionary-encoded field).
arrow::Result<std::shared_ptr<arrow::ArrayData>> DecodeIpcDictionary(
    Context* context, const IpcSchema& schema, const IpcField& field, const IpcMessage& message,
    const IpcBody& body, const IpcDictionaries& dictionaries);

}  // namespace bowyer
