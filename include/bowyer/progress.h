// What a running transfer tells whoever watches: counters, written by workers, read by a printer.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace bowyer {

// All members may be read and written from any thread at any time.
struct Progress {
  std::atomic<int64_t> bytes_total{-1};  // of the input as stored; -1: not known
  std::atomic<int64_t> bytes_read{0};    // of the input as stored
  std::atomic<int64_t> rows_total{-1};   // -1: not known
  std::atomic<int64_t> rows_read{0};
  std::atomic<int64_t> rows_written{0};
  std::atomic<int64_t> bytes_written{0};
  std::atomic<int64_t> rows_rejected{0};
  // Notes for people (a choice made, speed given up); may be called from any thread. Set it before
  // work starts; null drops the notes.
  std::function<void(const std::string&)> note;

  void Note(const std::string& text) {
    if (note) note(text);
  }
};

}  // namespace bowyer
