// Tables that one query sees, and no other.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "databases/duckdb/table_scan.h"

namespace bowyer {

struct QueryTables : public std::map<std::string, std::shared_ptr<const TableInput>> {};

}  // namespace bowyer
