// Nothing of the table is believed: numbers of nodes and buffers, places and lengths are compared
// with what the types want and what the parts have; CheckBatch looks at what the buffers hold.
#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/type.h>

#include <cstring>

#include "bowyer/error.h"
#include "channels/batch_table.h"
#include "core/validate.h"

namespace bowyer {
namespace {

using arrow::ArrayData;
using arrow::Result;
using arrow::Status;
using arrow::Type;

Status Fault(std::string what) {
  return MakeError(ErrorCode::kData, "damaged batch: " + std::move(what));
}

// Bytes of shared memory; whoever holds it keeps the lease.
class LeasedBuffer : public arrow::Buffer {
 public:
  LeasedBuffer(const uint8_t* data, int64_t size, std::shared_ptr<const void> owner)
      : Buffer(data, size), owner_(std::move(owner)) {}

 private:
  const std::shared_ptr<const void> owner_;
};

class TableReader {
 public:
  TableReader(std::string_view table, std::span<const BatchPart> parts,
              const std::shared_ptr<const void>& owner)
      : table_(table), parts_(parts), owner_(owner) {}

  Result<BatchTableHead> Head() {
    if (table_.size() < sizeof(head_)) return Fault("its table is cut");
    std::memcpy(&head_, table_.data(), sizeof(head_));
    if (head_.magic != BatchTableHead().magic) return Fault("it has no table");
    const uint64_t bytes = sizeof(head_) + uint64_t{head_.nodes} * sizeof(BatchTableNode) +
                           uint64_t{head_.buffers} * sizeof(BatchTableBuffer);
    if (bytes != table_.size()) return Fault("its table has another length");
    nodes_at_ = sizeof(head_);
    buffers_at_ = nodes_at_ + head_.nodes * sizeof(BatchTableNode);
    return head_;
  }

  Result<std::shared_ptr<ArrayData>> Read(const std::shared_ptr<arrow::DataType>& type) {
    const arrow::DataType* storage = type.get();
    while (storage->id() == Type::EXTENSION) {
      storage = static_cast<const arrow::ExtensionType*>(storage)->storage_type().get();
    }
    if (node_ == head_.nodes) return Fault("arrays are missing");
    BatchTableNode node;
    std::memcpy(&node, table_.data() + nodes_at_ + node_++ * sizeof(node), sizeof(node));
    const auto layout = storage->layout();
    const auto least = static_cast<int64_t>(layout.buffers.size());
    if (layout.variadic_spec.has_value() ? node.buffers < least : node.buffers != least) {
      return Fault("an array has the wrong number of buffers");
    }
    if (node.buffers > head_.buffers) return Fault("buffers are missing");
    auto data = std::make_shared<ArrayData>(type, node.length, node.null_count, node.offset);
    for (int64_t i = 0; i < node.buffers; ++i) {
      const bool optional = i == 0;
      ARROW_ASSIGN_OR_RAISE(auto buffer, Buffer(optional));
      data->buffers.push_back(std::move(buffer));
    }
    for (const auto& field : storage->fields()) {
      ARROW_ASSIGN_OR_RAISE(auto child, Read(field->type()));
      data->child_data.push_back(std::move(child));
    }
    if (storage->id() == Type::DICTIONARY) {
      ARROW_ASSIGN_OR_RAISE(data->dictionary,
                            Read(static_cast<const arrow::DictionaryType*>(storage)->value_type()));
    }
    return data;
  }

  Status CheckEnd() const {
    if (node_ == head_.nodes && buffer_ == head_.buffers) return Status::OK();
    return Fault("it has more arrays than columns need");
  }

 private:
  Result<std::shared_ptr<arrow::Buffer>> Buffer(bool optional) {
    if (buffer_ == head_.buffers) return Fault("buffers are missing");
    BatchTableBuffer entry;
    std::memcpy(&entry, table_.data() + buffers_at_ + buffer_++ * sizeof(entry), sizeof(entry));
    if (entry.length < 0) {
      if (!optional) return Fault("a buffer is missing");
      return nullptr;
    }
    if (entry.part < 0 || entry.part >= static_cast<int64_t>(parts_.size())) {
      return Fault("a buffer lies in memory that is not the batch's");
    }
    const BatchPart& part = parts_[static_cast<size_t>(entry.part)];
    if (entry.offset < 0 || entry.offset % 64 != 0 || entry.offset > part.length ||
        entry.length > part.length - entry.offset) {
      return Fault("a buffer lies outside of its memory");
    }
    return std::make_shared<LeasedBuffer>(part.data + entry.offset, entry.length, owner_);
  }

  const std::string_view table_;
  const std::span<const BatchPart> parts_;
  const std::shared_ptr<const void>& owner_;
  BatchTableHead head_;
  size_t nodes_at_ = 0, buffers_at_ = 0;
  uint32_t node_ = 0, buffer_ = 0;
};

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> ReadBatchTable(
    const std::shared_ptr<arrow::Schema>& schema, std::string_view table,
    std::span<const BatchPart> parts, const std::shared_ptr<const void>& owner, int64_t rows) {
  TableReader reader(table, parts, owner);
  ARROW_ASSIGN_OR_RAISE(const auto head, reader.Head());
  if (head.rows != rows || rows < 0) return Fault("its rows are not as many as was said");
  std::vector<std::shared_ptr<ArrayData>> columns;
  for (const auto& field : schema->fields()) {
    ARROW_ASSIGN_OR_RAISE(auto column, reader.Read(field->type()));
    columns.push_back(std::move(column));
  }
  ARROW_RETURN_NOT_OK(reader.CheckEnd());
  auto batch = arrow::RecordBatch::Make(schema, rows, std::move(columns));
  ARROW_RETURN_NOT_OK(CheckBatch(*batch, /*first_row=*/-1));
  return batch;
}

}  // namespace bowyer
