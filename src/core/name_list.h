// Lists of names as options take them: a,b c,"d, e" as f. Commas inside double quotes do not
// divide; a doubled quote stands for itself.
#pragma once

#include <arrow/result.h>

#include <string>
#include <string_view>
#include <vector>

namespace bowyer {

// The items between commas, blanks around them removed, quotes kept. Errors: kUsage for a quote
// that is not closed and for an empty item.
arrow::Result<std::vector<std::string>> SplitList(std::string_view text);

// `"a ""b"""` -> `a "b"`; text that does not begin with a quote is itself.
// Errors: kUsage where something follows the closing quote.
arrow::Result<std::string> UnquoteName(std::string_view text);

// SplitList with each item unquoted.
arrow::Result<std::vector<std::string>> ParseNames(std::string_view text);

// "--select: there is no column "amonut"; did you mean "amount"?" (kUsage), with the names where
// they are few.
arrow::Status NoSuchColumn(std::string_view option, std::string_view name,
                           const std::vector<std::string>& names);

}  // namespace bowyer
