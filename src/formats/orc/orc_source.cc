// ORC -> batches through Arrow's adapter. Its reader belongs to one thread at a time, so batches
// are decoded one after the other, each by a task that runs while the one before is used.
#include "formats/orc/orc_source.h"

#include <arrow/adapters/orc/adapter.h>
#include <arrow/util/compression.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "bowyer/error.h"
#include "core/ordered_tasks.h"
#include "core/text.h"
#include "core/validate.h"
#include "formats/wished_type.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;
using arrow::adapters::orc::ORCFileReader;

// What the ORC library throws or reports, as kData with its place.
template <typename Call>
auto CatchOrc(const std::string& name, Call call) -> decltype(call()) {
  std::string what;
  try {
    auto result = call();
    if (result.ok()) return result;
    Status status;
    if constexpr (std::is_same_v<decltype(result), Status>) {
      status = result;
    } else {
      status = result.status();
    }
    if (DetailOf(status) != nullptr || status.IsOutOfMemory() || status.IsCancelled()) {
      return AtPlace(status, {.location = name});
    }
    what = status.message();
  } catch (const std::exception& e) {
    what = e.what();
  }
  ErrorPlace place{.location = name};
  if (what.find("nanosecond") != std::string::npos) {
    place.hint = "Arrow holds ORC timestamps in nanoseconds: 1677 to 2262";
  }
  return MakeError(ErrorCode::kData, "cannot read this ORC data: " + what, std::move(place));
}

class OrcBatches : public arrow::RecordBatchReader {
 public:
  OrcBatches(std::shared_ptr<Context> context, FileInput input,
             std::unique_ptr<ORCFileReader> reader, std::shared_ptr<arrow::Schema> file_schema,
             std::vector<int> columns, std::deque<int64_t> stripes, bool ahead)
      : context_(std::move(context)),
        input_(std::move(input)),
        reader_(std::move(reader)),
        columns_(std::move(columns)),
        stripes_(std::move(stripes)),
        tasks_(context_, ahead ? 1 : kOnCallingThread) {
    arrow::FieldVector fields;
    for (int i : columns_) fields.push_back(file_schema->field(i));
    schema_ = arrow::schema(std::move(fields), file_schema->metadata());
    // The library gives columns in the file's order, each once; and it must be asked for one.
    wanted_ = columns_;
    if (wanted_.empty() && file_schema->num_fields() > 0) wanted_.push_back(0);
    std::sort(wanted_.begin(), wanted_.end());
    wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    if (tasks_.empty()) ARROW_RETURN_NOT_OK(Ahead());
    ARROW_ASSIGN_OR_RAISE(*out, tasks_.Next());
    return *out == nullptr ? Status::OK() : Ahead();
  }

 private:
  Status Ahead() {
    return tasks_.Submit([this] { return CatchOrc(input_.name, [this] { return Decode(); }); });
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Decode() {
    while (true) {
      if (stripe_ == nullptr) {
        if (stripes_.empty()) return nullptr;
        const auto information = reader_->GetStripeInformation(stripes_.front());
        stripes_.pop_front();
        if (information.num_rows == 0) continue;
        ARROW_RETURN_NOT_OK(reader_->Seek(information.first_row_id));
        const int64_t row_bytes = 2 * information.length / information.num_rows + 8;
        ARROW_ASSIGN_OR_RAISE(
            stripe_, reader_->NextStripeReader(
                         std::min<int64_t>(context_->batch_rows(row_bytes), 64 << 10), wanted_));
        if (stripe_ == nullptr) {
          return MakeError(ErrorCode::kData, "a stripe is missing");
        }
        stripe_rows_ = information.num_rows;
      }
      std::shared_ptr<arrow::RecordBatch> batch;
      ARROW_RETURN_NOT_OK(stripe_->ReadNext(&batch));
      if (batch == nullptr) {
        if (stripe_rows_ != 0) {
          return MakeError(ErrorCode::kData,
                           fmt::format("a stripe ends {} rows too early", stripe_rows_));
        }
        stripe_ = nullptr;
        continue;
      }
      stripe_rows_ -= batch->num_rows();
      return Projected(*batch);
    }
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Projected(const arrow::RecordBatch& batch) {
    if (batch.num_columns() != static_cast<int>(wanted_.size())) {
      return MakeError(ErrorCode::kData, "a stripe has another number of columns");
    }
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const auto found = std::lower_bound(wanted_.begin(), wanted_.end(), columns_[i]);
      const auto& field = *schema_->field(static_cast<int>(i));
      columns.push_back(
          UnderType(batch.column(static_cast<int>(found - wanted_.begin())), field.type()));
      if (!columns.back()->type()->Equals(*field.type())) {
        return MakeError(ErrorCode::kData, "a stripe holds another type than the file claims",
                         {.column = field.name()});
      }
      ARROW_RETURN_NOT_OK(CheckUtf8(*columns.back()->data(), field.name(), decoded_));
    }
    decoded_ += batch.num_rows();
    return arrow::RecordBatch::Make(schema_, batch.num_rows(), std::move(columns));
  }

  std::shared_ptr<Context> context_;
  FileInput input_;
  std::unique_ptr<ORCFileReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<int> columns_, wanted_;
  std::deque<int64_t> stripes_;
  std::shared_ptr<arrow::RecordBatchReader> stripe_;
  int64_t stripe_rows_ = 0, decoded_ = 0;
  OrderedTasks<std::shared_ptr<arrow::RecordBatch>> tasks_;
};

class OrcSource : public Source {
 public:
  OrcSource(std::shared_ptr<Context> context, FileInput input)
      : context_(std::move(context)), input_(std::move(input)) {}

