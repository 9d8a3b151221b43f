// SQLite's own check of a file, so that damage is reported even where a scan succeeds. It reads all
// of the file: of a large one on a thread of its own, beside those who read tables.
#pragma once

#include <arrow/result.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "databases/sqlite/snapshot.h"

namespace bowyer {

class IntegrityCheck {
 public:
  // Connections that a snapshot needs beside those of its readers.
  static constexpr int kConnections = 1;

  // Of a file below SqliteSnapshot::kFullCheckBelow, or where only one connection sees the moment,
  // the check is over when this returns. Errors: kData with what is damaged.
  static arrow::Result<std::shared_ptr<IntegrityCheck>> Start(
      std::shared_ptr<SqliteSnapshot> snapshot);
  // A check that nobody waits for is broken off.
  ~IntegrityCheck();

  // Thread-safe. What is read while the check is under way may be shown to nobody before this says
  // that the file is whole. Errors: those of Start.
  arrow::Status Wait();

 private:
  explicit IntegrityCheck(std::shared_ptr<SqliteSnapshot> snapshot);
  void Run();

  const std::shared_ptr<SqliteSnapshot> snapshot_;
  const std::shared_ptr<SqliteConnection> connection_;
  arrow::Status result_;
  std::atomic<bool> done_ = false;
  std::mutex mutex_;  // over `thread_`
  std::thread thread_;
};

}  // namespace bowyer
