// Plans and expressions as SQL of DuckDB's dialect: pure functions, the same text each time.
#pragma once

#include <arrow/result.h>

#include <functional>
#include <string>
#include <string_view>

#include "frame/expression.h"
#include "frame/plan.h"

namespace bowyer {

// The name of a scan's table, not quoted. A scan that is used twice is named twice.
using NameScan = std::function<std::string(const ScanNode&)>;

// `SELECT ...` without a semicolon, one clause a line; tables by the scans' own names unless
// `name_scan` gives others.
// Errors: kUsage for a literal that SQL cannot spell.
arrow::Result<std::string> ToSql(const Plan& plan, const NameScan& name_scan = {});

// How a column is spelled: `"amount"`, `t2."amount"`.
using SpellColumn = std::function<std::string(const ColumnName&)>;
arrow::Result<std::string> ExpressionSql(const Expression& expression, const SpellColumn& spell);
arrow::Result<std::string> OrderingSql(const std::vector<Ordering>& order,
                                       const SpellColumn& spell);

// For messages: as SQL, columns by their names alone, at most 60 bytes.
std::string ExpressionText(const Expression& expression);

// A value in its exact type: 5, CAST(5 AS BIGINT), 'it''s', DATE '2026-11-01'.
arrow::Result<std::string> LiteralSql(const arrow::Scalar& value);

// `"a ""b"""`
std::string QuotedName(std::string_view name);
// `'it''s'`
std::string QuotedText(std::string_view text);

}  // namespace bowyer
