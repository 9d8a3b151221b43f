// A query as a value: built step by step, checked as it is built, shown as SQL, and run once at the
// end, from file to file in bounded memory.
//
//   lazy_frame SOURCE DESTINATION
//   lazy_frame orders.csv totals.parquet
#include <iostream>

#include "bowyer/bowyer.h"

namespace {

using bowyer::col;

arrow::Status Run(const char* source, const char* destination) {
  ARROW_ASSIGN_OR_RAISE(auto context, bowyer::Context::Make());
  ARROW_ASSIGN_OR_RAISE(auto location, bowyer::Location::Parse(destination));
  const auto totals =
      bowyer::Scan(source)
          .Filter(col("amount") > 10)
          .GroupBy({"category"})
          .Agg({bowyer::count().As("orders"), bowyer::sum(col("amount")).As("total")})
          .WithColumns({(col("total") / col("orders")).Round(2).As("usual")})
          .Sort({bowyer::desc("total")});
  ARROW_ASSIGN_OR_RAISE(const auto sql, totals.Sql());
  std::cout << sql << "\n\n";
  ARROW_ASSIGN_OR_RAISE(const auto report, totals.Sink(context, location));
  std::cout << report.rows << " rows, " << report.bytes_written << " bytes\n";
  return arrow::Status::OK();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: lazy_frame SOURCE DESTINATION\n";
    return 2;
  }
  const auto status = Run(argv[1], argv[2]);
  if (status.ok()) return 0;
  std::cerr << "error: " << bowyer::Describe(status) << '\n';
  return static_cast<int>(bowyer::CodeOf(status));
}
