// One pass over offsets, indices and views; values themselves are read for UTF-8 only. The common
// case, everything in order, runs in loops without branches; what is at fault is found by a second,
// slower one.
#include "core/validate.h"

#include <arrow/array/array_base.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/bitmap_ops.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

using arrow::ArrayData;
using arrow::Status;
using arrow::Type;

const arrow::DataType* StorageOf(const arrow::DataType* type) {
  while (type->id() == Type::EXTENSION) {
    type = static_cast<const arrow::ExtensionType*>(type)->storage_type().get();
  }
  return type;
}

class LayoutCheck {
 public:
  LayoutCheck(const ArrayData& data, std::string path, bool dictionaries, int depth)
      : data_(data), path_(std::move(path)), dictionaries_(dictionaries), depth_(depth) {}

  Status Run() {
    if (data_.type == nullptr) return Fault("an array has no type");
    type_ = StorageOf(data_.type.get());
    if (depth_ > kMaxNesting) return Fault(fmt::format("nested deeper than {}", kMaxNesting));
    if (data_.length < 0 || data_.offset < 0 ||
        data_.length > std::numeric_limits<int64_t>::max() / 64 - data_.offset) {
      return Fault("the length of an array is out of range");
    }
    end_ = data_.offset + data_.length;
    const auto layout = type_->layout();
    const size_t buffers = layout.buffers.size();
    if (layout.variadic_spec ? data_.buffers.size() < buffers : data_.buffers.size() != buffers) {
      return Fault("an array has the wrong number of buffers");
    }
    if (static_cast<size_t>(type_->num_fields()) != data_.child_data.size()) {
      return Fault("an array has the wrong number of children");
    }
    for (const auto& child : data_.child_data) {
      if (child == nullptr) return Fault("a child array is missing");
    }
    for (size_t i = 0; i < buffers; ++i) ARROW_RETURN_NOT_OK(CheckBuffer(layout.buffers[i], i));
    ARROW_RETURN_NOT_OK(CheckNullCount(!layout.buffers.empty() &&
                                       layout.buffers[0].kind == arrow::DataTypeLayout::BITMAP));
    return CheckByType();
  }

 private:
  Status Fault(std::string what) const {
    return MakeError(ErrorCode::kData, "unsafe array data: " + std::move(what), {.column = path_});
  }

  Status CheckBuffer(const arrow::DataTypeLayout::BufferSpec& spec, size_t i) const {
    const auto& buffer = data_.buffers[i];
    const bool optional = i == 0 && spec.kind == arrow::DataTypeLayout::BITMAP;
    if (buffer == nullptr) {
      // Buffers of bytes are looked at by whoever follows offsets into them.
      const bool bytes = spec.kind == arrow::DataTypeLayout::VARIABLE_WIDTH ||
                         spec.kind == arrow::DataTypeLayout::ALWAYS_NULL;
      if (optional || bytes || end_ == 0) return Status::OK();
      return Fault(fmt::format("buffer {} is missing", i));
    }
    if (buffer->size() < 0 || (buffer->size() > 0 && buffer->data() == nullptr)) {
      return Fault(fmt::format("buffer {} is invalid", i));
    }
    int64_t least = 0;
    if (spec.kind == arrow::DataTypeLayout::BITMAP) {
      least = arrow::bit_util::BytesForBits(end_);
    } else if (spec.kind == arrow::DataTypeLayout::FIXED_WIDTH) {
      if (spec.byte_width > 0 && end_ > std::numeric_limits<int64_t>::max() / spec.byte_width) {
        return Fault("the length of an array is out of range");
      }
      least = end_ * std::max<int64_t>(0, spec.byte_width);
    }
    if (buffer->size() < least) {
      return Fault(fmt::format("buffer {} has {} bytes where {} rows need {}", i, buffer->size(),
                               end_, least));
    }
    return Status::OK();
  }

