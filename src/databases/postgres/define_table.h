// What a definition says of a table whose rows are there: keys, checks, indexes, defaults,
// comments.
#pragma once

#include <arrow/result.h>

#include <string>
#include <vector>

#include "databases/database.h"
#include "databases/postgres/connection.h"

namespace bowyer {

// Within the connection's transaction. What the server refuses, and what other databases' SQL says
// in words that mean something else here, is given back as left out. Defaults out of a sequence
// (nextval) are left to whoever makes the sequences.
arrow::Result<std::vector<LeftOut>> DefineTable(PostgresConnection& connection,
                                                const std::string& table,
                                                const TableTarget& target);

}  // namespace bowyer
