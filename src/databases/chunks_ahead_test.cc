#include "databases/chunks_ahead.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <gtest/gtest.h>

#include <atomic>

#include "bowyer/error.h"
#include "bowyer/reader.h"
#include "matchers.h"

namespace bowyer {
namespace {

const auto kSchema = arrow::schema({arrow::field("n", arrow::int64())});

std::shared_ptr<Context> NewContext() {
  return Context::Make({.threads = 3, .memory = kMinimumMemory}).ValueOrDie();
}

std::vector<Chunk> Chunks(int64_t count) {
  std::vector<Chunk> chunks;
  for (int64_t i = 0; i < count; ++i) chunks.push_back({.index = i, .first = i, .count = 1});
  return chunks;
}

// Chunk i: i + 1 batches of `rows` rows, each of which has the number of its batch in all; fails
// behind the first batch of chunk `bad`.
OpenChunk Open(int64_t rows, std::atomic<int>* opened, int64_t bad = -1) {
  return [=](const Chunk& chunk) -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
    ++*opened;
    const int64_t before = chunk.first * (chunk.first + 1) / 2;
    int64_t given = 0;
    return MakeReader(kSchema, [=]() mutable -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
      if (given > chunk.first) return nullptr;
      if (chunk.first == bad && given == 1) return MakeError(ErrorCode::kPeer, "it was cut");
      arrow::Int64Builder n;
      for (int64_t i = 0; i < rows; ++i) ARROW_RETURN_NOT_OK(n.Append(before + given));
      ++given;
      ARROW_ASSIGN_OR_RAISE(auto array, n.Finish());
      return arrow::RecordBatch::Make(kSchema, rows, {std::move(array)});
    });
  };
}

int64_t First(const arrow::RecordBatch& batch) {
  return static_cast<const arrow::Int64Array&>(*batch.column(0)).Value(0);
}

TEST(ChunksAhead, BatchesComeInOrderWhateverTheirSize) {
  for (const int64_t rows : {1, 100'000}) {  // the latter: more than is read ahead
    std::atomic<int> opened{0};
    const auto reader = ReadChunksAhead(NewContext(), kSchema, Chunks(12), Open(rows, &opened));
    std::shared_ptr<arrow::RecordBatch> batch;
    for (int64_t i = 0; i < 78; ++i) {
      ASSERT_OK(reader->ReadNext(&batch));
      ASSERT_NE(batch, nullptr);
      EXPECT_EQ(First(*batch), i);
      EXPECT_EQ(batch->num_rows(), rows);
    }
    ASSERT_OK(reader->ReadNext(&batch));
    EXPECT_EQ(batch, nullptr);
    EXPECT_EQ(opened, 12);
  }
}

TEST(ChunksAhead, AnErrorComesBehindTheChunksBeforeIt) {
  std::atomic<int> opened{0};
  const auto reader = ReadChunksAhead(NewContext(), kSchema, Chunks(12), Open(1, &opened, 5));
  std::shared_ptr<arrow::RecordBatch> batch;
  for (int64_t i = 0; i < 15; ++i) {
    ASSERT_OK(reader->ReadNext(&batch));
    EXPECT_EQ(First(*batch), i);
  }
  EXPECT_ERROR(reader->ReadNext(&batch), ErrorCode::kPeer, "it was cut");
}

TEST(ChunksAhead, WhoStopsEarlyWaitsForNoMoreThanWasBegun) {
  std::atomic<int> opened{0};
  auto reader = ReadChunksAhead(NewContext(), kSchema, Chunks(1000), Open(1, &opened));
  std::shared_ptr<arrow::RecordBatch> batch;
  ASSERT_OK(reader->ReadNext(&batch));
  reader.reset();
  EXPECT_LE(opened, 5);
}

}  // namespace
}  // namespace bowyer
