// Numbers, sizes and foreign bytes as people read them.
#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <numeric>
#include <utility>

namespace bowyer {

std::string WithThousands(int64_t number) {
  std::string text = fmt::format("{}", number);
  const ptrdiff_t first = number < 0 ? 1 : 0;
  for (ptrdiff_t at = static_cast<ptrdiff_t>(text.size()) - 3; at > first; at -= 3) {
    text.insert(static_cast<size_t>(at), 1, ',');
  }
  return text;
}

std::string Plural(int64_t count, std::string_view unit) {
  const std::string_view ending = count == 1 ? "" : unit.ends_with('h') ? "es" : "s";
  return fmt::format("{} {}{}", WithThousands(count), unit, ending);
}

std::string HumanBytes(int64_t bytes) {
  static constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) return fmt::format("{} bytes", bytes);
  double value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  while (value >= 999.5 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  return value < 9.95 ? fmt::format("{:.1f} {}", value, kUnits[unit])
                      : fmt::format("{:.0f} {}", value, kUnits[unit]);
}

std::optional<int64_t> ParseSize(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !(value >= 0)) return std::nullopt;
  std::string unit;
  for (const char* c = end; c != text.data() + text.size(); ++c) {
    if (*c != ' ') unit += static_cast<char>(std::toupper(static_cast<unsigned char>(*c)));
  }
  if (unit.empty() || unit == "B") {
    // plain bytes
  } else {
    const auto power = std::string_view("KMGT").find(unit[0]);
    if (power == std::string_view::npos) return std::nullopt;
    const std::string_view rest = std::string_view(unit).substr(1);
    if (!rest.empty() && rest != "B" && rest != "IB") return std::nullopt;
    value *= std::pow(rest == "B" ? 1000.0 : 1024.0, static_cast<double>(power) + 1);
  }
  if (value > 9.2e18) return std::nullopt;
  return static_cast<int64_t>(value);
}

std::string Printable(std::string_view bytes, size_t max_bytes) {
  std::string text;
  size_t at = 0;
  while (at < bytes.size()) {
    if (text.size() >= max_bytes) return text + "…";
    const auto byte = static_cast<unsigned char>(bytes[at]);
    if (byte >= 0x80) {
      size_t length = 1;
      while (length < 4 && at + length < bytes.size() &&
             (static_cast<unsigned char>(bytes[at + length]) & 0xC0) == 0x80) {
        ++length;
      }
      // C1 controls (U+0080 to U+009F) steer terminals as well.
      const bool c1 =
          byte == 0xC2 && length == 2 && static_cast<unsigned char>(bytes[at + 1]) < 0xA0;
      if (ValidUtf8Prefix(bytes.substr(at, length)) == length && !c1) {
        text += bytes.substr(at, length);
        at += length;
        continue;
      }
    } else if (byte >= 0x20 && byte != 0x7F) {
      text += static_cast<char>(byte);
      ++at;
      continue;
    }
    switch (byte) {
      case '\n':
        text += "\\n";
        break;
      case '\r':
        text += "\\r";
        break;
      case '\t':
        text += "\\t";
        break;
      default:
        text += fmt::format("\\x{:02x}", byte);
    }
    ++at;
  }
  return text;
}

std::string Quoted(std::string_view bytes, size_t max_bytes) {
  return '"' + Printable(bytes, max_bytes) + '"';
}

std::optional<std::string> ClosestName(std::string_view wrong,
                                       const std::vector<std::string>& names) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  const std::string* best = nullptr;
  // More than a third of the letters wrong is another word.
  size_t best_distance = std::max<size_t>(1, wrong.size() / 3) + 1;
  for (const std::string& name : names) {
    // Optimal string alignment: two neighbours in the wrong order are one mistake.
    std::vector<size_t> before_last, last, row(name.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= wrong.size(); ++i) {
      before_last = std::exchange(last, std::move(row));
      row.assign(name.size() + 1, i);
      for (size_t j = 1; j <= name.size(); ++j) {
        const bool same = lower(wrong[i - 1]) == lower(name[j - 1]);
        row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
        if (i > 1 && j > 1 && lower(wrong[i - 1]) == lower(name[j - 2]) &&
            lower(wrong[i - 2]) == lower(name[j - 1])) {
          row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
      }
    }
    if (row[name.size()] < best_distance) {
      best_distance = row[name.size()];
      best = &name;
    }
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

std::string DidYouMean(std::string_view wrong, const std::vector<std::string>& names) {
  const auto closest = ClosestName(wrong, names);
  return closest ? "; did you mean " + Quoted(*closest) + "?" : "";
}

}  // namespace bowyer
