// Blocks of text -> units of whole records.
#include "formats/csv/reader_cut.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "formats/csv/split.h"

namespace bowyer {
namespace {

constexpr int64_t kPadding = 64;

std::string_view View(const arrow::Buffer& buffer) {
  return {reinterpret_cast<const char*>(buffer.data()), static_cast<size_t>(buffer.size())};
}

}  // namespace

void RecordEnds::Field(char c, int64_t behind, Found* found) {
  if (c == '\n') {
    state_ = State::kRecord;
    if (found->first < 0) found->first = behind;
    found->last = behind;
  } else if (c == '\r' && dialect_->bare_cr) {
    state_ = State::kReturn;
  } else {
    state_ = c == dialect_->delimiter ? State::kField : State::kPlain;
  }
}

RecordEnds::Found RecordEnds::Scan(std::string_view text) {
  Found found;
  const char quote = dialect_->quote;
  const auto size = static_cast<int64_t>(text.size());
  for (int64_t at = 0; at < size; ++at) {
    const char c = text[static_cast<size_t>(at)];
    if (state_ == State::kReturn) {
      const int64_t end = at + (c == '\n' ? 1 : 0);
      state_ = State::kRecord;
      if (found.first < 0) found.first = end;
      found.last = end;
      if (c == '\n') continue;
    }
    if (state_ == State::kRecord && !dialect_->comment.empty()) {
      state_ = State::kMaybeComment;
      prefix_ = 0;
    }
    if (state_ == State::kMaybeComment) {
      if (c == dialect_->comment[prefix_]) {
        if (++prefix_ == dialect_->comment.size()) state_ = State::kComment;
        continue;
      }
      // No comment: the bytes that looked like one are the record's first.
      const std::string_view seen = std::string_view(dialect_->comment).substr(0, prefix_);
      state_ = State::kField;
      for (const char before : seen) {
        if (state_ == State::kField && quote != '\0' && before == quote) {
          state_ = State::kQuoted;
        } else if (state_ != State::kQuoted) {
          Field(before, 0, &found);
        }
      }
    }
    switch (state_) {
      case State::kRecord:
      case State::kField:
        if (quote != '\0' && c == quote) {
          state_ = State::kQuoted;
          break;
        }
        [[fallthrough]];
      case State::kPlain:
        Field(c, at + 1, &found);
        break;
      case State::kQuoteSeen:
        if (c == quote) {
          state_ = State::kQuoted;
        } else {
          Field(c, at + 1, &found);
        }
        break;
      case State::kQuoted:
        if (dialect_->escape != '\0' && c == dialect_->escape) {
          state_ = State::kEscaped;
        } else if (c == quote) {
          state_ = State::kQuoteSeen;
        }
        break;
      case State::kEscaped:
        state_ = State::kQuoted;
        break;
      case State::kComment:
        if (c == '\n' || (c == '\r' && dialect_->bare_cr)) Field(c, at + 1, &found);
        break;
      case State::kMaybeComment:
      case State::kReturn:
        break;
    }
  }
  return found;
}

TextCutter::TextCutter(std::shared_ptr<Context> context, std::unique_ptr<TextInput> input,
                       const CsvDialect& dialect, int64_t skip, int64_t limit)
    : context_(std::move(context)),
      input_(std::move(input)),
      dialect_(dialect),
      skip_(skip),
      limit_(limit),
      care_(dialect.bare_cr ? Care::kExact : Care::kLines),
      exact_(&dialect) {}

arrow::Result<std::shared_ptr<arrow::Buffer>> TextCutter::NextBlock() {
  while (true) {
    std::shared_ptr<arrow::Buffer> block;
    if (!put_back_.empty()) {
      block = std::move(put_back_.front());
      put_back_.pop_front();
    } else {
      ARROW_RETURN_NOT_OK(context_->CheckStop());
      ARROW_ASSIGN_OR_RAISE(block, input_->Next());
      if (block != nullptr && skip_ > 0) {
        const int64_t skipped = std::min(skip_, block->size());
        skip_ -= skipped;
        block = arrow::SliceBuffer(block, skipped);
      }
    }
    if (block == nullptr || block->size() > 0) return block;
  }
}

RecordEnds::Found TextCutter::FindEnds(std::string_view block) {
  if (care_ == Care::kExact) return exact_.Scan(block);
  RecordEnds::Found found;
  const auto behind = [](size_t at) {
    return at == std::string_view::npos ? int64_t{-1} : static_cast<int64_t>(at) + 1;
  };
  if (care_ == Care::kLines) {
    found.first = behind(block.find('\n'));
    found.last = behind(block.rfind('\n'));
    return found;
  }
  // Line ends with an even number of quotes since the record's start.
  bool odd = odd_quotes_;
  for (size_t at = 0; at < block.size();) {
    const size_t line_end = block.find('\n', at);
    if (line_end == std::string_view::npos) break;
    odd ^= (CountBytes(block.substr(at, line_end - at), dialect_.quote) & 1) != 0;
    at = line_end + 1;
    if (!odd) {
      found.first = static_cast<int64_t>(at);
      break;
    }
  }
  if (found.first < 0) return found;
  std::string_view rest = block.substr(static_cast<size_t>(found.first));
  odd = (CountBytes(rest, dialect_.quote) & 1) != 0;  // of `rest`, which gets shorter from behind
  found.last = found.first;
  while (true) {
    const size_t line_end = rest.rfind('\n');
    if (line_end == std::string_view::npos) break;
    odd ^= (CountBytes(rest.substr(line_end), dialect_.quote) & 1) != 0;
    if (!odd) {
      found.last += static_cast<int64_t>(line_end) + 1;
      break;
    }
    rest = rest.substr(0, line_end);
  }
  return found;
}

arrow::Status TextCutter::Carry(std::string_view text) {
  const int64_t size = carried_ + static_cast<int64_t>(text.size());
  if (carry_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(carry_,
                          arrow::AllocateResizableBuffer(size + kPadding, context_->memory_pool()));
  } else if (carry_->capacity() < size + kPadding) {
    const int64_t roomier = std::min(2 * size, std::max(size, limit_));
    ARROW_RETURN_NOT_OK(carry_->Reserve(roomier + kPadding));
  }
  std::copy(text.begin(), text.end(), carry_->mutable_data() + carried_);
  carried_ = size;
  odd_quotes_ ^= care_ == Care::kQuotes && (CountBytes(text, dialect_.quote) & 1) != 0;
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::Buffer>> TextCutter::TakeCarry(std::string_view more) {
  if (carried_ == 0 && more.empty()) return nullptr;
  ARROW_RETURN_NOT_OK(Carry(more));
  std::memset(carry_->mutable_data() + carried_, 0, kPadding);
  ARROW_RETURN_NOT_OK(carry_->Resize(carried_, /*shrink_to_fit=*/false));
  carried_ = 0;
  odd_quotes_ = false;
  return std::shared_ptr<arrow::Buffer>(std::move(carry_));
}

arrow::Result<std::optional<TextUnit>> TextCutter::Next() {
  while (!stalled_ && !ended_) {
    if (carried_ > limit_) {
      stalled_ = true;
      TextUnit unit{.too_long = true};
      ARROW_ASSIGN_OR_RAISE(unit.joined, TakeCarry({}));
      return unit;
    }
    ARROW_ASSIGN_OR_RAISE(const auto block, NextBlock());
    if (block == nullptr) {
      ended_ = true;
      if (carried_ == 0) break;
      TextUnit unit{.final = true};
      ARROW_ASSIGN_OR_RAISE(unit.joined, TakeCarry({}));
      return unit;
    }
    const std::string_view text = View(*block);
    const RecordEnds::Found ends = FindEnds(text);
    if (ends.first < 0) {
      ARROW_RETURN_NOT_OK(Carry(text));
      continue;
    }
    TextUnit unit;
    int64_t begin = 0;
    if (carried_ > 0) {
      begin = ends.first;
      ARROW_ASSIGN_OR_RAISE(unit.joined, TakeCarry(text.substr(0, static_cast<size_t>(begin))));
    }
    if (ends.last > begin) unit.body = arrow::SliceBuffer(block, begin, ends.last - begin);
    ARROW_RETURN_NOT_OK(Carry(text.substr(static_cast<size_t>(ends.last))));
    if (unit.joined != nullptr || unit.body != nullptr) return unit;
  }
  return std::nullopt;
}

arrow::Status TextCutter::PutBack(std::vector<std::shared_ptr<arrow::Buffer>> texts, bool careful) {
  if (careful) {
    // Escapes are beyond counting.
    care_ = care_ == Care::kLines && dialect_.escape == '\0' ? Care::kQuotes : Care::kExact;
  }
  exact_ = RecordEnds(&dialect_);
  ARROW_ASSIGN_OR_RAISE(auto carry, TakeCarry({}));
  if (carry != nullptr) texts.push_back(std::move(carry));
  put_back_.insert(put_back_.begin(), std::make_move_iterator(texts.begin()),
                   std::make_move_iterator(texts.end()));
  stalled_ = ended_ = false;
  return arrow::Status::OK();
}

}  // namespace bowyer
