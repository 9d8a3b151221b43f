// The parallel half of reading: tasks that parse pieces, a reader that hands out their batches and
// knows, because it takes them in order, which line and which record a fault is in.
#include "formats/json/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "bowyer/error.h"
#include "core/name_list.h"
#include "core/ordered_tasks.h"
#include "core/text.h"
#include "formats/json/parser.h"

namespace bowyer::json {
namespace {

// A record that cannot be read, with its place relative to the piece.
struct BadRecord {
  std::string message;
  std::string path;
  bool misfit = false;
  int64_t record = 0;         // records before it
  int64_t record_line = 0;    // lines before its first byte
  int64_t line = 0;           // lines before the fault
  int64_t record_offset = 0;  // in the text
  int64_t offset = 0;         // of the fault, in the text
  std::string raw;
};

BadRecord Describe(const Fault& fault, const Segment& segment, const char* record,
                   std::string_view raw, int64_t records, int64_t lines) {
  const auto before = [&](const char* p) {
    return CountLines({segment.begin, static_cast<size_t>(p - segment.begin)});
  };
  const char* const at = std::clamp(fault.at == nullptr ? record : fault.at, record, segment.end);
  return {.message = fault.message,
          .path = fault.path,
          .misfit = fault.misfit,
          .record = records,
          .record_line = lines + before(record),
          .line = lines + before(at),
          .record_offset = segment.offset + (record - segment.begin),
          .offset = segment.offset + (at - segment.begin),
          .raw = std::string(raw)};
}

// The counts before a piece, which the consumer knows when its turn comes.
struct Counts {
  int64_t records = 0;
  int64_t lines = 0;
};

arrow::Status ErrorOf(const JsonTable& table, const BadRecord& bad, const Counts& before) {
  const int64_t record = before.records + bad.record + 1;
  ErrorPlace place{.location = table.name,
                   .column = bad.path,
                   .line = before.lines + bad.line + 1,
                   .row = record,
                   .byte_offset = table.first_byte + bad.offset};
  std::string message = bad.message;
  if (table.layout != Layout::kLines) message += fmt::format(" (record {})", WithThousands(record));
  if (bad.misfit) {
    const std::string_view key = std::string_view(bad.path).substr(0, bad.path.find_first_of(".["));
    if (table.sampled_all) {
      place.hint = "the types come from all records";
    } else {
      place.hint = fmt::format("the columns and types come from the first {} records\n",
                               WithThousands(table.sampled));
      place.hint += "try --sample-rows all, ";
      if (!key.empty()) place.hint += fmt::format("--type {}=TYPE (text holds anything), ", key);
      place.hint += "or --rejects FILE to set such records aside";
    }
  } else if (table.layout == Layout::kLines) {
    place.hint = "try --rejects FILE to set such records aside";
  }
  return MakeError(ErrorCode::kData, std::move(message), std::move(place));
}

// What a parsing task gives back.
struct ParsedPiece {
  std::shared_ptr<arrow::RecordBatch> batch;  // null: no rows
  std::vector<BadRecord> rejected;
  std::optional<BadRecord> fault;  // the end of reading
  Counts counts;                   // of the piece
  std::optional<Piece> rest;       // what did not fit into the batch
};

struct ParseTask {
  std::shared_ptr<Context> context;
  std::shared_ptr<const JsonTable> table;
  std::shared_ptr<arrow::Schema> schema;
  std::vector<int> columns;

