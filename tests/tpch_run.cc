// One of TPC-H's queries as a LazyFrame. First line: the seconds of the query alone, JSON; then its
// result as CSV.
//
//   tpch_run FOLDER parquet|arrow QUERY
#include <arrow/table.h>

#include <chrono>
#include <iostream>
#include <map>
#include <string>

#include "bowyer/bowyer.h"
#include "tpch_frames.h"

namespace bowyer {
namespace {

arrow::Status Run(const std::string& folder, const std::string& suffix, int query) {
  ARROW_ASSIGN_OR_RAISE(const auto context, Context::Make());
  std::map<std::string, LazyFrame> scans;
  const auto scan = [&](const std::string& table) {
    const auto found = scans.find(table);
    if (found != scans.end()) return found->second;
    return scans.emplace(table, Scan(folder + "/" + table + "." + suffix)).first->second;
  };
  const auto frame = TpchQuery(query, scan);
  const auto start = std::chrono::steady_clock::now();
  ARROW_ASSIGN_OR_RAISE(const auto table, frame.Collect(context));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cout << "{\"seconds\": " << seconds.count() << "}" << std::endl;
  ARROW_ASSIGN_OR_RAISE(const auto standard_output, Location::Parse("-"));
  WriteOptions options;
  options.format = "csv";
  return Copy(context, std::make_shared<arrow::TableBatchReader>(table), standard_output, options)
      .status();
}

}  // namespace
}  // namespace bowyer

int main(int argc, char** argv) {
  const int query = argc == 4 ? std::atoi(argv[3]) : 0;
  if (query < 1 || query > 22) {
    std::cerr << "usage: tpch_run FOLDER parquet|arrow QUERY\n";
    return 2;
  }
  const auto status = bowyer::Run(argv[1], argv[2], query);
  if (status.ok()) return 0;
  std::cerr << "error: " << bowyer::Describe(status) << '\n';
  return static_cast<int>(bowyer::CodeOf(status));
}
