// Rows on their way into a PostgreSQL table: gathered in a table of another name, by binary COPY,
// and shown under the table's own when they are whole.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "databases/database.h"
#include "databases/postgres/connection.h"
#include "databases/postgres/write_connections.h"

namespace bowyer {

struct PostgresSinkOptions {
  TableTarget target;  // its schema is not empty
  // All in one transaction, so that nothing stays of a run that fails; or each chunk in its own,
  // with its receipt.
  bool one_transaction = false;
  bool infinities = false;
  bool resume = false;  // the run's: what an earlier one has shown may be gone on with
  // Where what the definition says and the server refuses goes.
  std::vector<LeftOut>* left_out = nullptr;
  std::mutex* left_out_mutex = nullptr;
};

arrow::Result<std::unique_ptr<Sink>> MakePostgresTableSink(
    std::shared_ptr<PostgresConnections> connections, PostgresSinkOptions options);

// What an earlier run that did not come to its end gave to Begin for the table; empty: none did.
arrow::Result<std::string> PostgresUnfinishedFingerprint(PostgresConnection& connection,
                                                         const std::string& schema,
                                                         const std::string& table);

// Once all tables of a run are there: nothing of it is left to be resumed. In a transaction.
arrow::Status ForgetPostgresReceipts(PostgresConnection& connection, const std::string& schema,
                                     const std::vector<std::string>& tables);

// The name under which a table's rows gather.
std::string StagingName(const std::string& table);

}  // namespace bowyer
