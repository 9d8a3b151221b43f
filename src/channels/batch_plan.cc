// A walk over the arrays of a batch, down to the range of each that its parents need.
#include <arrow/array/data.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/bit_util.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "bowyer/error.h"
#include "channels/batch_table.h"
#include "core/validate.h"

namespace bowyer {
namespace {

using arrow::ArrayData;
using arrow::Result;
using arrow::Status;
using arrow::Type;

constexpr int64_t kAlignment = 64;

int64_t Aligned(int64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

const arrow::DataType& StorageOf(const arrow::DataType& type) {
  const arrow::DataType* at = &type;
  while (at->id() == Type::EXTENSION) {
    at = static_cast<const arrow::ExtensionType*>(at)->storage_type().get();
  }
  return *at;
}

Status Fault(std::string what) { return MakeError(ErrorCode::kData, std::move(what)); }

Status CheckDepth(const arrow::DataType& type, int depth) {
  if (depth > kMaxNesting) return Fault(fmt::format("types nested deeper than {}", kMaxNesting));
  const auto& storage = StorageOf(type);
  if (storage.id() == Type::DICTIONARY) {
    return CheckDepth(*static_cast<const arrow::DictionaryType&>(storage).value_type(), depth + 1);
  }
  for (const auto& field : storage.fields()) {
    ARROW_RETURN_NOT_OK(CheckDepth(*field->type(), depth + 1));
  }
  return Status::OK();
}

}  // namespace

class PlanMaker {
 public:
  PlanMaker(BatchPlan* plan, const BatchPlaces& places) : plan_(*plan), places_(places) {}

  // The elements [offset, offset + length), counted from the start of its buffers.
  Status Add(const ArrayData& data, int64_t offset, int64_t length) {
    const auto& type = StorageOf(*data.type);
    if (length == 0) offset = 0;
    // What stays in its place is cut where the bits of a bitmap reach 64 bytes.
    const int64_t before = offset % (LiesInPlace(data) ? 8 * kAlignment : 8);
    const Range range{.first = offset - before, .skipped = before, .length = length};
    const size_t node = plan_.nodes_.size();
    const size_t buffers = plan_.buffers_.size();
    plan_.nodes_.push_back({.length = length, .offset = range.skipped});
    const auto layout = type.layout();
    if (layout.buffers[0].kind == arrow::DataTypeLayout::BITMAP) {
      AddBitmap(data, range, &plan_.nodes_[node]);
    } else {
      plan_.nodes_[node].null_count = type.id() == Type::NA ? length : 0;
      AddNone();
    }
    ARROW_RETURN_NOT_OK(AddByType(data, type, range, node));
    plan_.nodes_[node].buffers = buffers_of_own_ - static_cast<int64_t>(buffers);
    return AddBelow(data, type, range, node);
  }

  void Finish() {
    BatchPlan& plan = plan_;
    plan.head_.nodes = static_cast<uint32_t>(plan.nodes_.size());
    plan.head_.buffers = static_cast<uint32_t>(plan.buffers_.size());
    plan.table_bytes_ =
        static_cast<int64_t>(sizeof(BatchTableHead) + plan.nodes_.size() * sizeof(BatchTableNode) +
                             plan.buffers_.size() * sizeof(BatchTableBuffer));
    const int64_t start = Aligned(plan.table_bytes_);
    for (auto& buffer : plan.buffers_) {
      if (buffer.part == 0) buffer.offset += start;
    }
    for (auto& piece : plan.pieces_) piece.at += start;
    plan.bytes_ = start + end_;
  }

 private:
  struct Range {
    int64_t first = 0;    // element at which its buffers are cut: a multiple of 8, or of 512
    int64_t skipped = 0;  // elements from there that are not wanted
    int64_t length = 0;
    int64_t wanted() const { return first + skipped; }
    int64_t end() const { return wanted() + length; }
    int64_t whole() const { return skipped + length; }
  };
  // A part of a child, found by its parent.
  struct Below {
    int64_t first = 0, length = 0;
  };

  void AddNone() { plan_.buffers_.push_back({}); }

