// FlatBuffers -> plain values, by the field numbers of the format's Message.fbs and File.fbs.
// Schemas are left to Arrow, which verifies them itself.
#include "formats/arrow/ipc_message.h"

#include <arrow/ipc/message.h>
#include <arrow/ipc/reader.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "bowyer/error.h"
#include "formats/arrow/flat_table.h"

namespace bowyer {
namespace {

constexpr int kVersion4 = 3, kVersion5 = 4;
// What a Message's union calls its members.
constexpr int kSchemaHeader = 1, kDictionaryHeader = 2, kBatchHeader = 3;

arrow::Status CheckVersion(int version) {
  if (version == kVersion4 || version == kVersion5) return arrow::Status::OK();
  return MakeError(
      ErrorCode::kData,
      fmt::format("Arrow IPC metadata of version {} cannot be read, only 4 and 5", version + 1));
}

arrow::Result<std::vector<std::pair<std::string, std::string>>> ParseKeyValues(
    const FlatTable& table, int field) {
  std::vector<std::pair<std::string, std::string>> pairs;
  ARROW_ASSIGN_OR_RAISE(const auto vector, table.Elements(field, 4));
  for (int64_t i = 0; i < vector.count; ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto pair, table.TableAt(vector, i));
    ARROW_ASSIGN_OR_RAISE(const auto key, pair.Text(0));
    ARROW_ASSIGN_OR_RAISE(const auto value, pair.Text(1));
    pairs.emplace_back(key, value);
  }
  return pairs;
}

arrow::Result<IpcBatch> ParseBatch(const FlatTable& table) {
  IpcBatch batch;
  ARROW_ASSIGN_OR_RAISE(batch.rows, table.Scalar<int64_t>(0, 0));
  ARROW_ASSIGN_OR_RAISE(const auto nodes, table.Elements(1, 16));
  for (int64_t i = 0; i < nodes.count; ++i) {
    const int64_t at = nodes.at + 16 * i;
    batch.nodes.push_back({table.Load<int64_t>(at), table.Load<int64_t>(at + 8)});
  }
  ARROW_ASSIGN_OR_RAISE(const auto buffers, table.Elements(2, 16));
  for (int64_t i = 0; i < buffers.count; ++i) {
    const int64_t at = buffers.at + 16 * i;
    batch.buffers.push_back({table.Load<int64_t>(at), table.Load<int64_t>(at + 8)});
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t compression, table.Target(3));
  if (compression != 0) {
    ARROW_ASSIGN_OR_RAISE(const auto body, table.Table(3));
    ARROW_ASSIGN_OR_RAISE(const int8_t codec, body.Scalar<int8_t>(0, 0));
    ARROW_ASSIGN_OR_RAISE(const int8_t method, body.Scalar<int8_t>(1, 0));
    if (codec < 0 || codec > 1 || method != 0) {
      return MakeError(ErrorCode::kData, "the batch is compressed in a way that is not known");
    }
    batch.codec = codec == 0 ? arrow::Compression::LZ4_FRAME : arrow::Compression::ZSTD;
  }
  ARROW_ASSIGN_OR_RAISE(const auto variadic, table.Elements(4, 8));
  for (int64_t i = 0; i < variadic.count; ++i) {
    batch.variadic.push_back(table.Load<int64_t>(variadic.at + 8 * i));
  }
  return batch;
}

// Arrow 0.17 compressed before the format said how, and noted the codec beside the message.
arrow::Status ApplyEarlyCompression(IpcMessage* message) {
  if (!message->version4) return arrow::Status::OK();
  for (const auto& [key, value] : message->metadata) {
    if (key != "ARROW:experimental_compression") continue;
    if (value == "lz4" || value == "LZ4") {
      message->batch.codec = arrow::Compression::LZ4_FRAME;
    } else if (value == "zstd" || value == "ZSTD") {
      message->batch.codec = arrow::Compression::ZSTD;
    } else {
      return MakeError(ErrorCode::kData, "the batch is compressed in a way that is not known");
    }
  }
  return arrow::Status::OK();
}

arrow::Result<std::vector<IpcBlock>> ParseBlocks(const FlatTable& footer, int field) {
  std::vector<IpcBlock> blocks;
  ARROW_ASSIGN_OR_RAISE(const auto vector, footer.Elements(field, 24));
  for (int64_t i = 0; i < vector.count; ++i) {
    const int64_t at = vector.at + 24 * i;
    blocks.push_back({.offset = footer.Load<int64_t>(at),
                      .metadata_length = footer.Load<int32_t>(at + 8),
                      .body_length = footer.Load<int64_t>(at + 16)});
  }
  return blocks;
}

arrow::Status SchemaError(const arrow::Status& status) {
  return WithCode(status, ErrorCode::kData, {});
}

}  // namespace

