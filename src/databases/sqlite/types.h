// What type a column of SQLite's becomes: by its declaration where that is clear, as told, or by
// what its cells hold (find_types.h). docs/types.md has the tables.
#pragma once

#include <arrow/result.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bowyer {

// Key of a field's metadata: what its column holds where its type was found by a look at all rows
// and is not the declared one: "declared INTEGER, holds 5 integers and 2 texts".
inline constexpr char kSqliteNoteKey[] = "sqlite:note";

// How cells become values; widths and units are in the type.
enum class SqliteCellKind : uint8_t {
  kBool,
  kInteger,
  kFloat,
  kDecimal,
  kDate,
  kTimestamp,
  kTimeOfDay,
  kDuration,
  kText,
  kBinary,
};

// What numbers mean in a column of dates or times.
enum class Epoch : uint8_t { kNone, kSeconds, kMilliseconds, kMicroseconds, kJulian };

struct SqliteColumnPlan {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  SqliteCellKind kind = SqliteCellKind::kText;
  Epoch epoch = Epoch::kNone;
  bool told = false;   // by the user: texts are parsed, numbers spelled, as the type wants them
  bool fixed = false;  // by the user: no other type is looked for where a value does not fit
  bool mixed = false;  // found: a column of text or bytes in which numbers are spelled
  bool utf16 = false;  // of the database
  // Of the type, for the inner loop.
  int width = 0;  // bytes of a value; 0: of any length
  int32_t precision = 0, scale = 0;
  arrow::TimeUnit::type unit = arrow::TimeUnit::MICRO;
  bool zone = false;
};

// Null where the declaration says nothing clear: ANY, NUMERIC, no type at all, words that SQLite
// does not know either. `strict`: of a STRICT table.
std::shared_ptr<arrow::DataType> DeclaredType(std::string_view declared, bool strict);
// Are values of the declared type kept as text, since SQLite would round them? (DECIMAL_TEXT)
bool KeptAsText(std::string_view declared);

// Errors: kUsage for types that SQLite's values are not read as.
arrow::Result<SqliteColumnPlan> PlanColumn(std::string name, std::shared_ptr<arrow::DataType> type);

// "seconds", "milliseconds", "microseconds", "julian". Errors: kUsage.
arrow::Result<Epoch> ParseEpoch(const std::string& column, const std::string& text);

}  // namespace bowyer
