// Memory of a channel that batches are made in: what is published of it, what becomes of it.
#include "channels/channel_pool.h"

#include <arrow/array/array_dict.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_dict.h>
#include <arrow/buffer.h>
#include <arrow/device.h>
#include <arrow/table.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <future>
#include <thread>

#include "channel_fixture.h"
#include "table_of.h"

namespace bowyer {
namespace {

using Pool = std::shared_ptr<arrow::MemoryPool>;

class ChannelPoolTest : public ChannelTest {
 protected:
  static Batch IdsIn(const Pool& pool, int64_t first, int64_t rows) {
    arrow::Int64Builder builder(pool.get());
    for (int64_t i = 0; i < rows; ++i) EXPECT_TRUE(builder.Append(first + i).ok());
    return arrow::RecordBatch::Make(Ids(), rows, {builder.Finish().ValueOrDie()});
  }

  // Ends both sides, having read what is still to come.
  static std::vector<int64_t> End(ChannelProducer& producer, ChannelConsumer& consumer) {
    auto finished = std::async(std::launch::async, [&] { return producer.Finish(); });
    arrow::Status status;
    auto ids = Drain(consumer, &status);
    EXPECT_TRUE(status.ok()) << status.ToString();
    EXPECT_TRUE(finished.get().ok());
    return ids;
  }

