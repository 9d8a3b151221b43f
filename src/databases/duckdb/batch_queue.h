// Batches from one thread to another, in order, a few at a time.
#pragma once

#include <arrow/record_batch.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

namespace bowyer {

class BatchQueue {
 public:
  explicit BatchQueue(size_t most) : most_(most) {}

  // Waits for room. False once nobody takes any more.
  bool Push(std::shared_ptr<arrow::RecordBatch> batch) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return batches_.size() < most_ || closed_; });
    if (closed_) return false;
    batches_.push_back(std::move(batch));
    filled_.notify_one();
    return true;
  }

  // No batch follows; a failed status is what the taker gets behind those that wait.
  void End(arrow::Status status) {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    status_ = std::move(status);
    filled_.notify_all();
  }

  // Waits for the next one; null at the end.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Pop() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return !batches_.empty() || ended_; });
    if (!status_.ok()) return status_;
    if (batches_.empty()) return nullptr;
    auto batch = std::move(batches_.front());
    batches_.pop_front();
    room_.notify_one();
    return batch;
  }

  // Nothing is taken any more.
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    batches_.clear();
    room_.notify_all();
  }

 private:
  const size_t most_;
  std::mutex mutex_;
  std::condition_variable room_, filled_;
  std::deque<std::shared_ptr<arrow::RecordBatch>> batches_;
  arrow::Status status_;
  bool ended_ = false, closed_ = false;
};

}  // namespace bowyer
