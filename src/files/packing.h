// How whole files are packed: by their first bytes on reading, by their name on writing.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <memory>
#include <optional>
#include <string_view>

#include "bowyer/context.h"
#include "files/file_input.h"

namespace bowyer {

// By the magic numbers of gzip (RFC 1952), zstd (RFC 8878, also skippable frames), bzip2 and the
// LZ4 frame format; kNone for anything else.
Packing DetectPacking(std::string_view head);

// "gzip", "zstd", "bz2", "lz4" or "none".
std::string_view PackingName(Packing packing);

// By name as --compression takes it ("gzip", "gz", "zstd", "bz2", "lz4", "none").
std::optional<Packing> FindPacking(std::string_view name);

// By the last suffix (.gz .bgz .zst .zstd .bz2 .lz4, in any case); kNone for anything else.
Packing PackingOfPath(std::string_view path);

// ".gz" ..., "" for kNone.
std::string_view PackingSuffix(Packing packing);

// `path` without a packing suffix.
std::string_view WithoutPackingSuffix(std::string_view path);

}  // namespace bowyer
