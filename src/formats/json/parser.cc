// One record at a time, by recursive descent along the plan.
#include "formats/json/parser.h"

#include <arrow/array/data.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/bitmap_ops.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/text.h"
#include "formats/json/number.h"
#include "formats/text/json_text.h"

namespace bowyer::json {
namespace {

constexpr int64_t kFirstRows = 64;
constexpr int64_t kTextSlack = 32;  // whole vectors are stored, also behind a text's end

bool HasText(PlanKind kind) {
  return kind == PlanKind::kString || kind == PlanKind::kText || kind == PlanKind::kRaw ||
         kind == PlanKind::kBytes;
}
bool HasEnds(PlanKind kind) { return HasText(kind) || kind == PlanKind::kList; }

int32_t* Ends(Column* column) { return reinterpret_cast<int32_t*>(column->values); }

// "an int64", "a float64": as the user would give the type.
std::string TypeName(const Plan& plan) {
  switch (plan.kind) {
    case PlanKind::kBool:
      return "true or false";
    case PlanKind::kString:
      return "a string";
    case PlanKind::kBytes:
      return "a string of base64";
    case PlanKind::kStruct:
      return "an object";
    case PlanKind::kList:
      return "an array";
    case PlanKind::kInt64:
      return "an int64";
    case PlanKind::kDouble:
      return "a float64";
    default:
      return "a value of type " + plan.type->ToString();
  }
}

}  // namespace

RecordParser::RecordParser(const RecordPlan& plan, Syntax* syntax, arrow::MemoryPool* pool,
                           int64_t text_bytes)
    : syntax_(syntax), pool_(pool), text_bytes_(text_bytes), columns_(plan.columns) {
  Build(&root_, plan.root);
}

void RecordParser::Build(Column* column, const Plan& plan) {
  column->plan = &plan;
  column->kind = plan.kind;
  if (plan.kind == PlanKind::kSkip) column->capacity = std::numeric_limits<int64_t>::max();
  column->children.resize(plan.children.size());
  for (size_t i = 0; i < plan.children.size(); ++i) Build(&column->children[i], plan.children[i]);
}

bool RecordParser::Resize(Column* column, int64_t capacity) {
  const auto resize = [&](std::shared_ptr<arrow::ResizableBuffer>* buffer, int64_t bytes) {
    if (*buffer != nullptr) {
      status_ = (*buffer)->Resize(bytes, /*shrink_to_fit=*/false);
      return status_.ok();
    }
    auto made = arrow::AllocateResizableBuffer(bytes, pool_);
    status_ = made.status();
    if (status_.ok()) *buffer = *std::move(made);
    return status_.ok();
  };
  if (column->kind != PlanKind::kStruct) {
    const bool ends = HasEnds(column->kind);
    const int64_t bytes = ends ? 4 * (capacity + 1) : column->plan->width * capacity;
    if (!resize(&column->values_buffer, bytes)) return false;
    column->values = column->values_buffer->mutable_data();
    if (ends && column->length == 0) Ends(column)[0] = 0;
  }
  if (column->valid != nullptr) {
    if (!resize(&column->valid_buffer, arrow::bit_util::BytesForBits(capacity))) return false;
    column->valid = column->valid_buffer->mutable_data();
  }
  column->capacity = capacity;
  return true;
}

bool RecordParser::Grow(Column* column) {
  return Resize(column, std::max(kFirstRows, 2 * column->length));
}

bool RecordParser::GrowText(Column* column, int64_t more) {
  int64_t capacity = std::max(2 * column->text_capacity, column->text_size + more);
  if (column->text_capacity == 0) {
    const int64_t hint = column->plan->text_hint->load(std::memory_order_relaxed);
    capacity = std::max(capacity, std::min(hint, text_bytes_));
  }
  if (column->text_buffer == nullptr) {
    auto made = arrow::AllocateResizableBuffer(capacity + kTextSlack, pool_);
    status_ = made.status();
    if (!status_.ok()) return false;
    column->text_buffer = *std::move(made);
  } else {
    status_ = column->text_buffer->Resize(capacity + kTextSlack, /*shrink_to_fit=*/false);
    if (!status_.ok()) return false;
  }
  column->text = reinterpret_cast<char*>(column->text_buffer->mutable_data());
  column->text_capacity = capacity;
  return true;
}

arrow::Status RecordParser::Reserve(int64_t rows) {
  std::vector<Column*> open = {&root_};
  while (!open.empty()) {
    Column* column = open.back();
    open.pop_back();
    if (column->kind == PlanKind::kSkip) continue;
    if (!Resize(column, std::max(rows, column->length))) return status_;
    if (column->kind == PlanKind::kStruct) {
      for (Column& child : column->children) open.push_back(&child);
    }
  }
  return arrow::Status::OK();
}

inline void RecordParser::MarkValid(Column* column) {
  if (column->valid != nullptr) arrow::bit_util::SetBit(column->valid, column->length);
  ++column->length;
}

inline bool RecordParser::AppendNull(Column* column) {
  if (column->valid != nullptr && column->length < column->capacity) [[likely]] {
    const int64_t row = column->length;
    if (HasEnds(column->kind)) {
      Ends(column)[row + 1] = Ends(column)[row];
    } else if (column->plan->width == 8) {
      std::memset(column->values + row * 8, 0, 8);
    } else {
      return AppendAnyNull(column);
    }
    arrow::bit_util::ClearBit(column->valid, row);
    ++column->length;
    return true;
  }
  return AppendAnyNull(column);
}

bool RecordParser::AppendAnyNull(Column* column) {
  if (column->kind == PlanKind::kSkip) {
    ++column->length;
    return true;
  }
  if (!MakeRoom(column)) return false;
  if (column->valid == nullptr) {
    auto made =
        arrow::AllocateResizableBuffer(arrow::bit_util::BytesForBits(column->capacity), pool_);
    status_ = made.status();
    if (!status_.ok()) return false;
    column->valid_buffer = *std::move(made);
    column->valid = column->valid_buffer->mutable_data();
    arrow::bit_util::SetBitsTo(column->valid, 0, column->length, true);
  }
  arrow::bit_util::ClearBit(column->valid, column->length);
  if (HasEnds(column->kind)) {
    Ends(column)[column->length + 1] = Ends(column)[column->length];
  } else if (column->kind == PlanKind::kStruct) {
    for (Column& child : column->children) {
      if (!AppendNull(&child)) return false;
    }
  } else {
    std::memset(column->values + column->length * column->plan->width, 0,
                static_cast<size_t>(column->plan->width));
  }
  ++column->length;
  return true;
}

bool RecordParser::AppendText(Column* column, const char* data, size_t size) {
  if (column->text_size + static_cast<int64_t>(size) > column->text_capacity &&
      !GrowText(column, static_cast<int64_t>(size))) {
    return false;
  }
  if (size != 0) std::memcpy(column->text + column->text_size, data, size);
  column->text_size += static_cast<int64_t>(size);
  return true;
}

const char* RecordParser::InPath(std::string_view step) {
  std::string& path = syntax_->fault().path;
  if (!path.empty() && path[0] != '[') path.insert(0, 1, '.');
  path.insert(0, step);
  return nullptr;
}

const char* RecordParser::Misfit(Column* column, const char* p, FieldFault fault) {
  const char* const behind = syntax_->SkipValue(p, column->plan->depth);
  if (behind == nullptr) return nullptr;
  const std::string text =
      Printable(std::string_view(p, static_cast<size_t>(behind - p)), /*max_bytes=*/80);
  std::string reason;
  switch (fault) {
    case FieldFault::kPrecision:
      reason = fmt::format("{} has more digits than {} can hold", text, TypeName(*column->plan));
      break;
    case FieldFault::kRange:
      reason = fmt::format("{} is out of the range of {}", text, TypeName(*column->plan));
      break;
    case FieldFault::kZone:
      reason = fmt::format("{} {} an offset, but the type is {}", text,
                           text.find_first_of("Zz+") == std::string::npos ? "lacks" : "has",
                           column->plan->type->ToString());
      break;
    default:
      reason = fmt::format("{} is not {}", text, TypeName(*column->plan));
  }
  syntax_->Fail(p, std::move(reason));
  syntax_->fault().misfit = true;
  return nullptr;
}

const char* RecordParser::NullOrMisfit(Column* column, const char* p) {
  if (*p != 'n') return Misfit(column, p, FieldFault::kSyntax);
  p = syntax_->SkipLiteral(p, "null");
  if (p == nullptr || !AppendNull(column)) return nullptr;
  return p;
}

const char* RecordParser::String(Column* column, const char* p) {
  if (!MakeRoom(column)) return nullptr;
  const char* const begin = ++p;
  if (column->text_capacity - column->text_size < 16 && !GrowText(column, 256)) return nullptr;
  char* out = column->text + column->text_size;
  const char* limit = column->text + column->text_capacity;  // vectors may be stored up to here
  uint32_t high = 0;
  for (;;) {
    const StringMasks masks = ScanString(p, out);
    if (masks.stop != 0) {
      const int count = std::countr_zero(masks.stop);
      high |= masks.high & ((1U << count) - 1);
      p += count;
      out += count;
      if (*p == '"') break;
      if (*p != '\\') {
        if (high != 0 && !syntax_->CheckUtf8(begin, p)) return nullptr;
        return syntax_->BadStringByte(p);
      }
      char utf8[4];
      int size;
      p = syntax_->Escape(p + 1, utf8, &size);
      if (p == nullptr) return nullptr;
      std::memcpy(out, utf8, 4);
      out += size;
    } else {
      high |= masks.high;
      p += 16;
      out += 16;
    }
    if (out > limit) [[unlikely]] {
      column->text_size = out - column->text;
      if (!GrowText(column, 256)) return nullptr;
      out = column->text + column->text_size;
      limit = column->text + column->text_capacity;
    }
  }
  if (high != 0 && !syntax_->CheckUtf8(begin, p)) return nullptr;
  column->text_size = out - column->text;
  Ends(column)[column->length + 1] = static_cast<int32_t>(column->text_size);
  MarkValid(column);
  return p + 1;
}

const char* RecordParser::Bytes(Column* column, const char* p) {
  if (*p != '"') return NullOrMisfit(column, p);
  const int64_t begin = column->text_size;
  const int64_t row = column->length;
  const char* const behind = String(column, p);
  if (behind == nullptr) return nullptr;
  const int64_t bytes = UndoBase64(column->text + begin, column->text_size - begin);
  if (bytes < 0) return Misfit(column, p, FieldFault::kSyntax);
  column->text_size = begin + bytes;
  Ends(column)[row + 1] = static_cast<int32_t>(column->text_size);
  return behind;
}

const char* RecordParser::Raw(Column* column, const char* p) {
  if (*p == 'n') return NullOrMisfit(column, p);
  const char* const behind = syntax_->SkipValue(p, column->plan->depth);
  if (behind == nullptr || !MakeRoom(column) ||
      !AppendText(column, p, static_cast<size_t>(behind - p))) {
    return nullptr;
  }
  Ends(column)[column->length + 1] = static_cast<int32_t>(column->text_size);
  MarkValid(column);
  return behind;
}

const char* RecordParser::Bool(Column* column, const char* p) {
  if (*p != 't' && *p != 'f') return NullOrMisfit(column, p);
  const bool value = *p == 't';
  p = syntax_->SkipLiteral(p, value ? "true" : "false");
  if (p == nullptr || !MakeRoom(column)) return nullptr;
  column->values[column->length] = value ? 1 : 0;
  MarkValid(column);
  return p;
}

const char* RecordParser::Field(Column* column, const char* p) {
  const Plan& plan = *column->plan;
  const char* behind;
  std::string_view text;
  if (*p == '"' && plan.strings) {
    scratch_.clear();
    behind = syntax_->DecodeString(p + 1, &scratch_);
    text = scratch_;
  } else if (*p == '-' || (*p >= '0' && *p <= '9')) {
    bool integer;
    behind = syntax_->SkipNumber(p, &integer);
    if (behind != nullptr) text = std::string_view(p, static_cast<size_t>(behind - p));
  } else {
    return NullOrMisfit(column, p);
  }
  if (behind == nullptr || !MakeRoom(column)) return nullptr;
  const FieldFault fault = plan.convert(plan, text, column->values + column->length * plan.width);
  if (fault != FieldFault::kNone) return Misfit(column, p, fault);
  MarkValid(column);
  return behind;
}

const char* RecordParser::SlowDouble(Column* column, const char* p) {
  const char* const behind =
      LongDouble(p, reinterpret_cast<double*>(column->values) + column->length);
  if (behind == nullptr) return Field(column, p);
  MarkValid(column);
  return behind;
}

const char* RecordParser::Skip(Column* column, const char* p) {
  p = syntax_->SkipValue(p, column->plan->depth);
  ++column->length;
  return p;
}

const char* RecordParser::List(Column* column, const char* p) {
  if (*p != '[') return NullOrMisfit(column, p);
  if (!MakeRoom(column)) return nullptr;
  Column* const element = &column->children[0];
  p = syntax_->Space(p + 1);
  if (*p != ']') {
    for (;;) {
      p = Value(element, p);
      if (p == nullptr) return InPath("[]");
      p = syntax_->Space(p);
      if (*p == ']') break;
      if (*p != ',') return syntax_->Unexpected(p, "',' or ']'");
      p = syntax_->Space(p + 1);
    }
  }
  Ends(column)[column->length + 1] = static_cast<int32_t>(element->length);
  MarkValid(column);
  return p + 1;
}

const char* RecordParser::UnknownKey(const char* key, std::string_view name, const char* behind) {
  const char* p = syntax_->Space(behind);
  if (*p != ':') return syntax_->Unexpected(p, "':'");
  p = syntax_->Space(p + 1);
  const char* const end = syntax_->SkipValue(p, 1);
  if (end == nullptr) return nullptr;
  syntax_->Fail(key, fmt::format("the key {} (here with {}) was in none of the records that the "
                                 "columns come from",
                                 Quoted(name),
                                 Printable(std::string_view(p, static_cast<size_t>(end - p)), 80)));
  syntax_->fault().misfit = true;
  return InPath(name);
}

const char* RecordParser::Key(Column* column, const char* p, size_t* next, Column** member) {
  const char* const key = p;
  std::string_view name;
  p = syntax_->Key(p, &scratch_, &name);
  if (p == nullptr) return nullptr;
  const auto found = column->plan->index.find(name);
  if (found == column->plan->index.end()) return UnknownKey(key, std::string(name), p);
  *next = static_cast<size_t>(found->second) + 1;
  *member = &column->children[static_cast<size_t>(found->second)];
  if (const auto& seen = (*member)->plan->seen) seen->store(true, std::memory_order_relaxed);
  return p;
}

// Keys may be left out: is the one at `p` a little further on? How far from `next`, or -1.
inline int Ahead(const Column* children, size_t next, size_t members, const char* p) {
  constexpr size_t kFarthest = 8;
  for (size_t at = next + 1; at < members && at < next + kFarthest; ++at) {
    if (children[at].plan->token.Matches(p)) return static_cast<int>(at - next);
  }
  return -1;
}

const char* RecordParser::Object(Column* column, const char* p) {
  if (*p != '{') return NullOrMisfit(column, p);
  if (!MakeRoom(column)) return nullptr;
  const int64_t row = column->length;
  const size_t members = column->children.size();
  Column* const children = column->children.data();
  size_t next = 0;
  size_t filled = 0;
  p = syntax_->Space(p + 1);
  if (*p != '}') {
    for (;;) {
      Column* member;
      if (next < members && children[next].plan->token.Matches(p)) [[likely]] {
        member = &children[next];
        p += member->plan->token.size();
        ++next;
      } else if (const int ahead = Ahead(children, next, members, p); ahead >= 0) {
        next += static_cast<size_t>(ahead);
        member = &children[next];
        p += member->plan->token.size();
        ++next;
      } else {
        p = Key(column, p, &next, &member);
        if (p == nullptr) return nullptr;
      }
      while (member->length != row) [[unlikely]] {
          if (member->plan->repeat < 0) {
            syntax_->Fail(
                p, fmt::format("the key {} stands twice in one object", Quoted(member->plan->key)));
            syntax_->fault().misfit = true;
            return InPath(member->plan->key);
          }
          next = static_cast<size_t>(member->plan->repeat) + 1;
          member = &children[member->plan->repeat];
        }
      if (*p != ':') {
        p = syntax_->Space(p);
        if (*p != ':') return syntax_->Unexpected(p, "':'");
      }
      ++p;
      if (*p == ' ') ++p;
      p = Value(member, syntax_->Space(p));
      if (p == nullptr) return InPath(member->plan->key);
      ++filled;
      if (*p != ',' && *p != '}') {
        p = syntax_->Space(p);
        if (*p != ',' && *p != '}') return syntax_->Unexpected(p, "',' or '}'");
      }
      if (*p == '}') break;
      ++p;
      if (*p == ' ') ++p;
      p = syntax_->Space(p);
    }
  }
  if (filled != members) {
    for (size_t i = 0; i < members; ++i) {
      if (children[i].length == row && !AppendNull(&children[i])) return nullptr;
    }
  }
  MarkValid(column);
  return p + 1;
}

inline const char* RecordParser::Value(Column* column, const char* p) {
  switch (column->kind) {
    case PlanKind::kInt64: {
      if (!MakeRoom(column)) return nullptr;
      const char* const behind =
          FastInt64(p, reinterpret_cast<int64_t*>(column->values) + column->length);
      if (behind == nullptr) [[unlikely]]
        return Field(column, p);
      MarkValid(column);
      return behind;
    }
    case PlanKind::kDouble: {
      if (!MakeRoom(column)) return nullptr;
      const char* const behind =
          FastDouble(p, reinterpret_cast<double*>(column->values) + column->length);
      if (behind == nullptr) [[unlikely]]
        return SlowDouble(column, p);
      MarkValid(column);
      return behind;
    }
    case PlanKind::kString:
      if (*p != '"') [[unlikely]]
        return NullOrMisfit(column, p);
      return String(column, p);
    case PlanKind::kText:
      if (*p != '"') return Raw(column, p);
      return String(column, p);
    case PlanKind::kRaw:
      return Raw(column, p);
    case PlanKind::kBytes:
      return Bytes(column, p);
    case PlanKind::kBool:
      return Bool(column, p);
    case PlanKind::kField:
      return Field(column, p);
    case PlanKind::kStruct:
      return Object(column, p);
    case PlanKind::kList:
      return List(column, p);
    case PlanKind::kSkip:
      return Skip(column, p);
  }
  return nullptr;
}

const char* RecordParser::Parse(const char* p) {
  if (!columns_) {
    p = Value(&root_.children[0], p);
    if (p == nullptr) return InPath(kValueColumn);
    ++root_.length;
    return p;
  }
  if (*p == '{') [[likely]]
    return Object(&root_, p);
  return Misfit(&root_, p, FieldFault::kSyntax);
}

void RecordParser::Truncate(Column* column, int64_t length) {
  column->length = std::min(column->length, length);
  if (HasText(column->kind)) {
    column->text_size = column->values == nullptr ? 0 : Ends(column)[column->length];
  } else if (column->kind == PlanKind::kList) {
    Truncate(&column->children[0], column->values == nullptr ? 0 : Ends(column)[column->length]);
  } else if (column->kind == PlanKind::kStruct) {
    for (Column& child : column->children) Truncate(&child, column->length);
  }
}

arrow::Result<std::shared_ptr<arrow::ArrayData>> RecordParser::Finish(Column* column) {
  const int64_t length = column->length;
  std::shared_ptr<arrow::Buffer> valid;
  int64_t nulls = 0;
  if (column->valid != nullptr) {
    nulls = length - arrow::internal::CountSetBits(column->valid, 0, length);
    if (nulls != 0) {
      ARROW_RETURN_NOT_OK(column->valid_buffer->Resize(arrow::bit_util::BytesForBits(length),
                                                       /*shrink_to_fit=*/false));
      column->valid_buffer->ZeroPadding();
      valid = column->valid_buffer;
    }
  }
  if (column->kind == PlanKind::kStruct) {
    std::vector<std::shared_ptr<arrow::ArrayData>> children;
    for (Column& child : column->children) {
      ARROW_ASSIGN_OR_RAISE(auto data, Finish(&child));
      children.push_back(std::move(data));
    }
    return arrow::ArrayData::Make(column->plan->type, length, {valid}, std::move(children), nulls);
  }
  if (column->values_buffer == nullptr && !Resize(column, 0)) return status_;
  if (column->kind == PlanKind::kBool) {
    ARROW_ASSIGN_OR_RAISE(auto bits,
                          arrow::AllocateBuffer(arrow::bit_util::BytesForBits(length), pool_));
    std::memset(bits->mutable_data(), 0, static_cast<size_t>(bits->size()));
    for (int64_t i = 0; i < length; ++i) {
      if (column->values[i] != 0) arrow::bit_util::SetBit(bits->mutable_data(), i);
    }
    return arrow::ArrayData::Make(column->plan->type, length, {valid, std::move(bits)}, nulls);
  }
  const int64_t bytes = HasEnds(column->kind) ? 4 * (length + 1) : column->plan->width * length;
  ARROW_RETURN_NOT_OK(column->values_buffer->Resize(bytes, /*shrink_to_fit=*/false));
  column->values_buffer->ZeroPadding();
  if (column->kind == PlanKind::kList) {
    ARROW_ASSIGN_OR_RAISE(auto element, Finish(&column->children[0]));
    return arrow::ArrayData::Make(column->plan->type, length, {valid, column->values_buffer},
                                  {std::move(element)}, nulls);
  }
  if (!HasText(column->kind)) {
    return arrow::ArrayData::Make(column->plan->type, length, {valid, column->values_buffer},
                                  nulls);
  }
  auto& hint = *column->plan->text_hint;
  hint.store(std::max(column->text_size + column->text_size / 16,
                      hint.load(std::memory_order_relaxed) * 15 / 16),
             std::memory_order_relaxed);
  if (column->text_buffer == nullptr && !GrowText(column, 0)) return status_;
  ARROW_RETURN_NOT_OK(column->text_buffer->Resize(column->text_size, /*shrink_to_fit=*/false));
  column->text_buffer->ZeroPadding();
  return arrow::ArrayData::Make(column->plan->type, length,
                                {valid, column->values_buffer, column->text_buffer}, nulls);
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> RecordParser::Finish(
    const std::shared_ptr<arrow::Schema>& schema, const std::vector<int>& columns) {
  std::vector<std::shared_ptr<arrow::ArrayData>> data;
  for (const int column : columns) {
    ARROW_ASSIGN_OR_RAISE(auto finished, Finish(&root_.children[static_cast<size_t>(column)]));
    data.push_back(std::move(finished));
  }
  return arrow::RecordBatch::Make(schema, rows_, std::move(data));
}

}  // namespace bowyer::json
