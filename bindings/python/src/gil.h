// Letting go of the GIL and taking it. A thread that wants it while the interpreter ends is unwound
// by CPython before 3.14 (pthread_exit), which C++ answers with std::terminate wherever a destructor
// is on the way. Here it stands still instead until the process is gone, as CPython's own do since.
#pragma once

#include <cxxabi.h>
#include <nanobind/nanobind.h>
#include <unistd.h>

#include <utility>

namespace bowyer::python {

template <typename Work>
auto OrStandStill(Work work) {
#if PY_VERSION_HEX < 0x030e0000 && defined(__GLIBCXX__)
  try {
    return work();
  } catch (abi::__forced_unwind&) {
    while (true) ::pause();
  }
#else
  return work();
#endif
}

// Calls `work`, on a thread that has not the GIL, with it.
template <typename Work>
auto WithGil(Work work) {
  struct Gil {
    const PyGILState_STATE state = OrStandStill([] { return PyGILState_Ensure(); });
    ~Gil() { PyGILState_Release(state); }
  };
  const Gil gil;
  return OrStandStill(std::move(work));
}

// For as long as it lives, its thread, which has the GIL, has not.
class WithoutGil {
 public:
  WithoutGil() : state_(PyEval_SaveThread()) {}
  ~WithoutGil() {
    OrStandStill([this] { PyEval_RestoreThread(state_); });
  }
  WithoutGil(const WithoutGil&) = delete;
  WithoutGil& operator=(const WithoutGil&) = delete;

 private:
  PyThreadState* const state_;
};

}  // namespace bowyer::python
