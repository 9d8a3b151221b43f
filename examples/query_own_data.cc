// SQL over what a program holds itself: a record batch, and a generator of batches that is read as
// the query asks for them.
//
//   query_own_data ROWS
//   query_own_data 1000000
#include <arrow/builder.h>

#include <iostream>

#include "bowyer/bowyer.h"

namespace {

using Batch = std::shared_ptr<arrow::RecordBatch>;

// Two sensors.
arrow::Result<Batch> Sensors() {
  arrow::Int64Builder ids;
  arrow::StringBuilder names;
  ARROW_RETURN_NOT_OK(ids.AppendValues({0, 1}));
  ARROW_RETURN_NOT_OK(names.AppendValues({"roof", "cellar"}));
  ARROW_ASSIGN_OR_RAISE(auto id, ids.Finish());
  ARROW_ASSIGN_OR_RAISE(auto name, names.Finish());
  auto schema =
      arrow::schema({arrow::field("sensor", arrow::int64()), arrow::field("name", arrow::utf8())});
  return arrow::RecordBatch::Make(std::move(schema), 2, {id, name});
}

// What they measure, in turn: 0, 1, 2, ... degrees and again from 0 after 29.
std::shared_ptr<arrow::RecordBatchReader> Readings(int64_t rows) {
  auto schema = arrow::schema(
      {arrow::field("sensor", arrow::int64()), arrow::field("degrees", arrow::float64())});
  return bowyer::MakeReader(schema, [=, row = int64_t{0}]() mutable -> arrow::Result<Batch> {
    if (row == rows) return nullptr;
    arrow::Int64Builder sensors;
    arrow::DoubleBuilder degrees;
    const int64_t end = std::min(rows, row + 10'000);
    for (; row < end; ++row) {
      ARROW_RETURN_NOT_OK(sensors.Append(row % 2));
      ARROW_RETURN_NOT_OK(degrees.Append(static_cast<double>(row % 30)));
    }
    const int64_t length = sensors.length();
    ARROW_ASSIGN_OR_RAISE(auto sensor, sensors.Finish());
    ARROW_ASSIGN_OR_RAISE(auto degree, degrees.Finish());
    return arrow::RecordBatch::Make(schema, length, {sensor, degree});
  });
}

arrow::Status Run(int64_t rows) {
  ARROW_ASSIGN_OR_RAISE(auto context, bowyer::Context::Make());
  ARROW_ASSIGN_OR_RAISE(auto engine, bowyer::Engine::Make(context));
  ARROW_ASSIGN_OR_RAISE(auto sensors, Sensors());
  ARROW_RETURN_NOT_OK(engine->Register("sensors", sensors));
  ARROW_RETURN_NOT_OK(engine->Register("readings", Readings(rows)));
  ARROW_ASSIGN_OR_RAISE(auto result, engine->Query(R"(
      select name, count(*) as readings, max(degrees) as warmest
      from readings join sensors using (sensor)
      group by name order by name)"));
  ARROW_ASSIGN_OR_RAISE(auto table, result->ToTable());
  for (int64_t row = 0; row < table->num_rows(); ++row) {
    for (int column = 0; column < table->num_columns(); ++column) {
      ARROW_ASSIGN_OR_RAISE(auto cell, table->column(column)->GetScalar(row));
      std::cout << (column > 0 ? " " : "") << cell->ToString();
    }
    std::cout << '\n';
  }
  return arrow::Status::OK();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: query_own_data ROWS\n";
    return 2;
  }
  const auto status = Run(std::stoll(argv[1]));
  if (status.ok()) return 0;
  std::cerr << "error: " << bowyer::Describe(status) << '\n';
  return static_cast<int>(bowyer::CodeOf(status));
}
