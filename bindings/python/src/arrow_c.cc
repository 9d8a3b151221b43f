#include "arrow_c.h"

#include <arrow/array.h>
#include <arrow/c/bridge.h>
#include <arrow/table.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "bowyer/error.h"
#include "errors.h"

namespace bowyer::python {
namespace {

constexpr const char* kStream = "arrow_array_stream";
constexpr const char* kSchema = "arrow_schema";
constexpr const char* kArray = "arrow_array";

// What a capsule carries is moved out by whoever takes it; what nobody took is released here.
template <typename T>
nb::capsule MakeCapsule(std::unique_ptr<T> carried, const char* name) {
  return nb::steal<nb::capsule>(PyCapsule_New(carried.release(), name, [](PyObject* capsule) {
    auto* left = static_cast<T*>(PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule)));
    if (left->release != nullptr) {
      const WithoutGil without_gil;
      left->release(left);
    }
    delete left;
  }));
}

template <typename T>
T* Carried(const nb::object& capsule, const char* name) {
  void* carried = PyCapsule_GetPointer(capsule.ptr(), name);
  if (carried == nullptr) throw nb::python_error();
  return static_cast<T*>(carried);
}

// Keeps a context until an exported array, or a part of it that was moved away, is released. In a
// forked child nothing is given back: it belongs to the parent.
struct Guard {
  void* data;
  void (*release)(ArrowArray*);
  std::shared_ptr<Context> context;
  pid_t pid = getpid();
};

void ReleaseGuarded(ArrowArray* array) {
  auto* guard = static_cast<Guard*>(array->private_data);
  if (guard->pid != getpid()) {
    array->release = nullptr;
    return;
  }
  array->private_data = guard->data;
  array->release = guard->release;
  array->release(array);
  delete guard;
}

void AddGuard(ArrowArray* array, const std::shared_ptr<Context>& context) {
  for (int64_t i = 0; i < array->n_children; ++i) AddGuard(array->children[i], context);
  if (array->dictionary != nullptr) AddGuard(array->dictionary, context);
  array->private_data = new Guard{array->private_data, array->release, context};
  array->release = ReleaseGuarded;
}

arrow::Status ExportBatch(const arrow::RecordBatch& batch, const std::shared_ptr<Context>& context,
                          ArrowArray* out) {
  ARROW_RETURN_NOT_OK(arrow::ExportRecordBatch(batch, out));
  AddGuard(out, context);
  return arrow::Status::OK();
}

// An ArrowArrayStream over a Stream.
struct Exported {
  std::shared_ptr<Stream> stream;
  std::string last_error;
  pid_t pid = getpid();

  static Exported& Of(ArrowArrayStream* out) { return *static_cast<Exported*>(out->private_data); }

  int Fail(const arrow::Status& status) {
    last_error = Describe(status);
    switch (CodeOf(status)) {
      case ErrorCode::kInterrupted:
      case ErrorCode::kTerminated:
        return ECANCELED;
      case ErrorCode::kResources:
        return ENOMEM;
      case ErrorCode::kUnavailable:
      case ErrorCode::kPeer:
        return EIO;
      default:
        return EINVAL;
    }
  }

  static int GetSchema(ArrowArrayStream* from, ArrowSchema* out) {
    const auto status = arrow::ExportSchema(*Of(from).stream->schema(), out);
    return status.ok() ? 0 : Of(from).Fail(status);
  }
  static int GetNext(ArrowArrayStream* from, ArrowArray* out) {
    Exported& self = Of(from);
    if (self.pid != getpid()) {
      return self.Fail(MakeError(ErrorCode::kUsage,
                                 "this stream was made before a fork and belongs to the parent"));
    }
    auto batch = self.stream->Next();
    if (!batch.ok()) return self.Fail(batch.status());
    if (*batch == nullptr) {
      out->release = nullptr;
      return 0;
    }
    const auto status = ExportBatch(**batch, self.stream->context(), out);
    return status.ok() ? 0 : self.Fail(status);
  }
  static const char* GetLastError(ArrowArrayStream* from) { return Of(from).last_error.c_str(); }
  static void Release(ArrowArrayStream* from) {
    from->release = nullptr;
    if (Of(from).pid == getpid()) delete &Of(from);
  }
};

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> ImportStream(nb::handle has_stream) {
  const nb::object capsule = has_stream.attr("__arrow_c_stream__")();
  return ValueOf(arrow::ImportRecordBatchReader(Carried<ArrowArrayStream>(capsule, kStream)));
}

