// Errors of ours <-> those that Flight carries.
#pragma once

#include <arrow/status.h>

namespace bowyer {

// For a client: a Flight error that also tells the kind of ours.
arrow::Status ToFlight(const arrow::Status& status);

// What a server, or the way to it, said. `begun`: rows have come or gone already, so that what is
// unavailable was cut.
arrow::Status FromFlight(const arrow::Status& status, bool begun);

}  // namespace bowyer
