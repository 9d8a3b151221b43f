// What a peer hears from a hub that is none, or damaged.
#include "channels/channel_link.h"

#include <sys/socket.h>

#include "channel_fixture.h"
#include "channels/batch_table.h"
#include "channels/channel_ends.h"

namespace bowyer {
namespace {

class HubThatLies : public ChannelTest {
 protected:
  HubThatLies() { Connect(); }

  void Connect() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    hub_ = Socket(ends[0]);
    peer_ = Socket(ends[1]);
  }

  void Say(const Message& message, const std::vector<int>& descriptors = {}) {
    ASSERT_OK(SendMessage(hub_.fd(), message, descriptors));
  }
  void SayWelcome() {
    Message welcome;
    welcome.kind = MessageKind::kWelcome;
    Say(welcome);
  }
  arrow::Result<std::shared_ptr<ChannelLink>> Greet(PeerRole role) {
    ChannelAddress address;
    address.name = "shm:test";
    address.timeout = address.stall = Milliseconds(2000);
    return ChannelLink::Over(NewContext(), address, role, *BytesOfSchema(*Ids()), std::move(peer_));
  }
  // What a consumer makes of one batch.
  arrow::Status Read(const Message& batch, int64_t slab_bytes) {
    SayWelcome();
    Message schema;
    schema.kind = MessageKind::kSchema;
    Say(schema, {SealedBytes(*BytesOfSchema(*Ids())).ValueOrDie().fd()});
    const auto slab = MakeSlab(slab_bytes).ValueOrDie();
    Say(batch, {slab.fd()});
    ARROW_ASSIGN_OR_RAISE(auto link, Greet(PeerRole::kConsumer));
    ARROW_ASSIGN_OR_RAISE(const auto consumer, ConsumerOn(std::move(link), nullptr, nullptr));
    return consumer->Next().status();
  }
  static Message ABatch() {
    Message batch;
    batch.kind = MessageKind::kBatch;
    batch.ticket = 1;
    batch.rows = 3;
    batch.part_count = batch.fresh = 1;
    batch.parts[0].length = 4096;
    batch.table_bytes = BatchPlan::Of(*IdsFrom(0, 3))->table_bytes();
    return batch;
  }

  Socket hub_, peer_;
};

TEST_F(HubThatLies, TermsThatNoChannelHasAreRefused) {
  for (const auto& [bytes, batches] :
       std::vector<std::pair<int64_t, int64_t>>{{0, 64}, {-1, 64}, {1 << 20, 0}}) {
    Message welcome;
    welcome.kind = MessageKind::kWelcome;
    welcome.terms.bytes = bytes;
    welcome.terms.batches = batches;
    Say(welcome);
    EXPECT_ERROR(Greet(PeerRole::kProducer), ErrorCode::kPeer, "is not understood");
    Connect();
  }
}

TEST_F(HubThatLies, MemoryThatIsShorterThanItIsSaidToBeIsRefused) {
  EXPECT_ERROR(Read(ABatch(), 1024), ErrorCode::kPeer, "not what it says");
}

TEST_F(HubThatLies, ATableOutsideOfItsMemoryIsRefused) {
  auto batch = ABatch();
  batch.table_offset = 4090;
  EXPECT_ERROR(Read(batch, 4096), ErrorCode::kData, "outside of its memory");
}

TEST_F(HubThatLies, MemoryThatHoldsNoBatchIsRefused) {
  EXPECT_ERROR(Read(ABatch(), 4096), ErrorCode::kData, "it has no table");
}

TEST_F(HubThatLies, RowsThatCannotBeAreRefused) {
  auto batch = ABatch();
  batch.rows = -1;
  EXPECT_ERROR(Read(batch, 4096), ErrorCode::kPeer, "impossible number of rows");
}

TEST_F(HubThatLies, AnErrorOfNoKnownKindIsOneOfThePeer) {
  SayWelcome();
  Message failed;
  failed.kind = MessageKind::kFailed;
  failed.code = 4711;
  failed.text = "nonsense";
  Say(failed);
  ASSERT_OK_AND_ASSIGN(auto link, Greet(PeerRole::kConsumer));
  EXPECT_ERROR(ConsumerOn(std::move(link), nullptr, nullptr), ErrorCode::kPeer, "nonsense");
}

}  // namespace
}  // namespace bowyer
