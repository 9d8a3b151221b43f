#include "cli/sql_prompt.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "bowyer/error.h"
#include "cli/line_editor.h"
#include "cli/show_result.h"

namespace bowyer::cli {
namespace {

constexpr char kHelp[] =
    "Statements end with a semicolon and may take several lines. Files are tables by their names:\n"
    "  select category, count(*) from 'orders.parquet' group by 1;\n"
    "  show tables;  describe from 'orders.csv';\n"
    ".help  this text\n"
    ".exit  or Ctrl-D: leaves\n"
    "Ctrl-C drops what is typed, or stops a query that runs.\n";

// Where a text that begins at `at` ends: behind the next `end`, or behind the last byte.
size_t Behind(std::string_view text, size_t at, std::string_view end) {
  const size_t found = text.find(end, at);
  return found == std::string_view::npos ? text.size() + 1 : found + end.size();
}

// "$$" or "$tag$" at `at`; empty: a parameter.
std::string_view DollarQuote(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) {
    if (end == at + 1 && std::isdigit(static_cast<unsigned char>(text[end])) != 0) return {};
    ++end;
  }
  if (end == text.size() || text[end] != '$') return {};
  return text.substr(at, end + 1 - at);
}

enum class Part { kCode, kQuoted, kComment, kLineComment };

// Calls each(part, text of it) for the parts of `text` in order; code comes character by character.
// False: the last part has no end.
template <typename Each>
bool ForParts(std::string_view text, Each each) {
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    const std::string_view two = text.substr(at, 2);
    Part part = Part::kCode;
    size_t end = at + 1;
    if (two == "--") {
      part = Part::kLineComment;
      end = std::min(Behind(text, at, "\n"), text.size());
    } else if (two == "/*") {
      part = Part::kComment;
      end = Behind(text, at + 2, "*/");
    } else if (c == '\'' || c == '"') {
      part = Part::kQuoted;
      end = Behind(text, at + 1, std::string_view(&c, 1));
    } else if (const auto quote = c == '$' ? DollarQuote(text, at) : std::string_view();
               !quote.empty()) {
      part = Part::kQuoted;
      end = Behind(text, at + quote.size(), quote);
    }
    if (end > text.size()) return false;
    each(part, text.substr(at, end - at));
    at = end;
  }
  return true;
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) + 1 - first);
}

}  // namespace

bool EndsStatement(std::string_view text) {
  bool ends = false;
  const bool whole = ForParts(text, [&ends](Part part, std::string_view piece) {
    if (part == Part::kQuoted) ends = false;
    if (part != Part::kCode || std::isspace(static_cast<unsigned char>(piece[0])) != 0) return;
    ends = piece[0] == ';';
  });
  return whole && ends;
}

std::vector<std::string> HistoryEntries(std::string_view statement) {
  statement = Trimmed(statement);
  std::string line;
  bool one_line = true;
  ForParts(statement, [&](Part part, std::string_view piece) {
    if (part == Part::kCode) {
      line += piece == "\n" ? " " : piece;
      return;
    }
    one_line &= part != Part::kLineComment && piece.find('\n') == std::string_view::npos;
    line += piece;
  });
  if (one_line) return {line};
  std::vector<std::string> lines;
  std::istringstream text{std::string(statement)};
  while (std::getline(text, line)) {
    if (!Trimmed(line).empty()) lines.push_back(line);
  }
  return lines;
}

arrow::Status RunSqlPrompt(const Arguments& arguments, Running& running, Engine& engine,
                           Terminal& terminal) {
  ARROW_ASSIGN_OR_RAISE(auto session, engine.OpenSession());
  // While nothing runs, Ctrl-C is the editor's.
  running.signals.reset();
  LineEditor editor("sql_history");
  terminal.Summary("SQL over files and tables; .help tells more, Ctrl-D leaves");
  std::string text;
  for (;;) {
    const auto line = editor.Read(text.empty() ? "bowyer> " : "   ...> ");
    if (line.kind == LineEditor::kEnd) break;
    if (line.kind == LineEditor::kDropped) {
      text.clear();
      continue;
    }
    if (text.empty()) {
      const std::string_view word = Trimmed(line.text);
      if (word.empty()) continue;
      if (word == ".exit" || word == ".quit") break;
      if (word[0] == '.') {
        ARROW_RETURN_NOT_OK(terminal.Print(
            word == ".help" ? kHelp
                            : "there is no command " + std::string(word) + "; try .help\n"));
        continue;
      }
    }
    text += line.text;
    if (!EndsStatement(text)) continue;
    for (const std::string& entry : HistoryEntries(text)) editor.Remember(entry);
    {
      const StopOnSignals signals(running.context.get());
      const auto reader = session->Query(text, {.parameters = arguments.query.parameters});
      const arrow::Status status =
          reader.ok() ? ShowResult(arguments, running.context, *reader, terminal) : reader.status();
      if (!status.ok()) {
        if (CodeOf(status) == ErrorCode::kPeer || CodeOf(status) == ErrorCode::kTerminated) {
          return status;
        }
        terminal.Error(status);
      }
    }
    running.context->RequestStop(0);
    text.clear();
  }
  return arrow::Status::OK();
}

}  // namespace bowyer::cli
