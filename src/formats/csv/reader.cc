// Units are cut here, parsed on the workers, and taken in order. Numbers that need all units before
// (lines, records, offsets) are added here, and wrong cuts are put right.
#include "formats/csv/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "bowyer/error.h"
#include "bowyer/rejects.h"
#include "core/ordered_tasks.h"
#include "core/text.h"
#include "formats/csv/reader_cut.h"
#include "formats/csv/split.h"

namespace bowyer {
namespace {

// Cuts, parses and orders units; keeps the counts of all that were taken.
class UnitReader {
 public:
  // A record that cannot be a row: OK to go on without it.
  using Report = std::function<arrow::Status(const FaultyRecord&)>;

  UnitReader(std::shared_ptr<const ParsePlan> plan, std::unique_ptr<TextInput> input, Report report)
      : plan_(std::move(plan)),
        report_(std::move(report)),
        offset_(plan_->layout.header_end),
        lines_(plan_->layout.header_lines),
        cutter_(plan_->context, std::move(input), plan_->style.dialect, plan_->layout.header_end,
                RecordLimit(*plan_->context)),
        tasks_(plan_->context, plan_->context->threads() + 2) {}

  // Of the units taken so far, while a fault is reported: of those before it.
  int64_t offset() const { return offset_; }
  int64_t lines() const { return lines_; }
  int64_t records() const { return records_; }

  // Nothing at the end.
  arrow::Result<std::optional<ParsedUnit>> Next() {
    ARROW_RETURN_NOT_OK(plan_->context->CheckStop());
    ARROW_RETURN_NOT_OK(Fill());
    if (tasks_.empty()) return std::nullopt;
    auto result = tasks_.Next();
    const TextUnit unit = std::move(units_.front());
    units_.pop_front();
    ARROW_ASSIGN_OR_RAISE(ParsedUnit parsed, std::move(result));
    for (const FaultyRecord& fault : parsed.faulty) ARROW_RETURN_NOT_OK(report_(fault));
    offset_ += parsed.bytes;
    lines_ += parsed.lines;
    records_ += parsed.records;
    if (parsed.cut) ARROW_RETURN_NOT_OK(CutAgain(unit, parsed));
    return parsed;
  }

 private:
  arrow::Status Fill() {
    while (!tasks_.full()) {
      ARROW_ASSIGN_OR_RAISE(auto unit, cutter_.Next());
      if (!unit) break;
      units_.push_back(*unit);
      ARROW_RETURN_NOT_OK(tasks_.Submit(
          [plan = plan_, unit = *std::move(unit)] { return ParseUnit(*plan, unit); }));
    }
    return arrow::Status::OK();
  }

  // The record that a unit's end cuts, and all that was cut off behind it, are cut again.
  arrow::Status CutAgain(const TextUnit& unit, const ParsedUnit& parsed) {
    const auto& text = parsed.cut_text == 0 ? unit.joined : unit.body;
    int64_t from = parsed.cut_at;
    if (unit.too_long) {
      ARROW_ASSIGN_OR_RAISE(
          const int64_t set_aside,
          SetLineAside(std::string_view(*text).substr(static_cast<size_t>(from))));
      from += set_aside;
    }
    tasks_.Abandon();
    std::vector<std::shared_ptr<arrow::Buffer>> texts = {arrow::SliceBuffer(text, from)};
    if (parsed.cut_text == 0 && unit.body != nullptr) texts.push_back(unit.body);
    for (auto& later : units_) {
      if (later.joined != nullptr) texts.push_back(std::move(later.joined));
      if (later.body != nullptr) texts.push_back(std::move(later.body));
    }
    units_.clear();
    return cutter_.PutBack(std::move(texts), !unit.too_long);
  }

  // `text` is the beginning of a record beyond the limit. If an open quote is to blame, its line
  // can be set aside: returns the bytes up to the next line.
  arrow::Result<int64_t> SetLineAside(std::string_view text) {
    const bool bare_cr = plan_->style.dialect.bare_cr;
    RecordSplitter splitter(text, plan_->style.dialect);
    RecordSpan record;
    const bool open_quote = splitter.Next(&record) && record.fault == RecordFault::kOpenQuote;
    const size_t line_end = open_quote ? text.find('\n', record.fault_at) : std::string_view::npos;
    FaultyRecord fault{.too_long = true};
    fault.reason = fmt::format("the record has more than {} bytes{}",
                               WithThousands(RecordLimit(*plan_->context)),
                               open_quote ? ": a quote is opened and not closed" : "");
    fault.hint = open_quote ? "try --quote none if quotes have no meaning here, a larger --memory, "
                              "or --rejects FILE to set such rows aside"
                            : "try a larger --memory";
    if (open_quote) fault.fault_line = CountLineEnds(text.substr(0, record.fault_at), bare_cr);
    fault.final = line_end == std::string_view::npos;
    if (!fault.final) {
      fault.raw = text.substr(0, line_end);
      if (fault.raw.ends_with('\r')) fault.raw.pop_back();
    }
    ARROW_RETURN_NOT_OK(report_(fault));
    const size_t next = line_end + 1;
    offset_ += static_cast<int64_t>(next);
    lines_ += CountLineEnds(text.substr(0, next), bare_cr);
    ++records_;
    return static_cast<int64_t>(next);
  }

