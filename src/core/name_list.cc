#include "core/name_list.h"

#include <fmt/format.h>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

arrow::Result<std::vector<std::string>> SplitList(std::string_view text) {
  std::vector<std::string> items;
  bool quoted = false;
  size_t start = 0;
  for (size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] == '"') quoted = !quoted;
    if (at < text.size() && (text[at] != ',' || quoted)) continue;
    const std::string_view item = Trimmed(text.substr(start, at - start));
    if (quoted) {
      return MakeError(ErrorCode::kUsage, "a double quote is not closed in " + Quoted(text));
    }
    if (item.empty()) {
      return MakeError(ErrorCode::kUsage, "a name is missing in the list " + Quoted(text));
    }
    items.emplace_back(item);
    start = at + 1;
  }
  return items;
}

arrow::Result<std::string> UnquoteName(std::string_view text) {
  text = Trimmed(text);
  if (text.empty() || text.front() != '"') return std::string(text);
  std::string name;
  for (size_t at = 1; at < text.size(); ++at) {
    if (text[at] != '"') {
      name += text[at];
    } else if (at + 1 < text.size() && text[at + 1] == '"') {
      name += text[at++];
    } else if (at + 1 == text.size()) {
      return name;
    } else {
      return MakeError(ErrorCode::kUsage, "something follows the closing quote in " + Quoted(text));
    }
  }
  return MakeError(ErrorCode::kUsage, "a double quote is not closed in " + Quoted(text));
}

arrow::Result<std::vector<std::string>> ParseNames(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(auto items, SplitList(text));
  for (auto& item : items) {
    ARROW_ASSIGN_OR_RAISE(item, UnquoteName(item));
  }
  return items;
}

arrow::Status NoSuchColumn(std::string_view option, std::string_view name,
                           const std::vector<std::string>& names) {
  std::string hint = "columns: ";
  for (size_t i = 0; i < names.size() && hint.size() < 300; ++i) {
    hint += (i > 0 ? ", " : "") + Printable(names[i], 60);
  }
  return MakeError(
      ErrorCode::kUsage,
      fmt::format("{}: there is no column {}{}", option, Quoted(name), DidYouMean(name, names)),
      {.hint = names.size() <= 20 ? std::move(hint) : ""});
}

}  // namespace bowyer
