// A walk over the tree of types takes nodes and buffers in the order in which the message lists
// them. Rows [start, start + count) of a node need only those bytes of its buffers that hold them;
// `start` is always a multiple of 8, so that bitmaps are cut between bytes and no array needs an
// offset: what a list's first row begins in is rounded down, and offsets are counted from there.
#include "formats/arrow/ipc_decode.h"

#include <arrow/array/array_base.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/compression.h>
#include <arrow/util/endian.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "bowyer/error.h"
#include "core/text.h"
#include "core/validate.h"

namespace bowyer {
namespace {

using arrow::ArrayData;
using arrow::Buffer;
using arrow::Result;
using arrow::Status;
using arrow::Type;
using arrow::bit_util::BytesForBits;

Status Fault(std::string what) { return MakeError(ErrorCode::kData, std::move(what)); }

Result<IpcField> MakeField(const std::shared_ptr<arrow::DataType>& type, std::vector<int> path,
                           const arrow::ipc::DictionaryMemo& memo, int depth) {
  if (depth > kMaxNesting) return Fault(fmt::format("types nested deeper than {}", kMaxNesting));
  IpcField field{.type = type, .storage = type.get()};
  while (field.storage->id() == Type::EXTENSION) {
    field.storage = static_cast<const arrow::ExtensionType*>(field.storage)->storage_type().get();
  }
  if (field.storage->id() == Type::DICTIONARY) {
    ARROW_ASSIGN_OR_RAISE(field.dictionary_id, memo.fields().GetFieldId(path));
    const auto& values = static_cast<const arrow::DictionaryType*>(field.storage)->value_type();
    if (values->id() == Type::DICTIONARY) return Fault("a dictionary of dictionaries");
    ARROW_ASSIGN_OR_RAISE(auto child, MakeField(values, std::move(path), memo, depth + 1));
    field.children.push_back(std::move(child));
    return field;
  }
  for (int i = 0; i < field.storage->num_fields(); ++i) {
    path.push_back(i);
    ARROW_ASSIGN_OR_RAISE(auto child,
                          MakeField(field.storage->field(i)->type(), path, memo, depth + 1));
    field.children.push_back(std::move(child));
    path.pop_back();
  }
  return field;
}

const IpcField* FindDictionary(const std::vector<IpcField>& fields, int64_t id) {
  for (const IpcField& field : fields) {
    if (field.dictionary_id == id) return &field;
    if (const IpcField* found = FindDictionary(field.children, id)) return found;
  }
  return nullptr;
}

bool CanReadRows(const IpcField& field) {
  switch (field.storage->id()) {
    case Type::DENSE_UNION:
    case Type::LIST_VIEW:
    case Type::LARGE_LIST_VIEW:
    case Type::RUN_END_ENCODED:
      return false;
    case Type::DICTIONARY:
      return true;
    default:
      return std::all_of(field.children.begin(), field.children.end(),
                         [](const IpcField& child) { return CanReadRows(child); });
  }
}

// Bits of a value; 0 for types without values of a fixed width.
int64_t BitWidth(const arrow::DataType& type) {
  if (type.id() == Type::DICTIONARY) {
    return static_cast<const arrow::DictionaryType&>(type).index_type()->bit_width();
  }
  return std::max(0, type.bit_width());
}

class Loader {
 public:
  Loader(Context* context, const IpcMessage& message, const IpcBody& body,
         const IpcDictionaries& dictionaries, bool swap)
      : context_(context),
        message_(message),
        batch_(message.batch),
        body_(body),
        dictionaries_(dictionaries),
        swap_(swap) {}

  // The next field of the walk.
  Result<std::shared_ptr<ArrayData>> Load(const IpcField& field, const IpcRows& rows) {
    ARROW_ASSIGN_OR_RAISE(auto data, LoadTree(field, rows));
    if (swap_) {
      ARROW_ASSIGN_OR_RAISE(data,
                            arrow::internal::SwapEndianArrayData(data, context_->memory_pool()));
    }
    ARROW_RETURN_NOT_OK(Attach(field, data.get()));
    return data;
  }

  Status Skip(const IpcField& field) {
    ARROW_ASSIGN_OR_RAISE(const IpcNode node, NextNode());
    (void)node;
    ARROW_ASSIGN_OR_RAISE(const int64_t buffers, BufferCount(field));
    for (int64_t i = 0; i < buffers; ++i) ARROW_RETURN_NOT_OK(NextBuffer());
    if (field.dictionary_id >= 0) return Status::OK();
    for (const IpcField& child : field.children) ARROW_RETURN_NOT_OK(Skip(child));
    return Status::OK();
  }