  const std::shared_ptr<const ParsePlan> plan_;
  const Report report_;
  int64_t offset_;
  int64_t lines_;
  int64_t records_ = 0;
  TextCutter cutter_;
  std::deque<TextUnit> units_;  // whose tasks run
  OrderedTasks<ParsedUnit> tasks_;
};

class CsvReader : public arrow::RecordBatchReader {
 public:
  CsvReader(std::shared_ptr<const ParsePlan> plan, std::unique_ptr<TextInput> input,
            std::string name, std::shared_ptr<RejectsFile> rejects)
      : plan_(std::move(plan)),
        name_(std::move(name)),
        rejects_(std::move(rejects)),
        byte_shift_(input->encoding() == "UTF-8"            ? 0
                    : input->encoding() == "UTF-8 with BOM" ? 3
                                                            : kUnknownShift),
        units_(plan_, std::move(input), [this](const FaultyRecord& fault) { return Tell(fault); }) {
  }

  std::shared_ptr<arrow::Schema> schema() const override { return plan_->schema; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    *out = nullptr;
    const int64_t most = plan_->context->requested_batch_rows();
    while (batch_ == nullptr || batch_->num_rows() == sliced_) {
      ARROW_RETURN_NOT_OK(failure_);
      auto unit = units_.Next();
      if (!unit.ok()) return failure_ = unit.status();
      if (!*unit) return arrow::Status::OK();
      batch_ = std::move((*unit)->batch);
      sliced_ = 0;
    }
    if (most <= 0 || (sliced_ == 0 && batch_->num_rows() <= most)) {
      *out = std::move(batch_);
      return arrow::Status::OK();
    }
    *out = batch_->Slice(sliced_, most);
    sliced_ += (*out)->num_rows();
    return arrow::Status::OK();
  }

 private:
  static constexpr int64_t kUnknownShift = -1;

  // An error, or a line of the rejects file.
  arrow::Status Tell(const FaultyRecord& fault) {
    const int64_t row = units_.records() + fault.record + 1;
    const int64_t offset =
        byte_shift_ == kUnknownShift ? -1 : units_.offset() + fault.offset + byte_shift_;
    const std::string column =
        fault.column < 0 ? "" : plan_->layout.names[static_cast<size_t>(fault.column)];
    if (rejects_ == nullptr || fault.final) {
      return MakeError(fault.too_long ? ErrorCode::kResources : ErrorCode::kData, fault.reason,
                       {.location = name_,
                        .column = column,
                        .line = units_.lines() + fault.fault_line + 1,
                        .row = row,
                        .byte_offset = offset,
                        .hint = fault.hint});
    }
    return rejects_->Add({.source = name_,
                          .line = units_.lines() + fault.line + 1,
                          .row = row,
                          .byte_offset = offset,
                          .column = column,
                          .reason = fault.reason,
                          .raw = fault.raw});
  }

  const std::shared_ptr<const ParsePlan> plan_;
  const std::string name_;
  const std::shared_ptr<RejectsFile> rejects_;
  const int64_t byte_shift_;  // of a byte order mark
  UnitReader units_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  int64_t sliced_ = 0;  // rows of it that were given out
  arrow::Status failure_;
};

}  // namespace

int64_t RecordLimit(const Context& context) {
  return std::max<int64_t>(context.memory_budget() / 8, int64_t{1} << 20);
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> OpenCsvReader(
    std::shared_ptr<const ParsePlan> plan, std::unique_ptr<TextInput> input, std::string name,
    std::shared_ptr<RejectsFile> rejects) {
  return std::make_shared<CsvReader>(std::move(plan), std::move(input), std::move(name),
                                     std::move(rejects));
}

arrow::Result<std::vector<std::shared_ptr<arrow::DataType>>> DetectAllTypes(
    std::shared_ptr<const ParsePlan> plan, std::unique_ptr<TextInput> input) {
  std::vector<ColumnType> columns(plan->columns.size(), ColumnType(plan->observe));
  UnitReader units(plan, std::move(input), [](const FaultyRecord& fault) {
    return fault.final ? MakeError(ErrorCode::kResources, fault.reason, {.hint = fault.hint})
                       : arrow::Status::OK();
  });
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto unit, units.Next());
    if (!unit) break;
    for (size_t i = 0; i < columns.size(); ++i) columns[i].Merge(unit->types[i]);
  }
  std::vector<std::shared_ptr<arrow::DataType>> types;
  for (const ColumnType& column : columns) types.push_back(column.type());
  return types;
}

}  // namespace bowyer
