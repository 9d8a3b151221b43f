// Fuzzes what peers of a channel say and what lies in shared memory: any messages leave the hub
// standing, and any bytes are a batch that is safe to follow to its last byte, or an error.
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "bowyer/error.h"
#include "channels/batch_table.h"
#include "channels/channel_message.h"
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

constexpr size_t kPeers = 3;

// Three peers say what they like; now and then one goes.
void TalkToHub(Bytes bytes) {
  static const std::string schema =
      *BytesOfSchema(*arrow::schema({arrow::field("id", arrow::int64())}));
  ChannelTerms terms;
  terms.bytes = 1 << 20;
  terms.batches = 4;
  terms.broadcast = bytes.Take<uint8_t>() & 1;
  terms.redeliver = bytes.Take<uint8_t>() & 1;
  Hub hub(terms, nullptr);
  std::array<Socket, kPeers> peers;
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
    (void)SendMessage(peer.fd(), message);
    hub.Step(Milliseconds(0));
    Message answer;
    while (ReceiveMessage(peer.fd(), &answer) == Received::kMessage) {
    }
  }
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
  switch (data[0] % 4) {
    case 0:
    case 1:
      ReadBatch(rest);
      break;
    case 2:
      TalkToHub(rest);
      break;
    default:
      TalkNonsense(rest);
  }
  return 0;
}
