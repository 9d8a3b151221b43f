// The manual, from the same tables as the help: a man page in troff and docs/cli.md.
#include <fmt/format.h>

#include "bowyer/error.h"
#include "bowyer/version.h"
#include "cli/help.h"

namespace bowyer::cli {
namespace {

// Text as troff takes it literally: no escapes, no request at the start of a line, real hyphens.
std::string Troff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    line_start = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string ManPage() {
  std::string page = fmt::format(
      ".TH BOWYER 1 \"\" \"bowyer {}\" \"User Commands\"\n"
      ".SH NAME\nbowyer \\- copies tables between file formats\n"
      ".SH SYNOPSIS\n.B bowyer\nCOMMAND [OPTIONS] ...\n.SH DESCRIPTION\n.nf\n{}.fi\n",
      Version(), Troff(Overview()));
  for (const Command& command : Commands()) {
    page += fmt::format(".SH \"BOWYER {}\"\n.nf\n{}.fi\n", Troff(command.name),
                        Troff(HelpText(command)));
  }
  return page;
}

std::string MarkdownPage() {
  std::string page =
      "# The command line\n\n"
      "Written by `bowyer man --markdown`; do not edit it by hand.\n\n```\n" +
      Overview() + "```\n";
  for (const Command& command : Commands()) {
    page += fmt::format("\n## bowyer {}\n\n```\n{}```\n", command.name, HelpText(command));
  }
  return page;
}

arrow::Status RunMan(const Arguments& arguments, Terminal& terminal) {
  return terminal.Print(arguments.markdown ? MarkdownPage() : ManPage());
}

}  // namespace bowyer::cli
