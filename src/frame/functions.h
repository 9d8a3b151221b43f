// THE table of functions: what each is called, how SQL spells it, what it takes and what it gives.
#pragma once

#include <string_view>

#include "frame/expression.h"

namespace bowyer {

enum class FunctionKind { kScalar, kAggregate, kWindow };

// The type of the result; what depends on the types of the arguments is spelled out in infer.cc.
enum class Returns {
  kBool,
  kInt8,
  kInt64,
  kFloat64,
  kText,
  kTexts,  // a list of text
  kTimestamp,
  kFirst,    // the type of the first argument
  kElement,  // of the list that is the first argument
  kCommon,   // the type that all arguments agree on
  kOther,    // a rule of its own
};

// `sql` is the name of a function; with a $ in it a pattern ($1 is the first argument); with a
// precedence an infix operator.
// `takes` has a letter for each argument: t text, n number, i integer, b bool, d date or timestamp,
// c clock (date, timestamp or time), l list, s struct, o anything that has an order, a anything,
// I and T an integer and a text that are written out (no columns). What follows [ may be left out;
// a * repeats the last letter.
struct FunctionInfo {
  Function function;
  std::string_view name;
  std::string_view sql;
  std::string_view takes;
  Returns returns;
  FunctionKind kind = FunctionKind::kScalar;
  int precedence = 0;
};

const FunctionInfo& InfoOf(Function function);

// Levels of precedence, as the parser of SQL has them; a higher one binds tighter.
inline constexpr int kOrLevel = 1, kAndLevel = 2, kNotLevel = 3, kComparisonLevel = 4,
                     kConcatenationLevel = 5, kSumLevel = 6, kProductLevel = 7, kSignLevel = 8,
                     kPrimaryLevel = 9;

}  // namespace bowyer
