// The loop: connections, messages in, messages out.
#include "channels/hub.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "bowyer/error.h"
#include "channels/poll_awake.h"
#include "channels/slab.h"

namespace bowyer {
namespace {

using arrow::Status;

constexpr size_t kMostPeers = 1024;
// What may wait for a peer that does not listen.
constexpr size_t kMostOutgoing = 8192;

int32_t ProcessOf(int fd) {
  ucred peer = {};
  socklen_t length = sizeof(peer);
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? peer.pid : 0;
}

}  // namespace

Hub::Hub(const ChannelTerms& terms, std::unique_ptr<Listener> listener)
    : terms_(terms), listener_(std::move(listener)), slabs_(terms.bytes) {
  wake_ = Socket(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

Hub::~Hub() { Close(); }

void Hub::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Hub::Run() {
  while (!closing_) Step(Milliseconds(1000));
  Step(Milliseconds(0));  // what the opener's own peers said last
  if (state_ == State::kOpen) {
    Fail(ErrorCode::kPeer, fmt::format("the process that opened the channel ({}) has gone before "
                                       "its end",
                                       ProcessText(::getpid())));
  }
  const Deadline deadline{Milliseconds(1000)};
  const auto waits = [this] {
    return std::any_of(peers_.begin(), peers_.end(),
                       [](const auto& entry) { return !entry.second.out.empty(); });
  };
  while (waits() && !deadline.passed()) Step(Milliseconds(10));
  peers_.clear();
}

void Hub::Close() {
  closing_ = true;
  const uint64_t one = 1;
  (void)!::write(wake_.fd(), &one, sizeof(one));
  if (thread_.joinable()) thread_.join();
  listener_.reset();
}

void Hub::Adopt(Socket socket) {
  Peer& peer = peers_[next_peer_++];
  peer.pid = ProcessOf(socket.fd());
  // A child that it has forked may hold its connection open beyond its death.
  if (peer.pid > 0 && peer.pid != ::getpid()) {
    peer.process = Socket(static_cast<int>(::syscall(SYS_pidfd_open, peer.pid, 0)));
  }
  peer.socket = std::move(socket);
}

void Hub::Accept() {
  while (true) {
    Socket socket(::accept4(listener_->fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.is_open()) return;
    if (peers_.size() >= kMostPeers || IsOfAnotherUser(socket.fd())) continue;
    Adopt(std::move(socket));
  }
}

void Hub::Step(Milliseconds wait) {
  std::vector<pollfd> polled = {{.fd = wake_.fd(), .events = POLLIN, .revents = 0}};
  const bool listens = listener_ != nullptr && listener_->fd() >= 0;
  if (listens) polled.push_back({.fd = listener_->fd(), .events = POLLIN, .revents = 0});
  const size_t first = polled.size();
  std::vector<uint64_t> ids;
  for (const auto& [id, peer] : peers_) {
    const auto events = static_cast<int16_t>(peer.out.empty() ? POLLIN : POLLIN | POLLOUT);
    polled.push_back({.fd = peer.socket.fd(), .events = events, .revents = 0});
    polled.push_back({.fd = peer.process.fd(), .events = POLLIN, .revents = 0});
    ids.push_back(id);
  }
  if (PollAwake(polled, wait) > 0) {
    if (polled[0].revents != 0) {
      uint64_t count;
      (void)!::read(wake_.fd(), &count, sizeof(count));
    }
    for (size_t i = 0; i < ids.size(); ++i) {
      const int16_t events = polled[first + 2 * i].revents;
      const bool died = polled[first + 2 * i + 1].revents != 0;
      if ((events & POLLOUT) != 0) Flush(peers_[ids[i]]);
      const bool came = (events & (POLLIN | POLLHUP | POLLERR)) != 0;
      const bool heard_all = !came || Receive(ids[i]);
      if (died && heard_all) Leave(ids[i], /*died=*/true);
    }
    if (listens && polled[1].revents != 0) Accept();
  }
  Advance();
}

bool Hub::Receive(uint64_t id) {
  Peer& peer = peers_[id];
  // So many at a time, so that nobody is kept waiting for one that talks much.
  constexpr int kMessages = 64;
  for (int i = 0; i < kMessages && !peer.gone; ++i) {
    Message message;
    switch (ReceiveMessage(peer.socket.fd(), &message)) {
      case Received::kNothing:
        return true;
      case Received::kGone:
        Leave(id, /*died=*/true);
        return true;
      case Received::kNonsense:
        Refuse(peer, MakeError(ErrorCode::kPeer,
                               "the channel's opener does not understand this "
                               "process: do they have the same version?"));
        Leave(id, /*died=*/true);
        return true;
      case Received::kMessage:
        break;
    }
    const auto kind = static_cast<int>(message.kind);
    if (!Handle(id, std::move(message))) {
      Refuse(peer, MakeError(ErrorCode::kInternal,
                             fmt::format("message {} breaks the protocol of channels", kind)));
      Leave(id, /*died=*/true);
    }
  }
  return peer.gone;
}

bool Hub::Handle(uint64_t id, Message message) {
  Peer& peer = peers_[id];
  if (message.kind == MessageKind::kHello) return HandleHello(id, std::move(message));
  if (!peer.greeted) return false;
  switch (message.kind) {
    case MessageKind::kBye:
      Leave(id, /*died=*/false);
      return true;
    case MessageKind::kAsk:
      SendState(peer);
      return true;
    case MessageKind::kStart:
      return HandleStart(id);
    case MessageKind::kAck:
      return HandleAck(peer, message);
    case MessageKind::kLease:
      if (peer.role != PeerRole::kProducer || peer.ended || message.bytes <= 0) return false;
      // What was lent ahead may have crossed with an earlier wish.
      if (peer.wanted == 0) waiting_.push_back(id);
      peer.wanted = std::max(peer.wanted, message.bytes);
      return true;
    case MessageKind::kPublish:
      return HandlePublish(id, message);
    case MessageKind::kDiscard:
      return HandleDiscard(peer, message);
    case MessageKind::kReserve:
      return HandleReserve(peer, std::move(message));
    case MessageKind::kEnd:
      return HandleEnd(peer, message);
    default:
      return false;
  }
}

void Hub::Advance() {
  if (state_ == State::kOpen) {
    Deliver();
    Grant();
    CheckEnd();
  }
  if (tell_) Tell();
  // A peer that is gone takes no messages: those that wait for it go with it.
  std::erase_if(peers_, [](const auto& entry) { return entry.second.gone; });
}

void Hub::SendState(Peer& peer) {
  HubState state{.bytes_lent = slabs_.bytes_lent(),
                 .bytes_kept = slabs_.bytes_kept(),
                 .leases = leases_,
                 .queued = static_cast<int64_t>(queue_.size()),
                 .batches = total_batches_,
                 .rows = total_rows_,
                 .bytes = total_bytes_,
                 .ended_producers = ended_producers_,
                 .milliseconds = std::chrono::duration_cast<Milliseconds>(
                                     std::chrono::steady_clock::now() - opened_)
                                     .count(),
                 .pid = ::getpid()};
  std::string told;
  for (const auto& [_, other] : peers_) {
    if (!other.greeted || other.gone || other.role == PeerRole::kObserver) continue;
    PeerState facts{.pid = other.pid,
                    .role = other.role,
                    .waits = other.wanted != 0,
                    .ended = other.ended,
                    .left = other.left,
                    .batches = other.batches,
                    .rows = other.rows,
                    .held_bytes = other.held_bytes};
    for (const auto& [ticket, given] : other.given) facts.held += given.released ? 0 : 1;
    facts.held += static_cast<int64_t>(other.leases.size() + other.reserved.size());
    for (const auto& [slab, part] : other.leases) facts.held_bytes += part.length;
    for (const auto& [slab, part] : other.reserved) facts.held_bytes += part.length;
    state.given += other.role == PeerRole::kConsumer ? facts.held : 0;
    state.queued += static_cast<int64_t>(other.pending.size());
    if (sizeof(state) + told.size() + sizeof(facts) > kMostText) break;
    told.append(reinterpret_cast<const char*>(&facts), sizeof(facts));
    ++state.peers;
  }
  Outgoing out;
  out.message.kind = MessageKind::kState;
  out.message.terms = terms_;
  out.message.text.assign(reinterpret_cast<const char*>(&state), sizeof(state));
  out.message.text += told;
  Send(peer, std::move(out));
}

void Hub::Send(Peer& peer, Outgoing outgoing) {
  if (peer.gone) return;
  if (peer.out.size() >= kMostOutgoing) return;  // it does not listen, and will be told nothing
  peer.out.push_back(std::move(outgoing));
  if (peer.out.size() == 1) Flush(peer);
}

void Hub::Flush(Peer& peer) {
  while (!peer.out.empty()) {
    const auto sent = SendNow(peer, peer.out.front());
    if (sent.IsCancelled()) return;
    // One that is gone is found by Receive.
    if (!sent.ok()) {
      peer.out.clear();
      return;
    }
    peer.out.pop_front();
  }
}

Status Hub::SendNow(Peer& peer, Outgoing& outgoing) {
  std::vector<int> descriptors;
  std::vector<Socket> read_only;
  outgoing.message.fresh = 0;
  for (size_t i = 0; i < outgoing.slabs.size(); ++i) {
    const uint32_t slab = outgoing.slabs[i];
    if (peer.known.contains(slab)) continue;
    int fd = slabs_.fd(slab);
    if (peer.role != PeerRole::kProducer) {
      auto opened = ReadOnlySlab(fd);
      if (!opened.ok()) {
        Fail(ErrorCode::kResources, opened.status().message());
        return Status::IOError("");
      }
      read_only.push_back(std::move(opened).ValueUnsafe());
      fd = read_only.back().fd();
    }
    outgoing.message.fresh |= static_cast<uint8_t>(1U << i);
    descriptors.push_back(fd);
  }
  if (outgoing.schema >= 0) descriptors.push_back(outgoing.schema);
  const auto sent = SendMessage(peer.socket.fd(), outgoing.message, descriptors);
  if (sent.ok()) peer.known.insert(outgoing.slabs.begin(), outgoing.slabs.end());
  return sent;
}

}  // namespace bowyer
