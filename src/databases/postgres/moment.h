// One moment of a database, for any number of connections: a transaction exports its snapshot and
// is held open, the others take it over.
#pragma once

#include <arrow/result.h>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "databases/postgres/connection.h"

namespace bowyer {

// A connection with the settings of a session of ours: no time-outs of the server's, one spelling
// of values.
arrow::Result<std::unique_ptr<PostgresConnection>> OpenPostgresSession(
    const std::shared_ptr<Context>& context, const PostgresTarget& target);

class PostgresMoment : public std::enable_shared_from_this<PostgresMoment> {
 public:
  // A connection of the moment, back in the pool when it goes.
  class Lease {
   public:
    Lease(std::shared_ptr<PostgresMoment> moment, std::unique_ptr<PostgresConnection> connection)
        : moment_(std::move(moment)), connection_(std::move(connection)) {}
    Lease(Lease&&) = default;
    ~Lease();
    PostgresConnection& operator*() { return *connection_; }
    PostgresConnection* operator->() { return connection_.get(); }

   private:
    std::shared_ptr<PostgresMoment> moment_;
    std::unique_ptr<PostgresConnection> connection_;
  };

  // count_writes: also how often rows of each table were written so far, as the server counts; from
  // before the moment, so that what is written meanwhile is a change for whoever compares.
  static arrow::Result<std::shared_ptr<PostgresMoment>> Open(
      const std::shared_ptr<Context>& context, const PostgresTarget& target, bool count_writes);

  // "00000003-0000001B-1 (xmin 731)", or that there is one connection only, and why: all
  // transactions below xmin had ended.
  const std::string& name() const { return name_; }
  // xmin of the moment that `name` names; nothing if that is none of ours.
  static std::optional<int64_t> OldestTransaction(const std::string& name);
  bool shared() const { return shared_; }
  int server_version() const { return server_version_; }
  const PostgresTarget& target() const { return target_; }
  const std::shared_ptr<Context>& context() const { return context_; }

  // A query on the connection that holds the moment. Locks that it takes last as long as the
  // moment. An error leaves the moment as it was.
  arrow::Result<PostgresResult> Query(const std::string& sql);
  // A connection for as long as the lease lives. Where the moment has only one, waits until it is
  // free. Errors: those of Open, kPeer where the moment is lost.
  arrow::Result<Lease> Take();

  // Of a table by its oid; nothing where the server does not count, or has counted writes while the
  // moment was taken.
  const std::string* counters(uint32_t oid) const;

 private:
  PostgresMoment() = default;
  arrow::Status Begin();
  arrow::Status TakeOldestTransaction();
  void GiveBack(std::unique_ptr<PostgresConnection> connection);

  std::shared_ptr<Context> context_;
  PostgresTarget target_;
  std::string name_;
  std::string exported_;  // the snapshot's own name; empty: there is none
  bool shared_ = false;
  int server_version_ = 0;
  std::map<uint32_t, std::string> counters_;

  std::mutex mutex_;
  std::condition_variable given_back_;
  std::unique_ptr<PostgresConnection> holder_;  // null while it is leased (only if not shared)
  std::vector<std::unique_ptr<PostgresConnection>> idle_;
};

}  // namespace bowyer
