// Each candidate delimiter reads the first records; one whose records agree in width and whose
// cells look like values wins. A candidate fits when its first record has the width of most others,
// or when only title lines stand before a table that is regular. Nothing is chosen by frequency
// alone, and where the evidence points two ways the answer is an error, never a guess.
#include "formats/csv/detect_dialect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "bowyer/error.h"
#include "core/text.h"
#include "formats/csv/detect_cells.h"
#include "formats/csv/field.h"

namespace bowyer {
namespace {

constexpr size_t kMaxRecords = 1000;  // that one candidate reads
constexpr size_t kMaxBytes = size_t{64} << 10;
constexpr size_t kMostBytes = size_t{512} << 10;  // where a few lines do not fit into that
constexpr size_t kScoredRecords = 200;
constexpr size_t kMaxTitleLines = 40;
constexpr double kMargin = 0.03;  // between two scores that say different things

// Strong delimiters mean columns wherever they are regular; weak ones occur in prose, times and
// paths as well and must earn it with typed cells.
constexpr std::string_view kStrong = ",\t;|";
constexpr std::string_view kWeak = " :^~\x01\x02\x1e\x1f";
// Never chosen, but when one of them divides every line evenly, a person should say so.
constexpr std::string_view kSuspicious = "%&*!#=$+\\";

constexpr const char* kHint =
    "try --delimiter CHAR, --quote CHAR, --skip-lines N, --header or --no-header; --all-text reads "
    "every "
    "column as text";

struct Candidate {
  CsvDialect dialect;
  size_t begin = 0;  // of the table in the text
  size_t width = 1;
  size_t records = 0;  // that are no blank lines, comments or titles
  double regular = 0;  // share of the records that have `width` and no fault
  double score = 0;    // how much the cells look like values, times `regular`
  double typed = 0;    // share of the cells behind the first record that are numbers, dates ...
  double with_delimiter = 0;  // share of the records that hold the delimiter at all
  size_t faults = 0;          // records with text behind a closing quote, or an open one
  size_t quoted = 0;          // quoted cells
  size_t guarded = 0;         // quoted cells that hold a delimiter or a line end
  size_t stray_cr = 0;        // unquoted cells with a '\r' inside
  bool fits = false;
  std::string objection;  // why it does not fit
  size_t odd_at = 0;      // where the first line begins that shows it
};

bool IsStrong(char delimiter) { return kStrong.find(delimiter) != std::string_view::npos; }

// How a cell speaks for the delimiters around it, 0 to 1; nothing if it is silent.
std::optional<double> Weight(const SampleCell& cell, char delimiter, bool* typed) {
  *typed = false;
  if (cell.quoted) return 1.0;
  switch (KindOf(cell.raw)) {
    case CellKind::kEmpty:
      return std::nullopt;
    case CellKind::kNullWord:
      return 1.0;
    case CellKind::kBool:
    case CellKind::kTemporal:
      *typed = true;
      return 1.0;
    case CellKind::kNumber:
      *typed = true;
      return delimiter != ',' && cell.raw.find(',') != std::string_view::npos ? 0.95 : 1.0;
    case CellKind::kText:
      break;
  }
  if (cell.raw.find('"') != std::string_view::npos) return 0.3;
  // Two numbers with a blank between them are no value.
  if (cell.raw.find_first_not_of("0123456789.,+-eE \t") == std::string_view::npos) return 0.4;
  double weight = 0.85;
  for (size_t at = 0; at < cell.raw.size(); ++at) {
    const char c = cell.raw[at];
    if (c == delimiter || !IsStrong(c)) continue;
    // A comma before a blank is punctuation.
    const bool prose = c == ',' && at + 1 < cell.raw.size() && cell.raw[at + 1] == ' ';
    weight = std::min(weight, prose ? 0.7 : 0.4);
  }
  return weight;
}

bool EmptyLast(const Sample& sample, const SampleRecord& record) {
  return sample.cell(record, record.width - 1).raw.empty();
}

// Is `record` text that nobody would call a row: one cell, no number or date?
bool IsTitle(const Sample& sample, const SampleRecord& record, size_t width) {
  if (record.width > std::max<size_t>(1, width / 2)) return false;
  for (size_t i = 0; i < record.width; ++i) {
    const CellKind kind = KindOf(sample.cell(record, i).text());
    if (kind == CellKind::kNumber || kind == CellKind::kTemporal || kind == CellKind::kBool) {
      return false;
    }
  }
  return true;
}

// Finds the table in a sample: width, where it begins, whether it is one.
class TableFinder {
 public:
  TableFinder(const Sample& sample, const CsvReadOptions& options, Candidate* candidate)
      : sample_(sample), options_(options), candidate_(*candidate) {}

