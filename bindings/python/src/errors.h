// arrow::Status -> the exceptions of bowyer/errors.py.
#pragma once

#include <arrow/status.h>
#include <nanobind/nanobind.h>

namespace bowyer::python {

// The exception for a status that is not OK. With the GIL.
nanobind::object ErrorOf(const arrow::Status& status);
[[noreturn]] void Throw(const arrow::Status& status);

// The same for a function of Python that threads of C++ call: what it raised as a status. With the
// GIL.
arrow::Status FromPython(const std::exception& error);

template <typename T>
auto ValueOf(T&& result) {
  if (!result.ok()) Throw(result.status());
  return std::forward<T>(result).ValueUnsafe();
}

}  // namespace bowyer::python