std::shared_ptr<arrow::Schema> ImportSchema(nb::handle has_schema) {
  const nb::object capsule = has_schema.attr("__arrow_c_schema__")();
  return ValueOf(arrow::ImportSchema(Carried<ArrowSchema>(capsule, kSchema)));
}

std::shared_ptr<arrow::DataType> ImportType(nb::handle has_schema) {
  const nb::object capsule = has_schema.attr("__arrow_c_schema__")();
  return ValueOf(arrow::ImportType(Carried<ArrowSchema>(capsule, kSchema)));
}

std::shared_ptr<arrow::Array> ImportArray(nb::handle has_array) {
  const nb::tuple capsules = nb::cast<nb::tuple>(has_array.attr("__arrow_c_array__")());
  return ValueOf(arrow::ImportArray(Carried<ArrowArray>(capsules[1], kArray),
                                    Carried<ArrowSchema>(capsules[0], kSchema)));
}

nb::capsule ExportSchema(const arrow::Schema& schema) {
  auto out = std::make_unique<ArrowSchema>();
  if (const auto status = arrow::ExportSchema(schema, out.get()); !status.ok()) Throw(status);
  return MakeCapsule(std::move(out), kSchema);
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> Stream::Next() {
  const std::lock_guard lock(mutex_);
  ARROW_RETURN_NOT_OK(failed_);
  if (reader_ == nullptr) return MakeError(ErrorCode::kUsage, "this result was closed");
  std::shared_ptr<arrow::RecordBatch> batch;
  failed_ = reader_->ReadNext(&batch);
  ARROW_RETURN_NOT_OK(failed_);
  return batch;
}

arrow::Result<std::shared_ptr<arrow::Table>> Stream::All() {
  arrow::RecordBatchVector batches;
  while (true) {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    ARROW_ASSIGN_OR_RAISE(auto batch, Next());
    if (batch == nullptr) return arrow::Table::FromRecordBatches(schema_, std::move(batches));
    batches.push_back(std::move(batch));
  }
}

void Stream::Close() {
  const std::lock_guard lock(mutex_);
  reader_.reset();
}

void Stream::End() {
  context_->RequestStop(SIGTERM);
  Close();
}

Reader::Reader(std::shared_ptr<Context> context, std::shared_ptr<arrow::RecordBatchReader> reader)
    : stream_(std::make_shared<Stream>(std::move(context), std::move(reader))) {
  EndWithInterpreter(stream_.get());
}

nb::object Reader::NextBatch() const {
  const auto& stream = stream_.get();
  auto batch = Run(stream->context(), nb::none(), [&] { return stream->Next(); });
  if (batch == nullptr) return nb::none();
  return nb::cast(Batch(stream->context(), std::move(batch)));
}

Reader Reader::ReadAll(nb::handle progress) const {
  const auto& stream = stream_.get();
  auto table = Run(stream->context(), progress, [&] { return stream->All(); });
  return {stream->context(), std::make_shared<arrow::TableBatchReader>(std::move(table))};
}

nb::capsule Reader::ArrowStream() const {
  auto out = std::make_unique<ArrowArrayStream>();
  out->get_schema = Exported::GetSchema;
  out->get_next = Exported::GetNext;
  out->get_last_error = Exported::GetLastError;
  out->release = Exported::Release;
  out->private_data = new Exported{stream_.get(), {}};
  return MakeCapsule(std::move(out), kStream);
}

void Reader::Close() const {
  const auto& stream = stream_.get();
  const WithoutGil without_gil;
  stream->Close();
}

nb::tuple Batch::ArrowArrayCapsules() const {
  auto array = std::make_unique<ArrowArray>();
  const auto status = ExportBatch(*batch_.get(), context_.get(), array.get());
  if (!status.ok()) Throw(status);
  return nb::make_tuple(ExportSchema(*batch_->schema()), MakeCapsule(std::move(array), kArray));
}

void DefineArrow(nb::module_& module) {
  nb::class_<Reader>(module, "Reader")
      .def("__arrow_c_schema__", &Reader::Schema)
      .def(
          "__arrow_c_stream__", [](const Reader& self, nb::handle) { return self.ArrowStream(); },
          nb::arg("requested_schema") = nb::none())
      .def("next_batch", &Reader::NextBatch)
      .def("read_all", &Reader::ReadAll, nb::arg("progress") = nb::none())
      .def("close", &Reader::Close);
  nb::class_<Batch>(module, "Batch")
      .def(
          "__arrow_c_array__",
          [](const Batch& self, nb::handle) { return self.ArrowArrayCapsules(); },
          nb::arg("requested_schema") = nb::none());
}

}  // namespace bowyer::python
