// The ORC format: where reading and writing meet.
#include "formats/format.h"
#include "formats/orc/orc_encoder.h"
#include "formats/orc/orc_source.h"

namespace bowyer {
namespace {

constexpr std::string_view kSuffixes[] = {".orc"};
constexpr std::string_view kCodecs[] = {"zstd", "none", "snappy", "gzip", "lz4"};

}  // namespace

const Format kOrcFormat = {.name = "orc",
                           .title = "ORC",
                           .suffixes = kSuffixes,
                           .text = false,
                           .codecs = kCodecs,
                           .open = OpenOrc,
                           .encode = MakeOrcEncoder};

}  // namespace bowyer
