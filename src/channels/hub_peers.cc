// Who may take part, and what becomes of a channel when somebody goes.
#include <arrow/io/memory.h>
#include <arrow/ipc/dictionary.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <fmt/format.h>

#include <algorithm>

#include "bowyer/error.h"
#include "channels/batch_table.h"
#include "channels/hub.h"
#include "channels/slab.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

}  // namespace

Result<std::shared_ptr<arrow::Schema>> SchemaOfBytes(const std::string& bytes) {
  arrow::ipc::DictionaryMemo memo;
  arrow::io::BufferReader reader(arrow::Buffer::FromString(bytes));
  auto schema = arrow::ipc::ReadSchema(&reader, &memo);
  if (!schema.ok()) return WithCode(schema.status(), ErrorCode::kData, {});
  ARROW_RETURN_NOT_OK(CheckNesting(**schema));
  return schema;
}

Result<std::string> BytesOfSchema(const arrow::Schema& schema) {
  ARROW_RETURN_NOT_OK(CheckNesting(schema));
  ARROW_ASSIGN_OR_RAISE(const auto buffer, arrow::ipc::SerializeSchema(schema));
  return buffer->ToString();
}

Status Hub::CheckTerms(const Message& hello) const {
  const ChannelTerms& asked = hello.terms;
  const auto differs = [&](uint32_t bit, const char* name, auto theirs, auto ours) {
    if ((asked.given & bit) == 0 || theirs == ours) return Status::OK();
    return MakeError(ErrorCode::kUsage,
                     fmt::format("the channel was opened with {} = {}, not {}", name, ours, theirs),
                     {.hint = "options that all share are those of the process that comes first"});
  };
  using Terms = ChannelTerms;
  const auto mode = [](uint8_t broadcast) { return broadcast ? "broadcast" : "share"; };
  const auto death = [](uint8_t redeliver) { return redeliver ? "redeliver" : "fail"; };
  ARROW_RETURN_NOT_OK(differs(Terms::kBytes, "bytes", asked.bytes, terms_.bytes));
  ARROW_RETURN_NOT_OK(differs(Terms::kBatches, "batches", asked.batches, terms_.batches));
  ARROW_RETURN_NOT_OK(differs(Terms::kProducers, "producers", asked.producers, terms_.producers));
  ARROW_RETURN_NOT_OK(differs(Terms::kConsumers, "consumers", asked.consumers, terms_.consumers));
  ARROW_RETURN_NOT_OK(differs(Terms::kMode, "mode", std::string(mode(asked.broadcast)),
                              std::string(mode(terms_.broadcast))));
  return differs(Terms::kConsumerDeath, "on-consumer-death", std::string(death(asked.redeliver)),
                 std::string(death(terms_.redeliver)));
}

Status Hub::TakeSchema(const Message& hello) {
  if (hello.descriptors.size() != 1) {
    return MakeError(ErrorCode::kPeer, "a producer came without a schema");
  }
  ARROW_ASSIGN_OR_RAISE(const auto bytes,
                        ReadSealedBytes(hello.descriptors[0].fd(), kMostSchemaBytes));
  ARROW_ASSIGN_OR_RAISE(const auto schema, SchemaOfBytes(bytes));
  if (schema_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(schema_bytes_, SealedBytes(bytes));
    schema_ = schema;
    return Status::OK();
  }
  if (schema_->Equals(*schema, /*check_metadata=*/false)) return Status::OK();
  std::string what =
      fmt::format("{} columns in place of {}", schema->num_fields(), schema_->num_fields());
  for (int i = 0; i < std::min(schema->num_fields(), schema_->num_fields()); ++i) {
    if (schema->field(i)->Equals(*schema_->field(i), false)) continue;
    what = fmt::format("column {} is {}, there it is {}", i + 1, schema->field(i)->ToString(),
                       schema_->field(i)->ToString());
    break;
  }
  return MakeError(ErrorCode::kData, "the schema is not the one that the channel has: " + what);
}

bool Hub::HandleHello(uint64_t id, Message message) {
  Peer& peer = peers_[id];
  if (peer.greeted) return false;
  if (state_ != State::kOpen) {
    peer.gone = true;  // he looks again, and finds nobody or another channel
    return true;
  }
  const PeerRole role = message.role;
  if (role != PeerRole::kProducer && role != PeerRole::kConsumer && role != PeerRole::kObserver) {
    return false;
  }
  auto allowed = CheckTerms(message);
  const bool had_schema = schema_ != nullptr;
  if (allowed.ok() && role == PeerRole::kProducer) allowed = TakeSchema(message);
  if (!allowed.ok()) {
    Refuse(peer, allowed);
    return true;
  }
  peer.greeted = true;
  peer.role = role;
  Outgoing welcome;
  welcome.message.kind = MessageKind::kWelcome;
  welcome.message.terms = terms_;
  Send(peer, std::move(welcome));
  for (auto& [_, other] : peers_) {
    const bool is_new = &other == &peer;
    if (schema_ == nullptr || other.role != PeerRole::kConsumer || !other.greeted) continue;
    if (had_schema && !is_new) continue;
    Outgoing schema;
    schema.message.kind = MessageKind::kSchema;
    schema.schema = schema_bytes_.fd();
    Send(other, std::move(schema));
  }
  if (role != PeerRole::kObserver) tell_ = true;
  return true;
}

