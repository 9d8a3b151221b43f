// bowyer channels: which channels of this user are open, and who does what at them.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bowyer/channel.h"
#include "bowyer/error.h"
#include "cli/command.h"
#include "cli/run.h"
#include "cli/text_table.h"
#include "core/text.h"

namespace bowyer::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string_view StateText(ChannelFacts::State state) {
  switch (state) {
    case ChannelFacts::State::kOpen:
      return "open";
    case ChannelFacts::State::kSilent:
      return "does not answer";
    case ChannelFacts::State::kStale:
      return "stale";
  }
  return "";
}

int64_t Count(const ChannelFacts& channel, bool producers) {
  return std::count_if(channel.peers.begin(), channel.peers.end(), [&](const ChannelPeer& peer) {
    return peer.is_producer == producers && !peer.ended;
  });
}

std::string RateText(const ChannelFacts& channel) {
  return HumanBytes(static_cast<int64_t>(channel.bytes_per_second)) + "/s";
}

std::string Page(const std::vector<ChannelFacts>& channels, const Terminal& terminal) {
  TextTable page;
  page.lines.push_back({"channel", "opened by", "mode", "producers", "consumers", "queued",
                        "memory", "rows", "rate", "state"});
  page.right = {false, true, false, true, true, true, true, true, true, false};
  for (const ChannelFacts& channel : channels) {
    const std::string name = "shm:" + channel.name;
    if (channel.state == ChannelFacts::State::kStale) {
      page.lines.push_back({name, "", "", "", "", "", "", "", "",
                            "stale: its process was killed; the name is removed"});
      continue;
    }
    if (channel.state == ChannelFacts::State::kSilent) {
      page.lines.push_back(
          {name, "", "", "", "", "", "", "", "", "does not answer: is its process stopped?"});
      continue;
    }
    const int64_t waiting = std::count_if(channel.peers.begin(), channel.peers.end(),
                                          [](const ChannelPeer& peer) { return peer.waiting; });
    page.lines.push_back(
        {name, std::to_string(channel.pid), channel.broadcast ? "broadcast" : "share",
         WithThousands(Count(channel, true)), WithThousands(Count(channel, false)),
         WithThousands(channel.batches_queued),
         HumanBytes(channel.bytes_used) + " of " + HumanBytes(channel.bytes_limit),
         WithThousands(channel.rows), RateText(channel),
         waiting > 0 ? "full: " + Plural(waiting, "producer") + " waiting" : "open"});
  }
  std::string text = page.Text(terminal.width(), "");
  TextTable peers;
  peers.lines.push_back({"channel", "process", "role", "batches", "rows", "leases", "held", ""});
  peers.right = {false, true, false, true, true, true, true, false};
  for (const ChannelFacts& channel : channels) {
    for (const ChannelPeer& peer : channel.peers) {
      peers.lines.push_back({"shm:" + channel.name, std::to_string(peer.pid),
                             peer.is_producer ? "producer" : "consumer",
                             WithThousands(peer.batches), WithThousands(peer.rows),
                             WithThousands(peer.leases_held), HumanBytes(peer.bytes_held),
                             peer.ended     ? "ended"
                             : peer.waiting ? "waits for memory"
                                            : ""});
    }
  }
  if (peers.lines.size() > 1) text += "\n" + peers.Text(terminal.width(), "");
  return text;
}

Json Document(const std::vector<ChannelFacts>& channels) {
  Json document;
  document["channels"] = Json::array();
  for (const ChannelFacts& channel : channels) {
    Json json;
    json["name"] = channel.name;
    json["state"] = StateText(channel.state);
    if (channel.state == ChannelFacts::State::kOpen) {
      json["pid"] = channel.pid;
      json["mode"] = channel.broadcast ? "broadcast" : "share";
      json["on_consumer_death"] = channel.redeliver ? "redeliver" : "fail";
      json["producers_wanted"] = channel.producers_wanted;
      json["consumers_wanted"] = channel.consumers_wanted;
      json["producers_ended"] = channel.producers_ended;
      json["batches_queued"] = channel.batches_queued;
      json["bytes_used"] = channel.bytes_used;
      json["bytes_kept"] = channel.bytes_kept;
      json["bytes_limit"] = channel.bytes_limit;
      json["batches_limit"] = channel.batches_limit;
      json["batches"] = channel.batches;
      json["rows"] = channel.rows;
      json["bytes"] = channel.bytes;
      json["seconds"] = channel.seconds;
      json["batches_per_second"] = channel.batches_per_second;
      json["rows_per_second"] = channel.rows_per_second;
      json["bytes_per_second"] = channel.bytes_per_second;
      json["peers"] = Json::array();
      for (const ChannelPeer& peer : channel.peers) {
        json["peers"].push_back({{"pid", peer.pid},
                                 {"role", peer.is_producer ? "producer" : "consumer"},
                                 {"ended", peer.ended},
                                 {"waiting", peer.waiting},
                                 {"batches", peer.batches},
                                 {"rows", peer.rows},
                                 {"leases_held", peer.leases_held},
                                 {"bytes_held", peer.bytes_held}});
      }
    }
    document["channels"].push_back(std::move(json));
  }
  return document;
}

}  // namespace

arrow::Status RunChannels(const Arguments& arguments, Terminal& terminal) {
  if (!arguments.words.empty()) {
    return MakeError(ErrorCode::kUsage, "channels takes no words",
                     {.hint = "it lists all channels of this user"});
  }
  ARROW_ASSIGN_OR_RAISE(auto running, StartRunning(arguments, terminal));
  ARROW_ASSIGN_OR_RAISE(const auto channels, Channel::List(running.context));
  if (terminal.json()) return terminal.PrintJson(Document(channels));
  if (channels.empty()) return terminal.Print("no channel is open\n");
  return terminal.Print(Page(channels, terminal));
}

}  // namespace bowyer::cli
