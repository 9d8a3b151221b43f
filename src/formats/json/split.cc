// Blocks -> pieces.
#include "formats/json/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "bowyer/error.h"
#include "core/text.h"
#include "formats/json/scan.h"

namespace bowyer::json {
namespace {

constexpr int64_t kPadding = 64;

// Bit i: the number of bits set in `bits` up to and with i is odd.
uint64_t PrefixXor(uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

// The bytes that a backslash escapes. `carry`: the first byte is one; then: the byte behind the
// last one is.
uint64_t Escaped(uint64_t backslashes, bool* carry) {
  uint64_t escaped = *carry ? 1 : 0;
  *carry = false;
  backslashes &= ~escaped;
  while (backslashes != 0) {
    const uint64_t lowest = backslashes & (0 - backslashes);
    const uint64_t next = lowest << 1;
    if (next == 0) {
      *carry = true;
      break;
    }
    escaped |= next;
    backslashes &= ~(lowest | next);
  }
  return escaped;
}

}  // namespace

int64_t Piece::bytes() const {
  int64_t bytes = 0;
  for (const Segment& segment : segments) bytes += segment.end - segment.begin;
  return bytes;
}

void StructureScan::Scan(const char* text, int64_t size, int64_t* first, Gap* first_gap,
                         int64_t* last, Gap* last_gap) {
  *first = *last = -1;
  const auto cut = [&](int64_t at, Gap gap) {
    if (*first < 0) {
      *first = at;
      *first_gap = gap;
    }
    *last = at;
    *last_gap = gap;
  };
  const char separator = base_ == 1 ? ',' : '\n';
  const Gap at_bracket = base_ == 1 ? Gap::kAfterValue : Gap::kAfterObject;
  const Gap at_separator = base_ == 1 ? Gap::kAfterComma : Gap::kStart;
  for (int64_t at = 0; at < size; at += 64) {
    const Block64 block = ScanBlock(text + at);
    const uint64_t within = size - at >= 64 ? ~uint64_t{0} : (uint64_t{1} << (size - at)) - 1;
    bool carry = escaped_;
    const uint64_t escaped = Escaped(block.backslashes & within, &carry);
    if (size - at >= 64) {
      escaped_ = carry;
    } else {
      // The carry of a short block is at its own end.
      escaped_ = (escaped >> (size - at) & 1) != 0;
    }
    const uint64_t quotes = block.quotes & within & ~escaped;
    const uint64_t strings = PrefixXor(quotes) ^ (in_string_ ? ~uint64_t{0} : 0);
    in_string_ = (std::popcount(quotes) & 1) != 0 ? !in_string_ : in_string_;
    const uint64_t opens = block.opens & ~strings & within;
    uint64_t closes = block.closes & ~strings & within;
    if (depth_ == base_ && opens == 0 && closes == 0) {
      // Records without brackets: numbers, strings.
      const uint64_t separators = MaskOf(text + at, separator) & ~strings & within;
      if (separators != 0) {
        cut(at + std::countr_zero(separators) + 1, at_separator);
        cut(at + 64 - std::countl_zero(separators), at_separator);
      }
      continue;
    }
    // Depth comes down to the records' level behind a closing bracket, if it does.
    if (depth_ - std::popcount(closes) <= base_) {
      int64_t before = depth_;
      uint64_t counted = 0;  // bits below the bracket at hand
      for (; closes != 0; closes &= closes - 1) {
        const int bit = std::countr_zero(closes);
        const uint64_t below = (uint64_t{1} << bit) - 1;
        before += std::popcount(opens & below & ~counted) - 1;
        counted = below;
        if (before == base_) cut(at + bit + 1, at_bracket);
      }
      depth_ = before + std::popcount(opens & ~counted);
    } else {
      depth_ += std::popcount(opens) - std::popcount(closes);
    }
  }
}

int64_t LongestRecord(const Context& context) {
  return std::clamp<int64_t>(context.memory_budget() / 8, 1 << 20, 1 << 30);
}

Splitter::Splitter(std::shared_ptr<Context> context, std::unique_ptr<TextInput> text, Layout layout,
                   std::string name)
    : context_(std::move(context)),
      text_(std::move(text)),
      layout_(layout),
      name_(std::move(name)),
      longest_record_(LongestRecord(*context_)),
      scan_(layout) {}

arrow::Status Splitter::Carry(const char* begin, const char* end) {
  const int64_t more = end - begin;
  if (carry_size_ + more > longest_record_) {
    return MakeError(
        ErrorCode::kResources,
        fmt::format("a record is longer than {}, which is what the memory budget allows",
                    HumanBytes(longest_record_)),
        {.location = name_,
         .byte_offset = carry_offset_,
         .hint = fmt::format("is a quote or a bracket not closed? otherwise try --memory {}M",
                             (16 * longest_record_) >> 20)});
  }
  const int64_t needed = carry_size_ + more + kPadding;
  if (carry_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(carry_, arrow::AllocateResizableBuffer(std::max<int64_t>(needed, 4096),
                                                                 context_->memory_pool()));
  } else if (carry_->size() < needed) {
    ARROW_RETURN_NOT_OK(carry_->Resize(std::max(needed, 2 * carry_->size())));
  }
  if (more != 0) {
    std::memcpy(carry_->mutable_data() + carry_size_, begin, static_cast<size_t>(more));
  }
  carry_size_ += more;
  std::memset(carry_->mutable_data() + carry_size_, 0, kPadding);
  return arrow::Status::OK();
}

arrow::Result<std::optional<Piece>> Splitter::Next() {
  const auto joined = [this](Piece* piece) {
    const auto* data = reinterpret_cast<const char*>(carry_->data());
    piece->segments.push_back({carry_, data, data + carry_size_, carry_offset_});
    carry_.reset();
    carry_size_ = 0;
  };
  while (!done_) {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    ARROW_ASSIGN_OR_RAISE(const auto block, text_->Next());
    Piece piece{.gap = gap_};
    if (block == nullptr) {
      done_ = true;
      piece.last = true;
      ARROW_RETURN_NOT_OK(Carry(nullptr, nullptr));
      joined(&piece);
      return piece;
    }
    const auto* const begin = reinterpret_cast<const char*>(block->data());
    const char* const end = begin + block->size();
    int64_t first = -1, last = -1;
    Gap first_gap, last_gap = Gap::kStart;
    if (layout_ == Layout::kLines) {
      const void* const line = std::memchr(begin, '\n', static_cast<size_t>(end - begin));
      if (line != nullptr) {
        first = static_cast<const char*>(line) + 1 - begin;
        last = static_cast<const char*>(memrchr(begin, '\n', static_cast<size_t>(end - begin))) +
               1 - begin;
      }
    } else {
      scan_.Scan(begin, block->size(), &first, &first_gap, &last, &last_gap);
    }
    const int64_t offset = offset_;
    offset_ += block->size();
    if (first < 0) {
      if (carry_size_ == 0) carry_offset_ = offset;
      ARROW_RETURN_NOT_OK(Carry(begin, end));
      continue;
    }
    int64_t from = 0;
    if (carry_size_ != 0) {
      ARROW_RETURN_NOT_OK(Carry(begin, begin + first));
      joined(&piece);
      from = first;
    }
    if (from < last) piece.segments.push_back({block, begin + from, begin + last, offset + from});
    gap_ = last_gap;
    carry_offset_ = offset + last;
    if (last < block->size()) ARROW_RETURN_NOT_OK(Carry(begin + last, end));
    return piece;
  }
  return std::nullopt;
}

}  // namespace bowyer::json
