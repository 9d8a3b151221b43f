// bowyer sql on a terminal, without a query: statements as they are typed.
#pragma once

#include <arrow/status.h>

#include <string>
#include <string_view>
#include <vector>

#include "bowyer/engine.h"
#include "cli/arguments.h"
#include "cli/run.h"
#include "cli/terminal.h"

namespace bowyer::cli {

// Until its end: .exit or Ctrl-D. Errors of statements are printed and it goes on.
arrow::Status RunSqlPrompt(const Arguments& arguments, Running& running, Engine& engine,
                           Terminal& terminal);

// Does `text` end with a semicolon that is no part of a literal, a name or a comment?
bool EndsStatement(std::string_view text);

// The statement as one line; its lines where a line's end means something in it.
std::vector<std::string> HistoryEntries(std::string_view statement);

}  // namespace bowyer::cli