  arrow::Result<ParsedPiece> operator()(const Piece& piece) const;
};

arrow::Result<ParsedPiece> ParseTask::operator()(const Piece& piece) const {
  ARROW_RETURN_NOT_OK(context->CheckStop());
  const bool lines = table->layout == Layout::kLines;
  ParsedPiece parsed;
  Syntax none(nullptr, lines);
  RecordParser parser(table->plan, &none, context->memory_pool(), piece.bytes());
  // Rows of fixed width can be far larger than their text ({} among a thousand keys): a batch takes
  // a few blocks' worth.
  const int64_t most_rows = std::max<int64_t>(
      1, 4 * context->block_bytes() / std::max<int64_t>(1, table->plan.root.row_bytes()));
  std::vector<int64_t> segment_lines;
  int64_t rows = 0;
  for (const Segment& segment : piece.segments) {
    segment_lines.push_back(
        CountLines({segment.begin, static_cast<size_t>(segment.end - segment.begin)}));
    rows += segment_lines.back();
  }
  if (lines) {
    ARROW_RETURN_NOT_OK(parser.Reserve(std::min(rows + (piece.last ? 1 : 0), most_rows)));
  }
  Gap gap = piece.gap;
  for (size_t i = 0; i < piece.segments.size() && !parsed.rest; ++i) {
    const Segment& segment = piece.segments[i];
    Syntax syntax(segment.end, lines);
    parser.SetSyntax(&syntax);
    RecordCursor cursor(&syntax, table->layout, gap, segment.begin,
                        piece.last && i + 1 == piece.segments.size());
    const char* counted = segment.begin;  // lines are counted up to here
    for (;;) {
      const RecordCursor::Step step = cursor.Find();
      if (step == RecordCursor::Step::kEnd) break;
      const char* const record = cursor.record();
      if (step == RecordCursor::Step::kFault) {
        parsed.fault = Describe(syntax.fault(), segment, record, {}, parsed.counts.records,
                                parsed.counts.lines);
        break;
      }
      if (parser.rows() >= most_rows) {
        parsed.rest = Piece{
            .segments = {piece.segments.begin() + static_cast<ptrdiff_t>(i), piece.segments.end()},
            .gap = cursor.gap(),
            .last = piece.last};
        Segment& first = parsed.rest->segments.front();
        first.offset += record - first.begin;
        first.begin = record;
        counted = record;
        break;
      }
      const char* const behind = parser.Parse(record);
      if (behind != nullptr && cursor.Close(behind)) [[likely]] {
        parser.Accept();
        ++parsed.counts.records;
        continue;
      }
      ARROW_RETURN_NOT_OK(parser.status());
      parser.Rollback();
      const Fault fault = syntax.fault();
      std::string_view raw;
      bool set_aside = table->rejects != nullptr;
      if (lines) {
        raw = cursor.SkipLine();
      } else if (fault.misfit) {
        const char* const end = syntax.SkipValue(record, 0);
        raw = std::string_view(record, static_cast<size_t>(end - record));
        cursor.Close(end);
      } else {
        // Where the next record begins can no longer be told.
        set_aside = false;
      }
      BadRecord bad = Describe(fault, segment, record, set_aside ? raw : std::string_view(),
                               parsed.counts.records, parsed.counts.lines);
      if (!set_aside) {
        parsed.fault = std::move(bad);
        break;
      }
      parsed.rejected.push_back(std::move(bad));
      ++parsed.counts.records;
    }
    if (parsed.fault) break;
    parsed.counts.lines +=
        parsed.rest ? CountLines({segment.begin, static_cast<size_t>(counted - segment.begin)})
                    : segment_lines[i];
    gap = cursor.gap();
  }
  if (parser.rows() > 0) {
    ARROW_ASSIGN_OR_RAISE(parsed.batch, parser.Finish(schema, columns));
  }
  return parsed;
}

class JsonReader : public arrow::RecordBatchReader {
 public:
  JsonReader(std::shared_ptr<Context> context, std::shared_ptr<const JsonTable> table,
             std::unique_ptr<TextInput> text, std::vector<int> columns)
      : context_(std::move(context)),
        splitter_(context_, std::move(text), table->layout, table->name),
        tasks_(context_, context_->threads() + 2) {
    arrow::FieldVector fields;
    for (const int column : columns) fields.push_back(table->plan.schema->field(column));
    auto projected = std::make_shared<JsonTable>(*table);
    projected->plan = Project(table->plan, columns);
    task_ = {context_, std::move(projected), arrow::schema(std::move(fields)), std::move(columns)};
  }

  std::shared_ptr<arrow::Schema> schema() const override { return task_.schema; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    if (!failed_.ok()) return failed_;
    failed_ = Next(out);
    return failed_;
  }

