// Channels within one process, whose producers and consumers are connections as those of others
// are: a connection that is closed without a word is what the hub sees of a process that was
// killed.
#include "bowyer/channel.h"

#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "bowyer/copy.h"
#include "channel_fixture.h"
#include "channels/batch_table.h"
#include "channels/listener.h"
#include "table_of.h"

namespace bowyer {
namespace {

TEST_F(ChannelTest, ProducersAndConsumersShareInAnyNumber) {
  constexpr int kProducers = 3, kConsumers = 3, kBatches = 50, kRows = 1000;
  for (const bool consumers_first : {false, true}) {
    std::mutex mutex;
    std::vector<int64_t> all;
    std::vector<std::future<void>> running;
    const auto produce = [&](int number) {
      auto producer = Produce("?producers=3");
      ASSERT_OK(producer.status());
      for (int i = 0; i < kBatches; ++i) {
        ASSERT_OK((*producer)->Write(*IdsFrom((number * kBatches + i) * kRows, kRows)));
      }
      ASSERT_OK((*producer)->Finish());
    };
    const auto consume = [&] {
      auto consumer = Consume("?producers=3");
      ASSERT_OK(consumer.status());
      arrow::Status status;
      const auto ids = Drain(**consumer, &status);
      ASSERT_OK(status);
      const std::lock_guard lock(mutex);
      all.insert(all.end(), ids.begin(), ids.end());
    };
    const auto start = [&](bool consumers) {
      for (int i = 0; i < (consumers ? kConsumers : kProducers); ++i) {
        running.push_back(consumers ? std::async(std::launch::async, consume)
                                    : std::async(std::launch::async, produce, i));
      }
    };
    start(consumers_first);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    start(!consumers_first);
    running.clear();  // waits
    std::sort(all.begin(), all.end());
    ASSERT_EQ(all.size(), size_t{kProducers * kBatches * kRows});
    for (size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], static_cast<int64_t>(i));
  }
}

TEST_F(ChannelTest, ABroadcastGivesAllToEach) {
  std::vector<std::future<void>> running;
  for (int i = 0; i < 3; ++i) {
    running.push_back(std::async(std::launch::async, [i] {
      auto consumer = Consume("?mode=broadcast&consumers=3");
      ASSERT_OK(consumer.status());
      arrow::Status status;
      if (i == 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
      const auto ids = Drain(**consumer, &status);
      ASSERT_OK(status);
      ASSERT_EQ(ids.size(), 200'000U);
      for (size_t k = 0; k < ids.size(); ++k) ASSERT_EQ(ids[k], static_cast<int64_t>(k));
    }));
  }
  {
    ASSERT_OK_AND_ASSIGN(auto producer, Produce("?mode=broadcast&consumers=3"));
    for (int i = 0; i < 200; ++i) ASSERT_OK(producer->Write(*IdsFrom(i * 1000, 1000)));
    ASSERT_OK(producer->Finish());
    running.clear();
  }
}

TEST_F(ChannelTest, WhoComesLateToABroadcastIsRefused) {
  ASSERT_OK_AND_ASSIGN(auto producer, Produce("?mode=broadcast"));
  ASSERT_OK_AND_ASSIGN(auto first, Consume());
  ASSERT_OK(producer->Write(*IdsFrom(0, 10)));
  ASSERT_OK(first->Next());
  ASSERT_OK_AND_ASSIGN(auto late, Consume());
  EXPECT_ERROR(late->Next(), ErrorCode::kUnavailable, "the broadcast has begun");
}

TEST_F(ChannelTest, ReadingCopiesNothingAndBuffersOutliveTheChannel) {
  Batch kept;
  {
    ASSERT_OK_AND_ASSIGN(auto producer, Produce());
    const auto context = NewContext();
    ASSERT_OK_AND_ASSIGN(auto consumer, Channel::Consume(context, At()));
    ASSERT_OK(producer->Write(*IdsFrom(0, 100'000)));
    const int64_t before = context->memory_pool()->bytes_allocated();
    const int64_t in_all = arrow::default_memory_pool()->bytes_allocated();
    ASSERT_OK_AND_ASSIGN(kept, consumer->Next());
    EXPECT_EQ(context->memory_pool()->bytes_allocated(), before);
    EXPECT_EQ(arrow::default_memory_pool()->bytes_allocated(), in_all);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(kept->column_data(0)->buffers[1]->data()) % 64, 0U);
    EXPECT_FALSE(kept->column_data(0)->buffers[1]->is_mutable());
    EXPECT_EQ(consumer->leases_held(), 1);
    EXPECT_GE(consumer->bytes_held(), 800'000);
    auto finished = std::async(std::launch::async, [&] { return producer->Finish(); });
    ASSERT_OK_AND_ASSIGN(const auto end, consumer->Next());
    EXPECT_EQ(end, nullptr);
    ASSERT_OK(finished.get());
  }
  for (int64_t i = 0; i < kept->num_rows(); ++i) ASSERT_EQ(Id(*kept, i), i);
}

TEST_F(ChannelTest, AFullChannelHoldsProducersBack) {
  ASSERT_OK_AND_ASSIGN(auto producer, Produce("?bytes=4M&batches=8"));
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  std::atomic<int> written{0};
  auto writing = std::async(std::launch::async, [&] {
    for (int i = 0; i < 100; ++i) {
      ASSERT_OK(producer->Write(*IdsFrom(i * 50'000, 50'000)));
      ++written;
    }
    ASSERT_OK(producer->Finish());
  });
  ASSERT_OK_AND_ASSIGN(auto batch, consumer->Next());
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_LE(written, 10);
  const auto facts = Facts();
  EXPECT_LE(facts.bytes_kept, 4 << 20);
  EXPECT_LE(facts.bytes_used, facts.bytes_kept);
  EXPECT_GT(facts.batches_queued, 0);
  EXPECT_EQ(facts.peers.size(), 2U);
  EXPECT_TRUE(facts.peers[0].is_producer && facts.peers[0].waiting);
  EXPECT_EQ(facts.peers[1].leases_held, 2);
  EXPECT_EQ(facts.pid, ::getpid());
  batch.reset();
  arrow::Status status;
  (void)Drain(*consumer, &status);
  ASSERT_OK(status);
  writing.get();
}

TEST_F(ChannelTest, BatchesOfAllSizesFitIntoTheSameMemory) {
  ASSERT_OK_AND_ASSIGN(auto producer, Produce("?bytes=8M&batches=16"));
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  int64_t total = 0;
  auto writing = std::async(std::launch::async, [&] {
    for (int i = 0; i < 200; ++i) {
      const int64_t rows = int64_t{1} << (i % 22);
      total += rows;
      ASSERT_OK(producer->Write(*IdsFrom(0, rows)));
    }
    ASSERT_OK(producer->Finish());
  });
  int64_t rows = 0;
  while (true) {
    ASSERT_OK_AND_ASSIGN(auto batch, consumer->Next());
    if (batch == nullptr) break;
    rows += batch->num_rows();
    batch.reset();
    if (rows % 7 == 0 && consumer->leases_held() == 0) {
      EXPECT_LE(Facts().bytes_kept, 8 << 20);
    }
  }
  writing.get();
  EXPECT_EQ(rows, total);
}

TEST_F(ChannelTest, AConsumerThatKeepsAllGetsCopiesAndHoldsNobodyUp) {
  ASSERT_OK_AND_ASSIGN(auto producer, Produce("?bytes=2M"));
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  auto writing = std::async(std::launch::async, [&] {
    for (int i = 0; i < 100; ++i) ASSERT_OK(producer->Write(*IdsFrom(i * 10'000, 10'000)));
    ASSERT_OK(producer->Finish());
  });
  ASSERT_OK_AND_ASSIGN(const auto table, consumer->ToTable());
  EXPECT_EQ(table->num_rows(), 1'000'000);
  writing.get();
}

TEST_F(ChannelTest, ARowLargerThanTheChannelIsAnError) {
  const auto schema = arrow::schema({arrow::field("text", arrow::utf8())});
  ASSERT_OK_AND_ASSIGN(auto producer, Channel::Produce(NewContext(), At("?bytes=1M"), schema));
  const auto text = arrow::MakeArrayFromScalar(arrow::StringScalar(std::string(2 << 20, 'x')), 1);
  const auto batch = arrow::RecordBatch::Make(schema, 1, {*text});
  EXPECT_ERROR(producer->Write(*batch), ErrorCode::kResources, "does not fit into a channel");
}

TEST_F(ChannelTest, AnEmptyTableHasASchemaAndAnEnd) {
  ASSERT_OK_AND_ASSIGN(auto producer, Produce());
  auto finished = std::async(std::launch::async, [&] { return producer->Finish(); });
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  ASSERT_OK_AND_ASSIGN(const auto table, consumer->ToTable());
  EXPECT_EQ(table->num_rows(), 0);
  EXPECT_TRUE(table->schema()->Equals(*Ids()));
  ASSERT_OK(finished.get());
}

TEST_F(ChannelTest, SchemasAndOptionsHaveToAgree) {
  ASSERT_OK_AND_ASSIGN(auto producer, Produce("?bytes=2M"));
  const auto other = arrow::schema({arrow::field("id", arrow::utf8())});
  EXPECT_ERROR(Channel::Produce(NewContext(), At(), other), ErrorCode::kData,
               "column 1 is id: string, there it is id: int64");
  EXPECT_ERROR(Channel::Consume(NewContext(), At(), other), ErrorCode::kData,
               "not the one expected");
  EXPECT_ERROR(Produce("?bytes=3M"), ErrorCode::kUsage, "opened with bytes = 2097152");
  EXPECT_ERROR(Produce("?mode=broadcast"), ErrorCode::kUsage, "opened with mode = share");
  ASSERT_OK(Produce("?bytes=2M").status());
  const auto told = Ids()->WithMetadata(arrow::key_value_metadata({"a"}, {"b"}));
  auto same = Channel::Produce(NewContext(), At(), told);
  ASSERT_OK(same.status());
  EXPECT_ERROR(producer->Write(*IdsFrom(0, 1)->RenameColumns({"x"}).ValueOrDie()), ErrorCode::kData,
               "another schema");
}

TEST_F(ChannelTest, WhatIsNoChannelIsTold) {
  for (const auto& [text, phrase] : std::map<std::string, std::string>{
           {"shm:../x", "no name of a channel"},
           {"shm:.x", "no name of a channel"},
           {"shm:a b", "no name of a channel"},
           {"shm:x#t", "carries one table"},
           {"shm:x?byte=1M", "no option \"byte\"; did you mean \"bytes\""},
           {"shm:x?bytes=1", "1M or more"},
           {"shm:x?producers=0", "a number from 1"},
           {"shm:x?mode=brodcast", "did you mean \"broadcast\""},
           {"shm:x?on-consumer-death=ignore", "fail or redeliver"},
           {"shm:x?timeout=0", "no time to meet"}}) {
    EXPECT_ERROR(ChannelAddress::Of(*Location::Parse(text)), ErrorCode::kUsage, phrase);
  }
}

TEST_F(ChannelTest, AFolderThatOthersCanEnterIsRefused) {
  ASSERT_EQ(::mkdir((folder_ / "bowyer").c_str(), 0700), 0);
  ASSERT_EQ(::chmod((folder_ / "bowyer").c_str(), 0750), 0);
  EXPECT_ERROR(Produce(), ErrorCode::kUnavailable, "open to other users");
}

TEST_F(ChannelTest, OneAloneGivesUp) {
  EXPECT_ERROR(Consume("?timeout=200ms"), ErrorCode::kResources, "no producer came within 0.2 s");
  ASSERT_OK_AND_ASSIGN(auto producer, Produce("?timeout=200ms"));
  ASSERT_OK(producer->Write(*IdsFrom(0, 10)));
  EXPECT_ERROR(producer->Finish(), ErrorCode::kResources, "no consumer came within 0.2 s");
  producer.reset();
  EXPECT_ERROR(Consume("?timeout=200ms&connect"), ErrorCode::kResources,
               "nobody opened the channel within 0.2 s");
  // Two of three producers.
  ASSERT_OK_AND_ASSIGN(producer, Produce("?producers=2&timeout=900ms"));
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume("?timeout=300ms"));
  auto finished = std::async(std::launch::async, [&] { return producer->Finish(); });
  EXPECT_ERROR(consumer->Next(), ErrorCode::kResources, "1 of 2 producers have ended");
  consumer.reset();
  EXPECT_ERROR(finished.get(), ErrorCode::kResources, "no consumer came");
}

TEST_F(ChannelTest, AStopEndsTheWaiting) {
  const auto context = NewContext();
  auto waiting =
      std::async(std::launch::async, [&] { return Channel::Consume(context, At()).status(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  context->RequestStop(2);
  EXPECT_ERROR(waiting.get(), ErrorCode::kInterrupted, "");
}

TEST_F(ChannelTest, AProducerThatGivesUpFailsTheChannelBehindWhatIsWhole) {
  for (const bool opener : {true, false}) {
    std::shared_ptr<ChannelConsumer> consumer;
    std::future<arrow::Result<std::shared_ptr<ChannelConsumer>>> coming;
    if (!opener) {
      coming = std::async(std::launch::async, [] { return Consume(); });
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    {
      ASSERT_OK_AND_ASSIGN(auto producer, Produce());
      if (opener) coming = std::async(std::launch::async, [] { return Consume(); });
      auto came = coming.get();
      ASSERT_OK(came.status());
      consumer = *came;
      ASSERT_OK(producer->Write(*IdsFrom(0, 10)));
      ASSERT_OK_AND_ASSIGN(const auto batch, consumer->Next());
      ASSERT_EQ(batch->num_rows(), 10);
      ASSERT_OK(producer->Write(*IdsFrom(10, 10)));
    }
    arrow::Status status;
    (void)Drain(*consumer, &status);
    EXPECT_ERROR(status, ErrorCode::kPeer, "before its end");
  }
}

// The hub's side of a producer that is killed: holding a lease, having published, having ended.
TEST_F(ChannelTest, AProducerMayDieAtAnyTransition) {
  for (const std::string at : {"hello", "leased", "published", "ended"}) {
    ASSERT_OK_AND_ASSIGN(auto opener, Produce());
    ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
    auto dying = Link(PeerRole::kProducer);
    Message lease;
    lease.kind = MessageKind::kLease;
    lease.bytes = 1000;
    if (at != "hello") {
      ASSERT_OK(dying->Send(lease));
      ASSERT_OK(dying->Await([&] { return !dying->heard().leases.empty(); }, [] { return true; }));
      EXPECT_EQ(Facts().bytes_used,
                static_cast<int64_t>(dying->heard().leases.size()) * (64 << 10));
    }
    if (at == "published" || at == "ended") {
      const auto batch = IdsFrom(7, 3);
      const auto plan = *BatchPlan::Of(*batch);
      const SlabPart part = dying->heard().leases.front();
      plan.WriteTo(*dying->DataOf(part));
      Message publish;
      publish.kind = MessageKind::kPublish;
      publish.part_count = 1;
      publish.parts[0] = part;
      publish.table_bytes = plan.table_bytes();
      publish.bytes = plan.bytes();
      publish.rows = 3;
      ASSERT_OK(dying->Send(publish));
    }
    if (at == "ended") {
      Message end;
      end.kind = MessageKind::kEnd;
      end.batches = 1;
      end.rows = 3;
      ASSERT_OK(dying->Send(end));
    }
    dying.reset();
    arrow::Status status;
    if (at == "ended") {
      auto finished = std::async(std::launch::async, [&] { return opener->Finish(); });
      EXPECT_EQ(Drain(*consumer, &status), (std::vector<int64_t>{7, 8, 9}));
      ASSERT_OK(status);
      ASSERT_OK(finished.get());
    } else {
      (void)Drain(*consumer, &status);
      EXPECT_ERROR(status, ErrorCode::kPeer, "what came is not the whole table");
      EXPECT_ERROR(opener->Write(*IdsFrom(0, 1)), ErrorCode::kPeer, "a producer");
    }
  }
}

// ... and of a consumer: before it asks, having got, acknowledged and released a batch.
TEST_F(ChannelTest, AConsumerMayDieAtAnyTransition) {
  for (const bool redeliver : {false, true}) {
    for (const std::string at : {"hello", "given", "acknowledged", "released"}) {
      ASSERT_OK_AND_ASSIGN(auto producer, Produce(redeliver ? "?on-consumer-death=redeliver" : ""));
      for (int i = 0; i < 4; ++i) ASSERT_OK(producer->Write(*IdsFrom(i, 1)));
      auto dying = Link(PeerRole::kConsumer);
      if (at != "hello") {
        Message start;
        start.kind = MessageKind::kStart;
        ASSERT_OK(dying->Send(start));
        const auto got = [&](size_t count) {
          return dying->Await([&, count] { return dying->heard().batches.size() >= count; },
                              [] { return true; });
        };
        ASSERT_OK(got(1));
        Message ack;
        ack.kind = MessageKind::kAck;
        ack.ticket = 1;
        if (at == "released") {
          ack.releases = {1};
          ack.release_count = 1;
        }
        if (at != "given") ASSERT_OK(dying->Send(ack));
        WaitUntil([&] { return Facts().batches == 4; });
      }
      dying.reset();
      if (!redeliver && at != "hello") {
        EXPECT_ERROR(producer->Finish(), ErrorCode::kPeer, "a consumer (process ");
        continue;
      }
      auto finished = std::async(std::launch::async, [&] { return producer->Finish(); });
      ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
      arrow::Status status;
      const auto ids = Drain(*consumer, &status);
      ASSERT_OK(status);
      ASSERT_OK(finished.get());
      const bool lost = at == "acknowledged" || at == "released";  // processed: not given again
      EXPECT_EQ(ids, lost ? (std::vector<int64_t>{1, 2, 3}) : (std::vector<int64_t>{0, 1, 2, 3}))
          << at;
    }
  }
}

// Killed, a process may leave a child behind that it had forked, and with it its connection.
TEST_F(ChannelTest, AChildOfTheDeadHidesNoDeath) {
  ASSERT_OK_AND_ASSIGN(auto consumer, [] {
    auto opening = std::async(std::launch::async, [] { return Consume("?stall=20s"); });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const pid_t child = ::fork();
    if (child == 0) {
      auto producer = Produce();
      const pid_t grandchild = ::fork();
      if (grandchild == 0) {
        ::pause();  // holds the connection
        ::_exit(0);
      }
      const bool written = producer.ok() && (*producer)->Write(*IdsFrom(0, 1)).ok();
      // For who has to end it.
      std::ofstream(std::string(::getenv("XDG_RUNTIME_DIR")) + "/grandchild") << grandchild;
      ::_exit(written ? 0 : 1);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    return opening.get();
  }());
  arrow::Status status;
  (void)Drain(*consumer, &status);
  EXPECT_ERROR(status, ErrorCode::kPeer, "died before its end");
  const pid_t grandchild = std::stoi(ReadWholeFile(folder_ / "grandchild"));
  EXPECT_EQ(::kill(grandchild, SIGKILL), 0);
}

TEST_F(ChannelTest, MemoryOfTheDeadComesBack) {
  ASSERT_OK_AND_ASSIGN(auto producer, Produce("?bytes=4M&batches=8&on-consumer-death=redeliver"));
  for (int round = 0; round < 20; ++round) {
    auto dying = Link(PeerRole::kConsumer);
    Message start;
    start.kind = MessageKind::kStart;
    ASSERT_OK(dying->Send(start));
    ASSERT_OK(producer->Write(*IdsFrom(round, 1)));
    ASSERT_OK(dying->Await([&] { return !dying->heard().batches.empty(); }, [] { return true; }));
    Message ack;
    ack.kind = MessageKind::kAck;
    ack.ticket = 1;
    ASSERT_OK(dying->Send(ack));  // processed, but its memory is held until it dies
    dying.reset();
  }
  WaitUntil([] {
    const auto facts = Facts();
    int64_t held = 0;
    for (const auto& peer : facts.peers) held += peer.is_producer ? peer.bytes_held : 0;
    return facts.bytes_used == held;
  });
}

TEST_F(ChannelTest, AConsumerThatLeavesEarlyIsAnErrorOfTheProducer) {
  for (const char* options : {"", "?on-consumer-death=redeliver"}) {
    ASSERT_OK_AND_ASSIGN(auto producer, Produce(options));
    for (int i = 0; i < 5; ++i) ASSERT_OK(producer->Write(*IdsFrom(i, 1)));
    ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
    ASSERT_OK(consumer->Next());
    consumer.reset();
    EXPECT_ERROR(producer->Finish(), ErrorCode::kPeer, "left before the end");
  }
}

TEST_F(ChannelTest, WhoOnlyLooksTakesNothing) {
  ASSERT_OK_AND_ASSIGN(auto producer, Produce());
  ASSERT_OK(producer->Write(*IdsFrom(0, 10)));
  {
    ASSERT_OK_AND_ASSIGN(auto looking, Consume());
    EXPECT_TRUE(looking->schema()->Equals(*Ids()));
  }
  auto finished = std::async(std::launch::async, [&] { return producer->Finish(); });
  ASSERT_OK_AND_ASSIGN(auto consumer, Consume());
  ASSERT_OK_AND_ASSIGN(const auto table, consumer->ToTable());
  EXPECT_EQ(table->num_rows(), 10);
  ASSERT_OK(finished.get());
}

TEST_F(ChannelTest, TheNameOfADeadProcessIsRecognised) {
  ASSERT_OK_AND_ASSIGN(const auto address, ChannelAddress::Of(At()));
  const auto leave_name = [&] {
    // Bound, and closed without removing the file: as kill -9 leaves it.
    const auto socket = *NewSocket(address.endpoint, SOCK_SEQPACKET);
    ASSERT_EQ(::bind(socket.fd(), reinterpret_cast<const sockaddr*>(&address.endpoint.address),
                     address.endpoint.length),
              0);
  };
  leave_name();
  const auto facts = Facts();
  EXPECT_EQ(facts.state, ChannelFacts::State::kStale);
  EXPECT_TRUE(Channel::List(NewContext(), 0)->empty());
  leave_name();
  ASSERT_OK_AND_ASSIGN(auto producer, Produce());
  EXPECT_EQ(Facts().state, ChannelFacts::State::kOpen);
}

TEST_F(ChannelTest, LocationsAreSourcesAndDestinations) {
  const auto table = TableOf({{"id", arrow::int64(), "[1, 2, null, 4]"},
                              {"name", arrow::utf8(), R"(["a", null, "", "d"])"}});
  auto written = std::async(std::launch::async, [&] {
    return Copy(NewContext(), std::make_shared<arrow::TableBatchReader>(table), At(), {});
  });
  ASSERT_OK_AND_ASSIGN(auto reader, OpenReader(NewContext(), {At()}, {}, {.select = {"name"}}));
  ASSERT_OK_AND_ASSIGN(const auto got, reader->ToTable());
  ASSERT_OK_AND_ASSIGN(const auto report, written.get());
  EXPECT_EQ(report.rows, 4);
  EXPECT_TRUE(got->Equals(*table->SelectColumns({1}).ValueOrDie()));
}

}  // namespace
}  // namespace bowyer
