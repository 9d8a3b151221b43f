#include "cli/progress_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"

namespace bowyer::cli {
namespace {

std::string HumanRows(int64_t rows) {
  if (rows < 10000) return WithThousands(rows) + " rows";
  if (rows < 1000000) return fmt::format("{} k rows", rows / 1000);
  return fmt::format("{:.1f} M rows", static_cast<double>(rows) / 1e6);
}

// "  0:02 left", once there is something to judge by.
std::string TimeLeft(double part, double seconds) {
  if (part <= 0.01 || seconds <= 0.5) return "";
  const auto left = static_cast<int64_t>(seconds * (1 - part) / part + 0.5);
  return fmt::format("  {}:{:02} left", left / 60, left % 60);
}

}  // namespace

std::string TablesText(const TablesUnderWay& tables) {
  constexpr size_t kMost = 12;
  const auto all = tables.all();
  std::string text;
  for (size_t i = 0; i < std::min(kMost, all.size()); ++i) {
    const TablesUnderWay::Table& table = *all[i];
    const int64_t rows = table.rows, compared = table.compared;
    text += "  " + Printable(table.name, 40) + " ";
    if (compared > 0) {
      text += fmt::format(" {:.0f} % compared\n",
                          std::min(100.0, 100.0 * static_cast<double>(compared) /
                                              static_cast<double>(std::max<int64_t>(rows, 1))));
      continue;
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - table.start).count();
    const double part =
        table.rows_total <= 0
            ? -1
            : std::min(1.0, static_cast<double>(rows) / static_cast<double>(table.rows_total));
    if (part >= 0) text += fmt::format(" {:.0f} %", part * 100);
    text += "  " + HumanRows(rows);
    if (seconds > 0.5 && rows > 0) {
      text += "  " + HumanRows(static_cast<int64_t>(static_cast<double>(rows) / seconds)) + "/s";
    }
    text += TimeLeft(part, seconds) + "\n";
  }
  if (all.size() > kMost) text += fmt::format("  and {} more\n", all.size() - kMost);
  return text;
}

std::string ProgressText(const std::string& label, const Progress& progress, double seconds) {
  const int64_t bytes = progress.bytes_read, bytes_total = progress.bytes_total;
  const int64_t rows = std::max<int64_t>(progress.rows_written, progress.rows_read);
  const int64_t rows_total = progress.rows_total;
  std::string text = label + "  ";
  double part = -1;
  if (rows_total > 0) {
    part = static_cast<double>(rows) / static_cast<double>(rows_total);
  } else if (bytes_total > 0) {
    part = static_cast<double>(bytes) / static_cast<double>(bytes_total);
  }
  part = std::min(part, 1.0);
  if (part >= 0) text += fmt::format(" {:.0f} %", part * 100);
  text += "  " + HumanRows(rows);
  if (seconds > 0 && bytes > 0) {
    text += "  " + HumanBytes(static_cast<int64_t>(static_cast<double>(bytes) / seconds)) + "/s";
  }
  text += TimeLeft(part, seconds);
  if (const int64_t rejected = progress.rows_rejected; rejected > 0) {
    text += "  " + WithThousands(rejected) + " set aside";
  }
  return text;
}

ProgressLine::ProgressLine(Terminal& terminal, const Progress& progress, std::string label,
                           std::shared_ptr<const TablesUnderWay> tables)
    : terminal_(terminal),
      progress_(progress),
      label_(std::move(label)),
      tables_(std::move(tables)) {
  if (terminal.stderr_is_terminal() && !terminal.quiet()) thread_ = std::thread([this] { Draw(); });
}

ProgressLine::~ProgressLine() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  ended_.notify_one();
  thread_.join();
  terminal_.Progress("");
}

void ProgressLine::Draw() {
  const auto start = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, std::chrono::milliseconds(100), [this] { return end_; })) {
    const auto now = std::chrono::steady_clock::now();
    std::string text = tables_ == nullptr ? "" : TablesText(*tables_);
    text += ProgressText(label_, progress_, std::chrono::duration<double>(now - start).count());
    terminal_.Progress(text);
  }
}

}  // namespace bowyer::cli
