// Producers and consumers on a link.
#include "bowyer/channel.h"

#include <arrow/device.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "bowyer/error.h"
#include "channels/batch_table.h"
#include "channels/channel_ends.h"
#include "channels/channel_link.h"
#include "channels/channel_pool.h"
#include "core/text.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

class Producer : public ChannelProducer {
 public:
  Producer(std::shared_ptr<ChannelLink> link, std::unique_ptr<Hub> hub,
           std::shared_ptr<arrow::Schema> schema)
      : link_(std::move(link)), hub_(std::move(hub)), schema_(std::move(schema)) {}

  ~Producer() override {
    if (pool_ != nullptr) pool_->Close();
    Message bye;
    bye.kind = MessageKind::kBye;
    (void)link_->Send(bye);
    link_.reset();  // before the hub goes
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status Write(const arrow::RecordBatch& batch) override {
    if (ended_) return MakeError(ErrorCode::kInternal, "written after its end");
    if (!batch.schema()->Equals(*schema_, /*check_metadata=*/false)) {
      return AtName(MakeError(ErrorCode::kData, "the batch has another schema than the channel"));
    }
    return WriteRows(batch);
  }

  Status Finish() override {
    ended_ = true;
    if (pool_ != nullptr) pool_->Close();
    Message end;
    end.kind = MessageKind::kEnd;
    end.batches = batches_;
    end.rows = rows_;
    ARROW_RETURN_NOT_OK(link_->Send(end));
    ARROW_RETURN_NOT_OK(
        link_->Await([this] { return link_->heard().drained; }, [this] { return IsRead(); }));
    if (hub_ == nullptr) return Status::OK();
    // Without this process the channel would be gone for the others.
    return link_->Await([this] { return link_->heard().end.has_value(); },
                        [this] { return IsRead(); });
  }

  int64_t bytes_written() const override { return bytes_; }
  int64_t bytes_copied() const override { return copied_; }

  Result<std::shared_ptr<arrow::MemoryPool>> memory_pool() override {
    if (pool_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(pool_, ChannelPool::Make(link_));
      if (ended_) pool_->Close();
    }
    return pool_;
  }

 private:
  Status AtName(const Status& status) const {
    return AtPlace(status, {.location = link_->address().name});
  }

  // Are consumers there, as many as have to be?
  bool IsRead() const {
    const auto& heard = link_->heard();
    return heard.consumers > 0 && heard.most_consumers >= heard.terms->consumers;
  }

  Status WriteRows(const arrow::RecordBatch& batch) {
    if (batch.num_rows() == 0) return Status::OK();
    Message publish;
    publish.part_count = 1;
    const auto plan = BatchPlan::Of(batch, PlacesOf(&publish));
    if (!plan.ok()) return AtName(plan.status());
    constexpr int64_t kPieces = 8;  // so that both sides are at work
    const int64_t most = link_->heard().terms->bytes / kPieces;
    if (plan->bytes() > most && batch.num_rows() > 1) {
      const int64_t pieces = std::min(batch.num_rows(), plan->bytes() / most + 1);
      const int64_t rows = (batch.num_rows() + pieces - 1) / pieces;
      for (int64_t row = 0; row < batch.num_rows(); row += rows) {
        ARROW_RETURN_NOT_OK(WriteRows(*batch.Slice(row, rows)));
      }
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const SlabPart lease, Lease(plan->bytes()));
    ARROW_ASSIGN_OR_RAISE(uint8_t* const data, link_->DataOf(lease));
    plan->WriteTo(data);
    publish.kind = MessageKind::kPublish;
    publish.parts[0] = lease;
    publish.table_bytes = plan->table_bytes();
    publish.bytes = plan->bytes() + plan->in_place_bytes();
    publish.in_place = plan->in_place_bytes();
    publish.rows = batch.num_rows();
    publish.wanted = WantedNext(plan->bytes());
    ARROW_RETURN_NOT_OK(link_->Send(publish));
    ++batches_;
    rows_ += publish.rows;
    bytes_ += publish.bytes;
    copied_ += plan->copied_bytes();
    link_->context().progress().bytes_written.fetch_add(publish.bytes, std::memory_order_relaxed);
    return Status::OK();
  }

  // What of a batch lies in the pool; its slabs become parts of the message.
  BatchPlaces PlacesOf(Message* publish) {
    if (pool_ == nullptr) return nullptr;
    return [this, publish](const uint8_t* data, int64_t bytes) -> std::optional<BatchTableBuffer> {
      const auto place = pool_->Publish(data, bytes);
      if (!place.has_value()) return std::nullopt;
      int64_t part = 1;
      while (part < publish->part_count &&
             publish->parts[static_cast<size_t>(part)].slab != place->slab.slab) {
        ++part;
      }
      // More slabs than a batch can have: copied.
      if (part == static_cast<int64_t>(kMostParts)) return std::nullopt;
      if (part == publish->part_count) {
        publish->parts[static_cast<size_t>(part)] = place->slab;
        ++publish->part_count;
      }
      return BatchTableBuffer{.part = part, .offset = place->offset, .length = bytes};
    };
  }

  // Asked for ahead of need, while there is a lease to go on with, or a few for small batches;
  // once, as an answer may be long in coming.
  int64_t WantedNext(int64_t bytes) {
    const size_t left = link_->heard().leases.size();
    if (left > (bytes <= kSmallBatch ? kFewLeases : 1)) {
      asked_ = false;
      return 0;
    }
    return left > 0 && std::exchange(asked_, true) ? 0 : bytes;
  }

  // Memory for `bytes`: what was lent ahead of need, or else asked for.
  Result<SlabPart> Lease(int64_t bytes) {
    auto& leases = link_->heard().leases;
    // Also how a producer that never waits hears of failures.
    for (bool came = leases.size() <= kFewLeases; came;) {
      ARROW_ASSIGN_OR_RAISE(came, link_->Listen());
    }
    ARROW_RETURN_NOT_OK(link_->heard().failure);
    while (!leases.empty() && leases.front().length < bytes) {
      Message discard;
      discard.kind = MessageKind::kDiscard;
      discard.part_count = 1;
      discard.parts[0] = leases.front();
      leases.pop_front();
      ARROW_RETURN_NOT_OK(link_->Send(discard));
    }
    if (leases.empty()) {
      ARROW_RETURN_NOT_OK(LeaveRoom(bytes));
      Message wanted;
      wanted.kind = MessageKind::kLease;
      wanted.bytes = bytes;
      ARROW_RETURN_NOT_OK(link_->Send(wanted));
      asked_ = false;
      const auto fits = [&] { return !leases.empty() && leases.back().length >= bytes; };
      ARROW_RETURN_NOT_OK(link_->Await(fits, [this] { return IsRead(); }));
      const SlabPart lease = leases.back();
      leases.pop_back();
      return lease;
    }
    const SlabPart lease = leases.front();
    leases.pop_front();
    return lease;
  }

  // What the pool holds does not come back while this waits.
  Status LeaveRoom(int64_t bytes) {
    if (pool_ == nullptr) return Status::OK();
    pool_->GiveBackIdle();
    const int64_t reserved = pool_->bytes_reserved(), most = link_->heard().terms->bytes;
    if (bytes > most || bytes <= most - reserved) return Status::OK();
    return AtName(MakeError(
        ErrorCode::kResources,
        fmt::format("a batch of {} does not fit into a channel of {} of which the producer's "
                    "memory pool holds {}",
                    HumanBytes(bytes), HumanBytes(most), HumanBytes(reserved)),
        {.hint = "open the channel with ?bytes=SIZE, or write smaller batches"}));
  }

  static constexpr size_t kFewLeases = 2;

  std::shared_ptr<ChannelLink> link_;
  const std::unique_ptr<Hub> hub_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<ChannelPool> pool_;
  int64_t batches_ = 0, rows_ = 0, bytes_ = 0, copied_ = 0;
  bool asked_ = false;  // for more, since there were more than few
  bool ended_ = false;
};

// Gives a batch's memory back when the last of its buffers goes.
class Delivery {
 public:
  Delivery(std::shared_ptr<ChannelLink> link, const Message& message)
      : link_(std::move(link)),
        ticket_(message.ticket),
        parts_(message.parts.begin(), message.parts.begin() + message.part_count) {
    link_->Held(parts_);
  }
  ~Delivery() { link_->Release(ticket_, parts_); }
  Delivery(const Delivery&) = delete;