  static int64_t BytesHeld() {
    int64_t bytes = 0;
    for (const auto& peer : Facts().peers) bytes += peer.bytes_held;
    return bytes;
  }
};

TEST_F(ChannelPoolTest, ABatchIsReadWhereItWasMade) {
  ASSERT_OK_AND_ASSIGN(auto producer, Produce());
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  ASSERT_OK_AND_ASSIGN(const auto pool, producer->memory_pool());
  const auto made = IdsIn(pool, 0, 100'000);
  ASSERT_OK(producer->Write(*made));
  EXPECT_EQ(producer->bytes_copied(), 0);
  EXPECT_GT(producer->bytes_written(), 800'000);
  ASSERT_OK_AND_ASSIGN(auto got, consumer->Next());
  ASSERT_TRUE(got->Equals(*made));
  // The same memory, seen twice: what nobody may do shows it.
  const auto& buffer = got->column_data(0)->buffers[1];
  EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer->data()) % 64, 0U);
  EXPECT_FALSE(buffer->is_mutable());
  reinterpret_cast<int64_t*>(made->column_data(0)->buffers[1]->mutable_data())[77'777] = -1;
  EXPECT_EQ(Id(*got, 77'777), -1);
  got.reset();
  EXPECT_TRUE(End(*producer, *consumer).empty());
}

TEST_F(ChannelPoolTest, EveryLayoutGoesWithoutACopyOfItsValues) {
  const auto json = [](const std::shared_ptr<arrow::DataType>& type, std::string part) {
    std::string text = "[" + part;
    for (int i = 1; i < 500; ++i) text += "," + part;
    return arrow::json::ArrayFromJSONString(type, text + "]").ValueOrDie();
  };
  const std::string texts = R"("a", null, "", "a text that is too long for a view", "é")";
  const arrow::ArrayVector arrays = {
      json(arrow::boolean(), "true, null, false, true, true"),
      json(arrow::int32(), "1, null, 3, 4, -5"),
      json(arrow::utf8(), texts),
      json(arrow::utf8_view(), texts),
      json(arrow::list(arrow::utf8()), R"(["x"], null, [], ["yy", null], ["z"])"),
      json(arrow::struct_({arrow::field("x", arrow::int16())}),
           R"({"x": 1}, null, {"x": null}, {"x": 4}, {"x": 5})"),
      json(arrow::dictionary(arrow::int8(), arrow::utf8()), texts)};
  arrow::FieldVector fields;
  for (const auto& array : arrays) fields.push_back(arrow::field("c", array->type()));
  const auto schema = arrow::schema(fields);
  ASSERT_OK_AND_ASSIGN(auto producer, Channel::Produce(NewContext(), At("?bytes=16M"), schema));
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  ASSERT_OK_AND_ASSIGN(const auto pool, producer->memory_pool());
  const auto ordinary = arrow::RecordBatch::Make(schema, 2500, arrays);
  ASSERT_OK_AND_ASSIGN(const auto made,
                       ordinary->CopyTo(arrow::CPUDevice::memory_manager(pool.get())));
  ASSERT_OK(producer->Write(*made));
  EXPECT_EQ(producer->bytes_copied(), 0);
  ASSERT_OK_AND_ASSIGN(auto got, consumer->Next());
  EXPECT_TRUE(got->Equals(*ordinary));
  // Of slices, offsets at most are made anew.
  for (const auto& [first, rows] : std::vector<std::pair<int64_t, int64_t>>{
           {0, 1}, {0, 2499}, {1, 2499}, {7, 8}, {511, 514}, {512, 1000}, {1033, 1}, {2499, 1}}) {
    const int64_t before = producer->bytes_copied();
    ASSERT_OK(producer->Write(*made->Slice(first, rows)));
    EXPECT_LE(producer->bytes_copied() - before, 3 * 4 * (rows + 1024)) << first << " " << rows;
    ASSERT_OK_AND_ASSIGN(got, consumer->Next());
    ASSERT_OK(got->ValidateFull());
    EXPECT_TRUE(got->Equals(*ordinary->Slice(first, rows))) << first << " " << rows;
  }
}

TEST_F(ChannelPoolTest, OfMixedMemoryOnlyTheOrdinaryIsCopied) {
  const auto schema =
      arrow::schema({arrow::field("a", arrow::int64()), arrow::field("b", arrow::int64())});
  ASSERT_OK_AND_ASSIGN(auto producer, Channel::Produce(NewContext(), At(), schema));
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  ASSERT_OK_AND_ASSIGN(const auto pool, producer->memory_pool());
  const auto batch = arrow::RecordBatch::Make(
      schema, 1000, {IdsIn(pool, 0, 1000)->column(0), IdsFrom(5000, 1000)->column(0)});
  ASSERT_OK(producer->Write(*batch));
  EXPECT_EQ(producer->bytes_copied(), 8000);
  ASSERT_OK_AND_ASSIGN(const auto got, consumer->Next());
  EXPECT_TRUE(got->Equals(*batch));
}

TEST_F(ChannelPoolTest, MoreSlabsThanABatchHasPartsAreCopied) {
  arrow::FieldVector fields;
  for (int i = 0; i < 16; ++i) fields.push_back(arrow::field("c", arrow::int64()));
  const auto schema = arrow::schema(fields);
  ASSERT_OK_AND_ASSIGN(auto producer, Channel::Produce(NewContext(), At("?bytes=32M"), schema));
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  ASSERT_OK_AND_ASSIGN(const auto pool, producer->memory_pool());
  arrow::ArrayVector columns;
  constexpr int64_t kRows = 60'000;  // two columns to an arena
  for (int i = 0; i < 16; ++i) columns.push_back(IdsIn(pool, i, kRows)->column(0));
  const auto batch = arrow::RecordBatch::Make(schema, kRows, columns);
  ASSERT_OK(producer->Write(*batch));
  EXPECT_GT(producer->bytes_copied(), 0);
  EXPECT_LT(producer->bytes_copied(), producer->bytes_written() / 2);
  ASSERT_OK_AND_ASSIGN(const auto got, consumer->Next());
  EXPECT_TRUE(got->Equals(*batch));
}

TEST_F(ChannelPoolTest, MemoryIsAlignedCountedAndUsedAgainUnlessItWasPublished) {
  ASSERT_OK_AND_ASSIGN(auto producer, Produce());
  ASSERT_OK_AND_ASSIGN(const auto pool, producer->memory_pool());
  uint8_t *first = nullptr, *second = nullptr, *third = nullptr;
  ASSERT_OK(pool->Allocate(1000, &first));
  ASSERT_OK(pool->Allocate(1, &second));
  ASSERT_OK(pool->Allocate(10, 4096, &third));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % 64, 0U);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(second) % 64, 0U);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(third) % 4096, 0U);
  EXPECT_EQ(pool->bytes_allocated(), 1011);
  pool->Free(first, 1000);
  uint8_t* again = nullptr;
  ASSERT_OK(pool->Allocate(960, &again));
  EXPECT_EQ(again, first);
  EXPECT_EQ(pool->max_memory(), 1011);
  // Grown where there is room behind it, moved where not; its bytes go with it.
  std::memset(again, 'x', 960);
  ASSERT_OK(pool->Reallocate(960, 1024, &again));
  EXPECT_EQ(again, first);
  ASSERT_OK(pool->Reallocate(1024, 100'000, &again));
  EXPECT_NE(again, first);
  EXPECT_TRUE(std::all_of(again, again + 960, [](uint8_t byte) { return byte == 'x'; }));
  ASSERT_OK(pool->Reallocate(100'000, 10, &again));
  pool->Free(again, 10);
  pool->Free(second, 1);
  pool->Free(third, 10, 4096);
  uint8_t* nothing = nullptr;
  ASSERT_OK(pool->Allocate(0, &nothing));
  ASSERT_NE(nothing, nullptr);
  ASSERT_OK(pool->Reallocate(0, 64, &nothing));
  ASSERT_OK(pool->Reallocate(64, 0, &nothing));
  pool->Free(nothing, 0);
  EXPECT_EQ(pool->bytes_allocated(), 0);

  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  auto published = IdsIn(pool, 0, 1000);
  const uint8_t* const place = published->column_data(0)->buffers[1]->data();
  ASSERT_OK(producer->Write(*published));
  published.reset();
  ASSERT_OK_AND_ASSIGN(const auto got, consumer->Next());
  const auto next = IdsIn(pool, 5000, 1000);
  EXPECT_NE(next->column_data(0)->buffers[1]->data(), place);
  EXPECT_TRUE(got->Equals(*IdsFrom(0, 1000)));
}

TEST_F(ChannelPoolTest, ABatchMayBeWrittenTwiceAndShareItsDictionary) {
  const auto schema =
      arrow::schema({arrow::field("kind", arrow::dictionary(arrow::int32(), arrow::utf8()))});
  ASSERT_OK_AND_ASSIGN(auto producer, Channel::Produce(NewContext(), At(), schema));
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  ASSERT_OK_AND_ASSIGN(const auto pool, producer->memory_pool());
  arrow::StringBuilder words(pool.get());
  for (int i = 0; i < 1000; ++i) ASSERT_OK(words.Append("kind " + std::to_string(i)));
  ASSERT_OK_AND_ASSIGN(const auto dictionary, words.Finish());
  arrow::RecordBatchVector made;
  for (int number = 0; number < 20; ++number) {
    arrow::Int32Builder indices(pool.get());
    for (int i = 0; i < 100; ++i) ASSERT_OK(indices.Append((number * 37 + i) % 1000));
    ASSERT_OK_AND_ASSIGN(const auto index, indices.Finish());
    const auto array =
        std::make_shared<arrow::DictionaryArray>(schema->field(0)->type(), index, dictionary);
    made.push_back(arrow::RecordBatch::Make(schema, 100, arrow::ArrayVector{array}));
    ASSERT_OK(producer->Write(*made.back()));
    ASSERT_OK(producer->Write(*made.back()));
  }
  EXPECT_EQ(producer->bytes_copied(), 0);
  for (size_t i = 0; i < 40; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto got, consumer->Next());
    ASSERT_TRUE(got->Equals(*made[i / 2]));
  }
}

TEST_F(ChannelPoolTest, AnAllocationThatFindsNoRoomIsOrdinaryAndCopied) {
  ASSERT_OK_AND_ASSIGN(auto opener, Produce("?bytes=1M&producers=2"));
  const auto context = NewContext();
  ASSERT_OK_AND_ASSIGN(auto producer, Channel::Produce(context, At(), Ids()));
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  ASSERT_OK_AND_ASSIGN(const auto pool, producer->memory_pool());
  const int64_t before = context->memory_pool()->bytes_allocated();
  arrow::RecordBatchVector made;
  for (int i = 0; i < 10; ++i) made.push_back(IdsIn(pool, i * 5000, 5000));
  EXPECT_GT(context->memory_pool()->bytes_allocated(), before);
  EXPECT_LE(BytesHeld(), 256 << 10);
  std::vector<int64_t> ids;
  auto read = std::async(std::launch::async, [&] {
    arrow::Status status;
    ids = Drain(*consumer, &status);
    EXPECT_TRUE(status.ok()) << status.ToString();
  });
  for (const auto& batch : made) ASSERT_OK(producer->Write(*batch));
  EXPECT_GT(producer->bytes_copied(), 0);
  EXPECT_LT(producer->bytes_copied(), producer->bytes_written());
  auto finished = std::async(std::launch::async, [&] { return producer->Finish(); });
  ASSERT_OK(opener->Finish());
  ASSERT_OK(finished.get());
  read.get();
  ASSERT_EQ(ids.size(), 50'000U);
  for (size_t i = 0; i < ids.size(); ++i) ASSERT_EQ(ids[i], static_cast<int64_t>(i));
  made.clear();
  EXPECT_EQ(context->memory_pool()->bytes_allocated(), before);
  EXPECT_EQ(pool->bytes_allocated(), 0);
}

TEST_F(ChannelPoolTest, ManyBatchesPassThroughASmallChannel) {
  ASSERT_OK_AND_ASSIGN(auto producer, Produce("?bytes=4M&batches=8"));
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  auto writing = std::async(std::launch::async, [&] {
    ASSERT_OK_AND_ASSIGN(const auto pool, producer->memory_pool());
    for (int i = 0; i < 300; ++i) ASSERT_OK(producer->Write(*IdsIn(pool, i * 10'000, 10'000)));
    ASSERT_OK(producer->Finish());
  });
  Batch kept;  // one at a time, and what the next one's slab shares with it
  for (int64_t next = 0; next < 3'000'000;) {
    ASSERT_OK_AND_ASSIGN(const auto batch, consumer->Next());
    ASSERT_NE(batch, nullptr);
    for (int64_t i = 0; i < batch->num_rows(); ++i) ASSERT_EQ(Id(*batch, i), next + i);
    next += batch->num_rows();
    kept = batch;
  }
  kept.reset();
  ASSERT_OK_AND_ASSIGN(const auto end, consumer->Next());
  EXPECT_EQ(end, nullptr);
  writing.get();
  EXPECT_LT(producer->bytes_copied(), producer->bytes_written() / 2);
}

TEST_F(ChannelPoolTest, AConsumerMayKeepAllOfIt) {
  ASSERT_OK_AND_ASSIGN(auto producer, Produce("?bytes=2M"));
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  auto writing = std::async(std::launch::async, [&] {
    ASSERT_OK_AND_ASSIGN(const auto pool, producer->memory_pool());
    arrow::RecordBatchVector kept;  // here, too
    for (int i = 0; i < 500; ++i) {
      kept.push_back(IdsIn(pool, i * 2000, 2000));
      ASSERT_OK(producer->Write(*kept.back()));
    }
    ASSERT_OK(producer->Finish());
  });
  ASSERT_OK_AND_ASSIGN(const auto table, consumer->ToTable());
  writing.get();
  ASSERT_OK_AND_ASSIGN(const auto all, table->CombineChunksToBatch());
  EXPECT_TRUE(all->Equals(*IdsFrom(0, 1'000'000)));
}

TEST_F(ChannelPoolTest, MemoryOutlivesItsProducerAndIsNobodyElsesMeanwhile) {
  ASSERT_OK_AND_ASSIGN(auto opener, Produce("?bytes=2M&producers=2"));
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  Batch kept;
  {
    ASSERT_OK_AND_ASSIGN(auto producer, Produce());
    ASSERT_OK_AND_ASSIGN(const auto pool, producer->memory_pool());
    kept = IdsIn(pool, 0, 20'000);
    ASSERT_OK(producer->Write(*kept));
    EXPECT_EQ(producer->bytes_copied(), 0);
    auto finished = std::async(std::launch::async, [&] { return producer->Finish(); });
    ASSERT_OK_AND_ASSIGN(auto batch, consumer->Next());
    EXPECT_TRUE(batch->Equals(*kept));
    batch.reset();
    // More than the channel has passes through it.
    for (int i = 0; i < 50; ++i) {
      ASSERT_OK(opener->Write(*IdsFrom(-1'000'000, 20'000)));
      ASSERT_OK(consumer->Next());
    }
    ASSERT_OK(finished.get());
  }
  EXPECT_GE(BytesHeld(), 160'000);
  for (int i = 0; i < 50; ++i) {
    ASSERT_OK(opener->Write(*IdsFrom(-1'000'000, 20'000)));
    ASSERT_OK(consumer->Next());
  }
  EXPECT_TRUE(kept->Equals(*IdsFrom(0, 20'000)));
  kept.reset();
  WaitUntil([] { return Facts().peers.size() == 2; });
  (void)End(*opener, *consumer);
}

TEST_F(ChannelPoolTest, APoolOfAProducerThatHasGoneIsOrdinaryMemory) {
  Pool pool;
  {
    ASSERT_OK_AND_ASSIGN(auto producer, Produce());
    ASSERT_OK_AND_ASSIGN(pool, producer->memory_pool());
  }
  const auto batch = IdsIn(pool, 0, 1000);
  pool.reset();
  EXPECT_TRUE(batch->Equals(*IdsFrom(0, 1000)));
}

TEST_F(ChannelPoolTest, TheMemoryOfTheDeadComesBack) {
  ASSERT_OK_AND_ASSIGN(auto opener, Produce("?producers=2"));
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto producer = Produce();
    if (!producer.ok()) ::_exit(1);
    const auto pool = (*producer)->memory_pool().ValueOrDie();
    const auto published = IdsIn(pool, 0, 100), other = IdsIn(pool, 0, 500'000);
    if (!(*producer)->Write(*published).ok() || !(*producer)->Finish().ok()) ::_exit(2);
    char byte;
    (void)!::read(go[0], &byte, 1);
    ::_exit(0);
  }
  ASSERT_OK_AND_ASSIGN(auto batch, consumer->Next());
  auto next = std::async(std::launch::async, [&] { return consumer->Next(); });
  WaitUntil([] {
    for (const auto& peer : Facts().peers) {
      if (peer.is_producer && peer.ended) return peer.bytes_held > 4'000'000;
    }
    return false;
  });
  ASSERT_EQ(::write(go[1], "x", 1), 1);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  WaitUntil([] { return Facts().bytes_used < 4'000'000; });
  // What it had published stays with who holds it.
  EXPECT_TRUE(batch->Equals(*IdsFrom(0, 100)));
  batch.reset();
  ASSERT_OK(opener->Finish());
  ASSERT_OK(next.get().status());
  ::close(go[0]);
  ::close(go[1]);
}

TEST_F(ChannelPoolTest, ThreadsAllocateGrowAndFreeAtOnce) {
  ASSERT_OK_AND_ASSIGN(auto producer, Produce("?bytes=8M"));
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  ASSERT_OK_AND_ASSIGN(const auto pool, producer->memory_pool());
  std::atomic<bool> stop{false};
  std::vector<std::future<void>> threads;
  for (int number = 0; number < 2; ++number) {
    threads.push_back(std::async(std::launch::async, [&, number] {
      std::vector<Batch> kept(8);
      for (int64_t i = 0; !stop; ++i) {
        const int64_t first = number * 1'000'000 + i;
        auto& place = kept[static_cast<size_t>(i % 8)];
        if (place != nullptr) {
          ASSERT_TRUE(place->Equals(*IdsFrom(Id(*place, 0), place->num_rows())));
        }
        place = IdsIn(pool, first, 1 + i * 97 % 3000);
      }
    }));
  }
  auto read = std::async(std::launch::async, [&] {
    int64_t next = 0;
    while (true) {
      ASSERT_OK_AND_ASSIGN(const auto batch, consumer->Next());
      if (batch == nullptr) break;
      for (int64_t i = 0; i < batch->num_rows(); ++i) ASSERT_EQ(Id(*batch, i), next + i);
      next += batch->num_rows();
    }
    EXPECT_EQ(next, 400'000);
  });
  for (int i = 0; i < 200; ++i) ASSERT_OK(producer->Write(*IdsIn(pool, i * 2000, 2000)));
  stop = true;
  threads.clear();
  ASSERT_OK(producer->Finish());
  read.get();
  EXPECT_EQ(pool->bytes_allocated(), 0);
}

}  // namespace
}  // namespace bowyer
