// What a running transfer tells whoever watches: counters, written by workers, read by a printer.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace bowyer {

// Where the time of an operation goes, as the thread that runs it sees it: workers decode and
// encode ahead while it reads and writes.
enum class Stage {
  kOpen,    // sources found, their schemas read
  kPlan,    // a query bound and optimised
  kRead,    // waiting for rows: they are read, decoded, sorted, queried
  kWrite,   // rows encoded and written
  kFinish,  // the destination made whole
};
inline constexpr int kStages = 5;

// All members may be read and written from any thread at any time.
struct Progress {
  std::atomic<int64_t> bytes_total{-1};  // of the input as stored; -1: not known
  std::atomic<int64_t> bytes_read{0};    // of the input as stored
  std::atomic<int64_t> rows_total{-1};   // -1: not known
  std::atomic<int64_t> rows_read{0};
  std::atomic<int64_t> rows_written{0};
  std::atomic<int64_t> bytes_written{0};
  std::atomic<int64_t> rows_rejected{0};
  std::array<std::atomic<int64_t>, kStages> stage_nanoseconds{};
  // Notes for people (a choice made, speed given up); may be called from any thread. Set it before
  // work starts; null drops the notes.
  std::function<void(const std::string&)> note;

  void Note(const std::string& text) {
    if (note) note(text);
  }

  // What is done, for those who ask: the choices (level 1), and each part of the work (level 2).
  // As with `note`.
  int detail_level = 0;
  std::function<void(const std::string&)> detail;

  // `text` is a function, so that nobody writes what nobody reads.
  template <typename Text>
  void Detail(int level, Text text) {
    if (detail && level <= detail_level) detail(text());
  }
};

// Counts its life to a stage.
class StageTimer {
 public:
  StageTimer(Progress& progress, Stage stage)
      : total_(progress.stage_nanoseconds[static_cast<size_t>(stage)]),
        start_(std::chrono::steady_clock::now()) {}
  ~StageTimer() {
    total_ += std::chrono::duration_cast<std::chrono::nanoseconds>(
                  std::chrono::steady_clock::now() - start_)
                  .count();
  }
  StageTimer(const StageTimer&) = delete;

 private:
  std::atomic<int64_t>& total_;
  const std::chrono::steady_clock::time_point start_;
};

}  // namespace bowyer
