// What destinations that keep a database in a file of their own have in common.
#pragma once

#include <arrow/status.h>

#include <cstdint>
#include <string>

#include "bowyer/location.h"

namespace bowyer {

// Bytes of the file and of the log beside it, whose name ends in `log`; 0 for what is not there.
int64_t SizeWithLog(const std::string& path, const char* log);

// Does `location` name a whole database, and no table or query of it? Errors: kUsage.
arrow::Status CheckWholeDatabase(const Location& location);

}  // namespace bowyer
