// The table of options. Each entry says its name, its value, its meaning, and where it goes.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "cli/arguments.h"
#include "core/name_list.h"
#include "core/text.h"

namespace bowyer::cli {
namespace {

using arrow::Status;

Status Usage(std::string message, std::string hint = "") {
  return MakeError(ErrorCode::kUsage, std::move(message), {.hint = std::move(hint)});
}

// A whole number of at least `least`; digits may be grouped as 1_000_000.
Status SetCount(std::string_view text, int64_t least, int64_t* out) {
  std::string digits;
  for (const char c : text) {
    if (c != '_') digits += c;
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value < least) {
    return Usage(fmt::format("{} is not a whole number of {} or more", Quoted(text), least));
  }
  *out = value;
  return Status::OK();
}

Status SetSize(std::string_view text, int64_t* out) {
  const auto size = ParseSize(text);
  if (!size.has_value() || *size <= 0) {
    return Usage(Quoted(text) + " is not a size", "sizes look like 64M, 256MiB, 1.5GB, 4096");
  }
  *out = *size;
  return Status::OK();
}

// One character, or a name for those that a shell makes hard to write.
Status SetChar(std::string_view text, bool may_be_none, char* out) {
  if (text == "tab" || text == "\\t") {
    *out = '\t';
  } else if (text == "space") {
    *out = ' ';
  } else if (text == "none" && may_be_none) {
    *out = '\0';
  } else if (text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x80 && text[0] != '\n' &&
             text[0] != '\r') {
    *out = text[0];
  } else {
    return Usage(Quoted(text) + " is not a single ASCII character",
                 may_be_none ? "write the character itself, tab, space or none"
                             : "write the character itself, tab or space");
  }
  return Status::OK();
}

Status Append(arrow::Result<std::vector<std::string>> names, std::vector<std::string>* out) {
  ARROW_RETURN_NOT_OK(names.status());
  out->insert(out->end(), names->begin(), names->end());
  return Status::OK();
}

Status SetFormat(std::string_view text, std::string* out) {
  *out = text;  // the connectors know the names, and the closest ones
  return Status::OK();
}

Status SetType(Arguments& a, std::string_view text) {
  // The type is behind the last '=' outside of brackets: names may hold '=', types do not.
  const auto equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0) {
    return Usage(Quoted(text) + " is not COLUMN=TYPE", "for example --type amount='decimal(12,2)'");
  }
  ARROW_ASSIGN_OR_RAISE(auto name, UnquoteName(text.substr(0, equals)));
  ARROW_ASSIGN_OR_RAISE(a.read.types[std::move(name)], ParseType(text.substr(equals + 1)));
  return Status::OK();
}

Status SetEncoding(Arguments& a, std::string_view text) {
  static constexpr std::pair<std::string_view, Encoding> kNames[] = {
      {"auto", Encoding::kAuto},        {"utf-8", Encoding::kUtf8},
      {"utf8", Encoding::kUtf8},        {"utf-16le", Encoding::kUtf16Le},
      {"utf-16be", Encoding::kUtf16Be}, {"latin-1", Encoding::kLatin1},
      {"latin1", Encoding::kLatin1},    {"iso-8859-1", Encoding::kLatin1}};
  std::string name(text);
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  std::vector<std::string> names;
  for (const auto& [known, encoding] : kNames) {
    if (known == name) {
      a.read.encoding = encoding;
      return Status::OK();
    }
    names.emplace_back(known);
  }
  return Usage("there is no encoding " + Quoted(text) + DidYouMean(name, names),
               "encodings are auto, utf-8, utf-16le, utf-16be, latin-1");
}

Status SetCompression(Arguments& a, std::string_view text) {
  static const std::vector<std::string> kNames = {"none", "snappy", "zstd",  "lz4",
                                                  "gzip", "bz2",    "brotli"};
  const auto colon = text.find(':');
  std::string name(text.substr(0, colon));
  if (name == "uncompressed") name = "none";
  if (name == "gz") name = "gzip";
  if (name == "zst") name = "zstd";
  if (name == "bzip2") name = "bz2";
  if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) {
    return Usage("there is no compression " + Quoted(name) + DidYouMean(name, kNames),
                 "compressions are none, snappy, zstd, lz4, gzip, bz2, brotli; "
                 "a level follows a colon: zstd:9");
  }
  a.write.compression.name = std::move(name);
  a.write.compression.level.reset();
  if (colon != std::string_view::npos) {
    const std::string_view level = text.substr(colon + 1);
    int value = 0;
    const auto [end, error] = std::from_chars(level.data(), level.data() + level.size(), value);
    if (error != std::errc() || end != level.data() + level.size()) {
      return Usage(Quoted(level) + " is not a compression level", "for example zstd:9");
    }
    a.write.compression.level = value;
  }
  return Status::OK();
}

