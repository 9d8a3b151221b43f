#include "channels/poll_awake.h"

#include <sched.h>

#include <chrono>

namespace bowyer {
namespace {

using Clock = std::chrono::steady_clock;

// Copying a MiB takes 60 µs; a core that sleeps is woken within 5 to 70, in virtual machines.
constexpr std::chrono::microseconds kAwake{100};
// A yield that took so long let somebody else work.
constexpr std::chrono::microseconds kYielded{5};

}  // namespace

int PollAwake(std::span<pollfd> polled, Milliseconds time) {
  const auto start = Clock::now();
  auto now = start;
  do {
    const int ready = ::poll(polled.data(), polled.size(), 0);
    if (ready != 0 || time.count() == 0) return ready;
    const auto before = Clock::now();
    ::sched_yield();
    now = Clock::now();
    if (now - before > kYielded) break;
  } while (now - start < kAwake);
  return ::poll(polled.data(), polled.size(), static_cast<int>(time.count()));
}

}  // namespace bowyer
