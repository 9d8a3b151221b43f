// A producer on a thread of its own, a few items ahead of its consumer. The thread waits for disks
// and pipes, which a worker must not.
#pragma once

#include <arrow/result.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace bowyer {

// `T` is a pointer type; null ends the sequence. Used by one consumer thread.
template <typename T>
class ReadAhead {
 public:
  using Produce = std::function<arrow::Result<T>()>;

  // At most `depth` items wait; one more may be in the making. `abort` (may be null) makes a
  // `produce` that waits return soon; it is called from the consumer's thread.
  ReadAhead(Produce produce, size_t depth, std::function<void()> abort)
      : produce_(std::move(produce)), depth_(depth), abort_(std::move(abort)) {}
  ~ReadAhead() {
    if (!thread_.joinable()) return;
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    if (abort_) abort_();
    thread_.join();
  }
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // The next item in order, null at the end; an error comes in its place in the order and ends
  // the sequence. The first call starts the thread.
  arrow::Result<T> Next() {
    if (ended_) return T{};
    if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !items_.empty(); });
    arrow::Result<T> item = std::move(items_.front());
    items_.pop_front();
    lock.unlock();
    changed_.notify_all();
    ended_ = !item.ok() || *item == nullptr;
    return item;
  }

 private:
  void Run() {
    while (true) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopped_ || items_.size() < depth_; });
        if (stopped_) return;
      }
      arrow::Result<T> item = produce_();
      const bool last = !item.ok() || *item == nullptr;
      {
        std::lock_guard lock(mutex_);
        items_.push_back(std::move(item));
      }
      changed_.notify_all();
      if (last) return;
    }
  }

  const Produce produce_;
  const size_t depth_;
  const std::function<void()> abort_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<arrow::Result<T>> items_;
  bool stopped_ = false;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace bowyer
