// Pieces of shared memory: made and sealed by the hub, mapped by peers for as long as they live.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>

#include "channels/socket.h"

namespace bowyer {

// An anonymous file whose size is fixed for good. Errors: kResources.
arrow::Result<Socket> MakeSlab(int64_t size);

// Gives the first `bytes` of a slab their memory now, so that want of it is an error here and no
// SIGBUS there. Errors: kResources.
arrow::Status FillSlab(int fd, int64_t bytes);
// Gives its memory back; the slab stays.
void EmptySlab(int fd);

// The same slab through a descriptor that cannot be mapped for writing.
arrow::Result<Socket> ReadOnlySlab(int fd);

// A mapping that goes with its object. The descriptor is not needed any more.
class MappedSlab {
 public:
  // Errors: kPeer when it is no sealed memory, or smaller than `least`; kResources.
  static arrow::Result<std::unique_ptr<MappedSlab>> Map(int fd, bool writable, int64_t least);
  ~MappedSlab();
  MappedSlab(const MappedSlab&) = delete;

  uint8_t* data() const { return data_; }
  int64_t size() const { return size_; }

 private:
  MappedSlab(uint8_t* data, int64_t size) : data_(data), size_(size) {}
  uint8_t* data_;
  int64_t size_;
};

// A few bytes that another process reads once and nobody can change: for schemas.
arrow::Result<Socket> SealedBytes(const std::string& bytes);
// A copy of them. Errors: kPeer when they are not sealed, or too many.
arrow::Result<std::string> ReadSealedBytes(int fd, int64_t most);

}  // namespace bowyer
