// Shell completions: commands first, then the command's options; values are files or, for options
// with a closed set, their names.
#include <fmt/format.h>

#include "bowyer/error.h"
#include "cli/help.h"
#include "core/text.h"

namespace bowyer::cli {
namespace {

std::string_view ValuesOf(std::string_view option) {
  if (option == "--from" || option == "--to") return "csv tsv json parquet arrow arrows orc";
  if (option == "--compression") return "none snappy zstd lz4 gzip bz2 brotli";
  if (option == "--encoding") return "auto utf-8 utf-16le utf-16be latin-1";
  return {};
}

std::string Names(unsigned groups) {
  std::string text;
  for (const Option& option : Options()) {
    if (option.groups & groups) text += (text.empty() ? "" : " ") + std::string(option.name);
  }
  return text;
}

std::string CommandNames() {
  std::string text;
  for (const Command& command : Commands()) {
    text += (text.empty() ? "" : " ") + std::string(command.name);
  }
  return text;
}

std::string Bash() {
  std::string script =
      "# bash completion of bowyer: eval \"$(bowyer completion bash)\"\n"
      "_bowyer() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  COMPREPLY=()\n"
      "  if ((COMP_CWORD == 1)); then\n";
  script += fmt::format("    COMPREPLY=($(compgen -W \"{}\" -- \"$word\"))\n    return\n  fi\n",
                        CommandNames());
  script += "  case $before in\n";
  for (const Option& option : Options()) {
    if (const auto values = ValuesOf(option.name); !values.empty()) {
      script += fmt::format("    {}) COMPREPLY=($(compgen -W \"{}\" -- \"$word\")); return ;;\n",
                            option.name, values);
    }
  }
  script += fmt::format("    help) COMPREPLY=($(compgen -W \"{}\" -- \"$word\")); return ;;\n",
                        CommandNames());
  script += "    completion) COMPREPLY=($(compgen -W \"bash zsh fish\" -- \"$word\")); return ;;\n";
  script += "  esac\n  if [[ $word == -* ]]; then\n    case ${COMP_WORDS[1]} in\n";
  for (const Command& command : Commands()) {
    script += fmt::format("      {}) COMPREPLY=($(compgen -W \"{}\" -- \"$word\")) ;;\n",
                          command.name, Names(command.groups));
  }
  script +=
      "    esac\n  else\n    COMPREPLY=($(compgen -f -- \"$word\"))\n  fi\n}\n"
      "complete -o filenames -F _bowyer bowyer\n";
  return script;
}

// A text inside single quotes of zsh and fish.
std::string SingleQuoted(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out;
}

std::string Zsh() {
  std::string script =
      "#compdef bowyer\n# zsh completion of bowyer: eval \"$(bowyer completion zsh)\"\n"
      "_bowyer() {\n  local -a commands\n  commands=(\n";
  for (const Command& command : Commands()) {
    script += fmt::format("    '{}:{}'\n", command.name, SingleQuoted(command.summary));
  }
  script += "  )\n  if ((CURRENT == 2)); then\n    _describe command commands\n    return\n  fi\n";
  script += "  case $words[2] in\n";
  for (const Command& command : Commands()) {
    script += fmt::format("    {})\n      _arguments", command.name);
    for (const Option& option : Options()) {
      if (!(option.groups & command.groups)) continue;
      std::string help;
      for (const char c : option.help) {
        if (c == '[' || c == ']' || c == ':') help += '\\';
        help += c;
      }
      script += fmt::format(" \\\n        '*{}[{}]", option.name, SingleQuoted(help));
      if (!option.value.empty()) {
        const auto values = ValuesOf(option.name);
        script += fmt::format(":{}:{}", option.name.substr(2),
                              values.empty() ? "_files" : fmt::format("({})", values));
      }
      script += "'";
    }
    script += " \\\n        '*:file:_files'\n      ;;\n";
  }
  script += "  esac\n}\ncompdef _bowyer bowyer\n";
  return script;
}

std::string Fish() {
  std::string script = "# fish completion of bowyer: bowyer completion fish | source\n";
  for (const Command& command : Commands()) {
    script += fmt::format("complete -c bowyer -n __fish_use_subcommand -f -a {} -d '{}'\n",
                          command.name, SingleQuoted(command.summary));
  }
  for (const Option& option : Options()) {
    std::string commands;
    for (const Command& command : Commands()) {
      if (command.groups & option.groups) commands += " " + std::string(command.name);
    }
    script += fmt::format("complete -c bowyer -n '__fish_seen_subcommand_from{}' -l {}", commands,
                          option.name.substr(2));
    if (option.letter != '\0') script += fmt::format(" -s {}", option.letter);
    if (!option.value.empty()) script += " -r";
    if (const auto values = ValuesOf(option.name); !values.empty()) {
      script += fmt::format(" -f -a '{}'", values);
    }
    script += fmt::format(" -d '{}'\n", SingleQuoted(option.help));
  }
  return script;
}

}  // namespace

std::string CompletionScript(std::string_view shell) {
  if (shell == "bash") return Bash();
  if (shell == "zsh") return Zsh();
  if (shell == "fish") return Fish();
  return "";
}

arrow::Status RunCompletion(const Arguments& arguments, Terminal& terminal) {
  const std::string script =
      arguments.words.size() == 1 ? CompletionScript(arguments.words[0]) : "";
  if (script.empty()) {
    return MakeError(ErrorCode::kUsage, "completion takes the name of a shell: bash, zsh or fish",
                     {.hint = "eval \"$(bowyer completion bash)\""});
  }
  return terminal.Print(script);
}

}  // namespace bowyer::cli
