// One line on a terminal that says how far a transfer is, redrawn a few times a second.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "bowyer/progress.h"
#include "cli/terminal.h"

namespace bowyer::cli {

// What the line says after `seconds`: "copy a → b   62 %  6.2 M rows  131 MB/s  0:02 left".
std::string ProgressText(const std::string& label, const Progress& progress, double seconds);

// Draws while it lives, if standard error is a terminal and nobody asked for quiet.
class ProgressLine {
 public:
  ProgressLine(Terminal& terminal, const Progress& progress, std::string label);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

 private:
  void Draw();

  Terminal& terminal_;
  const Progress& progress_;
  const std::string label_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

}  // namespace bowyer::cli