 private:
  const std::shared_ptr<ChannelLink> link_;
  const uint64_t ticket_;
  const std::vector<SlabPart> parts_;
};

class Consumer : public ChannelConsumer {
 public:
  Consumer(std::shared_ptr<ChannelLink> link, std::unique_ptr<Hub> hub)
      : link_(std::move(link)), hub_(std::move(hub)) {}

  ~Consumer() override {
    Message bye;
    bye.kind = MessageKind::kBye;
    (void)link_->Send(bye);
    link_.reset();  // before the hub goes
  }

  // Waits for a producer, whose schema it is.
  Status Begin(const std::shared_ptr<arrow::Schema>& expected) {
    ARROW_RETURN_NOT_OK(link_->Await([this] { return link_->heard().schema.has_value(); },
                                     [this] { return IsFed(); }));
    auto schema = SchemaOfBytes(*link_->heard().schema);
    if (!schema.ok()) return AtName(schema.status());
    schema_ = std::move(schema).ValueUnsafe();
    if (expected == nullptr || expected->Equals(*schema_, /*check_metadata=*/false)) {
      return Status::OK();
    }
    return AtName(MakeError(ErrorCode::kData,
                            "the channel's schema is not the one expected: " + schema_->ToString() +
                                "\nin place of " + expected->ToString()));
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  int64_t leases_held() const override { return link_->leases_held(); }
  int64_t bytes_held() const override { return link_->bytes_held(); }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    // What the caller lets go here goes back together with what he has processed.
    link_->StartKeeping();
    batch->reset();
    if (CanWait()) {
      ++unsaid_;
      link_->StopKeeping();
    } else {
      unsaid_ = 0;
      ARROW_RETURN_NOT_OK(link_->Acknowledge(ticket_));
    }
    if (at_end_) return Status::OK();
    if (!std::exchange(started_, true)) {
      Message start;
      start.kind = MessageKind::kStart;
      ARROW_RETURN_NOT_OK(link_->Send(start));
    }
    auto& heard = link_->heard();
    ARROW_RETURN_NOT_OK(
        link_->Await([&] { return !heard.batches.empty() || heard.end.has_value(); },
                     [this] { return IsFed(); }));
    if (heard.batches.empty()) return End();
    // Small ones come in numbers: with those that are here already, fewer words have to be made.
    while (heard.batches.size() < kMostUnsaid && heard.batches.front().bytes <= kSmallBatch) {
      ARROW_ASSIGN_OR_RAISE(const bool came, link_->Listen());
      if (!came) break;
    }
    const Message message = std::move(heard.batches.front());
    heard.batches.pop_front();
    if (message.rows < 0 || message.rows > std::numeric_limits<int64_t>::max() - rows_) {
      return AtName(MakeError(ErrorCode::kPeer, "a batch came with an impossible number of rows"));
    }
    ticket_ = message.ticket;
    ++batches_;
    rows_ += message.rows;
    auto read = Read(message);
    if (!read.ok()) return AtName(read.status());
    *batch = std::move(read).ValueUnsafe();
    link_->context().progress().bytes_read.fetch_add(message.bytes, std::memory_order_relaxed);
    return Status::OK();
  }

