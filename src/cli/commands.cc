#include "bowyer/error.h"
#include "cli/command.h"
#include "core/text.h"

namespace bowyer::cli {
namespace {

constexpr Command kCommands[] = {
    {"copy", "copies tables from any format to any other", "bowyer copy [OPTIONS] SOURCE... DEST",
     "Copies the rows of all sources, one after the other, to DEST. A location is a file, a glob "
     "in\n"
     "quotes, a folder (also of hive partitions), or - for standard input or output, which is an\n"
     "Arrow IPC stream unless --from or --to says otherwise. DEST appears under its name only "
     "when\n"
     "it is whole; on any error what was there before stays as it was. unix:PATH and\n"
     "tcp://localhost:PORT are another process, which names the same; shm:NAME is any number of "
     "them\n"
     "through shared memory; grpc://HOST:PORT/NAME is a table of an Arrow Flight server\n"
     "(docs/channels.md).\n"
     "\n"
     "Columns are written as they are, or in double quotes where they hold blanks, commas or "
     "words\n"
     "of SQL. Conditions know and, or, not, = <> < <= > >=, in (...), between ... and, is null, "
     "like,\n"
     "ilike, + - * / %, ||, lower, upper, length, abs, coalesce, cast(x as TYPE), struct.field;\n"
     "12, 1.50, 'text', date '2026-11-01', timestamp '2026-11-01T12:30:00Z', true, false, null.\n"
     "Numbers are compared exactly, and what overflows or has no result is an error.\n"
     "\n"
     "Types are bool, int8 to int64, uint8 to uint64, float32, float64, text, binary, date32, "
     "time,\n"
     "timestamp[us], timestamp[us, UTC], duration[us], decimal(12,2), list<int64>, struct<a: "
     "text>,\n"
     "map<text, int64>, dictionary<int32, text>.",
     kRows | kReading | kText | kWriting | kRunning | kGeneral,
     "bowyer copy orders.csv orders.parquet\n"
     "bowyer copy part-1.parquet part-2.parquet - --to csv --where \"amount > 100\" --limit 10\n"
     "bowyer copy orders.csv orders.arrow --overwrite --rejects bad.csv",
     RunCopy},
    {"sql", "queries any locations with SQL, and prints the result or writes it",
     "bowyer sql [OPTIONS] [QUERY]",
     "Runs SQL (DuckDB's) over any locations: a name in quotes that is no table is a file, a glob, "
     "a\n"
     "folder or a database's table. Several statements are run in turn; the result of the last is\n"
     "printed, or written to the DEST of -o. Without --memory, queries may use most of the "
     "machine;\n"
     "with it, what does not fit is spilled to a folder. Without a query, statements are read "
     "from\n"
     "standard input; on a terminal there is a prompt, with editing and history.",
     kQuery | kReading | kText | kWriting | kRunning | kGeneral,
     "bowyer sql \"select category, sum(amount) from 'orders.csv' group by 1\"\n"
     "bowyer sql \"from o where day = \\$day\" --table o=orders.csv --param day=2026-11-01 -o "
     "day.csv\n"
     "bowyer sql --database shop.duckdb \"create table orders as from 'orders.arrow'\"",
     RunSql},
    {"migrate", "moves a whole database: structure and rows, verified, resumable",
     "bowyer migrate [OPTIONS] SOURCE DEST",
     "Copies every table of SOURCE (sqlite:FILE, postgresql://USER@HOST/DATABASE, duckdb:FILE) "
     "into\n"
     "DEST, one of these or a folder of Parquet (parquet:FOLDER/), from one moment of the source,\n"
     "with keys, constraints, defaults and indexes as far as DEST has them. Chunks of rows are\n"
     "committed with their receipts, so that a run that ended early is taken up again (--resume). "
     "A\n"
     "table appears under its name when it is whole and compared with its source. What cannot be\n"
     "carried over is said, and listed in the report. Columns are TABLE.COLUMN in --type.",
     kMigrating | kRunning | kGeneral,
     "bowyer migrate sqlite:shop.db duckdb:shop.duckdb\n"
     "bowyer migrate postgresql://me@localhost/shop duckdb:shop.duckdb --report report.html\n"
     "bowyer migrate sqlite:shop.db parquet:shop/ --tables users --dry-run",
     RunMigrate},
    {"inspect", "shows what a source is: columns, types, rows, codecs, statistics, some rows",
     "bowyer inspect [OPTIONS] SOURCE",
     "Shows what can be known of SOURCE without reading all of it: columns with types, nulls,\n"
     "smallest and greatest values and encodings, rows, bytes, batches or row groups, the dialect "
     "of\n"
     "CSV, metadata. Arrow IPC files are mapped, so that a batch of a large one costs next to "
     "nothing.",
     kLooking | kReading | kText | kRunning | kGeneral,
     "bowyer inspect orders.parquet\n"
     "bowyer inspect orders.csv --head 5\n"
     "bowyer inspect orders.arrow --batch 3 --json",
     RunInspect},
    {"serve", "serves tables to others by Arrow Flight", "bowyer serve [OPTIONS] NAME=LOCATION...",
     "Serves each LOCATION (a file, a glob, a folder, a database's table) under NAME by Arrow "
     "Flight,\n"
     "and prints where: grpc://HOST:PORT/NAME, which copy, sql and inspect take, and any Flight "
     "client.\n"
     "Files come in parts that clients may fetch side by side. A query (a Flight command or "
     "ticket, or\n"
     "grpc://HOST:PORT?query=...) reads the served tables and nothing else. What clients write, "
     "with\n"
     "--allow-put, appears when it is whole. Only this machine is served unless --bind says "
     "otherwise,\n"
     "which needs TLS. Ctrl-C ends it. docs/channels.md has the rest.",
     kServing | kReading | kText | kRunning | kGeneral,
     "bowyer serve orders=orders.parquet users=sqlite:shop.db#users\n"
     "bowyer serve inbox=inbox.parquet --allow-put --token-file token\n"
     "bowyer serve orders=orders/ --bind 0.0.0.0:8815 --tls-cert cert.pem --tls-key key.pem",
     RunServe},
    {"channels", "lists the channels through shared memory that are open",
     "bowyer channels [OPTIONS]",
     "Lists your channels (shm:NAME, docs/channels.md): who opened them, who is there, what waits, "
     "the\n"
     "memory that batches take, rows so far, bytes a second just now, and for each process what it "
     "put\n"
     "in or took out and what it holds. Names that killed processes have left are told and "
     "removed.",
     kRunning | kGeneral, "bowyer channels\nbowyer channels --json\nbowyer channels --no-color",
     RunChannels},
    {"help", "tells about a command", "bowyer help [COMMAND]", "The same as bowyer COMMAND --help.",
     kGeneral, "bowyer help\nbowyer help copy\nbowyer inspect --help", RunHelp},
    {"completion", "prints completions for a shell", "bowyer completion bash|zsh|fish",
     "Prints a script that a shell evaluates when it starts.", kGeneral,
     "eval \"$(bowyer completion bash)\"\nbowyer completion zsh > _bowyer\n"
     "bowyer completion fish | source",
     RunCompletion},
    {"man", "prints the manual", "bowyer man [--markdown]",
     "Prints all help as a man page, or as Markdown.", kManual | kGeneral,
     "bowyer man | man -l -\nbowyer man > bowyer.1\nbowyer man --markdown", RunMan},
    {"version", "names the versions of Bowyer and its libraries", "bowyer version",
     "The same as bowyer --version.", kGeneral,
     "bowyer version\nbowyer --version\nbowyer version --json", RunVersion},
};

}  // namespace

std::span<const Command> Commands() { return kCommands; }

arrow::Result<const Command*> FindCommand(std::string_view name) {
  std::vector<std::string> names;
  for (const Command& command : kCommands) {
    if (command.name == name) return &command;
    names.emplace_back(command.name);
  }
  return MakeError(ErrorCode::kUsage,
                   "there is no command " + Quoted(name) + DidYouMean(name, names),
                   {.hint = "bowyer help lists the commands"});
}

}  // namespace bowyer::cli