  Status ReadTail(const ReadOptions& options) {
    return CatchOrc(input_.name, [&]() -> Status {
      ARROW_ASSIGN_OR_RAISE(reader_, ORCFileReader::Open(input_.file, context_->memory_pool()));
      ARROW_ASSIGN_OR_RAISE(schema_, reader_->ReadSchema());
      schema_ = BytesForText(schema_, options);
      int64_t rows = 0;
      for (int64_t i = 0; i < reader_->NumberOfStripes(); ++i) {
        const int64_t stripe_rows = reader_->GetStripeInformation(i).num_rows;
        if (stripe_rows < 0) return MakeError(ErrorCode::kData, "a stripe claims negative rows");
        rows += stripe_rows;
      }
      if (rows != reader_->NumberOfRows()) {
        return MakeError(ErrorCode::kData,
                         fmt::format("the stripes hold {} rows, the footer claims {}", rows,
                                     reader_->NumberOfRows()));
      }
      return Status::OK();
    });
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Result<std::string> Fingerprint() const override { return input_.fingerprint; }

  Result<std::vector<Chunk>> Chunks(int64_t target_rows) override {
    std::vector<Chunk> chunks;
    for (int64_t i = 0; i < reader_->NumberOfStripes(); ++i) {
      if (chunks.empty() || chunks.back().rows >= target_rows) {
        chunks.push_back(
            {.index = static_cast<int64_t>(chunks.size()), .first = i, .count = 0, .rows = 0});
      }
      ++chunks.back().count;
      chunks.back().rows += reader_->GetStripeInformation(i).num_rows;
    }
    return chunks;
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> Open(const Chunk& chunk,
                                                         const ScanOptions& options) override {
    std::vector<int> columns;
    for (int i = 0; i < schema_->num_fields(); ++i) columns.push_back(i);
    if (options.columns) columns = *options.columns;
    const int64_t all = reader_->NumberOfStripes();
    const int64_t first = std::clamp<int64_t>(chunk.first, 0, all);
    const int64_t end = chunk.count < 0 ? all : std::min(all, first + chunk.count);
    std::deque<int64_t> stripes;
    for (int64_t i = first; i < end; ++i) stripes.push_back(i);
    // Readers are independent of each other: each has a reader of the library's.
    ARROW_ASSIGN_OR_RAISE(auto reader, CatchOrc(input_.name, [&] {
                            return ORCFileReader::Open(input_.file, context_->memory_pool());
                          }));
    return std::make_shared<OrcBatches>(context_, input_, std::move(reader), schema_,
                                        std::move(columns), std::move(stripes),
                                        !options.on_calling_thread);
  }

  Result<SourceInfo> Inspect() override {
    return CatchOrc(input_.name, [&]() -> Result<SourceInfo> {
      SourceInfo info{.format = "ORC " + reader_->GetFileVersion().ToString(),
                      .rows = reader_->NumberOfRows(),
                      .stored_bytes = input_.size,
                      .unit_name = "stripe",
                      .created_by = Printable(reader_->GetSoftwareVersion())};
      for (int64_t i = 0; i < reader_->NumberOfStripes(); ++i) {
        const auto stripe = reader_->GetStripeInformation(i);
        info.units.push_back({.rows = stripe.num_rows, .stored_bytes = stripe.length});
      }
      ARROW_ASSIGN_OR_RAISE(const auto codec, reader_->GetCompression());
      info.codec = codec == arrow::Compression::UNCOMPRESSED ? "none"
                   : codec == arrow::Compression::GZIP
                       ? "gzip"
                       : arrow::util::Codec::GetCodecAsString(codec);
      ARROW_ASSIGN_OR_RAISE(const auto pairs, reader_->ReadMetadata());
      for (int64_t i = 0; pairs != nullptr && i < pairs->size(); ++i) {
        info.metadata.emplace_back(pairs->key(i), pairs->value(i));
      }
      return info;
    });
  }

 private:
  std::shared_ptr<Context> context_;
  FileInput input_;
  std::unique_ptr<ORCFileReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

Result<std::unique_ptr<Source>> OpenOrc(std::shared_ptr<Context> context, FileInput input,
                                        const ReadOptions& options) {
  if (input.file == nullptr) {
    return MakeError(ErrorCode::kUsage, "ORC cannot be read from a pipe: its index is at the end",
                     {.location = input.name, .hint = "save it to a file first"});
  }
  auto source = std::make_unique<OrcSource>(std::move(context), std::move(input));
  ARROW_RETURN_NOT_OK(source->ReadTail(options));
  return source;
}

}  // namespace bowyer
