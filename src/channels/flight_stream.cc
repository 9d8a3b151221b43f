#include "channels/flight_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

Status Silent(const FlightAddress& address, const char* what, bool begun) {
  return MakeError(ErrorCode::kResources,
                   fmt::format("the server {} for {}", what,
                               DurationText(begun ? address.stall : address.timeout)),
                   {.location = address.name,
                    .hint = begun ? "wait longer with ?stall=1h, or for ever with ?stall=0"
                                  : "wait longer with ?timeout=5m"});
}

// What the thread of a call and its owner share. The thread is not waited for: gRPC may take its
// time to give a call up.
struct Shared {
  std::mutex mutex;
  std::condition_variable changed;
  bool abandoned = false;  // nobody wants any more
  bool ended = false;      // the thread is through: `status` says how
  Status status;
};

// Runs `work` on a thread that nobody waits for; where there is none to be had, the call has ended.
template <typename Work>
void StartThread(Shared& shared, Work work) {
  try {
    std::thread(std::move(work)).detach();
  } catch (const std::system_error& error) {
    const std::lock_guard lock(shared.mutex);
    shared.status =
        MakeError(ErrorCode::kResources, std::string("no thread can be started: ") + error.what());
    shared.ended = true;
  }
}

// Waits until `ready`, a stop, or the deadline; `lock` is held at return.
template <typename Ready>
Result<bool> WaitUntil(Context& context, Shared& shared, std::unique_lock<std::mutex>& lock,
                       const Deadline& deadline, Ready ready) {
  while (!ready()) {
    if (context.stop_requested()) return context.CheckStop();
    if (deadline.passed()) return false;
    shared.changed.wait_for(lock, kWaitSlice);
  }
  return true;
}

class DownloadStream : public arrow::io::InputStream {
 public:
  DownloadStream(std::shared_ptr<Context> context, const FlightAddress& address,
                 const std::shared_ptr<FlightClient>& client, const std::string& ticket)
      : context_(std::move(context)), address_(address) {
    StartThread(*calls_, [calls = calls_, client, ticket] { Run(calls, client, ticket); });
  }
  ~DownloadStream() override { GiveUp(); }

  // Never less than `bytes`, but at the end of the stream.
  Result<int64_t> Read(int64_t bytes, void* out) override {
    int64_t done = 0;
    while (done < bytes) {
      if (at_ == pieces_.size()) {
        ARROW_ASSIGN_OR_RAISE(const bool more, Fetch());
        if (!more) break;
        continue;
      }
      const arrow::Buffer& piece = *pieces_[at_];
      const int64_t step = std::min(bytes - done, piece.size() - offset_);
      std::memcpy(static_cast<char*>(out) + done, piece.data() + offset_,
                  static_cast<size_t>(step));
      done += step;
      offset_ += step;
      if (offset_ < piece.size()) continue;
      pieces_[at_].reset();
      ++at_;
      offset_ = 0;
    }
    position_ += done;
    context_->progress().bytes_read.fetch_add(done, std::memory_order_relaxed);
    return done;
  }

  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override {
    // A length that the other side claims may be a lie: no more than has come is taken at once.
    if (bytes > 0 && at_ == pieces_.size()) ARROW_RETURN_NOT_OK(Fetch().status());
    int64_t here = -offset_;
    for (size_t i = at_; i < pieces_.size(); ++i) here += pieces_[i]->size();
    const int64_t step = std::max<int64_t>(here, 64);
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(std::min(bytes, step),
                                                                      context_->memory_pool()));
    for (int64_t done = 0; done < bytes;) {
      const int64_t wanted = std::min(bytes, std::max(step, 2 * done));
      ARROW_RETURN_NOT_OK(buffer->Resize(wanted));
      ARROW_ASSIGN_OR_RAISE(const int64_t got, Read(wanted - done, buffer->mutable_data() + done));
      done += got;
      if (done < wanted) {
        ARROW_RETURN_NOT_OK(buffer->Resize(done));
        break;
      }
    }
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

  Status Close() override {
    GiveUp();
    closed_ = true;
    return Status::OK();
  }
  Status Abort() override {
    GiveUp();
    return Status::OK();
  }
  bool closed() const override { return closed_; }
  // Messages are here as a whole, so that Read gives their bytes without growing towards them.
  bool supports_zero_copy() const override { return true; }
  Result<int64_t> Tell() const override { return position_; }

 private:
  static constexpr size_t kMessagesAhead = 2;

  struct Calls : Shared {
    std::unique_ptr<FlightDownload> download;  // while the thread is in it
    std::deque<FlightMessage> messages;
  };

