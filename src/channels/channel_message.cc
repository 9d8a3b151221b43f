// Datagrams: the head, then by kind the terms, the tickets or the text. Descriptors that were not
// asked for are closed.
#include "channels/channel_message.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <type_traits>

namespace bowyer {
namespace {

// They are sent as they lie, without bytes between their members that nobody wrote.
static_assert(std::is_trivially_copyable_v<MessageHead> &&
              std::is_trivially_copyable_v<ChannelTerms>);
static_assert(std::has_unique_object_representations_v<MessageHead> &&
              std::has_unique_object_representations_v<ChannelTerms>);

constexpr size_t kLargest = sizeof(MessageHead) + kMostText;
constexpr size_t kMostDescriptors = kMostParts;

bool HasTerms(MessageKind kind) {
  return kind == MessageKind::kHello || kind == MessageKind::kWelcome;
}

}  // namespace

arrow::Status SendMessage(int fd, const Message& message, const std::vector<int>& descriptors) {
  iovec pieces[2] = {};
  pieces[0].iov_base = const_cast<MessageHead*>(static_cast<const MessageHead*>(&message));
  pieces[0].iov_len = sizeof(MessageHead);
  if (HasTerms(message.kind)) {
    pieces[1].iov_base = const_cast<ChannelTerms*>(&message.terms);
    pieces[1].iov_len = sizeof(ChannelTerms);
  } else if (message.release_count > 0) {
    pieces[1].iov_base = const_cast<uint64_t*>(message.releases.data());
    pieces[1].iov_len = message.release_count * sizeof(uint64_t);
  } else {
    pieces[1].iov_base = const_cast<char*>(message.text.data());
    pieces[1].iov_len = std::min(message.text.size(), kMostText);
  }
  msghdr header = {};
  header.msg_iov = pieces;
  header.msg_iovlen = pieces[1].iov_len > 0 ? 2 : 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMostDescriptors)] = {};
  if (!descriptors.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
    cmsghdr* const rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
    std::memcpy(CMSG_DATA(rights), descriptors.data(), sizeof(int) * descriptors.size());
  }
  while (true) {
    if (::sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return arrow::Status::OK();
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS) {
      return arrow::Status::Cancelled("takes nothing now");
    }
    return arrow::Status::IOError(std::strerror(errno));
  }
}

Received ReceiveMessage(int fd, Message* message) {
  char tail[kMostText];
  iovec pieces[2] = {};
  pieces[0].iov_base = static_cast<MessageHead*>(message);
  pieces[0].iov_len = sizeof(MessageHead);
  pieces[1].iov_base = tail;
  pieces[1].iov_len = sizeof(tail);
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMostDescriptors)];
  msghdr header = {};
  header.msg_iov = pieces;
  header.msg_iovlen = 2;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  message->descriptors.clear();
  message->releases.clear();
  message->text.clear();
  ssize_t got;
  bool reset = false;
  while ((got = ::recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)) < 0) {
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return Received::kNothing;
    // Said once, in front of what came before the other side went.
    if (errno == ECONNRESET && !reset) {
      reset = true;
      continue;
    }
    return Received::kGone;
  }
  for (cmsghdr* at = CMSG_FIRSTHDR(&header); at != nullptr; at = CMSG_NXTHDR(&header, at)) {
    if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int received;
      std::memcpy(&received, CMSG_DATA(at) + i * sizeof(int), sizeof(int));
      message->descriptors.emplace_back(received);
    }
  }
  if (got == 0) return Received::kGone;
  const auto size = static_cast<size_t>(got);
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || size < sizeof(MessageHead) ||
      size > kLargest || message->version != kChannelVersion || message->part_count > kMostParts ||
      message->release_count > kMostReleases) {
    return Received::kNonsense;
  }
  const size_t rest = size - sizeof(MessageHead);
  if (HasTerms(message->kind)) {
    if (rest != sizeof(ChannelTerms)) return Received::kNonsense;
    std::memcpy(&message->terms, tail, sizeof(ChannelTerms));
  } else if (message->release_count > 0) {
    if (rest != message->release_count * sizeof(uint64_t)) return Received::kNonsense;
    message->releases.resize(message->release_count);
    std::memcpy(message->releases.data(), tail, rest);
  } else {
    message->text.assign(tail, rest);
  }
  return Received::kMessage;
}

}  // namespace bowyer
