// Sources -> one table -> the rows and columns that were asked for.
#include "bowyer/error.h"
#include "bowyer/reader.h"
#include "connectors/connectors.h"
#include "connectors/retype.h"
#include "core/final_error.h"
#include "transfer/row_readers.h"
#include "transfer/selection.h"
#include "transfer/table.h"

namespace bowyer {
namespace {

class GeneratorReader : public arrow::RecordBatchReader {
 public:
  GeneratorReader(std::shared_ptr<arrow::Schema> schema, BatchGenerator generator)
      : schema_(std::move(schema)), generator_(std::move(generator)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    if (ended_) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(auto batch, generator_());
    ended_ = batch == nullptr;
    if (!ended_ && !batch->schema()->Equals(*schema_, /*check_metadata=*/false)) {
      return MakeError(
          ErrorCode::kData, "a generator gave a batch of another schema than was agreed",
          {.hint = "agreed: " + schema_->ToString() + "\ngot: " + batch->schema()->ToString()});
    }
    *out = std::move(batch);
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<arrow::Schema> schema_;
  BatchGenerator generator_;
  bool ended_ = false;
};

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> MakeReader(std::shared_ptr<arrow::Schema> schema,
                                                     BatchGenerator generator) {
  return std::make_shared<GeneratorReader>(std::move(schema), std::move(generator));
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Select(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::RecordBatchReader> reader,
    const Selection& selection) {
  ARROW_ASSIGN_OR_RAISE(auto plan, PlanSelection(selection, *reader->schema()));
  if (plan.read.has_value()) {
    arrow::FieldVector fields;
    for (const int column : *plan.read) fields.push_back(reader->schema()->field(column));
    auto schema = arrow::schema(std::move(fields), reader->schema()->metadata());
    reader = MakeProjection(std::move(reader), *plan.read, std::move(schema));
  }
  ARROW_ASSIGN_OR_RAISE(reader, ApplyPlan(context, std::move(plan), std::move(reader)));
  return WithFinalError(std::move(reader));
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> OpenReader(
    std::shared_ptr<Context> context, const std::vector<Location>& sources,
    const ReadOptions& options, const Selection& selection) {
  if (sources.empty()) return MakeError(ErrorCode::kUsage, "there is no source to read");
  const StageTimer timer(context->progress(), Stage::kOpen);
  std::vector<NamedSource> opened;
  ReadOptions of_each = options;
  of_each.one_of_several = sources.size() > 1;
  for (const Location& location : sources) {
    auto source = OpenSource(context, location, of_each, selection.union_by_name);
    if (!source.ok()) return AtPlace(source.status(), {.location = location.Redacted()});
    opened.push_back({location.Redacted(), std::move(source).ValueUnsafe()});
  }
  ARROW_ASSIGN_OR_RAISE(auto table, SourceTable::Make(std::move(opened), selection.union_by_name));
  ARROW_RETURN_NOT_OK(CheckTypedColumns(options, *table->schema()));
  ARROW_ASSIGN_OR_RAISE(auto plan, PlanSelection(selection, *table->schema()));
  // Sorting reads everything, whatever is kept.
  const bool to_end = plan.limit < 0 || !plan.sort.empty();
  ARROW_ASSIGN_OR_RAISE(auto reader, table->Open(context, plan.read, to_end));
  ARROW_ASSIGN_OR_RAISE(reader, ApplyPlan(context, std::move(plan), std::move(reader)));
  return WithFinalError(std::move(reader));
}

}  // namespace bowyer
