// Records -> columns, in one pass: a record's keys are compared where they are expected, and each
// value is written straight to the end of its column. Nothing is kept between text and column.
#pragma once

#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/json/plan.h"
#include "formats/json/syntax.h"

namespace bowyer::json {

// A column that grows. Children of a struct are as long as the struct, but for the record at work.
struct Column {
  const Plan* plan = nullptr;
  PlanKind kind = PlanKind::kSkip;
  int64_t length = 0;
  int64_t capacity = 0;
  uint8_t* values = nullptr;  // fixed width; or int32 ends of texts and lists, from [1] on
  uint8_t* valid = nullptr;   // bits; null as long as nothing is null
  char* text = nullptr;
  int64_t text_size = 0, text_capacity = 0;
  std::shared_ptr<arrow::ResizableBuffer> values_buffer, valid_buffer, text_buffer;
  std::vector<Column> children;
};

// Used by one thread, for one batch.
class RecordParser {
 public:
  // text_bytes: how much text is to come, at most.
  RecordParser(const RecordPlan& plan, Syntax* syntax, arrow::MemoryPool* pool, int64_t text_bytes);

  arrow::Status Reserve(int64_t rows);
  // Goes on with another part of the text.
  void SetSyntax(Syntax* syntax) { syntax_ = syntax; }

  // The record at `p` becomes a row; returns the place behind it. Null after a fault (in the
  // syntax) or a failure (status()); Rollback then takes the half-read row away.
  const char* Parse(const char* p);
  int64_t rows() const { return rows_; }
  void Accept() { ++rows_; }
  void Rollback() { Truncate(&root_, rows_); }
  const arrow::Status& status() const { return status_; }

  // The rows so far, columns in the order of `columns`. The parser is used up.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Finish(
      const std::shared_ptr<arrow::Schema>& schema, const std::vector<int>& columns);

 private:
  const char* Value(Column* column, const char* p);
  const char* Object(Column* column, const char* p);
  const char* List(Column* column, const char* p);
  const char* String(Column* column, const char* p);
  const char* Bytes(Column* column, const char* p);
  const char* Raw(Column* column, const char* p);
  const char* Field(Column* column, const char* p);
  const char* SlowDouble(Column* column, const char* p);
  const char* Bool(Column* column, const char* p);
  const char* Skip(Column* column, const char* p);
  const char* NullOrMisfit(Column* column, const char* p);
  const char* Misfit(Column* column, const char* p, FieldFault fault);
  // Looks the key at `p` up; `*member` becomes its column.
  const char* Key(Column* column, const char* p, size_t* next, Column** member);
  const char* UnknownKey(const char* key, std::string_view name, const char* behind);
  const char* InPath(std::string_view step);

  bool AppendNull(Column* column);
  bool AppendAnyNull(Column* column);
  bool AppendText(Column* column, const char* data, size_t size);
  void MarkValid(Column* column);
  bool Grow(Column* column);
  bool GrowText(Column* column, int64_t more);
  bool MakeRoom(Column* column) { return column->length < column->capacity || Grow(column); }
  bool Resize(Column* column, int64_t capacity);
  void Build(Column* column, const Plan& plan);
  void Truncate(Column* column, int64_t length);
  arrow::Result<std::shared_ptr<arrow::ArrayData>> Finish(Column* column);

  Syntax* syntax_;
  arrow::MemoryPool* pool_;
  const int64_t text_bytes_;
  const bool columns_;
  Column root_;
  int64_t rows_ = 0;
  arrow::Status status_;
  std::string scratch_;
};

}  // namespace bowyer::json