 private:
  struct Range {
    int64_t start, count;
    bool whole;  // of its node
  };

  Result<IpcNode> NextNode() {
    if (node_ >= batch_.nodes.size()) return Fault("the message describes too few arrays");
    const IpcNode node = batch_.nodes[node_++];
    if (node.length < 0 || node.length > std::numeric_limits<int64_t>::max() / 64 ||
        node.null_count < -1 || node.null_count > node.length) {
      return Fault("the length of an array is out of range");
    }
    return node;
  }

  Status NextBuffer() {
    if (buffer_ >= batch_.buffers.size()) return Fault("the message describes too few buffers");
    ++buffer_;
    return Status::OK();
  }

  Result<int64_t> NextVariadic() {
    if (variadic_ >= batch_.variadic.size()) return Fault("the message misses a count of buffers");
    const int64_t count = batch_.variadic[variadic_++];
    if (count < 0 || count > static_cast<int64_t>(batch_.buffers.size() - buffer_)) {
      return Fault("a count of buffers is out of range");
    }
    return count;
  }

  Result<int64_t> BufferCount(const IpcField& field) {
    switch (field.storage->id()) {
      case Type::NA:
      case Type::RUN_END_ENCODED:
        return 0;
      case Type::SPARSE_UNION:
        return message_.version4 ? 2 : 1;
      case Type::DENSE_UNION:
        return message_.version4 ? 3 : 2;
      case Type::STRING_VIEW:
      case Type::BINARY_VIEW: {
        ARROW_ASSIGN_OR_RAISE(const int64_t variadic, NextVariadic());
        return 2 + variadic;
      }
      default:
        return static_cast<int64_t>(field.storage->layout().buffers.size());
    }
  }

  // The bytes of buffer `ref` from `start` on, `size` of them (-1: all), and at least `least`.
  Result<std::shared_ptr<Buffer>> Bytes(const IpcBuffer& ref, int64_t start, int64_t size,
                                        int64_t least) {
    std::shared_ptr<Buffer> bytes;
    if (batch_.codec != arrow::Compression::UNCOMPRESSED && ref.length > 0) {
      ARROW_ASSIGN_OR_RAISE(bytes, Unpacked(ref));
      if (start > 0 || (size >= 0 && size < bytes->size())) {
        if (start > bytes->size()) return Fault("a buffer is too short");
        bytes = arrow::SliceBuffer(
            bytes, start, size < 0 ? bytes->size() - start : std::min(size, bytes->size() - start));
      }
    } else {
      if (ref.length < 0 || start > ref.length) return Fault("a buffer is too short");
      const int64_t there = ref.length - start;
      ARROW_ASSIGN_OR_RAISE(
          bytes, body_.Read(ref.offset + start, size < 0 ? there : std::min(size, there)));
    }
    if (bytes->size() < least) {
      return Fault(fmt::format("a buffer has {} bytes where {} are needed", bytes->size(), least));
    }
    // Typed loads want aligned bytes; files of careless writers are not.
    if (bytes->address() % 8 != 0 && bytes->size() > 0) {
      ARROW_ASSIGN_OR_RAISE(auto copy,
                            arrow::AllocateBuffer(bytes->size(), context_->memory_pool()));
      std::memcpy(copy->mutable_data(), bytes->data(), static_cast<size_t>(bytes->size()));
      bytes = std::move(copy);
    }
    return bytes;
  }

