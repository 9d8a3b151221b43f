// One reader over all sources: each is opened when the one before it ends, with only the columns
// that are wanted, and its batches are brought under the common schema.
#include "transfer/table.h"

#include <fmt/format.h>

#include "bowyer/error.h"
#include "connectors/unify.h"
#include "core/text.h"

namespace bowyer {
namespace {

class TableReader : public arrow::RecordBatchReader {
 public:
  struct Part {
    NamedSource source;
    ScanOptions scan;
    std::vector<int> positions;  // of the wanted columns among those scanned; -1: not there
    bool as_is = false;          // batches have the schema already
  };

  TableReader(std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
              std::vector<Part> parts)
      : context_(std::move(context)), schema_(std::move(schema)), parts_(std::move(parts)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    *out = nullptr;
    while (at_ < parts_.size()) {
      ARROW_RETURN_NOT_OK(context_->CheckStop());
      Part& part = parts_[at_];
      const ErrorPlace place{.location = part.source.name};
      if (reader_ == nullptr) {
        auto reader = part.source.source->Open(Chunk{}, part.scan);
        if (!reader.ok()) return AtPlace(reader.status(), place);
        reader_ = std::move(reader).ValueUnsafe();
        context_->progress().Detail(2, [&] {
          return fmt::format("{}: source {} of {} opened, {} columns", Printable(part.source.name),
                             at_ + 1, parts_.size(), reader_->schema()->num_fields());
        });
      }
      std::shared_ptr<arrow::RecordBatch> batch;
      if (auto status = reader_->ReadNext(&batch); !status.ok()) return AtPlace(status, place);
      if (batch == nullptr) {
        reader_.reset();
        rows_of_part_ = 0;
        part.source.source.reset();
        ++at_;
        continue;
      }
      context_->progress().Detail(2, [&] {
        return fmt::format("{}: {} from row {} on", Printable(part.source.name),
                           Plural(batch->num_rows(), "row"), WithThousands(rows_of_part_ + 1));
      });
      rows_of_part_ += batch->num_rows();
      context_->progress().rows_read += batch->num_rows();
      if (part.as_is) {
        *out = batch->schema() == schema_ ? std::move(batch) : Relabel(*batch);
      } else {
        auto adapted = AdaptBatch(*context_, batch, schema_, part.positions);
        if (!adapted.ok()) return AtPlace(adapted.status(), place);
        *out = std::move(adapted).ValueUnsafe();
      }
      return arrow::Status::OK();
    }
    return arrow::Status::OK();
  }

 private:
  // The same columns under the table's schema (its metadata and nullability).
  std::shared_ptr<arrow::RecordBatch> Relabel(const arrow::RecordBatch& batch) const {
    return arrow::RecordBatch::Make(schema_, batch.num_rows(), batch.column_data());
  }

  std::shared_ptr<Context> context_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<Part> parts_;
  size_t at_ = 0;
  int64_t rows_of_part_ = 0;  // that were read
  std::shared_ptr<arrow::RecordBatchReader> reader_;
};

}  // namespace

arrow::Result<std::unique_ptr<SourceTable>> SourceTable::Make(std::vector<NamedSource> sources,
                                                              bool by_name) {
  std::vector<NamedSchema> schemas;
  for (const auto& named : sources) schemas.emplace_back(named.name, named.source->schema());
  ARROW_ASSIGN_OR_RAISE(auto unified, UnifySchemas(schemas, by_name && schemas.size() > 1));
  std::unique_ptr<SourceTable> table(new SourceTable());
  table->sources_ = std::move(sources);
  table->schema_ = std::move(unified.schema);
  table->positions_ = std::move(unified.positions);
  return table;
}

// For progress: the number of rows where every source knows it without reading.
void SourceTable::TellTotal(Context& context) const {
  int64_t rows = 0;
  for (const NamedSource& named : sources_) {
    const auto chunks = named.source->Chunks(int64_t{1} << 40);
    if (!chunks.ok()) return;
    for (const Chunk& chunk : *chunks) {
      if (chunk.rows < 0) return;
      rows += chunk.rows;
    }
  }
  context.progress().rows_total = rows;
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> SourceTable::Open(
    std::shared_ptr<Context> context, const std::optional<std::vector<int>>& columns, bool to_end) {
  std::shared_ptr<arrow::Schema> schema = schema_;
  std::vector<int> wanted;
  for (int i = 0; i < schema_->num_fields(); ++i) wanted.push_back(i);
  if (columns.has_value()) {
    wanted = *columns;
    context->progress().Detail(1, [&] {
      std::string names;
      for (const int column : wanted) {
        names += (names.empty() ? "" : ", ") + Printable(schema_->field(column)->name(), 60);
      }
      return fmt::format("of {} columns only these are read: {}", schema_->num_fields(), names);
    });
    arrow::FieldVector fields;
    for (const int column : wanted) fields.push_back(schema_->field(column));
    schema = arrow::schema(std::move(fields), schema_->metadata());
  }
  TellTotal(*context);
  std::vector<TableReader::Part> parts;
  for (size_t i = 0; i < sources_.size(); ++i) {
    TableReader::Part part;
    part.scan.to_end = to_end;
    const arrow::Schema& own = *sources_[i].source->schema();
    std::vector<int> scan;
    part.as_is = true;
    for (size_t w = 0; w < wanted.size(); ++w) {
      const int position = positions_[i][static_cast<size_t>(wanted[w])];
      if (position < 0) {
        part.positions.push_back(-1);
        part.as_is = false;
        continue;
      }
      part.positions.push_back(static_cast<int>(scan.size()));
      scan.push_back(position);
      part.as_is = part.as_is &&
                   own.field(position)->type()->Equals(schema->field(static_cast<int>(w))->type());
    }
    bool all = static_cast<int>(scan.size()) == own.num_fields();
    for (size_t k = 0; all && k < scan.size(); ++k) all = scan[k] == static_cast<int>(k);
    if (!all) part.scan.columns = std::move(scan);
    part.source = std::move(sources_[i]);
    parts.push_back(std::move(part));
  }
  sources_.clear();
  return std::make_shared<TableReader>(std::move(context), std::move(schema), std::move(parts));
}

}  // namespace bowyer
