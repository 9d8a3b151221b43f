// Makes a shop's orders and writes them to any location: a table that is produced as it is written,
// so that its size is no matter of memory.
//
//   generate_shop ROWS DESTINATION
//   generate_shop 5000000 orders.csv
#include <arrow/builder.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "bowyer/bowyer.h"

namespace {

constexpr int64_t kBatchRows = 65536;
constexpr const char* kCategories[] = {"books",   "music",  "games", "garden",
                                       "kitchen", "sports", "tools", "toys"};

std::shared_ptr<arrow::Schema> OrdersSchema() {
  return arrow::schema({arrow::field("user_id", arrow::int64(), false),
                        arrow::field("amount", arrow::float64(), false),
                        arrow::field("category", arrow::utf8(), false)});
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> MakeOrders(int64_t rows,
                                                              std::mt19937_64& random) {
  arrow::Int64Builder user_id;
  arrow::DoubleBuilder amount;
  arrow::StringBuilder category;
  for (int64_t row = 0; row < rows; ++row) {
    const uint64_t bits = random();
    ARROW_RETURN_NOT_OK(user_id.Append(static_cast<int64_t>(bits % 1'000'000)));
    ARROW_RETURN_NOT_OK(amount.Append(static_cast<double>((bits >> 24) % 20'000) / 100));
    ARROW_RETURN_NOT_OK(category.Append(kCategories[bits >> 61]));
  }
  std::vector<std::shared_ptr<arrow::Array>> columns(3);
  ARROW_RETURN_NOT_OK(user_id.Finish(&columns[0]));
  ARROW_RETURN_NOT_OK(amount.Finish(&columns[1]));
  ARROW_RETURN_NOT_OK(category.Finish(&columns[2]));
  return arrow::RecordBatch::Make(OrdersSchema(), rows, std::move(columns));
}

arrow::Status Run(int64_t rows, const char* destination) {
  ARROW_ASSIGN_OR_RAISE(auto context, bowyer::Context::Make());
  ARROW_ASSIGN_OR_RAISE(auto location, bowyer::Location::Parse(destination));
  std::mt19937_64 random(7);
  auto orders = bowyer::MakeReader(
      OrdersSchema(),
      [&, left = rows]() mutable -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
        if (left == 0) return nullptr;
        const int64_t count = std::min(left, kBatchRows);
        left -= count;
        return MakeOrders(count, random);
      });
  bowyer::WriteOptions options;
  options.if_exists = bowyer::IfExists::kOverwrite;
  ARROW_ASSIGN_OR_RAISE(auto report, bowyer::Copy(context, orders, location, options));
  std::cerr << report.rows << " orders, " << report.bytes_written << " bytes\n";
  return arrow::Status::OK();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: generate_shop ROWS DESTINATION\n";
    return 2;
  }
  const auto status = Run(std::atoll(argv[1]), argv[2]);
  if (status.ok()) return 0;
  std::cerr << "error: " << bowyer::Describe(status) << '\n';
  return static_cast<int>(bowyer::CodeOf(status));
}
