#include "channels/channel_link.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "bowyer/error.h"
#include "channels/listener.h"
#include "channels/poll_awake.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

constexpr Milliseconds kPause{10};  // between tries
constexpr int kBacklog = 128;

Status ErrorOf(const Message& message) {
  const auto line = message.text.find('\n');
  ErrorPlace place;
  if (line != std::string::npos) place.hint = message.text.substr(line + 1);
  const auto code = static_cast<ErrorCode>(message.code);
  const bool is_known = (code >= ErrorCode::kInternal && code <= ErrorCode::kPeer) ||
                        code == ErrorCode::kInterrupted || code == ErrorCode::kTerminated;
  return MakeError(is_known ? code : ErrorCode::kPeer, message.text.substr(0, line), place);
}

bool Poll(int fd, int16_t events, Milliseconds time) {
  pollfd wait = {.fd = fd, .events = events, .revents = 0};
  return PollAwake({&wait, 1}, time) > 0;
}

}  // namespace

Result<std::shared_ptr<ChannelLink>> ChannelLink::Open(std::shared_ptr<Context> context,
                                                       const ChannelAddress& address, PeerRole role,
                                                       const std::string& schema,
                                                       std::unique_ptr<Hub>* hub) {
  std::shared_ptr<ChannelLink> link(new ChannelLink(std::move(context), address, role));
  const auto open = [&]() -> Status {
    const Deadline deadline(address.timeout);
    while (true) {
      ARROW_RETURN_NOT_OK(link->context_->CheckStop());
      ARROW_ASSIGN_OR_RAISE(const bool connected, link->Connect(deadline, hub));
      if (connected) {
        ARROW_ASSIGN_OR_RAISE(const bool greeted, link->Greet(schema, deadline));
        if (greeted) return Status::OK();
      }
      if (deadline.passed()) {
        return MakeError(
            ErrorCode::kResources,
            fmt::format("nobody opened the channel within {}", DurationText(address.timeout)),
            {.hint = "start the other side, too, or wait longer: ?timeout=5m"});
      }
      std::this_thread::sleep_for(kPause);
    }
  };
  ARROW_RETURN_NOT_OK(AtPlace(open(), {.location = address.name}));
  return link;
}

Result<std::shared_ptr<ChannelLink>> ChannelLink::Over(std::shared_ptr<Context> context,
                                                       const ChannelAddress& address, PeerRole role,
                                                       const std::string& schema, Socket socket) {
  std::shared_ptr<ChannelLink> link(new ChannelLink(std::move(context), address, role));
  link->socket_ = std::move(socket);
  const auto greeted = link->Greet(schema, Deadline(address.timeout));
  if (!greeted.ok()) return AtPlace(greeted.status(), {.location = address.name});
  if (!*greeted) return link->HubGone();
  return link;
}

Result<bool> ChannelLink::Connect(const Deadline& deadline, std::unique_ptr<Hub>* hub) {
  const auto& endpoint = address_.endpoint;
  ARROW_ASSIGN_OR_RAISE(const auto lock, FolderLock::Take(*context_, address_.path, deadline));
  // An errno, 0 once connected.
  const auto connect = [&]() -> Result<int> {
    ARROW_ASSIGN_OR_RAISE(socket_, NewSocket(endpoint, SOCK_SEQPACKET));
    const int fault = ::connect(socket_.fd(), reinterpret_cast<const sockaddr*>(&endpoint.address),
                                endpoint.length) == 0
                          ? 0
                          : errno;
    switch (fault) {
      case 0:
        if (!IsOfAnotherUser(socket_.fd())) return 0;
        return MakeError(ErrorCode::kUnavailable, "a process of another user listens there");
      case EAGAIN:  // many come at once
      case EINTR:
      case ECONNREFUSED:
      case ENOENT:
        return fault;
      default:
        return SocketUnavailable("cannot be connected to", fault);
    }
  };
  ARROW_ASSIGN_OR_RAISE(const int fault, connect());
  if (fault == 0) return true;
  if (fault == EAGAIN || fault == EINTR) return false;
  if (address_.connect_only) return false;
  ARROW_ASSIGN_OR_RAISE(const bool removed, RemoveStaleSocket(endpoint, address_.path));
  if (removed) {
    context_->progress().Detail(
        1, [&] { return address_.name + ": removed the name that a process left that has died"; });
  }
  ARROW_ASSIGN_OR_RAISE(auto listener,
                        Listener::Make(endpoint, address_.path, SOCK_SEQPACKET, kBacklog));
  if (listener == nullptr) return false;
  *hub = std::make_unique<Hub>(address_.terms, std::move(listener));
  (*hub)->Start();
  context_->progress().Detail(1, [&] { return address_.name + ": opened"; });
  ARROW_ASSIGN_OR_RAISE(const int own_fault, connect());
  return own_fault == 0;
}