Status SetIfExists(Arguments& a, IfExists wanted) {
  if (a.write.if_exists != IfExists::kError && a.write.if_exists != wanted) {
    return Usage("--append, --overwrite and --upsert exclude each other");
  }
  a.write.if_exists = wanted;
  return Status::OK();
}

// NAME=VALUE, where the name is a plain word.
arrow::Result<std::pair<std::string, std::string>> NameAndValue(std::string_view text,
                                                                std::string example) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return Usage(Quoted(text) + " is not NAME=VALUE", "for example " + std::move(example));
  }
  return std::pair(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

Status SetEpoch(Arguments& a, std::string_view text) {
  static const std::vector<std::string> kUnits = {"seconds", "milliseconds", "microseconds",
                                                  "julian"};
  ARROW_ASSIGN_OR_RAISE(auto epoch, NameAndValue(text, "--epoch orders.created=milliseconds"));
  if (std::find(kUnits.begin(), kUnits.end(), epoch.second) == kUnits.end()) {
    return Usage("there is no unit " + Quoted(epoch.second) + DidYouMean(epoch.second, kUnits),
                 "units are seconds, milliseconds, microseconds, julian");
  }
  a.migrate.options.epochs.insert_or_assign(std::move(epoch.first), std::move(epoch.second));
  return Status::OK();
}

Status SetIncremental(Arguments& a, std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
    return Usage(Quoted(text) + " is not TABLE:COLUMN", "for example --incremental orders:id");
  }
  a.migrate.options.incremental.insert_or_assign(std::string(text.substr(0, colon)),
                                                 std::string(text.substr(colon + 1)));
  return Status::OK();
}

// One of several words.
template <typename T>
Status SetWord(std::string_view text, std::span<const std::pair<std::string_view, T>> words,
               T* out) {
  std::vector<std::string> names;
  for (const auto& [word, value] : words) {
    if (word == text) {
      *out = value;
      return Status::OK();
    }
    names.emplace_back(word);
  }
  return Usage(Quoted(text) + " is none of " + fmt::format("{}", fmt::join(names, ", ")) +
               DidYouMean(text, names));
}

Status SetVerify(Arguments& a, std::string_view text) {
  static constexpr std::pair<std::string_view, Verification> kWords[] = {
      {"none", Verification::kNone},
      {"count", Verification::kCount},
      {"full", Verification::kFull}};
  return SetWord<Verification>(text, kWords, &a.migrate.options.verify.emplace());
}

Status SetOnMismatch(Arguments& a, std::string_view text) {
  static constexpr std::pair<std::string_view, OnMismatch> kWords[] = {
      {"widen", OnMismatch::kWiden},
      {"reject", OnMismatch::kReject},
      {"error", OnMismatch::kError}};
  return SetWord<OnMismatch>(text, kWords, &a.migrate.options.on_mismatch);
}

Status SetExplain(Arguments& a, Explain explain) {
  a.query.explain = explain;
  return Status::OK();
}

using A = Arguments;
using V = std::string_view;

