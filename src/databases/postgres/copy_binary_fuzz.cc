// Fuzzes binary COPY: any bytes are decoded or refused, and what is decoded is a valid batch. The
// first byte says how the bytes are divided.
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "bowyer/context.h"
#include "databases/postgres/copy_decoder.h"

namespace bowyer {
namespace {

std::vector<PostgresValue> Columns() {
  const auto of = [](PostgresKind kind, std::shared_ptr<arrow::DataType> type, uint32_t oid = 0) {
    return PostgresValue{.kind = kind, .type = std::move(type), .oid = oid};
  };
  const PostgresValue text = of(PostgresKind::kText, arrow::utf8(), 25);
  const PostgresValue number = of(PostgresKind::kNumeric, arrow::decimal128(38, 10), 1700);
  const PostgresValue pair = {
      .kind = PostgresKind::kStruct,
      .type = arrow::struct_({arrow::field("a", text.type), arrow::field("b", number.type)}),
      .oid = 2249,
      .children = {text, number}};
  return {text,
          number,
          of(PostgresKind::kTimestamp, arrow::timestamp(arrow::TimeUnit::MICRO)),
          of(PostgresKind::kTimeTz, arrow::utf8()),
          of(PostgresKind::kBits, arrow::utf8()),
          {.kind = PostgresKind::kList,
           .type = arrow::list(arrow::list(pair.type)),
           .dimensions = 2,
           .children = {pair}}};
}

}  // namespace
}  // namespace bowyer

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bowyer;
  static const auto context = *Context::Make({.threads = 1, .memory = int64_t{64} << 20});
  static const auto columns = Columns();
  static const auto schema = [] {
    arrow::FieldVector fields;
    for (const auto& column : columns) fields.push_back(arrow::field("c", column.type));
    return arrow::schema(fields);
  }();
  if (size == 0) return 0;
  auto decoder = *CopyDecoder::Make(schema, columns, (data[0] & 1) != 0, context->memory_pool());
  const size_t step = data[0] / 2 + 1;
  size_t taken = 1;
  for (size_t end = 1; end < size;) {
    end = std::min(end + step, size);
    const auto used = decoder->Decode(data + taken, end - taken);
    if (!used.ok()) return 0;
    if (*used > end - taken) std::abort();
    taken += *used;
  }
  if (!decoder->Finish(size - taken).ok()) return 0;
  const auto batch = decoder->Take();
  if (batch.ok() && !(*batch)->ValidateFull().ok()) std::abort();
  return 0;
}