 private:
  arrow::Status Next(std::shared_ptr<arrow::RecordBatch>* out) {
    const int64_t most_rows = context_->requested_batch_rows();
    for (;;) {
      if (batch_ != nullptr) {
        const int64_t left = batch_->num_rows() - delivered_;
        const int64_t rows = most_rows > 0 ? std::min(left, most_rows) : left;
        *out = rows == batch_->num_rows() ? batch_ : batch_->Slice(delivered_, rows);
        delivered_ += rows;
        if (rows == left) batch_.reset();
        return arrow::Status::OK();
      }
      ARROW_RETURN_NOT_OK(context_->CheckStop());
      ARROW_RETURN_NOT_OK(Refill());
      ParsedPiece parsed;
      if (rest_) {
        const Piece piece = *std::exchange(rest_, std::nullopt);
        ARROW_ASSIGN_OR_RAISE(parsed, task_(piece));
      } else {
        if (tasks_.empty()) return CheckSeen();
        ARROW_ASSIGN_OR_RAISE(parsed, tasks_.Next());
      }
      for (const BadRecord& bad : parsed.rejected) ARROW_RETURN_NOT_OK(SetAside(bad));
      if (parsed.fault) return ErrorOf(*task_.table, *parsed.fault, before_);
      before_.records += parsed.counts.records;
      before_.lines += parsed.counts.lines;
      rest_ = std::move(parsed.rest);
      batch_ = std::move(parsed.batch);
      delivered_ = 0;
    }
  }

  arrow::Status Refill() {
    while (!ended_ && !tasks_.full()) {
      ARROW_ASSIGN_OR_RAISE(auto piece, splitter_.Next());
      if (!piece) {
        ended_ = true;
        break;
      }
      ARROW_RETURN_NOT_OK(
          tasks_.Submit([this, piece = std::move(*piece)] { return task_(piece); }));
    }
    return arrow::Status::OK();
  }

  // A column of nulls that no record speaks of would be an invention.
  arrow::Status CheckSeen() const {
    std::vector<std::string> names;
    const Plan* unseen = nullptr;
    for (const Plan& column : task_.table->plan.root.children) {
      if (column.seen != nullptr && !*column.seen) {
        unseen = &column;
      } else {
        names.push_back(column.name);
      }
    }
    if (unseen == nullptr) return arrow::Status::OK();
    const auto status =
        AtPlace(NoSuchColumn("--type", unseen->name, names), {.location = task_.table->name});
    if (!task_.table->one_of_several) return status;
    context_->progress().Note(bowyer::Describe(status));
    return arrow::Status::OK();
  }

  arrow::Status SetAside(const BadRecord& bad) {
    return task_.table->rejects->Add({.source = task_.table->name,
                                      .line = before_.lines + bad.record_line + 1,
                                      .row = before_.records + bad.record + 1,
                                      .byte_offset = task_.table->first_byte + bad.record_offset,
                                      .column = bad.path,
                                      .reason = bad.message,
                                      .raw = bad.raw});
  }

