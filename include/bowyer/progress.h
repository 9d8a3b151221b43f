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

}  // namespace bowyer
