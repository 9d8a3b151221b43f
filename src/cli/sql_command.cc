// bowyer sql: statements -> the engine -> what ShowResult makes of the result.
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "bowyer/error.h"
#include "cli/command.h"
#include "cli/run.h"
#include "cli/show_result.h"
#include "cli/sql_prompt.h"
#include "connectors/connectors.h"

namespace bowyer::cli {
namespace {

arrow::Result<std::string> ReadStatements(const std::string& path) {
  const bool standard = path == "-";
  std::ifstream file(standard ? "/dev/stdin" : path.c_str(), std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file) {
    return MakeError(ErrorCode::kUnavailable, "the file of statements cannot be read",
                     {.location = standard ? "standard input" : path});
  }
  return text;
}

}  // namespace

arrow::Status RunSql(const Arguments& arguments, Terminal& terminal) {
  const auto& query = arguments.query;
  if (arguments.words.size() > 1 || (!arguments.words.empty() && !query.file.empty())) {
    return MakeError(ErrorCode::kUsage, "sql takes one query, or --file",
                     {.hint = "several statements are one text, with ; between them"});
  }
  const bool given = !arguments.words.empty() || !query.file.empty();
  const bool prompt = !given && ::isatty(STDIN_FILENO) == 1;
  std::string sql;
  if (!arguments.words.empty()) {
    sql = arguments.words[0];
  } else if (!prompt) {
    ARROW_ASSIGN_OR_RAISE(sql, ReadStatements(query.file.empty() ? "-" : query.file));
  }
  ARROW_ASSIGN_OR_RAISE(auto running, StartRunning(arguments, terminal));
  ARROW_ASSIGN_OR_RAISE(auto engine, Engine::Make(running.context, query.engine));
  std::shared_ptr<const void> held;
  if (!query.output.empty()) {
    ARROW_ASSIGN_OR_RAISE(const auto destination, Location::Parse(query.output));
    ARROW_ASSIGN_OR_RAISE(held, HoldDestination(*running.context, destination));
  }
  for (const auto& [name, text] : query.tables) {
    ARROW_ASSIGN_OR_RAISE(const auto location, Location::Parse(text));
    ARROW_RETURN_NOT_OK(engine->Register(name, location, arguments.read));
  }
  if (prompt) return RunSqlPrompt(arguments, running, *engine, terminal);
  ARROW_ASSIGN_OR_RAISE(const auto reader, engine->Query(sql, {.parameters = query.parameters,
                                                               .explain = query.explain}));
  return ShowResult(arguments, running.context, reader, terminal);
}

}  // namespace bowyer::cli
