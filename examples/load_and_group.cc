// Extract, load, transform: orders made batch by batch are loaded into a table of a DuckDB file,
// which stays; the table is grouped, and the groups are written.
//
//   load_and_group ROWS DATABASE DESTINATION
//   load_and_group 1000000 shop.duckdb totals.parquet
#include <arrow/builder.h>

#include <iostream>

#include "bowyer/bowyer.h"

namespace {

using bowyer::col;

// order_id, user_id and amount of so many orders.
std::shared_ptr<arrow::RecordBatchReader> Orders(int64_t rows) {
  auto schema = arrow::schema({arrow::field("order_id", arrow::int64()),
                               arrow::field("user_id", arrow::int64()),
                               arrow::field("amount", arrow::float64())});
  return bowyer::MakeReader(
      schema,
      [=, order = int64_t{0}]() mutable -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
        if (order == rows) return nullptr;
        arrow::Int64Builder orders, users;
        arrow::DoubleBuilder amounts;
        const int64_t end = std::min(rows, order + 50'000);
        for (; order < end; ++order) {
          ARROW_RETURN_NOT_OK(orders.Append(order));
          ARROW_RETURN_NOT_OK(users.Append(order * 7919 % 1000));
          ARROW_RETURN_NOT_OK(amounts.Append(static_cast<double>(order % 400) / 4));
        }
        const int64_t length = orders.length();
        ARROW_ASSIGN_OR_RAISE(auto ids, orders.Finish());
        ARROW_ASSIGN_OR_RAISE(auto user_ids, users.Finish());
        ARROW_ASSIGN_OR_RAISE(auto values, amounts.Finish());
        return arrow::RecordBatch::Make(schema, length, {ids, user_ids, values});
      });
}

arrow::Status Run(int64_t rows, const char* database, const char* destination) {
  ARROW_ASSIGN_OR_RAISE(auto context, bowyer::Context::Make());
  ARROW_ASSIGN_OR_RAISE(auto location, bowyer::Location::Parse(destination));
  ARROW_ASSIGN_OR_RAISE(auto engine, bowyer::Engine::Make(context, {.database = database}));

  ARROW_RETURN_NOT_OK(engine->Register("made", Orders(rows)));
  ARROW_RETURN_NOT_OK(engine->Query("create or replace table orders as from made").status());

  const auto totals =
      engine->Scan("orders")
          .GroupBy({"user_id"})
          .Agg({bowyer::count().As("orders"), bowyer::sum(col("amount")).As("total")})
          .Sort({bowyer::desc("total"), "user_id"});
  ARROW_ASSIGN_OR_RAISE(auto report, totals.Sink(engine, location));
  std::cout << rows << " orders of " << report.rows << " users\n";
  return arrow::Status::OK();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: load_and_group ROWS DATABASE DESTINATION\n";
    return 2;
  }
  const auto status = Run(std::stoll(argv[1]), argv[2], argv[3]);
  if (status.ok()) return 0;
  std::cerr << "error: " << bowyer::Describe(status) << '\n';
  return static_cast<int>(bowyer::CodeOf(status));
}