  void Run() {
    for (const auto& record : sample_.records) {
      if (!record.blank()) rows_.push_back(&record);
    }
    const bool strict = !options_.comment.has_value();
    if (strict) SetCommentsApart();
    candidate_.records = rows_.size();
    if (rows_.empty()) {
      candidate_.fits = true;
      return;
    }
    size_t holding = 0;
    for (const auto* row : rows_) holding += row->width > 1;
    candidate_.with_delimiter = static_cast<double>(holding) / static_cast<double>(rows_.size());
    FindWidth();
    Weigh();
  }

 private:
  // Lines that begin with '#' are comments if most of them cannot be records. On top of the table
  // they are lines to skip; only among the records does '#' become part of the dialect, so that a
  // value "#1" far below can never vanish as a comment by mistake.
  void SetCommentsApart() {
    std::vector<const SampleRecord*> others, comments;
    for (const auto* row : rows_) {
      const auto& first = sample_.cell(*row, 0);
      const bool hash = !first.quoted && !first.raw.empty() && first.raw[0] == '#';
      (hash ? comments : others).push_back(row);
    }
    if (comments.empty() || others.empty()) return;
    const size_t width = ModalWidth(others).first;
    size_t fitting = 0;
    for (const auto* row : comments) fitting += row->width == width;
    const bool first_fits = comments.front() == rows_.front() && comments.front()->width == width;
    if (width < 2 || first_fits || fitting * 2 > comments.size()) return;
    if (comments.back() > others.front()) {
      candidate_.dialect.comment = "#";
    }
    rows_ = std::move(others);
    candidate_.begin = rows_.front()->begin;
    if (!candidate_.dialect.comment.empty()) {
      candidate_.begin = 0;
    }
  }

  // (width, rows that have it); of two equally frequent the first row's, then the larger.
  static std::pair<size_t, size_t> ModalWidth(const std::vector<const SampleRecord*>& rows) {
    std::vector<std::pair<size_t, size_t>> counts;
    for (const auto* row : rows) {
      auto at = std::find_if(counts.begin(), counts.end(),
                             [&](const auto& count) { return count.first == row->width; });
      if (at == counts.end()) {
        if (counts.size() < 64) counts.emplace_back(row->width, 1);
      } else {
        ++at->second;
      }
    }
    auto best = counts.front();
    for (const auto& count : counts) {
      if (count.second > best.second ||
          (count.second == best.second && best.first != rows.front()->width &&
           (count.first == rows.front()->width || count.first > best.first))) {
        best = count;
      }
    }
    return best;
  }

