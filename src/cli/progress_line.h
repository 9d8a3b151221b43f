// What a terminal shows while a transfer runs, redrawn a few times a second: one line, and for
// several tables one of each and a total.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "bowyer/migrate.h"
#include "bowyer/progress.h"
#include "cli/terminal.h"

namespace bowyer::cli {

// What is said of each table of a migration that is on its way, a line each.
std::string TablesText(const TablesUnderWay& tables);

// What the line says after `seconds`: "copy a → b   62 %  6.2 M rows  131 MB/s  0:02 left".
std::string ProgressText(const std::string& label, const Progress& progress, double seconds);

// Draws while it lives, if standard error is a terminal and nobody asked for quiet.
class ProgressLine {
 public:
  // tables: shown above the line; null: there are none.
  ProgressLine(Terminal& terminal, const Progress& progress, std::string label,
               std::shared_ptr<const TablesUnderWay> tables = nullptr);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

 private:
  void Draw();

  Terminal& terminal_;
  const Progress& progress_;
  const std::string label_;
  const std::shared_ptr<const TablesUnderWay> tables_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

}  // namespace bowyer::cli
