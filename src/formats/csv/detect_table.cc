// The table of a candidate has the width of most records. It begins with the first record, or
// behind comments and a few title lines; a first record of another width that is no title speaks
// against the candidate.
#include "formats/csv/detect_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "formats/csv/detect_cells.h"

namespace bowyer {
namespace {

constexpr size_t kScoredRecords = 200;
constexpr size_t kMaxTitleLines = 40;

bool IsStrong(char delimiter) {
  return kStrongDelimiters.find(delimiter) != std::string_view::npos;
}

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
    if (options_.skip_lines || options_.header || !options_.names.empty()) return;
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
    candidate_.fits = candidate_.titles = true;
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

}  // namespace

Candidate TryDialect(std::string_view window, bool whole, CsvDialect dialect,
                     const CsvReadOptions& options) {
  Candidate candidate;
  candidate.dialect = std::move(dialect);
  const Sample sample =
      TakeSample(window, whole, candidate.dialect, kMaxSampleRecords, window.size());
  TableFinder(sample, options, &candidate).Run();
  return candidate;
}

}  // namespace bowyer
