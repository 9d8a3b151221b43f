#include "cli/run.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "core/text.h"

namespace bowyer::cli {
namespace {

constexpr std::array<const char*, kStages> kStageNames = {"open", "plan", "read", "write",
                                                          "finish"};

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

// Of the whole process: the kernel's count.
double CpuSeconds() {
  rusage usage{};
  (void)::getrusage(RUSAGE_SELF, &usage);
  return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

}  // namespace

Stats::Stats(std::shared_ptr<Context> context, Terminal& terminal)
    : context_(std::move(context)),
      terminal_(terminal),
      start_(std::chrono::steady_clock::now()),
      cpu_start_(CpuSeconds()) {}

Stats::~Stats() {
  const double wall =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double cpu = CpuSeconds() - cpu_start_;
  std::array<double, kStages> stages;
  for (size_t i = 0; i < stages.size(); ++i) {
    stages[i] = 1e-9 * static_cast<double>(context_->progress().stage_nanoseconds[i]);
  }
  const int64_t arrow = context_->arrow_memory().peak(), duckdb = context_->duckdb_memory().peak();
  if (terminal_.json()) {
    nlohmann::ordered_json document = {{"seconds", wall}, {"cpu_seconds", cpu}};
    for (size_t i = 0; i < stages.size(); ++i) document["stages"][kStageNames[i]] = stages[i];
    document["arrow_peak_bytes"] = arrow;
    document["duckdb_peak_bytes"] = duckdb;
    document["process_peak_bytes"] = PeakResidentMemory();
    terminal_.Statistics(document.dump());
    return;
  }
  std::string text = fmt::format("time    {:.3f} s", wall);
  for (size_t i = 0; i < stages.size(); ++i) {
    if (stages[i] > 0) {
      text += fmt::format("{} {} {:.3f} s", text.find(':') == std::string::npos ? ":" : ",",
                          kStageNames[i], stages[i]);
    }
  }
  text += fmt::format("; CPU {:.3f} s, {:.1f} of {} processors busy\n", cpu,
                      cpu / std::max(wall, 1e-6), context_->threads());
  text += fmt::format("memory  at peak: process {}, Arrow buffers {}, DuckDB {}",
                      HumanBytes(PeakResidentMemory()), HumanBytes(arrow), HumanBytes(duckdb));
  terminal_.Statistics(text);
}

arrow::Result<Running> StartRunning(const Arguments& arguments, Terminal& terminal) {
  Running running;
  ARROW_ASSIGN_OR_RAISE(running.context, Context::Make(arguments.context));
  if (arguments.stats) running.stats = std::make_unique<Stats>(running.context, terminal);
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
