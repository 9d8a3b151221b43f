// The memory of a channel: slabs that are lent, come back and are lent again, never more than the
// channel may take. Used by the hub's thread only.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "channels/channel_message.h"
#include "channels/socket.h"

namespace bowyer {

class SlabStore {
 public:
  explicit SlabStore(int64_t most_bytes) : most_bytes_(most_bytes) {}

  // A slab, until it is released as often as it was lent and retained. Nothing: not now, there is
  // no memory left.
  // Errors: kResources, when it never will be, or the system has none.
  arrow::Result<std::optional<SlabPart>> Lend(int64_t bytes);
  void Retain(uint32_t slab);
  void Release(uint32_t slab);

  int fd(uint32_t slab) const { return slabs_[slab].memory.fd(); }
  int64_t bytes_lent() const { return bytes_lent_; }
  int64_t bytes_kept() const { return bytes_kept_; }

 private:
  struct Slab {
    Socket memory;
    int64_t size = 0;      // of the file
    int64_t resident = 0;  // of which have memory
    int64_t lent = 0;
    int64_t holders = 0;
    uint32_t generation = 0;
  };

  // Takes memory from slabs that nobody holds until `bytes` more are allowed.
  bool MakeRoom(int64_t bytes, uint32_t but);

  const int64_t most_bytes_;
  std::vector<Slab> slabs_;
  std::vector<uint32_t> idle_;  // the one that came back last is the warmest, and lent first
  int64_t bytes_lent_ = 0, bytes_kept_ = 0;
};

}  // namespace bowyer