  void FindWidth() {
    const auto modal = ModalWidth(rows_);
    const size_t mode = modal.first, count = modal.second;  // (clang 14 captures no bindings)
    const size_t first = rows_.front()->width;
    const size_t n = rows_.size();
    const size_t named = options_.names.size();
    if (named > 0 && (mode == named || options_.delimiter)) {
      candidate_.width = named;
      candidate_.fits = true;
      return;
    }
    if (options_.skip_lines && options_.delimiter) {  // the user says where and what
      candidate_.width = options_.header.value_or(false) ? std::max(first, mode) : mode;
      candidate_.fits = true;
      return;
    }
    candidate_.width = mode;
    // A delimiter behind each record, or behind the header alone, adds a nameless column.
    const auto others_are = [&](size_t width, bool empty_last) {
      return n > 1 && std::all_of(rows_.begin() + 1, rows_.end(), [&](const auto* row) {
               return row->width == width && (!empty_last || EmptyLast(sample_, *row));
             });
    };
    if (first > 1 && others_are(first + 1, true)) {
      candidate_.width = first + 1;
      candidate_.fits = true;
      return;
    }
    if (first > 2 && EmptyLast(sample_, *rows_.front()) && others_are(first - 1, false)) {
      candidate_.width = first - 1;
      candidate_.fits = true;
      return;
    }
    if (first == mode) {
      candidate_.fits = 2 * count >= n;
      if (!candidate_.fits) {
        Object("its lines have many different numbers of fields");
      }
      return;
    }
    FindTitles(mode);
  }

  void Object(std::string objection) {
    candidate_.objection = std::move(objection);
    const auto odd = std::find_if(rows_.begin(), rows_.end(), [&](const auto* row) {
      return row->width != rows_.front()->width;
    });
    candidate_.odd_at = odd == rows_.end() ? rows_.front()->begin : (*odd)->begin;
  }

  // Title lines: few, of few cells, above a table that is regular to its end and longer than them.
  void FindTitles(size_t mode) {
    const size_t first = rows_.front()->width;
    Object(fmt::format("its first line has {} {}, most others have {}", first,
                       first == 1 ? "field" : "fields", mode));
    if (options_.skip_lines) return;
    size_t titles = 0;
    while (titles < rows_.size() && rows_[titles]->width != mode) ++titles;
    const size_t rest = rows_.size() - titles;
    if (mode < 2 || titles > kMaxTitleLines || rest <= titles || rest < 3) return;
    for (size_t i = 0; i < titles; ++i) {
      if (!IsTitle(sample_, *rows_[i], mode)) return;
    }
    size_t regular = 0;
    for (size_t i = titles; i < rows_.size(); ++i) regular += rows_[i]->width == mode;
    if (regular * 20 < rest * 19) return;
    rows_.erase(rows_.begin(), rows_.begin() + static_cast<ptrdiff_t>(titles));
    candidate_.begin = rows_.front()->begin;
    candidate_.records = rows_.size();
    candidate_.fits = true;
    candidate_.objection.clear();
  }

  void Weigh() {
    double sum = 0, cells = 0, typed_cells = 0, body_cells = 0;
    size_t regular = 0;
    for (size_t i = 0; i < rows_.size(); ++i) {
      const auto& row = *rows_[i];
      candidate_.faults += row.fault != RecordFault::kNone;
      regular += row.fault == RecordFault::kNone &&
                 (row.width == candidate_.width || (i == 0 && candidate_.fits));
      for (size_t column = 0; column < row.width; ++column) {
        const auto& cell = sample_.cell(row, column);
        if (cell.quoted) {
          ++candidate_.quoted;
          const std::string_view text = cell.text();
          candidate_.guarded += text.find(candidate_.dialect.delimiter) != std::string_view::npos ||
                                text.find('\n') != std::string_view::npos;
        }
        if ((!cell.quoted || row.fault != RecordFault::kNone) && i < kScoredRecords &&
            cell.raw.find('\r') != std::string_view::npos) {
          ++candidate_.stray_cr;
        }
        if (i >= kScoredRecords) continue;
        bool typed = false;
        const auto weight = Weight(cell, candidate_.dialect.delimiter, &typed);
        if (!weight) continue;
        sum += *weight;
        ++cells;
        if (i > 0) {
          typed_cells += typed || cell.quoted;
          ++body_cells;
        }
      }
    }
    if (2 * candidate_.faults > rows_.size()) {
      candidate_.fits = false;
      candidate_.objection = "its quotes do not open and close fields";
      candidate_.odd_at = (*std::find_if(rows_.begin(), rows_.end(), [](const auto* row) {
                            return row->fault != RecordFault::kNone;
                          }))->begin;
    }
    candidate_.regular = static_cast<double>(regular) / static_cast<double>(rows_.size());
    candidate_.score = candidate_.regular * (cells > 0 ? sum / cells : 0.5);
    candidate_.typed = body_cells > 0 ? typed_cells / body_cells : 0;
  }

