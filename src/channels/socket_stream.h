// A connection as a stream of bytes, one way: what is cut is an error, never an end.
#pragma once

#include <arrow/io/interfaces.h>

#include <atomic>
#include <memory>
#include <string>

#include "bowyer/context.h"
#include "channels/socket.h"
#include "channels/socket_address.h"

namespace bowyer {

// The receiving end. The protocol inside says where it ends: whoever reads it stops there and
// closes. That the connection ends before is an error of Read, kPeer; so is kResources for a
// silence longer than the address allows. Used by one thread, Abort by any.
class SocketReader : public arrow::io::InputStream {
 public:
  SocketReader(std::shared_ptr<Context> context, Socket socket, const SocketAddress& address);

  // Never less than `bytes`.
  arrow::Result<int64_t> Read(int64_t bytes, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override;
  arrow::Status Close() override;
  arrow::Status Abort() override;  // a Read that waits gives up
  bool closed() const override { return !socket_.is_open(); }
  arrow::Result<int64_t> Tell() const override { return position_; }

 private:
  arrow::Result<int64_t> ReadSome(int64_t bytes, void* out);
  arrow::Status Cut() const;
  arrow::Status Silent() const;

  const std::shared_ptr<Context> context_;
  Socket socket_;
  const std::string name_;
  const Milliseconds timeout_, stall_;
  int64_t position_ = 0;
  std::atomic<bool> aborted_{false};
};

// The sending end. Destroyed or closed without Finish it leaves a stream that is cut. Used by one
// thread. Errors: kPeer when the other side has gone, kResources when it takes nothing for longer
// than the address allows.
class SocketWriter : public arrow::io::OutputStream {
 public:
  SocketWriter(std::shared_ptr<Context> context, Socket socket, const SocketAddress& address);

  using OutputStream::Write;
  arrow::Status Write(const void* data, int64_t bytes) override;
  arrow::Status Flush() override;
  // All was written. Waits until the other process has read it (of TCP: has read it or holds it,
  // and has closed), or else it is an error.
  arrow::Status Finish();
  arrow::Status Close() override;
  bool closed() const override { return !socket_.is_open(); }
  arrow::Result<int64_t> Tell() const override { return position_; }
  int64_t bytes_sent() const { return sent_; }

 private:
  arrow::Status Send(const uint8_t* data, int64_t bytes);
  // Takes what came the other way; kPeer if that is a table, too. True: the other side has closed.
  arrow::Result<bool> LookBack();
  arrow::Status Gone() const;
  arrow::Status Silent() const;

  const std::shared_ptr<Context> context_;
  Socket socket_;
  const std::string name_;
  const bool is_unix_;
  const Milliseconds stall_;
  int64_t position_ = 0;  // with what is gathered
  int64_t sent_ = 0;
  int64_t gathered_ = 0;
  std::shared_ptr<arrow::Buffer> gather_;
  int64_t looked_back_ = 0;  // bytes that came the other way
};

}  // namespace bowyer
