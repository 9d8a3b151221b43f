// The walk keeps a flat vector of slots, so that its cost is a few nanoseconds for each slot and
// step, whatever the types.
#include "formats/parquet/levels.h"

#include <arrow/util/bit_util.h>
#include <fmt/format.h>

#include "bowyer/error.h"

namespace bowyer::parquet {
namespace {

using arrow::ArrayData;
using arrow::Status;
using Kind = PathNode::Kind;

// The extent of list `index` (of the array, its offset not added) in its child.
struct Extent {
  int64_t begin, size;
};

template <typename Offset>
Extent ListExtent(const ArrayData& data, int64_t index) {
  const auto* offsets =
      reinterpret_cast<const Offset*>(data.buffers[1]->data()) + data.offset + index;
  return {offsets[0], static_cast<int64_t>(offsets[1]) - offsets[0]};
}

template <typename Offset>
Extent ViewExtent(const ArrayData& data, int64_t index) {
  const int64_t at = data.offset + index;
  return {reinterpret_cast<const Offset*>(data.buffers[1]->data())[at],
          reinterpret_cast<const Offset*>(data.buffers[2]->data())[at]};
}

Extent ExtentOf(const PathNode& node, const ArrayData& data, int64_t index) {
  switch (node.kind) {
    case Kind::kList32:
      return ListExtent<int32_t>(data, index);
    case Kind::kList64:
      return ListExtent<int64_t>(data, index);
    case Kind::kListView32:
      return ViewExtent<int32_t>(data, index);
    case Kind::kListView64:
      return ViewExtent<int64_t>(data, index);
    default:
      return {(data.offset + index) * node.fixed, node.fixed};
  }
}

const ArrayData& Child(const PathNode& node, const ArrayData& data) {
  return *data.child_data[node.kind == Kind::kStruct ? node.child : 0];
}

}  // namespace

Status LevelWalker::Append(const ArrayData& column, int64_t row, int64_t rows, Levels* levels,
                           std::vector<int64_t>* positions) {
  slots_.resize(rows);
  for (int64_t i = 0; i < rows; ++i) slots_[i] = {row + i, 0, 0};
  const ArrayData* data = &column;
  uint8_t repetition = 0;
  for (const PathNode& node : leaf_->nodes) {
    const uint8_t* valid = data->buffers[0] != nullptr && data->GetNullCount() > 0
                               ? data->buffers[0]->data()
                               : nullptr;
    if (node.kind == Kind::kLeaf && leaf_->conversion == Conversion::kNull) {
      for (Slot& slot : slots_) slot.index = -1;
    } else if (valid != nullptr) {
      int64_t in_row = row - 1;
      for (Slot& slot : slots_) {
        if (slot.repetition == 0) ++in_row;
        if (slot.index < 0) continue;
        if (arrow::bit_util::GetBit(valid, data->offset + slot.index)) {
          slot.definition += node.nullable;
        } else if (node.nullable) {
          slot.index = -1;
        } else {
          return MakeError(
              ErrorCode::kData, "a null where the schema says that there is none",
              {.row = in_row, .hint = "the source's schema declares a field as not nullable"});
        }
      }
    } else if (node.nullable) {
      for (Slot& slot : slots_) slot.definition += slot.index >= 0;
    }
    if (node.kind == Kind::kLeaf) break;
    if (node.kind == Kind::kStruct) {
      for (Slot& slot : slots_) {
        if (slot.index >= 0) slot.index += data->offset;
      }
    } else {
      ++repetition;
      next_.clear();
      for (const Slot& slot : slots_) {
        const Extent extent = slot.index < 0 ? Extent{0, 0} : ExtentOf(node, *data, slot.index);
        if (extent.size == 0) {
          next_.push_back({-1, slot.repetition, slot.definition});
          continue;
        }
        const auto definition = static_cast<uint8_t>(slot.definition + 1);
        next_.push_back({extent.begin, slot.repetition, definition});
        for (int64_t k = 1; k < extent.size; ++k) {
          next_.push_back({extent.begin + k, repetition, definition});
        }
      }
      slots_.swap(next_);
    }
    data = &Child(node, *data);
  }
  const size_t before = levels->definition.size();
  levels->definition.resize(before + slots_.size());
  levels->repetition.resize(before + slots_.size());
  for (size_t i = 0; i < slots_.size(); ++i) {
    levels->definition[before + i] = slots_[i].definition;
    levels->repetition[before + i] = slots_[i].repetition;
    if (slots_[i].index >= 0) positions->push_back(slots_[i].index);
  }
  return Status::OK();
}

std::shared_ptr<ArrayData> LeafArray(const Leaf& leaf, const std::shared_ptr<ArrayData>& column) {
  std::shared_ptr<ArrayData> data = column;
  for (const PathNode& node : leaf.nodes) {
    if (node.kind == Kind::kLeaf) break;
    data = data->child_data[node.kind == Kind::kStruct ? node.child : 0];
  }
  return data;
}

LeafRange RangeInLeaf(const Leaf& leaf, const ArrayData& column, int64_t from, int64_t to) {
  const ArrayData* data = &column;
  for (const PathNode& node : leaf.nodes) {
    switch (node.kind) {
      case Kind::kLeaf:
        return {from, to};
      case Kind::kStruct:
        from += data->offset;
        to += data->offset;
        break;
      case Kind::kListView32:
      case Kind::kListView64:
        from = 0;
        to = from < to ? data->child_data[0]->length : 0;
        break;
      default:
        if (from < to) {
          const Extent last = ExtentOf(node, *data, to - 1);
          from = ExtentOf(node, *data, from).begin;
          to = last.begin + last.size;
        } else {
          from = to = 0;
        }
    }
    data = &Child(node, *data);
  }
  return {from, to};
}

}  // namespace bowyer::parquet
