// Unpacks Snappy blocks. The pages of most Parquet files are such blocks, and unpacking them is the
// largest part of reading one; Arrow's copy of the library takes 1.3 to 2.8 times as long.
#pragma once

#include <cstdint>
#include <optional>

namespace bowyer {

// The length of the unpacked block, as it claims; nothing if that cannot be read.
std::optional<uint32_t> SnappySize(const uint8_t* data, int64_t bytes);

// So many bytes behind the unpacked ones are written to, too.
inline constexpr int64_t kSnappySlack = 64;

// Unpacks to `out`, which has room for `size` + kSnappySlack bytes. False: damaged, or not of
// exactly `size` bytes. Any bytes may be given.
bool UnpackSnappy(const uint8_t* data, int64_t bytes, uint8_t* out, int64_t size);

}  // namespace bowyer
