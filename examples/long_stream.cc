// More rows than memory: a query's result, made, filtered and read batch by batch. What it takes
// does not depend on the number of rows.
//
//   long_stream ROWS
//   long_stream 50000000
#include <arrow/array.h>

#include <iostream>

#include "bowyer/bowyer.h"

namespace {

arrow::Status Run(const std::string& rows) {
  ARROW_ASSIGN_OR_RAISE(auto context, bowyer::Context::Make());
  ARROW_ASSIGN_OR_RAISE(auto engine, bowyer::Engine::Make(context));
  ARROW_ASSIGN_OR_RAISE(
      auto reader,
      engine->Query("select i, i * 2 as twice from range($rows::bigint) t(i) where i % 5 <> 0",
                    {.rows_per_batch = 100'000, .parameters = {{"rows", rows}}}));
  int64_t count = 0, batches = 0;
  for (auto batch : *reader) {
    ARROW_ASSIGN_OR_RAISE(const auto values, std::move(batch));
    count += values->num_rows();
    ++batches;
  }
  const int64_t most = context->arrow_memory().peak() + context->duckdb_memory().peak();
  std::cout << count << " rows in " << batches << " batches, at most " << (most >> 20) << " MiB\n";
  return arrow::Status::OK();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: long_stream ROWS\n";
    return 2;
  }
  const auto status = Run(argv[1]);
  if (status.ok()) return 0;
  std::cerr << "error: " << bowyer::Describe(status) << '\n';
  return static_cast<int>(bowyer::CodeOf(status));
}
