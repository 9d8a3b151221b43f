// A chunk is a range of pages of the table's parts, one after the other; each is read by a COPY of
// its own, on a connection of the moment.
#include "databases/postgres/table_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <optional>
#include <utility>

#include "bowyer/error.h"
#include "bowyer/rejects.h"
#include "bowyer/type_text.h"
#include "core/text.h"
#include "databases/chunks_ahead.h"
#include "databases/postgres/copy_decoder.h"

namespace bowyer {
namespace {

// Fewer pages (a MiB) than this cost more to ask for than to read.
constexpr int64_t kFewestPages = 128;
// A table of this many pages (64 MiB) is read by several connections, so many pages at a time.
constexpr int64_t kPagesForSeveral = 8192, kPagesAhead = 1024;
constexpr double kRowsPerPage = 60;  // where nobody has counted
constexpr int kMostRetries = 3;
// Of a batch: more would not stay in a core's cache until they are written.
constexpr int64_t kMostRows = int64_t{1} << 17, kMostBytes = int64_t{2} << 20;

// What sources and their readers share.
struct Shared {
  std::shared_ptr<PostgresMoment> moment;
  PostgresTable table;
  std::shared_ptr<arrow::Schema> schema;
  std::atomic<bool> needs_wider_types{false};
};

struct Segment {
  std::string sql;
  std::string misfits_sql;  // of the rows that are set aside first; empty: none are
  bool is_ordered = false;
};

class CopyReader : public arrow::RecordBatchReader {
 public:
  CopyReader(std::shared_ptr<Shared> shared, std::vector<Segment> segments,
             std::shared_ptr<arrow::Schema> schema, std::unique_ptr<CopyDecoder> decoder)
      : shared_(std::move(shared)),
        segments_(std::move(segments)),
        schema_(std::move(schema)),
        decoder_(std::move(decoder)),
        batch_bytes_(std::min(kMostBytes, shared_->moment->context()->block_bytes())) {
    const int64_t asked = shared_->moment->context()->requested_batch_rows();
    batch_rows_ = asked > 0 ? asked : kMostRows;
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    const auto status = Read(out);
    if (status.ok()) return status;
    lease_.reset();
    if (decoder_->needs_wider_type()) shared_->needs_wider_types = true;
    return AtPlace(status, {.location = shared_->table.name});
  }

 private:
  arrow::Status Read(std::shared_ptr<arrow::RecordBatch>* out) {
    while (ready_.empty()) {
      if (segment_ < segments_.size()) {
        const auto status = ReadSome();
        if (!status.ok()) ARROW_RETURN_NOT_OK(Again(status));
      }
      const bool ended = segment_ == segments_.size();
      if (decoder_->rows() >= batch_rows_ || decoder_->bytes() >= batch_bytes_ ||
          (ended && decoder_->rows() > 0)) {
        ARROW_ASSIGN_OR_RAISE(auto batch, decoder_->Take());
        for (int64_t first = 0; first < batch->num_rows(); first += batch_rows_) {
          ready_.push_back(batch->Slice(first, batch_rows_));
        }
      } else if (ended) {
        lease_.reset();
        *out = nullptr;
        return arrow::Status::OK();
      }
    }
    *out = std::move(ready_.front());
    ready_.pop_front();
    return arrow::Status::OK();
  }

