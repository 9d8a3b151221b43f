// How two processes that name the same socket find each other, in either order.
#pragma once

#include <arrow/result.h>

#include "bowyer/context.h"
#include "channels/socket.h"
#include "channels/socket_address.h"

namespace bowyer {

// A connection to the other side, not blocking, closed on exec. Whoever listens takes one
// connection and then removes the socket's file; a file that a dead process left is removed, too.
// Errors: kResources when nobody came in time, kUnavailable (no such folder, no permission,
// something else under this name, a process of another user), kInterrupted.
arrow::Result<Socket> Meet(Context& context, const SocketAddress& address);

}  // namespace bowyer
