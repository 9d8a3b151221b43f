// Fuzzes what peers of a channel and its hub say to each other, and what lies in shared memory: any
// messages leave the other side standing, any descriptors too, and any bytes are a batch that is
// safe to follow to its last byte, or an error.
#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "bowyer/error.h"
#include "channels/batch_table.h"
#include "channels/channel_ends.h"
#include "channels/channel_link.h"
#include "channels/channel_message.h"
#include "channels/channel_pool.h"
#include "channels/hub.h"
#include "channels/slab.h"

namespace bowyer {
namespace {

// Takes values off the front; zeros behind the end.
class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  template <typename T>
  T Take() {
    T value = {};
    const size_t bytes = std::min(size_, sizeof(T));
    std::memcpy(&value, data_, bytes);
    data_ += bytes;
    size_ -= bytes;
    return value;
  }
  bool empty() const { return size_ == 0; }
  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  const uint8_t* data_;
  size_t size_;
};

std::shared_ptr<arrow::Schema> SchemaOfAll() {
  using arrow::field;
  const auto dictionary = arrow::dictionary(arrow::int8(), arrow::utf8());
  return arrow::schema({
      field("number", arrow::int64()),
      field("text", arrow::utf8()),
      field("view", arrow::utf8_view()),
      field("lists", arrow::list(arrow::struct_({field("x", arrow::boolean())}))),
      field("list_view", arrow::list_view(arrow::int16())),
      field("union", arrow::dense_union({field("i", arrow::int32()), field("s", arrow::utf8())})),
      field("kind", dictionary),
      field("runs", arrow::run_end_encoded(arrow::int32(), arrow::utf8())),
  });
}

// The columns whose bits are set in the first byte, and behind the second the memory.
void ReadBatch(Bytes bytes) {
  static const auto all = SchemaOfAll();
  arrow::FieldVector fields;
  const auto columns = bytes.Take<uint8_t>();
  for (int i = 0; i < all->num_fields(); ++i) {
    if ((columns >> i & 1) != 0) fields.push_back(all->field(i));
  }
  const auto schema = arrow::schema(fields);
  const int64_t rows = bytes.Take<uint8_t>();
  const auto size = static_cast<int64_t>(bytes.size());
  if (size < static_cast<int64_t>(sizeof(BatchTableHead))) return;
  // Aligned, and exactly as large as it is said to be.
  auto memory = arrow::AllocateBuffer(size).ValueOrDie();
  std::memcpy(memory->mutable_data(), bytes.data(), bytes.size());
  BatchTableHead head;
  std::memcpy(&head, memory->data(), sizeof(head));
  head.magic = BatchTableHead().magic;
  head.rows = rows;
  const int64_t table_bytes = std::min<int64_t>(
      size, static_cast<int64_t>(sizeof(head) + uint64_t{head.nodes} * sizeof(BatchTableNode) +
                                 uint64_t{head.buffers} * sizeof(BatchTableBuffer)));
  std::string table(reinterpret_cast<const char*>(memory->data()),
                    static_cast<size_t>(table_bytes));
  std::memcpy(table.data(), &head, sizeof(head));
  const std::shared_ptr<const void> owner = std::move(memory);
  const BatchPart part{.data = static_cast<const arrow::Buffer*>(owner.get())->data(),
                       .length = size};
  const auto batch = ReadBatchTable(schema, table, {&part, 1}, owner, rows);
  if (!batch.ok()) return;
  const auto plan = BatchPlan::Of(**batch);
  if (!plan.ok() || plan->bytes() > (int64_t{1} << 26)) return;
  auto out = arrow::AllocateBuffer(plan->bytes()).ValueOrDie();
  plan->WriteTo(out->mutable_data());
}

std::shared_ptr<arrow::Schema> IdSchema() {
  static const auto schema = arrow::schema({arrow::field("id", arrow::int64())});
  return schema;
}

std::shared_ptr<arrow::RecordBatch> Ids(int64_t rows) {
  auto values = arrow::AllocateBuffer(rows * 8).ValueOrDie();
  std::memset(values->mutable_data(), 7, static_cast<size_t>(values->size()));
  return arrow::RecordBatch::Make(
      IdSchema(), rows,
      {arrow::ArrayData::Make(arrow::int64(), rows, {nullptr, std::move(values)}, 0)});
}

constexpr size_t kPeers = 3;

// Three peers say what they like; now and then one goes.
void TalkToHub(Bytes bytes) {
  static const std::string schema = *BytesOfSchema(*IdSchema());
  ChannelTerms terms;
  terms.bytes = 1 << 20;
  terms.batches = 4;
  terms.broadcast = bytes.Take<uint8_t>() & 1;
  terms.redeliver = bytes.Take<uint8_t>() & 1;
  Hub hub(terms, nullptr);
  std::array<Socket, kPeers> peers;
  int for_pool[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, for_pool) != 0)
    return;
  const Socket answers(for_pool[0]), heard(for_pool[1]);
  for (size_t i = 0; i < kPeers; ++i) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return;
    peers[i] = Socket(ends[0]);
    hub.Adopt(Socket(ends[1]));
    Message hello;
    hello.kind = MessageKind::kHello;
    hello.role = i < 1 ? PeerRole::kProducer : PeerRole::kConsumer;
    auto described = SealedBytes(schema);
    if (!described.ok()) return;
    (void)SendMessage(peers[i].fd(), hello, {described->fd()});
  }
  hub.Step(Milliseconds(0));
  while (!bytes.empty()) {
    const auto choice = bytes.Take<uint8_t>();
    Socket& peer = peers[choice % kPeers];
    if (choice >= 250) peer.Close();
    Message message;
    message.kind = static_cast<MessageKind>(bytes.Take<uint8_t>() % 70);
    message.role = static_cast<PeerRole>(bytes.Take<uint8_t>());
    message.part_count = bytes.Take<uint8_t>() % 10;
    message.ticket = bytes.Take<uint8_t>();
    message.bytes = bytes.Take<int32_t>();
    message.rows = bytes.Take<int16_t>();
    message.batches = bytes.Take<int8_t>();
    message.wanted = bytes.Take<int32_t>();
    message.table_offset = bytes.Take<int16_t>();
    message.table_bytes = bytes.Take<int16_t>();
    for (size_t i = 0; i < std::min<size_t>(message.part_count, 2); ++i) {
      message.parts[i] = {.slab = bytes.Take<uint8_t>(),
                          .generation = bytes.Take<uint8_t>(),
                          .length = bytes.Take<int32_t>()};
    }
    message.release_count = bytes.Take<uint8_t>() % 4;
    for (uint32_t i = 0; i < message.release_count; ++i) {
      message.releases.push_back(bytes.Take<uint8_t>());
    }
    // Where a pool wants its answers: a socket that nobody listens to, or no socket.
    std::vector<int> descriptors;
    Socket memory;
    if (message.kind == MessageKind::kReserve && choice % 2 == 0) {
      if (auto made = MakeSlab(4096); made.ok()) memory = std::move(made).ValueUnsafe();
      descriptors.push_back(choice % 4 == 0 ? answers.fd() : memory.fd());
    }
    (void)SendMessage(peer.fd(), message, descriptors);
    hub.Step(Milliseconds(0));
    Message answer;
    while (ReceiveMessage(peer.fd(), &answer) == Received::kMessage) {
    }
  }
}

