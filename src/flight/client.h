#pragma once

#include <arrow/result.h>

#include <memory>

#include "flight/flight.h"

namespace bowyer {

arrow::Result<std::unique_ptr<FlightClient>> ConnectFlight(const FlightTarget& target);

}  // namespace bowyer
