// A connection to a PostgreSQL server: libpq without its blocking calls, so that a stop is noticed,
// a cut connection is an error, and a server that has gone silent is one, too. Rows are read
// past it (row_messages.h).
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>
#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "databases/postgres/row_messages.h"

namespace bowyer {

// Where a server is and how to log in, as libpq takes it. What is not said comes from libpq's
// environment, service file and .pgpass.
struct PostgresTarget {
  std::vector<std::pair<std::string, std::string>> parameters;
  // Without a byte for this long, a server that owes an answer counts as lost.
  int read_timeout_seconds = 600;
  std::string shown;  // for messages: without password and query

  // Of the location's options, `query` and `read_timeout` are ours, the others libpq's.
  // Errors: kUsage.
  static arrow::Result<PostgresTarget> From(const Location& location);
};

// Rows of a query, as text.
class PostgresResult {
 public:
  explicit PostgresResult(PGresult* result) : result_(result) {}
  int rows() const { return PQntuples(result_.get()); }
  int columns() const { return PQnfields(result_.get()); }
  bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  std::string text(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column),
            static_cast<size_t>(PQgetlength(result_.get(), row, column))};
  }
  bool boolean(int row, int column) const { return text(row, column) == "t"; }
  int64_t number(int row, int column) const;  // 0 for null
  const PGresult* get() const { return result_.get(); }
  // Rows that a command says that it wrote.
  int64_t affected() const;

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

// Of rows that come.
struct CopyBytes {
  const uint8_t* data;
  size_t size;
  bool ended;  // nothing comes behind them
};

// Used by one thread at a time. Destroyed while a command runs, it asks the server to cancel it.
class PostgresConnection {
 public:
  // Errors: kUnavailable, with what libpq says.
  static arrow::Result<std::unique_ptr<PostgresConnection>> Open(std::shared_ptr<Context> context,
                                                                 const PostgresTarget& target);
  ~PostgresConnection();

  // One or several statements; gives the last one's rows.
  // Errors: those of FromPostgres, kPeer (the connection is lost; alive() is false), kResources
  // (silent for longer than the limit; alive() is false), kInterrupted, kTerminated.
  arrow::Result<PostgresResult> Query(const std::string& sql);
  arrow::Status Execute(const std::string& sql) { return Query(sql).status(); }
  // The names, types and modifiers of a query's columns, without running it.
  arrow::Result<PostgresResult> Describe(const std::string& sql);

  // The rows of a SELECT. They come past libpq where the connection is not encrypted.
  arrow::Status BeginRows(const std::string& select);
  // What has come of them, as the bytes of binary COPY, without the first `used` bytes of what the
  // last call gave; waits for some more. Valid until the next call. Errors: as Query.
  arrow::Result<CopyBytes> MoreRows(size_t used);

  // COPY ... FROM STDIN.
  arrow::Status BeginCopyIn(const std::string& sql);
  arrow::Status CopyIn(std::string_view bytes);
  // Gives the number of rows that the server took.
  arrow::Result<int64_t> EndCopyIn();

  bool alive() const { return PQstatus(connection_.get()) == CONNECTION_OK && !broken_; }
  bool busy() const { return busy_; }
  // 150003 of a server 15.3.
  int server_version() const { return PQserverVersion(connection_.get()); }
  std::string parameter(const char* name) const;
  const std::string& shown() const { return shown_; }
  const std::shared_ptr<Context>& context() const { return context_; }
  PGconn* get() { return connection_.get(); }

 private:
  PostgresConnection() = default;
  arrow::Status Connect(const PostgresTarget& target);
  void Announce(const std::string& sql);
  arrow::Status Send(const std::string& sql);
  arrow::Status SendPastLibpq(std::string_view bytes);
  arrow::Status Wait(bool for_writing);
  arrow::Status Flush();
  arrow::Result<PostgresResult> NextResult(bool* end);
  arrow::Result<PostgresResult> LastResult();
  arrow::Status Lost(std::string why = "");
  void Cancel();
  // More rows behind what there is; false: they have ended.
  arrow::Result<bool> Receive();
  arrow::Result<bool> ReceiveFromLibpq();
  arrow::Status EndOfRows();
  arrow::Status AddCopied(std::string_view bytes);
  arrow::Status ReserveCopied(size_t more);

  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  std::shared_ptr<Context> context_;
  std::unique_ptr<PGconn, Finish> connection_;
  std::string shown_;
  std::chrono::seconds read_timeout_{600};
  std::chrono::steady_clock::time_point last_byte_;
  std::optional<RowMessages> messages_;  // of rows past libpq
  struct Free {
    void operator()(uint8_t* memory) const { std::free(memory); }
  };
  std::unique_ptr<uint8_t, Free> copied_;
  size_t copied_size_ = 0, copied_capacity_ = 0;
  bool flows_ = false;   // more than a few rows have come
  bool busy_ = false;    // a command has not ended
  bool broken_ = false;  // not to be used any more
};

// A server's error with its SQLSTATE, by class: kPeer (the connection, a shutdown), kUnavailable
// (log in, privileges, what is not there), kResources (full disk, too many connections, a
// time-out), kData (values, constraints, damage), kUsage (everything that is wrong with a query).
arrow::Status FromPostgres(const PGresult* result, const std::string& location);

// "a""b": the only way in which names of ours come into SQL.
std::string PostgresName(std::string_view name);
// 'it''s', also with backslashes: likewise for texts.
std::string PostgresText(std::string_view text);

}  // namespace bowyer
