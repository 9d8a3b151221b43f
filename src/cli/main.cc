// bowyer: the command. Reads from top to bottom: find the command, read its options, run it, say
// how it ended.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "bowyer/bowyer.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/signals.h"

namespace bowyer::cli {
namespace {

arrow::Status Run(std::vector<std::string_view> words, Terminal& terminal) {
  if (words[0] == "--help" || words[0] == "-h") words[0] = "help";
  if (words[0] == "--version" || words[0] == "-V") words[0] = "version";
  ARROW_ASSIGN_OR_RAISE(const Command* command, FindCommand(words[0]));
  Arguments arguments;
  // So that an error in the options already takes the form that was asked for.
  const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
  terminal.Configure(json, false, std::getenv("NO_COLOR") == nullptr);
  const std::span<const std::string_view> rest(words.data() + 1, words.size() - 1);
  ARROW_RETURN_NOT_OK(ParseArguments(rest, command->groups, command->name, &arguments));
  terminal.Configure(arguments.json, arguments.quiet, arguments.color);
  if (arguments.help) return terminal.Print(HelpText(*command));
  return command->run(arguments, terminal);
}

int Main(int argc, char** argv) {
  PrepareSignals();
  Terminal terminal;
  std::vector<std::string_view> words(argv + 1, argv + argc);
  if (words.empty()) words.push_back("help");
  const arrow::Status status = Run(std::move(words), terminal);
  if (status.ok()) return 0;
  terminal.Error(status);
  return static_cast<int>(CodeOf(status));
}

}  // namespace
}  // namespace bowyer::cli

int main(int argc, char** argv) {
  const int code = bowyer::cli::Main(argc, argv);
  // Straight out: the libraries' idle threads must not meet the destructors of static objects.
  std::fflush(nullptr);
  ::_exit(code);
}
