#include "core/batch_shape.h"

#include <arrow/array/data.h>
#include <arrow/extension_type.h>
#include <arrow/util/byte_size.h>

#include <algorithm>

namespace bowyer {
namespace {

std::shared_ptr<arrow::ArrayData> EmptyData(const std::shared_ptr<arrow::DataType>& type) {
  static constexpr int64_t kOffset = 0;  // where offsets end, of either width
  const arrow::DataType* storage = type.get();
  while (storage->id() == arrow::Type::EXTENSION) {
    storage = static_cast<const arrow::ExtensionType*>(storage)->storage_type().get();
  }
  auto data = arrow::ArrayData::Make(type, 0, {}, 0);
  const arrow::DataTypeLayout layout = storage->layout();
  for (const auto& spec : layout.buffers) {
    const bool has_bytes = spec.kind == arrow::DataTypeLayout::FIXED_WIDTH ||
                           spec.kind == arrow::DataTypeLayout::VARIABLE_WIDTH;
    data->buffers.push_back(
        has_bytes ? std::make_shared<arrow::Buffer>(reinterpret_cast<const uint8_t*>(&kOffset),
                                                    static_cast<int64_t>(sizeof(kOffset)))
                  : nullptr);
  }
  for (const auto& field : storage->fields()) {
    data->child_data.push_back(EmptyData(field->type()));
  }
  if (storage->id() == arrow::Type::DICTIONARY) {
    data->dictionary = EmptyData(static_cast<const arrow::DictionaryType*>(storage)->value_type());
  }
  return data;
}

}  // namespace

arrow::Result<int64_t> RowsOfPiece(const arrow::RecordBatch& batch, int64_t most_bytes) {
  ARROW_ASSIGN_OR_RAISE(const int64_t bytes, arrow::util::ReferencedBufferSize(batch));
  const int64_t pieces = std::max<int64_t>(1, (bytes + most_bytes - 1) / most_bytes);
  if (pieces == 1) return std::max<int64_t>(1, batch.num_rows());
  return std::max<int64_t>(64, (batch.num_rows() / pieces + 63) / 64 * 64);
}

std::shared_ptr<arrow::RecordBatch> EmptyBatch(const std::shared_ptr<arrow::Schema>& schema) {
  std::vector<std::shared_ptr<arrow::ArrayData>> columns;
  for (const auto& field : schema->fields()) columns.push_back(EmptyData(field->type()));
  return arrow::RecordBatch::Make(schema, 0, std::move(columns));
}

}  // namespace bowyer
