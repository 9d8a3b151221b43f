// What a command line says, as the library's own structs; and the one table of options that all
// commands share, so that an option has one spelling and one meaning everywhere.
#pragma once

#include <arrow/status.h>

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bowyer/bowyer.h"

namespace bowyer::cli {

// What `sql` is told beyond its statements.
struct QueryArguments {
  std::vector<std::pair<std::string, std::string>> tables;  // name -> location
  std::map<std::string, std::string> parameters;
  std::string file;    // of statements
  std::string output;  // a location; empty: standard output
  std::string format;  // of standard output; empty: by what it is
  int64_t max_rows = 40;
  Explain explain = Explain::kNo;
  EngineOptions engine;
};

// What `migrate` is told beyond its databases, reading and writing.
struct MigrateArguments {
  MigrateOptions options;
  bool dry_run = false;
  std::string report;  // path
};

// What `serve` is told beyond its tables and reading. Secrets are in files or the environment.
struct ServeArguments {
  ServeOptions options;
  std::string bind;  // HOST:PORT; empty: the default
  std::string token_file, certificate_file, key_file;
};

struct Arguments {
  std::vector<std::string> words;  // what is not an option: locations, names of commands
  ContextOptions context;
  ReadOptions read;
  Selection selection;
  WriteOptions write;
  InspectOptions inspect;
  QueryArguments query;
  MigrateArguments migrate;
  ServeArguments serve;
  std::string rejects;  // path; empty: rows that cannot be read are errors
  bool json = false;
  bool quiet = false;
  bool color = true;
  bool help = false;
  bool markdown = false;
  int verbosity = 0;
  bool stats = false;
};

// Which options a command takes.
enum Group : unsigned {
  kRows = 1,       // rows and columns that are wanted
  kReading = 2,    // how sources are read
  kText = 4,       // how text sources are read
  kWriting = 8,    // how the destination is written
  kLooking = 16,   // what `inspect` shows
  kManual = 32,    // of `man`
  kRunning = 64,   // resources and output to people
  kGeneral = 128,  // every command
  kQuery = 256,    // of `sql`
  kMigrating = 512,
  kServing = 1024,
};

struct Option {
  unsigned groups;         // that have it; help shows it with the first that a command takes
  char letter;             // '\0': none
  std::string_view name;   // "--select"
  std::string_view value;  // "COLUMNS"; empty: takes none
  std::string_view help;   // one sentence without a full stop
  arrow::Status (*set)(Arguments& arguments, std::string_view value);
};

std::span<const Option> Options();
// "Rows and columns", "Reading" ...
std::string_view GroupTitle(Group group);
inline constexpr Group kGroups[] = {kRows,    kQuery,   kMigrating, kServing, kReading, kText,
                                    kWriting, kLooking, kManual,    kRunning, kGeneral};

// Fills `arguments` from BOWYER_MEMORY, BOWYER_THREADS and NO_COLOR, then from the command line
// (without the command's name). `--` ends the options; --name=value and --name value are the same.
// Errors: kUsage, with the closest option.
arrow::Status ParseArguments(std::span<const std::string_view> line, unsigned groups,
                             std::string_view command, Arguments* arguments);

}  // namespace bowyer::cli
