#include "databases/table_name.h"

#include <utility>
#include <vector>

#include "bowyer/error.h"
#include "core/name_list.h"
#include "core/text.h"

namespace bowyer {

arrow::Result<QualifiedName> ParseQualifiedName(std::string_view text) {
  std::vector<std::string> parts;
  bool quoted = false;
  size_t start = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '"' && (quoted || i == start)) quoted = !quoted;
    if (i < text.size() && (text[i] != '.' || quoted)) continue;
    ARROW_ASSIGN_OR_RAISE(auto part, UnquoteName(text.substr(start, i - start)));
    parts.push_back(std::move(part));
    start = i + 1;
  }
  if (quoted || parts.size() > 2 || parts.back().empty() || parts.front().empty()) {
    return MakeError(
        ErrorCode::kUsage, Quoted(text) + " is no name of a table",
        {.hint = "a table is named table or schema.table; a name that holds dots stands "
                 "in double quotes"});
  }
  QualifiedName name;
  if (parts.size() == 2) name.schema = std::move(parts[0]);
  name.table = std::move(parts.back());
  return name;
}

std::string NameInLocation(const std::string& name) {
  if (name.find('.') == std::string::npos && !name.starts_with('"')) return name;
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace bowyer