  BatchPlan::Piece* AddPiece(int64_t bytes) {
    plan_.buffers_.push_back({.offset = end_, .length = bytes});
    plan_.pieces_.push_back({.at = end_, .bytes = bytes});
    plan_.copied_bytes_ += bytes;
    end_ += Aligned(bytes);
    return &plan_.pieces_.back();
  }

  std::optional<BatchTableBuffer> PlaceOf(const uint8_t* data, int64_t bytes) const {
    return places_ && bytes > 0 ? places_(data, bytes) : std::nullopt;
  }

  bool IsInPlace(const std::shared_ptr<arrow::Buffer>& buffer) const {
    return buffer != nullptr && buffer->is_cpu() &&
           PlaceOf(buffer->data(), buffer->size()).has_value();
  }

  bool LiesInPlace(const ArrayData& data) const {
    return std::any_of(data.buffers.begin(), data.buffers.end(),
                       [this](const auto& buffer) { return IsInPlace(buffer); });
  }

  // Left where they are, or copied.
  void AddBytes(const uint8_t* from, int64_t bytes) {
    if (const auto place = PlaceOf(from, bytes)) {
      plan_.buffers_.push_back(*place);
      plan_.in_place_bytes_ += bytes;
    } else {
      AddPiece(bytes)->from = from;
    }
  }

  Status AddCopy(const std::shared_ptr<arrow::Buffer>& buffer, int64_t first, int64_t bytes) {
    if (bytes == 0) {
      AddPiece(0);
      return Status::OK();
    }
    if (buffer == nullptr || !buffer->is_cpu() || first < 0 || bytes < 0 ||
        first > buffer->size() || bytes > buffer->size() - first) {
      return Fault("a buffer is shorter than its array");
    }
    AddBytes(buffer->data() + first, bytes);
    return Status::OK();
  }

  void AddBitmap(const ArrayData& data, const Range& range, BatchTableNode* node) {
    const int64_t known = data.null_count.load();
    const bool own = range.wanted() == data.offset && range.length == data.length;
    if (data.buffers[0] == nullptr || range.length == 0 || (own && known == 0)) {
      node->null_count = 0;
      AddNone();
      return;
    }
    node->null_count = own ? known : arrow::kUnknownNullCount;
    AddBytes(data.buffers[0]->data() + range.first / 8,
             arrow::bit_util::BytesForBits(range.whole()));
  }

  static bool IsValid(const ArrayData& data, int64_t i) {
    return data.buffers[0] == nullptr || arrow::bit_util::GetBit(data.buffers[0]->data(), i);
  }

  // All buffers behind the bitmap. Leaves what children are needed in below_.
  Status AddByType(const ArrayData& data, const arrow::DataType& type, const Range& range,
                   size_t node) {
    below_.assign(data.child_data.size(), {});
    ARROW_RETURN_NOT_OK(AddBuffers(data, type, range, node));
    buffers_of_own_ = static_cast<int64_t>(plan_.buffers_.size());
    return Status::OK();
  }

