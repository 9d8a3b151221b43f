// What is not stored in a plain form is taken apart here, so that the loops behind see only plain
// arrays and dictionaries without nulls.
#include "formats/parquet/piece.h"

#include <arrow/array/array_base.h>
#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/exec.h>
#include <arrow/datum.h>
#include <arrow/extension_type.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/ree_util.h>

#include <bit>
#include <cstring>

#include "bowyer/error.h"
#include "formats/parquet/levels.h"

namespace bowyer::parquet {
namespace {

using arrow::ArrayData;
using arrow::Status;
using arrow::Type;

bool IsPlain(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::EXTENSION:
    case Type::DICTIONARY:
    case Type::RUN_END_ENCODED:
      return false;
    default:
      for (const auto& field : type.fields()) {
        if (!IsPlain(*field->type())) return false;
      }
      return true;
  }
}

arrow::Result<std::shared_ptr<ArrayData>> TakeFrom(const std::shared_ptr<ArrayData>& values,
                                                   const arrow::Datum& indices,
                                                   arrow::MemoryPool* pool) {
  arrow::compute::ExecContext context(pool);
  context.set_use_threads(false);
  ARROW_ASSIGN_OR_RAISE(
      auto taken, arrow::compute::Take(arrow::Datum(values), indices,
                                       arrow::compute::TakeOptions::NoBoundsCheck(), &context));
  return taken.array();
}

template <typename RunEnd>
void RunIndices(const ArrayData& data, int32_t* out) {
  const auto& ends = *data.child_data[0];
  const RunEnd* run_ends = ends.GetValues<RunEnd>(1);
  int64_t run = 0;
  for (int64_t i = 0; i < data.length; ++i) {
    while (run < ends.length && run_ends[run] <= data.offset + i) ++run;
    out[i] = static_cast<int32_t>(run);
  }
}

arrow::Result<std::shared_ptr<ArrayData>> Plain(const std::shared_ptr<ArrayData>& data,
                                                arrow::MemoryPool* pool) {
  if (IsPlain(*data->type)) return data;
  switch (data->type->id()) {
    case Type::EXTENSION: {
      auto storage = data->Copy();
      storage->type = static_cast<const arrow::ExtensionType&>(*data->type).storage_type();
      return Plain(storage, pool);
    }
    case Type::DICTIONARY: {
      const auto& type = static_cast<const arrow::DictionaryType&>(*data->type);
      if (HasIndexedForm(*type.value_type()) && data->dictionary->GetNullCount() == 0) return data;
      ARROW_ASSIGN_OR_RAISE(auto values, Plain(data->dictionary, pool));
      auto indices = data->Copy();
      indices->type = type.index_type();
      indices->dictionary = nullptr;
      if (values->type->id() == Type::DICTIONARY) {
        // A dictionary of a dictionary: the inner one's values.
        ARROW_ASSIGN_OR_RAISE(values, [&]() -> arrow::Result<std::shared_ptr<ArrayData>> {
          auto inner = values->Copy();
          inner->type = static_cast<const arrow::DictionaryType&>(*values->type).index_type();
          inner->dictionary = nullptr;
          return TakeFrom(values->dictionary, inner, pool);
        }());
      }
      return TakeFrom(values, indices, pool);
    }
    case Type::RUN_END_ENCODED: {
      ARROW_ASSIGN_OR_RAISE(auto values, Plain(data->child_data[1], pool));
      ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> buffer,
                            arrow::AllocateBuffer(data->length * 4, pool));
      auto* out = reinterpret_cast<int32_t*>(buffer->mutable_data());
      switch (data->child_data[0]->type->id()) {
        case Type::INT16:
          RunIndices<int16_t>(*data, out);
          break;
        case Type::INT32:
          RunIndices<int32_t>(*data, out);
          break;
        default:
          RunIndices<int64_t>(*data, out);
      }
      return TakeFrom(values, ArrayData::Make(arrow::int32(), data->length, {nullptr, buffer}),
                      pool);
    }
    default: {
      auto copy = data->Copy();
      for (auto& child : copy->child_data) {
        ARROW_ASSIGN_OR_RAISE(child, Plain(child, pool));
      }
      return copy;
    }
  }
}

