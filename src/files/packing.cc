// Names and magic numbers of the packings.
#include "files/packing.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace bowyer {
namespace {

struct Suffix {
  std::string_view text;
  Packing packing;
};

constexpr Suffix kSuffixes[] = {{".gz", Packing::kGzip},   {".bgz", Packing::kGzip},
                                {".zst", Packing::kZstd},  {".zstd", Packing::kZstd},
                                {".bz2", Packing::kBzip2}, {".lz4", Packing::kLz4}};

const Suffix* SuffixOf(std::string_view path) {
  for (const Suffix& suffix : kSuffixes) {
    if (path.size() <= suffix.text.size()) continue;
    const std::string_view end = path.substr(path.size() - suffix.text.size());
    if (std::equal(end.begin(), end.end(), suffix.text.begin(), [](char a, char b) {
          return std::tolower(static_cast<unsigned char>(a)) == b;
        })) {
      return &suffix;
    }
  }
  return nullptr;
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

Packing DetectPacking(std::string_view head) {
  if (StartsWith(head, "\x1f\x8b\x08")) return Packing::kGzip;
  if (StartsWith(head, "\x28\xb5\x2f\xfd")) return Packing::kZstd;
  if (head.size() >= 4 && (head[0] & 0xf0) == 0x50 && head.substr(1, 3) == "\x2a\x4d\x18") {
    return Packing::kZstd;
  }
  if (StartsWith(head, "\x04\x22\x4d\x18")) return Packing::kLz4;
  // "BZh" alone may begin a text; the block or end magic makes it sure.
  if (StartsWith(head, "BZh") && head.size() >= 10 && head[3] >= '1' && head[3] <= '9' &&
      (head.substr(4, 6) == "\x31\x41\x59\x26\x53\x59" ||
       head.substr(4, 6) == "\x17\x72\x45\x38\x50\x90")) {
    return Packing::kBzip2;
  }
  return Packing::kNone;
}

std::string_view PackingName(Packing packing) {
  switch (packing) {
    case Packing::kNone:
      return "none";
    case Packing::kGzip:
      return "gzip";
    case Packing::kZstd:
      return "zstd";
    case Packing::kBzip2:
      return "bz2";
    case Packing::kLz4:
      return "lz4";
  }
  return "none";
}

std::optional<Packing> FindPacking(std::string_view name) {
  for (const Packing packing :
       {Packing::kNone, Packing::kGzip, Packing::kZstd, Packing::kBzip2, Packing::kLz4}) {
    if (name == PackingName(packing)) return packing;
  }
  if (name == "gz") return Packing::kGzip;
  if (name == "bzip2") return Packing::kBzip2;
  if (name == "zst") return Packing::kZstd;
  return std::nullopt;
}

Packing PackingOfPath(std::string_view path) {
  const Suffix* suffix = SuffixOf(path);
  return suffix == nullptr ? Packing::kNone : suffix->packing;
}

std::string_view PackingSuffix(Packing packing) {
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.packing == packing) return suffix.text;
  }
  return "";
}

std::string_view WithoutPackingSuffix(std::string_view path) {
  const Suffix* suffix = SuffixOf(path);
  return suffix == nullptr ? path : path.substr(0, path.size() - suffix->text.size());
}

}  // namespace bowyer
