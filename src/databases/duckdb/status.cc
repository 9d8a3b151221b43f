// What kind of failure each kind of DuckDB exception is, and our own statuses through its layers.
#include "databases/duckdb/status.h"

#include <charconv>
#include <deque>
#include <duckdb/common/error_data.hpp>
#include <duckdb/common/exception.hpp>
#include <mutex>
#include <string>
#include <unordered_map>

namespace bowyer {
namespace {

ErrorCode CodeOfType(duckdb::ExceptionType type) {
  using T = duckdb::ExceptionType;
  switch (type) {
    case T::OUT_OF_RANGE:
    case T::CONVERSION:
    case T::DECIMAL:
    case T::DIVIDE_BY_ZERO:
    case T::CONSTRAINT:
    case T::SERIALIZATION:
    case T::SEQUENCE:
      return ErrorCode::kData;
    case T::OUT_OF_MEMORY:
    case T::OBJECT_SIZE:
      return ErrorCode::kResources;
    case T::IO:
    case T::HTTP:
    case T::NETWORK:
    case T::CONNECTION:
    case T::TRANSACTION:
    case T::PERMISSION:
    case T::MISSING_EXTENSION:
    case T::AUTOLOAD:
      return ErrorCode::kUnavailable;
    case T::INTERRUPT:
      return ErrorCode::kInterrupted;
    case T::INTERNAL:
    case T::FATAL:
    case T::NULL_POINTER:
      return ErrorCode::kInternal;
    default:
      return ErrorCode::kUsage;
  }
}

// DuckDB carries exceptions from its threads as text and a map of texts. A status that passes
// through is kept here and its number goes along.
constexpr const char* kKey = "bowyer_status";
constexpr size_t kKept = 64;
std::mutex mutex;
std::unordered_map<uint64_t, arrow::Status> passing;
std::deque<uint64_t> order;
uint64_t next_number = 0;

}  // namespace

arrow::Status FromDuckDb(const duckdb::ErrorData& error, const ErrorPlace& place) {
  if (const auto found = error.ExtraInfo().find(kKey); found != error.ExtraInfo().end()) {
    uint64_t number = 0;
    const std::string& text = found->second;
    std::from_chars(text.data(), text.data() + text.size(), number);
    const std::lock_guard lock(mutex);
    if (const auto kept = passing.find(number); kept != passing.end()) {
      return AtPlace(kept->second, place);
    }
  }
  // A full disk comes as an I/O error.
  const std::string& message = error.RawMessage();
  ErrorCode code = CodeOfType(error.Type());
  if (message.find("No space left on device") != std::string::npos) code = ErrorCode::kResources;
  // So does a commit that finds no memory, as an error of the transaction.
  const bool no_memory = error.Type() == duckdb::ExceptionType::OUT_OF_MEMORY ||
                         (error.Type() == duckdb::ExceptionType::TRANSACTION &&
                          (message.find("failed to pin block") != std::string::npos ||
                           message.find("failed to allocate") != std::string::npos));
  if (no_memory) code = ErrorCode::kResources;
  ErrorPlace full = place;
  if (no_memory && full.hint.empty()) {
    full.hint = "try a larger --memory, or --spill-folder on a disk with room";
  }
  return MakeError(code, message, full);
}

arrow::Status FromDuckDb(const std::exception& error, const ErrorPlace& place) {
  return FromDuckDb(duckdb::ErrorData(error), place);
}

void ThrowToDuckDb(const arrow::Status& status) {
  std::string number;
  {
    const std::lock_guard lock(mutex);
    number = std::to_string(next_number);
    passing.emplace(next_number, status);
    order.push_back(next_number++);
    if (order.size() > kKept) {
      passing.erase(order.front());
      order.pop_front();
    }
  }
  const auto type = CodeOf(status) == ErrorCode::kInterrupted
                        ? duckdb::ExceptionType::INTERRUPT
                        : duckdb::ExceptionType::INVALID_INPUT;
  throw duckdb::Exception({{kKey, number}}, type, Describe(status));
}

}  // namespace bowyer
