// Words and environment variables -> Arguments, by the table of options.
#include "cli/arguments.h"

#include <fmt/format.h>

#include <cstdlib>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer::cli {
namespace {

using arrow::Status;

const Option* FindOption(std::string_view name) {
  for (const Option& option : Options()) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

Status Named(const Status& status, std::string_view name) {
  if (status.ok()) return status;
  const auto* detail = DetailOf(status);
  return MakeError(CodeOf(status), fmt::format("{}: {}", name, status.message()),
                   detail == nullptr ? ErrorPlace{} : detail->place());
}

Status FromEnvironment(Arguments* arguments) {
  static constexpr std::pair<const char*, std::string_view> kVariables[] = {
      {"BOWYER_MEMORY", "--memory"}, {"BOWYER_THREADS", "--threads"}};
  for (const auto& [variable, name] : kVariables) {
    const char* value = std::getenv(variable);
    if (value == nullptr || *value == '\0') continue;
    ARROW_RETURN_NOT_OK(Named(FindOption(name)->set(*arguments, value), variable));
  }
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') arguments->color = false;
  return Status::OK();
}

Status UnknownOption(std::string_view name, unsigned groups, std::string_view command) {
  std::vector<std::string> known;
  for (const Option& option : Options()) {
    if (option.groups & groups) known.emplace_back(option.name);
  }
  const bool elsewhere = FindOption(name) != nullptr;
  return MakeError(
      ErrorCode::kUsage,
      elsewhere ? fmt::format("bowyer {} does not take {}", command, name)
                : fmt::format("there is no option {}{}", Quoted(name), DidYouMean(name, known)),
      {.hint = fmt::format("see bowyer help {}", command)});
}

}  // namespace

Status ParseArguments(std::span<const std::string_view> line, unsigned groups,
                      std::string_view command, Arguments* arguments) {
  ARROW_RETURN_NOT_OK(FromEnvironment(arguments));
  bool options_ended = false;
  for (size_t at = 0; at < line.size(); ++at) {
    std::string_view word = line[at];
    if (options_ended || word.size() < 2 || word[0] != '-') {
      arguments->words.emplace_back(word);
      continue;
    }
    if (word == "--") {
      options_ended = true;
      continue;
    }
    if (word[1] != '-') {  // letters: -q, -vv
      for (const char letter : word.substr(1)) {
        const Option* found = nullptr;
        for (const Option& option : Options()) {
          if (option.letter == letter && (option.groups & groups)) found = &option;
        }
        if (found == nullptr) return UnknownOption(word, groups, command);
        std::string_view value;
        if (!found->value.empty()) {
          // -o DEST: a letter with a value stands alone.
          if (word.size() > 2 || ++at >= line.size()) {
            return MakeError(
                ErrorCode::kUsage, fmt::format("-{} needs a value", letter),
                {.hint = fmt::format("-{} {}: {}", letter, found->value, found->help)});
          }
          value = line[at];
        }
        ARROW_RETURN_NOT_OK(Named(found->set(*arguments, value), word));
      }
      continue;
    }
    const auto equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const Option* option = FindOption(name);
    if (option == nullptr || !(option->groups & groups)) {
      return UnknownOption(name, groups, command);
    }
    std::string_view value;
    if (option->value.empty()) {
      if (equals != std::string_view::npos) {
        return MakeError(ErrorCode::kUsage, fmt::format("{} takes no value", name));
      }
    } else if (equals != std::string_view::npos) {
      value = word.substr(equals + 1);
    } else if (++at < line.size()) {
      value = line[at];
    } else {
      return MakeError(ErrorCode::kUsage, fmt::format("{} needs a value", name),
                       {.hint = fmt::format("{} {}: {}", name, option->value, option->help)});
    }
    ARROW_RETURN_NOT_OK(Named(option->set(*arguments, value), name));
  }
  return Status::OK();
}

}  // namespace bowyer::cli
