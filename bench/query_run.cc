// One query through the library. First line: the seconds of the query alone, as a peer's are
// measured, JSON; then its result as CSV.
//
//   query_run QUERY [--database FILE] [--table NAME=LOCATION]...
#include <arrow/table.h>
#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <map>
#include <string>

#include "bowyer/bowyer.h"

namespace bowyer {
namespace {

arrow::Status Run(const std::string& query, const std::string& database,
                  const std::map<std::string, std::string>& tables) {
  ARROW_ASSIGN_OR_RAISE(const auto context, Context::Make());
  ARROW_ASSIGN_OR_RAISE(const auto engine, Engine::Make(context, {.database = database,
                                                                  .read_only = !database.empty()}));
  for (const auto& [name, text] : tables) {
    ARROW_ASSIGN_OR_RAISE(const auto location, Location::Parse(text));
    ARROW_RETURN_NOT_OK(engine->Register(name, location));
  }
  const auto start = std::chrono::steady_clock::now();
  ARROW_ASSIGN_OR_RAISE(const auto reader, engine->Query(query));
  ARROW_ASSIGN_OR_RAISE(const auto table, reader->ToTable());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cout << fmt::format("{{\"seconds\": {}}}", seconds.count()) << std::endl;
  ARROW_ASSIGN_OR_RAISE(const auto standard_output, Location::Parse("-"));
  WriteOptions options;
  options.format = "csv";
  return Copy(context, std::make_shared<arrow::TableBatchReader>(table), standard_output, options)
      .status();
}

}  // namespace
}  // namespace bowyer

int main(int argc, char** argv) {
  std::string database;
  std::map<std::string, std::string> tables;
  bool understood = argc >= 2 && argc % 2 == 0;
  for (int i = 2; understood && i < argc; i += 2) {
    const std::string option = argv[i], value = argv[i + 1];
    const size_t equals = value.find('=');
    if (option == "--database") {
      database = value;
    } else if (option == "--table" && equals != std::string::npos) {
      tables[value.substr(0, equals)] = value.substr(equals + 1);
    } else {
      understood = false;
    }
  }
  if (!understood) {
    std::cerr << "usage: query_run QUERY [--database FILE] [--table NAME=LOCATION]...\n";
    return 2;
  }
  const auto status = bowyer::Run(argv[1], database, tables);
  if (status.ok()) return 0;
  std::cerr << "error: " << bowyer::Describe(status) << '\n';
  return static_cast<int>(bowyer::CodeOf(status));
}
