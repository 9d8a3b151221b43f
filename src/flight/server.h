#pragma once

#include <arrow/result.h>

#include <memory>

#include "flight/flight.h"

namespace bowyer {

arrow::Result<std::unique_ptr<FlightListener>> ListenForFlight(const FlightListenOptions& options,
                                                               FlightHandler* handler);

}  // namespace bowyer
