// Arrow types as people write them: int64, text, decimal(12,2), timestamp[us, UTC], list<int64>.
// One place prints and parses them; what is printed parses back to an equal type.
#pragma once

#include <arrow/result.h>
#include <arrow/type_fwd.h>

#include <memory>
#include <string>
#include <string_view>

namespace bowyer {

std::string TypeText(const arrow::DataType& type);

// Takes what TypeText prints and the names that people use: int, bigint, double, float, text, utf8,
// bool, decimal(p,s), date, time, timestamp ...
// Errors: kUsage, with the closest names.
arrow::Result<std::shared_ptr<arrow::DataType>> ParseType(std::string_view text);

}  // namespace bowyer