  Result<std::shared_ptr<Buffer>> Unpacked(const IpcBuffer& ref) {
    constexpr int64_t kPrefix = 8;
    ARROW_ASSIGN_OR_RAISE(auto packed, body_.Read(ref.offset, ref.length));
    if (packed->size() < kPrefix) return Fault("a compressed buffer is too short");
    int64_t size;
    std::memcpy(&size, packed->data(), sizeof(size));
    size = arrow::bit_util::FromLittleEndian(size);
    if (size == -1) return arrow::SliceBuffer(packed, kPrefix);
    if (size < 0) return Fault("a compressed buffer claims a negative length");
    if (size > context_->memory_budget()) {
      return MakeError(
          ErrorCode::kResources,
          fmt::format("a compressed buffer claims to hold {} bytes, more than the memory budget",
                      WithThousands(size)),
          {.hint = "if the file is sound, try a larger --memory"});
    }
    if (codec_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(codec_, arrow::util::Codec::Create(batch_.codec));
    }
    ARROW_ASSIGN_OR_RAISE(auto bytes, arrow::AllocateBuffer(size, context_->memory_pool()));
    const auto unpacked = codec_->Decompress(packed->size() - kPrefix, packed->data() + kPrefix,
                                             size, bytes->mutable_data());
    if (!unpacked.ok() || *unpacked != size) {
      return Fault("a compressed buffer is damaged" +
                   (unpacked.ok() ? std::string() : ": " + unpacked.status().message()));
    }
    return bytes;
  }

  Result<IpcBuffer> Take() {
    ARROW_RETURN_NOT_OK(NextBuffer());
    return batch_.buffers[buffer_ - 1];
  }

  Result<std::shared_ptr<ArrayData>> LoadTree(const IpcField& field, const IpcRows& rows) {
    ARROW_ASSIGN_OR_RAISE(const IpcNode node, NextNode());
    Range range{.start = rows.start, .count = rows.count};
    if (range.start > node.length ||
        (range.count >= 0 && range.count > node.length - range.start)) {
      return Fault("an array has too few rows");
    }
    if (range.count < 0) range.count = node.length - range.start;
    range.whole = range.start == 0 && range.count == node.length;
    auto data = std::make_shared<ArrayData>();
    data->type = field.type;
    data->length = range.count;
    data->null_count = 0;
    const Type::type id = field.storage->id();
    if (id == Type::NA) {
      data->null_count = range.count;
      data->buffers = {nullptr};
      return data;
    }
    const bool is_union = id == Type::SPARSE_UNION || id == Type::DENSE_UNION;
    if (is_union && message_.version4) {
      ARROW_RETURN_NOT_OK(NextBuffer());
      if (node.null_count != 0) return Fault("a union with nulls of its own");
    }
    if (is_union || id == Type::RUN_END_ENCODED) {
      data->buffers = {nullptr};
    } else {
      ARROW_ASSIGN_OR_RAISE(const IpcBuffer bitmap, Take());
      ARROW_RETURN_NOT_OK(LoadBitmap(bitmap, node, range, data.get()));
    }
    ARROW_RETURN_NOT_OK(LoadByType(field, range, data.get()));
    return data;
  }

  Status LoadBitmap(const IpcBuffer& ref, const IpcNode& node, const Range& range,
                    ArrayData* data) {
    data->buffers = {nullptr};
    if (node.null_count == 0 || range.count == 0) return Status::OK();
    const int64_t bytes = BytesForBits(range.count);
    ARROW_ASSIGN_OR_RAISE(data->buffers[0], Bytes(ref, range.start / 8, bytes, bytes));
    data->null_count = range.whole ? node.null_count : arrow::kUnknownNullCount;
    return Status::OK();
  }

  Status LoadByType(const IpcField& field, const Range& range, ArrayData* data) {
    const arrow::DataType& type = *field.storage;
    switch (type.id()) {
      case Type::STRING:
      case Type::BINARY:
        return LoadBinary<int32_t>(range, data);
      case Type::LARGE_STRING:
      case Type::LARGE_BINARY:
        return LoadBinary<int64_t>(range, data);
      case Type::STRING_VIEW:
      case Type::BINARY_VIEW:
        return LoadViews(range, data);
      case Type::LIST:
      case Type::MAP:
        return LoadList<int32_t>(field, range, data);
      case Type::LARGE_LIST:
        return LoadList<int64_t>(field, range, data);
      case Type::LIST_VIEW:
        return LoadListView(field, range, 4, data);
      case Type::LARGE_LIST_VIEW:
        return LoadListView(field, range, 8, data);
      case Type::FIXED_SIZE_LIST: {
        const int64_t size = static_cast<const arrow::FixedSizeListType&>(type).list_size();
        if (size < 0 || (size > 0 && range.start + range.count >
                                         std::numeric_limits<int64_t>::max() / 64 / size)) {
          return Fault("the size of a list is out of range");
        }
        if (range.whole) return LoadChildren(field, {}, data);
        return LoadChildren(field, {.start = range.start * size, .count = range.count * size},
                            data);
      }
      case Type::STRUCT:
        if (range.whole) return LoadChildren(field, {}, data);
        return LoadChildren(field, {.start = range.start, .count = range.count}, data);
      case Type::SPARSE_UNION:
        ARROW_RETURN_NOT_OK(LoadFixed(8, range, data));
        if (range.whole) return LoadChildren(field, {}, data);
        return LoadChildren(field, {.start = range.start, .count = range.count}, data);
      case Type::DENSE_UNION:
        ARROW_RETURN_NOT_OK(LoadFixed(8, range, data));
        ARROW_RETURN_NOT_OK(LoadFixed(32, range, data));
        return LoadChildren(field, {}, data);
      case Type::RUN_END_ENCODED:
        return LoadChildren(field, {}, data);
      default: {
        const int64_t bits = BitWidth(type);
        if (bits == 0 && type.id() != Type::FIXED_SIZE_BINARY) {
          return Fault("columns of type " + type.ToString() + " cannot be read");
        }
        return LoadFixed(bits, range, data);
      }
    }
  }

