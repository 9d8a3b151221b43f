// The context: a memory pool that keeps to its budget, and worker threads.
#include "bowyer/context.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <thread>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

// Counts what passes through to `base` and refuses what would exceed the budget. A refusal tells
// how much would have been enough for this one allocation.
class BudgetPool : public arrow::MemoryPool {
 public:
  BudgetPool(arrow::MemoryPool* base, int64_t budget, MemoryUse* use)
      : base_(base), budget_(budget), use_(*use) {}

  using MemoryPool::Allocate;
  using MemoryPool::Free;
  using MemoryPool::Reallocate;

  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override {
    ARROW_RETURN_NOT_OK(Reserve(size));
    const auto status = base_->Allocate(size, alignment, out);
    if (!status.ok()) Release(size);
    if (status.ok()) allocations_.fetch_add(1, std::memory_order_relaxed);
    return status;
  }

  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                           uint8_t** pointer) override {
    if (new_size > old_size) ARROW_RETURN_NOT_OK(Reserve(new_size - old_size));
    const auto status = base_->Reallocate(old_size, new_size, alignment, pointer);
    if (status.ok() ? new_size < old_size : new_size > old_size) {
      Release(std::abs(new_size - old_size));
    }
    return status;
  }

  void Free(uint8_t* buffer, int64_t size, int64_t alignment) override {
    base_->Free(buffer, size, alignment);
    Release(size);
  }

  void ReleaseUnused() override { base_->ReleaseUnused(); }
  int64_t bytes_allocated() const override { return use_.now(); }
  int64_t max_memory() const override { return use_.peak(); }
  int64_t total_bytes_allocated() const override { return total_.load(std::memory_order_relaxed); }
  int64_t num_allocations() const override { return allocations_.load(std::memory_order_relaxed); }
  std::string backend_name() const override { return base_->backend_name(); }

 private:
  arrow::Status Reserve(int64_t bytes) {
    const int64_t now = use_.AddUpTo(budget_, bytes);
    if (now > budget_) {
      return MakeError(
          ErrorCode::kResources,
          fmt::format("the memory budget of {} MiB is too small for this data", budget_ >> 20),
          {.hint = fmt::format("try --memory {}M, or a smaller --batch-rows or --row-group-rows",
                               (now + now / 4 + (1 << 20)) >> 20)});
    }
    total_.fetch_add(bytes, std::memory_order_relaxed);
    return arrow::Status::OK();
  }
  void Release(int64_t bytes) { use_.Add(-bytes); }

  arrow::MemoryPool* base_;
  const int64_t budget_;
  MemoryUse& use_;
  std::atomic<int64_t> total_{0}, allocations_{0};
};

// The allocator decides how much of what was freed stays resident. Of Arrow's, jemalloc keeps that
// small and steady however many rows pass; mimalloc, its default, keeps up to as much again as is
// in use. The system's returns large blocks at once: slower, right for somebody who asks for
// little.
// Sanitizers know the system's alone.
arrow::MemoryPool* AllocatorFor(int64_t budget) {
#ifdef BOWYER_SANITIZED
  (void)budget;
  return arrow::system_memory_pool();
#else
  if (budget < kDefaultMemory) return arrow::system_memory_pool();
  arrow::MemoryPool* pool = nullptr;
  if (arrow::jemalloc_memory_pool(&pool).ok()) {
    // Freed pages go back after this long; at once would cost a quarter of the time in page faults.
    constexpr int kDecayMilliseconds = 200;
    (void)arrow::jemalloc_set_decay_ms(kDecayMilliseconds);
    return pool;
  }
  return arrow::default_memory_pool();
#endif
}

int AvailableProcessors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace

arrow::Result<std::shared_ptr<Context>> Context::Make(const ContextOptions& options) {
  if (options.threads < 0 || options.memory < 0 || options.batch_rows < 0) {
    return MakeError(ErrorCode::kUsage, "threads, memory and batch rows cannot be negative");
  }
  std::shared_ptr<Context> context(new Context());
  context->requested_memory_ = options.memory;
  context->memory_budget_ = options.memory == 0 ? kDefaultMemory : options.memory;
  if (context->memory_budget_ < kMinimumMemory) {
    return MakeError(ErrorCode::kResources,
                     fmt::format("a memory budget of {} is too small to work with",
                                 HumanBytes(context->memory_budget_)),
                     {.hint = fmt::format("the smallest that works is {}M", kMinimumMemory >> 20)});
  }
  arrow::MemoryPool* base = AllocatorFor(context->memory_budget_);
  context->pool_ =
      std::make_unique<BudgetPool>(base, context->memory_budget_, &context->arrow_memory_);
  context->threads_ = options.threads == 0 ? AvailableProcessors() : options.threads;
  ARROW_ASSIGN_OR_RAISE(context->workers_, arrow::internal::ThreadPool::Make(context->threads_));
  // What Arrow keeps for tasks is made by a process's first one, and at its end goes before all that
  // was made earlier: a context in a static variable would join its workers too late for them.
  static const arrow::Status first_task = [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto task, context->workers_->Submit([] { return arrow::Status::OK(); }));
    return task.status();
  }();
  ARROW_RETURN_NOT_OK(first_task);
  context->requested_batch_rows_ = options.batch_rows;
  return context;
}

Context::~Context() {
  // Joins the workers before the pool, whose buffers their tasks may hold, goes away.
  if (workers_) (void)workers_->Shutdown();
}

// The shares below leave room for: a window of threads + 2 blocks and their parsed batches (about
// twice their text), and threads + 1 row groups with their encoded form.
int64_t Context::block_bytes() const {
  return std::clamp<int64_t>(memory_budget_ / (16 * (threads_ + 1)), 64 << 10, 4 << 20);
}

int64_t Context::row_group_bytes() const {
  return std::clamp<int64_t>(memory_budget_ / (3 * (threads_ + 1)), 512 << 10, 64 << 20);
}

int64_t Context::batch_rows(int64_t row_bytes) const {
  if (requested_batch_rows_ > 0) return requested_batch_rows_;
  return std::clamp<int64_t>(block_bytes() / std::max<int64_t>(1, row_bytes), 1, 1 << 17);
}

arrow::Status Context::CheckStop() const {
  const int signal = stop_signal_.load(std::memory_order_relaxed);
  if (signal == 0) return arrow::Status::OK();
  constexpr int kSigTerm = 15;
  return MakeError(signal == kSigTerm ? ErrorCode::kTerminated : ErrorCode::kInterrupted,
                   signal == kSigTerm ? "terminated" : "interrupted");
}

}  // namespace bowyer
