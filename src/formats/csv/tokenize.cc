// Runs of fields from bit masks, with the scalar splitter for whatever is irregular.
#include "formats/csv/tokenize.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "core/text.h"

namespace bowyer {
namespace {

// Positions of a run: 32 KiB of them stay in the first-level cache.
constexpr size_t kRunPositions = 8192;
// Text that a run by masks covers at most, and one by records before masks are tried again.
constexpr size_t kRunBytes = 128 << 10;
constexpr size_t kScalarRunBytes = 64 << 10;

// Eight bytes a time; exact (no borrow from one byte to the next).
class PortableMasks {
 public:
  PortableMasks(char delimiter, char quote) : delimiter_(delimiter), quote_(quote) {}

  static int LowestBit(uint64_t bits) { return __builtin_ctzll(bits | (uint64_t{1} << 63)); }

  void Get(const char* text, uint64_t* delimiters, uint64_t* lines, uint64_t* quotes,
           uint64_t* high) const {
    *delimiters = Equal(text, delimiter_);
    *lines = Equal(text, '\n');
    *quotes = Equal(text, quote_);
    *high = 0;
    for (int i = 0; i < 8; ++i) *high |= Gather(Load(text + 8 * i) & kHigh) << (8 * i);
  }

  uint64_t Equal(const char* text, char c) const {
    const uint64_t pattern = 0x0101010101010101 * static_cast<unsigned char>(c);
    uint64_t bits = 0;
    for (int i = 0; i < 8; ++i) {
      const uint64_t x = Load(text + 8 * i) ^ pattern;
      bits |= Gather(~(((x & ~kHigh) + ~kHigh) | x) & kHigh) << (8 * i);
    }
    return bits;
  }

 private:
  static constexpr uint64_t kHigh = 0x8080808080808080;

  static uint64_t Load(const char* text) {
    uint64_t word = 0;
    std::memcpy(&word, text, 8);
    return word;
  }
  // The high bits of eight bytes as the lowest eight bits.
  static uint64_t Gather(uint64_t high) { return ((high >> 7) * 0x0102040810204080) >> 56; }

  char delimiter_, quote_;
};

bool IsUtf8(std::string_view text) { return ValidUtf8Prefix(text) == text.size(); }

#if defined(__x86_64__)
#define BOWYER_AVX2 __attribute__((target("avx2,bmi,popcnt")))

class Avx2Masks {
 public:
  BOWYER_AVX2 Avx2Masks(char delimiter, char quote)
      : delimiter_(_mm256_set1_epi8(delimiter)),
        line_(_mm256_set1_epi8('\n')),
        quote_(_mm256_set1_epi8(quote)) {}

  BOWYER_AVX2 static int LowestBit(uint64_t bits) { return static_cast<int>(_tzcnt_u64(bits)); }

  BOWYER_AVX2 void Get(const char* text, uint64_t* delimiters, uint64_t* lines, uint64_t* quotes,
                       uint64_t* high) const {
    const __m256i low_bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
    const __m256i high_bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + 32));
    *delimiters =
        Bits(_mm256_cmpeq_epi8(low_bytes, delimiter_), _mm256_cmpeq_epi8(high_bytes, delimiter_));
    *lines = Bits(_mm256_cmpeq_epi8(low_bytes, line_), _mm256_cmpeq_epi8(high_bytes, line_));
    *quotes = Bits(_mm256_cmpeq_epi8(low_bytes, quote_), _mm256_cmpeq_epi8(high_bytes, quote_));
    *high = Bits(low_bytes, high_bytes);
  }

  BOWYER_AVX2 uint64_t Equal(const char* text, char c) const {
    const __m256i wanted = _mm256_set1_epi8(c);
    const auto* bytes = reinterpret_cast<const __m256i*>(text);
    return Bits(_mm256_cmpeq_epi8(_mm256_loadu_si256(bytes), wanted),
                _mm256_cmpeq_epi8(_mm256_loadu_si256(bytes + 1), wanted));
  }

 private:
  BOWYER_AVX2 static uint64_t Bits(__m256i low, __m256i high) {
    return static_cast<uint32_t>(_mm256_movemask_epi8(low)) |
           (static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(high))) << 32);
  }

  __m256i delimiter_, line_, quote_;
};
#endif

}  // namespace

#define KERNEL_NAME TokenizePortable
#define KERNEL_TARGET
#define KERNEL_MASKS PortableMasks
#include "formats/csv/tokenize_kernel.inc"
#undef KERNEL_NAME
#undef KERNEL_TARGET
#undef KERNEL_MASKS

#if defined(__x86_64__)
#define KERNEL_NAME TokenizeAvx2
#define KERNEL_TARGET BOWYER_AVX2
#define KERNEL_MASKS Avx2Masks
#include "formats/csv/tokenize_kernel.inc"
#undef KERNEL_NAME
#undef KERNEL_TARGET
#undef KERNEL_MASKS

bool HasAvx2() {
  static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                          __builtin_cpu_supports("popcnt");
  return has;
}
#else
void TokenizeAvx2(TokenizeStep* step) { TokenizePortable(step); }
bool HasAvx2() { return false; }
#endif

