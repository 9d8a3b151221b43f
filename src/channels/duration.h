// Time-outs: as options write them, as messages show them, and as loops watch them.
#pragma once

#include <arrow/result.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace bowyer {

using Milliseconds = std::chrono::milliseconds;

// "30s", "500ms", "5m", "1h"; a bare number is seconds. Nothing for what is none, or is longer
// than a year.
std::optional<Milliseconds> ParseDuration(std::string_view text);

// The same of a location's option `name`. Errors: kUsage.
arrow::Result<Milliseconds> DurationOption(const std::string& name, const std::string& text);

// "30 s", "0.5 s", "5 min", "1 h".
std::string DurationText(Milliseconds duration);

// How long one wait in the kernel may take, so that a stop is noticed.
inline constexpr Milliseconds kWaitSlice{100};

// When somebody stops waiting.
class Deadline {
 public:
  // 0: never.
  explicit Deadline(Milliseconds duration) : duration_(duration) { Restart(); }
  void Restart() { start_ = std::chrono::steady_clock::now(); }
  bool passed() const {
    return duration_.count() > 0 && std::chrono::steady_clock::now() - start_ >= duration_;
  }

 private:
  Milliseconds duration_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace bowyer
