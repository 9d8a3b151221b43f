// The one name that the module shows.
#include "flight/client.h"
#include "flight/flight.h"
#include "flight/server.h"

extern "C" __attribute__((visibility("default"))) const bowyer::FlightLibrary*
BowyerFlightLibrary() {
  static constexpr bowyer::FlightLibrary kLibrary = {bowyer::ConnectFlight,
                                                     bowyer::ListenForFlight};
  return &kLibrary;
}
