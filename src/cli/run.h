// What the commands that do work share: a context that stops on signals and talks to the terminal.
#pragma once

#include <arrow/result.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "bowyer/bowyer.h"
#include "cli/arguments.h"
#include "cli/signals.h"
#include "cli/terminal.h"

namespace bowyer::cli {

// Says what --stats asks for, with the command's end.
class Stats {
 public:
  Stats(std::shared_ptr<Context> context, Terminal& terminal);
  ~Stats();
  Stats(const Stats&) = delete;

 private:
  const std::shared_ptr<Context> context_;
  Terminal& terminal_;
  const std::chrono::steady_clock::time_point start_;
  const double cpu_start_;
};

struct Running {
  std::shared_ptr<Context> context;
  std::unique_ptr<Stats> stats;
  std::unique_ptr<StopOnSignals> signals;
  std::shared_ptr<std::vector<std::string>> notes;  // what was noted, for --json
};

arrow::Result<Running> StartRunning(const Arguments& arguments, Terminal& terminal);

// Peak resident memory of this process in bytes; 0 where the system does not tell.
int64_t PeakResidentMemory();

}  // namespace bowyer::cli