bool Hub::HandleStart(uint64_t id) {
  Peer& peer = peers_[id];
  if (peer.role != PeerRole::kConsumer || peer.started || peer.left) return false;
  if (peer.at_end) return true;
  if (terms_.broadcast && begun_) {
    Refuse(peer, MakeError(ErrorCode::kUnavailable,
                           "the broadcast has begun: its first batches were given out",
                           {.hint = "?consumers=N says how many it waits for"}));
    Leave(id, /*died=*/false);
    return true;
  }
  peer.started = true;
  int started = 0;
  for (const auto& [_, other] : peers_) started += other.started && !other.left ? 1 : 0;
  begun_ = begun_ || started >= terms_.consumers;
  return true;
}

void Hub::Leave(uint64_t id, bool died) {
  Peer& peer = peers_[id];
  if (peer.gone) return;
  if (died) peer.gone = true;  // removed by Advance
  if (!peer.greeted) return;
  tell_ = true;
  if (peer.role == PeerRole::kProducer) LeaveProducer(peer, died);
  if (peer.role == PeerRole::kConsumer) LeaveConsumer(peer, died);
  if (peer.role != PeerRole::kConsumer && peer.reserved.empty()) peer.gone = true;
}

void Hub::LeaveProducer(Peer& peer, bool died) {
  for (const auto& [slab, _] : peer.leases) slabs_.Release(slab);
  leases_ -= static_cast<int64_t>(peer.leases.size());
  peer.leases.clear();
  peer.wanted = 0;
  // Arrays of a process that lives may lie there still.
  if (died) Unreserve(peer);
  if (peer.ended) return;
  peer.ended = true;
  Fail(ErrorCode::kPeer, fmt::format("a producer ({}) {} before its end: what came is not the "
                                     "whole table",
                                     ProcessText(peer.pid), died ? "died" : "gave up"));
}

void Hub::LeaveConsumer(Peer& peer, bool died) {
  if (!peer.left) {
    peer.left = true;
    bool took_part = peer.batches > 0;
    for (auto& [_, given] : peer.given) {
      if (given.acknowledged) continue;
      given.acknowledged = true;
      Batch& batch = batches_.at(given.batch);
      if (!terms_.broadcast && state_ == State::kOpen) {
        queue_.insert(given.batch);
      } else {
        Acknowledge(batch);
      }
    }
    peer.unacknowledged = peer.unacknowledged_bytes = 0;
    for (const uint64_t number : peer.pending) {
      took_part = true;
      Acknowledge(batches_.at(number));
      Unhold(number);
      Forget(number);
    }
    peer.pending.clear();
    if (state_ == State::kOpen && peer.started && !peer.at_end) {
      const auto left = CountOf(PeerRole::kConsumer);
      const std::string who = fmt::format("a consumer ({}) {} before the end",
                                          ProcessText(peer.pid), died ? "died" : "left");
      if ((took_part || terms_.broadcast) && !terms_.redeliver) {
        Fail(ErrorCode::kPeer, who + ": what it had taken is not in the others' tables");
      } else if (left == 0 && !died && took_part) {
        Fail(ErrorCode::kPeer, who + ", and no other is there");
      }
    }
  }
  if (!died) return;
  for (const auto& [_, given] : peer.given) {
    if (!given.released) Unhold(given.batch);
    Forget(given.batch);
  }
  peer.given.clear();
}

void Hub::Fail(ErrorCode code, std::string text) {
  if (state_ != State::kOpen) return;
  SetState(State::kFailed);
  waiting_.clear();
  for (auto& [_, peer] : peers_) {
    if (!peer.greeted || peer.gone) continue;
    peer.wanted = 0;
    Outgoing failed;
    failed.message.kind = MessageKind::kFailed;
    failed.message.code = static_cast<int32_t>(code);
    failed.message.text = text;
    Send(peer, std::move(failed));
  }
}

void Hub::SetState(State state) {
  state_ = state;
  // Whoever comes now opens a channel of his own.
  if (listener_ != nullptr) listener_->Remove();
}

void Hub::Refuse(Peer& peer, const Status& why) {
  const ErrorDetail* detail = DetailOf(why);
  Outgoing refused;
  refused.message.kind = MessageKind::kRefused;
  refused.message.code = static_cast<int32_t>(CodeOf(why));
  refused.message.text = why.message();
  if (detail != nullptr && !detail->place().hint.empty()) {
    refused.message.text += "\n" + detail->place().hint;
  }
  Send(peer, std::move(refused));
}

int Hub::CountOf(PeerRole role) const {
  return static_cast<int>(std::count_if(peers_.begin(), peers_.end(), [role](const auto& entry) {
    const Peer& peer = entry.second;
    return peer.greeted && !peer.gone && !peer.left && peer.role == role &&
           !(role == PeerRole::kProducer && peer.ended);
  }));
}

void Hub::Tell() {
  tell_ = false;
  const int producers = CountOf(PeerRole::kProducer), consumers = CountOf(PeerRole::kConsumer);
  for (auto& [_, peer] : peers_) {
    if (!peer.greeted || peer.gone || peer.role == PeerRole::kObserver) continue;
    Outgoing told;
    told.message.kind = MessageKind::kPeers;
    told.message.producers = producers;
    told.message.consumers = consumers;
    told.message.batches = ended_producers_;
    Send(peer, std::move(told));
  }
}

}  // namespace bowyer
