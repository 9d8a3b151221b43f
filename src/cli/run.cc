#include "cli/run.h"

#include <fstream>
#include <mutex>

namespace bowyer::cli {

arrow::Result<Running> StartRunning(const Arguments& arguments, Terminal& terminal) {
  Running running;
  ARROW_ASSIGN_OR_RAISE(running.context, Context::Make(arguments.context));
  running.notes = std::make_shared<std::vector<std::string>>();
  auto mutex = std::make_shared<std::mutex>();
  running.context->progress().note = [notes = running.notes, mutex,
                                      &terminal](const std::string& text) {
    {
      const std::lock_guard lock(*mutex);
      notes->push_back(text);
    }
    terminal.Note(text);
  };
  running.context->progress().detail_level = arguments.verbosity;
  running.context->progress().detail = [&terminal](const std::string& text) {
    terminal.Detail(text);
  };
  running.signals = std::make_unique<StopOnSignals>(running.context.get());
  return running;
}

int64_t PeakResidentMemory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmHWM:") {
      int64_t kilobytes = 0;
      status >> kilobytes;
      return kilobytes * 1024;
    }
  }
  return 0;
}

}  // namespace bowyer::cli