Result<bool> ChannelLink::Greet(const std::string& schema, const Deadline& deadline) {
  Message hello;
  hello.kind = MessageKind::kHello;
  hello.role = role_;
  hello.terms = address_.terms;
  std::vector<int> descriptors;
  Socket bytes;
  if (role_ == PeerRole::kProducer) {
    ARROW_ASSIGN_OR_RAISE(bytes, SealedBytes(schema));
    descriptors.push_back(bytes.fd());
  }
  if (!SendMessage(socket_.fd(), hello, descriptors).ok()) return false;
  while (!heard_.terms.has_value()) {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    Message message;
    switch (ReceiveMessage(socket_.fd(), &message)) {
      case Received::kNothing:
        if (deadline.passed()) {
          return MakeError(ErrorCode::kResources,
                           fmt::format("the process that opened the channel did not answer within "
                                       "{}: is it stopped?",
                                       DurationText(address_.timeout)));
        }
        WaitForMessage();
        break;
      case Received::kMessage:
        if (message.kind == MessageKind::kRefused) return ErrorOf(message);
        ARROW_RETURN_NOT_OK(Understand(std::move(message)));
        break;
      case Received::kGone:
        return false;
      case Received::kNonsense:
        return MakeError(ErrorCode::kPeer,
                         "what the channel's opener says is not understood: do they have the same "
                         "version?");
    }
  }
  return true;
}

void ChannelLink::WaitForMessage() const { (void)Poll(socket_.fd(), POLLIN, kWaitSlice); }

Status ChannelLink::Send(const Message& message, const std::vector<int>& descriptors) {
  const Deadline deadline(address_.stall);
  while (true) {
    const auto sent = SendMessage(socket_.fd(), message, descriptors);
    if (sent.ok()) return sent;
    if (!sent.IsCancelled()) return HubGone();
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    if (deadline.passed()) return TimedOut(true);
    (void)Poll(socket_.fd(), POLLOUT, kWaitSlice);
  }
}

Result<bool> ChannelLink::Listen() {
  Message message;
  switch (ReceiveMessage(socket_.fd(), &message)) {
    case Received::kNothing:
      return false;
    case Received::kGone:
      return HubGone();
    case Received::kNonsense:
      break;
    case Received::kMessage:
      ARROW_RETURN_NOT_OK(Understand(std::move(message)));
      return true;
  }
  return MakeError(ErrorCode::kPeer, "what the channel's opener says is not understood",
                   {.location = address_.name});
}

Status ChannelLink::Understand(Message message) {
  switch (message.kind) {
    case MessageKind::kWelcome:
      if (heard_.terms.has_value() || !ArePossible(message.terms)) break;
      heard_.terms = message.terms;
      return Status::OK();
    case MessageKind::kSchema: {
      if (message.descriptors.size() != 1) break;
      ARROW_ASSIGN_OR_RAISE(heard_.schema,
                            ReadSealedBytes(message.descriptors[0].fd(), kMostSchemaBytes));
      return Status::OK();
    }
    case MessageKind::kPeers:
      if (message.producers < 0 || message.consumers < 0) break;
      heard_.producers = message.producers;
      heard_.consumers = message.consumers;
      heard_.most_consumers = std::max(heard_.most_consumers, heard_.consumers);
      heard_.ended = message.batches;
      return Status::OK();
    case MessageKind::kLeased:
      ARROW_RETURN_NOT_OK(MapParts(message));
      if (message.part_count == 0) break;
      heard_.leases.insert(heard_.leases.end(), message.parts.begin(),
                           message.parts.begin() + message.part_count);
      return Status::OK();
    case MessageKind::kBatch:
      ARROW_RETURN_NOT_OK(MapParts(message));
      heard_.batches.push_back(std::move(message));
      return Status::OK();
    case MessageKind::kEos:
      heard_.end = {message.batches, message.rows};
      return Status::OK();
    case MessageKind::kDrained:
      heard_.drained = true;
      return Status::OK();
    case MessageKind::kFailed:
    case MessageKind::kRefused:
      if (heard_.failure.ok()) {
        heard_.failure = AtPlace(ErrorOf(message), {.location = address_.name});
      }
      return Status::OK();
    case MessageKind::kState:
      heard_.state = std::move(message.text);
      return Status::OK();
    default:
      break;
  }
  return MakeError(ErrorCode::kPeer, "what the channel's opener says is not understood",
                   {.location = address_.name});
}

Status ChannelLink::MapParts(Message& message) {
  size_t next = 0;
  for (size_t i = 0; i < message.part_count; ++i) {
    if ((message.fresh & (1U << i)) == 0) continue;
    if (next == message.descriptors.size()) {
      return MakeError(ErrorCode::kPeer, "the channel's opener sent no memory with a batch",
                       {.location = address_.name});
    }
    auto mapped = MappedSlab::Map(message.descriptors[next++].fd(), role_ == PeerRole::kProducer,
                                  message.parts[i].length);
    if (!mapped.ok()) return AtPlace(mapped.status(), {.location = address_.name});
    // Never in place of one that batches may lie in.
    slabs_.try_emplace(message.parts[i].slab, std::move(mapped).ValueUnsafe());
  }
  message.descriptors.clear();
  return Status::OK();
}

Result<uint8_t*> ChannelLink::DataOf(const SlabPart& part) const {
  const auto found = slabs_.find(part.slab);
  if (found == slabs_.end() || part.length < 0 || part.length > found->second->size()) {
    return MakeError(ErrorCode::kPeer, "the channel's opener speaks of memory that it never gave",
                     {.location = address_.name});
  }
  return found->second->data();
}

