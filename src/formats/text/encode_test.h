// For the tests of text writers: batches from literals, texts of encoders.
#pragma once

#include <arrow/array.h>
#include <arrow/io/memory.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bowyer/context.h"
#include "formats/format.h"

namespace bowyer {

inline std::shared_ptr<arrow::Array> ArrayOf(const std::shared_ptr<arrow::DataType>& type,
                                             std::string_view json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

inline std::shared_ptr<arrow::RecordBatch> BatchOf(
    const std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  const int64_t rows = arrays.empty() ? 0 : arrays[0]->length();
  return arrow::RecordBatch::Make(arrow::schema(fields), rows, arrays);
}

// The text that `make` (MakeCsvEncoder, MakeJsonEncoder) gives for the batches.
template <typename Make>
arrow::Result<std::string> Encode(Make make,
                                  const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches,
                                  const WriteOptions& options = {}) {
  ARROW_ASSIGN_OR_RAISE(auto context, Context::Make({.threads = 2}));
  ARROW_ASSIGN_OR_RAISE(auto stream, arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(auto encoder, make(context, batches[0]->schema(), stream, options));
  for (const auto& batch : batches) ARROW_RETURN_NOT_OK(encoder->Write(batch));
  ARROW_RETURN_NOT_OK(encoder->Finish());
  encoder.reset();
  ARROW_ASSIGN_OR_RAISE(auto buffer, stream->Finish());
  return buffer->ToString();
}

}  // namespace bowyer
