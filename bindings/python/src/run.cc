#include "run.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

#include "bowyer/error.h"
#include "errors.h"

namespace bowyer::python {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(50);
constexpr auto kLongestEnd = std::chrono::seconds(20);

// What has begun and not ended. Never destroyed: threads may come by late.
struct Registry {
  std::mutex mutex;
  std::condition_variable changed;
  std::list<std::shared_ptr<Context>> running;
  std::vector<std::weak_ptr<Ending>> endings;
  bool closed = false;
  pid_t pid = getpid();
};
// A forked child begins anew: the parent's threads, one of which may hold the mutex, are not in it.
Registry& registry() {
  static std::atomic<Registry*> made{new Registry()};
  if (made.load()->pid != getpid()) made = new Registry();
  return *made;
}

class Running {
 public:
  explicit Running(const std::shared_ptr<Context>& context) {
    Registry& all = registry();
    const std::lock_guard lock(all.mutex);
    if (all.closed) {
      Throw(MakeError(ErrorCode::kTerminated, "the interpreter is ending"));
    }
    place_ = all.running.insert(all.running.end(), context);
  }
  ~Running() {
    Registry& all = registry();
    const std::lock_guard lock(all.mutex);
    all.running.erase(place_);
    all.changed.notify_all();
  }
  Running(const Running&) = delete;

 private:
  std::list<std::shared_ptr<Context>>::iterator place_;
};

nb::object Counters(const Progress& progress) {
  nb::dict counters;
  counters["bytes_total"] = progress.bytes_total.load();
  counters["bytes_read"] = progress.bytes_read.load();
  counters["rows_total"] = progress.rows_total.load();
  counters["rows_read"] = progress.rows_read.load();
  counters["rows_written"] = progress.rows_written.load();
  counters["rows_rejected"] = progress.rows_rejected.load();
  return counters;
}

}  // namespace

void RunStatus(const std::shared_ptr<Context>& context, nb::handle progress,
               const std::function<arrow::Status()>& work) {
  const Running running(context);
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
  arrow::Status status;
  std::optional<nb::python_error> raised;
  {
    const WithoutGil without_gil;
    std::thread worker([&] {
      arrow::Status outcome;
      try {
        outcome = work();
      } catch (const std::exception& error) {
        outcome = MakeError(ErrorCode::kInternal, error.what());
      }
      const std::lock_guard lock(mutex);
      status = std::move(outcome);
      done = true;
      ended.notify_one();
    });
    std::unique_lock lock(mutex);
    while (!ended.wait_for(lock, kPoll, [&] { return done; })) {
      lock.unlock();
      if (!raised.has_value()) {
        WithGil([&] {
          try {
            // Runs the handlers of signals, when this is the main thread.
            if (PyErr_CheckSignals() != 0) throw nb::python_error();
            if (!progress.is_none()) progress(Counters(context->progress()));
          } catch (nb::python_error& error) {
            raised.emplace(std::move(error));
            context->RequestStop(SIGINT);
          }
        });
      }
      lock.lock();
    }
    lock.unlock();
    worker.join();
  }
  if (raised.has_value()) {
    context->RequestStop(0);  // the next call runs again
    throw nb::python_error(std::move(*raised));
  }
  if (!status.ok()) Throw(status);
}

void EndWithInterpreter(const std::weak_ptr<Ending>& ending) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  std::erase_if(all.endings, [](const auto& known) { return known.expired(); });
  all.endings.push_back(ending);
}

void EndAll() {
  Registry& all = registry();
  const WithoutGil without_gil;
  std::vector<std::weak_ptr<Ending>> endings;
  {
    std::unique_lock lock(all.mutex);
    all.closed = true;
    for (const auto& context : all.running) context->RequestStop(SIGTERM);
    all.changed.wait_for(lock, kLongestEnd, [&] { return all.running.empty(); });
    endings.swap(all.endings);
  }
  for (const auto& known : endings) {
    if (const auto ending = known.lock()) ending->End();
  }
}

void ThrowForked() {
  Throw(
      MakeError(ErrorCode::kUsage, "this was made before a fork and belongs to the parent process",
                {.hint = "make it in the child, or start processes with multiprocessing's spawn"}));
}

bool HasInterpreter() {
#if PY_VERSION_HEX >= 0x030d0000
  return Py_IsInitialized() && !Py_IsFinalizing();
#else
  return Py_IsInitialized() && !_Py_IsFinalizing();
#endif
}

std::shared_ptr<nb::object> Share(nb::object object) {
  return {new nb::object(std::move(object)), [](nb::object* shared) {
            if (!HasInterpreter()) {
              (void)shared->release();
              delete shared;
              return;
            }
            WithGil([&] { delete shared; });
          }};
}

}  // namespace bowyer::python
