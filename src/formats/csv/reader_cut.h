// Blocks of text with arbitrary edges -> units of whole records, so that each unit can be parsed by
// itself. Where a record ends depends on the quotes before it, and looking at all of them here
// would make one thread the bottleneck: the cut is a guess, made ever more carefully, and the task
// that parses a unit notices when it was wrong (its last record is cut). The unit's rest and all
// that follows is then put back and cut again. A cut behind a true record end leaves the next unit
// at the start of a record, so by induction every unit up to a wrong one is right.
#pragma once

#include <arrow/buffer.h>
#include <arrow/result.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bowyer/context.h"
#include "files/text_input.h"
#include "formats/csv/dialect.h"

namespace bowyer {

// Both texts are whole records and have 64 readable bytes behind them; `joined` comes first.
struct TextUnit {
  std::shared_ptr<arrow::Buffer> joined;  // a record that spans blocks, copied; may be null
  std::shared_ptr<arrow::Buffer> body;    // a part of one block; may be null
  bool final = false;                     // the text ends here (without a line end)
  bool too_long = false;                  // `joined` is the beginning of a record beyond the limit
};

// Follows the grammar exactly from byte to byte, over edges of blocks: where do records end?
class RecordEnds {
 public:
  explicit RecordEnds(const CsvDialect* dialect) : dialect_(dialect) {}

  // Offsets in `text` behind the first and the last record end in it; -1: there is none.
  struct Found {
    int64_t first = -1;
    int64_t last = -1;
  };
  Found Scan(std::string_view text);

 private:
  enum class State : uint8_t {
    kRecord,        // a record begins
    kField,         // a field begins
    kPlain,         // in a field without quotes, or behind its closing quote
    kQuoted,        // inside quotes
    kEscaped,       // behind an escape inside quotes
    kQuoteSeen,     // behind a quote inside quotes: closing, or the first of two
    kMaybeComment,  // in what may become the comment prefix
    kComment,
    kReturn,  // behind a lone '\r' that may be half of "\r\n"
  };
  void Field(char c, int64_t behind, Found* found);

  const CsvDialect* dialect_;
  State state_ = State::kRecord;
  size_t prefix_ = 0;  // bytes of the comment prefix seen
};

class TextCutter {
 public:
  // `skip`: bytes of text before the first record. A record may have up to `limit` bytes.
  TextCutter(std::shared_ptr<Context> context, std::unique_ptr<TextInput> input,
             const CsvDialect& dialect, int64_t skip, int64_t limit);

  // The next unit; nothing at the end, and behind a unit that is too long until PutBack.
  arrow::Result<std::optional<TextUnit>> Next();

  // `texts`, in their order, come before all that was not given out yet; the first begins with a
  // record. careful: the cut was wrong, so look closer from now on.
  arrow::Status PutBack(std::vector<std::shared_ptr<arrow::Buffer>> texts, bool careful);

 private:
  // How closely cuts are looked at.
  enum class Care : uint8_t {
    kLines,   // every line end ends a record
    kQuotes,  // those with an even number of quotes before them
    kExact,
  };

  arrow::Result<std::shared_ptr<arrow::Buffer>> NextBlock();
  RecordEnds::Found FindEnds(std::string_view block);
  arrow::Status Carry(std::string_view text);
  arrow::Result<std::shared_ptr<arrow::Buffer>> TakeCarry(std::string_view more);

  const std::shared_ptr<Context> context_;
  const std::unique_ptr<TextInput> input_;
  const CsvDialect& dialect_;
  int64_t skip_;
  const int64_t limit_;
  Care care_;
  std::deque<std::shared_ptr<arrow::Buffer>> put_back_;
  std::unique_ptr<arrow::ResizableBuffer> carry_;  // the beginning of the next record
  int64_t carried_ = 0;
  bool odd_quotes_ = false;  // in the carry
  RecordEnds exact_;         // stands behind the carry
  bool stalled_ = false;
  bool ended_ = false;
};

}  // namespace bowyer
