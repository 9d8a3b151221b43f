// Fuzzes conditions: any text is an error of kind kUsage, or a condition whose evaluation gives a
// value for each row or an error of kind kData; and types: what is parsed prints and parses back.
#include <arrow/json/from_string.h>
#include <arrow/memory_pool.h>
#include <arrow/type.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "frame/bind.h"

namespace bowyer {
namespace {

std::shared_ptr<arrow::RecordBatch> Rows() {
  const std::pair<std::shared_ptr<arrow::Field>, std::string> columns[] = {
      {arrow::field("i", arrow::int64()), "[1, null, -9223372036854775808]"},
      {arrow::field("f", arrow::float64()), "[1.5, null, Inf]"},
      {arrow::field("d", arrow::decimal128(12, 2)), R"(["1.50", null, "-9999999999.99"])"},
      {arrow::field("t", arrow::utf8()), R"(["a", null, ""])"},
      {arrow::field("day", arrow::date32()), "[1, null, -1]"},
      {arrow::field("at", arrow::timestamp(arrow::TimeUnit::MILLI, "UTC")), "[1, null, -1]"},
      {arrow::field("b", arrow::boolean()), "[true, null, false]"},
      {arrow::field("l", arrow::list(arrow::int8())), "[[1], null, []]"}};
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& [field, json] : columns) {
    fields.push_back(field);
    arrays.push_back(arrow::json::ArrayFromJSONString(field->type(), json).ValueOrDie());
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), 3, arrays);
}

}  // namespace
}  // namespace bowyer

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bowyer;
  static const auto rows = Rows();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto type = ParseType(text); type.ok()) {
    const auto back = ParseType(TypeText(**type));
    if (!back.ok() || !(*back)->Equals(**type)) abort();
  }
  const auto expression = ParseExpression(text);
  if (!expression.ok()) {
    if (CodeOf(expression.status()) != ErrorCode::kUsage) abort();
    return 0;
  }
  const auto bound = BoundExpression::BindCondition(*expression, text, *rows->schema());
  if (!bound.ok()) {
    if (CodeOf(bound.status()) != ErrorCode::kUsage) abort();
    return 0;
  }
  const auto truth = bound->Evaluate(*rows, arrow::default_memory_pool());
  if (!truth.ok()) {
    if (CodeOf(truth.status()) != ErrorCode::kData) abort();
    return 0;
  }
  if ((*truth)->length() != rows->num_rows() || !(*truth)->ValidateFull().ok()) abort();
  return 0;
}
