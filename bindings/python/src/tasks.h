#pragma once

#include <nanobind/nanobind.h>

#include "bowyer/copy.h"

namespace bowyer::python {

nanobind::dict ToDict(const CopyReport& report);

}  // namespace bowyer::python
