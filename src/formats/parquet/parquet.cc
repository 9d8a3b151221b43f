// The Parquet format: where reading (source.cc) and writing (writer.cc) meet.
#include "formats/format.h"
#include "formats/parquet/source.h"
#include "formats/parquet/writer.h"

namespace bowyer {
namespace {

constexpr std::string_view kSuffixes[] = {".parquet", ".parq", ".pq"};
constexpr std::string_view kCodecs[] = {"zstd", "snappy", "none", "lz4", "gzip", "brotli"};

}  // namespace

const Format kParquetFormat = {.name = "parquet",
                               .title = "Parquet",
                               .suffixes = kSuffixes,
                               .text = false,
                               .codecs = kCodecs,
                               .open = OpenParquet,
                               .encode = MakeParquetEncoder};

}  // namespace bowyer
