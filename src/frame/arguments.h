// Arguments of functions, bound already: literals among them, and types that go together.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frame/functions.h"
#include "frame/infer.h"

namespace bowyer {

using Arguments = std::vector<Typed>;

// Are they what `info.takes` asks for? Errors: kUsage, with the cast that helps.
arrow::Status CheckArguments(const FunctionInfo& info, const Arguments& arguments);
// Is it what a letter of FunctionInfo::takes stands for?
bool Is(char letter, const Typed& typed);

// Is the text that is written out a unit of time? Errors: kUsage, with the closest one.
arrow::Status CheckUnit(const Typed& unit);

// The value that is written out; null, or unset, where it is none (of that kind), or null.
const arrow::Scalar* ValueOf(const Typed& typed);
std::optional<int64_t> IntegerOf(const Typed& typed);
// Of a text that is written out.
std::string_view TextOf(const Typed& typed);

// An int64 literal as a bare number: where that makes no difference it reads better.
std::optional<Typed> Bare(const Typed& typed);
// What is spelled as a bare number: the engine lets it bend.
Operand OperandOf(const Typed& typed);

// Brings two operands to types that can be compared; `verb` says to what end. Errors: kUsage, both,
// and what to try.
arrow::Result<TypePtr> Unite(Typed& left, Typed& right, std::string_view verb, bool compares);
// The type that all of them have in common.
arrow::Result<TypePtr> UniteAll(std::vector<Typed*> values);

// For messages: "amount" (float64).
std::string Show(const Typed& typed);

}  // namespace bowyer
