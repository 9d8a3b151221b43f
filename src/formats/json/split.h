// Cuts a text between records, so that the parts can be parsed at the same time: blocks with
// arbitrary edges in, pieces of whole records out, in order.
#pragma once

#include <arrow/buffer.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "files/text_input.h"
#include "formats/json/records.h"

namespace bowyer::json {

// A stretch of text, in one buffer, with what `Syntax` asks for behind it.
struct Segment {
  std::shared_ptr<arrow::Buffer> buffer;
  const char* begin = nullptr;
  const char* end = nullptr;
  int64_t offset = 0;  // of `begin` in the text
};

// Whole records, without copying where they lie within a block: what a block's edge cut in two is
// put together in a segment of its own.
struct Piece {
  std::vector<Segment> segments;
  Gap gap = Gap::kStart;  // before the first segment
  bool last = false;      // the text ends with it
  int64_t bytes() const;
};

// Finds the places between records of arrays and values while text streams by: 64 bytes at a time,
// quotes and brackets as bit masks, of which only the brackets outside of strings are looked at.
class StructureScan {
 public:
  explicit StructureScan(Layout layout) : base_(layout == Layout::kArray ? 1 : 0) {}

  // Goes over a block (64 readable bytes behind it) that continues the text so far. `first` and
  // `last` become the first and last place (offsets in the block) between two records, or -1,
  // and the gaps what stands before them.
  void Scan(const char* text, int64_t size, int64_t* first, Gap* first_gap, int64_t* last,
            Gap* last_gap);

 private:
  const int64_t base_;  // the depth at which records stand
  int64_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;  // the next byte follows an odd backslash
};

// Used by one thread.
class Splitter {
 public:
  Splitter(std::shared_ptr<Context> context, std::unique_ptr<TextInput> text, Layout layout,
           std::string name);

  // Null at the end. A text's last piece says so, and may be empty; a text without any bytes has a
  // piece as well.
  // Errors: the text's own; kResources for a record that is too long to be held.
  arrow::Result<std::optional<Piece>> Next();

 private:
  arrow::Status Carry(const char* begin, const char* end);

  std::shared_ptr<Context> context_;
  std::unique_ptr<TextInput> text_;
  const Layout layout_;
  const std::string name_;
  const int64_t longest_record_;
  StructureScan scan_;

  int64_t offset_ = 0;  // in the text, of the next block
  // The text behind the last cut: what waits for the rest of its record.
  std::shared_ptr<arrow::ResizableBuffer> carry_;
  int64_t carry_size_ = 0;
  int64_t carry_offset_ = 0;
  Gap gap_ = Gap::kStart;  // before the carry
  bool done_ = false;
};

// Text of one record that can be held, by the budget.
int64_t LongestRecord(const Context& context);

}  // namespace bowyer::json
