#include "core/gather.h"

#include <arrow/array/concatenate.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/cast.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/bit_block_counter.h>

namespace bowyer {
namespace {

using arrow::Type;

bool IsView(const arrow::DataType& type) {
  return type.id() == Type::STRING_VIEW || type.id() == Type::BINARY_VIEW;
}

// Does Arrow's take know this type and all within it?
bool HasKernel(const arrow::DataType& type) {
  if (IsView(type) || type.id() == Type::RUN_END_ENCODED) return false;
  if (type.id() == Type::EXTENSION) {
    return HasKernel(*static_cast<const arrow::ExtensionType&>(type).storage_type());
  }
  for (const auto& field : type.fields()) {
    if (!HasKernel(*field->type())) return false;
  }
  return true;
}

arrow::Result<std::shared_ptr<arrow::Array>> Take(const std::shared_ptr<arrow::Array>& array,
                                                  const arrow::UInt32Array& indices,
                                                  arrow::MemoryPool* pool) {
  arrow::compute::ExecContext context(pool);
  context.set_use_threads(false);
  ARROW_ASSIGN_OR_RAISE(
      const auto taken,
      arrow::compute::Take(array, arrow::Datum(indices.data()),
                           arrow::compute::TakeOptions::NoBoundsCheck(), &context));
  return taken.make_array();
}

// Views are values of 16 bytes that point into buffers which stay as they are. Few rows of many
// let go of those buffers.
arrow::Result<std::shared_ptr<arrow::Array>> TakeViews(const std::shared_ptr<arrow::Array>& array,
                                                       const arrow::UInt32Array& indices,
                                                       arrow::MemoryPool* pool) {
  auto plain = array->data()->Copy();
  plain->type = arrow::fixed_size_binary(16);
  plain->buffers.resize(2);
  ARROW_ASSIGN_OR_RAISE(const auto taken, Take(arrow::MakeArray(plain), indices, pool));
  auto data = taken->data()->Copy();
  data->type = array->type();
  data->buffers.resize(2);
  for (size_t i = 2; i < array->data()->buffers.size(); ++i) {
    data->buffers.push_back(array->data()->buffers[i]);
  }
  auto views = arrow::MakeArray(data);
  if (indices.length() >= array->length() / 2) return views;
  arrow::compute::ExecContext context(pool);
  const auto compact =
      array->type_id() == Type::STRING_VIEW ? arrow::large_utf8() : arrow::large_binary();
  ARROW_ASSIGN_OR_RAISE(
      views, arrow::compute::Cast(*views, compact, arrow::compute::CastOptions::Safe(), &context));
  return arrow::compute::Cast(*views, array->type(), arrow::compute::CastOptions::Safe(), &context);
}

// Runs of neighbours as slices, joined: works for whatever can be joined.
arrow::Result<std::shared_ptr<arrow::Array>> TakeSlices(const std::shared_ptr<arrow::Array>& array,
                                                        const arrow::UInt32Array& indices,
                                                        arrow::MemoryPool* pool) {
  arrow::ArrayVector slices;
  for (int64_t i = 0; i < indices.length();) {
    int64_t end = i + 1;
    while (end < indices.length() && indices.Value(end) == indices.Value(end - 1) + 1) ++end;
    slices.push_back(array->Slice(indices.Value(i), end - i));
    i = end;
  }
  if (slices.empty()) return array->Slice(0, 0);
  return arrow::Concatenate(slices, pool);
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::Array>> TakeRows(const std::shared_ptr<arrow::Array>& array,
                                                      const arrow::UInt32Array& indices,
                                                      arrow::MemoryPool* pool) {
  if (HasKernel(*array->type())) return Take(array, indices, pool);
  if (IsView(*array->type())) return TakeViews(array, indices, pool);
  return TakeSlices(array, indices, pool);
}

arrow::Result<std::shared_ptr<arrow::UInt32Array>> IndicesOfTrue(const arrow::BooleanArray& mask,
                                                                 arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(
      auto buffer,
      arrow::AllocateBuffer(mask.true_count() * static_cast<int64_t>(sizeof(uint32_t)), pool));
  auto* out = reinterpret_cast<uint32_t*>(buffer->mutable_data());
  const int64_t count = buffer->size() / static_cast<int64_t>(sizeof(uint32_t));
  const uint8_t* values = mask.values()->data();
  const uint8_t* validity = mask.null_bitmap_data();
  int64_t at = 0;
  for (int64_t row = 0; row < mask.length(); ++row) {
    const int64_t bit = row + mask.offset();
    const bool is_true = (values[bit >> 3] >> (bit & 7) & 1) != 0 &&
                         (validity == nullptr || (validity[bit >> 3] >> (bit & 7) & 1) != 0);
    if (is_true) out[at++] = static_cast<uint32_t>(row);
  }
  return std::make_shared<arrow::UInt32Array>(count, std::move(buffer));
}

}  // namespace bowyer