  // Rows until a batch is full or the segment ends.
  arrow::Status ReadSome() {
    Context& context = *shared_->moment->context();
    if (!lease_.has_value()) {
      auto lease = shared_->moment->Take();
      if (!lease.ok() && retries_ > 0 && CodeOf(lease.status()) == ErrorCode::kUnavailable) {
        return MakeError(ErrorCode::kPeer,
                         "the connection to the server was lost, and there is no "
                         "new one: " +
                             lease.status().message());
      }
      ARROW_RETURN_NOT_OK(lease.status());
      lease_.emplace(*std::move(lease));
      // A view's or a query's rows may depend on the time zone; a table's only in how they are
      // spelled.
      ARROW_RETURN_NOT_OK((*lease_)->Execute(
          shared_->table.is_view
              ? "set local timezone to default; set local row_security to default"
              : "set local timezone to 'UTC'; set local row_security to off"));
    }
    PostgresConnection& connection = **lease_;
    if (!copying_) {
      ARROW_RETURN_NOT_OK(SetMisfitsAside(connection));
      ARROW_RETURN_NOT_OK(connection.BeginRows(segments_[segment_].sql));
      copying_ = true;
      taken_ = left_ = 0;
    }
    do {
      ARROW_RETURN_NOT_OK(context.CheckStop());
      ARROW_ASSIGN_OR_RAISE(const CopyBytes bytes, connection.MoreRows(taken_));
      context.progress().bytes_read += static_cast<int64_t>(bytes.size - left_);
      ARROW_ASSIGN_OR_RAISE(taken_, decoder_->Decode(bytes.data, bytes.size));
      left_ = bytes.size - taken_;
      if (bytes.ended) {
        ARROW_RETURN_NOT_OK(decoder_->Finish(left_));
        decoder_->Restart(0);
        copying_ = false;
        ++segment_;
        misfits_set_aside_ = false;
        retries_ = 0;
        segment_rows_ = 0;
        return arrow::Status::OK();
      }
    } while (decoder_->rows() < batch_rows_ && decoder_->bytes() < batch_bytes_);
    return arrow::Status::OK();
  }

  // Before the segment's other rows, and once.
  arrow::Status SetMisfitsAside(PostgresConnection& connection) {
    const std::string& sql = segments_[segment_].misfits_sql;
    if (sql.empty() || misfits_set_aside_) return arrow::Status::OK();
    const PostgresTable& table = shared_->table;
    ARROW_ASSIGN_OR_RAISE(const PostgresResult rows, connection.Query(sql));
    for (int i = 0; i < rows.rows(); ++i) {
      const arrow::Field& field = *table.columns[static_cast<size_t>(rows.number(i, 0))].field;
      ARROW_RETURN_NOT_OK(table.misfits.rejects->Add(
          {.source = table.name,
           .column = field.name(),
           .reason = fmt::format("{} cannot be said exactly as {}", Quoted(rows.text(i, 1)),
                                 TypeText(*field.type())),
           .raw = rows.text(i, 2)}));
    }
    misfits_set_aside_ = true;
    return arrow::Status::OK();
  }

  // A connection that was lost: the rows that are still missing come by another one, of the same
  // moment. OK if that is to be tried.
  arrow::Status Again(const arrow::Status& error) {
    const bool lost = CodeOf(error) == ErrorCode::kPeer && lease_.has_value();
    lease_.reset();
    copying_ = false;
    const Segment& segment = segments_[segment_];
    if (!lost || !shared_->moment->shared() || retries_ == kMostRetries) return error;
    // The stream may have ended among the rows that were read before.
    segment_rows_ = std::max(segment_rows_, decoder_->stream_rows());
    if (!segment.is_ordered && segment_rows_ > 0) return error;
    ++retries_;
    shared_->moment->context()->progress().Note(
        shared_->table.name + ": " + error.message() +
        fmt::format("; goes on with row {} of this part by a new connection",
                    WithThousands(segment_rows_ + 1)));
    decoder_->Restart(segment_rows_);
    return arrow::Status::OK();
  }

  std::shared_ptr<Shared> shared_;
  const std::vector<Segment> segments_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<CopyDecoder> decoder_;
  std::optional<PostgresMoment::Lease> lease_;
  size_t segment_ = 0;
  bool copying_ = false;
  size_t taken_ = 0, left_ = 0;     // of the bytes that the connection gave last: decoded, and not
  bool misfits_set_aside_ = false;  // of the segment
  int retries_ = 0;
  int64_t segment_rows_ = 0;  // decoded by connections that were lost
  int64_t batch_rows_ = 0;
  const int64_t batch_bytes_;
  std::deque<std::shared_ptr<arrow::RecordBatch>> ready_;
};

class PostgresTableSource : public TableSource {
 public:
  explicit PostgresTableSource(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return shared_->schema; }
  arrow::Result<std::string> Fingerprint() const override { return shared_->table.fingerprint; }
  bool needs_wider_types() const override { return shared_->needs_wider_types; }

