// What tests say of statuses and results.
#pragma once

#include <gtest/gtest.h>

#include "bowyer/error.h"

namespace bowyer {

inline const arrow::Status& StatusOf(const arrow::Status& status) { return status; }
template <typename T>
const arrow::Status& StatusOf(const arrow::Result<T>& result) {
  return result.status();
}

}  // namespace bowyer

#define ASSERT_OK(expression)                                       \
  do {                                                              \
    const arrow::Status status_ = ::bowyer::StatusOf((expression)); \
    ASSERT_TRUE(status_.ok()) << ::bowyer::Describe(status_);       \
  } while (false)

#define BOWYER_TEST_CONCAT_(a, b) a##b
#define BOWYER_TEST_CONCAT(a, b) BOWYER_TEST_CONCAT_(a, b)
#define ASSERT_OK_AND_ASSIGN_IMPL(result, lhs, expression)         \
  auto&& result = (expression);                                    \
  ASSERT_TRUE(result.ok()) << ::bowyer::Describe(result.status()); \
  lhs = std::move(result).ValueUnsafe()
#define ASSERT_OK_AND_ASSIGN(lhs, expression) \
  ASSERT_OK_AND_ASSIGN_IMPL(BOWYER_TEST_CONCAT(result_, __COUNTER__), lhs, expression)

// The expression fails with this kind of error, and says `phrase` (in message, place or hint).
#define EXPECT_ERROR(expression, error_code, phrase)                                       \
  do {                                                                                     \
    const arrow::Status status_ = ::bowyer::StatusOf((expression));                        \
    EXPECT_FALSE(status_.ok());                                                            \
    if (!status_.ok()) {                                                                   \
      EXPECT_EQ(static_cast<int>(::bowyer::CodeOf(status_)), static_cast<int>(error_code)) \
          << ::bowyer::Describe(status_);                                                  \
      EXPECT_NE(::bowyer::Describe(status_).find(phrase), std::string::npos)               \
          << ::bowyer::Describe(status_);                                                  \
    }                                                                                      \
  } while (false)