  Status CheckNullCount(bool has_bitmap) const {
    const int64_t count = data_.null_count.load();
    if (count == arrow::kUnknownNullCount) return Status::OK();
    int64_t nulls = 0;
    if (type_->id() == Type::NA) {
      nulls = data_.length;
    } else if (has_bitmap && data_.buffers[0] != nullptr) {
      nulls = data_.length -
              arrow::internal::CountSetBits(data_.buffers[0]->data(), data_.offset, data_.length);
    }
    if (count == nulls) return Status::OK();
    return Fault(fmt::format("{} nulls are claimed, {} are there", count, nulls));
  }

  Status CheckChild(int i, int64_t least) const {
    const ArrayData& child = *data_.child_data[i];
    const auto& field = type_->field(i);
    if (child.type == nullptr || !child.type->Equals(*field->type())) {
      return Fault("a child array has another type");
    }
    if (child.length < least) {
      return Fault(
          fmt::format("a child array has {} rows where {} are needed", child.length, least));
    }
    return LayoutCheck(child, path_ + "." + field->name(), dictionaries_, depth_ + 1).Run();
  }

  template <typename Offset>
  Status CheckOffsets(int64_t limit) const {
    if (data_.length == 0) return Status::OK();
    const auto& buffer = data_.buffers[1];
    if (buffer == nullptr || buffer->size() / static_cast<int64_t>(sizeof(Offset)) <= end_) {
      return Fault("the buffer of offsets is too short");
    }
    const Offset* offsets = reinterpret_cast<const Offset*>(buffer->data()) + data_.offset;
    // The sign bit of `bad` is set once an offset is negative or smaller than the one before.
    using Unsigned = std::make_unsigned_t<Offset>;
    Unsigned bad = static_cast<Unsigned>(offsets[0]);
    for (int64_t i = 0; i < data_.length; ++i) {
      const auto a = static_cast<Unsigned>(offsets[i]), b = static_cast<Unsigned>(offsets[i + 1]);
      bad |= (b - a) | b;
    }
    if (static_cast<Offset>(bad) < 0) return Fault("offsets do not ascend");
    if (offsets[data_.length] > limit) {
      return Fault(fmt::format("offsets reach {}, what they point into has {}",
                               offsets[data_.length], limit));
    }
    return Status::OK();
  }

  bool IsValid(int64_t i) const {
    return data_.buffers[0] == nullptr ||
           arrow::bit_util::GetBit(data_.buffers[0]->data(), data_.offset + i);
  }

  Status CheckViews() const {
    if (data_.length == 0) return Status::OK();
    const auto* views =
        reinterpret_cast<const arrow::BinaryViewType::c_type*>(data_.buffers[1]->data()) +
        data_.offset;
    for (size_t i = 2; i < data_.buffers.size(); ++i) {
      if (data_.buffers[i] == nullptr) return Fault("a buffer of views is missing");
    }
    for (int64_t i = 0; i < data_.length; ++i) {
      if (!IsValid(i)) continue;
      const auto& view = views[i];
      const int32_t size = view.size();
      if (size < 0) return Fault("a view has a negative size");
      if (view.is_inline()) continue;
      const auto& ref = view.ref;
      const auto buffer = static_cast<size_t>(ref.buffer_index) + 2;
      if (ref.buffer_index < 0 || buffer >= data_.buffers.size() || ref.offset < 0 ||
          int64_t{ref.offset} + size > data_.buffers[buffer]->size()) {
        return Fault("a view points outside of its buffers");
      }
      if (!std::equal(ref.prefix.begin(), ref.prefix.end(),
                      data_.buffers[buffer]->data() + ref.offset)) {
        return Fault("a view's prefix is not that of its value");
      }
    }
    return Status::OK();
  }

  template <typename Offset>
  Status CheckListViews() const {
    const int64_t limit = data_.child_data[0]->length;
    if (data_.length > 0) {
      const Offset* offsets = data_.GetValues<Offset>(1);
      const Offset* sizes = data_.GetValues<Offset>(2);
      for (int64_t i = 0; i < data_.length; ++i) {
        if (offsets[i] < 0 || sizes[i] < 0 || offsets[i] > limit || sizes[i] > limit - offsets[i]) {
          return Fault("a list view points outside of its values");
        }
      }
    }
    return CheckChild(0, 0);
  }

