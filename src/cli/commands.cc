#include "bowyer/error.h"
#include "cli/command.h"
#include "core/text.h"

namespace bowyer::cli {
namespace {

constexpr Command kCommands[] = {
    {"copy", "copies tables from any format to any other", "bowyer copy [OPTIONS] SOURCE... DEST",
     "Copies the rows of all sources, one after the other, to DEST.",
     kRows | kReading | kText | kWriting | kRunning | kGeneral,
     "bowyer copy orders.csv orders.parquet\n"
     "bowyer copy part-1.parquet part-2.parquet - --to csv --where \"amount > 100\" --limit 10\n"
     "bowyer copy orders.csv orders.arrow --overwrite --rejects bad.csv",
     RunCopy},
    {"inspect", "shows what a source is: columns, types, rows, codecs, statistics, some rows",
     "bowyer inspect [OPTIONS] SOURCE",
     "Shows what can be known of SOURCE without reading all of it.",
     kLooking | kReading | kText | kRunning | kGeneral,
     "bowyer inspect orders.parquet\n"
     "bowyer inspect orders.csv --head 5\n"
     "bowyer inspect orders.arrow --batch 3 --json",
     RunInspect},
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
