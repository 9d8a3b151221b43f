// A location says where a table is: one parser and one type for the command line, C++, Python, R
// and pipeline files. docs/architecture.md lists the schemes.
#pragma once

#include <arrow/result.h>

#include <map>
#include <string>
#include <string_view>

namespace bowyer {

struct Location {
  // "file" for paths, "-" for standard input or output, otherwise what stands before the colon:
  // "duckdb", "sqlite", "postgresql", "shm", "unix", "tcp", "grpc", "s3", "gs", "abfs".
  std::string scheme;
  // A path (may be a glob or a folder), or what the scheme makes of the rest.
  std::string path;
  // After '#': a table of a database; empty for files.
  std::string table;
  // After '?': options such as query=; only for locations with a scheme.
  std::map<std::string, std::string> options;

  // Errors: kUsage for an empty text, an unknown scheme or a malformed option.
  static arrow::Result<Location> Parse(std::string_view text);

  bool is_file() const { return scheme == "file"; }
  bool is_standard_stream() const { return scheme == "-"; }

  // For messages, logs and reports: a password is shown as ***.
  std::string Redacted() const;
};

}  // namespace bowyer
