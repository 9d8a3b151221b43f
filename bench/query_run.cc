// One query through the library. First line: the seconds of the query alone, as a peer's are
// measured, JSON; then its result as CSV.
//
//   query_run QUERY [DATABASE]
#include <arrow/table.h>
#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <string>

#include "bowyer/bowyer.h"

namespace bowyer {
namespace {

arrow::Status Run(const std::string& query, const std::string& database) {
  ARROW_ASSIGN_OR_RAISE(const auto context, Context::Make());
  ARROW_ASSIGN_OR_RAISE(const auto engine, Engine::Make(context, {.database = database,
                                                                  .read_only = !database.empty()}));
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
  if (argc != 2 && argc != 3) {
    std::cerr << "usage: query_run QUERY [DATABASE]\n";
    return 2;
  }
  const auto status = bowyer::Run(argv[1], argc == 3 ? argv[2] : "");
  if (status.ok()) return 0;
  std::cerr << "error: " << bowyer::Describe(status) << '\n';
  return static_cast<int>(bowyer::CodeOf(status));
}
