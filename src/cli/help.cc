// Help for people. Lines stay within 100 columns.
#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bowyer/error.h"

namespace bowyer::cli {
namespace {

constexpr std::string_view kExitCodes =
    "Exit codes: 0 done; 1 a fault of Bowyer's own; 2 wrong usage; 3 a source or destination that\n"
    "cannot be opened, or exists already; 4 bad data; 5 a difference found; 6 memory, disk or "
    "time\n"
    "ran out; 7 a peer died; 130, 143 interrupted, terminated (output removed).\n";

std::string Spelled(const Option& option) {
  std::string text = option.letter == '\0' ? "    " : fmt::format("-{}, ", option.letter);
  text += option.name;
  if (!option.value.empty()) text += fmt::format(" {}", option.value);
  return text;
}

// Words in lines of at most `width` columns, all but the first behind `indent` blanks.
std::string Wrapped(std::string_view text, size_t indent, size_t width) {
  std::string out;
  size_t column = indent;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    if (column > indent && column + 1 + word.size() > width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return out;
}

}  // namespace

std::string Overview() {
  std::string text =
      "Bowyer moves tables between files and databases, exactly and fast.\n\n"
      "usage: bowyer COMMAND [OPTIONS] ...\n\n";
  for (const Command& command : Commands()) {
    text += fmt::format("  {:<12}{}\n", command.name, command.summary);
  }
  text +=
      "\nbowyer help COMMAND tells about one of them. Formats: csv, tsv, json (lines), parquet,\n"
      "arrow (IPC file), arrows (IPC stream), orc; text also as .gz, .zst, .bz2, .lz4.\n\n";
  return text + std::string(kExitCodes);
}

std::string HelpText(const Command& command) {
  std::string text = fmt::format("usage: {}\n\n{}\n", command.usage, command.about);
  constexpr size_t kIndent = 34, kWidth = 100;
  for (const Group group : kGroups) {
    if (!(command.groups & group)) continue;
    text += fmt::format("\n{}:\n", GroupTitle(group));
    for (const Option& option : Options()) {
      if (!(option.groups & group)) continue;
      const std::string spelled = "  " + Spelled(option);
      text += fmt::format("{:<{}}{}{}\n", spelled, kIndent - 1,
                          spelled.size() >= kIndent ? "\n" + std::string(kIndent, ' ') : " ",
                          Wrapped(option.help, kIndent, kWidth));
    }
  }
  text += "\nExamples:\n";
  std::string_view examples = command.examples;
  while (!examples.empty()) {
    const auto line = examples.substr(0, examples.find('\n'));
    text += fmt::format("  {}\n", line);
    examples.remove_prefix(std::min(examples.size(), line.size() + 1));
  }
  return text;
}

arrow::Status RunHelp(const Arguments& arguments, Terminal& terminal) {
  if (arguments.words.empty()) return terminal.Print(Overview());
  ARROW_ASSIGN_OR_RAISE(const Command* command, FindCommand(arguments.words[0]));
  return terminal.Print(HelpText(*command));
}

arrow::Status RunVersion(const Arguments&, Terminal& terminal) {
  std::vector<std::pair<std::string, std::string>> versions = LibraryVersions();
  versions.emplace(versions.begin(), "bowyer", Version());
  nlohmann::ordered_json document;
  std::string text;
  for (const auto& [name, version] : versions) {
    document[name] = version;
    text += fmt::format("{} {}\n", name, version);
  }
  return terminal.json() ? terminal.PrintJson(document) : terminal.Print(text);
}

}  // namespace bowyer::cli
