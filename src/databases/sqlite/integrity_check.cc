#include "databases/sqlite/integrity_check.h"

#include <chrono>
#include <utility>

namespace bowyer {

IntegrityCheck::IntegrityCheck(std::shared_ptr<SqliteSnapshot> snapshot)
    : snapshot_(std::move(snapshot)), connection_(snapshot_->Take()) {}

arrow::Result<std::shared_ptr<IntegrityCheck>> IntegrityCheck::Start(
    std::shared_ptr<SqliteSnapshot> snapshot) {
  const bool at_once =
      snapshot->file_bytes() < SqliteSnapshot::kFullCheckBelow || !snapshot->shared();
  std::shared_ptr<IntegrityCheck> check(new IntegrityCheck(std::move(snapshot)));
  if (!at_once) {
    check->thread_ = std::thread([self = check.get()] { self->Run(); });
    return check;
  }
  check->Run();
  ARROW_RETURN_NOT_OK(check->result_);
  return check;
}

void IntegrityCheck::Run() {
  result_ = snapshot_->CheckIntegrity(*connection_);
  done_ = true;
}

arrow::Status IntegrityCheck::Wait() {
  const std::lock_guard lock(mutex_);
  if (thread_.joinable()) thread_.join();
  return result_;
}

IntegrityCheck::~IntegrityCheck() {
  if (!thread_.joinable()) return;
  // Again and again: an interruption before the check's first step is without effect.
  while (!done_) {
    sqlite3_interrupt(connection_->get());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  thread_.join();
}

}  // namespace bowyer
