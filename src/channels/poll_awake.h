// Waiting for an answer that is about to come.
#pragma once

#include <poll.h>

#include <span>

#include "channels/duration.h"

namespace bowyer {

// As ::poll, but does not sleep for the first moments, unless another thread wants the core: to
// wake a sleeping core takes longer than most answers take. For any thread.
int PollAwake(std::span<pollfd> polled, Milliseconds time);

}  // namespace bowyer
