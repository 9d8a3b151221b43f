// The type that a function gives for arguments that it takes.
#pragma once

#include <arrow/result.h>

#include "frame/arguments.h"
#include "frame/functions.h"

namespace bowyer {

// Literals among the arguments may bend on the way. Errors: kUsage where there is no such type.
arrow::Result<TypePtr> ResultType(const FunctionInfo& info, Arguments& arguments);

}  // namespace bowyer
