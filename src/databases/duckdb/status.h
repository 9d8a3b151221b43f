// DuckDB throws; everything else here returns arrow::Status. This is the border.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <exception>
#include <type_traits>
#include <utility>

#include "bowyer/error.h"

namespace duckdb {
class ErrorData;
}

namespace bowyer {

arrow::Status FromDuckDb(const duckdb::ErrorData& error, const ErrorPlace& place = {});
arrow::Status FromDuckDb(const std::exception& error, const ErrorPlace& place = {});

// For callbacks out of DuckDB: throws what FromDuckDb turns back into this very status.
[[noreturn]] void ThrowToDuckDb(const arrow::Status& status);
inline void ThrowIfError(const arrow::Status& status) {
  if (!status.ok()) ThrowToDuckDb(status);
}
template <typename T>
T ValueOrThrow(arrow::Result<T> result) {
  ThrowIfError(result.status());
  return std::move(result).ValueUnsafe();
}

// `call()`, which may return nothing, a Status, a Result or a value, with exceptions as statuses.
template <typename Call>
auto Guarded(Call&& call) {
  using R = std::invoke_result_t<Call>;
  if constexpr (std::is_void_v<R>) {
    try {
      call();
      return arrow::Status::OK();
    } catch (const std::exception& error) {
      return FromDuckDb(error);
    }
  } else if constexpr (std::is_same_v<R, arrow::Status>) {
    try {
      return call();
    } catch (const std::exception& error) {
      return FromDuckDb(error);
    }
  } else if constexpr (requires(R r) { r.ValueUnsafe(); }) {
    try {
      return call();
    } catch (const std::exception& error) {
      return R(FromDuckDb(error));
    }
  } else {
    try {
      return arrow::Result<R>(call());
    } catch (const std::exception& error) {
      return arrow::Result<R>(FromDuckDb(error));
    }
  }
}

}  // namespace bowyer