constexpr Option kOptions[] = {
    {kRows, '\0', "--select", "COLUMNS",
     "columns to keep, in this order: a,b,\"c d\" as e (repeatable)",
     [](A& a, V v) { return Append(SplitList(v), &a.selection.select); }},
    {kRows, '\0', "--where", "CONDITION",
     "rows to keep, as in SQL: \"amount > 10 and category in ('books', 'tools')\"",
     [](A& a, V v) {
       if (!a.selection.where.empty()) return Usage("a second condition: join the two with and");
       a.selection.where = v;
       return Status::OK();
     }},
    {kRows, '\0', "--sort", "COLUMNS",
     "order of the rows: a, \"b desc\", \"c nulls first\"; stable; spills to $TMPDIR (repeatable)",
     [](A& a, V v) { return Append(SplitList(v), &a.selection.sort); }},
    {kRows, '\0', "--limit", "N", "first N rows only",
     [](A& a, V v) { return SetCount(v, 0, &a.selection.limit); }},
    {kRows, '\0', "--union", "", "sources may differ: match columns by name, fill gaps with null",
     [](A& a, V) {
       a.selection.union_by_name = true;
       return Status::OK();
     }},

    {kQuery, 'o', "--output", "DEST", "write the result to DEST, any destination of copy",
     [](A& a, V v) {
       a.query.output = v;
       return Status::OK();
     }},
    {kQuery, '\0', "--format", "FORMAT",
     "of standard output: table (on a terminal), csv (otherwise), jsonl, arrows, markdown",
     [](A& a, V v) {
       static const std::vector<std::string> kNames = {"table", "csv", "jsonl", "arrows",
                                                       "markdown"};
       a.query.format = v;
       if (std::find(kNames.begin(), kNames.end(), v) != kNames.end()) return Status::OK();
       return Usage("there is no format " + Quoted(v) + DidYouMean(v, kNames));
     }},
    {kQuery, '\0', "--table", "NAME=LOCATION", "a short name for a location (repeatable)",
     [](A& a, V v) {
       ARROW_ASSIGN_OR_RAISE(auto table, NameAndValue(v, "--table o=orders.parquet"));
       a.query.tables.push_back(std::move(table));
       return Status::OK();
     }},
    {kQuery, '\0', "--param", "NAME=VALUE", "what $NAME in the statements stands for (repeatable)",
     [](A& a, V v) {
       ARROW_ASSIGN_OR_RAISE(auto parameter, NameAndValue(v, "--param day=2026-11-01"));
       a.query.parameters.insert_or_assign(std::move(parameter.first), std::move(parameter.second));
       return Status::OK();
     }},
    {kQuery, '\0', "--file", "FILE", "statements from a file; -: standard input",
     [](A& a, V v) {
       a.query.file = v;
       return Status::OK();
     }},
    {kQuery, '\0', "--database", "FILE", "work in this DuckDB database, made when it is not there",
     [](A& a, V v) {
       a.query.engine.database = v;
       return Status::OK();
     }},
    {kQuery, '\0', "--read-only", "", "refuse statements that change anything but the output",
     [](A& a, V) {
       a.query.engine.read_only = true;
       return Status::OK();
     }},
    {kQuery, '\0', "--spill-folder", "FOLDER", "where what exceeds the memory budget goes",
     [](A& a, V v) {
       a.query.engine.spill_folder = v;
       return Status::OK();
     }},
    {kQuery, '\0', "--max-rows", "N",
     "rows that a printed table shows, the first and the last (40)",
     [](A& a, V v) { return SetCount(v, 2, &a.query.max_rows); }},
    {kQuery, '\0', "--explain", "", "print the plan of the last statement, without running it",
     [](A& a, V) { return SetExplain(a, Explain::kPlan); }},
    {kQuery, '\0', "--explain-analyze", "", "run the last statement and print its plan with times",
     [](A& a, V) { return SetExplain(a, Explain::kAnalyze); }},

    {kMigrating, '\0', "--tables", "NAMES",
     "tables to migrate: orders, public.*, \"my table\" (repeatable; default: all)",
     [](A& a, V v) { return Append(ParseNames(v), &a.migrate.options.tables); }},
    {kMigrating, '\0', "--exclude", "NAMES", "tables to leave out, likewise (repeatable)",
     [](A& a, V v) { return Append(ParseNames(v), &a.migrate.options.exclude); }},
    {kMigrating, '\0', "--schema", "NAME", "only tables of this schema",
     [](A& a, V v) {
       a.migrate.options.schema = v;
       return Status::OK();
     }},
    {kMigrating, '\0', "--views", "", "also views, as tables of their rows",
     [](A& a, V) {
       a.migrate.options.views = true;
       return Status::OK();
     }},
    {kMigrating, '\0', "--rename", "OLD=NEW", "another name for a table (repeatable)",
     [](A& a, V v) {
       ARROW_ASSIGN_OR_RAISE(auto names, NameAndValue(v, "--rename orders=sales"));
       a.migrate.options.rename.insert_or_assign(std::move(names.first), std::move(names.second));
       return Status::OK();
     }},
    {kMigrating, '\0', "--epoch", "TABLE.COLUMN=UNIT",
     "numbers in it are dates or times: seconds, milliseconds, microseconds, julian (repeatable)",
     SetEpoch},
    {kMigrating, '\0', "--on-mismatch", "WHAT",
     "a value that its column's type cannot hold: widen the type (default), reject, error",
     SetOnMismatch},
    {kMigrating, '\0', "--jobs", "N", "chunks that are copied side by side (default: the threads)",
     [](A& a, V v) {
       int64_t jobs = 0;
       ARROW_RETURN_NOT_OK(SetCount(v, 1, &jobs));
       if (jobs > 256) return Usage("there may be at most 256 jobs");
       a.migrate.options.jobs = static_cast<int>(jobs);
       return Status::OK();
     }},
    {kMigrating, '\0', "--chunk-rows", "N",
     "rows that are committed together, about (default 491520)",
     [](A& a, V v) { return SetCount(v, 1, &a.migrate.options.chunk_rows); }},
    {kMigrating, '\0', "--incremental", "TABLE:COLUMN",
     "only rows beyond the greatest value that is there, merged by the primary key (repeatable)",
     SetIncremental},
    {kMigrating, '\0', "--verify", "HOW",
     "none, count or full: digests of every column at both ends (default: full; count above 64 GiB)",
     SetVerify},
    {kMigrating, '\0', "--resume", "",
     "keep what a run that ended early committed, where the source has not changed since",
     [](A& a, V) {
       a.migrate.options.resume = true;
       return Status::OK();
     }},
    {kMigrating, '\0', "--one-snapshot", "",
     "with --resume: keep nothing that is not of this run's moment",
     [](A& a, V) {
       a.migrate.options.one_snapshot = true;
       return Status::OK();
     }},
    {kMigrating, '\0', "--dry-run", "", "show the plan, and write nothing",
     [](A& a, V) {
       a.migrate.dry_run = true;
       return Status::OK();
     }},
    {kMigrating, '\0', "--report", "FILE", "what was done, as .json or .html",
     [](A& a, V v) {
       a.migrate.report = v;
       if (v.ends_with(".json") || v.ends_with(".html")) return Status::OK();
       return Usage(Quoted(v) + " is neither .json nor .html");
     }},

    {kServing, '\0', "--bind", "HOST:PORT",
     "where to listen (default 127.0.0.1:8815; port 0: any that is free)",
     [](A& a, V v) {
       a.serve.bind = v;
       return Status::OK();
     }},
    {kServing, '\0', "--token-file", "FILE",
     "every call has to bring the token in the file's first line (BOWYER_TOKEN)",
     [](A& a, V v) {
       a.serve.token_file = v;
       return Status::OK();
     }},
    {kServing, '\0', "--tls-cert", "FILE", "serve by TLS with this certificate (PEM)",
     [](A& a, V v) {
       a.serve.certificate_file = v;
       return Status::OK();
     }},
    {kServing, '\0', "--tls-key", "FILE", "the certificate's key (PEM)",
     [](A& a, V v) {
       a.serve.key_file = v;
       return Status::OK();
     }},
    {kServing, '\0', "--plaintext", "",
     "serve other machines without TLS: anybody on the way can read and change the data",
     [](A& a, V) {
       a.serve.options.plaintext = true;
       return Status::OK();
     }},
    {kServing, '\0', "--allow-put", "", "clients may also write the tables, which need not be there",
     [](A& a, V) {
       a.serve.options.allow_put = true;
       return Status::OK();
     }},
    {kServing, '\0', "--no-sql", "", "take no queries, which can read the tables and nothing else",
     [](A& a, V) {
       a.serve.options.sql = false;
       return Status::OK();
     }},

    {kReading, '\0', "--from", "FORMAT", "format of the sources, where the name does not tell it",
     [](A& a, V v) { return SetFormat(v, &a.read.format); }},
    {kReading | kMigrating, '\0', "--rejects", "FILE",
     "set rows that cannot be read aside in a CSV file, with place and reason, and go on",
     [](A& a, V v) {
       a.rejects = v;
       return Status::OK();
     }},
    {kReading | kMigrating, '\0', "--type", "COLUMN=TYPE",
     "type of a column, in place of the detected or stored one; exact, or an error (repeatable)",
     SetType},
    {kReading, '\0', "--all-text", "", "read every column of a text source as text",
     [](A& a, V) {
       a.read.all_text = true;
       return Status::OK();
     }},
    {kReading, '\0', "--sample-rows", "N|all", "rows that types are detected on (default 20480)",
     [](A& a, V v) {
       if (v == "all") {
         a.read.sample_rows = -1;
         return Status::OK();
       }
       return SetCount(v, 1, &a.read.sample_rows);
     }},

    {kText, '\0', "--delimiter", "CHAR", "what stands between fields: the character, tab or space",
     [](A& a, V v) { return SetChar(v, false, &a.read.csv.delimiter.emplace()); }},
    {kText, '\0', "--quote", "CHAR", "what encloses fields; none: quotes have no meaning",
     [](A& a, V v) { return SetChar(v, true, &a.read.csv.quote.emplace()); }},
    {kText, '\0', "--escape", "CHAR", "what makes a quote literal; none: it is doubled",
     [](A& a, V v) { return SetChar(v, true, &a.read.csv.escape.emplace()); }},
    {kText, '\0', "--header", "", "the first record holds the names",
     [](A& a, V) {
       a.read.csv.header = true;
       return Status::OK();
     }},
    {kText, '\0', "--no-header", "", "the first record is data",
     [](A& a, V) {
       a.read.csv.header = false;
       return Status::OK();
     }},
    {kText, '\0', "--columns", "NAMES",
     "names of the columns; with --header they replace those of the file",
     [](A& a, V v) { return Append(ParseNames(v), &a.read.csv.names); }},
    {kText, '\0', "--null", "SPELLING",
     "a field that means null, in place of the empty one (repeatable)",
     [](A& a, V v) {
       if (!a.read.csv.null_spellings.has_value()) a.read.csv.null_spellings.emplace();
       a.read.csv.null_spellings->emplace_back(v);
       return Status::OK();
     }},
    {kText, '\0', "--decimal-comma", "", "1,5 is one and a half",
     [](A& a, V) {
       a.read.csv.decimal_comma = true;
       return Status::OK();
     }},
    {kText, '\0', "--thousands", "CHAR", "what groups digits: 1_000",
     [](A& a, V v) { return SetChar(v, false, &a.read.csv.thousands); }},
    {kText, '\0', "--date-format", "FORMAT", "of dates, as strptime has it: %d.%m.%Y",
     [](A& a, V v) {
       a.read.csv.date_format = v;
       return Status::OK();
     }},
    {kText, '\0', "--timestamp-format", "FORMAT", "of timestamps: \"%d.%m.%Y %H:%M:%S\"",
     [](A& a, V v) {
       a.read.csv.timestamp_format = v;
       return Status::OK();
     }},
    {kText, '\0', "--encoding", "NAME", "auto, utf-8, utf-16le, utf-16be or latin-1", SetEncoding},
    {kText, '\0', "--comment", "PREFIX", "lines that begin so are no records",
     [](A& a, V v) {
       a.read.csv.comment = v;
       return Status::OK();
     }},
    {kText, '\0', "--skip-lines", "N", "lines before the header or the first record",
     [](A& a, V v) { return SetCount(v, 0, &a.read.csv.skip_lines.emplace()); }},

    {kWriting, '\0', "--to", "FORMAT", "format of the destination, where the name does not tell it",
     [](A& a, V v) { return SetFormat(v, &a.write.format); }},
    {kWriting | kMigrating, '\0', "--overwrite", "", "replace the destination once the new one is whole",
     [](A& a, V) { return SetIfExists(a, IfExists::kOverwrite); }},
    {kWriting | kMigrating, '\0', "--append", "", "add to the destination",
     [](A& a, V) { return SetIfExists(a, IfExists::kAppend); }},
    {kWriting, '\0', "--upsert", "KEYS",
     "into a database's table: replace rows of the same key columns, add the others",
     [](A& a, V v) {
       ARROW_RETURN_NOT_OK(SetIfExists(a, IfExists::kUpsert));
       return Append(ParseNames(v), &a.write.keys);
     }},
    {kWriting, '\0', "--compression", "NAME[:LEVEL]",
     "none, snappy, zstd, lz4, gzip, bz2 or brotli, as the format has them", SetCompression},
    {kWriting, '\0', "--row-group-rows", "N",
     "rows in a Parquet row group, an IPC batch, an ORC stripe",
     [](A& a, V v) { return SetCount(v, 1, &a.write.row_group_rows); }},
    {kWriting, '\0', "--partition-by", "COLUMNS",
     "make DEST a folder of hive partitions: DEST/year=2026/...",
     [](A& a, V v) { return Append(ParseNames(v), &a.write.partition_by); }},
    {kWriting, '\0', "--max-file-rows", "N", "make DEST a folder of files of at most N rows",
     [](A& a, V v) { return SetCount(v, 1, &a.write.max_file_rows); }},
    {kWriting, '\0', "--max-file-size", "SIZE", "make DEST a folder of files of about this size",
     [](A& a, V v) { return SetSize(v, &a.write.max_file_bytes); }},
    {kWriting, '\0', "--out-delimiter", "CHAR", "what stands between fields of a CSV destination",
     [](A& a, V v) { return SetChar(v, false, &a.write.csv.delimiter); }},
    {kWriting, '\0', "--out-quote", "CHAR", "what encloses fields of a CSV destination",
     [](A& a, V v) { return SetChar(v, false, &a.write.csv.quote); }},
    {kWriting, '\0', "--out-null", "SPELLING", "how a CSV destination writes null (default: empty)",
     [](A& a, V v) {
       a.write.csv.null_spelling = v;
       return Status::OK();
     }},
    {kWriting, '\0', "--no-out-header", "", "write no line of names to a CSV destination",
     [](A& a, V) {
       a.write.csv.header = false;
       return Status::OK();
     }},
    {kWriting | kMigrating, '\0', "--durable", "", "wait until the disk has it (fsync) before the name appears",
     [](A& a, V) {
       a.write.durable = true;
       return Status::OK();
     }},

    {kLooking, '\0', "--head", "N", "show the first N rows",
     [](A& a, V v) { return SetCount(v, 0, &a.inspect.head_rows); }},
    {kLooking, '\0', "--sample", "N", "show N rows drawn evenly over the whole source",
     [](A& a, V v) { return SetCount(v, 0, &a.inspect.sample_rows); }},
    {kLooking, '\0', "--batch", "N",
     "show batch (row group, stripe) N, counted from 0, without reading the others",
     [](A& a, V v) { return SetCount(v, 0, &a.inspect.unit); }},

    {kManual, '\0', "--markdown", "", "as Markdown (docs/cli.md)",
     [](A& a, V) {
       a.markdown = true;
       return Status::OK();
     }},

    {kRunning, '\0', "--threads", "N", "worker threads (default: the processors; BOWYER_THREADS)",
     [](A& a, V v) {
       int64_t threads = 0;
       ARROW_RETURN_NOT_OK(SetCount(v, 1, &threads));
       if (threads > 1024) return Usage("there may be at most 1024 threads");
       a.context.threads = static_cast<int>(threads);
       return Status::OK();
     }},
    {kRunning, '\0', "--memory", "SIZE", "budget of all buffers (default 192M; BOWYER_MEMORY)",
     [](A& a, V v) { return SetSize(v, &a.context.memory); }},
    {kRunning, '\0', "--batch-rows", "N",
     "rows that are handled at a time (default: by the budget)",
     [](A& a, V v) { return SetCount(v, 1, &a.context.batch_rows); }},
    {kRunning, 'v', "--verbose", "",
     "say what is done: the choices; twice: each file and batch, too",
     [](A& a, V) {
       ++a.verbosity;
       return Status::OK();
     }},
    {kRunning, '\0', "--stats", "", "at the end, say where time and memory went",
     [](A& a, V) {
       a.stats = true;
       return Status::OK();
     }},

    {kGeneral, '\0', "--json", "", "one JSON document on standard output, errors too",
     [](A& a, V) {
       a.json = true;
       return Status::OK();
     }},
    {kGeneral, 'q', "--quiet", "", "no progress, notes or summary",
     [](A& a, V) {
       a.quiet = true;
       return Status::OK();
     }},
    {kGeneral, '\0', "--no-color", "", "no colours (NO_COLOR)",
     [](A& a, V) {
       a.color = false;
       return Status::OK();
     }},
    {kGeneral, 'h', "--help", "", "this text",
     [](A& a, V) {
       a.help = true;
       return Status::OK();
     }},
};

}  // namespace

std::span<const Option> Options() { return kOptions; }

std::string_view GroupTitle(Group group) {
  switch (group) {
    case kRows:
      return "Rows and columns";
    case kQuery:
      return "Query";
    case kMigrating:
      return "Migrating";
    case kServing:
      return "Serving";
    case kReading:
      return "Reading";
    case kText:
      return "Reading CSV";
    case kWriting:
      return "Writing";
    case kLooking:
      return "Looking";
    case kManual:
      return "Manual";
    case kGeneral:
      return "General";
    case kRunning:
      return "Running";
  }
  return "";
}

}  // namespace bowyer::cli
