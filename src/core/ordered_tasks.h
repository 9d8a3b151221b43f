// Work done in parallel, results taken in the order of submission: the way in which readers decode
// ahead and writers encode behind while row order is kept.
#pragma once

#include <arrow/result.h>
#include <arrow/util/functional.h>
#include <arrow/util/future.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "bowyer/context.h"

namespace bowyer {

// Owned and used by one thread; the tasks run on the context's workers and may not wait for one
// another. The window bounds how many tasks (and so how many results) exist at a time. With
// kOnCallingThread as window there is one at a time, which runs when its result is asked for.
constexpr int kOnCallingThread = 0;

template <typename T>
class OrderedTasks {
 public:
  OrderedTasks(std::shared_ptr<Context> context, int window)
      : context_(std::move(context)), window_(window) {}
  ~OrderedTasks() { Abandon(); }
  OrderedTasks(const OrderedTasks&) = delete;
  OrderedTasks& operator=(const OrderedTasks&) = delete;

  bool full() const { return static_cast<int>(tasks_.size()) >= std::max(window_, 1); }
  bool empty() const { return tasks_.empty(); }

  // `task`: a callable that returns arrow::Result<T>.
  template <typename Task>
  arrow::Status Submit(Task task) {
    if (window_ == kOnCallingThread) {
      tasks_.push_back({.later = std::move(task)});
      return arrow::Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(auto future, context_->workers()->Submit(std::move(task)));
    tasks_.push_back({.running = std::move(future)});
    return arrow::Status::OK();
  }

  // Has the oldest task ended? (Not empty.)
  bool ready() const { return window_ == kOnCallingThread || tasks_.front().running.is_finished(); }

  // Waits for the oldest task and takes its result. (Not empty.)
  arrow::Result<T> Next() {
    Pending task = std::move(tasks_.front());
    tasks_.pop_front();
    return window_ == kOnCallingThread ? std::move(task.later)() : task.running.MoveResult();
  }

  // Waits for all that is running and drops the results.
  void Abandon() {
    for (Pending& task : tasks_) {
      if (window_ != kOnCallingThread) task.running.Wait();
    }
    tasks_.clear();
  }

 private:
  struct Pending {  // one of the two
    arrow::Future<T> running;
    arrow::internal::FnOnce<arrow::Result<T>()> later;
  };

  std::shared_ptr<Context> context_;
  int window_;
  std::deque<Pending> tasks_;
};

}  // namespace bowyer