  const Sample& sample_;
  const CsvReadOptions& options_;
  Candidate& candidate_;
  std::vector<const SampleRecord*> rows_;
};

class DialectFinder {
 public:
  DialectFinder(std::string_view text, bool whole, const CsvReadOptions& options,
                const std::string& name)
      : options_(options),
        name_(name),
        window_(text.substr(0, std::clamp(FirstLines(text), kMaxBytes, kMostBytes))),
        whole_(whole && window_.size() == text.size()) {}

  std::string_view window() const { return window_; }
  bool whole() const { return whole_; }

  arrow::Result<Candidate> Run() const {
    int64_t lone_cr = 0, line_feeds = 0;
    for (size_t at = 0; at < window_.size(); ++at) {
      line_feeds += window_[at] == '\n';
      lone_cr += window_[at] == '\r' && at + 1 < window_.size() && window_[at + 1] != '\n';
    }
    if (lone_cr == 0) return WithLineEnds(false);
    if (line_feeds == 0) return WithLineEnds(true);
    // Both kinds: a lone '\r' ends lines if the records are more regular that way.
    auto plain = WithLineEnds(false);
    auto bare = WithLineEnds(true);
    if (!plain.ok()) return bare.ok() && bare->width > 1 ? bare : plain;
    if (!bare.ok() || plain->stray_cr == 0) return plain;
    if (bare->width < 2 || plain->width < 2) {
      return Refuse("its line ends are mixed (some are a carriage return alone)");
    }
    if (bare->regular > plain->regular) return bare;
    if (bare->regular == plain->regular && bare->score > plain->score) return bare;
    return plain;
  }

 private:
  // The window must hold a few lines, however long they are.
  static size_t FirstLines(std::string_view text) {
    size_t at = 0;
    for (int line = 0; line < 4 && at < text.size(); ++line) {
      at = text.find('\n', at);
      if (at == std::string_view::npos) return text.size();
      ++at;
    }
    return at;
  }

  arrow::Status Refuse(const std::string& why, int64_t line = -1) const {
    return MakeError(ErrorCode::kData, "the dialect of this text cannot be told: " + why,
                     ErrorPlace{.location = name_, .line = line, .hint = kHint});
  }

  arrow::Status Refuse(const Candidate& candidate, const std::string& how = "") const {
    const int64_t line =
        1 + options_.skip_lines.value_or(0) +
        CountLineEnds(window_.substr(0, candidate.odd_at), candidate.dialect.bare_cr);
    return Refuse(how + candidate.objection, line);
  }

  Candidate Read(CsvDialect dialect) const {
    Candidate candidate;
    candidate.dialect = std::move(dialect);
    const Sample sample =
        TakeSample(window_, whole_, candidate.dialect, kMaxRecords, window_.size());
    TableFinder(sample, options_, &candidate).Run();
    return candidate;
  }

  // Does `mark` open a field somewhere?
  bool OpensField(char mark, char delimiter) const {
    for (size_t at = 0; (at = window_.find(mark, at)) != std::string_view::npos; ++at) {
      const char before = at == 0 ? '\n' : window_[at - 1];
      if (before == delimiter || before == '\n' || before == '\r') return true;
    }
    return false;
  }

  // Do quotes stand on both sides of a delimiter other than this one, as in "a","b"?
  bool QuotesAround(char delimiter) const {
    for (const char other : kStrong) {
      if (other == delimiter) continue;
      if (window_.find(std::string{'"', other, '"'}) != std::string_view::npos) return true;
    }
    return false;
  }

