// A path, glob or folder -> the files of one table, with what their folders' names say.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "bowyer/options.h"

namespace bowyer {

// A value in a folder's name: year=2026. nullopt: __HIVE_DEFAULT_PARTITION__, a null.
struct PartitionValue {
  std::string name;
  std::optional<std::string> text;
};

struct ListedFile {
  std::string path;
  std::vector<PartitionValue> partition;
};

struct FileList {
  bool single = false;  // the path of one file, without any pattern
  std::vector<ListedFile> files;
  int64_t skipped = 0;  // files of a folder whose names say no format
};

// A pattern (* ? [..] in a component; ** for any folders) is a path when there is a file of exactly
// this name. Names beginning with '.' or '_' are passed over, unless the pattern names them so.
// Files come in the byte order of their paths. Of a folder, the files whose names say a format are
// taken, or, with options.format, all. Partition values stand in the folders beneath the first
// pattern or the given folder.
// Errors: kUnavailable (not there, no file fits), kData (files on different partition levels),
// kUsage (several formats in one folder).
arrow::Result<FileList> ListFiles(Context& context, const std::string& path,
                                  const ReadOptions& options);

// The files of several paths, globs and folders, one after the other.
arrow::Result<FileList> ListFiles(Context& context, const std::vector<std::string>& paths,
                                  const ReadOptions& options);

inline constexpr char kNullPartition[] = "__HIVE_DEFAULT_PARTITION__";

// "a%2Fb" -> "a/b"; what is no escape stays as it is.
std::string PercentDecoded(std::string_view text);

}  // namespace bowyer
