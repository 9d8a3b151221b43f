// A header is text above columns that hold something else: numbers, dates, item codes of one shape.
// A first record that looks like the rest is data. Where all columns are free text nothing tells;
// then custom does: distinct, non-empty first cells are names.
#include "formats/csv/detect_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "bowyer/error.h"
#include "formats/csv/detect_cells.h"
#include "formats/csv/field.h"

namespace bowyer {
namespace {

constexpr size_t kRowsCompared = 300;
constexpr size_t kCellsCompared = 6000;  // in wide tables fewer rows do, but 20 at least

struct Votes {
  int header = 0;               // text above values
  int weak_header = 0;          // text above text of another shape
  int data = 0;                 // the same kind or shape as below
  std::vector<int64_t> labels;  // of them, integers that may name columns: 2019, 2020 or 1, 2
  bool years = true;            // all labels are years, above values that are none
};

struct Column {
  std::array<size_t, 6> kinds{};  // by CellKind
  size_t values = 0;              // neither empty nor a null word
  std::unordered_map<uint64_t, size_t> shapes;
  size_t years = 0;
  bool repeats_first = false;
};

// The integer that all of `text` is.
std::optional<int64_t> IntegerOf(std::string_view text) {
  text = TrimBlanks(text);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool IsYear(std::optional<int64_t> number) { return number && *number >= 1800 && *number < 2200; }

bool IsTyped(CellKind kind) {
  return kind == CellKind::kBool || kind == CellKind::kNumber || kind == CellKind::kTemporal;
}

Column Below(const Sample& sample, const std::vector<const SampleRecord*>& rows, size_t at,
             std::string_view first) {
  Column column;
  for (size_t i = 1; i < rows.size(); ++i) {
    const std::string_view text = sample.cell(*rows[i], at).text();
    const CellKind kind = KindOf(text);
    ++column.kinds[static_cast<size_t>(kind)];
    if (kind == CellKind::kEmpty || kind == CellKind::kNullWord) continue;
    ++column.values;
    column.repeats_first |= text == first;
    column.years += kind == CellKind::kNumber && text.size() < 8 && IsYear(IntegerOf(text));
    if (kind == CellKind::kText && column.shapes.size() < 16) ++column.shapes[ShapeOf(text)];
  }
  return column;
}

void Vote(const Column& column, std::string_view first, Votes* votes) {
  if (column.values == 0) return;
  const CellKind kind = KindOf(first);
  if (kind == CellKind::kEmpty || kind == CellKind::kNullWord) return;
  if (IsTyped(kind)) {
    if (2 * column.kinds[static_cast<size_t>(kind)] >= column.values) {
      ++votes->data;
      if (const auto number = IntegerOf(first)) {
        votes->labels.push_back(*number);
        votes->years &= IsYear(number) && 2 * column.years < column.values;
      }
    }
    return;
  }
  size_t typed = 0;
  for (const CellKind value : {CellKind::kBool, CellKind::kNumber, CellKind::kTemporal}) {
    typed += column.kinds[static_cast<size_t>(value)];
  }
  if (10 * typed >= 9 * column.values) {
    ++votes->header;
    return;
  }
  // Free text: does one shape with digits rule below?
  for (const auto& [shape, count] : column.shapes) {
    if (shape == 0 || count < 2 || 10 * count < 9 * column.values) continue;
    if (ShapeOf(first) == shape) {
      ++votes->data;
    } else {
      ++votes->weak_header;
    }
  }
}

// Do all first cells that speak for data name columns, 2019, 2020, 2021 or 1, 2, 3?
bool AreLabels(const Votes& votes) {
  const auto& labels = votes.labels;
  if (static_cast<int>(labels.size()) != votes.data) return false;
  bool steps = labels.size() > 1, distinct = true;
  for (size_t i = 1; i < labels.size(); ++i) {
    steps &= std::abs(labels[i] - labels[i - 1]) == 1;
    distinct &= labels[i] != labels[i - 1];
  }
  if (votes.years && distinct && (votes.header > 0 || labels.size() > 1)) return true;
  return steps && votes.header > 0;
}

// Distinct, non-empty, no numbers or dates. (Of a delimiter behind every record the last cell is
// empty in all of them.)
bool AreNames(const Sample& sample, const std::vector<const SampleRecord*>& rows, size_t width) {
  const SampleRecord& first = *rows.front();
  std::unordered_set<std::string_view> seen;
  for (size_t i = 0; i < width; ++i) {
    const std::string_view text = i < first.width ? sample.cell(first, i).text() : "";
    const CellKind kind = KindOf(text);
    if (kind == CellKind::kEmpty && width > 1 && i + 1 == width &&
        std::all_of(rows.begin() + 1, rows.end(),
                    [&](const auto* row) { return sample.cell(*row, i).raw.empty(); })) {
      continue;
    }
    if (kind == CellKind::kEmpty || IsTyped(kind) || !seen.insert(text).second) return false;
  }
  return true;
}

}  // namespace

arrow::Result<Header> FindHeader(const Sample& sample, size_t width, const std::string& name) {
  std::vector<const SampleRecord*> rows;
  const size_t enough = std::clamp(kCellsCompared / width, size_t{20}, kRowsCompared);
  for (const auto& record : sample.records) {
    if (rows.size() > enough) break;
    if (record.blank()) continue;
    if (rows.empty() || (record.width == width && record.fault == RecordFault::kNone)) {
      rows.push_back(&record);
    }
  }
  if (rows.empty()) return Header::kNone;
  const SampleRecord& first = *rows.front();
  Votes votes;
  bool repeats = false;
  for (size_t i = 0; i < std::min<size_t>(width, first.width); ++i) {
    const std::string_view text = sample.cell(first, i).text();
    const Column column = Below(sample, rows, i, text);
    Vote(column, text, &votes);
    repeats |= column.repeats_first;
  }
  if (votes.data == 0) {
    if (votes.header > 0) return Header::kByEvidence;
    if (!AreNames(sample, rows, width)) return Header::kNone;
    if (votes.weak_header > 0) return Header::kByEvidence;
    return repeats ? Header::kNone : Header::kByCustom;
  }
  if (AreLabels(votes)) return Header::kByEvidence;
  if (votes.header == 0) return Header::kNone;
  if (votes.data >= 3 * votes.header) return Header::kNone;
  return MakeError(
      ErrorCode::kData,
      "it cannot be told whether the first record is a header: some of its cells are names above "
      "values, others are values like those below",
      ErrorPlace{.location = name, .hint = "try --header or --no-header"});
}

std::vector<std::string> CompleteNames(std::vector<std::string> names, size_t width) {
  names.resize(width);
  std::unordered_set<std::string> taken(names.begin(), names.end());
  std::unordered_set<std::string> used;
  for (size_t i = 0; i < names.size(); ++i) {
    if (TrimBlanks(names[i]).empty()) {
      names[i] = "column" + std::to_string(i);
      if (taken.insert(names[i]).second) {
        used.insert(names[i]);
        continue;
      }
    } else if (used.insert(names[i]).second) {
      continue;
    }
    const std::string stem = names[i];
    for (int suffix = 1;; ++suffix) {
      std::string name = stem + "_" + std::to_string(suffix);
      if (taken.insert(name).second) {
        names[i] = std::move(name);
        break;
      }
    }
    used.insert(names[i]);
  }
  return names;
}

}  // namespace bowyer