  Status CheckUnion(bool dense) const {
    const auto& type = static_cast<const arrow::UnionType&>(*type_);
    const auto& children = type.child_ids();
    const int8_t* codes = data_.length > 0 ? data_.GetValues<int8_t>(1) : nullptr;
    const int32_t* offsets = dense && data_.length > 0 ? data_.GetValues<int32_t>(2) : nullptr;
    for (int64_t i = 0; i < data_.length; ++i) {
      if (codes[i] < 0 || children[codes[i]] == arrow::UnionType::kInvalidChildId) {
        return Fault("a union holds an unknown type");
      }
      if (dense && (offsets[i] < 0 || offsets[i] >= data_.child_data[children[codes[i]]]->length)) {
        return Fault("a union points outside of its values");
      }
    }
    for (int i = 0; i < type.num_fields(); ++i) {
      ARROW_RETURN_NOT_OK(CheckChild(i, dense ? 0 : end_));
    }
    return Status::OK();
  }

  template <typename Index>
  Status CheckIndices(uint64_t limit) const {
    if (data_.length == 0) return Status::OK();
    const Index* indices = data_.GetValues<Index>(1);
    using Unsigned = std::make_unsigned_t<Index>;
    Unsigned greatest = 0;  // negative ones are great as well
    for (int64_t i = 0; i < data_.length; ++i) {
      greatest = std::max(greatest, static_cast<Unsigned>(indices[i]));
    }
    if (greatest < limit) return Status::OK();
    for (int64_t i = 0; i < data_.length; ++i) {
      if (IsValid(i) && static_cast<Unsigned>(indices[i]) >= limit) {
        return Fault(
            fmt::format("index {} is outside of a dictionary of {} values", indices[i], limit));
      }
    }
    return Status::OK();
  }

  Status CheckDictionary() const {
    const auto& type = static_cast<const arrow::DictionaryType&>(*type_);
    if (data_.dictionary == nullptr) return Fault("the dictionary is missing");
    if (dictionaries_) {
      if (!data_.dictionary->type->Equals(*type.value_type())) {
        return Fault("the dictionary has another type");
      }
      ARROW_RETURN_NOT_OK(LayoutCheck(*data_.dictionary, path_, true, depth_ + 1).Run());
    }
    const auto limit = static_cast<uint64_t>(data_.dictionary->length);
    switch (type.index_type()->id()) {
      case Type::INT8:
        return CheckIndices<int8_t>(limit);
      case Type::UINT8:
        return CheckIndices<uint8_t>(limit);
      case Type::INT16:
        return CheckIndices<int16_t>(limit);
      case Type::UINT16:
        return CheckIndices<uint16_t>(limit);
      case Type::INT32:
        return CheckIndices<int32_t>(limit);
      case Type::UINT32:
        return CheckIndices<uint32_t>(limit);
      case Type::INT64:
        return CheckIndices<int64_t>(limit);
      case Type::UINT64:
        return CheckIndices<uint64_t>(limit);
      default:
        return Fault("dictionary indices are no integers");
    }
  }

  template <typename RunEnd>
  Status CheckRunEnds() const {
    const ArrayData& ends = *data_.child_data[0];
    ARROW_RETURN_NOT_OK(CheckChild(0, end_ > 0 ? 1 : 0));
    if (ends.GetNullCount() != 0) return Fault("run ends are null");
    const RunEnd* values = ends.length > 0 ? ends.GetValues<RunEnd>(1) : nullptr;
    int64_t last = 0;
    for (int64_t i = 0; i < ends.length; ++i) {
      if (values[i] <= last) return Fault("run ends do not ascend");
      last = values[i];
    }
    if (last < end_) return Fault("the runs end too early");
    return CheckChild(1, ends.length);
  }

