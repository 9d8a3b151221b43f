// A producer or a consumer of a channel that measures itself, for bench/channels.py and for tests
// that kill it.
//
//   channel_run produce LOCATION BATCHES ROWS [FIRST]
//       batches of one int64 column: FIRST, FIRST + 1 ...
//   channel_run make LOCATION BATCHES ROWS own|pool
//       such batches from 0, each made anew, in memory of its own or in the channel's
//   channel_run consume LOCATION
//       counts rows
//   channel_run sum LOCATION
//       reads each value, too
//   channel_run log LOCATION FILE
//       adds the first id of each batch to FILE, a line each
//   channel_run memcpy BYTES PLACES
//       a copy of that many bytes, again and again, to so many places in turn
//
// Each prints one JSON object.
#include <arrow/api.h>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "bowyer/bowyer.h"

namespace {

using Clock = std::chrono::steady_clock;

double Since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

arrow::Status Produce(const bowyer::Location& location, int64_t batches, int64_t rows,
                      int64_t first) {
  const auto schema = arrow::schema({arrow::field("id", arrow::int64())});
  ARROW_ASSIGN_OR_RAISE(auto context, bowyer::Context::Make());
  ARROW_ASSIGN_OR_RAISE(auto producer, bowyer::Channel::Produce(context, location, schema));
  ARROW_ASSIGN_OR_RAISE(auto values, arrow::AllocateBuffer(rows * 8));
  auto* ids = reinterpret_cast<int64_t*>(values->mutable_data());
  const std::shared_ptr<arrow::Buffer> shared = std::move(values);
  const auto start = Clock::now();
  for (int64_t i = 0; i < batches; ++i) {
    // All of a large batch anew would be measured, too.
    const int64_t filled = i == 0 ? rows : 1;
    for (int64_t k = 0; k < filled; ++k) ids[k] = first + i * rows + k;
    const auto batch = arrow::RecordBatch::Make(
        schema, rows, {arrow::ArrayData::Make(arrow::int64(), rows, {nullptr, shared}, 0)});
    ARROW_RETURN_NOT_OK(producer->Write(*batch));
  }
  ARROW_RETURN_NOT_OK(producer->Finish());
  const double seconds = Since(start);
  std::printf("{\"seconds\": %.6f, \"bytes\": %lld}\n", seconds,
              static_cast<long long>(batches * rows * 8));
  return arrow::Status::OK();
}

arrow::Status Make(const bowyer::Location& location, int64_t batches, int64_t rows, bool in_pool) {
  const auto schema = arrow::schema({arrow::field("id", arrow::int64())});
  ARROW_ASSIGN_OR_RAISE(auto context, bowyer::Context::Make());
  ARROW_ASSIGN_OR_RAISE(auto producer, bowyer::Channel::Produce(context, location, schema));
  ARROW_ASSIGN_OR_RAISE(const auto shared, producer->memory_pool());
  arrow::MemoryPool* const pool = in_pool ? shared.get() : context->memory_pool();
  const auto start = Clock::now();
  for (int64_t i = 0; i < batches; ++i) {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> values,
                          arrow::AllocateBuffer(rows * 8, pool));
    auto* ids = reinterpret_cast<int64_t*>(values->mutable_data());
    for (int64_t k = 0; k < rows; ++k) ids[k] = i * rows + k;
    ARROW_RETURN_NOT_OK(producer->Write(*arrow::RecordBatch::Make(
        schema, rows, {arrow::ArrayData::Make(arrow::int64(), rows, {nullptr, values}, 0)})));
  }
  ARROW_RETURN_NOT_OK(producer->Finish());
  std::printf("{\"seconds\": %.6f, \"bytes\": %lld, \"copied\": %lld}\n", Since(start),
              static_cast<long long>(batches * rows * 8),
              static_cast<long long>(producer->bytes_copied()));
  return arrow::Status::OK();
}

arrow::Status Consume(const bowyer::Location& location, bool sums, const char* log) {
  ARROW_ASSIGN_OR_RAISE(auto context, bowyer::Context::Make());
  ARROW_ASSIGN_OR_RAISE(auto consumer, bowyer::Channel::Consume(context, location));
  const int file = log == nullptr ? -1 : ::open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  Clock::time_point start;
  int64_t batches = 0, rows = 0, sum = 0;
  std::shared_ptr<arrow::RecordBatch> batch;
  while (true) {
    ARROW_RETURN_NOT_OK(consumer->ReadNext(&batch));
    if (batches == 0) start = Clock::now();
    if (batch == nullptr) break;
    const auto* ids = batch->column_data(0)->GetValues<int64_t>(1);
    for (int64_t i = 0; sums && i < batch->num_rows(); ++i) sum += ids[i];
    ++batches;
    rows += batch->num_rows();
    if (file >= 0) {
      const std::string line = std::to_string(ids[0]) + "\n";
      if (::write(file, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        return arrow::Status::IOError("the log cannot be written");
      }
    }
  }
  std::printf("{\"seconds\": %.6f, \"batches\": %lld, \"rows\": %lld, \"sum\": %lld}\n",
              Since(start), static_cast<long long>(batches), static_cast<long long>(rows),
              static_cast<long long>(sum));
  return arrow::Status::OK();
}

// To `places` buffers in turn: a channel's producer cannot fill the one that is being read.
arrow::Status Memcpy(size_t bytes, size_t places) {
  std::vector<char> from(bytes, 'x');
  std::vector<std::vector<char>> to(places, from);
  const size_t times = (size_t{4} << 30) / bytes;
  const auto start = Clock::now();
  for (size_t i = 0; i < times; ++i) {
    std::memcpy(to[i % places].data(), from.data(), bytes);
    asm volatile("" : : "r"(to[i % places].data()) : "memory");
  }
  std::printf("{\"seconds\": %.6f, \"bytes\": %zu}\n", Since(start), times * bytes);
  return arrow::Status::OK();
}

arrow::Status Run(const std::vector<std::string>& words) {
  if (words.size() == 3 && words[0] == "memcpy") {
    return Memcpy(std::stoull(words[1]), std::stoull(words[2]));
  }
  if (words.size() < 2) return arrow::Status::Invalid("see the head of bench/channel_run.cc");
  ARROW_ASSIGN_OR_RAISE(const auto location, bowyer::Location::Parse(words[1]));
  if (words[0] == "produce" && words.size() >= 4) {
    return Produce(location, std::stoll(words[2]), std::stoll(words[3]),
                   words.size() > 4 ? std::stoll(words[4]) : 0);
  }
  if (words[0] == "make" && words.size() == 5) {
    return Make(location, std::stoll(words[2]), std::stoll(words[3]), words[4] == "pool");
  }
  if (words[0] == "consume") return Consume(location, false, nullptr);
  if (words[0] == "sum") return Consume(location, true, nullptr);
  if (words[0] == "log" && words.size() == 3) return Consume(location, false, words[2].c_str());
  return arrow::Status::Invalid("see the head of bench/channel_run.cc");
}

}  // namespace

int main(int count, char** words) {
  const auto status = Run({words + 1, words + count});
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", bowyer::Describe(status).c_str());
  return static_cast<int>(bowyer::CodeOf(status));
}
