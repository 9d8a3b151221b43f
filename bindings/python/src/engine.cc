// Engines: queries and frames that are run, their results as streams.
#include "bowyer/engine.h"

#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <csignal>

#include "arrow_c.h"
#include "bowyer/copy.h"
#include "bowyer/error.h"
#include "errors.h"
#include "module.h"
#include "tasks.h"

namespace bowyer::python {

using nb::literals::operator""_a;

namespace {

// Lets go of the engine when the interpreter ends; readers keep what they need of it until then.
class OpenEngine : public Ending {
 public:
  explicit OpenEngine(std::shared_ptr<bowyer::Engine> engine)
      : context_(engine->context()), engine_(std::move(engine)) {}

  const std::shared_ptr<Context>& context() const { return context_; }
  std::shared_ptr<bowyer::Engine> engine() {
    const std::lock_guard lock(mutex_);
    if (engine_ == nullptr) Throw(MakeError(ErrorCode::kUsage, "this engine was closed"));
    return engine_;
  }
  void Close() {
    std::shared_ptr<bowyer::Engine> last;
    const std::lock_guard lock(mutex_);
    last.swap(engine_);
  }
  void End() override {
    context_->RequestStop(SIGTERM);
    Close();
  }

 private:
  const std::shared_ptr<Context> context_;
  std::mutex mutex_;
  std::shared_ptr<bowyer::Engine> engine_;
};

class Engine {
 public:
  Engine(const std::shared_ptr<Context>& context, const std::string& database, bool read_only,
         const std::string& spill_folder)
      : open_(std::make_shared<OpenEngine>(Run(context, nb::none(), [&] {
          return bowyer::Engine::Make(
              context,
              {.database = database, .read_only = read_only, .spill_folder = spill_folder});
        }))) {
    EndWithInterpreter(open_.get());
  }

  const std::shared_ptr<Context>& context() const { return open_->context(); }
  std::shared_ptr<bowyer::Engine> engine() const { return open_->engine(); }

  Reader Query(const std::string& sql, std::map<std::string, std::string> parameters,
               const std::string& explain, nb::handle progress) const {
    QueryOptions options;
    options.parameters = std::move(parameters);
    if (explain == "plan") options.explain = Explain::kPlan;
    if (explain == "analyze") options.explain = Explain::kAnalyze;
    const auto engine = open_->engine();
    return {context(), Run(context(), progress, [&] { return engine->Query(sql, options); })};
  }

  void Register(const std::string& name, const Source& source) const {
    const auto engine = open_->engine();
    RunStatus(context(), nb::none(), [&] {
      if (const auto* location = std::get_if<LocationSource>(&source.from)) {
        return engine->Register(name, location->location, location->options);
      }
      if (const auto* stream = std::get_if<StreamSource>(&source.from)) {
        return engine->Register(name, stream->schema, stream->open);
      }
      return engine->Register(name, std::get<std::shared_ptr<arrow::Table>>(source.from));
    });
  }

  void Unregister(const std::string& name) const {
    const auto status = open_->engine()->Unregister(name);
    if (!status.ok()) Throw(status);
  }

  LazyFrame Scan(const std::string& name) const {
    const auto engine = open_->engine();
    return Run(context(), nb::none(), [&]() -> arrow::Result<LazyFrame> {
      auto frame = engine->Scan(name);
      ARROW_RETURN_NOT_OK(frame.status());
      return frame;
    });
  }

  void Close() const {
    const auto& open = open_.get();
    const WithoutGil without_gil;
    open->Close();
  }

 private:
  Held<OpenEngine> open_;
};

Reader RunStream(const LazyFrame& frame, const Engine& on, int64_t rows_per_batch,
                 nb::handle progress) {
  const auto engine = on.engine();
  return {on.context(),
          Run(on.context(), progress, [&] { return frame.Stream(engine, rows_per_batch); })};
}

nb::dict Sink(const LazyFrame& frame, const Engine& on, const std::string& destination,
              const nb::dict& write, nb::handle progress) {
  const auto location = ToLocation(destination);
  const auto options = ToWriteOptions(write);
  const auto engine = on.engine();
  return ToDict(Run(on.context(), progress, [&] { return frame.Sink(engine, location, options); }));
}

}  // namespace

void DefineEngine(nb::module_& module) {
  nb::class_<Held<Context>>(module, "Context");
  module.def(
      "context",
      [](int threads, int64_t memory, int64_t batch_rows) {
        return Held<Context>(ValueOf(
            Context::Make({.threads = threads, .memory = memory, .batch_rows = batch_rows})));
      },
      "threads"_a, "memory"_a, "batch_rows"_a);
  nb::class_<Engine>(module, "Engine")
      .def(
          nb::init<const std::shared_ptr<Context>&, const std::string&, bool, const std::string&>(),
          "context"_a, "database"_a = "", "read_only"_a = false, "spill_folder"_a = "")
      .def("query", &Engine::Query, "sql"_a, "parameters"_a, "explain"_a = "",
           "progress"_a = nb::none())
      .def("register", &Engine::Register, "name"_a, "source"_a)
      .def("unregister", &Engine::Unregister, "name"_a)
      .def("scan", &Engine::Scan, "name"_a)
      .def("close", &Engine::Close)
      .def(
          "stream",
          [](const Engine& self, const LazyFrame& frame, int64_t rows, nb::handle progress) {
            return RunStream(frame, self, rows, progress);
          },
          "frame"_a, "rows_per_batch"_a = 0, "progress"_a = nb::none())
      .def(
          "sink",
          [](const Engine& self, const LazyFrame& frame, const std::string& destination,
             const nb::dict& write,
             nb::handle progress) { return Sink(frame, self, destination, write, progress); },
          "frame"_a, "destination"_a, "write"_a, "progress"_a = nb::none())
      .def(
          "count",
          [](const Engine& self, const LazyFrame& frame, nb::handle progress) {
            const auto engine = self.engine();
            return Run(self.context(), progress, [&] { return frame.Count(engine); });
          },
          "frame"_a, "progress"_a = nb::none())
      .def(
          "explain",
          [](const Engine& self, const LazyFrame& frame, bool analyze) {
            const auto engine = self.engine();
            return Run(self.context(), nb::none(), [&] { return frame.Explain(engine, analyze); });
          },
          "frame"_a, "analyze"_a);
}

}  // namespace bowyer::python
