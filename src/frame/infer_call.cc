// Functions of bound arguments.
#include <fmt/format.h>

#include "bowyer/type_text.h"
#include "frame/arguments.h"
#include "frame/infer.h"
#include "frame/result_type.h"
#include "frame/sql.h"

namespace bowyer {
namespace {

using arrow::Type;

// What the table of functions cannot say.
arrow::Status Prepare(Function function, Arguments& arguments) {
  switch (function) {
    case Function::kEqual:
    case Function::kNotEqual:
    case Function::kLess:
    case Function::kLessOrEqual:
    case Function::kGreater:
    case Function::kGreaterOrEqual:
    case Function::kIsDistinct:
    case Function::kNullIf:
      return Unite(arguments[0], arguments[1], "compared", true).status();
    case Function::kIn:
      for (size_t i = 1; i < arguments.size(); ++i) {
        ARROW_RETURN_NOT_OK(Unite(arguments[0], arguments[i], "compared", true).status());
      }
      return arrow::Status::OK();
    case Function::kListContains: {
      Typed element{arguments[1].tree, ElementOf(*arguments[0].type)};
      // Not a literal, whatever the other is.
      element.tree = arguments[0].tree;
      return Unite(element, arguments[1], "compared", true).status();
    }
    case Function::kListJoin:
      return IsText(*ElementOf(*arguments[0].type))
                 ? arrow::Status::OK()
                 : Wrong("list_join takes a list of text, not " + Show(arguments[0]));
    case Function::kCase:
      for (size_t i = 0; i + 1 < arguments.size(); i += 2) {
        if (!Is('b', arguments[i])) {
          return Wrong(fmt::format("a condition is true or false, but {} is {}",
                                   ExpressionText(*arguments[i].tree),
                                   TypeText(*ExportedType(arguments[i].type))),
                       "compare it with something");
        }
      }
      return arrow::Status::OK();
    case Function::kDateDiff: {
      ARROW_RETURN_NOT_OK(CheckUnit(arguments[0]));
      return Unite(arguments[1], arguments[2], "compared", true).status();
    }
    case Function::kQuantile: {
      const auto* value = ValueOf(arguments[1]);
      const bool fraction = value != nullptr && value->type->id() == Type::DOUBLE &&
                            static_cast<const arrow::DoubleScalar&>(*value).value >= 0 &&
                            static_cast<const arrow::DoubleScalar&>(*value).value <= 1;
      return fraction ? arrow::Status::OK() : Wrong("a quantile is a number between 0.0 and 1.0");
    }
    default:
      return arrow::Status::OK();
  }
}

}  // namespace

arrow::Result<Typed> InferCall(Function function, Arguments arguments) {
  const FunctionInfo& info = InfoOf(function);
  if (function == Function::kStruct) {  // names and values take turns
    for (size_t i = 0; i < arguments.size(); i += 2) {
      ARROW_RETURN_NOT_OK(Is('T', arguments[i]) ? arrow::Status::OK() : Wrong("no field name"));
    }
  } else {
    ARROW_RETURN_NOT_OK(CheckArguments(info, arguments));
  }
  ARROW_RETURN_NOT_OK(Prepare(function, arguments));
  Typed typed;
  ARROW_ASSIGN_OR_RAISE(typed.type, ResultType(info, arguments));
  Call call{function, {}};
  for (auto& argument : arguments) {
    typed.aggregates |= argument.aggregates;
    typed.windows |= argument.windows;
    call.arguments.push_back(std::move(argument.tree));
  }
  typed.tree = MakeExpression(std::move(call));
  return typed;
}

}  // namespace bowyer
