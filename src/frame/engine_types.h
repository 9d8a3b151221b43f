// The types of the SQL engine (DuckDB 1.5) in Arrow's terms: what it makes of a type that it reads,
// what its operators give. tests/sql/types.sql has it confirmed by the engine.
#pragma once

#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>
#include <string>

#include "frame/expression.h"

namespace bowyer {

using TypePtr = std::shared_ptr<arrow::DataType>;

// HUGEINT, the engine's whole numbers of 128 bits: what sum() of whole numbers gives. It leaves the
// engine as decimal128(38,0) but computes by rules of its own. Plans write it as decimal256(39,0),
// which the engine has not.
TypePtr HugeInt();
bool IsHugeInt(const arrow::DataType& type);

// `type` as the engine holds it: dictionaries, run-ends and views are the values beneath, units and
// widths that it lacks are its next wider ones. (Who feeds it has to do this exactly, or fail.)
// Errors: kUsage for a type that has no counterpart.
arrow::Result<TypePtr> EngineType(const TypePtr& type);
// The same in the type as which the engine hands out a result.
TypePtr ExportedType(const TypePtr& type);

// CAST(x AS ...): the name of a type that EngineType gave.
arrow::Result<std::string> SqlType(const arrow::DataType& type);

bool IsWhole(const arrow::DataType& type);  // an integer or HUGEINT
bool IsNumber(const arrow::DataType& type);
bool IsText(const arrow::DataType& type);
bool IsList(const arrow::DataType& type);
bool HasOrder(const arrow::DataType& type);
// Of a list or a list of fixed size.
TypePtr ElementOf(const arrow::DataType& type);

// Where both operands go before they are compared, united or chosen from; null when there is no
// type that means the same. An integer that is written out bends to the other's type if it fits.
struct Operand {
  TypePtr type;
  std::optional<int64_t> written;
};
TypePtr CommonEngineType(const Operand& left, const Operand& right);

// + - * / % // of numbers; null for other types. Errors: kUsage where the result has no type.
arrow::Result<TypePtr> ArithmeticType(Function function, const Operand& left, const Operand& right);

}  // namespace bowyer
