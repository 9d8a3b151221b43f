// Loads the module that knows Arrow Flight, once, when somebody needs it.
#pragma once

#include <arrow/result.h>

#include "flight/flight.h"

namespace bowyer {

// Errors: kUnavailable where Bowyer was built or installed without it.
arrow::Result<const FlightLibrary*> LoadFlight();

}  // namespace bowyer