Status ChannelLink::HubGone() {
  // What it said last may say why.
  Message message;
  while (heard_.failure.ok() && ReceiveMessage(socket_.fd(), &message) == Received::kMessage) {
    if (!Understand(std::move(message)).ok()) break;
    message = Message();
  }
  ARROW_RETURN_NOT_OK(heard_.failure);
  RemoveItsName();
  return MakeError(ErrorCode::kPeer,
                   "the process that opened the channel died: what came is not the whole table",
                   {.location = address_.name});
}

// Killed, it could not do that itself. It may be about to: of its descriptors one is closed after
// the other.
void ChannelLink::RemoveItsName() const {
  constexpr int kTries = 20;
  struct stat facts = {};
  for (int i = 0; i < kTries && ::lstat(address_.path.c_str(), &facts) == 0; ++i) {
    if (i > 0) std::this_thread::sleep_for(kPause);
    const auto lock = FolderLock::Take(*context_, address_.path, Deadline(Milliseconds(1000)));
    if (!lock.ok() || RemoveStaleSocket(address_.endpoint, address_.path).ValueOr(true)) return;
  }
}

Status ChannelLink::TimedOut(bool others_were_there) const {
  const bool consumes = role_ == PeerRole::kConsumer;
  if (others_were_there) {
    return MakeError(ErrorCode::kResources,
                     fmt::format("{} for {}",
                                 consumes ? "the producers sent nothing"
                                          : "the consumers took nothing, or keep what they took,",
                                 DurationText(address_.stall)),
                     {.location = address_.name,
                      .hint = "wait longer with ?stall=1h, or for ever with ?stall=0"});
  }
  std::string what = consumes ? "no producer came" : "no consumer came";
  if (!consumes && heard_.terms.has_value() && heard_.terms->consumers > 1) {
    what = fmt::format("{} consumers were awaited, {} are there", heard_.terms->consumers,
                       heard_.consumers);
  }
  if (consumes && heard_.terms.has_value() && heard_.terms->producers > 0) {
    what = fmt::format("{} of {} producers have ended, and no other came", heard_.ended,
                       heard_.terms->producers);
  }
  return MakeError(ErrorCode::kResources,
                   fmt::format("{} within {}", what, DurationText(address_.timeout)),
                   {.location = address_.name,
                    .hint = "start the other side, too, or wait longer: ?timeout=5m"});
}

void ChannelLink::Held(const std::vector<SlabPart>& parts) {
  leases_held_.fetch_add(1, std::memory_order_relaxed);
  const std::lock_guard lock(release_mutex_);
  for (const SlabPart& part : parts) {
    if (holds_[part.slab]++ == 0) bytes_held_.fetch_add(part.length, std::memory_order_relaxed);
  }
}

void ChannelLink::Release(uint64_t ticket, const std::vector<SlabPart>& parts) {
  leases_held_.fetch_sub(1, std::memory_order_relaxed);
  const std::lock_guard lock(release_mutex_);
  for (const SlabPart& part : parts) {
    const auto found = holds_.find(part.slab);
    if (--found->second > 0) continue;
    holds_.erase(found);
    bytes_held_.fetch_sub(part.length, std::memory_order_relaxed);
  }
  releases_.push_back(ticket);
  // A hub that is gone needs nothing back.
  if (!keeping_) (void)SendReleases(/*acknowledges=*/false);
}

void ChannelLink::StartKeeping() {
  const std::lock_guard lock(release_mutex_);
  keeping_ = true;
}

void ChannelLink::StopKeeping() {
  const std::lock_guard lock(release_mutex_);
  keeping_ = false;
}

Status ChannelLink::Acknowledge(uint64_t ticket) {
  const std::lock_guard lock(release_mutex_);
  keeping_ = false;
  if (ticket == acknowledged_ && releases_.empty()) return Status::OK();
  acknowledged_ = ticket;
  return SendReleases(/*acknowledges=*/true);
}

Status ChannelLink::SendReleases(bool acknowledges) {
  do {
    Message message;
    message.kind = MessageKind::kAck;
    message.ticket = acknowledged_;
    const size_t count = std::min(releases_.size(), kMostReleases);
    const auto end = releases_.begin() + static_cast<int64_t>(count);
    message.release_count = static_cast<uint32_t>(count);
    message.releases.assign(releases_.begin(), end);
    if (acknowledges) {
      ARROW_RETURN_NOT_OK(Send(message));
    } else {
      // What a hub that is stopped does not take in a second goes with the next one.
      Status sent = SendMessage(socket_.fd(), message);
      for (int i = 0; i < 10 && sent.IsCancelled(); ++i) {
        (void)Poll(socket_.fd(), POLLOUT, kWaitSlice);
        sent = SendMessage(socket_.fd(), message);
      }
      if (!sent.ok()) return Status::OK();
    }
    releases_.erase(releases_.begin(), end);
  } while (!releases_.empty());
  return Status::OK();
}

}  // namespace bowyer
