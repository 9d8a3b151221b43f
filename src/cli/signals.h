// Ctrl-C and SIGTERM ask the context to stop; a second one kills. Writing to a closed pipe is an
// error, not a death.
#pragma once

#include "bowyer/context.h"

namespace bowyer::cli {

// Once, before any work. A file that is truncated while it is looked at through a mapping ends the
// process with a message in place of a crash.
void PrepareSignals();

// While it lives, signals stop `context`. At most one at a time.
class StopOnSignals {
 public:
  explicit StopOnSignals(Context* context);
  ~StopOnSignals();
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;
};

}  // namespace bowyer::cli