// 64 bits from any bit offset; bits from `count` on are 0. Reads no byte without a wanted bit.
uint64_t LoadBits(const uint8_t* bitmap, int64_t offset, int32_t count) {
  const uint8_t* from = bitmap + offset / 8;
  const int shift = static_cast<int>(offset % 8);
  const int bytes = (shift + count + 7) / 8;
  uint64_t word = 0;
  std::memcpy(&word, from, std::min(bytes, 8));
  word >>= shift;
  if (bytes > 8) word |= static_cast<uint64_t>(from[8]) << (64 - shift);
  return count < 64 ? word & ((uint64_t{1} << count) - 1) : word;
}

template <typename Index>
bool Positions(const ArrayData& indices, const Selected& selected, int64_t length, int32_t* out) {
  const Index* from = indices.GetValues<Index>(1) + selected.base;
  bool in_range = true;
  for (int32_t i = 0; i < selected.count; ++i) {
    const Index index = from[selected.positions != nullptr ? selected.positions[i] : i];
    // Negative ones become huge.
    in_range &= static_cast<uint64_t>(index) < static_cast<uint64_t>(length);
    out[i] = static_cast<int32_t>(index);
  }
  return in_range;
}

}  // namespace

arrow::Result<Piece> MakePiece(const Leaf& leaf, std::shared_ptr<ArrayData> column,
                               int64_t first_row, arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(column, Plain(column, pool));
  auto array = LeafArray(leaf, column);
  const bool indexed = array->type->id() == Type::DICTIONARY;
  const bool nulls = array->buffers[0] != nullptr && array->GetNullCount() > 0;
  const auto rows = column->length;
  return Piece{.column = std::move(column),
               .leaf = array,
               .values = ValueArray(&leaf, indexed ? array->dictionary : array),
               .indexed = indexed,
               .valid = nulls ? array->buffers[0]->data() : nullptr,
               .first_row = first_row,
               .rows = rows};
}

int32_t SetPositions(const uint8_t* bitmap, int64_t offset, int32_t count, int32_t* positions) {
  int32_t set = 0;
  for (int32_t at = 0; at < count; at += 64) {
    const int32_t here = std::min(64, count - at);
    uint64_t word = LoadBits(bitmap, offset + at, here);
    if (word == ~uint64_t{0}) {
      for (int32_t i = 0; i < 64; ++i) positions[set + i] = at + i;
      set += 64;
      continue;
    }
    while (word != 0) {
      positions[set++] = at + std::countr_zero(word);
      word &= word - 1;
    }
  }
  return set;
}

Status DictionaryPositions(const ArrayData& indices, const Selected& selected,
                           int64_t dictionary_length, int32_t* out) {
  const auto& type = static_cast<const arrow::DictionaryType&>(*indices.type);
  bool in_range = false;
  switch (type.index_type()->id()) {
    case Type::INT8:
      in_range = Positions<int8_t>(indices, selected, dictionary_length, out);
      break;
    case Type::UINT8:
      in_range = Positions<uint8_t>(indices, selected, dictionary_length, out);
      break;
    case Type::INT16:
      in_range = Positions<int16_t>(indices, selected, dictionary_length, out);
      break;
    case Type::UINT16:
      in_range = Positions<uint16_t>(indices, selected, dictionary_length, out);
      break;
    case Type::INT32:
      in_range = Positions<int32_t>(indices, selected, dictionary_length, out);
      break;
    case Type::UINT32:
      in_range = Positions<uint32_t>(indices, selected, dictionary_length, out);
      break;
    case Type::INT64:
      in_range = Positions<int64_t>(indices, selected, dictionary_length, out);
      break;
    default:
      in_range = Positions<uint64_t>(indices, selected, dictionary_length, out);
  }
  if (in_range) return Status::OK();
  return MakeError(ErrorCode::kData, "a dictionary index points outside of its dictionary");
}

Status GatherPiece(const Piece& piece, const Selected& selected, GatherScratch* scratch,
                   ValueBlock* block, int32_t* bad) {
  if (!piece.indexed) return piece.values.Gather(selected, scratch, block, bad);
  int32_t* positions = scratch->positions();
  ARROW_RETURN_NOT_OK(DictionaryPositions(*piece.leaf, selected, piece.values.length(), positions));
  return piece.values.Gather({0, selected.count, positions}, scratch, block, bad);
}

}  // namespace bowyer::parquet
