// The words of an expression.
#pragma once

#include <arrow/result.h>

#include <string>
#include <string_view>
#include <vector>

#include "frame/expression.h"

namespace bowyer {

struct Token {
  enum class Kind { kName, kQuotedName, kNumber, kText, kSymbol, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;   // quotes removed
  std::string lower;  // of a name, for keywords
  Span span;
};

// Ends with a kEnd token. Errors: kUsage for a quote that is not closed and for foreign characters.
arrow::Result<std::vector<Token>> Tokens(std::string_view text);

}  // namespace bowyer
