#include "channels/duration.h"

#include <fmt/format.h>

#include <charconv>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {

std::optional<Milliseconds> ParseDuration(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  double seconds = 0;
  if (unit.empty() || unit == "s") {
    seconds = number;
  } else if (unit == "ms") {
    seconds = number / 1000;
  } else if (unit == "m" || unit == "min") {
    seconds = number * 60;
  } else if (unit == "h") {
    seconds = number * 3600;
  } else {
    return std::nullopt;
  }
  constexpr double kYear = 366.0 * 24 * 3600;
  if (!(seconds >= 0 && seconds <= kYear)) return std::nullopt;
  // Less than one is not none.
  const auto whole = static_cast<int64_t>(seconds * 1000);
  return Milliseconds(whole == 0 && seconds > 0 ? 1 : whole);
}

arrow::Result<Milliseconds> DurationOption(const std::string& name, const std::string& text) {
  if (const auto duration = ParseDuration(text)) return *duration;
  return MakeError(ErrorCode::kUsage, Quoted(text) + " is no duration",
                   {.hint = "for example ?" + name + "=30s, 500ms, 5m or 1h"});
}

std::string DurationText(Milliseconds duration) {
  const int64_t count = duration.count();
  if (count % 3'600'000 == 0 && count > 0) return fmt::format("{} h", count / 3'600'000);
  if (count % 60'000 == 0 && count > 0) return fmt::format("{} min", count / 60'000);
  return fmt::format("{:g} s", static_cast<double>(count) / 1000);
}

}  // namespace bowyer
