#include "bowyer/context.h"

#include <gtest/gtest.h>

#include "core/ordered_tasks.h"
#include "matchers.h"

namespace bowyer {
namespace {

TEST(Context, BudgetIsKeptAndTheRefusalSaysWhatWouldDo) {
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make({.memory = 16 << 20}));
  uint8_t* small = nullptr;
  ASSERT_OK(context->memory_pool()->Allocate(8 << 20, &small));
  uint8_t* large = nullptr;
  EXPECT_ERROR(context->memory_pool()->Allocate(20 << 20, &large), ErrorCode::kResources,
               "try --memory 36M");
  EXPECT_EQ(context->memory_pool()->bytes_allocated(), 8 << 20);
  context->memory_pool()->Free(small, 8 << 20);
  EXPECT_EQ(context->memory_pool()->bytes_allocated(), 0);
  EXPECT_EQ(context->memory_pool()->max_memory(), 8 << 20);
  EXPECT_EQ(context->arrow_memory().now(), 0);
  EXPECT_EQ(context->arrow_memory().peak(), 8 << 20);
}

TEST(Context, TooSmallABudgetNamesTheSmallest) {
  EXPECT_ERROR(Context::Make({.memory = 1 << 20}), ErrorCode::kResources, "is 16M");
  EXPECT_ERROR(Context::Make({.threads = -1}), ErrorCode::kUsage, "negative");
}

TEST(Context, StopSaysWhichSignal) {
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make());
  ASSERT_OK(context->CheckStop());
  context->RequestStop(15);
  EXPECT_ERROR(context->CheckStop(), ErrorCode::kTerminated, "terminated");
}

TEST(OrderedTasks, ResultsComeInTheOrderOfSubmission) {
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make({.threads = 4}));
  OrderedTasks<int> tasks(context, 8);
  int next = 0;
  for (int i = 0; i < 1000; ++i) {
    if (tasks.full()) {
      ASSERT_OK_AND_ASSIGN(int value, tasks.Next());
      ASSERT_EQ(value, next++);
    }
    ASSERT_OK(tasks.Submit([i]() -> arrow::Result<int> { return i; }));
  }
  while (!tasks.empty()) {
    ASSERT_OK_AND_ASSIGN(int value, tasks.Next());
    ASSERT_EQ(value, next++);
  }
  EXPECT_EQ(next, 1000);
}

}  // namespace
}  // namespace bowyer