  std::shared_ptr<Context> context_;
  ParseTask task_;
  Splitter splitter_;
  Counts before_;  // the piece whose turn it is
  std::optional<Piece> rest_;
  std::shared_ptr<arrow::RecordBatch> batch_;  // being delivered
  int64_t delivered_ = 0;
  bool ended_ = false;
  arrow::Status failed_;
  OrderedTasks<ParsedPiece> tasks_;  // last: its tasks use the members above
};

// Observes the records of a segment; stops at `limit` records, or before a record that the end of
// a text that goes on cuts. The place up to which records were taken goes to `*reached`.
std::optional<BadRecord> ObserveSegment(const JsonTable& table, const Segment& segment, bool last,
                                        bool goes_on, int64_t limit, int64_t lines, Gap* gap,
                                        ObservedRecords* observed, const char** reached) {
  const bool in_lines = table.layout == Layout::kLines;
  Syntax syntax(segment.end, in_lines);
  Observer observer(&syntax, &observed->objects);
  RecordCursor cursor(&syntax, table.layout, *gap, segment.begin, last);
  *reached = segment.begin;
  while (observed->records < limit) {
    const RecordCursor::Step step = cursor.Find();
    const char* const record = cursor.record();
    if (step == RecordCursor::Step::kEnd) {
      *gap = cursor.gap();
      *reached = segment.end;
      break;
    }
    if (step == RecordCursor::Step::kFault) {
      return Describe(syntax.fault(), segment, record, {}, observed->records, lines);
    }
    // A record that is cut, or may be set aside, must leave no trace in the types.
    const bool may_skip = table.rejects != nullptr && in_lines;
    const char* behind = record;
    if (goes_on || may_skip) {
      behind = syntax.SkipValue(record, 0);
      if (goes_on && (behind == nullptr ? syntax.fault().at : behind) >= segment.end) break;
      RecordCursor probe = cursor;
      if (behind != nullptr && !probe.Close(behind)) behind = nullptr;
    }
    if (behind != nullptr) behind = observer.Observe(&observed->shape, record, 0);
    if (behind == nullptr || !cursor.Close(behind)) {
      if (!may_skip) {
        return Describe(syntax.fault(), segment, record, {}, observed->records, lines);
      }
      cursor.SkipLine();
      continue;
    }
    ++observed->records;
    *gap = cursor.gap();
    *reached = behind;
  }
  return std::nullopt;
}

// What an observing task gives back.
struct ObservedPiece {
  ObservedRecords observed;
  std::optional<BadRecord> fault;
  Counts counts;
};

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> MakeJsonReader(std::shared_ptr<Context> context,
                                                         std::shared_ptr<const JsonTable> table,
                                                         std::unique_ptr<TextInput> text,
                                                         std::vector<int> columns) {
  return std::make_shared<JsonReader>(std::move(context), std::move(table), std::move(text),
                                      std::move(columns));
}

arrow::Result<ObservedRecords> ObserveAll(const std::shared_ptr<Context>& context,
                                          const JsonTable& table, std::unique_ptr<TextInput> text) {
  Splitter splitter(context, std::move(text), table.layout, table.name);
  OrderedTasks<std::shared_ptr<ObservedPiece>> tasks(context, context->threads() + 2);
  ObservedRecords all;
  Counts before;
  for (bool ended = false;;) {
    while (!ended && !tasks.full()) {
      ARROW_ASSIGN_OR_RAISE(auto piece, splitter.Next());
      if (!piece) {
        ended = true;
        break;
      }
      ARROW_RETURN_NOT_OK(tasks.Submit(
          [&table, piece = std::move(*piece)]() -> arrow::Result<std::shared_ptr<ObservedPiece>> {
            auto result = std::make_shared<ObservedPiece>();
            Gap gap = piece.gap;
            for (size_t i = 0; i < piece.segments.size() && !result->fault; ++i) {
              const Segment& segment = piece.segments[i];
              const char* reached;
              result->fault =
                  ObserveSegment(table, segment, piece.last && i + 1 == piece.segments.size(),
                                 false, std::numeric_limits<int64_t>::max(), result->counts.lines,
                                 &gap, &result->observed, &reached);
              result->counts.lines +=
                  CountLines({segment.begin, static_cast<size_t>(segment.end - segment.begin)});
            }
            return result;
          }));
    }
    if (tasks.empty()) return all;
    ARROW_ASSIGN_OR_RAISE(const auto result, tasks.Next());
    if (result->fault) return ErrorOf(table, *result->fault, before);
    before.records += result->observed.records;
    before.lines += result->counts.lines;
    all.records += result->observed.records;
    all.shape.Merge(std::move(result->observed.shape));
    if (all.shape.Count() > kMaxShapes) {
      return MakeError(
          ErrorCode::kData,
          fmt::format("the records have more than {} different keys", WithThousands(kMaxShapes)),
          {.location = table.name});
    }
  }
}

arrow::Status ObserveSample(const JsonTable& table, const char* text, const char** begin,
                            const char* end, bool whole, Gap* gap, int64_t limit,
                            ObservedRecords* observed) {
  const Segment segment{nullptr, *begin, end, *begin - text};
  const int64_t lines = CountLines({text, static_cast<size_t>(*begin - text)});
  const auto fault =
      ObserveSegment(table, segment, whole, !whole, limit, lines, gap, observed, begin);
  if (fault) return ErrorOf(table, *fault, Counts{});
  return arrow::Status::OK();
}

}  // namespace bowyer::json
