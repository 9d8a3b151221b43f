// The Arrow IPC formats: file (".arrow", Feather V2) and stream (".arrows"). Either reads both.
#include "formats/arrow/ipc_encoder.h"
#include "formats/arrow/ipc_source.h"
#include "formats/format.h"

namespace bowyer {
namespace {

constexpr std::string_view kFileSuffixes[] = {".arrow", ".feather", ".ipc"};
constexpr std::string_view kStreamSuffixes[] = {".arrows"};
constexpr std::string_view kCodecs[] = {"none", "lz4", "zstd"};

}  // namespace

const Format kArrowFileFormat = {.name = "arrow",
                                 .title = "Arrow IPC file (Feather)",
                                 .suffixes = kFileSuffixes,
                                 .text = false,
                                 .codecs = kCodecs,
                                 .open = OpenArrow,
                                 .encode = MakeIpcFileEncoder};

const Format kArrowStreamFormat = {.name = "arrows",
                                   .title = "Arrow IPC stream",
                                   .suffixes = kStreamSuffixes,
                                   .text = false,
                                   .codecs = kCodecs,
                                   .open = OpenArrow,
                                   .encode = MakeIpcStreamEncoder};

}  // namespace bowyer
