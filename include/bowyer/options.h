// How to read and how to write: everything that a location alone cannot say.
// One struct each; a format looks only at its own part.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bowyer {

class RejectsFile;

enum class Encoding { kAuto, kUtf8, kUtf16Le, kUtf16Be, kLatin1 };

// What is not set is detected on a sample (delimiter, quote, escape, header, comment, skip) or has
// the default named here.
struct CsvReadOptions {
  std::optional<char> delimiter;
  std::optional<char> quote;       // '\0': quotes have no meaning
  std::optional<char> escape;      // '\0': a quote inside quotes is doubled
  std::optional<bool> header;      // does the first record hold the names?
  std::vector<std::string> names;  // names in place of a header; implies header = false if unset
  std::optional<std::vector<std::string>> null_spellings;  // default: an empty unquoted field
  bool decimal_comma = false;                              // 1,5 is one and a half
  char thousands = '\0';                                   // 1_000 or 1.000: '\0' none
  std::string date_format;       // strptime-like: %Y %m %d %H %M %S %f %z ...; empty: ISO 8601
  std::string timestamp_format;  // likewise
  std::optional<std::string> comment;  // lines that begin with it are no records
  std::optional<int64_t> skip_lines;   // physical lines before the header or first record
};

struct ReadOptions {
  std::string format;  // "csv", "parquet", ...; empty: by suffix, then by the first bytes
  Encoding encoding = Encoding::kAuto;  // of text formats
  CsvReadOptions csv;
  // Column name -> type, in place of the detected or stored one. Values that it cannot hold exactly
  // are errors, and so are names that are no columns.
  std::map<std::string, std::shared_ptr<arrow::DataType>> types;
  // One file of a table of several: columns that `types` names may stand in the others only.
  bool one_of_several = false;
  bool all_text = false;        // CSV, JSON: every column is text
  int64_t sample_rows = 20480;  // rows that types are detected on; -1: all (a pass of its own)
  // For looking at parts of an uncompressed Arrow IPC file: through a mapping, so that next to
  // nothing is allocated. Not for copying: a file that is truncated under its mapping is a SIGBUS.
  bool memory_map = false;
  std::shared_ptr<RejectsFile> rejects;  // where rows that cannot be read go; null: they are errors
};

struct Compression {
  std::string name;  // "none", "snappy", "zstd", "lz4", "gzip", "bz2", "brotli"; empty: the default
  std::optional<int> level;  // the codec's own scale
};

// kUpsert: rows of a database's table are replaced by those of the same keys, others come beside.
enum class IfExists { kError, kOverwrite, kAppend, kUpsert };

struct CsvWriteOptions {
  char delimiter = ',';
  char quote = '"';
  bool header = true;
  std::string null_spelling;  // default: empty; empty text is then written as ""
};

struct WriteOptions {
  std::string format;  // empty: by suffix
  IfExists if_exists = IfExists::kError;
  std::vector<std::string> keys;  // columns that tell rows apart, for kUpsert
  Compression compression;
  int64_t row_group_rows = 0;  // Parquet row groups, IPC batches, ORC stripes; 0: by the budget
  CsvWriteOptions csv;
  std::vector<std::string> partition_by;  // hive folders
  int64_t max_file_rows = 0;              // > 0: the destination is a folder of numbered files
  int64_t max_file_bytes = 0;             // likewise; a file ends with the batch that reaches it
  bool durable = false;                   // fsync file and folder before the rename
};

}  // namespace bowyer