  Status AddBuffers(const ArrayData& data, const arrow::DataType& type, const Range& range,
                    size_t node) {
    switch (type.id()) {
      case Type::NA:
        return Status::OK();
      case Type::STRING:
      case Type::BINARY:
        return AddBinary<int32_t>(data, range);
      case Type::LARGE_STRING:
      case Type::LARGE_BINARY:
        return AddBinary<int64_t>(data, range);
      case Type::STRING_VIEW:
      case Type::BINARY_VIEW:
        return AddViews(data, range);
      case Type::LIST:
      case Type::MAP:
        return AddOffsets<int32_t>(data, range, &below_[0]);
      case Type::LARGE_LIST:
        return AddOffsets<int64_t>(data, range, &below_[0]);
      case Type::LIST_VIEW:
        return AddListView<int32_t>(data, range);
      case Type::LARGE_LIST_VIEW:
        return AddListView<int64_t>(data, range);
      case Type::FIXED_SIZE_LIST: {
        const int64_t size = static_cast<const arrow::FixedSizeListType&>(type).list_size();
        below_[0] = {range.first * size, range.whole() * size};
        return Status::OK();
      }
      case Type::STRUCT:
        below_.assign(below_.size(), {range.first, range.whole()});
        return Status::OK();
      case Type::SPARSE_UNION:
        below_.assign(below_.size(), {range.first, range.whole()});
        return AddCopy(data.buffers[1], range.first, range.whole());
      case Type::DENSE_UNION:
        return AddDenseUnion(data, static_cast<const arrow::UnionType&>(type), range);
      case Type::RUN_END_ENCODED:
        // Runs are few: they go whole, with the offset as it is.
        plan_.nodes_[node].offset = range.wanted();
        for (size_t i = 0; i < below_.size(); ++i) below_[i] = {0, data.child_data[i]->length};
        return Status::OK();
      default: {
        const auto& storage = type.id() == Type::DICTIONARY
                                  ? *static_cast<const arrow::DictionaryType&>(type).index_type()
                                  : type;
        if (!arrow::is_fixed_width(storage.id())) {
          return Fault("a channel does not know the type " + type.ToString());
        }
        const int64_t bits = static_cast<const arrow::FixedWidthType&>(storage).bit_width();
        return AddCopy(data.buffers[1], range.first * bits / 8,
                       arrow::bit_util::BytesForBits(range.whole() * bits));
      }
    }
  }

  Status AddBelow(const ArrayData& data, const arrow::DataType& type, const Range&, size_t) {
    if (type.id() == Type::DICTIONARY) {
      if (data.dictionary == nullptr) return Fault("a dictionary is missing");
      return Add(*data.dictionary, data.dictionary->offset, data.dictionary->length);
    }
    const auto below = std::move(below_);
    for (size_t i = 0; i < below.size(); ++i) {
      const ArrayData& child = *data.child_data[i];
      if (below[i].first < 0 || below[i].length < 0 ||
          below[i].first + below[i].length > child.length) {
        return Fault("a child array is shorter than its parent needs");
      }
      ARROW_RETURN_NOT_OK(Add(child, child.offset + below[i].first, below[i].length));
    }
    return Status::OK();
  }

  // Offsets counted from the first one wanted, or from the multiple of `unit` before it; those of
  // elements that are skipped are 0.
  template <typename Offset>
  Status AddOffsets(const ArrayData& data, const Range& range, Below* below, int64_t unit = 1) {
    constexpr auto kWidth = static_cast<int64_t>(sizeof(Offset));
    if (range.length == 0) {
      AddPiece(kWidth)->write = [](uint8_t* out) { std::memset(out, 0, sizeof(Offset)); };
      return Status::OK();
    }
    if (data.buffers[1] == nullptr || data.buffers[1]->size() / kWidth <= range.end()) {
      return Fault("a buffer is shorter than its array");
    }
    const Offset* offsets = reinterpret_cast<const Offset*>(data.buffers[1]->data()) + range.first;
    const Offset wanted = offsets[range.skipped], last = offsets[range.whole()];
    if (wanted < 0 || last < wanted) return Fault("offsets do not ascend");
    const auto first = static_cast<Offset>(wanted - wanted % unit);
    *below = {first, last - first};
    const int64_t skipped = range.skipped, count = range.whole() + 1;
    if (first == 0 && skipped == 0) {
      AddBytes(reinterpret_cast<const uint8_t*>(offsets), count * kWidth);
      return Status::OK();
    }
    AddPiece(count * kWidth)->write = [=](uint8_t* bytes) {
      auto* out = reinterpret_cast<Offset*>(bytes);
      std::fill(out, out + skipped, Offset{0});
      using Unsigned = std::make_unsigned_t<Offset>;
      for (int64_t i = skipped; i < count; ++i) {
        out[i] =
            static_cast<Offset>(static_cast<Unsigned>(offsets[i]) - static_cast<Unsigned>(first));
      }
    };
    return Status::OK();
  }

  template <typename Offset>
  Status AddBinary(const ArrayData& data, const Range& range) {
    Below values;
    ARROW_RETURN_NOT_OK(
        AddOffsets<Offset>(data, range, &values, IsInPlace(data.buffers[2]) ? kAlignment : 1));
    return AddCopy(data.buffers[2], values.first, values.length);
  }

