// Fuzzes what the other side of a socket sends: any bytes, after which it goes, are a table or an
// error; and what is read is safe to follow to its last byte, which writing it does.
#include <arrow/record_batch.h>
#include <sys/socket.h>

#include <cstdint>
#include <memory>

#include "bowyer/error.h"
#include "channels/socket_stream.h"
#include "follow_batches.h"
#include "formats/arrow/ipc_encoder.h"

namespace bowyer {
namespace {

void ReadAndWrite(const std::shared_ptr<Context>& context, Socket socket) {
  SocketAddress address;
  address.name = "unix:fuzz";
  address.timeout = address.stall = Milliseconds(5'000);
  FileInput input;
  input.name = address.name;
  input.stream = std::make_shared<SocketReader>(context, std::move(socket), address);
  const auto source = kArrowStreamFormat.open(context, std::move(input), {});
  if (!source.ok()) return;
  const auto reader = (*source)->Open({}, {});
  if (!reader.ok()) return;
  FollowBatches(**reader, [&](auto sink) {
    return MakeIpcChannelEncoder(context, (*source)->schema(), sink, {});
  });
}

}  // namespace
}  // namespace bowyer

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bowyer;
  static const auto context = *Context::Make({.threads = 1, .memory = int64_t{64} << 20});
  if (size > 64 << 10) return 0;  // what fits into the socket: nobody reads meanwhile
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return 0;
  Socket ours(ends[0]), theirs(ends[1]);
  if (::send(theirs.fd(), data, size, MSG_NOSIGNAL) != static_cast<ssize_t>(size)) return 0;
  theirs.Close();
  ReadAndWrite(context, std::move(ours));
  return 0;
}
