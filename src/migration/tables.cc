#include "migration/tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/digest.h"
#include "core/text.h"

namespace bowyer {
namespace {

using Clock = std::chrono::steady_clock;

// Rows of a chunk: enough that a destination's own units (DuckDB's row groups of 122,880) are
// filled several times over, few enough that a resumed run has little to do again.
constexpr int64_t kChunkRows = 4 * 122'880;

// Begins the fingerprints of rows whose types were found by a look at all of them.
constexpr std::string_view kTypesFound = "types found; ";

// Who copies in parallel is to end at about the same time: the last chunks of a large table are cut
// into parts of less than a row group of DuckDB's.
void CutLast(std::vector<Chunk>* chunks) {
  constexpr size_t kCut = 2;
  constexpr int64_t kParts = 3;
  if (chunks->size() <= 2 * kCut || chunks->front().count <= 0) return;
  const std::vector<Chunk> last(chunks->end() - kCut, chunks->end());
  const int64_t usual = chunks->front().count;
  chunks->resize(chunks->size() - kCut);
  for (const Chunk& chunk : last) {
    const int64_t parts = std::clamp<int64_t>(kParts * chunk.count / usual, 1, chunk.count);
    for (int64_t i = 0; i < parts; ++i) {
      const int64_t begin = chunk.count * i / parts, end = chunk.count * (i + 1) / parts;
      chunks->push_back({.index = static_cast<int64_t>(chunks->size()),
                         .first = chunk.first + begin,
                         .count = end - begin});
    }
  }
}

// Where chunks begin and end, in short: another estimate of a table's size may cut it otherwise.
std::string CutText(const std::vector<Chunk>& chunks) {
  uint64_t hash = 0xCBF29CE484222325;  // FNV-1a
  for (const Chunk& chunk : chunks) {
    for (const int64_t number : {chunk.first, chunk.count}) {
      hash = (hash ^ static_cast<uint64_t>(number)) * 0x100000001B3;
    }
  }
  return fmt::format("{} chunks {:016x}", chunks.size(), hash);
}

// One table, from its first task to its last. Its tasks run on several threads.
struct TableRun {
  TableRun(const PlannedTable& table, MigratedTable* result) : plan(table), facts(*result) {}

  const PlannedTable& plan;
  MigratedTable& facts;  // guarded by mutex while chunks are under way
  bool find_types = false;
  Clock::time_point start;

  std::unique_ptr<TableSource> source;
  std::unique_ptr<Sink> sink;
  std::shared_ptr<arrow::Schema> schema;  // with the destination's names
  std::vector<Chunk> chunks;
  std::set<int64_t> kept;  // those that an earlier run committed

  std::mutex mutex;
  size_t pending = 0;    // tasks of the current phase
  bool widen = false;    // a value needs another type: all chunks begin anew
  arrow::Status status;  // the first error
  TableDigest source_digest{0}, destination_digest{0};
  int64_t source_rows = 0, destination_rows = 0;

  std::unique_ptr<Source> stored;                // what the destination has, to be compared
  std::shared_ptr<TablesUnderWay::Table> shown;  // for whoever looks on; null: nobody does
};

class TableCopier {
 public:
  TableCopier(std::shared_ptr<Context> context, DatabaseReader& reader, DatabaseWriter& writer,
              const MigrateOptions& options)
      : context_(std::move(context)), reader_(reader), writer_(writer), options_(options) {}

  arrow::Status Run(const std::vector<PlannedTable>& plan, std::vector<MigratedTable>* facts) {
    for (size_t i = 0; i < plan.size(); ++i) {
      tables_.push_back(std::make_unique<TableRun>(plan[i], &(*facts)[i]));
      TableRun* table = tables_.back().get();
      tasks_.push_back([this, table] { return OpenTable(*table); });
    }
    const int jobs = options_.jobs > 0 ? options_.jobs : context_->threads();
    std::vector<std::thread> threads;
    for (int i = 1; i < jobs; ++i) threads.emplace_back([this] { Work(); });
    Work();
    for (std::thread& thread : threads) thread.join();
    return status_;
  }

 private:
  using Task = std::function<arrow::Status()>;

