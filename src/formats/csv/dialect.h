// How a delimited text is spelled, and what the detection learned of it.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bowyer {

// All characters are single ASCII bytes other than '\r' and '\n', and differ from one another.
struct CsvDialect {
  char delimiter = ',';
  char quote = '"';        // '\0': quotes have no meaning
  char escape = '\0';      // inside quotes, makes the next byte stand for itself; '\0': none
  bool bare_cr = false;    // a '\r' alone ends a line too (else only "\n" and "\r\n")
  std::string comment;     // lines that begin with it are no records; empty: none
  int64_t skip_lines = 0;  // physical lines before the header or the first record
  bool header = true;      // the first record holds the names
};

struct CsvLayout {
  CsvDialect dialect;
  std::vector<std::string> names;
  std::vector<std::shared_ptr<arrow::DataType>> types;
  int64_t header_end = 0;    // bytes of text before the first record: skipped lines, header
  int64_t header_lines = 0;  // physical lines in them
  std::vector<std::pair<std::string, std::string>> facts;  // for `inspect`
};

}  // namespace bowyer
