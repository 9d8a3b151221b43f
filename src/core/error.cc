// Errors with a place and a hint; and the kind of errors that others made.
#include "bowyer/error.h"

#include <cerrno>
#include <cstring>

#include <arrow/util/io_util.h>
#include <fmt/format.h>

#include "core/text.h"

namespace bowyer {
namespace {

constexpr char kTypeId[] = "bowyer::ErrorDetail";

arrow::StatusCode ArrowCode(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInternal:
      return arrow::StatusCode::UnknownError;
    case ErrorCode::kResources:
      return arrow::StatusCode::OutOfMemory;
    case ErrorCode::kUnavailable:
    case ErrorCode::kPeer:
      return arrow::StatusCode::IOError;
    case ErrorCode::kInterrupted:
    case ErrorCode::kTerminated:
      return arrow::StatusCode::Cancelled;
    case ErrorCode::kUsage:
    case ErrorCode::kData:
    case ErrorCode::kVerification:
      return arrow::StatusCode::Invalid;
  }
  return arrow::StatusCode::UnknownError;
}

ErrorCode CodeOfErrno(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EIO:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ETIMEDOUT:
      return ErrorCode::kResources;
    case EPIPE:
    case ECONNRESET:
      return ErrorCode::kPeer;
    default:
      return ErrorCode::kUnavailable;
  }
}

}  // namespace

const char* ErrorDetail::type_id() const { return kTypeId; }

std::string ErrorDetail::ToString() const {
  return fmt::format("exit code {}", static_cast<int>(code_));
}

arrow::Status MakeError(ErrorCode code, std::string message, ErrorPlace place) {
  return arrow::Status(ArrowCode(code), std::move(message),
                       std::make_shared<ErrorDetail>(code, std::move(place)));
}

const ErrorDetail* DetailOf(const arrow::Status& status) {
  const auto& detail = status.detail();
  if (detail == nullptr || std::strcmp(detail->type_id(), kTypeId) != 0) return nullptr;
  return static_cast<const ErrorDetail*>(detail.get());
}

ErrorCode CodeOf(const arrow::Status& status) {
  if (const auto* detail = DetailOf(status)) return detail->code();
  if (const int number = arrow::internal::ErrnoFromStatus(status); number != 0) {
    return CodeOfErrno(number);
  }
  switch (status.code()) {
    case arrow::StatusCode::OutOfMemory:
      return ErrorCode::kResources;
    case arrow::StatusCode::Cancelled:
      return ErrorCode::kInterrupted;
    case arrow::StatusCode::IOError:
      return ErrorCode::kUnavailable;
    case arrow::StatusCode::Invalid:
    case arrow::StatusCode::TypeError:
    case arrow::StatusCode::KeyError:
    case arrow::StatusCode::IndexError:
    case arrow::StatusCode::CapacityError:
    case arrow::StatusCode::SerializationError:
    case arrow::StatusCode::NotImplemented:
      return ErrorCode::kData;
    default:
      return ErrorCode::kInternal;
  }
}

arrow::Status AtPlace(const arrow::Status& status, const ErrorPlace& place) {
  if (status.ok()) return status;
  ErrorPlace merged = place;
  if (const auto* detail = DetailOf(status)) {
    const ErrorPlace& known = detail->place();
    if (!known.location.empty()) merged.location = known.location;
    if (!known.column.empty()) merged.column = known.column;
    if (known.line >= 0) merged.line = known.line;
    if (known.row >= 0) merged.row = known.row;
    if (known.byte_offset >= 0) merged.byte_offset = known.byte_offset;
    if (!known.hint.empty()) merged.hint = known.hint;
  }
  return MakeError(CodeOf(status), status.message(), std::move(merged));
}

arrow::Status WithCode(const arrow::Status& status, ErrorCode code, const ErrorPlace& place) {
  if (status.ok()) return status;
  if (DetailOf(status) != nullptr || status.IsOutOfMemory() || status.IsCancelled()) {
    return AtPlace(status, place);
  }
  return MakeError(code, status.message(), place);
}

std::string Describe(const arrow::Status& status) {
  const auto* detail = DetailOf(status);
  if (detail == nullptr) return status.message();
  const ErrorPlace& place = detail->place();
  std::string text = Printable(place.location);
  const auto add = [&text](const std::string& part) {
    if (!text.empty()) text += ", ";
    text += part;
  };
  if (place.line >= 0) {
    add("line " + WithThousands(place.line));
  } else if (place.row >= 0) {
    add("row " + WithThousands(place.row));
  } else if (place.byte_offset >= 0) {
    add("byte " + WithThousands(place.byte_offset));
  }
  if (!place.column.empty()) add("column " + Printable(place.column));
  if (!text.empty()) text += ": ";
  text += status.message();
  std::string_view hint = place.hint;
  while (!hint.empty()) {
    const auto end = hint.find('\n');
    text += "\n  ";
    text += hint.substr(0, end);
    hint = end == std::string_view::npos ? std::string_view() : hint.substr(end + 1);
  }
  return text;
}

}  // namespace bowyer
