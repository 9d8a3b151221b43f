// A sample of a delimited text -> its dialect, its columns' names and types.
#pragma once

#include <arrow/result.h>

#include <string>
#include <string_view>

#include "bowyer/options.h"
#include "formats/csv/dialect.h"

namespace bowyer {

// `sample`: the first bytes of the text (UTF-8); about 1 MiB is plenty. `whole`: they are all of
// it; otherwise its last, perhaps cut, record is not looked at. `name`: the file, for messages.
// What `options` sets is taken as it is. Pure; docs/csv.md states the rules.
// Errors: kData when the text is empty or binary, or where the evidence is contradictory (the hint
// names the options that settle it); kUsage for options that contradict each other or the text.
arrow::Result<CsvLayout> DetectCsv(std::string_view sample, bool whole, const ReadOptions& options,
                                   const std::string& name);

}  // namespace bowyer
