// The one parser of locations.
#include "bowyer/location.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

constexpr std::array kSchemes = {"file", "duckdb", "sqlite", "postgresql", "parquet",
                                 "shm",  "unix",   "tcp",    "grpc",       "grpc+tls",
                                 "s3",   "gs",     "abfs"};

// Options of theirs may be a word alone: ?listen.
bool HoldsFlags(std::string_view scheme) {
  return scheme == "unix" || scheme == "tcp" || scheme == "shm";
}

bool HoldsOptions(std::string_view scheme) { return scheme != "file"; }

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

arrow::Result<std::string> PercentDecode(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    const int high = at + 2 < text.size() ? HexDigit(text[at + 1]) : -1;
    const int low = at + 2 < text.size() ? HexDigit(text[at + 2]) : -1;
    if (high < 0 || low < 0) {
      return MakeError(ErrorCode::kUsage, "a '%' in a location's option needs two hex digits");
    }
    out += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return out;
}

// The scheme in front of "://" or of ":" where the word is one of ours; otherwise empty.
std::string_view SchemeOf(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return {};
  const std::string_view word = text.substr(0, colon);
  const bool is_word = std::all_of(word.begin(), word.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '+';
  });
  if (!is_word) return {};
  const bool known = std::find(kSchemes.begin(), kSchemes.end(), word) != kSchemes.end();
  return known || text.substr(colon).substr(0, 3) == "://" ? word : std::string_view();
}

// Of libpq's options, those that hold no secret; a misspelt one may.
bool IsHarmless(std::string_view name) {
  constexpr std::array kHarmless = {
      "query",  "read_timeout", "host",    "hostaddr",         "port",           "user",
      "dbname", "service",      "sslmode", "application_name", "connect_timeout"};
  return std::find(kHarmless.begin(), kHarmless.end(), name) != kHarmless.end();
}

}  // namespace

arrow::Result<Location> Location::Parse(std::string_view text) {
  Location location;
  if (text.empty()) return MakeError(ErrorCode::kUsage, "a location cannot be empty");
  if (text.find('\0') != std::string_view::npos) {
    return MakeError(ErrorCode::kUsage, "a location cannot hold a NUL character");
  }
  if (text == "-") {
    location.scheme = "-";
    return location;
  }
  std::string_view scheme = SchemeOf(text);
  if (scheme == "postgres") scheme = "postgresql";
  if (scheme.empty()) {
    location.scheme = "file";
    location.path = text;
    return location;
  }
  const std::vector<std::string> names(kSchemes.begin(), kSchemes.end());
  if (std::find(names.begin(), names.end(), scheme) == names.end()) {
    return MakeError(ErrorCode::kUsage, "there is no kind of location named " + Quoted(scheme) +
                                            DidYouMean(scheme, names));
  }
  location.scheme = scheme;
  std::string_view rest = text.substr(text.find(':') + 1);
  if (rest.substr(0, 2) == "//") rest.remove_prefix(2);
  if (HoldsOptions(scheme)) {
    if (const auto hash = rest.find('#'); hash != std::string_view::npos) {
      location.table = rest.substr(hash + 1);
      rest = rest.substr(0, hash);
    }
    if (const auto question = rest.find('?'); question != std::string_view::npos) {
      std::string_view options = rest.substr(question + 1);
      rest = rest.substr(0, question);
      while (!options.empty()) {
        const std::string_view pair = options.substr(0, options.find('&'));
        options.remove_prefix(std::min(options.size(), pair.size() + 1));
        const auto equals = pair.find('=');
        if (equals == std::string_view::npos && !pair.empty() && HoldsFlags(scheme)) {
          location.options[std::string(pair)] = "";
          continue;
        }
        if (equals == std::string_view::npos || equals == 0) {
          return MakeError(ErrorCode::kUsage, "a location's option is written name=value");
        }
        ARROW_ASSIGN_OR_RAISE(auto value, PercentDecode(pair.substr(equals + 1)));
        location.options[std::string(pair.substr(0, equals))] = std::move(value);
      }
    }
  }
  // A PostgreSQL server may be all the environment's, or a service's.
  if (rest.empty() && scheme != "postgresql") {
    return MakeError(ErrorCode::kUsage, "nothing follows " + Quoted(std::string(scheme) + ":"));
  }
  location.path = rest;
  return location;
}

std::string Location::Redacted() const {
  if (is_standard_stream()) return "-";
  if (is_file()) return path;
  std::string shown = path;
  // user:password@host: the password is what stands between the first ':' and the last '@'.
  if (const auto at = shown.rfind('@'); at != std::string::npos) {
    const auto colon = shown.find(':');
    if (colon < at) shown = shown.substr(0, colon) + ":***" + shown.substr(at);
  }
  const bool slashes = scheme != "duckdb" && scheme != "sqlite" && scheme != "parquet" &&
                       scheme != "shm" && scheme != "unix";
  std::string text = scheme + (slashes ? "://" : ":") + shown;
  char separator = '?';
  for (const auto& [name, value] : options) {
    const bool secret =
        name.find("pass") != std::string::npos || name.find("secret") != std::string::npos ||
        name.find("token") != std::string::npos || name.find("key") != std::string::npos ||
        (scheme == "postgresql" && !IsHarmless(name));
    text += separator + name;
    if (!value.empty() || !HoldsFlags(scheme)) text += "=" + std::string(secret ? "***" : value);
    separator = '&';
  }
  if (!table.empty()) text += "#" + table;
  return text;
}

}  // namespace bowyer
