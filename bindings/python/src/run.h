// Long calls: without the GIL, on a thread of their own, while the caller's waits for the end, for
// Ctrl-C and for its turn to show progress. And what must not outlive the interpreter.
#pragma once

#include <arrow/result.h>
#include <nanobind/nanobind.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "bowyer/context.h"
#include "gil.h"

namespace bowyer::python {

namespace nb = nanobind;

// Runs `work` in `context`. Once `work` has ended: throws what a signal handler or `progress`
// raised meanwhile (which stops the context), or the exception for its status (errors.h). To be
// called with the GIL. `progress`: None, or a function that is called several times a second with
// the counters.
void RunStatus(const std::shared_ptr<Context>& context, nb::handle progress,
               const std::function<arrow::Status()>& work);

template <typename Work>
auto Run(const std::shared_ptr<Context>& context, nb::handle progress, Work work) {
  using Value = typename decltype(work())::ValueType;
  std::optional<Value> value;
  RunStatus(context, progress, [&] {
    auto result = work();
    if (result.ok()) value.emplace(std::move(result).ValueUnsafe());
    return result.status();
  });
  return std::move(*value);
}

// What holds threads, connections or processes. It ends at the latest when the interpreter does,
// in whatever order objects die then.
class Ending {
 public:
  virtual ~Ending() = default;
  // Thread-safe; without the GIL. What is called afterwards fails.
  virtual void End() = 0;
};
void EndWithInterpreter(const std::weak_ptr<Ending>& ending);

// Before the interpreter goes (atexit): stops what runs and ends what is open.
void EndAll();

// An object of C++ that Python holds. Its end may join threads that wait for the GIL, so the GIL is
// let go for it. A forked child has none of the threads: there it cannot be used, and is never
// destroyed.
template <typename T>
class Held {
 public:
  explicit Held(std::shared_ptr<T> object) : object_(std::move(object)) {}
  Held(const Held&) = default;
  Held& operator=(const Held&) = delete;
  ~Held() {
    if (object_ == nullptr) return;
    if (getpid() != pid_) {
      (void)new std::shared_ptr<T>(std::move(object_));
      return;
    }
    if (PyGILState_Check()) {
      const WithoutGil without_gil;
      object_.reset();
    }
  }
  // Throws in a child.
  const std::shared_ptr<T>& get() const;
  T* operator->() const { return get().get(); }
  const std::shared_ptr<T>& unchecked() const { return object_; }

 private:
  std::shared_ptr<T> object_;
  const pid_t pid_ = getpid();
};

[[noreturn]] void ThrowForked();

template <typename T>
const std::shared_ptr<T>& Held<T>::get() const {
  if (getpid() != pid_) ThrowForked();
  return object_;
}

// A Python object that threads of C++ hold: they let go of it with the GIL, or leave it when there
// is no interpreter any more.
std::shared_ptr<nb::object> Share(nb::object object);

// Is there an interpreter whose GIL can be had?
bool HasInterpreter();

}  // namespace bowyer::python
