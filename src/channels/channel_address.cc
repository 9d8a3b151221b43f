#include "channels/channel_address.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "bowyer/error.h"
#include "channels/listener.h"
#include "core/text.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

constexpr int64_t kLeastBytes = int64_t{1} << 20, kMostBytes = int64_t{1} << 44;
constexpr int64_t kMostBatches = 4096, kMostPeers = 1000;

Status CheckName(const std::string& name) {
  constexpr size_t kLongest = 48;
  const bool good = !name.empty() && name.size() <= kLongest && name.front() != '.' &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
                    });
  if (good) return Status::OK();
  return MakeError(ErrorCode::kUsage,
                   Quoted(name) + " is no name of a channel: up to 48 letters, digits, . _ and -",
                   {.hint = "for example shm:orders"});
}

Result<int64_t> CountOption(const std::string& name, const std::string& text, int64_t least,
                            int64_t most) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= least &&
      number <= most) {
    return number;
  }
  return MakeError(ErrorCode::kUsage, "the option " + name + " is a number from " +
                                          std::to_string(least) + " to " + std::to_string(most) +
                                          ", not " + Quoted(text));
}

Result<bool> ChoiceOption(const std::string& name, const std::string& text, const char* off,
                          const char* on) {
  if (text == off || text == on) return text == on;
  return MakeError(ErrorCode::kUsage, "the option " + name + " is " + off + " or " + on + ", not " +
                                          Quoted(text) + DidYouMean(text, {off, on}));
}

Status SetOption(const std::string& name, const std::string& value, ChannelAddress* to) {
  ChannelTerms& terms = to->terms;
  if (name == "bytes") {
    const auto size = ParseSize(value);
    if (!size.has_value() || *size < kLeastBytes || *size > kMostBytes) {
      return MakeError(ErrorCode::kUsage,
                       "the option bytes is a size of 1M or more, not " + Quoted(value));
    }
    terms.bytes = *size;
    terms.given |= ChannelTerms::kBytes;
  } else if (name == "batches") {
    ARROW_ASSIGN_OR_RAISE(terms.batches, CountOption(name, value, 2, kMostBatches));
    terms.given |= ChannelTerms::kBatches;
  } else if (name == "producers") {
    ARROW_ASSIGN_OR_RAISE(terms.producers, CountOption(name, value, 1, kMostPeers));
    terms.given |= ChannelTerms::kProducers;
  } else if (name == "consumers") {
    ARROW_ASSIGN_OR_RAISE(terms.consumers, CountOption(name, value, 1, kMostPeers));
    terms.given |= ChannelTerms::kConsumers;
  } else if (name == "mode") {
    ARROW_ASSIGN_OR_RAISE(terms.broadcast, ChoiceOption(name, value, "share", "broadcast"));
    terms.given |= ChannelTerms::kMode;
  } else if (name == "on-consumer-death") {
    ARROW_ASSIGN_OR_RAISE(terms.redeliver, ChoiceOption(name, value, "fail", "redeliver"));
    terms.given |= ChannelTerms::kConsumerDeath;
  } else if (name == "timeout") {
    ARROW_ASSIGN_OR_RAISE(to->timeout, DurationOption(name, value));
    if (to->timeout.count() == 0) {
      return MakeError(ErrorCode::kUsage, "a time-out of 0 would leave no time to meet");
    }
  } else if (name == "stall") {
    ARROW_ASSIGN_OR_RAISE(to->stall, DurationOption(name, value));
  } else if (name == "connect") {
    if (!value.empty()) {
      return MakeError(ErrorCode::kUsage, "the option " + Quoted(name) + " takes no value");
    }
    to->connect_only = true;
  } else {
    return MakeError(ErrorCode::kUsage,
                     "a channel has no option " + Quoted(name) +
                         DidYouMean(name, {"bytes", "batches", "producers", "consumers", "mode",
                                           "on-consumer-death", "timeout", "stall", "connect"}));
  }
  return Status::OK();
}

}  // namespace

bool ArePossible(const ChannelTerms& terms) {
  return terms.bytes >= kLeastBytes && terms.bytes <= kMostBytes && terms.batches >= 1 &&
         terms.batches <= kMostBatches && terms.producers >= 0 && terms.producers <= kMostPeers &&
         terms.consumers >= 1 && terms.consumers <= kMostPeers;
}

Result<ChannelAddress> ChannelAddress::Of(const Location& location) {
  ChannelAddress address;
  address.name = "shm:" + Printable(location.path, 60);
  const auto fill = [&]() -> Status {
    if (!location.table.empty()) {
      return MakeError(ErrorCode::kUsage, "a channel carries one table, which has no name",
                       {.hint = "leave #" + location.table + " out"});
    }
    ARROW_RETURN_NOT_OK(CheckName(location.path));
    for (const auto& [name, value] : location.options) {
      ARROW_RETURN_NOT_OK(SetOption(name, value, &address));
    }
    ARROW_ASSIGN_OR_RAISE(const std::string folder, ChannelFolder());
    address.path = folder + "/" + location.path;
    ARROW_ASSIGN_OR_RAISE(address.endpoint, EndpointOfPath(address.path));
    return Status::OK();
  };
  ARROW_RETURN_NOT_OK(AtPlace(fill(), {.location = address.name}));
  return address;
}

Result<std::string> ChannelFolder() {
  const std::string user = std::to_string(::geteuid());
  std::string folder;
  const char* told = std::getenv("XDG_RUNTIME_DIR");
  struct stat facts = {};
  if (told != nullptr && told[0] == '/') {
    folder = std::string(told) + "/bowyer";
  } else if (::stat(("/run/user/" + user).c_str(), &facts) == 0 && S_ISDIR(facts.st_mode) &&
             facts.st_uid == ::geteuid()) {
    folder = "/run/user/" + user + "/bowyer";
  } else {
    folder = "/tmp/bowyer-" + user;
  }
  const auto fault = [&folder](const std::string& what) {
    return MakeError(ErrorCode::kUnavailable,
                     "the folder of channels, " + Quoted(folder) + ", " + what,
                     {.hint = "XDG_RUNTIME_DIR names the folder that it is made in"});
  };
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return fault(std::string("cannot be made: ") + std::strerror(errno));
  }
  if (::lstat(folder.c_str(), &facts) != 0) return fault(std::strerror(errno));
  if (!S_ISDIR(facts.st_mode)) return fault("is no folder");
  if (facts.st_uid != ::geteuid()) return fault("belongs to another user");
  if ((facts.st_mode & 0077) != 0) return fault("is open to other users: chmod 700 mends it");
  return folder;
}

}  // namespace bowyer