  Status AddViews(const ArrayData& data, const Range& range) {
    using View = arrow::BinaryViewType::c_type;
    constexpr auto kWidth = static_cast<int64_t>(sizeof(View));
    int64_t stored = 0, wanted = 0;
    for (size_t i = 2; i < data.buffers.size(); ++i) stored += data.buffers[i]->size();
    const View* views = range.length == 0
                            ? nullptr
                            : reinterpret_cast<const View*>(data.buffers[1]->data()) + range.first;
    const auto refers = [&data, views, range](int64_t i) {
      return !views[i].is_inline() && IsValid(data, range.first + i);
    };
    for (int64_t i = range.skipped; stored > 0 && i < (views == nullptr ? 0 : range.whole()); ++i) {
      if (refers(i)) wanted += views[i].size();
    }
    // Views of a slice may need little of what they point into.
    constexpr int64_t kLittle = 4096;
    const bool in_place = std::all_of(data.buffers.begin() + 1, data.buffers.end(),
                                      [this](const auto& buffer) { return IsInPlace(buffer); });
    if (in_place || stored <= wanted + wanted / 2 + kLittle ||
        wanted > std::numeric_limits<int32_t>::max()) {
      ARROW_RETURN_NOT_OK(AddCopy(data.buffers[1], range.first * kWidth, range.whole() * kWidth));
      for (size_t i = 2; i < data.buffers.size(); ++i) {
        ARROW_RETURN_NOT_OK(AddCopy(data.buffers[i], 0, data.buffers[i]->size()));
      }
      return Status::OK();
    }
    AddPiece(range.whole() * kWidth)->write = [=](uint8_t* bytes) {
      auto* out = reinterpret_cast<View*>(bytes);
      int32_t at = 0;
      for (int64_t i = 0; i < range.whole(); ++i) {
        const bool kept = i >= range.skipped && IsValid(data, range.first + i);
        out[i] = kept ? views[i] : View{};
        if (!kept || views[i].is_inline()) continue;
        out[i].ref.buffer_index = 0;
        out[i].ref.offset = at;
        at += views[i].size();
      }
    };
    AddPiece(wanted)->write = [=](uint8_t* out) {
      for (int64_t i = range.skipped; i < range.whole(); ++i) {
        if (!refers(i)) continue;
        const auto& ref = views[i].ref;
        const auto& buffer = data.buffers[static_cast<size_t>(ref.buffer_index) + 2];
        std::memcpy(out, buffer->data() + ref.offset, static_cast<size_t>(ref.size));
        out += ref.size;
      }
    };
    return Status::OK();
  }

  template <typename Offset>
  Status AddListView(const ArrayData& data, const Range& range) {
    constexpr auto kWidth = static_cast<int64_t>(sizeof(Offset));
    if (range.length == 0) {
      AddPiece(0);
      AddPiece(0);
      return Status::OK();
    }
    const Offset* offsets = reinterpret_cast<const Offset*>(data.buffers[1]->data()) + range.first;
    const Offset* sizes = reinterpret_cast<const Offset*>(data.buffers[2]->data()) + range.first;
    const auto holds = [&data, sizes, range](int64_t i) {
      return i >= range.skipped && sizes[i] > 0 && IsValid(data, range.first + i);
    };
    int64_t first = std::numeric_limits<int64_t>::max(), end = 0;
    for (int64_t i = range.skipped; i < range.whole(); ++i) {
      if (!holds(i)) continue;
      first = std::min<int64_t>(first, offsets[i]);
      end = std::max<int64_t>(end, int64_t{offsets[i]} + sizes[i]);
    }
    if (end == 0) first = 0;
    below_[0] = {first, end - first};
    AddPiece(range.whole() * kWidth)->write = [=](uint8_t* bytes) {
      auto* out = reinterpret_cast<Offset*>(bytes);
      for (int64_t i = 0; i < range.whole(); ++i) {
        out[i] = holds(i) ? static_cast<Offset>(offsets[i] - first) : Offset{0};
      }
    };
    AddPiece(range.whole() * kWidth)->write = [=](uint8_t* bytes) {
      auto* out = reinterpret_cast<Offset*>(bytes);
      for (int64_t i = 0; i < range.whole(); ++i) out[i] = holds(i) ? sizes[i] : Offset{0};
    };
    return Status::OK();
  }

