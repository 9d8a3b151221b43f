// Work done in parallel, results taken in the order of submission: the way in which readers decode
// ahead and writers encode behind while row order is kept.
#pragma once

#include <deque>
#include <memory>
#include <utility>

#include <arrow/result.h>
#include <arrow/util/future.h>

#include "bowyer/context.h"

namespace bowyer {

// Owned and used by one thread; the tasks run on the context's workers and may not wait for one
// another. The window bounds how many tasks (and so how many results) exist at a time.
template <typename T>
class OrderedTasks {
 public:
  OrderedTasks(std::shared_ptr<Context> context, int window)
      : context_(std::move(context)), window_(window) {}
  ~OrderedTasks() { Abandon(); }
  OrderedTasks(const OrderedTasks&) = delete;
  OrderedTasks& operator=(const OrderedTasks&) = delete;

  bool full() const { return static_cast<int>(tasks_.size()) >= window_; }
  bool empty() const { return tasks_.empty(); }

  // `task`: a callable that returns arrow::Result<T>.
  template <typename Task>
  arrow::Status Submit(Task task) {
    ARROW_ASSIGN_OR_RAISE(auto future, context_->workers()->Submit(std::move(task)));
    tasks_.push_back(std::move(future));
    return arrow::Status::OK();
  }

  // Has the oldest task ended? (Not empty.)
  bool ready() const { return tasks_.front().is_finished(); }

  // Waits for the oldest task and takes its result. (Not empty.)
  arrow::Result<T> Next() {
    auto future = std::move(tasks_.front());
    tasks_.pop_front();
    return future.MoveResult();
  }

  // Waits for all that is running and drops the results.
  void Abandon() {
    for (auto& task : tasks_) task.Wait();
    tasks_.clear();
  }

 private:
  std::shared_ptr<Context> context_;
  int window_;
  std::deque<arrow::Future<T>> tasks_;
};

}  // namespace bowyer
