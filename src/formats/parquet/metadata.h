// What the footer and the page headers say, and how it is spelled in Thrift (parquet.thrift).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/parquet/encoding.h"
#include "formats/parquet/schema.h"
#include "formats/parquet/statistics.h"

namespace bowyer::parquet {

// The format's numbers.
enum class Codec : int {
  kUncompressed = 0,
  kSnappy = 1,
  kGzip = 2,
  kBrotli = 4,
  kZstd = 6,
  kLz4Raw = 7,
};

struct PageFacts {
  int32_t raw_bytes = 0;
  int32_t stored_bytes = 0;
  uint32_t crc = 0;  // of the stored bytes
  int32_t values = 0;
  ValueEncoding encoding = ValueEncoding::kPlain;
};

std::string DataPageHeader(const PageFacts& facts);        // version 1
std::string DictionaryPageHeader(const PageFacts& facts);  // plain values

// A column chunk, its offset in the file left out.
struct ChunkFacts {
  ValueEncoding encoding = ValueEncoding::kPlain;  // of the data pages
  bool has_levels = false;
  Codec codec = Codec::kUncompressed;
  int64_t values = 0;  // with nulls
  int64_t null_count = 0;
  int64_t raw_bytes = 0;  // headers included, as below
  int64_t stored_bytes = 0;
  int64_t dictionary_bytes = 0;  // stored, with its header; 0: no dictionary
  int32_t data_pages = 0;
  std::optional<Bounds> bounds;
};

struct ColumnAt {
  ChunkFacts facts;
  int64_t offset = 0;
};

// A row group's entry of the footer.
std::string RowGroupEntry(const std::vector<Leaf>& leaves, const std::vector<ColumnAt>& columns,
                          int64_t rows);

// The footer, without its length and the closing magic.
std::string Footer(const ParquetSchema& schema, const std::vector<std::string>& row_groups,
                   int64_t rows);

}  // namespace bowyer::parquet
