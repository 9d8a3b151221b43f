#include "core/final_error.h"

#include <arrow/type.h>
#include <gtest/gtest.h>

#include "bowyer/reader.h"
#include "matchers.h"

namespace bowyer {
namespace {

TEST(FinalError, IsSaidAgainAndNothingIsReadBehindIt) {
  const auto schema = arrow::schema({arrow::field("n", arrow::int64())});
  int calls = 0;
  const auto reader = WithFinalError(
      MakeReader(schema, [&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
        if (++calls == 2) return MakeError(ErrorCode::kData, "the second one is damaged");
        return arrow::RecordBatch::MakeEmpty(schema);
      }));
  ASSERT_OK_AND_ASSIGN(const auto first, reader->Next());
  ASSERT_NE(first, nullptr);
  for (int i = 0; i < 3; ++i) {
    EXPECT_ERROR(reader->Next(), ErrorCode::kData, "the second one is damaged");
  }
  EXPECT_EQ(calls, 2);
  ASSERT_OK(reader->Close());
}

}  // namespace
}  // namespace bowyer
