// THE table of commands: name, help, function. It drives the dispatch, the help, the man page,
// docs/cli.md, the completions and "did you mean".
#pragma once

#include <arrow/status.h>

#include <span>
#include <string_view>

#include "cli/arguments.h"
#include "cli/terminal.h"

namespace bowyer::cli {

struct Command {
  std::string_view name;
  std::string_view summary;   // one line for the list of commands
  std::string_view usage;     // "bowyer copy [OPTIONS] SOURCE... DEST"
  std::string_view about;     // paragraphs
  unsigned groups;            // of options
  std::string_view examples;  // three lines that work
  // Errors are the command's result; main prints them.
  arrow::Status (*run)(const Arguments& arguments, Terminal& terminal);
};

std::span<const Command> Commands();
// Errors: kUsage, with the closest name.
arrow::Result<const Command*> FindCommand(std::string_view name);

arrow::Status RunCopy(const Arguments& arguments, Terminal& terminal);
arrow::Status RunSql(const Arguments& arguments, Terminal& terminal);
arrow::Status RunMigrate(const Arguments& arguments, Terminal& terminal);
arrow::Status RunServe(const Arguments& arguments, Terminal& terminal);
arrow::Status RunInspect(const Arguments& arguments, Terminal& terminal);
arrow::Status RunVersion(const Arguments& arguments, Terminal& terminal);
arrow::Status RunChannels(const Arguments& arguments, Terminal& terminal);
arrow::Status RunHelp(const Arguments& arguments, Terminal& terminal);
arrow::Status RunCompletion(const Arguments& arguments, Terminal& terminal);
arrow::Status RunMan(const Arguments& arguments, Terminal& terminal);

}  // namespace bowyer::cli