  // The best quote and escape for one delimiter.
  Candidate WithQuotes(char delimiter, bool bare_cr) const {
    CsvDialect dialect;
    dialect.delimiter = delimiter;
    dialect.bare_cr = bare_cr;
    dialect.comment = options_.comment.value_or("");
    dialect.quote = options_.quote.value_or('"');
    dialect.escape = options_.escape.value_or('\0');
    Candidate best = Read(dialect);
    if (!options_.escape && best.faults > 0 && dialect.quote != '\0' &&
        window_.find(std::string{'\\', dialect.quote}) != std::string_view::npos) {
      CsvDialect escaped = dialect;
      escaped.escape = '\\';
      Candidate other = Read(escaped);
      if (other.faults < best.faults && other.regular >= best.regular) best = std::move(other);
    }
    if (options_.quote) return best;
    if (best.faults == 0 && best.quoted == 0 && OpensField('\'', delimiter)) {
      // Apostrophes are left in place, which loses nothing, unless they clearly are quotes.
      CsvDialect single = dialect;
      single.quote = '\'';
      Candidate other = Read(single);
      const bool needed = other.guarded > 0 && other.regular > best.regular;
      const bool common = other.quoted >= other.records && other.regular >= best.regular;
      if (other.faults == 0 && (needed || common)) best = std::move(other);
    } else if (best.faults >= 2 && best.guarded == 0 && best.faults * 2 >= best.quoted &&
               !QuotesAround(delimiter)) {
      CsvDialect none = dialect;
      none.quote = '\0';
      Candidate other = Read(none);
      if (other.fits && other.begin == 0 && other.regular == 1) best = std::move(other);
    }
    return best;
  }

  arrow::Result<Candidate> WithLineEnds(bool bare_cr) const {
    if (options_.delimiter) {
      Candidate only = WithQuotes(*options_.delimiter, bare_cr);
      if (!only.fits) return Refuse(only);
      return only;
    }
    std::vector<Candidate> strong, weak;
    for (const char delimiter : kStrong) {
      if (delimiter == ',' || window_.find(delimiter) != std::string_view::npos) {
        strong.push_back(WithQuotes(delimiter, bare_cr));
        // The clean comma file: nothing else needs a look.
        const auto& comma = strong.front();
        if (delimiter == ',' && comma.fits && comma.width > 1 && comma.regular == 1 &&
            comma.score > 0.98 && comma.records > 2) {
          return comma;
        }
      }
    }
    Candidate one_column = strong.front();
    const bool line_typed = one_column.width == 1 && one_column.typed >= 0.5;
    std::stable_sort(strong.begin(), strong.end(), Better);
    const Candidate* best =
        strong.front().fits && strong.front().width > 1 ? &strong.front() : nullptr;
    if (best != nullptr && strong.size() > 1) {
      const auto& second = strong[1];
      // In a single line nothing is even.
      const bool close = best->records == 1 || second.score > best->score - kMargin;
      if (second.fits && second.width > 1 && close) {
        return Refuse(
            fmt::format("both {} and {} divide its lines evenly", NameOf(*best), NameOf(second)));
      }
    }
    // (In very long lines a weak delimiter would make a million cells of a text.)
    const bool look_at_weak = window_.size() <= 2 * kMaxBytes;
    const double to_beat = best != nullptr ? best->score + 0.1 : 0;
    for (const char delimiter : kWeak) {
      if (!look_at_weak || to_beat >= 0.96) break;
      if (window_.find(delimiter) == std::string_view::npos) continue;
      Candidate candidate = WithQuotes(delimiter, bare_cr);
      if (candidate.fits && candidate.begin == 0 && candidate.width > 1 && candidate.records > 1 &&
          candidate.regular > 0.9 && candidate.score > to_beat &&
          candidate.score > one_column.score) {
        weak.push_back(std::move(candidate));
      }
    }
    std::stable_sort(weak.begin(), weak.end(), Better);
    if (!weak.empty() && weak.front().typed >= 0.5 && !line_typed) return weak.front();
    if (best != nullptr) return *best;

    // One column, then: but not if some delimiter asks to be seen.
    for (const auto& candidate : strong) {
      if (candidate.with_delimiter >= 0.5) {
        const std::string how = NameOf(candidate) + " stands in most of its lines, but ";
        return candidate.objection.empty() ? Refuse(how + "not evenly") : Refuse(candidate, how);
      }
    }
    if (!weak.empty() && weak.front().records > 2 && weak.front().regular == 1 && !line_typed) {
      return Refuse(fmt::format("{} divides its lines evenly, but may be part of the text",
                                NameOf(weak.front())));
    }
    if (!one_column.fits) return Refuse(one_column);
    if (look_at_weak && !line_typed && one_column.records > 2 && one_column.quoted == 0) {
      for (const char delimiter : kSuspicious) {
        if (window_.find(delimiter) == std::string_view::npos) continue;
        const Candidate candidate = WithQuotes(delimiter, bare_cr);
        if (candidate.fits && candidate.regular == 1 && candidate.width > 2) {
          return Refuse(fmt::format("{} divides its lines evenly, but may be part of the text",
                                    NameOf(candidate)));
        }
      }
    }
    return one_column;
  }

