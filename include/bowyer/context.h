// What every operation runs in: memory with a budget, threads, a way to stop, progress.
// A context is passed, never global; several may live in one process.
#pragma once

#include <arrow/memory_pool.h>
#include <arrow/result.h>
#include <arrow/util/thread_pool.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "bowyer/memory_use.h"
#include "bowyer/progress.h"

namespace bowyer {

struct ContextOptions {
  int threads = 0;         // worker threads; 0: the processors that this process may use
  int64_t memory = 0;      // bytes that Bowyer's buffers may take together; 0: kDefaultMemory
  int64_t batch_rows = 0;  // rows in a batch where the source leaves a choice; 0: by the budget
};

inline constexpr int64_t kDefaultMemory = int64_t{192} << 20;
inline constexpr int64_t kMinimumMemory = int64_t{16} << 20;

// Thread-safe. Readers and writers keep the context alive through a shared pointer.
class Context {
 public:
  // Errors: kResources if `memory` is below kMinimumMemory (the message names the smallest that
  // works), kUsage for negative numbers.
  static arrow::Result<std::shared_ptr<Context>> Make(const ContextOptions& options = {});
  ~Context();

  // Counts, and refuses what exceeds the budget with a status of kind kResources.
  arrow::MemoryPool* memory_pool() { return pool_.get(); }
  int64_t memory_budget() const { return memory_budget_; }
  // Bytes of Arrow's buffers, and of what DuckDB holds for this context: now and at peak.
  const MemoryUse& arrow_memory() const { return arrow_memory_; }
  const MemoryUse& duckdb_memory() const { return *duckdb_memory_; }
  // For whoever opens a DuckDB, whose memory may outlive the context.
  const std::shared_ptr<MemoryUse>& duckdb_counter() const { return duckdb_memory_; }
  // The number that the user asked for, or 0.
  int64_t requested_memory() const { return requested_memory_; }
  // Bytes of text that one parsing task takes at a time.
  int64_t block_bytes() const;
  // Decoded bytes that a writer gathers before it encodes them as one unit (a Parquet row group).
  int64_t row_group_bytes() const;
  // Rows of a batch whose rows take about `row_bytes` bytes each: by the budget, or as told.
  int64_t batch_rows(int64_t row_bytes) const;
  // The number that the user asked for, or 0.
  int64_t requested_batch_rows() const { return requested_batch_rows_; }

  int threads() const { return threads_; }
  // For CPU work only: a task must never wait for another task.
  arrow::internal::ThreadPool* workers() { return workers_.get(); }

  // Stopping: set by a signal handler or another thread; async-signal-safe.
  void RequestStop(int signal) { stop_signal_.store(signal, std::memory_order_relaxed); }
  bool stop_requested() const { return stop_signal_.load(std::memory_order_relaxed) != 0; }
  // OK, or kInterrupted / kTerminated once a stop was requested. Long loops call it once a batch.
  arrow::Status CheckStop() const;

  Progress& progress() { return progress_; }

 private:
  Context() = default;

  MemoryUse arrow_memory_;
  std::shared_ptr<MemoryUse> duckdb_memory_ = std::make_shared<MemoryUse>();
  std::unique_ptr<arrow::MemoryPool> pool_;
  std::shared_ptr<arrow::internal::ThreadPool> workers_;
  int threads_ = 1;
  int64_t memory_budget_ = kDefaultMemory;
  int64_t requested_memory_ = 0;
  int64_t requested_batch_rows_ = 0;
  std::atomic<int> stop_signal_{0};
  Progress progress_;
};

}  // namespace bowyer