  // Tasks that go on with a table that is under way come before those that open another one, so
  // that few are open at a time.
  void Push(Task task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_front(std::move(task));
    }
    changed_.notify_one();
  }

  void Work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return stopped_ || !tasks_.empty() || running_ == 0; });
      if (stopped_ || tasks_.empty()) break;
      const Task task = std::move(tasks_.front());
      tasks_.pop_front();
      ++running_;
      lock.unlock();
      arrow::Status status = context_->CheckStop();
      if (status.ok()) status = task();
      lock.lock();
      --running_;
      if (!status.ok()) {
        if (status_.ok()) status_ = status;
        stopped_ = true;
      }
      if (stopped_ || (tasks_.empty() && running_ == 0)) changed_.notify_all();
    }
    changed_.notify_all();
  }

  // An error of one table: of its values, it is that table's own; of anything else, the end of all.
  arrow::Status Failed(TableRun& table, const arrow::Status& error) {
    // Of a damaged database nothing is kept, and the damage explains a value that is none.
    if (CodeOf(error) == ErrorCode::kData) ARROW_RETURN_NOT_OK(reader_.CheckIsWhole());
    const arrow::Status status = AtPlace(error, {.location = table.plan.facts.source});
    {
      const std::lock_guard lock(table.mutex);
      if (table.status.ok()) table.status = status;
      table.facts.error = Describe(table.status);
    }
    const ErrorCode code = CodeOf(status);
    if (code != ErrorCode::kData && code != ErrorCode::kVerification) return status;
    const std::lock_guard lock(mutex_);
    if (status_.ok()) status_ = status;
    return arrow::Status::OK();
  }

  arrow::Status OpenTable(TableRun& table) {
    if (table.start == Clock::time_point()) table.start = Clock::now();
    if (options_.under_way != nullptr) {
      table.shown = options_.under_way->Begin(table.plan.facts.source, table.plan.definition->rows);
    }
    arrow::Status status = ResumeTypes(table);
    if (status.ok()) status = TryOpen(table);
    if (!status.ok()) {
      Release(table);
      return Failed(table, status);
    }
    std::vector<const Chunk*> missing;
    for (const Chunk& chunk : table.chunks) {
      if (!table.kept.contains(chunk.index)) missing.push_back(&chunk);
    }
    table.pending = missing.size();
    if (missing.empty()) return Copied(table);
    for (auto chunk = missing.rbegin(); chunk != missing.rend(); ++chunk) {
      Push([this, &table, chunk = *chunk] { return CopyChunk(table, *chunk); });
    }
    return arrow::Status::OK();
  }

  // Where an earlier run had to look for types its chunks are of those: they are found at once.
  arrow::Status ResumeTypes(TableRun& table) {
    if (!table.plan.target.resume || table.find_types ||
        table.plan.read.on_mismatch != OnMismatch::kWiden) {
      return arrow::Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const std::string earlier,
                          writer_.UnfinishedFingerprint(table.plan.target));
    table.find_types = earlier.starts_with(kTypesFound);
    return arrow::Status::OK();
  }

  arrow::Status TryOpen(TableRun& table) {
    TableReadOptions read = table.plan.read;
    read.find_types = table.find_types;
    ARROW_ASSIGN_OR_RAISE(table.source, reader_.OpenTable(*table.plan.definition, read));
    const auto& definitions = table.plan.target.definition.columns;
    arrow::FieldVector fields = table.source->schema()->fields();
    for (size_t i = 0; i < fields.size(); ++i) fields[i] = fields[i]->WithName(definitions[i].name);
    table.schema = arrow::schema(std::move(fields), table.source->schema()->metadata());
    ARROW_RETURN_NOT_OK(
        DescribeColumns(table.plan, *table.source->schema(), writer_, &table.facts.columns));
    table.facts.widened = table.find_types;
    if (table.find_types) NoteWidened(table);

    const int64_t rows = options_.chunk_rows > 0 ? options_.chunk_rows : kChunkRows;
    ARROW_ASSIGN_OR_RAISE(table.chunks, table.source->Chunks(rows));
    if (options_.chunk_rows == 0) CutLast(&table.chunks);
    ARROW_ASSIGN_OR_RAISE(std::string fingerprint, table.source->Fingerprint());
    // Chunks of an earlier run are those of this one only if both were cut alike.
    fingerprint =
        fmt::format("{}{}; {}; digests {}; {}", table.find_types ? kTypesFound : "", fingerprint,
                    CutText(table.chunks), table.plan.verify == Verification::kFull,
                    table.schema->ToString(true));
    if (read.beyond.has_value()) fingerprint += "; beyond " + read.beyond->value->ToString();
    if (options_.one_snapshot) fingerprint += "; " + reader_.snapshot();
    ARROW_ASSIGN_OR_RAISE(table.sink, writer_.OpenTable(table.plan.target));
    ARROW_ASSIGN_OR_RAISE(auto receipts, table.sink->Begin(table.schema, fingerprint));
    ARROW_ASSIGN_OR_RAISE(const bool unchanged, AreUnchanged(table, receipts));
    if (!unchanged) {
      TableTarget anew = table.plan.target;
      anew.resume = false;
      table.sink.reset();
      ARROW_ASSIGN_OR_RAISE(table.sink, writer_.OpenTable(anew));
      ARROW_ASSIGN_OR_RAISE(receipts, table.sink->Begin(table.schema, fingerprint));
    }

    table.widen = false;
    table.source_rows = table.destination_rows = 0;
    table.source_digest = TableDigest(table.schema->num_fields());
    table.kept.clear();
    for (const Receipt& receipt : receipts) ARROW_RETURN_NOT_OK(AddReceipt(table, receipt));
    table.facts.chunks = static_cast<int64_t>(table.chunks.size());
    table.facts.chunks_kept = static_cast<int64_t>(receipts.size());
    context_->progress().rows_written += table.source_rows;
    if (table.shown != nullptr) table.shown->rows = table.source_rows;
    return arrow::Status::OK();
  }

  // Are the rows of the chunks that were committed those of now?
  arrow::Result<bool> AreUnchanged(TableRun& table, const std::vector<Receipt>& receipts) {
    for (const Receipt& receipt : receipts) {
      ARROW_RETURN_NOT_OK(context_->CheckStop());
      const auto index = static_cast<uint64_t>(receipt.chunk);
      if (index < table.chunks.size()) {
        ARROW_ASSIGN_OR_RAISE(const bool unchanged,
                              table.source->IsUnchanged(table.chunks[index], receipt));
        if (unchanged) continue;
      }
      context_->progress().Note(
          fmt::format("{}: the source may have changed since chunk {} was committed; the table is "
                      "copied anew",
                      Printable(table.plan.facts.source), receipt.chunk + 1));
      return false;
    }
    return true;
  }

  arrow::Status AddReceipt(TableRun& table, const Receipt& receipt) {
    table.kept.insert(receipt.chunk);
    table.source_rows += receipt.rows;
    if (table.plan.verify != Verification::kFull) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto digest, TableDigest::Parse(receipt.digest));
    return table.source_digest.Merge(digest);
  }

  void NoteWidened(TableRun& table) {
    for (size_t i = 0; i < table.facts.columns.size(); ++i) {
      MigratedColumn& column = table.facts.columns[i];
      const auto& declared = *table.plan.definition->columns[i].field->type();
      const auto& found = *table.schema->field(static_cast<int>(i))->type();
      if (declared.Equals(found)) continue;
      column.note = fmt::format("{} in place of {}, which does not hold all of its values",
                                TypeText(found), TypeText(declared));
      context_->progress().Note(fmt::format("{}.{}: {}", Printable(table.plan.facts.source),
                                            Printable(column.name), column.note));
    }
  }

  arrow::Status CopyChunk(TableRun& table, const Chunk& chunk) {
    bool give_up = false;
    {
      const std::lock_guard lock(table.mutex);
      give_up = table.widen || !table.status.ok();
    }
    arrow::Status status;
    if (!give_up) status = CopyRows(table, chunk);
    {
      std::unique_lock lock(table.mutex);
      if (!status.ok() && !table.find_types && table.source->needs_wider_types() &&
          CodeOf(status) == ErrorCode::kData && options_.on_mismatch == OnMismatch::kWiden) {
        table.widen = true;
        context_->progress().Detail(1, [&] {
          return fmt::format(
              "{}: {}; its types are found by a look at all values, and it begins anew",
              Printable(table.plan.facts.source), status.message());
        });
        status = arrow::Status::OK();
      }
      lock.unlock();
      if (!status.ok()) ARROW_RETURN_NOT_OK(Failed(table, status));
      lock.lock();
      if (--table.pending > 0) return arrow::Status::OK();
    }
    // The last of the chunks: nobody else is at the table now.
    if (!table.status.ok()) {
      Release(table);
      return arrow::Status::OK();
    }
    if (table.widen) {
      context_->progress().rows_written -= table.source_rows;
      Release(table);
      table.find_types = true;
      Push([this, &table] { return OpenTable(table); });
      return arrow::Status::OK();
    }
    return Copied(table);
  }

  arrow::Status CopyRows(TableRun& table, const Chunk& chunk) {
    ARROW_ASSIGN_OR_RAISE(const auto reader,
                          table.source->Open(chunk, {.on_calling_thread = true}));
    ARROW_ASSIGN_OR_RAISE(const auto writer, table.sink->Open(chunk));
    const bool digests = table.plan.verify == Verification::kFull;
    TableDigest digest(table.schema->num_fields());
    Receipt receipt{.chunk = chunk.index, .snapshot = reader_.snapshot()};
    for (;;) {
      ARROW_RETURN_NOT_OK(context_->CheckStop());
      std::shared_ptr<arrow::RecordBatch> batch;
      {
        const StageTimer timer(context_->progress(), Stage::kRead);
        ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
      }
      if (batch == nullptr) break;
      if (batch->num_rows() == 0) continue;
      batch = arrow::RecordBatch::Make(table.schema, batch->num_rows(), batch->columns());
      if (digests) {
        ARROW_ASSIGN_OR_RAISE(const auto stored, writer_.AsStored(batch));
        ARROW_RETURN_NOT_OK(digest.Add(*stored));
      }
      const StageTimer timer(context_->progress(), Stage::kWrite);
      ARROW_RETURN_NOT_OK(writer->Write(batch));
      receipt.rows += batch->num_rows();
      context_->progress().rows_written += batch->num_rows();
      if (table.shown != nullptr) table.shown->rows += batch->num_rows();
    }
    if (digests) receipt.digest = digest.ToText();
    const StageTimer timer(context_->progress(), Stage::kWrite);
    ARROW_RETURN_NOT_OK(writer->Commit(receipt));
    context_->progress().Detail(2, [&] {
      return fmt::format("{}: chunk {} of {} is committed, {}", Printable(table.plan.facts.source),
                         receipt.chunk + 1, table.facts.chunks, Plural(receipt.rows, "row"));
    });
    const std::lock_guard lock(table.mutex);
    table.source_rows += receipt.rows;
    return digests ? table.source_digest.Merge(digest) : arrow::Status::OK();
  }

  // All rows are committed: they are compared, by parts of the destination's own.
  arrow::Status Copied(TableRun& table) {
    const arrow::Status status = [&]() -> arrow::Status {
      if (table.plan.verify == Verification::kNone) return Finish(table);
      ARROW_ASSIGN_OR_RAISE(table.stored, writer_.ReadBack(table.plan.target));
      table.destination_digest = TableDigest(table.stored->schema()->num_fields());
      ARROW_ASSIGN_OR_RAISE(table.chunks, table.stored->Chunks(kChunkRows));
      table.pending = table.chunks.size();
      if (table.chunks.empty()) return Compare(table);
      for (const Chunk& chunk : table.chunks) {
        Push([this, &table, &chunk] { return CheckChunk(table, chunk); });
      }
      return arrow::Status::OK();
    }();
    if (status.ok()) return status;
    Release(table);
    return Failed(table, status);
  }

  arrow::Status CheckChunk(TableRun& table, const Chunk& chunk) {
    const arrow::Status status = CheckRows(table, chunk);
    if (!status.ok()) ARROW_RETURN_NOT_OK(Failed(table, status));
    {
      const std::lock_guard lock(table.mutex);
      if (--table.pending > 0) return arrow::Status::OK();
    }
    if (!table.status.ok()) {
      Release(table);
      return arrow::Status::OK();
    }
    const arrow::Status end = Compare(table);
    if (end.ok()) return end;
    Release(table);
    return Failed(table, end);
  }

  arrow::Status CheckRows(TableRun& table, const Chunk& chunk) {
    const bool digests = table.plan.verify == Verification::kFull;
    ScanOptions scan{.on_calling_thread = true};
    if (!digests) scan.columns.emplace();
    ARROW_ASSIGN_OR_RAISE(const auto reader, table.stored->Open(chunk, scan));
    TableDigest digest(table.stored->schema()->num_fields());
    int64_t rows = 0;
    for (;;) {
      ARROW_RETURN_NOT_OK(context_->CheckStop());
      std::shared_ptr<arrow::RecordBatch> batch;
      {
        const StageTimer timer(context_->progress(), Stage::kRead);
        ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
      }
      if (batch == nullptr) break;
      rows += batch->num_rows();
      if (table.shown != nullptr) table.shown->compared += batch->num_rows();
      if (digests) ARROW_RETURN_NOT_OK(digest.Add(*batch));
    }
    const std::lock_guard lock(table.mutex);
    table.destination_rows += rows;
    return digests ? table.destination_digest.Merge(digest) : arrow::Status::OK();
  }

  arrow::Status Compare(TableRun& table) {
    table.stored.reset();
    table.facts.destination_rows = table.destination_rows;
    if (table.destination_rows != table.source_rows) {
      return MakeError(
          ErrorCode::kVerification,
          fmt::format("{} were copied, but the destination holds {}",
                      Plural(table.source_rows, "row"), Plural(table.destination_rows, "row")));
    }
    if (table.plan.verify == Verification::kFull) {
      table.facts.source_digest = table.source_digest.TableText();
      table.facts.destination_digest = table.destination_digest.TableText();
      std::string different;
      for (size_t i = 0; i < table.facts.columns.size(); ++i) {
        MigratedColumn& column = table.facts.columns[i];
        column.source_digest = table.source_digest.ColumnText(static_cast<int>(i));
        column.destination_digest = table.destination_digest.ColumnText(static_cast<int>(i));
        if (column.source_digest != column.destination_digest) {
          different += (different.empty() ? "" : ", ") + column.name;
        }
      }
      if (!(table.source_digest == table.destination_digest)) {
        return MakeError(ErrorCode::kVerification,
                         "the destination holds other values than the source" +
                             (different.empty() ? ": rows are put together otherwise"
                                                : " in the columns " + Printable(different)));
      }
    }
    table.facts.verified = table.plan.verify;
    return Finish(table);
  }

  arrow::Status Finish(TableRun& table) {
    ARROW_RETURN_NOT_OK(reader_.CheckIsWhole());
    {
      const StageTimer timer(context_->progress(), Stage::kFinish);
      ARROW_RETURN_NOT_OK(table.sink->Finish());
    }
    MigratedTable& facts = table.facts;
    facts.rows = table.source_rows;
    // What was kept of an earlier run is as it was at this run's moment, too.
    facts.snapshot = reader_.snapshot();
    facts.seconds = std::chrono::duration<double>(Clock::now() - table.start).count();
    Release(table);
    context_->progress().Detail(1, [&] {
      return fmt::format("{}: {} in {:.2f} s, {}", Printable(facts.source),
                         Plural(facts.rows, "row"), facts.seconds, Plural(facts.chunks, "chunk"));
    });
    return arrow::Status::OK();
  }

  void Release(TableRun& table) {
    if (table.shown != nullptr) options_.under_way->End(table.shown);
    table.shown.reset();
    table.stored.reset();
    table.sink.reset();
    table.source.reset();
  }

  const std::shared_ptr<Context> context_;
  DatabaseReader& reader_;
  DatabaseWriter& writer_;
  const MigrateOptions& options_;
  std::vector<std::unique_ptr<TableRun>> tables_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  int running_ = 0;
  bool stopped_ = false;
  arrow::Status status_;  // the first error
};

}  // namespace

arrow::Status CopyTables(const std::shared_ptr<Context>& context, DatabaseReader& reader,
                         DatabaseWriter& writer, const std::vector<PlannedTable>& plan,
                         const MigrateOptions& options, std::vector<MigratedTable>* tables) {
  return TableCopier(context, reader, writer, options).Run(plan, tables);
}

}  // namespace bowyer