  Status CheckByType() const {
    switch (type_->id()) {
      case Type::STRING:
      case Type::BINARY:
        return CheckOffsets<int32_t>(SizeOf(2));
      case Type::LARGE_STRING:
      case Type::LARGE_BINARY:
        return CheckOffsets<int64_t>(SizeOf(2));
      case Type::STRING_VIEW:
      case Type::BINARY_VIEW:
        return CheckViews();
      case Type::LIST:
      case Type::MAP:
        ARROW_RETURN_NOT_OK(CheckOffsets<int32_t>(data_.child_data[0]->length));
        return CheckChild(0, 0);
      case Type::LARGE_LIST:
        ARROW_RETURN_NOT_OK(CheckOffsets<int64_t>(data_.child_data[0]->length));
        return CheckChild(0, 0);
      case Type::LIST_VIEW:
        return CheckListViews<int32_t>();
      case Type::LARGE_LIST_VIEW:
        return CheckListViews<int64_t>();
      case Type::FIXED_SIZE_LIST: {
        const int64_t size = static_cast<const arrow::FixedSizeListType&>(*type_).list_size();
        if (size < 0 || (size > 0 && end_ > std::numeric_limits<int64_t>::max() / size)) {
          return Fault("the size of a list is out of range");
        }
        return CheckChild(0, end_ * size);
      }
      case Type::STRUCT:
        for (int i = 0; i < type_->num_fields(); ++i) ARROW_RETURN_NOT_OK(CheckChild(i, end_));
        return Status::OK();
      case Type::SPARSE_UNION:
        return CheckUnion(false);
      case Type::DENSE_UNION:
        return CheckUnion(true);
      case Type::DICTIONARY:
        return CheckDictionary();
      case Type::RUN_END_ENCODED:
        switch (type_->field(0)->type()->id()) {
          case Type::INT16:
            return CheckRunEnds<int16_t>();
          case Type::INT32:
            return CheckRunEnds<int32_t>();
          case Type::INT64:
            return CheckRunEnds<int64_t>();
          default:
            return Fault("run ends are no integers");
        }
      default:
        return Status::OK();
    }
  }

  int64_t SizeOf(int i) const { return data_.buffers[i] == nullptr ? 0 : data_.buffers[i]->size(); }

  const ArrayData& data_;
  const std::string path_;
  const bool dictionaries_;
  const int depth_;
  const arrow::DataType* type_ = nullptr;
  int64_t end_ = 0;  // offset + length
};

Status NotUtf8(const std::string& path, int64_t row, std::string_view value) {
  return MakeError(ErrorCode::kData, Quoted(value) + " is not valid UTF-8",
                   {.column = path,
                    .row = row < 0 ? -1 : row + 1,
                    .hint = fmt::format("--type {}=binary reads such bytes as they are", path)});
}

template <typename Offset>
Status CheckText(const ArrayData& data, const std::string& path, int64_t first_row) {
  if (data.length == 0 || data.buffers[2] == nullptr) return Status::OK();
  const Offset* offsets = data.GetValues<Offset>(1);
  const char* bytes = reinterpret_cast<const char*>(data.buffers[2]->data());
  const std::string_view all(bytes + offsets[0],
                             static_cast<size_t>(offsets[data.length] - offsets[0]));
  const size_t valid = ValidUtf8Prefix(all);
  if (valid == all.size()) {
    // All of it is well-formed; so is each value unless one begins within a character.
    bool cut = false;
    for (int64_t i = 0; i < data.length; ++i) {
      cut |= offsets[i] < offsets[data.length] &&
             (static_cast<unsigned char>(bytes[offsets[i]]) & 0xC0) == 0x80;
    }
    if (!cut) return Status::OK();
  }
  // What lies under a null does not count.
  for (int64_t i = 0; i < data.length; ++i) {
    const std::string_view value(bytes + offsets[i],
                                 static_cast<size_t>(offsets[i + 1] - offsets[i]));
    if (ValidUtf8Prefix(value) == value.size() || data.IsNull(i)) continue;
    return NotUtf8(path, first_row < 0 ? -1 : first_row + i, value);
  }
  return Status::OK();
}