  static void Run(std::shared_ptr<Calls> calls, std::shared_ptr<FlightClient> client,
                  std::string ticket) {
    auto opened = client->Get(ticket);
    std::unique_lock lock(calls->mutex);
    calls->status = opened.status();
    if (opened.ok()) calls->download = std::move(opened).ValueUnsafe();
    while (calls->status.ok() && !calls->abandoned) {
      FlightMessage message;
      FlightDownload* const download = calls->download.get();
      lock.unlock();
      const auto more = download->Next(&message);
      lock.lock();
      calls->status = more.status();
      if (!more.ok() || !*more) break;
      calls->messages.push_back(std::move(message));
      calls->changed.notify_all();
      calls->changed.wait(
          lock, [&] { return calls->messages.size() < kMessagesAhead || calls->abandoned; });
    }
    calls->ended = true;
    calls->changed.notify_all();
    const auto last = std::move(calls->download);
    lock.unlock();  // before the call is given up, which may take its time
  }

  void GiveUp() {
    const std::lock_guard lock(calls_->mutex);
    calls_->abandoned = true;
    calls_->messages.clear();
    if (calls_->download != nullptr) calls_->download->Cancel();
    calls_->changed.notify_all();
  }

  // The next message as a part of an IPC stream; behind the last one, the end of that.
  Result<bool> Fetch() {
    if (told_end_) return false;
    FlightMessage message;
    {
      const Deadline deadline(begun_ ? address_.stall : address_.timeout);
      std::unique_lock lock(calls_->mutex);
      ARROW_ASSIGN_OR_RAISE(const bool ready, WaitUntil(*context_, *calls_, lock, deadline, [&] {
                              return !calls_->messages.empty() || calls_->ended ||
                                     calls_->abandoned;
                            }));
      if (!ready) return Silent(address_, "sent nothing", begun_);
      if (calls_->abandoned) return Status::Cancelled("closed");
      if (calls_->messages.empty()) {
        ARROW_RETURN_NOT_OK(AtPlace(calls_->status, {.location = address_.name}));
        told_end_ = true;
      } else {
        message = std::move(calls_->messages.front());
        calls_->messages.pop_front();
        calls_->changed.notify_all();
      }
    }
    begun_ = true;
    pieces_.clear();
    at_ = 0;
    offset_ = 0;
    const int64_t length = told_end_ ? 0 : message.metadata->size();
    const int64_t padding = (8 - length % 8) % 8;
    if (length > (int64_t{1} << 30)) {
      return MakeError(ErrorCode::kData, "a message's metadata is too long",
                       {.location = address_.name});
    }
    const auto add = [&](std::string text) {
      if (!text.empty()) pieces_.push_back(arrow::Buffer::FromString(std::move(text)));
    };
    const auto padded = static_cast<uint32_t>(length + padding);
    std::string head = "\xff\xff\xff\xff";
    for (int byte = 0; byte < 4; ++byte) head += static_cast<char>(padded >> (8 * byte) & 0xff);
    add(std::move(head));
    if (told_end_) return true;
    if (length > 0) pieces_.push_back(std::move(message.metadata));
    add(std::string(static_cast<size_t>(padding), '\0'));
    if (message.body != nullptr && message.body->size() > 0) {
      pieces_.push_back(std::move(message.body));
    }
    return true;
  }

  const std::shared_ptr<Context> context_;
  const FlightAddress address_;
  const std::shared_ptr<Calls> calls_ = std::make_shared<Calls>();
  std::vector<std::shared_ptr<arrow::Buffer>> pieces_;  // of the message at hand
  size_t at_ = 0;
  int64_t offset_ = 0, position_ = 0;
  bool begun_ = false, told_end_ = false, closed_ = false;
};