 private:
  Status AtName(const Status& status) const {
    return AtPlace(status, {.location = link_->address().name});
  }

  // Are producers there, or all that have to be done?
  bool IsFed() const {
    const auto& heard = link_->heard();
    return heard.producers > 0 || heard.ended >= std::max<int64_t>(1, heard.terms->producers);
  }

  static constexpr size_t kMostUnsaid = 16;

  // May what is processed be said later, together with more? Nobody waits for a few small batches;
  // but where batches are given to others when their consumer dies, each counts.
  bool CanWait() const {
    const auto& heard = link_->heard();
    return heard.terms->redeliver == 0 && unsaid_ + 1 < kMostUnsaid && !heard.batches.empty() &&
           heard.batches.front().bytes <= kSmallBatch;
  }

  Status End() {
    at_end_ = true;
    const auto [batches, rows] = *link_->heard().end;
    if (batches == batches_ && rows == rows_) return Status::OK();
    return AtName(MakeError(ErrorCode::kPeer,
                            fmt::format("{} rows in {} batches were given out, but {} in {} came",
                                        rows, batches, rows_, batches_)));
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Read(const Message& message) {
    const auto delivery = std::make_shared<const Delivery>(link_, message);
    std::vector<BatchPart> parts;
    for (size_t i = 0; i < message.part_count; ++i) {
      ARROW_ASSIGN_OR_RAISE(const uint8_t* data, link_->DataOf(message.parts[i]));
      parts.push_back({.data = data, .length = message.parts[i].length});
    }
    if (parts.empty() || message.table_offset < 0 || message.table_bytes < 0 ||
        message.table_offset > parts[0].length ||
        message.table_bytes > parts[0].length - message.table_offset) {
      return MakeError(ErrorCode::kData, "damaged batch: its table lies outside of its memory");
    }
    const std::string table(reinterpret_cast<const char*>(parts[0].data) + message.table_offset,
                            static_cast<size_t>(message.table_bytes));
    ARROW_ASSIGN_OR_RAISE(auto batch,
                          ReadBatchTable(schema_, table, parts, delivery, message.rows));
    if (!KeepsTooMuch()) return batch;
    return batch->CopyTo(arrow::CPUDevice::memory_manager(link_->context().memory_pool()));
  }

  // Who keeps all memory of a channel would wait for ever for the next batch.
  bool KeepsTooMuch() const {
    const auto& heard = link_->heard();
    const int64_t share = int64_t{2} * std::max(1, heard.consumers);
    return link_->bytes_held() > heard.terms->bytes / share ||
           link_->leases_held() > std::max<int64_t>(1, heard.terms->batches / share);
  }

  std::shared_ptr<ChannelLink> link_;
  const std::unique_ptr<Hub> hub_;
  std::shared_ptr<arrow::Schema> schema_;
  uint64_t ticket_ = 0;  // of the batch that was given last
  size_t unsaid_ = 0;    // batches that are processed, which the hub has not heard of
  int64_t batches_ = 0, rows_ = 0;
  bool started_ = false, at_end_ = false;
};

}  // namespace

std::unique_ptr<ChannelProducer> ProducerOn(std::shared_ptr<ChannelLink> link,
                                            std::unique_ptr<Hub> hub,
                                            std::shared_ptr<arrow::Schema> schema) {
  return std::make_unique<Producer>(std::move(link), std::move(hub), std::move(schema));
}

Result<std::shared_ptr<ChannelConsumer>> ConsumerOn(
    std::shared_ptr<ChannelLink> link, std::unique_ptr<Hub> hub,
    const std::shared_ptr<arrow::Schema>& expected) {
  auto consumer = std::make_shared<Consumer>(std::move(link), std::move(hub));
  ARROW_RETURN_NOT_OK(consumer->Begin(expected));
  return consumer;
}

Result<std::unique_ptr<ChannelProducer>> Channel::Produce(
    std::shared_ptr<Context> context, const Location& location,
    const std::shared_ptr<arrow::Schema>& schema) {
  ARROW_ASSIGN_OR_RAISE(const auto address, ChannelAddress::Of(location));
  const auto bytes = BytesOfSchema(*schema);
  if (!bytes.ok()) return AtPlace(bytes.status(), {.location = address.name});
  std::unique_ptr<Hub> hub;
  ARROW_ASSIGN_OR_RAISE(
      auto link, ChannelLink::Open(std::move(context), address, PeerRole::kProducer, *bytes, &hub));
  return ProducerOn(std::move(link), std::move(hub), schema);
}

Result<std::shared_ptr<ChannelConsumer>> Channel::Consume(
    std::shared_ptr<Context> context, const Location& location,
    const std::shared_ptr<arrow::Schema>& expected) {
  ARROW_ASSIGN_OR_RAISE(const auto address, ChannelAddress::Of(location));
  std::unique_ptr<Hub> hub;
  ARROW_ASSIGN_OR_RAISE(
      auto link, ChannelLink::Open(std::move(context), address, PeerRole::kConsumer, "", &hub));
  return ConsumerOn(std::move(link), std::move(hub), expected);
}

}  // namespace bowyer
