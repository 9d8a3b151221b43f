#include "flight/status.h"

#include <arrow/flight/types.h>
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

using arrow::flight::FlightStatusCode;
using arrow::flight::FlightStatusDetail;

constexpr std::string_view kKind = "bowyer:error ";  // and the number of an ErrorCode

FlightStatusCode FlightCodeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInternal:
      return FlightStatusCode::Internal;
    case ErrorCode::kPeer:
    case ErrorCode::kInterrupted:
    case ErrorCode::kTerminated:
      return FlightStatusCode::Unavailable;
    default:
      return FlightStatusCode::Failed;
  }
}

// The kind of an error of another Bowyer's; that it was stopped is a death to us.
std::optional<ErrorCode> ToldKind(const std::string& extra) {
  if (extra.compare(0, kKind.size(), kKind) != 0) return std::nullopt;
  int number = 0;
  const auto [end, error] =
      std::from_chars(extra.data() + kKind.size(), extra.data() + extra.size(), number);
  if (error != std::errc() || end != extra.data() + extra.size()) return std::nullopt;
  switch (number) {
    case static_cast<int>(ErrorCode::kInternal):
    case static_cast<int>(ErrorCode::kInterrupted):
    case static_cast<int>(ErrorCode::kTerminated):
      return ErrorCode::kPeer;
    case static_cast<int>(ErrorCode::kUsage):
    case static_cast<int>(ErrorCode::kUnavailable):
    case static_cast<int>(ErrorCode::kData):
    case static_cast<int>(ErrorCode::kVerification):
    case static_cast<int>(ErrorCode::kResources):
    case static_cast<int>(ErrorCode::kPeer):
      return static_cast<ErrorCode>(number);
    default:
      return std::nullopt;
  }
}

// Without what Arrow and gRPC put around it.
std::string PlainMessage(std::string_view message) {
  if (const auto prefix = message.find(" error, with message: ");
      message.starts_with("Flight returned ") && prefix < 60) {
    message.remove_prefix(prefix + std::string_view(" error, with message: ").size());
  }
  for (const std::string_view tail :
       {". gRPC client debug context:", ". Client context:", ". Detail: "}) {
    message = message.substr(0, message.find(tail));
  }
  return Printable(message, 4000);
}

}  // namespace

arrow::Status ToFlight(const arrow::Status& status) {
  if (status.ok() || FlightStatusDetail::UnwrapStatus(status) != nullptr) return status;
  const ErrorCode code = CodeOf(status);
  return arrow::flight::MakeFlightError(FlightCodeOf(code), Describe(status),
                                        fmt::format("{}{}", kKind, static_cast<int>(code)));
}

arrow::Status FromFlight(const arrow::Status& status, bool begun) {
  if (status.ok() || DetailOf(status) != nullptr) return status;
  const std::string message = PlainMessage(status.message());
  const auto detail = FlightStatusDetail::UnwrapStatus(status);
  if (detail == nullptr) {
    if (status.IsCancelled()) return MakeError(ErrorCode::kPeer, "the call was cancelled");
    if (status.IsOutOfMemory()) return MakeError(ErrorCode::kResources, message);
    if (status.IsKeyError()) return MakeError(ErrorCode::kUnavailable, message);
    if (status.IsInvalid()) return MakeError(ErrorCode::kData, message);
    return MakeError(begun ? ErrorCode::kPeer : ErrorCode::kUnavailable, message);
  }
  if (const auto kind = ToldKind(detail->extra_info())) return MakeError(*kind, message);
  switch (detail->code()) {
    case FlightStatusCode::Unauthenticated:
    case FlightStatusCode::Unauthorized:
      return MakeError(
          ErrorCode::kUnavailable, "the server refuses the call: " + message,
          {.hint = "a token is taken from BOWYER_TOKEN, or from a file: ?token-file=PATH"});
    case FlightStatusCode::TimedOut:
      return MakeError(ErrorCode::kResources, "the server did not answer in time",
                       {.hint = "wait longer: ?timeout=5m"});
    case FlightStatusCode::Unavailable:
      if (begun) {
        return MakeError(ErrorCode::kPeer,
                         "the connection was cut before the end of the table: " + message,
                         {.hint = "what came or went is not the whole table"});
      }
      return MakeError(ErrorCode::kUnavailable, "the server cannot be reached: " + message);
    case FlightStatusCode::Cancelled:
      return MakeError(ErrorCode::kPeer, "the call was cancelled");
    case FlightStatusCode::Internal:
    case FlightStatusCode::Failed:
      break;
  }
  return MakeError(begun ? ErrorCode::kPeer : ErrorCode::kUnavailable,
                   "the server says: " + message);
}

}  // namespace bowyer
