// Pages -> bytes of a column chunk: packed, with a checksum, behind their headers.
#pragma once

#include <arrow/buffer_builder.h>
#include <arrow/result.h>
#include <arrow/util/compression.h>

#include <cstdint>
#include <memory>

#include "formats/parquet/dictionary.h"
#include "formats/parquet/metadata.h"

namespace bowyer::parquet {

class PageWriter {
 public:
  static arrow::Result<std::unique_ptr<PageWriter>> Make(Codec codec, int level,
                                                         arrow::MemoryPool* pool);

  // Appends a page to the data pages. Should the first one hardly get smaller by packing, as after
  // an encoding that leaves little to do, the whole chunk is left unpacked, unless `dictionary`
  // (what there is of it) is worth it.
  arrow::Status AddDataPage(const arrow::BufferBuilder& raw, int64_t values, ValueEncoding encoding,
                            const Dictionary* dictionary);
  arrow::Status SetDictionaryPage(const arrow::BufferBuilder& raw, int64_t values);
  // Forgets all pages.
  void Reset();

  // Adds what was written to the facts, and takes the bytes.
  arrow::Result<std::vector<std::shared_ptr<arrow::Buffer>>> Finish(ChunkFacts* facts);

 private:
  PageWriter(Codec codec, std::unique_ptr<arrow::util::Codec> packer, arrow::MemoryPool* pool)
      : codec_(codec),
        packer_(std::move(packer)),
        pool_(pool),
        packed_(pool),
        data_(pool),
        dictionary_(pool) {}

  // What the first page tells: `raw` bytes became, or would become, `packed`.
  arrow::Status Judge(int64_t raw, int64_t packed, const Dictionary* dictionary);
  // Bytes that `size` bytes would take, told from a few slices of them.
  arrow::Result<int64_t> Estimate(const uint8_t* bytes, int64_t size);
  arrow::Status Append(const arrow::BufferBuilder& raw, int64_t values, ValueEncoding encoding,
                       bool is_dictionary, const Dictionary* dictionary, arrow::BufferBuilder* out);

  Codec codec_;
  std::unique_ptr<arrow::util::Codec> packer_;
  arrow::MemoryPool* pool_;
  bool packs_ = true;       // false: it does not pay in this chunk
  bool packs_data_ = true;  // false: it pays for the dictionary only
  arrow::BufferBuilder packed_, data_, dictionary_;
  int32_t data_pages_ = 0;
  int64_t raw_bytes_ = 0;
};

}  // namespace bowyer::parquet