Tokenizer::Tokenizer(const CsvDialect& dialect, size_t columns, Kernel kernel)
    : dialect_(dialect),
      columns_(columns),
      limit_(std::max(kRunPositions, 4 * columns)),
      positions_(1 + limit_ + kTokenizeSlack) {
  // Escapes and lone '\r' depend on their neighbours in ways that the masks do not follow.
  if (kernel == Kernel::kScalar || dialect.escape != '\0' || dialect.bare_cr) return;
  const bool avx2 = kernel == Kernel::kAvx2 || (kernel == Kernel::kBest && HasAvx2());
  kernel_ = avx2 ? TokenizeAvx2 : TokenizePortable;
}

void Tokenizer::Start(std::string_view text, bool final) {
  text_ = text;
  final_ = final;
  at_ = 0;
  lines_ = 0;
}

bool Tokenizer::Next(FieldTable* table, std::vector<BadRecord>* bad) {
  if (at_ >= text_.size()) return false;
  if (kernel_ != nullptr && NextByMasks(table)) return true;
  return NextByRecords(table, bad);
}

bool Tokenizer::NextByMasks(FieldTable* table) {
  TokenizeStep step{.text = text_.data(),
                    .begin = at_,
                    .size = std::min(text_.size(), at_ + kRunBytes),
                    .delimiter = dialect_.delimiter,
                    .quote = dialect_.quote,
                    .out = positions_.data() + 1,
                    .limit = limit_};
  kernel_(&step);
  if (step.irregular) return false;
  const size_t rows = step.count / columns_;
  // All records have the right width exactly if every columns_-th end is a line end and no other.
  if (rows == 0 || step.line_ends != rows) return false;
  positions_[0] = static_cast<uint32_t>(at_) - 1;
  const uint32_t* const last_of_row = positions_.data() + columns_;
  for (size_t row = 0; row < rows; ++row) {
    if (text_[last_of_row[row * columns_]] != '\n') return false;
  }
  if (!dialect_.comment.empty()) {
    for (size_t row = 0; row < rows; ++row) {
      const size_t begin = static_cast<uint32_t>(positions_[row * columns_] + 1);
      if (text_[begin] == dialect_.comment[0]) return false;
    }
  }
  table->text = text_.data();
  table->positions = positions_.data();
  table->stride = columns_;
  table->columns = columns_;
  table->rows = rows;
  table->begin = at_;
  table->end = last_of_row[(rows - 1) * columns_] + 1;
  table->utf8 = step.ascii || IsUtf8(text_.substr(at_, table->end - at_));
  table->quoted = step.quoted;
  lines_ += step.quoted_line_ends
                ? CountLineEnds(text_.substr(at_, table->end - at_), dialect_.bare_cr)
                : static_cast<int64_t>(rows);
  at_ = table->end;
  return true;
}

bool Tokenizer::NextByRecords(FieldTable* table, std::vector<BadRecord>* bad) {
  const size_t begin = at_;
  const std::string_view rest = text_.substr(begin);
  RecordSplitter splitter(rest, dialect_);
  positions_.clear();
  size_t rows = 0;
  size_t end = 0;  // behind the last complete record
  while (end < kScalarRunBytes && positions_.size() < limit_) {
    if (!splitter.Next(&record_)) {
      end = rest.size();  // comment lines
      break;
    }
    if (record_.next == rest.size() && !final_ &&
        (record_.fault == RecordFault::kOpenQuote || record_.end == record_.next)) {
      break;
    }
    end = record_.next;
    if (record_.blank() && columns_ > 1) continue;
    const bool whole = record_.fault == RecordFault::kNone && record_.fields.size() == columns_;
    if (whole) {
      positions_.push_back(static_cast<uint32_t>(begin + record_.begin) - 1);
      for (const FieldSpan& field : record_.fields) {
        positions_.push_back(static_cast<uint32_t>(begin + field.end));
      }
      ++rows;
      continue;
    }
    BadRecord fault{.fault = BadRecord::Fault::kWidth,
                    .begin = begin + record_.begin,
                    .end = begin + record_.end,
                    .fault_at = begin + record_.fault_at,
                    .fields = record_.fields.size(),
                    .row = rows};
    if (record_.fault == RecordFault::kTextAfterQuote) {
      fault.fault = BadRecord::Fault::kTextAfterQuote;
    } else if (record_.fault == RecordFault::kOpenQuote) {
      fault.fault = BadRecord::Fault::kOpenQuote;
      // Only the line with the quote is at fault: what follows it may well be records.
      size_t line_end = rest.find('\n', record_.fault_at);
      if (dialect_.bare_cr) line_end = std::min(line_end, rest.find('\r', record_.fault_at));
      if (line_end != std::string_view::npos) {
        end = line_end + 1;
        if (rest[line_end] == '\r' && end < rest.size() && rest[end] == '\n') ++end;
        fault.end = begin + line_end;
        if (fault.end > fault.begin && text_[fault.end - 1] == '\r') --fault.end;
        splitter.Seek(end);
      }
    }
    bad->push_back(fault);
  }
  if (end == 0) {
    positions_.resize(1 + limit_ + kTokenizeSlack);
    return false;
  }
  table->text = text_.data();
  table->stride = columns_ + 1;
  table->columns = columns_;
  table->rows = rows;
  table->begin = begin;
  table->end = begin + end;
  table->utf8 = IsUtf8(rest.substr(0, end));
  table->quoted = dialect_.quote != '\0';
  lines_ += CountLineEnds(rest.substr(0, end), dialect_.bare_cr);
  at_ = begin + end;
  const size_t used = positions_.size();
  positions_.resize(std::max(used, 1 + limit_ + kTokenizeSlack));
  table->positions = positions_.data();
  return true;
}

}  // namespace bowyer
