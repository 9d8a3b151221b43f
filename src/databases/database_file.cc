#include "databases/database_file.h"

#include <sys/stat.h>

#include "bowyer/error.h"

namespace bowyer {

int64_t SizeWithLog(const std::string& path, const char* log) {
  int64_t size = 0;
  for (const char* end : {"", log}) {
    struct stat facts = {};
    if (::stat((path + end).c_str(), &facts) == 0) size += facts.st_size;
  }
  return size;
}

arrow::Status CheckWholeDatabase(const Location& location) {
  if (location.options.empty() && location.table.empty()) return arrow::Status::OK();
  return MakeError(ErrorCode::kUsage, "a whole database is written, and no table of it",
                   {.location = location.Redacted(),
                    .hint = "for one table: bowyer copy SOURCE " + location.Redacted()});
}

}  // namespace bowyer
