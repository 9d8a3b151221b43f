// Each candidate delimiter reads the first records; one whose records agree in width and whose
// cells look like values wins. A candidate fits when its first record has the width of most others,
// or when only title lines stand before a table that is regular. Nothing is chosen by frequency
// alone, and where the evidence points two ways the answer is an error, never a guess.
#include "formats/csv/detect_dialect.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "bowyer/error.h"
#include "core/text.h"
#include "formats/csv/detect_table.h"

namespace bowyer {
namespace {

// Bytes that the candidates look at.
constexpr size_t kMaxBytes = size_t{64} << 10;
constexpr size_t kMostBytes = size_t{512} << 10;  // where a few lines do not fit into that
constexpr double kMargin = 0.03;                  // between two scores that say different things

// Never chosen, but when one of them divides every line evenly, a person should say so.
constexpr std::string_view kSuspicious = "%&*!#=$+\\";

constexpr const char* kHint =
    "try --delimiter CHAR, --quote CHAR, --skip-lines N, --header or --no-header; --all-text reads "
    "every column as text";

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
    return TryDialect(window_, whole_, std::move(dialect), options_);
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
    for (const char other : kStrongDelimiters) {
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
    for (const char delimiter : kStrongDelimiters) {
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
    for (const char delimiter : kWeakDelimiters) {
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
  choice.titles = best.titles;
  choice.width = best.width;
  choice.sample = TakeSample(finder.window().substr(best.begin), finder.whole(), choice.dialect,
                             kMaxSampleRecords, kMostBytes);
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
