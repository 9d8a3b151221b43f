// Bytes in use and their peak, counted by whoever allocates them.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

namespace bowyer {

// Thread-safe.
class MemoryUse {
 public:
  // `bytes` more, or less; gives how many are in use then.
  int64_t Add(int64_t bytes) { return AddUpTo(std::numeric_limits<int64_t>::max(), bytes); }
  // Nothing if more than `limit` would be in use; gives how many it would be.
  int64_t AddUpTo(int64_t limit, int64_t bytes) {
    const int64_t now = now_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    if (bytes > 0 && now > limit) {
      now_.fetch_sub(bytes, std::memory_order_relaxed);
      return now;
    }
    int64_t peak = peak_.load(std::memory_order_relaxed);
    while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
    }
    return now;
  }

  int64_t now() const { return now_.load(std::memory_order_relaxed); }
  int64_t peak() const { return peak_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> now_{0}, peak_{0};
};

}  // namespace bowyer
