// Text -> positions of fields, 64 bytes a step. The text is cut into runs of a few thousand fields
// (so that they are converted while they are in the cache). A run of records that all have the
// expected number of fields and well-placed quotes is taken from bit masks; any other run is taken
// apart by RecordSplitter, so that split.h alone defines what irregular text means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "formats/csv/dialect.h"
#include "formats/csv/split.h"

namespace bowyer {

// One step of work for a kernel: the ends of fields in text[begin, size), which begins with a
// record, until `limit` of them (or up to 64 more) are found.
struct TokenizeStep {
  const char* text = nullptr;  // 64 bytes behind `size` can be read
  size_t begin = 0;
  size_t size = 0;
  char delimiter = ',';
  char quote = '"';
  uint32_t* out = nullptr;  // has room for limit + kTokenizeSlack
  size_t limit = 0;

  size_t count = 0;      // positions found
  size_t line_ends = 0;  // of them, ends of records
  bool ascii = true;     // no byte has its high bit set
  bool quoted = false;   // some field may be quoted
  bool quoted_line_ends = false;
  bool irregular = false;  // a quote where none belongs: the other results mean nothing
};
inline constexpr size_t kTokenizeSlack = 64 + 8;

// The kernels, for tests; Tokenizer picks the best that the processor has.
void TokenizeAvx2(TokenizeStep* step);
void TokenizePortable(TokenizeStep* step);
bool HasAvx2();

// A run of records. Field `column` of record `row` is
//   text[positions[row * stride + column] + 1, positions[row * stride + column + 1])
// quotes included; a last field may end in the '\r' of its line end.
struct FieldTable {
  const char* text = nullptr;
  const uint32_t* positions = nullptr;
  size_t stride = 0;
  size_t columns = 0;
  size_t rows = 0;
  size_t begin = 0, end = 0;  // bytes of the text that the run covers
  bool utf8 = false;          // all of it is well-formed UTF-8
  bool quoted = false;        // some field may be quoted
};

// A record that is no row of a run.
struct BadRecord {
  enum class Fault : uint8_t { kWidth, kTextAfterQuote, kOpenQuote };
  Fault fault = Fault::kWidth;
  size_t begin = 0, end = 0;  // its bytes, without the line end
  size_t fault_at = 0;        // as RecordSpan::fault_at
  size_t fields = 0;          // how many it has
  size_t row = 0;             // rows of the run that stand before it
};

class Tokenizer {
 public:
  enum class Kernel { kBest, kAvx2, kPortable, kScalar };

  Tokenizer(const CsvDialect& dialect, size_t columns, Kernel kernel = Kernel::kBest);

  // A text that begins with a record, has 64 readable bytes behind it and fewer than 2^31 bytes.
  // final: nothing follows it. Otherwise a record that its end cuts is left over.
  void Start(std::string_view text, bool final);

  // The next run; false when no more records are complete. `bad` receives the records that are no
  // rows, in order (a run may consist of them alone). The table lives until the next call.
  bool Next(FieldTable* table, std::vector<BadRecord>* bad);

  // Behind the last run. After Next said false: the size of the text, or where the record begins
  // that is cut.
  size_t position() const { return at_; }
  // Physical lines in the runs so far.
  int64_t lines() const { return lines_; }

 private:
  bool NextByMasks(FieldTable* table);
  bool NextByRecords(FieldTable* table, std::vector<BadRecord>* bad);

  const CsvDialect& dialect_;
  const size_t columns_;
  void (*kernel_)(TokenizeStep*) = nullptr;  // null: the dialect is beyond the masks
  size_t limit_;
  std::vector<uint32_t> positions_;
  RecordSpan record_;
  std::string_view text_;
  bool final_ = false;
  size_t at_ = 0;
  int64_t lines_ = 0;
};

}  // namespace bowyer
