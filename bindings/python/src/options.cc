// Dicts of Python -> the option structs of bowyer/options.h.
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <array>

#include "arrow_c.h"
#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "errors.h"
#include "module.h"

namespace bowyer::python {
namespace {

// A single ASCII character; None, where that means that there is none.
char ToChar(const char* name, nb::handle value) {
  const auto text = Taken::Cast<std::string>(name, value);
  if (text.empty()) return '\0';
  if (text.size() != 1) {
    const std::string message = std::string(name) + " takes one ASCII character, or '' for none";
    throw nb::value_error(message.c_str());
  }
  return text[0];
}

template <typename T, size_t N>
T OneOf(const char* what, const std::string& word,
        const std::array<std::pair<const char*, T>, N>& words) {
  std::string known;
  for (const auto& [name, value] : words) {
    if (word == name) return value;
    known += (known.empty() ? "'" : ", '") + std::string(name) + "'";
  }
  const std::string message = "'" + word + "' is no " + what + ": try " + known;
  throw nb::value_error(message.c_str());
}

}  // namespace

void ThrowTypeError(const char* option, nb::handle value) {
  const std::string message = std::string(option) + " does not take " + nb::repr(value).c_str();
  throw nb::type_error(message.c_str());
}

void Taken::CheckNoneLeft() const {
  for (const auto& [name, value] : left_) {
    const std::string message = "there is no option " + std::string(nb::repr(name).c_str());
    throw nb::type_error(message.c_str());
  }
}

std::shared_ptr<arrow::DataType> ToType(nb::handle type) {
  if (nb::hasattr(type, "__arrow_c_schema__")) return ImportType(type);
  return ValueOf(ParseType(Taken::Cast<std::string>("type", type)));
}

Location ToLocation(const std::string& text) { return ValueOf(Location::Parse(text)); }

IfExists ToIfExists(const std::string& word) {
  return OneOf<IfExists, 4>("value of if_exists", word,
                            {{{"error", IfExists::kError},
                              {"overwrite", IfExists::kOverwrite},
                              {"append", IfExists::kAppend},
                              {"upsert", IfExists::kUpsert}}});
}

ReadOptions ToReadOptions(const nb::dict& options) {
  ReadOptions read;
  Taken taken(options);
  taken.Set("format", &read.format);
  taken.Take("encoding", [&](nb::handle value) {
    read.encoding = OneOf<Encoding, 5>("encoding", Taken::Cast<std::string>("encoding", value),
                                       {{{"auto", Encoding::kAuto},
                                         {"utf-8", Encoding::kUtf8},
                                         {"utf-16le", Encoding::kUtf16Le},
                                         {"utf-16be", Encoding::kUtf16Be},
                                         {"latin-1", Encoding::kLatin1}}});
  });
  taken.Take("delimiter", [&](nb::handle v) { read.csv.delimiter = ToChar("delimiter", v); });
  taken.Take("quote", [&](nb::handle v) { read.csv.quote = ToChar("quote", v); });
  taken.Take("escape", [&](nb::handle v) { read.csv.escape = ToChar("escape", v); });
  taken.Take("thousands", [&](nb::handle v) { read.csv.thousands = ToChar("thousands", v); });
  taken.Set("header", &read.csv.header);
  taken.Set("columns", &read.csv.names);
  taken.Set("null", &read.csv.null_spellings);
  taken.Set("decimal_comma", &read.csv.decimal_comma);
  taken.Set("date_format", &read.csv.date_format);
  taken.Set("timestamp_format", &read.csv.timestamp_format);
  taken.Set("comment", &read.csv.comment);
  taken.Set("skip_lines", &read.csv.skip_lines);
  taken.Take("types", [&](nb::handle value) {
    for (const auto& [name, type] : Taken::Cast<nb::dict>("types", value)) {
      read.types[Taken::Cast<std::string>("types", name)] = ToType(type);
    }
  });
  taken.Set("all_text", &read.all_text);
  taken.Set("sample_rows", &read.sample_rows);
  taken.Set("memory_map", &read.memory_map);
  taken.CheckNoneLeft();
  return read;
}

WriteOptions ToWriteOptions(const nb::dict& options) {
  WriteOptions write;
  Taken taken(options);
  taken.Set("format", &write.format);
  taken.Take("if_exists", [&](nb::handle value) {
    write.if_exists = ToIfExists(Taken::Cast<std::string>("if_exists", value));
  });
  taken.Set("keys", &write.keys);
  taken.Set("compression", &write.compression.name);
  taken.Set("compression_level", &write.compression.level);
  taken.Set("row_group_rows", &write.row_group_rows);
  taken.Set("partition_by", &write.partition_by);
  taken.Set("max_file_rows", &write.max_file_rows);
  taken.Set("max_file_bytes", &write.max_file_bytes);
  taken.Set("durable", &write.durable);
  taken.Take("delimiter", [&](nb::handle v) { write.csv.delimiter = ToChar("delimiter", v); });
  taken.Take("quote", [&](nb::handle v) { write.csv.quote = ToChar("quote", v); });
  taken.Set("header", &write.csv.header);
  taken.Set("null", &write.csv.null_spelling);
  taken.CheckNoneLeft();
  return write;
}

}  // namespace bowyer::python
