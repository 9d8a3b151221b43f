#include "bowyer/error.h"

#include <arrow/util/io_util.h>
#include <gtest/gtest.h>

#include "matchers.h"

namespace bowyer {
namespace {

TEST(Error, DescriptionHasPlaceMessageAndHint) {
  const auto status = MakeError(
      ErrorCode::kData, "\"12,50\" is not a float64",
      {.location = "orders.csv", .column = "amount", .line = 1204332, .hint = "try this\nor that"});
  EXPECT_EQ(Describe(status),
            "orders.csv, line 1,204,332, column amount: \"12,50\" is not a float64\n"
            "  try this\n"
            "  or that");
}

TEST(Error, KindOfForeignStatuses) {
  EXPECT_EQ(CodeOf(arrow::Status::Invalid("x")), ErrorCode::kData);
  EXPECT_EQ(CodeOf(arrow::Status::OutOfMemory("x")), ErrorCode::kResources);
  EXPECT_EQ(CodeOf(arrow::internal::IOErrorFromErrno(ENOSPC, "x")), ErrorCode::kResources);
  EXPECT_EQ(CodeOf(arrow::internal::IOErrorFromErrno(ENOENT, "x")), ErrorCode::kUnavailable);
  EXPECT_EQ(CodeOf(arrow::internal::IOErrorFromErrno(EPIPE, "x")), ErrorCode::kPeer);
}

TEST(Error, PlaceFillsOnlyWhatIsMissing) {
  const auto inner = MakeError(ErrorCode::kUsage, "no", {.column = "a"});
  const auto outer = AtPlace(inner, {.location = "f.csv", .column = "b", .row = 7});
  EXPECT_EQ(Describe(outer), "f.csv, row 7, column a: no");
  EXPECT_EQ(CodeOf(outer), ErrorCode::kUsage);
  EXPECT_TRUE(AtPlace(arrow::Status::OK(), {.location = "f"}).ok());
}

}  // namespace
}  // namespace bowyer