  Status LoadChildren(const IpcField& field, const IpcRows& rows, ArrayData* data) {
    for (const IpcField& child : field.children) {
      ARROW_ASSIGN_OR_RAISE(auto loaded, LoadTree(child, rows));
      data->child_data.push_back(std::move(loaded));
    }
    return Status::OK();
  }

  Status LoadFixed(int64_t bits, const Range& range, ArrayData* data) {
    ARROW_ASSIGN_OR_RAISE(const IpcBuffer ref, Take());
    if (bits > 0 && range.start + range.count > std::numeric_limits<int64_t>::max() / 8 / bits) {
      return Fault("the length of an array is out of range");
    }
    const int64_t bytes = BytesForBits(range.count * bits);
    ARROW_ASSIGN_OR_RAISE(auto buffer, Bytes(ref, range.start / 8 * bits, bytes, bytes));
    data->buffers.push_back(std::move(buffer));
    return Status::OK();
  }

  template <typename Offset>
  Offset Native(Offset value) const {
    return swap_ ? arrow::bit_util::ByteSwap(value) : value;
  }

  // The offsets of the rows; for a part of them counted from `*first`, the start of the values that
  // they refer to, rounded down to a multiple of `unit`.
  template <typename Offset>
  Status LoadOffsets(const Range& range, int64_t unit, ArrayData* data, int64_t* first,
                     int64_t* end) {
    ARROW_ASSIGN_OR_RAISE(const IpcBuffer ref, Take());
    constexpr int64_t kWidth = sizeof(Offset);
    *first = *end = 0;
    if (range.count == 0) {
      static const uint8_t kZeros[16] = {};
      data->buffers.push_back(std::make_shared<Buffer>(kZeros, kWidth));
      return Status::OK();
    }
    const int64_t bytes = (range.count + 1) * kWidth;
    ARROW_ASSIGN_OR_RAISE(auto buffer, Bytes(ref, range.start * kWidth, bytes, bytes));
    const auto* offsets = reinterpret_cast<const Offset*>(buffer->data());
    *first = Native(offsets[0]);
    *end = Native(offsets[range.count]);
    if (*first < 0 || *end < *first) return Fault("offsets do not ascend");
    if (!range.whole && *first / unit > 0) {
      *first = *first / unit * unit;
      ARROW_ASSIGN_OR_RAISE(auto moved, arrow::AllocateBuffer(bytes, context_->memory_pool()));
      auto* out = reinterpret_cast<Offset*>(moved->mutable_data());
      using Unsigned = std::make_unsigned_t<Offset>;
      for (int64_t i = 0; i <= range.count; ++i) {
        // In unsigned arithmetic: whether offsets ascend is checked later.
        out[i] = Native(static_cast<Offset>(static_cast<Unsigned>(Native(offsets[i])) -
                                            static_cast<Unsigned>(*first)));
      }
      buffer = std::move(moved);
    } else if (!range.whole) {
      *first = 0;
    }
    data->buffers.push_back(std::move(buffer));
    return Status::OK();
  }