arrow::Result<IpcMessage> ParseIpcMessage(std::span<const uint8_t> bytes) {
  IpcMessage message;
  ARROW_ASSIGN_OR_RAISE(const auto root, FlatTable::Root(bytes));
  ARROW_ASSIGN_OR_RAISE(const int16_t version, root.Scalar<int16_t>(0, 0));
  ARROW_RETURN_NOT_OK(CheckVersion(version));
  message.version4 = version == kVersion4;
  ARROW_ASSIGN_OR_RAISE(const uint8_t header, root.Scalar<uint8_t>(1, 0));
  ARROW_ASSIGN_OR_RAISE(message.body_length, root.Scalar<int64_t>(3, 0));
  if (message.body_length < 0) {
    return MakeError(ErrorCode::kData, "a message's length is negative");
  }
  ARROW_ASSIGN_OR_RAISE(message.metadata, ParseKeyValues(root, 4));
  if (header == kSchemaHeader) {
    message.kind = IpcMessage::Kind::kSchema;
    return message;
  }
  if (header != kDictionaryHeader && header != kBatchHeader) {
    return MakeError(ErrorCode::kData,
                     fmt::format("a message of kind {} is no part of a table", header));
  }
  ARROW_ASSIGN_OR_RAISE(const auto table, root.Table(2));
  if (header == kBatchHeader) {
    message.kind = IpcMessage::Kind::kBatch;
    ARROW_ASSIGN_OR_RAISE(message.batch, ParseBatch(table));
    ARROW_RETURN_NOT_OK(ApplyEarlyCompression(&message));
    return message;
  }
  message.kind = IpcMessage::Kind::kDictionary;
  ARROW_ASSIGN_OR_RAISE(message.dictionary_id, table.Scalar<int64_t>(0, 0));
  ARROW_ASSIGN_OR_RAISE(const auto data, table.Table(1));
  ARROW_ASSIGN_OR_RAISE(message.batch, ParseBatch(data));
  ARROW_RETURN_NOT_OK(ApplyEarlyCompression(&message));
  ARROW_ASSIGN_OR_RAISE(const uint8_t delta, table.Scalar<uint8_t>(2, 0));
  message.delta = delta != 0;
  return message;
}

arrow::Result<IpcFooter> ParseIpcFooter(std::span<const uint8_t> bytes) {
  IpcFooter footer;
  ARROW_ASSIGN_OR_RAISE(const auto root, FlatTable::Root(bytes));
  // Some writers leave the footer's version out; that of each message counts.
  ARROW_ASSIGN_OR_RAISE(const int16_t version, root.Scalar<int16_t>(0, 0));
  if (version > kVersion5) return CheckVersion(version);
  ARROW_ASSIGN_OR_RAISE(footer.dictionaries, ParseBlocks(root, 2));
  ARROW_ASSIGN_OR_RAISE(footer.batches, ParseBlocks(root, 3));
  ARROW_ASSIGN_OR_RAISE(footer.metadata, ParseKeyValues(root, 4));
  return footer;
}

arrow::Result<std::shared_ptr<arrow::Schema>> SchemaOfMessage(
    const std::shared_ptr<arrow::Buffer>& bytes, arrow::ipc::DictionaryMemo* memo) {
  auto message = arrow::ipc::Message::Open(bytes, nullptr);
  if (!message.ok()) return SchemaError(message.status());
  if ((*message)->type() != arrow::ipc::MessageType::SCHEMA) {
    return MakeError(ErrorCode::kData, "the first message is no schema");
  }
  auto schema = arrow::ipc::ReadSchema(**message, memo);
  if (!schema.ok()) return SchemaError(schema.status());
  return schema;
}

arrow::Result<std::shared_ptr<arrow::Schema>> SchemaOfFooter(
    const std::shared_ptr<arrow::Buffer>& bytes, arrow::ipc::DictionaryMemo* memo) {
  const std::span<const uint8_t> span(bytes->data(), static_cast<size_t>(bytes->size()));
  ARROW_ASSIGN_OR_RAISE(const auto root, FlatTable::Root(span));
  ARROW_ASSIGN_OR_RAISE(const int16_t version, root.Scalar<int16_t>(0, 0));
  ARROW_ASSIGN_OR_RAISE(const int64_t schema, root.Target(1));
  if (schema == 0) return MakeError(ErrorCode::kData, "the footer has no schema");
  // Arrow reads schemas out of messages only: put a Message table in front whose header is the
  // footer's schema (references go forward, so nothing behind it changes).
  constexpr int64_t kVtable = 4, kTable = 16, kFront = 32;
  std::string copy(kFront, '\0');
  copy.append(reinterpret_cast<const char*>(bytes->data()), static_cast<size_t>(bytes->size()));
  const auto put = [&copy](int64_t at, auto value) {
    std::memcpy(copy.data() + at, &value, sizeof(value));
  };
  put(0, static_cast<uint32_t>(kTable));
  put(kVtable, static_cast<uint16_t>(12));      // bytes of this vtable
  put(kVtable + 2, static_cast<uint16_t>(16));  // bytes of the table
  put(kVtable + 4, static_cast<uint16_t>(8));   // version
  put(kVtable + 6, static_cast<uint16_t>(10));  // header's kind
  put(kVtable + 8, static_cast<uint16_t>(4));   // header
  put(kTable, static_cast<int32_t>(kTable - kVtable));
  put(kTable + 4, static_cast<uint32_t>(kFront + schema - (kTable + 4)));
  put(kTable + 8, std::max<int16_t>(version, kVersion4));
  put(kTable + 10, static_cast<uint8_t>(kSchemaHeader));
  return SchemaOfMessage(arrow::Buffer::FromString(std::move(copy)), memo);
}

}  // namespace bowyer