// A descriptor as a hub may send it: of memory with a batch that is whole or not, sealed or not.
Socket AnyDescriptor(Bytes& bytes) {
  const auto choice = bytes.Take<uint8_t>();
  if (choice % 16 == 0) return Socket(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (choice % 16 == 1) return SealedBytes("").ValueOr(Socket());
  if (choice % 16 == 2) {
    Socket loose(::memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    (void)!::ftruncate(loose.fd(), 1 << 20);
    return loose;
  }
  const int64_t size = choice % 16 == 3 ? bytes.Take<uint16_t>() : 1 << 16;
  auto slab = MakeSlab(size);
  if (!slab.ok()) return Socket();
  const int64_t rows = bytes.Take<uint8_t>();
  const auto batch = Ids(rows);
  const auto plan = BatchPlan::Of(*batch);
  if (!plan.ok() || plan->bytes() > size) return std::move(slab).ValueUnsafe();
  std::string memory(static_cast<size_t>(plan->bytes()), '\0');
  plan->WriteTo(reinterpret_cast<uint8_t*>(memory.data()));
  for (int i = choice >> 6; i > 0; --i) {
    memory[bytes.Take<uint16_t>() % memory.size()] = static_cast<char>(bytes.Take<uint8_t>());
  }
  (void)!::pwrite(slab->fd(), memory.data(), memory.size(), 0);
  return std::move(slab).ValueUnsafe();
}

// A message of a hub, mostly of a kind that is one.
void SayAnything(int fd, Bytes& bytes) {
  constexpr auto kFirst = static_cast<uint8_t>(MessageKind::kWelcome);
  constexpr auto kKinds = static_cast<uint8_t>(MessageKind::kReserved) - kFirst + 1;
  Message message;
  const auto kind = bytes.Take<uint8_t>();
  message.kind =
      static_cast<MessageKind>(kind < 240 ? kFirst + kind % kKinds : bytes.Take<uint8_t>());
  const auto shape = bytes.Take<uint8_t>();
  const bool is_wild = (shape & 0x80) != 0;
  message.part_count = shape % 4;
  message.fresh = bytes.Take<uint8_t>();
  message.ticket = bytes.Take<uint8_t>();
  const auto number = [&]() -> int64_t {
    return is_wild ? bytes.Take<int64_t>() : bytes.Take<uint8_t>();
  };
  message.code = static_cast<int32_t>(number());
  message.bytes = number();
  message.rows = number();
  message.batches = number();
  message.producers = static_cast<int32_t>(number());
  message.consumers = static_cast<int32_t>(number());
  message.table_offset = is_wild ? bytes.Take<int64_t>() : 0;
  message.table_bytes =
      is_wild ? bytes.Take<int64_t>() : BatchPlan::Of(*Ids(message.rows % 256))->table_bytes();
  for (size_t i = 0; i < message.part_count; ++i) {
    message.parts[i] = {.slab = bytes.Take<uint8_t>() % 4U,
                        .length = is_wild ? bytes.Take<int64_t>() : 1 << 16};
  }
  message.terms.bytes = is_wild ? bytes.Take<int64_t>() : 1 << 20;
  message.terms.batches = is_wild ? bytes.Take<int64_t>() : 8;
  message.terms.redeliver = bytes.Take<uint8_t>() & 1;
  if (is_wild) message.terms.consumers = bytes.Take<int64_t>();
  message.text.assign(bytes.Take<uint8_t>(), 'x');
  if (message.kind == MessageKind::kWelcome) message.text.clear();
  std::vector<Socket> sent;
  std::vector<int> descriptors;
  if (message.kind == MessageKind::kSchema && !is_wild) {
    sent.push_back(SealedBytes(*BytesOfSchema(*IdSchema())).ValueOr(Socket()));
  } else {
    for (int i = shape >> 2 & 3; i > 0; --i) sent.push_back(AnyDescriptor(bytes));
  }
  for (const Socket& socket : sent) {
    if (socket.is_open()) descriptors.push_back(socket.fd());
  }
  (void)SendMessage(fd, message, descriptors);
}

// A hub says what it likes, at most so many times, and then nothing any more.
Socket HubThatSays(Bytes& bytes, int most, bool greets, Socket* its_end) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return {};
  *its_end = Socket(ends[1]);
  if (greets) {
    Message message;
    message.kind = MessageKind::kWelcome;
    message.terms.bytes = 1 << 20;
    (void)SendMessage(ends[1], message);
    message = Message();
    message.kind = MessageKind::kPeers;
    message.producers = message.consumers = 1;
    (void)SendMessage(ends[1], message);
    message = Message();
    message.kind = MessageKind::kSchema;
    const auto schema = SealedBytes(*BytesOfSchema(*IdSchema()));
    if (schema.ok()) (void)SendMessage(ends[1], message, {schema->fd()});
  }
  for (int i = 0; i < most && !bytes.empty(); ++i) SayAnything(ends[1], bytes);
  (void)::shutdown(ends[1], SHUT_WR);
  return Socket(ends[0]);
}

// A consumer, a producer, a pool or an observer of such a hub.
void TalkToPeer(Bytes bytes) {
  static const auto context = *Context::Make({.threads = 1});
  ChannelAddress address;
  address.name = "shm:fuzz";
  address.timeout = address.stall = Milliseconds(1);
  const auto choice = bytes.Take<uint8_t>();
  const auto role = choice % 4 == 0   ? PeerRole::kConsumer
                    : choice % 4 == 1 ? PeerRole::kProducer
                    : choice % 4 == 2 ? PeerRole::kObserver
                                      : PeerRole::kProducer;
  const bool has_pool = choice % 4 == 3;
  Socket hub, pools_hub, answers;
  if (has_pool) answers = HubThatSays(bytes, 8, /*greets=*/false, &pools_hub);
  Socket socket = HubThatSays(bytes, 32, /*greets=*/(choice & 4) == 0, &hub);
  auto link =
      ChannelLink::Over(context, address, role, *BytesOfSchema(*IdSchema()), std::move(socket));
  if (!link.ok()) return;
  if (role == PeerRole::kConsumer) {
    auto consumer = ConsumerOn(std::move(*link), nullptr, nullptr);
    if (!consumer.ok()) return;
    std::shared_ptr<arrow::RecordBatch> batch, kept;
    while ((*consumer)->ReadNext(&batch).ok() && batch != nullptr) {
      const auto plan = BatchPlan::Of(*batch);
      if (plan.ok() && plan->bytes() <= 1 << 22) {
        std::string out(static_cast<size_t>(plan->bytes()), '\0');
        plan->WriteTo(reinterpret_cast<uint8_t*>(out.data()));
      }
      if (kept == nullptr) kept = batch;
    }
  } else if (role == PeerRole::kObserver) {
    while ((*link)->Listen().ValueOr(false)) {
    }
    (void)FactsOf("fuzz", *(*link)->heard().terms, (*link)->heard().state);
  } else if (has_pool) {
    const auto pool = ChannelPool::Over(*link, std::move(answers), Socket());
    std::vector<std::unique_ptr<arrow::Buffer>> kept;
    for (int i = 0; i < 6; ++i) {
      auto memory = arrow::AllocateBuffer(int64_t{1} << (12 + i), pool.get());
      if (!memory.ok()) return;
      std::memset((*memory)->mutable_data(), i, static_cast<size_t>((*memory)->size()));
      (void)pool->Publish((*memory)->data(), 100);
      if (i % 2 == 0) kept.push_back(std::move(*memory));
    }
    pool->Close();
  } else {
    const auto producer = ProducerOn(std::move(*link), nullptr, IdSchema());
    for (int i = 0; i < 8 && producer->Write(*Ids(1 << i)).ok(); ++i) {
    }
    (void)producer->Finish();
  }
}

// Datagrams as they are, to a peer.
void TalkNonsenseToPeer(Bytes bytes) {
  static const auto context = *Context::Make({.threads = 1});
  ChannelAddress address;
  address.timeout = address.stall = Milliseconds(1);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return;
  const Socket hub(ends[1]);
  (void)!::send(hub.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  (void)::shutdown(hub.fd(), SHUT_WR);
  (void)ChannelLink::Over(context, address, PeerRole::kConsumer, "", Socket(ends[0]));
}

// A datagram as it is.
void TalkNonsense(Bytes bytes) {
  Hub hub(ChannelTerms(), nullptr);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return;
  const Socket peer(ends[0]);
  hub.Adopt(Socket(ends[1]));
  if (bytes.empty()) return;
  (void)!::send(peer.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  hub.Step(Milliseconds(0));
}

}  // namespace
}  // namespace bowyer

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bowyer;
  if (size == 0) return 0;
  const Bytes rest(data + 1, size - 1);
  switch (data[0] % 8) {
    case 0:
    case 1:
      ReadBatch(rest);
      break;
    case 2:
      TalkToHub(rest);
      break;
    case 3:
      TalkNonsenseToPeer(rest);
      break;
    case 4:
    case 5:
    case 6:
      TalkToPeer(rest);
      break;
    default:
      TalkNonsense(rest);
  }
  return 0;
}
