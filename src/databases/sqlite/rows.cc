#include "databases/sqlite/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bowyer/error.h"
#include "bowyer/rejects.h"
#include "bowyer/type_text.h"
#include "core/text.h"
#include "databases/sqlite/cells.h"
#include "databases/sqlite/row_cursor.h"

namespace bowyer {
namespace {

class RowReader : public arrow::RecordBatchReader {
 public:
  RowReader(RowsRequest request, std::vector<SqliteColumnPlan> plans, std::vector<int> read,
            int beyond_column)
      : request_(std::move(request)),
        context_(request_.snapshot->context()),
        connection_(request_.snapshot->Take()),
        plans_(std::move(plans)),
        read_(std::move(read)),
        beyond_column_(beyond_column),
        cells_(plans_, request_.on_mismatch == OnMismatch::kReject, context_->memory_pool()) {
    arrow::FieldVector fields;
    for (const int column : request_.columns) fields.push_back(request_.schema->field(column));
    schema_ = arrow::schema(std::move(fields));
    // Texts are taken for short; a batch of long ones ends by its bytes.
    int64_t row_bytes = 0;
    for (const SqliteColumnPlan& plan : plans_) row_bytes += plan.width == 0 ? 24 : plan.width;
    batch_rows_ = context_->batch_rows(row_bytes);
    batch_text_ = 2 * context_->block_bytes();
  }

  arrow::Status Start() {
    const std::lock_guard lock(connection_->mutex);
    ARROW_ASSIGN_OR_RAISE(rows_, RowCursor::Open(*request_.snapshot, *connection_,
                                                 request_.relation, request_.range, read_));
    return arrow::Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    if (ended_) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    const std::lock_guard lock(connection_->mutex);
    auto status = Next(out);
    if (status.ok()) return status;
    ended_ = true;
    rows_.reset();
    return AtPlace(status, {.location = request_.relation.label});
  }

  arrow::Status Close() override {
    const std::lock_guard lock(connection_->mutex);
    ended_ = true;
    rows_.reset();
    return arrow::Status::OK();
  }

  ~RowReader() override {
    const std::lock_guard lock(connection_->mutex);
    rows_.reset();
  }

 private:
  arrow::Status Next(std::shared_ptr<arrow::RecordBatch>* out) {
    ARROW_RETURN_NOT_OK(cells_.Start(batch_rows_));
    const int64_t first = stepped_;
    while (cells_.rows() < batch_rows_ && cells_.text_bytes() < batch_text_) {
      ARROW_ASSIGN_OR_RAISE(const bool found, rows_->Next());
      if (!found) {
        ended_ = true;
        rows_.reset();
        break;
      }
      ++stepped_;
      const std::span<const Cell> row = rows_->cells();
      ARROW_ASSIGN_OR_RAISE(const int misfit, cells_.Append(row));
      if (misfit >= 0) {
        const auto column = static_cast<size_t>(misfit);
        const std::string reason = MisfitText(plans_[column], row[column]);
        ARROW_RETURN_NOT_OK(Misfit(misfit, reason, stepped_ - 1));
        continue;
      }
      if (beyond_column_ >= 0 && !cells_.LastIsBeyond(beyond_column_, *request_.beyond->value)) {
        cells_.Drop();
      }
    }
    if (cells_.rows() == 0) return arrow::Status::OK();
    CellBatch::Fault fault;
    ARROW_ASSIGN_OR_RAISE(auto arrays, cells_.Finish(&fault));
    if (fault.row >= 0) {
      // Where rows were left out the place is not known.
      const int64_t ordinal = beyond_column_ >= 0 ? -1 : first + fault.row;
      return Misfit(fault.column, fault.reason, ordinal);
    }
    arrays.resize(static_cast<size_t>(schema_->num_fields()));
    *out = arrow::RecordBatch::Make(schema_, cells_.rows(), std::move(arrays));
    return arrow::Status::OK();
  }

  // What becomes of a row, the `ordinal`-th of the range, whose cell does not fit.
  arrow::Status Misfit(int column, const std::string& reason, int64_t ordinal) {
    const SqliteColumnPlan& plan = plans_[static_cast<size_t>(column)];
    const std::string row = RowName(ordinal);
    if (request_.on_mismatch == OnMismatch::kReject && request_.rejects != nullptr) {
      Reject reject{.source = request_.relation.label, .column = plan.name};
      reject.reason = row + ": " + reason;
      for (const Cell& cell : rows_->cells()) {
        reject.raw += (reject.raw.empty() ? "" : ",") + LiteralOf(cell);
      }
      return request_.rejects->Add(reject);
    }
    ErrorPlace place{.column = plan.name};
    const std::string as_told = std::string("try --type ") + Quoted(plan.name) + "=" +
                                (plan.kind == SqliteCellKind::kText ? "binary" : "text");
    if (plan.fixed) {
      place.hint = as_told +
                   ", or --rejects FILE, which sets such rows aside (migrate takes it with "
                   "--on-mismatch reject)";
    } else if (request_.on_mismatch == OnMismatch::kWiden) {
      *request_.needs_wider_types = true;
      place.hint =
          "the type comes from the declaration or from the first rows; a look at all rows "
          "finds one that holds every value";
    } else {
      place.hint = as_told + ", --on-mismatch widen, or --on-mismatch reject with --rejects FILE";
    }
    return MakeError(ErrorCode::kData, (row.empty() ? "" : row + ": ") + reason, std::move(place));
  }

  // "rowid 17", looked up only now.
  std::string RowName(int64_t ordinal) {
    if (ordinal < 0) return "";
    if (!request_.relation.key.empty()) {
      auto statement = connection_->Prepare("select " + request_.relation.key +
                                            RangeSql(request_.relation, request_.range) +
                                            fmt::format(" limit 1 offset {}", ordinal));
      if (statement.ok()) {
        BindRange(request_.range, &*statement);
        const auto found = statement->Step();
        if (found.ok() && *found) return fmt::format("rowid {}", statement->Integer(0));
      }
    }
    return "row " + WithThousands(ordinal + 1);
  }

  const RowsRequest request_;
  const std::shared_ptr<Context> context_;
  const std::shared_ptr<SqliteConnection> connection_;
  const std::vector<SqliteColumnPlan>
      plans_;                    // of what is read: columns of the schema, then one more
  const std::vector<int> read_;  // if only the filter needs it
  const int beyond_column_;      // of what is read; -1: no filter
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<RowCursor> rows_;
  CellBatch cells_;
  int64_t batch_rows_ = 0, batch_text_ = 0;
  int64_t stepped_ = 0;  // rows of the range
  bool ended_ = false;
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> OpenRows(RowsRequest request) {
  std::vector<int> read = request.columns;
  int beyond_column = -1;
  if (request.beyond.has_value()) {
    const int wanted = request.schema->GetFieldIndex(request.beyond->column);
    const auto found = std::find(read.begin(), read.end(), wanted);
    beyond_column = static_cast<int>(found - read.begin());
    if (found == read.end()) read.push_back(wanted);
  }
  std::vector<SqliteColumnPlan> plans;
  for (const int column : read) plans.push_back(request.plans[static_cast<size_t>(column)]);
  const std::string label = request.relation.label;
  auto reader = std::make_shared<RowReader>(std::move(request), std::move(plans), std::move(read),
                                            beyond_column);
  ARROW_RETURN_NOT_OK(AtPlace(reader->Start(), {.location = label}));
  return reader;
}

}  // namespace bowyer
