// How the index of a primary key is made. DuckDB sorts all keys of a table before it puts them into
// the tree; rows that come out of a database are mostly in the order of its key already, so here
// each thread sorts a few thousand keys at a time, builds trees of them and joins those.
#pragma once

#include <duckdb/main/database.hpp>

namespace bowyer {

// From now on, for indexes that `database` makes. Indexes that DuckDB would not sort for are made
// as ever.
void BuildIndexesInRuns(duckdb::DuckDB& database);

}  // namespace bowyer
