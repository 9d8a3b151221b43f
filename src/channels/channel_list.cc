// What there is to see of channels from outside.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>

#include "bowyer/channel.h"
#include "channels/channel_ends.h"
#include "channels/channel_link.h"
#include "channels/listener.h"

namespace bowyer {
namespace {

using arrow::Result;

// Asks the hub of a link; nothing when it does not answer.
std::optional<std::string> AskState(ChannelLink& link) {
  link.heard().state.clear();
  Message ask;
  ask.kind = MessageKind::kAsk;
  if (!link.Send(ask).ok()) return std::nullopt;
  const auto answered = [&] { return !link.heard().state.empty(); };
  if (!link.Await(answered, [] { return false; }).ok()) return std::nullopt;
  return link.heard().state;
}

// Was the name left by a process that is dead? Then it is removed.
Result<bool> RemoveIfStale(Context& context, const ChannelAddress& address) {
  const Deadline deadline{Milliseconds(1000)};
  ARROW_ASSIGN_OR_RAISE(const auto lock, FolderLock::Take(context, address.path, deadline));
  return RemoveStaleSocket(address.endpoint, address.path);
}

// Of numbers that a hub tells.
double Between(int64_t first, int64_t last) {
  return static_cast<double>(last) - static_cast<double>(first);
}

}  // namespace

ChannelFacts FactsOf(const std::string& name, const ChannelTerms& terms, const std::string& told) {
  ChannelFacts facts{.name = name,
                     .broadcast = terms.broadcast != 0,
                     .redeliver = terms.redeliver != 0,
                     .producers_wanted = terms.producers,
                     .consumers_wanted = terms.consumers,
                     .bytes_limit = terms.bytes,
                     .batches_limit = terms.batches};
  HubState state;
  if (told.size() < sizeof(state)) {
    facts.state = ChannelFacts::State::kSilent;
    return facts;
  }
  std::memcpy(&state, told.data(), sizeof(state));
  facts.pid = state.pid;
  facts.producers_ended = state.ended_producers;
  facts.batches_queued = state.queued;
  facts.bytes_used = state.bytes_lent;
  facts.bytes_kept = state.bytes_kept;
  facts.batches = state.batches;
  facts.rows = state.rows;
  facts.bytes = state.bytes;
  facts.seconds = static_cast<double>(state.milliseconds) / 1000;
  for (size_t at = sizeof(state); at + sizeof(PeerState) <= told.size(); at += sizeof(PeerState)) {
    PeerState peer;
    std::memcpy(&peer, told.data() + at, sizeof(peer));
    facts.peers.push_back({.pid = peer.pid,
                           .is_producer = peer.role == PeerRole::kProducer,
                           .ended = peer.ended != 0 || peer.left != 0,
                           .waiting = peer.waits != 0,
                           .batches = peer.batches,
                           .rows = peer.rows,
                           .leases_held = peer.held,
                           .bytes_held = peer.held_bytes});
  }
  return facts;
}

Result<std::vector<ChannelFacts>> Channel::List(std::shared_ptr<Context> context, double seconds) {
  ARROW_ASSIGN_OR_RAISE(const std::string folder, ChannelFolder());
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_socket(error)) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  std::vector<ChannelFacts> all;
  std::vector<std::shared_ptr<ChannelLink>> links;
  for (const std::string& name : names) {
    auto address = ChannelAddress::Of({.scheme = "shm", .path = name});
    if (!address.ok()) continue;  // no name of a channel's
    address->connect_only = true;
    address->timeout = Milliseconds(1000);
    ARROW_ASSIGN_OR_RAISE(const bool stale, RemoveIfStale(*context, *address));
    std::shared_ptr<ChannelLink> link;
    ChannelFacts facts{.name = name, .state = ChannelFacts::State::kStale};
    if (!stale) {
      std::unique_ptr<Hub> hub;
      auto opened = ChannelLink::Open(context, *address, PeerRole::kObserver, "", &hub);
      ARROW_RETURN_NOT_OK(context->CheckStop());
      facts.state = ChannelFacts::State::kSilent;
      if (opened.ok()) {
        link = *opened;
        facts = FactsOf(name, *link->heard().terms, AskState(*link).value_or(""));
      } else if (!std::filesystem::exists(address->path, error)) {
        continue;  // it ended meanwhile
      }
    }
    links.push_back(std::move(link));
    all.push_back(std::move(facts));
  }
  const bool any =
      std::any_of(links.begin(), links.end(), [](auto& link) { return link != nullptr; });
  if (seconds > 0 && any) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  }
  for (size_t i = 0; i < all.size(); ++i) {
    if (links[i] == nullptr || all[i].state != ChannelFacts::State::kOpen) continue;
    const auto told = AskState(*links[i]);
    if (!told.has_value()) continue;
    auto now = FactsOf(all[i].name, *links[i]->heard().terms, *told);
    const double passed = now.seconds - all[i].seconds;
    if (passed > 0) {
      now.batches_per_second = Between(all[i].batches, now.batches) / passed;
      now.rows_per_second = Between(all[i].rows, now.rows) / passed;
      now.bytes_per_second = Between(all[i].bytes, now.bytes) / passed;
    }
    all[i] = std::move(now);
  }
  return all;
}

}  // namespace bowyer