class UploadThread : public FlightOutput {
 public:
  UploadThread(std::shared_ptr<Context> context, const FlightAddress& address,
               const std::shared_ptr<FlightClient>& client, std::shared_ptr<arrow::Schema> schema,
               std::vector<std::pair<std::string, std::string>> headers)
      : context_(std::move(context)), address_(address), calls_(std::make_shared<Calls>(context_)) {
    StartThread(*calls_,
                [calls = calls_, client, table = address.table, schema = std::move(schema),
                 headers = std::move(headers)] { Run(calls, client, table, schema, headers); });
  }
  ~UploadThread() override {
    const std::lock_guard lock(calls_->mutex);
    calls_->abandoned = true;
    if (calls_->upload != nullptr && !calls_->ended) calls_->upload->Cancel();
    calls_->changed.notify_all();
  }

  Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    std::unique_lock lock(calls_->mutex);
    ARROW_RETURN_NOT_OK(Await(
        lock, [&] { return calls_->batch == nullptr || calls_->ended; }, "took nothing"));
    if (calls_->ended) return Fault();
    calls_->batch = batch;
    begun_ = true;
    calls_->changed.notify_all();
    Count();
    return Status::OK();
  }

  Status Finish() override {
    std::unique_lock lock(calls_->mutex);
    calls_->finish = true;
    calls_->changed.notify_all();
    ARROW_RETURN_NOT_OK(Await(
        lock, [&] { return calls_->ended; }, "did not say that it has the table"));
    Count();
    return AtPlace(calls_->status, {.location = address_.name});
  }

  int64_t bytes_sent() const override {
    const std::lock_guard lock(calls_->mutex);
    return calls_->bytes;
  }

 private:
  struct Calls : Shared {
    explicit Calls(std::shared_ptr<Context> owner) : context(std::move(owner)) {}
    // The thread may outlive everything else: what batches are allocated from goes behind them.
    const std::shared_ptr<Context> context;
    std::unique_ptr<FlightUpload> upload;
    std::shared_ptr<arrow::RecordBatch> batch;  // the next to go
    bool finish = false;                        // behind that
    int64_t bytes = 0;
  };

  static void Run(std::shared_ptr<Calls> calls, std::shared_ptr<FlightClient> client,
                  FlightName name, std::shared_ptr<arrow::Schema> schema,
                  std::vector<std::pair<std::string, std::string>> headers) {
    auto opened = client->Put(name, schema, headers, calls->context);
    std::unique_lock lock(calls->mutex);
    calls->status = opened.status();
    if (opened.ok()) calls->upload = std::move(opened).ValueUnsafe();
    FlightUpload* const upload = calls->upload.get();
    while (calls->status.ok()) {
      calls->changed.wait(
          lock, [&] { return calls->batch != nullptr || calls->finish || calls->abandoned; });
      if (calls->abandoned) break;
      const auto batch = calls->batch;
      lock.unlock();
      const auto status = batch == nullptr ? upload->Finish() : upload->Write(*batch);
      const int64_t bytes = upload->bytes_sent();
      lock.lock();
      calls->status = status;
      calls->bytes = bytes;
      calls->batch.reset();
      calls->changed.notify_all();
      if (batch == nullptr) break;
    }
    calls->ended = true;
    calls->changed.notify_all();
    const auto last = std::move(calls->upload);
    lock.unlock();  // before the call is given up, which may take its time
  }

  template <typename Ready>
  Status Await(std::unique_lock<std::mutex>& lock, Ready ready, const char* what) {
    const Deadline deadline(begun_ ? address_.stall : address_.timeout);
    ARROW_ASSIGN_OR_RAISE(const bool in_time,
                          WaitUntil(*context_, *calls_, lock, deadline, std::move(ready)));
    if (in_time) return Status::OK();
    return Silent(address_, what, begun_);
  }

  Status Fault() const {
    if (!calls_->status.ok()) return AtPlace(calls_->status, {.location = address_.name});
    return MakeError(ErrorCode::kInternal, "written after its end", {.location = address_.name});
  }

  void Count() { context_->progress().bytes_written = calls_->bytes; }

  const std::shared_ptr<Context> context_;
  const FlightAddress address_;
  const std::shared_ptr<Calls> calls_;
  bool begun_ = false;
};

}  // namespace

Status RunStoppably(Context& context, std::function<Status()> work) {
  const auto shared = std::make_shared<Shared>();
  StartThread(*shared, [shared, work = std::move(work)] {
    const auto status = work();
    const std::lock_guard lock(shared->mutex);
    shared->status = status;
    shared->ended = true;
    shared->changed.notify_all();
  });
  std::unique_lock lock(shared->mutex);
  ARROW_RETURN_NOT_OK(WaitUntil(context, *shared, lock, Deadline(Milliseconds(0)), [&] {
                        return shared->ended;
                      }).status());
  return shared->status;
}

Result<std::shared_ptr<arrow::io::InputStream>> OpenFlightStream(
    std::shared_ptr<Context> context, const FlightAddress& address,
    std::shared_ptr<FlightClient> client, const FlightPart& part) {
  return std::make_shared<DownloadStream>(std::move(context), address, client, part.ticket);
}

std::unique_ptr<FlightOutput> FlightOutput::Open(
    std::shared_ptr<Context> context, const FlightAddress& address,
    std::shared_ptr<FlightClient> client, std::shared_ptr<arrow::Schema> schema,
    std::vector<std::pair<std::string, std::string>> headers) {
  return std::make_unique<UploadThread>(std::move(context), address, client, std::move(schema),
                                        std::move(headers));
}

}  // namespace bowyer