  template <typename Offset>
  Status LoadBinary(const Range& range, ArrayData* data) {
    int64_t first, end;
    ARROW_RETURN_NOT_OK(LoadOffsets<Offset>(range, 1, data, &first, &end));
    ARROW_ASSIGN_OR_RAISE(const IpcBuffer ref, Take());
    std::shared_ptr<Buffer> values;
    if (range.whole) {
      ARROW_ASSIGN_OR_RAISE(values, Bytes(ref, 0, -1, end));
    } else {
      ARROW_ASSIGN_OR_RAISE(values, Bytes(ref, first, end - first, end - first));
    }
    data->buffers.push_back(std::move(values));
    return Status::OK();
  }

  template <typename Offset>
  Status LoadList(const IpcField& field, const Range& range, ArrayData* data) {
    int64_t first, end;
    ARROW_RETURN_NOT_OK(LoadOffsets<Offset>(range, 8, data, &first, &end));
    if (range.whole) return LoadChildren(field, {}, data);
    return LoadChildren(field, {.start = first, .count = end - first}, data);
  }

  Status LoadListView(const IpcField& field, const Range& range, int64_t width, ArrayData* data) {
    ARROW_RETURN_NOT_OK(LoadFixed(8 * width, range, data));
    ARROW_RETURN_NOT_OK(LoadFixed(8 * width, range, data));
    return LoadChildren(field, {}, data);
  }

  Status LoadViews(const Range& range, ArrayData* data) {
    using View = arrow::BinaryViewType::c_type;
    ARROW_RETURN_NOT_OK(LoadFixed(8 * sizeof(View), range, data));
    ARROW_ASSIGN_OR_RAISE(const int64_t count, NextVariadic());
    if (range.whole || swap_) {
      for (int64_t i = 0; i < count; ++i) {
        ARROW_ASSIGN_OR_RAISE(const IpcBuffer ref, Take());
        ARROW_ASSIGN_OR_RAISE(auto buffer, Bytes(ref, 0, -1, 0));
        data->buffers.push_back(std::move(buffer));
      }
      return Status::OK();
    }
    // Of each data buffer, only the part that these rows refer to.
    ARROW_ASSIGN_OR_RAISE(auto moved,
                          arrow::AllocateBuffer(data->buffers[1]->size(), context_->memory_pool()));
    std::memcpy(moved->mutable_data(), data->buffers[1]->data(),
                static_cast<size_t>(moved->size()));
    auto* views = reinterpret_cast<View*>(moved->mutable_data());
    struct Part {
      int64_t first = std::numeric_limits<int64_t>::max(), end = 0;
    };
    std::vector<Part> parts(static_cast<size_t>(count));
    const auto refers = [&](int64_t i) {
      return !views[i].is_inline() &&
             (data->buffers[0] == nullptr || arrow::bit_util::GetBit(data->buffers[0]->data(), i));
    };
    for (int64_t i = 0; i < range.count; ++i) {
      if (!refers(i)) continue;
      const auto& ref = views[i].ref;
      if (ref.buffer_index < 0 || ref.buffer_index >= count || ref.offset < 0 || ref.size < 0) {
        return Fault("a view points outside of its buffers");
      }
      Part& part = parts[static_cast<size_t>(ref.buffer_index)];
      part.first = std::min<int64_t>(part.first, ref.offset);
      part.end = std::max<int64_t>(part.end, int64_t{ref.offset} + ref.size);
    }
    for (int64_t i = 0; i < range.count; ++i) {
      if (!refers(i)) continue;
      auto& ref = views[i].ref;
      ref.offset -= static_cast<int32_t>(parts[static_cast<size_t>(ref.buffer_index)].first);
    }
    data->buffers[1] = std::move(moved);
    for (const Part& part : parts) {
      ARROW_ASSIGN_OR_RAISE(const IpcBuffer ref, Take());
      const int64_t size = std::max<int64_t>(0, part.end - part.first);
      ARROW_ASSIGN_OR_RAISE(auto buffer, Bytes(ref, size == 0 ? 0 : part.first, size, size));
      data->buffers.push_back(std::move(buffer));
    }
    return Status::OK();
  }

