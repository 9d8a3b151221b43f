// The border that tables cross: Arrow's C data and stream interfaces in PyCapsules, both ways,
// without copies. docs: "The Arrow PyCapsule Interface".
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <nanobind/nanobind.h>

#include <memory>
#include <mutex>

#include "bowyer/context.h"
#include "run.h"

namespace bowyer::python {

// Inwards. With the GIL; throw what Python raised, or Arrow's refusal.
std::shared_ptr<arrow::RecordBatchReader> ImportStream(nb::handle has_stream);
std::shared_ptr<arrow::Schema> ImportSchema(nb::handle has_schema);
std::shared_ptr<arrow::DataType> ImportType(nb::handle has_schema);
std::shared_ptr<arrow::Array> ImportArray(nb::handle has_array);

nb::capsule ExportSchema(const arrow::Schema& schema);

// A stream on its way to Python: a reader and the context that its buffers are counted in, which
// lives as long as they do. Calls follow each other, on any threads.
class Stream : public Ending {
 public:
  Stream(std::shared_ptr<Context> context, std::shared_ptr<arrow::RecordBatchReader> reader)
      : context_(std::move(context)), schema_(reader->schema()), reader_(std::move(reader)) {}

  const std::shared_ptr<Context>& context() const { return context_; }
  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Next();
  arrow::Result<std::shared_ptr<arrow::Table>> All();
  void Close();
  void End() override;  // also stops the context

 private:
  const std::shared_ptr<Context> context_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::mutex mutex_;
  std::shared_ptr<arrow::RecordBatchReader> reader_;  // null: ended
  arrow::Status failed_;
};

// What Python holds of a stream.
class Reader {
 public:
  Reader(std::shared_ptr<Context> context, std::shared_ptr<arrow::RecordBatchReader> reader);
  nb::capsule Schema() const { return ExportSchema(*stream_->schema()); }
  nb::object NextBatch() const;  // a Batch, None at the end
  Reader ReadAll(nb::handle progress) const;
  nb::capsule ArrowStream() const;
  void Close() const;

 private:
  Held<Stream> stream_;
};

// A record batch for `__arrow_c_array__`.
class Batch {
 public:
  Batch(std::shared_ptr<Context> context, std::shared_ptr<arrow::RecordBatch> batch)
      : context_(std::move(context)), batch_(std::move(batch)) {}
  nb::tuple ArrowArrayCapsules() const;

 private:
  Held<Context> context_;
  Held<arrow::RecordBatch> batch_;
};

void DefineArrow(nb::module_& module);

}  // namespace bowyer::python