  Status AddDenseUnion(const ArrayData& data, const arrow::UnionType& type, const Range& range) {
    if (range.length == 0) {
      AddPiece(0);
      AddPiece(0);
      return Status::OK();
    }
    const auto* codes = reinterpret_cast<const int8_t*>(data.buffers[1]->data()) + range.first;
    const auto* offsets = reinterpret_cast<const int32_t*>(data.buffers[2]->data()) + range.first;
    const std::vector<int>& children = type.child_ids();
    std::array<int64_t, arrow::UnionType::kMaxTypeCode + 1> firsts = {};
    std::vector<std::pair<int64_t, int64_t>> needed(below_.size(),
                                                    {std::numeric_limits<int64_t>::max(), 0});
    for (int64_t i = range.skipped; i < range.whole(); ++i) {
      if (codes[i] < 0 || children[static_cast<size_t>(codes[i])] < 0) {
        return Fault("a union holds an unknown type");
      }
      auto& [first, end] = needed[static_cast<size_t>(children[static_cast<size_t>(codes[i])])];
      first = std::min<int64_t>(first, offsets[i]);
      end = std::max<int64_t>(end, int64_t{offsets[i]} + 1);
    }
    for (const int8_t code : type.type_codes()) {
      const auto child = static_cast<size_t>(children[static_cast<size_t>(code)]);
      if (needed[child].second == 0) continue;
      firsts[static_cast<size_t>(code)] = needed[child].first;
      below_[child] = {needed[child].first, needed[child].second - needed[child].first};
    }
    ARROW_RETURN_NOT_OK(AddCopy(data.buffers[1], range.first, range.whole()));
    AddPiece(range.whole() * 4)->write = [=](uint8_t* bytes) {
      auto* out = reinterpret_cast<int32_t*>(bytes);
      for (int64_t i = 0; i < range.whole(); ++i) {
        out[i] = i < range.skipped
                     ? 0
                     : static_cast<int32_t>(offsets[i] - firsts[static_cast<size_t>(codes[i])]);
      }
    };
    return Status::OK();
  }

  BatchPlan& plan_;
  const BatchPlaces& places_;
  std::vector<Below> below_;
  int64_t buffers_of_own_ = 0;
  int64_t end_ = 0;  // of what is planned behind the table
};

Result<BatchPlan> BatchPlan::Of(const arrow::RecordBatch& batch, const BatchPlaces& places) {
  BatchPlan plan;
  plan.head_.rows = batch.num_rows();
  PlanMaker maker(&plan, places);
  for (int i = 0; i < batch.num_columns(); ++i) {
    const auto& data = *batch.column_data(i);
    const auto status = maker.Add(data, data.offset, data.length);
    if (!status.ok()) return AtPlace(status, {.column = batch.schema()->field(i)->name()});
  }
  maker.Finish();
  return plan;
}

void BatchPlan::WriteTo(uint8_t* out) const {
  uint8_t* at = out;
  const auto put = [&at](const void* from, size_t bytes) {
    if (bytes > 0) std::memcpy(at, from, bytes);
    at += bytes;
  };
  put(&head_, sizeof(head_));
  put(nodes_.data(), nodes_.size() * sizeof(BatchTableNode));
  put(buffers_.data(), buffers_.size() * sizeof(BatchTableBuffer));
  for (const Piece& piece : pieces_) {
    if (piece.write) {
      piece.write(out + piece.at);
    } else if (piece.bytes > 0) {
      std::memcpy(out + piece.at, piece.from, static_cast<size_t>(piece.bytes));
    }
  }
}

Status CheckNesting(const arrow::Schema& schema) {
  for (const auto& field : schema.fields()) {
    const auto status = CheckDepth(*field->type(), 1);
    if (!status.ok()) return AtPlace(status, {.column = field->name()});
  }
  return Status::OK();
}

}  // namespace bowyer
