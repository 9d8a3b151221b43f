// Batches on their way: memory is lent, published, given out, acknowledged and given back.
#include <fmt/format.h>

#include <algorithm>

#include "bowyer/error.h"
#include "channels/hub.h"

namespace bowyer {
namespace {

using arrow::Status;

// What lies ahead of a consumer: enough to keep it busy, little enough to be shared out fairly.
constexpr int64_t kLeastAhead = 2, kMostAhead = 32, kBytesAhead = 256 << 10;

// Of a channel's bytes, what pools may hold together: this part. As consumers keep no more than
// half, there is always something left for the leases without which no batch is published.
constexpr int64_t kPoolsPart = 4;
// ... and what is waited for, at most, so that the next batch can be made in the pool.
constexpr int64_t kNextPart = 8;

}  // namespace

bool Hub::HandlePublish(uint64_t id, const Message& message) {
  Peer& peer = peers_[id];
  if (peer.role != PeerRole::kProducer || peer.ended || message.part_count == 0) return false;
  if (message.rows < 0 || message.bytes < 0 || message.table_offset < 0 ||
      message.table_bytes < 0 || message.table_offset > message.parts[0].length ||
      message.table_bytes > message.parts[0].length - message.table_offset) {
    return false;
  }
  int64_t lent = 0, reserved = 0;
  std::set<uint32_t> used;
  for (size_t i = 0; i < message.part_count; ++i) {
    const SlabPart& part = message.parts[i];
    const auto lease = peer.leases.find(part.slab);
    const auto pool = peer.reserved.find(part.slab);
    const bool is_lease = lease != peer.leases.end();
    // The first one becomes the batch's: that is how batches are counted.
    if (!is_lease && (i == 0 || pool == peer.reserved.end())) return false;
    const SlabPart& held = is_lease ? lease->second : pool->second;
    if (held.generation != part.generation || part.length < 0 || part.length > held.length ||
        !used.insert(part.slab).second) {
      return false;
    }
    (is_lease ? lent : reserved) += held.length;
  }
  for (const uint32_t slab : used) {
    if (peer.leases.erase(slab) > 0) {
      --leases_;
    } else {
      slabs_.Retain(slab);
    }
  }
  peer.in_place = std::clamp<int64_t>(message.in_place, 0, reserved);
  Batch batch;
  static_cast<MessageHead&>(batch.head) = message;
  batch.head.kind = MessageKind::kBatch;
  batch.head.bytes = lent + peer.in_place;
  batch.producer = id;
  batch.waiting = 1;
  const uint64_t number = next_batch_++;
  batches_.emplace(number, std::move(batch));
  queue_.insert(number);
  ++in_process_;
  ++peer.in_process;
  ++peer.batches;
  peer.rows += message.rows;
  ++total_batches_;
  total_rows_ += message.rows;
  total_bytes_ += message.bytes;
  if (message.wanted > 0 && peer.wanted == 0) (void)Lend(id, message.wanted, /*ahead=*/true);
  return true;
}

bool Hub::HandleEnd(Peer& peer, const Message& message) {
  if (peer.role != PeerRole::kProducer || peer.ended) return false;
  if (message.batches != peer.batches || message.rows != peer.rows) {
    Fail(
        ErrorCode::kPeer,
        fmt::format("a producer ({}) says that it sent {} rows in {} batches, but {} in {} came",
                    ProcessText(peer.pid), message.rows, message.batches, peer.rows, peer.batches));
    return true;
  }
  for (const auto& [slab, _] : peer.leases) slabs_.Release(slab);
  leases_ -= static_cast<int64_t>(peer.leases.size());
  peer.leases.clear();
  peer.wanted = 0;
  peer.ended = true;
  ++ended_producers_;
  tell_ = true;
  return true;
}

bool Hub::HandleDiscard(Peer& peer, const Message& message) {
  for (size_t i = 0; i < message.part_count; ++i) {
    const uint32_t slab = message.parts[i].slab;
    const auto pool = peer.reserved.find(slab);
    if (pool != peer.reserved.end()) {
      reserved_bytes_ -= pool->second.length;
      peer.reserved.erase(pool);
    } else if (peer.leases.erase(slab) > 0) {
      --leases_;
    } else {
      return false;
    }
    slabs_.Release(slab);
  }
  return true;
}

// Answered at once, also with nothing: whoever allocates cannot wait for consumers, which may wait
// for what he is about to write.
bool Hub::HandleReserve(Peer& peer, Message message) {
  if (peer.role != PeerRole::kProducer || message.bytes <= 0) return false;
  if (!message.descriptors.empty()) peer.pool = std::move(message.descriptors.front());
  if (!peer.pool.is_open()) return true;
  Message answer;
  answer.kind = MessageKind::kReserved;
  std::vector<int> descriptors;
  // Nor does a pool get what somebody waits for already.
  const bool may = state_ == State::kOpen && !peer.ended && waiting_.empty() &&
                   message.bytes <= terms_.bytes / kPoolsPart - reserved_bytes_;
  if (may) {
    const auto lent = slabs_.Lend(message.bytes);
    if (lent.ok() && lent->has_value()) {
      answer.part_count = 1;
      answer.parts[0] = **lent;
      if (!peer.pool_known.contains((*lent)->slab)) {
        answer.fresh = 1;
        descriptors.push_back(slabs_.fd((*lent)->slab));
      }
    }
  }
  const bool sent = SendMessage(peer.pool.fd(), answer, descriptors).ok();
  if (!sent) peer.pool.Close();
  if (answer.part_count == 0) return true;
  const SlabPart& part = answer.parts[0];
  if (!sent) {
    slabs_.Release(part.slab);
    return true;
  }
  peer.pool_known.insert(part.slab);
  peer.reserved.emplace(part.slab, part);
  reserved_bytes_ += part.length;
  return true;
}

void Hub::Unreserve(Peer& peer) {
  for (const auto& [slab, part] : peer.reserved) {
    reserved_bytes_ -= part.length;
    slabs_.Release(slab);
  }
  peer.reserved.clear();
}

bool Hub::HandleAck(Peer& peer, const Message& message) {
  if (peer.role != PeerRole::kConsumer || message.ticket > peer.last_ticket) return false;
  for (auto& [ticket, given] : peer.given) {
    if (ticket > message.ticket) break;
    if (given.acknowledged) continue;
    given.acknowledged = true;
    Batch& batch = batches_.at(given.batch);
    --peer.unacknowledged;
    peer.unacknowledged_bytes -= batch.head.bytes;
    Acknowledge(batch);
  }
  for (const uint64_t ticket : message.releases) {
    const auto found = peer.given.find(ticket);
    if (found == peer.given.end() || found->second.released) return false;
    found->second.released = true;
    peer.held_bytes -= batches_.at(found->second.batch).head.bytes;
    Unhold(found->second.batch);
  }
  // What is acknowledged and released is over.
  for (auto at = peer.given.begin(); at != peer.given.end();) {
    const bool over = at->second.acknowledged && at->second.released;
    const uint64_t batch = at->second.batch;
    at = over ? peer.given.erase(at) : std::next(at);
    if (over) Forget(batch);
  }
  return true;
}

void Hub::Acknowledge(Batch& batch) {
  if (--batch.waiting > 0) return;
  --in_process_;
  if (const auto producer = peers_.find(batch.producer); producer != peers_.end()) {
    --producer->second.in_process;
  }
}

void Hub::Unhold(uint64_t number) { --batches_.at(number).holders; }

// Gives the memory of a batch back that nobody waits for or holds.
void Hub::Forget(uint64_t number) {
  const auto found = batches_.find(number);
  if (found == batches_.end()) return;
  const Batch& batch = found->second;
  if (batch.waiting > 0 || batch.holders > 0) return;
  for (size_t i = 0; i < batch.head.part_count; ++i) slabs_.Release(batch.head.parts[i].slab);
  batches_.erase(found);
}

// Memory to those who wait for it, in the order in which they came.
void Hub::Grant() {
  while (!waiting_.empty()) {
    const uint64_t id = waiting_.front();
    const auto found = peers_.find(id);
    if (found == peers_.end() || found->second.gone || found->second.wanted == 0) {
      waiting_.pop_front();
      continue;
    }
    if (!Lend(id, found->second.wanted, /*ahead=*/false)) return;
    found->second.wanted = 0;
    waiting_.pop_front();
  }
}

// False: not now. Ahead of need only from what is plenty. Small batches get memory for several at a
// time, and when the channel is full only once there is some room, so that a word is not made, and
// a process woken, for each.
bool Hub::Lend(uint64_t id, int64_t bytes, bool ahead) {
  const auto live = static_cast<int64_t>(batches_.size()) + leases_;
  const int64_t share = ahead ? 2 : 1;
  const bool small = bytes <= kSmallBatch;
  if (live + share > terms_.batches / share) return false;
  if (ahead && slabs_.bytes_lent() + bytes > terms_.bytes / share) return false;
  if (small && in_process_ > 0 && live + terms_.batches / 4 >= terms_.batches) return false;
  Peer& peer = peers_[id];
  // Who makes batches in its pool goes on when there is room for the next one there, too.
  const int64_t next = std::min(peer.in_place, terms_.bytes / kNextPart);
  const bool may_reserve = reserved_bytes_ + next <= terms_.bytes / kPoolsPart;
  if (next > 0 && may_reserve && slabs_.bytes_lent() + bytes + next > terms_.bytes &&
      in_process_ > 0) {
    return false;
  }
  // What producers that do not write have been lent must not be what others wait for.
  const int64_t fair = terms_.batches / 4 / std::max(1, CountOf(PeerRole::kProducer));
  const int64_t most = small ? std::clamp<int64_t>(fair, 1, kMostParts) : 1;
  Outgoing leased;
  leased.message.kind = MessageKind::kLeased;
  for (int64_t i = 0; i < most && live + i < terms_.batches; ++i) {
    auto lent = slabs_.Lend(bytes);
    if (!lent.ok() || !lent->has_value()) {
      if (i > 0) break;
      if (lent.ok() || ahead) return false;
      Refuse(peer, lent.status());
      return true;
    }
    const SlabPart part = **lent;
    peer.leases.emplace(part.slab, part);
    ++leases_;
    leased.message.parts[leased.message.part_count++] = part;
    leased.slabs.push_back(part.slab);
  }
  Send(peer, std::move(leased));
  return true;
}

void Hub::Give(Peer& peer, uint64_t number) {
  Batch& batch = batches_.at(number);
  const uint64_t ticket = ++peer.last_ticket;
  peer.given.emplace(ticket, Given{.batch = number});
  ++peer.unacknowledged;
  peer.unacknowledged_bytes += batch.head.bytes;
  peer.held_bytes += batch.head.bytes;
  ++peer.batches;
  peer.rows += batch.head.rows;
  Outgoing out;
  static_cast<MessageHead&>(out.message) = batch.head;
  out.message.ticket = ticket;
  out.message.fresh = 0;
  for (size_t i = 0; i < batch.head.part_count; ++i) {
    out.slabs.push_back(batch.head.parts[i].slab);
  }
  Send(peer, std::move(out));
}

void Hub::Deliver() {
  if (!begun_) return;
  const auto has_room = [](const Peer& peer) {
    return peer.started && !peer.left && !peer.gone && !peer.at_end &&
           (peer.unacknowledged < kLeastAhead ||
            (peer.unacknowledged < kMostAhead && peer.unacknowledged_bytes < kBytesAhead));
  };
  if (terms_.broadcast) {
    for (const uint64_t number : queue_) {
      Batch& batch = batches_.at(number);
      batch.waiting = 0;
      for (auto& [_, peer] : peers_) {
        if (!peer.started || peer.left || peer.gone) continue;
        peer.pending.push_back(number);
        ++batch.waiting;
        ++batch.holders;
      }
      if (batch.waiting == 0) {
        batch.waiting = 1;  // nobody is there: as if it still waited
        return;
      }
    }
    queue_.clear();
    for (auto& [_, peer] : peers_) {
      while (!peer.pending.empty() && has_room(peer)) {
        const uint64_t number = peer.pending.front();
        peer.pending.pop_front();
        Give(peer, number);
      }
    }
    return;
  }
  while (!queue_.empty()) {
    Peer* least = nullptr;
    for (auto& [_, peer] : peers_) {
      if (!has_room(peer)) continue;
      if (least == nullptr || peer.unacknowledged < least->unacknowledged ||
          (peer.unacknowledged == least->unacknowledged && peer.batches < least->batches)) {
        least = &peer;
      }
    }
    if (least == nullptr) return;
    const uint64_t number = *queue_.begin();
    queue_.erase(queue_.begin());
    ++batches_.at(number).holders;
    Give(*least, number);
  }
}

void Hub::CheckEnd() {
  // Somebody has to be there to be told: what the dead have processed is no table.
  const bool any = std::any_of(peers_.begin(), peers_.end(), [](const auto& entry) {
    return entry.second.started && !entry.second.left && !entry.second.gone;
  });
  if (!begun_ || !any) return;
  for (auto& [_, peer] : peers_) {
    if (!peer.ended || peer.drained || peer.in_process > 0 || peer.gone) continue;
    peer.drained = true;
    Outgoing drained;
    drained.message.kind = MessageKind::kDrained;
    Send(peer, std::move(drained));
  }
  const bool all_came = ended_producers_ >= std::max<int64_t>(1, terms_.producers);
  if (!all_came || in_process_ > 0 || CountOf(PeerRole::kProducer) > 0) return;
  // First, so that no name is left of an opener that is killed behind his last word.
  SetState(State::kEnded);
  for (auto& [_, peer] : peers_) {
    if (peer.role == PeerRole::kObserver || !peer.greeted || peer.left || peer.gone) continue;
    peer.at_end = true;
    Outgoing end;
    end.message.kind = MessageKind::kEos;
    end.message.batches = peer.batches;
    end.message.rows = peer.rows;
    Send(peer, std::move(end));
  }
}

}  // namespace bowyer