  // Gives dictionary-encoded arrays their dictionaries.
  Status Attach(const IpcField& field, ArrayData* data) const {
    if (field.dictionary_id < 0) {
      for (size_t i = 0; i < field.children.size(); ++i) {
        ARROW_RETURN_NOT_OK(Attach(field.children[i], data->child_data[i].get()));
      }
      return Status::OK();
    }
    const auto found = dictionaries_.find(field.dictionary_id);
    if (found != dictionaries_.end()) {
      data->dictionary = found->second;
      return Status::OK();
    }
    // A column without values needs none.
    if (data->GetNullCount() != data->length) {
      // Whoever unifies dictionaries, as Bowyer does, knows them at the end of a file only.
      return MakeError(
          ErrorCode::kData, fmt::format("dictionary {} is missing", field.dictionary_id),
          {.hint =
               body_.file != nullptr
                   ? ""
                   : "in an Arrow file it may stand behind the batches, out of a pipe's reach:\n"
                     "name the file itself, or write a stream (--to arrows) into the pipe"});
    }
    ARROW_ASSIGN_OR_RAISE(auto empty, arrow::MakeEmptyArray(field.children[0].type));
    data->dictionary = empty->data();
    return Status::OK();
  }

  Context* context_;
  const IpcMessage& message_;
  const IpcBatch& batch_;
  const IpcBody& body_;
  const IpcDictionaries& dictionaries_;
  const bool swap_;
  std::unique_ptr<arrow::util::Codec> codec_;
  size_t node_ = 0, buffer_ = 0, variadic_ = 0;
};

// What a batch takes that can only be read as a whole: its buffers as stored and unpacked.
Status TooLargeToRead(const Context& context, const IpcBatch& batch, const IpcBody& body) {
  int64_t unpacked = 0;
  for (const IpcBuffer& buffer : batch.buffers) {
    int64_t size = buffer.length;
    if (batch.codec != arrow::Compression::UNCOMPRESSED && buffer.length >= 8) {
      ARROW_ASSIGN_OR_RAISE(const auto prefix, body.Read(buffer.offset, 8));
      std::memcpy(&size, prefix->data(), sizeof(size));
      size = arrow::bit_util::FromLittleEndian(size);
      if (size < 0) size = buffer.length;
    }
    unpacked += std::min(size, std::numeric_limits<int64_t>::max() / 4 - unpacked);
  }
  const int64_t need = body.length + unpacked;
  return MakeError(
      ErrorCode::kResources,
      fmt::format("a batch of {} rows can only be read as a whole ({} stored, {} unpacked); a "
                  "memory budget of {} MiB is too small for that",
                  WithThousands(batch.rows), HumanBytes(body.length), HumanBytes(unpacked),
                  context.memory_budget() >> 20),
      {.byte_offset = body.start,
       .hint =
           fmt::format("if the file is sound, try --memory {}M", ((need + need / 4) >> 20) + 8)});
}

// Small bodies in one read.
Result<IpcBody> Fetched(const IpcBody& body) {
  constexpr int64_t kSmall = 64 << 10;
  if (body.bytes != nullptr || body.length > kSmall) return body;
  IpcBody fetched = body;
  ARROW_ASSIGN_OR_RAISE(fetched.bytes, body.Read(0, body.length));
  return fetched;
}

}  // namespace

Result<std::shared_ptr<const IpcSchema>> IpcSchema::Make(std::shared_ptr<arrow::Schema> schema,
                                                         const arrow::ipc::DictionaryMemo& memo) {
  auto made = std::make_shared<IpcSchema>();
  made->swap = !schema->is_native_endian();
  made->schema = made->swap ? schema->WithEndianness(arrow::Endianness::Native) : schema;
  for (int i = 0; i < schema->num_fields(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto field, MakeField(schema->field(i)->type(), {i}, memo, 0));
    made->fields.push_back(std::move(field));
  }
  return made;
}

std::shared_ptr<const IpcSchema> IpcSchema::Under(std::shared_ptr<arrow::Schema> other) const {
  auto made = std::make_shared<IpcSchema>(*this);
  made->schema = std::move(other);
  for (size_t i = 0; i < fields.size(); ++i) {
    const auto& type = made->schema->field(static_cast<int>(i))->type();
    if (type->Equals(fields[i].type)) continue;
    IpcField& field = made->fields[i];
    field.type = type;
    field.storage = type.get();
    if (type->id() != Type::DICTIONARY) continue;
    IpcField& values = field.children[0];
    values.type = static_cast<const arrow::DictionaryType&>(*type).value_type();
    values.storage = values.type.get();
  }
  return made;
}

const IpcField* IpcSchema::DictionaryField(int64_t id) const { return FindDictionary(fields, id); }

Result<std::shared_ptr<Buffer>> IpcBody::Read(int64_t offset, int64_t size) const {
  if (offset < 0 || size < 0 || offset > length || size > length - offset) {
    return MakeError(ErrorCode::kData, "a buffer lies outside of its message",
                     {.byte_offset = start});
  }
  if (bytes != nullptr) return arrow::SliceBuffer(bytes, offset, size);
  ARROW_ASSIGN_OR_RAISE(auto read, file->ReadAt(start + offset, size));
  if (read->size() < size) {
    return MakeError(ErrorCode::kData, "the file ends within a batch",
                     {.byte_offset = start + offset + read->size()});
  }
  return read;
}

bool CanReadRows(const IpcSchema& schema, const IpcBatch& batch) {
  return batch.codec == arrow::Compression::UNCOMPRESSED &&
         std::all_of(schema.fields.begin(), schema.fields.end(),
                     [](const IpcField& field) { return CanReadRows(field); });
}

Result<std::shared_ptr<arrow::RecordBatch>> DecodeIpcBatch(
    Context* context, const IpcSchema& schema, const IpcMessage& message, const IpcBody& body,
    const IpcDictionaries& dictionaries, const IpcRows& rows, const std::vector<int>& columns,
    const std::shared_ptr<arrow::Schema>& projected, int64_t first_row) {
  const int64_t count = rows.count < 0 ? message.batch.rows - rows.start : rows.count;
  const auto decode = [&]() -> Result<std::shared_ptr<arrow::RecordBatch>> {
    ARROW_ASSIGN_OR_RAISE(const IpcBody fetched, Fetched(body));
    Loader loader(context, message, fetched, dictionaries, schema.swap);
    std::vector<std::shared_ptr<ArrayData>> loaded(schema.fields.size());
    for (size_t i = 0; i < schema.fields.size(); ++i) {
      const IpcField& field = schema.fields[i];
      if (std::find(columns.begin(), columns.end(), static_cast<int>(i)) == columns.end()) {
        ARROW_RETURN_NOT_OK(loader.Skip(field));
        continue;
      }
      const auto& name = schema.schema->field(static_cast<int>(i))->name();
      auto data = loader.Load(field, rows);
      if (!data.ok()) return AtPlace(data.status(), {.column = name});
      if ((*data)->length != count) {
        return MakeError(
            ErrorCode::kData,
            fmt::format("the column has {} rows, its batch {}", (*data)->length, count),
            {.column = name});
      }
      ARROW_RETURN_NOT_OK(CheckLayout(**data, name, /*check_dictionary=*/false));
      ARROW_RETURN_NOT_OK(CheckUtf8(**data, name, first_row < 0 ? -1 : first_row + rows.start,
                                    /*check_dictionary=*/false));
      loaded[i] = std::move(*data);
    }
    std::vector<std::shared_ptr<ArrayData>> picked;
    for (int column : columns) picked.push_back(loaded[static_cast<size_t>(column)]);
    return arrow::RecordBatch::Make(projected, count, std::move(picked));
  };
  auto batch = decode();
  if (!batch.ok() && CodeOf(batch.status()) == ErrorCode::kResources &&
      count == message.batch.rows && !CanReadRows(schema, message.batch)) {
    return TooLargeToRead(*context, message.batch, body);
  }
  if (!batch.ok()) return AtPlace(batch.status(), {.byte_offset = body.start});
  return batch;
}

Result<std::shared_ptr<ArrayData>> DecodeIpcDictionary(Context* context, const IpcSchema& schema,
                                                       const IpcField& field,
                                                       const IpcMessage& message,
                                                       const IpcBody& body,
                                                       const IpcDictionaries& dictionaries) {
  const auto decode = [&]() -> Result<std::shared_ptr<ArrayData>> {
    Loader loader(context, message, body, dictionaries, schema.swap);
    ARROW_ASSIGN_OR_RAISE(auto data, loader.Load(field.children[0], {}));
    if (data->length != message.batch.rows) return Fault("a dictionary's lengths disagree");
    const std::string name = fmt::format("(dictionary {})", message.dictionary_id);
    ARROW_RETURN_NOT_OK(CheckLayout(*data, name, /*check_dictionary=*/false));
    ARROW_RETURN_NOT_OK(CheckUtf8(*data, name, -1, /*check_dictionary=*/false));
    return data;
  };
  auto data = decode();
  if (!data.ok()) return AtPlace(data.status(), {.byte_offset = body.start});
  return data;
}

}  // namespace bowyer
