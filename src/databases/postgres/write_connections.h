// Connections that write: each transaction on one of its own, kept for the next.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "databases/postgres/connection.h"
#include "databases/postgres/moment.h"

namespace bowyer {

// Thread-safe.
class PostgresConnections {
 public:
  PostgresConnections(std::shared_ptr<Context> context, PostgresTarget target)
      : context_(std::move(context)), target_(std::move(target)) {}

  arrow::Result<std::unique_ptr<PostgresConnection>> Take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
      }
    }
    return OpenPostgresSession(context_, target_);
  }
  // Kept if it is outside of any transaction.
  void GiveBack(std::unique_ptr<PostgresConnection> connection) {
    if (connection == nullptr || !connection->alive() || connection->busy()) return;
    if (PQtransactionStatus(connection->get()) != PQTRANS_IDLE) return;
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }

  const std::shared_ptr<Context>& context() const { return context_; }
  const PostgresTarget& target() const { return target_; }

 private:
  std::shared_ptr<Context> context_;
  PostgresTarget target_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<PostgresConnection>> idle_;
};

// One statement within a transaction, which goes on if it fails.
inline arrow::Status TryExecute(PostgresConnection& connection, const std::string& sql) {
  ARROW_RETURN_NOT_OK(connection.Execute("savepoint bowyer"));
  const auto status = connection.Execute(sql);
  if (!connection.alive()) return status;
  ARROW_RETURN_NOT_OK(connection.Execute(status.ok() ? "release savepoint bowyer"
                                                     : "rollback to savepoint bowyer"));
  return status;
}

}  // namespace bowyer
