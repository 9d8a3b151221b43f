// Moves whole databases: structure and rows, from one moment of the source, chunk by chunk,
// verified.
#pragma once

#include <arrow/type_fwd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "bowyer/options.h"

namespace bowyer {

// A value that the column's type cannot hold: another type for the column, the row set aside, or an
// error.
enum class OnMismatch { kWiden, kReject, kError };

// How a table is compared with its source once all its rows are there. kFull: digests of each
// column and of whole rows, computed from what the source gave and again from the destination's own
// storage.
enum class Verification { kNone, kCount, kFull };

// Tables above this many bytes at the source are only counted unless kFull is asked for.
inline constexpr int64_t kVerifyFullBelow = int64_t{64} << 30;

// The tables that are on their way just now, for whoever shows them. Thread-safe.
class TablesUnderWay {
 public:
  struct Table {
    std::string name;
    int64_t rows_total = -1;  // as estimated; -1: not known
    std::chrono::steady_clock::time_point start;
    std::atomic<int64_t> rows{0};      // copied
    std::atomic<int64_t> compared{0};  // read again at the destination
  };
  std::shared_ptr<Table> Begin(const std::string& name, int64_t rows_total);
  void End(const std::shared_ptr<Table>& table);
  std::vector<std::shared_ptr<Table>> all() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Table>> tables_;
};

// Tables are named "orders" or "public.orders", columns "orders.amount" or "public.orders.amount".
struct MigrateOptions {
  std::vector<std::string> tables, exclude;   // globs; no `tables`: all
  std::string schema;                         // only this one; empty: all
  bool views = false;                         // also views, as tables of their rows
  std::map<std::string, std::string> rename;  // table -> new name
  std::map<std::string, std::shared_ptr<arrow::DataType>> types;  // column -> type
  std::map<std::string, std::string> epochs;  // column -> what its numbers mean as dates or times:
                                              // seconds, milliseconds, microseconds, julian
  OnMismatch on_mismatch = OnMismatch::kWiden;
  std::shared_ptr<RejectsFile> rejects;   // with kReject; nothing of an earlier run is kept then
  int jobs = 0;                           // chunks at a time; 0: the context's threads
  int64_t chunk_rows = 0;                 // 0: chosen
  IfExists if_exists = IfExists::kError;  // of each table
  std::map<std::string, std::string> incremental;  // table -> column: rows beyond the greatest
                                                   // value that is there, merged by the primary key
  std::optional<Verification> verify;              // unset: kFull, but see kVerifyFullBelow
  bool resume = false;        // keep the chunks of a run that ended early, where the source has not
                              // changed since
  bool one_snapshot = false;  // with resume: keep nothing unless it is of the same moment
  bool durable = false;       // fsync before names appear
  std::shared_ptr<TablesUnderWay> under_way;  // null: nobody looks
};

struct MigratedColumn {
  std::string name;         // at the source
  std::string destination;  // name there
  std::string source_type, destination_type;
  std::string note;  // a type that was widened, values spelled otherwise
  std::string source_digest, destination_digest;  // hexadecimal; empty: not computed
};

struct MigratedTable {
  std::string source, destination;  // names; a destination's schema is named if it has several
  std::vector<MigratedColumn> columns;
  int64_t rows = -1;        // in a plan: as estimated; -1: not known
  int64_t bytes = -1;       // as stored at the source; -1: not known
  int64_t chunks = 0;       // in a plan: -1, not known before the table is opened
  int64_t chunks_kept = 0;  // of an earlier run
  double seconds = 0;       // from its first chunk to its last name
  std::string snapshot;     // that its rows are of, those of an earlier run, too
  Verification verified = Verification::kNone;
  int64_t destination_rows = -1;                  // counted there; -1: not counted
  std::string source_digest, destination_digest;  // of whole rows
  bool widened = false;
  std::string error;  // why it is not there; empty: it is
};

// What is not carried over, or not as it was.
struct LeftOut {
  std::string what;    // "trigger audit on public.orders"
  std::string reason;  // "DuckDB has no triggers"
  std::string ddl;     // where there is one
};

struct MigrationReport {
  std::string source, destination;  // redacted
  bool plan_only = false;
  std::string snapshot;  // of this run
  std::vector<MigratedTable> tables;
  std::vector<LeftOut> left_out;
  std::vector<std::string> notes;
  int64_t rows = 0, rows_rejected = 0;
  int64_t bytes_written = 0;
  int64_t peak_memory = 0;  // of Arrow's buffers and DuckDB
  double seconds = 0;
  std::string error;  // of the whole; empty: done
};

// What Migrate would do. Nothing is written. Errors: those of Migrate that show before its first
// row.
arrow::Result<MigrationReport> PlanMigration(std::shared_ptr<Context> context,
                                             const Location& source, const Location& destination,
                                             const MigrateOptions& options = {});

// Fills `report` also when it fails. A table that cannot be copied (kData) or differs
// (kVerification) does not keep the others from being copied; the first such error is the result.
// What was committed before a failure stays, unfinished and recognisable, for options.resume.
// Errors: kUsage (names that match nothing, with the closest), kUnavailable, kData, kVerification,
// kPeer, kResources.
arrow::Status Migrate(std::shared_ptr<Context> context, const Location& source,
                      const Location& destination, const MigrateOptions& options,
                      MigrationReport* report);

// The report as a document: JSON for machines; HTML, one file with its plots, for people.
std::string ReportJson(const MigrationReport& report);
std::string ReportHtml(const MigrationReport& report);

}  // namespace bowyer