constexpr uint64_t kHighBits = 0x8080808080808080;

// Most text is: said in a few steps. What stands behind the end of an inlined text is looked at,
// too, so it may be text all the same.
bool IsAscii(const ArrayData& data, const arrow::BinaryViewType::c_type& view) {
  const auto load = [](const uint8_t* at) {
    uint64_t word;
    std::memcpy(&word, at, sizeof(word));
    return word;
  };
  static_assert(arrow::BinaryViewType::kInlineSize == 12);
  if (view.is_inline()) {
    const uint8_t* at = view.inline_data();
    return ((load(at) | load(at + 4)) & kHighBits) == 0;
  }
  const uint8_t* at =
      data.buffers[static_cast<size_t>(view.ref.buffer_index) + 2]->data() + view.ref.offset;
  const uint8_t* last = at + view.size() - 8;
  uint64_t bits = load(last);
  for (; at < last; at += 8) bits |= load(at);
  return (bits & kHighBits) == 0;
}

Status CheckTextViews(const ArrayData& data, const std::string& path, int64_t first_row) {
  if (data.length == 0) return Status::OK();
  const auto* views = data.GetValues<arrow::BinaryViewType::c_type>(1);
  for (int64_t i = 0; i < data.length; ++i) {
    const auto& view = views[i];
    // (What stands behind a null may be no view at all.)
    if (data.IsNull(i) || IsAscii(data, view)) continue;
    const auto* bytes = view.is_inline()
                            ? view.inline_data()
                            : data.buffers[static_cast<size_t>(view.ref.buffer_index) + 2]->data() +
                                  view.ref.offset;
    const std::string_view value(reinterpret_cast<const char*>(bytes),
                                 static_cast<size_t>(view.size()));
    if (ValidUtf8Prefix(value) != value.size()) {
      return NotUtf8(path, first_row < 0 ? -1 : first_row + i, value);
    }
  }
  return Status::OK();
}

}  // namespace

Status CheckLayout(const ArrayData& data, const std::string& path, bool check_dictionary) {
  return LayoutCheck(data, path, check_dictionary, 0).Run();
}

Status CheckUtf8(const ArrayData& data, const std::string& path, int64_t first_row,
                 bool check_dictionary) {
  const arrow::DataType* type = StorageOf(data.type.get());
  switch (type->id()) {
    case Type::STRING:
      return CheckText<int32_t>(data, path, first_row);
    case Type::LARGE_STRING:
      return CheckText<int64_t>(data, path, first_row);
    case Type::STRING_VIEW:
      return CheckTextViews(data, path, first_row);
    case Type::DICTIONARY:
      return check_dictionary ? CheckUtf8(*data.dictionary, path, -1) : Status::OK();
    default:
      break;
  }
  const int64_t row = type->id() == Type::STRUCT && data.offset == 0 ? first_row : -1;
  for (int i = 0; i < type->num_fields(); ++i) {
    ARROW_RETURN_NOT_OK(
        CheckUtf8(*data.child_data[i], path + "." + type->field(i)->name(), row, check_dictionary));
  }
  return Status::OK();
}

Status CheckBatch(const arrow::RecordBatch& batch, int64_t first_row) {
  for (int i = 0; i < batch.num_columns(); ++i) {
    const auto& data = *batch.column_data(i);
    const auto& name = batch.schema()->field(i)->name();
    if (data.length != batch.num_rows()) {
      return MakeError(
          ErrorCode::kData,
          fmt::format("the column has {} rows, the batch {}", data.length, batch.num_rows()),
          {.column = name});
    }
    ARROW_RETURN_NOT_OK(CheckLayout(data, name));
    ARROW_RETURN_NOT_OK(CheckUtf8(data, name, first_row));
  }
  return Status::OK();
}

}  // namespace bowyer
