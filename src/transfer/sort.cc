// External merge sort. Rows gather into runs of a share of the budget, which workers sort and,
// beyond what fits in memory, spill. Runs are merged in rounds: of every run a batch is loaded; all
// rows up to the smallest of the batches' last keys are final, since nothing smaller can follow;
// those rows are divided by key into parts that workers merge side by side.
#include "transfer/sort.h"

#include <arrow/array/concatenate.h>
#include <arrow/compute/cast.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <queue>

#include "bowyer/error.h"
#include "core/gather.h"
#include "core/ordered_tasks.h"
#include "core/text.h"
#include "transfer/sort_keys.h"
#include "transfer/sort_run.h"

namespace bowyer {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

struct Loaded {
  BatchPtr batch;  // null: the run has ended
  std::shared_ptr<const EncodedKeys> keys;
};

// Rows [begin, end) of a loaded batch.
struct Slice {
  Loaded loaded;
  int64_t begin = 0, end = 0;
};

// The first row in [begin, end) whose key is greater than `key` (or_equal: not less than it).
int64_t Bound(const EncodedKeys& keys, int64_t begin, int64_t end, std::string_view key,
              bool or_equal) {
  while (begin < end) {
    const int64_t middle = begin + (end - begin) / 2;
    const int order = keys[middle].compare(key);
    if (order < 0 || (order == 0 && !or_equal)) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

// Slices in the order of their runs -> their rows in order, equal keys in the order of the runs.
arrow::Result<BatchPtr> MergeSlices(Context& context, const std::shared_ptr<arrow::Schema>& schema,
                                    const std::vector<Slice>& slices) {
  ARROW_RETURN_NOT_OK(context.CheckStop());
  arrow::MemoryPool* pool = context.memory_pool();
  if (slices.size() == 1) {
    return slices[0].loaded.batch->Slice(slices[0].begin, slices[0].end - slices[0].begin);
  }
  struct Head {
    KeyPrefix prefix;
    std::string_view key;
    size_t slice;
  };
  const bool whole = KeyPrefix::IsWhole(slices[0].loaded.keys->width());
  const auto later = [whole](const Head& a, const Head& b) {
    if (a.prefix != b.prefix) return a.prefix > b.prefix;
    const int order = whole ? 0 : a.key.compare(b.key);
    return order != 0 ? order > 0 : a.slice > b.slice;
  };
  const auto head_at = [&slices](size_t slice, int64_t row) {
    const std::string_view key = (*slices[slice].loaded.keys)[row];
    return Head{KeyPrefix::Of(key), key, slice};
  };
  std::priority_queue<Head, std::vector<Head>, decltype(later)> heads(later);
  std::vector<int64_t> at, base;
  int64_t rows = 0;
  for (size_t i = 0; i < slices.size(); ++i) {
    base.push_back(rows);
    at.push_back(slices[i].begin);
    rows += slices[i].end - slices[i].begin;
    heads.push(head_at(i, slices[i].begin));
  }
  ARROW_ASSIGN_OR_RAISE(auto buffer,
                        arrow::AllocateBuffer(rows * static_cast<int64_t>(sizeof(uint32_t)), pool));
  auto* indices = reinterpret_cast<uint32_t*>(buffer->mutable_data());
  while (!heads.empty()) {
    const size_t i = heads.top().slice;
    heads.pop();
    *indices++ = static_cast<uint32_t>(base[i] + at[i] - slices[i].begin);
    if (++at[i] < slices[i].end) heads.push(head_at(i, at[i]));
  }
  const arrow::UInt32Array order(rows, std::move(buffer));
  arrow::ArrayVector columns;
  for (int column = 0; column < schema->num_fields(); ++column) {
    arrow::ArrayVector parts;
    for (const Slice& slice : slices) {
      parts.push_back(
          slice.loaded.batch->column(column)->Slice(slice.begin, slice.end - slice.begin));
    }
    ARROW_ASSIGN_OR_RAISE(const auto joined, arrow::Concatenate(parts, pool));
    ARROW_ASSIGN_OR_RAISE(auto sorted, TakeRows(joined, order, pool));
    columns.push_back(std::move(sorted));
  }
  return arrow::RecordBatch::Make(schema, rows, std::move(columns));
}

// Runs -> one stream in order. Used by one thread.
class Merge {
 public:
  static arrow::Result<std::unique_ptr<Merge>> Make(std::shared_ptr<Context> context,
                                                    std::shared_ptr<arrow::Schema> schema,
                                                    std::vector<SortKey> keys,
                                                    std::vector<SortedRun> runs) {
    std::unique_ptr<Merge> merge(new Merge(context, std::move(schema), std::move(keys)));
    for (SortedRun& run : runs) {
      ARROW_ASSIGN_OR_RAISE(
          auto reader, RunReader::Open(context->memory_pool(), merge->schema_, std::move(run)));
      merge->runs_.push_back({std::move(reader), {}, 0});
    }
    return merge;
  }

  // Null at the end.
  arrow::Result<BatchPtr> Next() {
    while (!ended_ && !parts_.full()) {
      ARROW_ASSIGN_OR_RAISE(const bool more, Round());
      ended_ = !more;
    }
    return parts_.empty() ? BatchPtr() : parts_.Next();
  }

 private:
  struct Run {
    std::unique_ptr<RunReader> reader;  // null: ended
    Loaded loaded;
    int64_t at = 0;
    bool exhausted() const { return loaded.batch == nullptr || at == loaded.batch->num_rows(); }
  };

  Merge(std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
        std::vector<SortKey> keys)
      : context_(context),
        schema_(std::move(schema)),
        keys_(std::move(keys)),
        parts_(context, context->threads()) {}

  arrow::Result<Loaded> Load(RunReader& reader) const {
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(auto batch, reader.Next());
      if (batch == nullptr) return Loaded{};
      if (batch->num_rows() == 0) continue;
      ARROW_ASSIGN_OR_RAISE(auto keys, EncodedKeys::Make(*batch, keys_, context_->memory_pool()));
      return Loaded{std::move(batch), std::make_shared<const EncodedKeys>(std::move(keys))};
    }
  }

  // Loads a batch of every run that has none, side by side.
  arrow::Status Refill() {
    std::vector<Run*> empty;
    for (Run& run : runs_) {
      if (run.reader != nullptr && run.exhausted()) empty.push_back(&run);
    }
    OrderedTasks<Loaded> loads(context_, static_cast<int>(empty.size()));
    for (Run* run : empty) {
      run->loaded = {};
      ARROW_RETURN_NOT_OK(loads.Submit([this, run] { return Load(*run->reader); }));
    }
    for (Run* run : empty) {
      ARROW_ASSIGN_OR_RAISE(run->loaded, loads.Next());
      run->at = 0;
      if (run->loaded.batch == nullptr) run->reader.reset();
    }
    return arrow::Status::OK();
  }

  // Finds the rows that are final by now and submits their merging; false at the end.
  arrow::Result<bool> Round() {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    ARROW_RETURN_NOT_OK(Refill());
    size_t smallest = runs_.size();
    std::string_view cut;
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (runs_[i].reader == nullptr) continue;
      const std::string_view last = (*runs_[i].loaded.keys)[runs_[i].loaded.batch->num_rows() - 1];
      if (smallest == runs_.size() || last < cut) {
        smallest = i;
        cut = last;
      }
    }
    if (smallest == runs_.size()) return false;
    std::vector<Slice> slices;
    std::vector<size_t> owners;
    for (size_t i = 0; i < runs_.size(); ++i) {
      Run& run = runs_[i];
      if (run.reader == nullptr) continue;
      // Rows that equal the cut are final only in runs up to the one that set it.
      const int64_t end = Bound(*run.loaded.keys, run.at, run.loaded.batch->num_rows(), cut,
                                /*or_equal=*/i > smallest);
      if (end == run.at) continue;
      slices.push_back({run.loaded, run.at, end});
      owners.push_back(i);
      run.at = end;
    }
    ARROW_RETURN_NOT_OK(Divide(std::move(slices)));
    return true;
  }

  // Cuts all slices at the same keys into as many parts as there are threads.
  arrow::Status Divide(std::vector<Slice> slices) {
    const auto rows_of = [](const Slice& slice) { return slice.end - slice.begin; };
    size_t longest = 0;
    int64_t total = 0;
    for (size_t i = 0; i < slices.size(); ++i) {
      total += rows_of(slices[i]);
      if (rows_of(slices[i]) > rows_of(slices[longest])) longest = i;
    }
    constexpr int64_t kWorthwhile = 4096;
    const int64_t parts =
        slices.size() == 1
            ? 1
            : std::clamp<int64_t>(total / kWorthwhile, 1,
                                  std::min<int64_t>(context_->threads(), rows_of(slices[longest])));
    const Slice guide = slices[longest];
    for (int64_t part = 1; part <= parts; ++part) {
      std::vector<Slice> mine;
      const int64_t guide_row = guide.begin + rows_of(guide) * part / parts;
      for (size_t i = 0; i < slices.size(); ++i) {
        Slice& slice = slices[i];
        int64_t end = slice.end;
        if (part < parts) {
          end = i == longest ? guide_row
                             : Bound(*slice.loaded.keys, slice.begin, slice.end,
                                     (*guide.loaded.keys)[guide_row], /*or_equal=*/i > longest);
        }
        if (end > slice.begin) mine.push_back({slice.loaded, slice.begin, end});
        slice.begin = end;
      }
      if (mine.empty()) continue;
      ARROW_RETURN_NOT_OK(parts_.Submit(
          [this, mine = std::move(mine)] { return MergeSlices(*context_, schema_, mine); }));
    }
    return arrow::Status::OK();
  }

  std::shared_ptr<Context> context_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<SortKey> keys_;
  std::vector<Run> runs_;
  bool ended_ = false;
  OrderedTasks<BatchPtr> parts_;  // last: its tasks use the members above
};

class Sort : public arrow::RecordBatchReader {
 public:
  Sort(std::shared_ptr<Context> context, std::shared_ptr<arrow::RecordBatchReader> source,
       std::vector<SortKey> keys, int64_t limit, SortTuning tuning)
      : context_(context),
        source_(std::move(source)),
        schema_(source_->schema()),
        keys_(std::move(keys)),
        limit_(limit),
        fan_in_(tuning.fan_in),
        run_bytes_(tuning.run_bytes > 0
                       ? tuning.run_bytes
                       : std::clamp<int64_t>(context->memory_budget() / 12, 1 << 20, 512 << 20)),
        batch_bytes_(std::max<int64_t>(run_bytes_ / static_cast<int64_t>(fan_in_), 16 << 10)),
        sorting_(context, context->threads()) {
    arrow::FieldVector fields;
    for (const auto& field : schema_->fields()) {
      // Views would carry all of the buffers that they point into through every spill.
      const auto id = field->type()->id();
      fields.push_back(id == arrow::Type::STRING_VIEW   ? field->WithType(arrow::large_utf8())
                       : id == arrow::Type::BINARY_VIEW ? field->WithType(arrow::large_binary())
                                                        : field);
    }
    inner_schema_ = arrow::schema(std::move(fields), schema_->metadata());
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(BatchPtr* out) override {
    *out = nullptr;
    if (merge_ == nullptr) ARROW_RETURN_NOT_OK(SortAll());
    ARROW_ASSIGN_OR_RAISE(auto batch, merge_->Next());
    if (batch == nullptr) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(*out, Converted(*batch, schema_));
    return arrow::Status::OK();
  }

 private:
  // The batch under a schema that differs in views only.
  arrow::Result<BatchPtr> Converted(const arrow::RecordBatch& batch,
                                    const std::shared_ptr<arrow::Schema>& schema) const {
    arrow::compute::ExecContext context(context_->memory_pool());
    arrow::ArrayVector columns;
    for (int i = 0; i < schema->num_fields(); ++i) {
      auto column = batch.column(i);
      if (column->type_id() != schema->field(i)->type()->id()) {
        ARROW_ASSIGN_OR_RAISE(column,
                              arrow::compute::Cast(*column, schema->field(i)->type(),
                                                   arrow::compute::CastOptions::Safe(), &context));
      }
      columns.push_back(std::move(column));
    }
    return arrow::RecordBatch::Make(schema, batch.num_rows(), std::move(columns));
  }

  arrow::Status Submit(std::vector<BatchPtr> batches, int64_t bytes, int64_t rows) {
    if (sorting_.full()) ARROW_RETURN_NOT_OK(TakeRun());
    ARROW_RETURN_NOT_OK(Compact());
    // What fits a share of the budget stays in memory; with a small limit that is everything.
    const int64_t kept = limit_ >= 0 && limit_ < rows ? bytes / rows * limit_ : bytes;
    const bool spill = submitted_bytes_ + kept > 2 * run_bytes_;
    if (!spill) submitted_bytes_ += kept;
    return sorting_.Submit([this, batches = std::move(batches), spill]() mutable {
      return SortIntoRun(*context_, std::move(batches), inner_schema_, keys_, limit_, batch_bytes_,
                         spill);
    });
  }

  arrow::Status TakeRun() {
    ARROW_ASSIGN_OR_RAISE(auto run, sorting_.Next());
    if (run.file.is_open()) spilled_bytes_ += run.bytes;
    runs_.push_back(std::move(run));
    return arrow::Status::OK();
  }

  arrow::Status SortAll() {
    std::vector<BatchPtr> batches;
    int64_t bytes = 0, rows = 0;
    constexpr int64_t kMostRows = int64_t{1} << 31;  // indices are uint32
    for (;;) {
      ARROW_RETURN_NOT_OK(context_->CheckStop());
      BatchPtr batch;
      ARROW_RETURN_NOT_OK(source_->ReadNext(&batch));
      if (batch != nullptr && batch->num_rows() == 0) continue;
      const bool ended = batch == nullptr;
      if (!ended) {
        ARROW_ASSIGN_OR_RAISE(batch, Converted(*batch, inner_schema_));
        bytes += BytesOf(*batch);
        rows += batch->num_rows();
        batches.push_back(std::move(batch));
      }
      if (!batches.empty() && (ended || bytes >= run_bytes_ || rows >= kMostRows)) {
        ARROW_RETURN_NOT_OK(Submit(std::move(batches), bytes, rows));
        batches = {};
        bytes = rows = 0;
      }
      if (ended) break;
    }
    source_.reset();
    while (!sorting_.empty()) ARROW_RETURN_NOT_OK(TakeRun());
    if (spilled_bytes_ > 0) {
      context_->progress().Note(
          fmt::format("sorting spilled {} to {}", HumanBytes(spilled_bytes_), TemporaryFolder()));
    }
    while (runs_.size() > fan_in_) {
      // The smallest neighbours are the last ones; all of one group.
      ARROW_RETURN_NOT_OK(
          MergeRuns(runs_.size() - std::min(fan_in_, runs_.size() - fan_in_ + 1), runs_.size()));
    }
    ARROW_ASSIGN_OR_RAISE(merge_, Merge::Make(context_, inner_schema_, keys_, std::move(runs_)));
    return arrow::Status::OK();
  }

  // As soon as there are fan_in_ runs of one level, they become one of the next, so that no more
  // than a few dozen files are open however long the input is. Levels fall along runs_.
  arrow::Status Compact() {
    for (size_t end = runs_.size(); end >= fan_in_;) {
      size_t begin = end;
      while (begin > 0 && runs_[begin - 1].level == runs_[end - 1].level) --begin;
      if (end - begin < fan_in_) {
        end = begin;
        continue;
      }
      while (!sorting_.empty()) ARROW_RETURN_NOT_OK(TakeRun());  // their memory is needed
      ARROW_RETURN_NOT_OK(MergeRuns(begin, begin + fan_in_));
      end = runs_.size();
    }
    return arrow::Status::OK();
  }

  // The neighbours [first, last) of runs_ become one run, in their place: stability needs the
  // order.
  arrow::Status MergeRuns(size_t first, size_t last) {
    const auto begin = runs_.begin() + static_cast<ptrdiff_t>(first);
    const auto end = runs_.begin() + static_cast<ptrdiff_t>(last);
    const int level = begin->level;
    std::vector<SortedRun> group(std::make_move_iterator(begin), std::make_move_iterator(end));
    ARROW_ASSIGN_OR_RAISE(auto merge,
                          Merge::Make(context_, inner_schema_, keys_, std::move(group)));
    ARROW_ASSIGN_OR_RAISE(auto writer, RunWriter::Spill(context_->memory_pool(), inner_schema_));
    int64_t left = limit_ >= 0 ? limit_ : INT64_MAX;
    while (left > 0) {
      ARROW_RETURN_NOT_OK(context_->CheckStop());
      ARROW_ASSIGN_OR_RAISE(const auto batch, merge->Next());
      if (batch == nullptr) break;
      // Batches of a size of which the next merge can hold one from each run.
      const int64_t row_bytes = std::max<int64_t>(1, BytesOf(*batch) / batch->num_rows());
      const int64_t step = std::max<int64_t>(1, batch_bytes_ / row_bytes);
      for (int64_t at = 0; at < batch->num_rows() && left > 0; at += step) {
        const auto slice = batch->Slice(at, std::min(step, left));
        ARROW_RETURN_NOT_OK(writer->Write(*slice));
        left -= slice->num_rows();
      }
    }
    ARROW_ASSIGN_OR_RAISE(*begin, writer->Finish());
    begin->level = level + 1;
    runs_.erase(begin + 1, end);
    return arrow::Status::OK();
  }

  std::shared_ptr<Context> context_;
  std::shared_ptr<arrow::RecordBatchReader> source_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::Schema> inner_schema_;  // views as plain text and binary
  std::vector<SortKey> keys_;
  int64_t limit_;
  const size_t fan_in_;
  const int64_t run_bytes_;
  const int64_t batch_bytes_;
  int64_t submitted_bytes_ = 0;  // of runs that stay in memory
  int64_t spilled_bytes_ = 0;
  std::vector<SortedRun> runs_;
  std::unique_ptr<Merge> merge_;
  OrderedTasks<SortedRun> sorting_;  // last: its tasks use the members above
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> MakeSort(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::RecordBatchReader> source,
    std::vector<SortKey> keys, int64_t limit, SortTuning tuning) {
  return std::make_shared<Sort>(std::move(context), std::move(source), std::move(keys), limit,
                                tuning);
}

}  // namespace bowyer