  static bool Better(const Candidate& a, const Candidate& b) {
    const bool a_table = a.fits && a.width > 1;
    const bool b_table = b.fits && b.width > 1;
    return a_table != b_table ? a_table : a.score > b.score;
  }

  static std::string NameOf(const Candidate& candidate) {
    const char delimiter = candidate.dialect.delimiter;
    if (delimiter == '\t') return "the tab";
    if (delimiter == ' ') return "the space";
    return Quoted({&delimiter, 1});
  }

  const CsvReadOptions& options_;
  const std::string& name_;
  std::string_view window_;
  bool whole_;
};

// The offset behind `lines` physical lines.
size_t SkipLines(std::string_view text, int64_t lines) {
  const bool cr_only = text.find('\n') == std::string_view::npos;
  size_t at = 0;
  for (; lines > 0 && at < text.size(); --lines) {
    at = text.find(cr_only ? '\r' : '\n', at);
    at = at == std::string_view::npos ? text.size() : at + 1;
  }
  return at;
}

}  // namespace

arrow::Result<DialectChoice> ChooseDialect(std::string_view text, bool whole,
                                           const CsvReadOptions& options, const std::string& name) {
  const size_t skipped = SkipLines(text, options.skip_lines.value_or(0));
  const std::string_view rest = text.substr(skipped);
  const DialectFinder finder(rest, whole, options, name);
  ARROW_ASSIGN_OR_RAISE(Candidate best, finder.Run());
  DialectChoice choice;
  choice.dialect = std::move(best.dialect);
  choice.table_begin = skipped + best.begin;
  choice.dialect.skip_lines = options.skip_lines.value_or(0);
  choice.dialect.skip_lines += CountLineEnds(rest.substr(0, best.begin), choice.dialect.bare_cr);
  choice.width = best.width;
  choice.sample = TakeSample(finder.window().substr(best.begin), finder.whole(), choice.dialect,
                             kMaxRecords, kMostBytes);
  const auto& records = choice.sample.records;
  if (!finder.whole() && records.size() == 1 &&
      best.begin + records.front().next >= finder.window().size()) {
    return MakeError(ErrorCode::kData,
                     fmt::format("the first record does not end within {}",
                                 HumanBytes(static_cast<int64_t>(finder.window().size()))),
                     ErrorPlace{.location = name,
                                .line = choice.dialect.skip_lines + 1,
                                .hint = "is there a quote that never closes? try --quote none"});
  }
  return choice;
}

}  // namespace bowyer
