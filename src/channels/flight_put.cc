#include "channels/flight_put.h"

#include <fmt/format.h>

#include <array>

#include "bowyer/error.h"
#include "core/name_list.h"
#include "core/text.h"

namespace bowyer {
namespace {

constexpr char kIfExists[] = "bowyer-if-exists";
// Names as --upsert takes them; gRPC lets any bytes through where a header's name ends so.
constexpr char kKeys[] = "bowyer-keys-bin";

constexpr std::array<std::pair<std::string_view, IfExists>, 4> kWords = {{
    {"error", IfExists::kError},
    {"overwrite", IfExists::kOverwrite},
    {"append", IfExists::kAppend},
    {"upsert", IfExists::kUpsert},
}};

std::string InQuotes(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> HeadersOfPut(const WriteOptions& options) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const auto& [word, meaning] : kWords) {
    if (meaning == options.if_exists) headers.emplace_back(kIfExists, word);
  }
  std::string keys;
  for (const std::string& key : options.keys) keys += (keys.empty() ? "" : ",") + InQuotes(key);
  if (!keys.empty()) headers.emplace_back(kKeys, keys);
  return headers;
}

arrow::Status ReadPutHeaders(const FlightCall& call, WriteOptions* options) {
  const std::string wanted = call.header(kIfExists);
  bool known = wanted.empty();
  for (const auto& [word, meaning] : kWords) {
    if (word != wanted) continue;
    options->if_exists = meaning;
    known = true;
  }
  if (!known) {
    return MakeError(ErrorCode::kUsage,
                     fmt::format("the header {} cannot be {}", kIfExists, Quoted(wanted)),
                     {.hint = "it is error, overwrite, append or upsert"});
  }
  if (const std::string keys = call.header(kKeys); !keys.empty()) {
    ARROW_ASSIGN_OR_RAISE(options->keys, ParseNames(keys));
  }
  return arrow::Status::OK();
}

}  // namespace bowyer