  arrow::Result<std::vector<Chunk>> Chunks(int64_t target_rows) override {
    std::vector<Chunk> chunks;
    int64_t first = 0;    // of the chunk that grows
    double gathered = 0;  // its rows
    int64_t unit = 0;
    const auto close = [&] {
      if (unit > first) {
        chunks.push_back({static_cast<int64_t>(chunks.size()), first, unit - first, -1});
      }
      first = unit;
      gathered = 0;
    };
    for (const PostgresPart& part : shared_->table.parts) {
      const double density = part.rows_per_page > 0 ? part.rows_per_page : kRowsPerPage;
      const double rows = density * static_cast<double>(part.pages);
      // Small parts share a chunk; a large one has chunks of its own.
      if (gathered + rows > static_cast<double>(target_rows)) close();
      const auto step =
          std::max(kFewestPages, static_cast<int64_t>(static_cast<double>(target_rows) / density));
      const int64_t end = unit + Units(part);
      while (unit + step < end) {
        unit += step;
        close();
      }
      gathered += density * static_cast<double>(end - unit);
      unit = end;
    }
    // A few rows that are left over go to the chunk before them.
    if (!chunks.empty() && gathered < static_cast<double>(target_rows) / 4) {
      chunks.back().count = unit - chunks.back().first;
    } else {
      close();
    }
    if (chunks.empty()) chunks.push_back(Chunk{});
    return chunks;
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open(
      const Chunk& chunk, const ScanOptions& options) override {
    const PostgresTable& table = shared_->table;
    std::vector<int> columns;
    if (options.columns.has_value()) {
      columns = *options.columns;
    } else {
      for (int i = 0; i < shared_->schema->num_fields(); ++i) columns.push_back(i);
    }
    std::string list;
    arrow::FieldVector fields;
    std::vector<PostgresValue> values;
    for (const int column : columns) {
      const ColumnPlan& plan = table.columns[static_cast<size_t>(column)];
      list += (list.empty() ? "" : ", ") + plan.expression;
      fields.push_back(plan.field);
      values.push_back(plan.value);
    }
    auto schema = arrow::schema(std::move(fields));
    // The tasks of chunks that are read ahead may outlive the source.
    OpenChunk open = [shared = shared_, list, schema,
                      values = std::move(values)](const Chunk& part) -> OpenedChunk {
      ARROW_ASSIGN_OR_RAISE(auto decoder,
                            CopyDecoder::Make(schema, values, shared->table.infinities,
                                              shared->moment->context()->memory_pool()));
      return std::make_shared<CopyReader>(shared, Segments(shared->table, part, list), schema,
                                          std::move(decoder));
    };
    const auto& context = shared_->moment->context();
    const bool ahead = options.to_end && !options.on_calling_thread && shared_->moment->shared() &&
                       context->threads() > 1 && chunk.count < 0 && AllUnits() >= kPagesForSeveral;
    if (!ahead) return open(chunk);
    std::vector<Chunk> chunks;
    for (int64_t first = 0; first < AllUnits(); first += kPagesAhead) {
      chunks.push_back(
          {.index = static_cast<int64_t>(chunks.size()), .first = first, .count = kPagesAhead});
    }
    chunks.back().count = -1;
    return ReadChunksAhead(context, schema, std::move(chunks), std::move(open));
  }

  // As many rows as then, and none that came since: then they are the same, for what is there now
  // was there then. The server's counters, which the fingerprint has, come late.
  arrow::Result<bool> IsUnchanged(const Chunk& chunk, const Receipt& receipt) override {
    const auto oldest = PostgresMoment::OldestTransaction(receipt.snapshot);
    if (!oldest.has_value()) return false;
    ARROW_ASSIGN_OR_RAISE(auto lease, shared_->moment->Take());
    ARROW_ASSIGN_OR_RAISE(const PostgresResult next,
                          lease->Query("select txid_snapshot_xmax(txid_current_snapshot())"));
    // What wrote a row, as a number that does not wrap around; 1 and 2 are older than all.
    const std::string came_since =
        fmt::format("xmin::text::int8 > 2 and {0} - ({0} - xmin::text::int8) % 4294967296 >= {1}",
                    next.number(0, 0), *oldest);
    int64_t count = 0;
    for (const Rows& rows : RowsOf(shared_->table, chunk)) {
      ARROW_ASSIGN_OR_RAISE(
          const PostgresResult facts,
          lease->Query(Select("count(*), coalesce(bool_or(" + came_since + "), false)", rows, "")));
      if (facts.boolean(0, 1)) return false;
      count += facts.number(0, 0);
    }
    return count == receipt.rows;
  }

  arrow::Result<SourceInfo> Inspect() override { return shared_->table.info; }

 private:
  using OpenedChunk = arrow::Result<std::shared_ptr<arrow::RecordBatchReader>>;

  static int64_t Units(const PostgresPart& part) { return std::max<int64_t>(part.pages, 1); }
  int64_t AllUnits() const {
    int64_t all = 0;
    for (const PostgresPart& part : shared_->table.parts) all += Units(part);
    return all;
  }

  struct Rows {
    const PostgresPart* part;
    std::string condition;  // " and ..."; empty: all
  };

  // Which rows of which parts a chunk is.
  static std::vector<Rows> RowsOf(const PostgresTable& table, const Chunk& chunk) {
    std::vector<Rows> all;
    const int64_t chunk_end = chunk.count < 0 ? INT64_MAX : chunk.first + chunk.count;
    int64_t start = 0;
    for (const PostgresPart& part : table.parts) {
      const int64_t end = start + Units(part);
      const int64_t from = std::max(chunk.first, start), to = std::min(chunk_end, end);
      if (from < to) {
        Rows rows{&part, table.condition.empty() ? "" : " and (" + table.condition + ")"};
        if (from > start) rows.condition += fmt::format(" and ctid >= '({},0)'::tid", from - start);
        // The last range takes what follows, too: how many pages there are is known of a moment.
        if (to < end) rows.condition += fmt::format(" and ctid < '({},0)'::tid", to - start);
        all.push_back(std::move(rows));
      }
      start = end;
    }
    return all;
  }

  static std::string Select(const std::string& list, const Rows& rows, const std::string& more) {
    const std::string condition = rows.condition + more;
    return "select " + list + " from " + rows.part->from +
           (condition.empty() ? "" : " where" + condition.substr(4));
  }

  static std::vector<Segment> Segments(const PostgresTable& table, const Chunk& chunk,
                                       const std::string& list) {
    const PostgresTable::Misfits& misfits = table.misfits;
    const std::string misfit = "(" + misfits.condition + ")";
    std::vector<Segment> segments;
    for (const Rows& rows : RowsOf(table, chunk)) {
      std::string misfits_sql, fits;
      if (!misfits.condition.empty()) {
        misfits_sql = Select(misfits.facts, rows, " and " + misfit);
        fits = " and " + misfit + " is not true";
      }
      segments.push_back({Select(list, rows, fits), std::move(misfits_sql), rows.part->is_ordered});
    }
    return segments;
  }

  std::shared_ptr<Shared> shared_;
};

}  // namespace

std::unique_ptr<TableSource> MakePostgresSource(std::shared_ptr<PostgresMoment> moment,
                                                PostgresTable table) {
  auto shared = std::make_shared<Shared>();
  arrow::FieldVector fields;
  for (const ColumnPlan& column : table.columns) fields.push_back(column.field);
  shared->schema = arrow::schema(std::move(fields));
  shared->moment = std::move(moment);
  shared->table = std::move(table);
  return std::make_unique<PostgresTableSource>(std::move(shared));
}

}  // namespace bowyer
