// The tables of commands and options as text: help, man page, docs/cli.md, shell completions.
#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"

namespace bowyer::cli {

std::string Overview();                        // bowyer help
std::string HelpText(const Command& command);  // bowyer help COMMAND
std::string ManPage();                         // troff
std::string MarkdownPage();                    // docs/cli.md
// For "bash", "zsh" or "fish"; empty for another shell.
std::string CompletionScript(std::string_view shell);

}  // namespace bowyer::cli
