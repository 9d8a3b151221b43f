#include "serve/ticket.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostBytes = 1 << 20;

std::optional<std::string> TextAt(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<int64_t> CountAt(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_number_unsigned()) return std::nullopt;
  const auto number = found->get<uint64_t>();
  if (number > uint64_t{1} << 62) return std::nullopt;
  return static_cast<int64_t>(number);
}

arrow::Status NoTicket(std::string_view text) {
  return MakeError(ErrorCode::kUsage, Quoted(text) + " is no ticket",
                   {.hint = "a ticket is a table's name, a query, or what the server gave"});
}

}  // namespace

std::string Ticket::Text() const {
  Json json;
  if (table.empty()) {
    json["sql"] = sql;
  } else if (is_part) {
    json = {{"table", table},
            {"first", chunk.first},
            {"count", chunk.count},
            {"fingerprint", fingerprint}};
  } else {
    return table;
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

arrow::Result<Ticket> ParseTicket(std::string_view text) {
  if (text.empty() || text.size() > kMostBytes || ValidUtf8Prefix(text) != text.size()) {
    return NoTicket(text);
  }
  Ticket ticket;
  if (text[0] != '{') {
    (text.find_first_of(" \t\r\n") == std::string_view::npos ? ticket.table : ticket.sql) = text;
    return ticket;
  }
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return NoTicket(text);
  const auto sql = TextAt(json, "sql"), table = TextAt(json, "table"),
             fingerprint = TextAt(json, "fingerprint");
  const auto first = CountAt(json, "first"), count = CountAt(json, "count");
  if (sql.has_value() && !sql->empty() && json.size() == 1) {
    ticket.sql = *sql;
    return ticket;
  }
  if (!table || table->empty() || !first || !count || !fingerprint || json.size() != 4) {
    return NoTicket(text);
  }
  ticket.table = *table;
  ticket.is_part = true;
  ticket.chunk = {.first = *first, .count = *count};
  ticket.fingerprint = *fingerprint;
  return ticket;
}

}  // namespace bowyer
