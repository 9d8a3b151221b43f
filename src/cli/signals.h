// Ctrl-C and SIGTERM ask the context to stop; a second one kills. Writing to a closed pipe is an
// error, not a death.
#pragma once

#include "bowyer/context.h"

namespace bowyer::cli {

// Once, before any work.
void IgnoreClosedPipes();

// While it lives, signals stop `context`. At most one at a time.
class StopOnSignals {
 public:
  explicit StopOnSignals(Context* context);
  ~StopOnSignals();
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;
};

}  // namespace bowyer::cli
