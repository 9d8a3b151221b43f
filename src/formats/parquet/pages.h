// Pages -> bytes of a column chunk: packed, with a checksum, behind their headers.
#pragma once

#include <arrow/buffer_builder.h>
#include <arrow/result.h>
#include <arrow/util/compression.h>

#include <cstdint>
#include <memory>

#include "formats/parquet/metadata.h"

namespace bowyer::parquet {

class PageWriter {
 public:
  static arrow::Result<std::unique_ptr<PageWriter>> Make(Codec codec, int level,
                                                         arrow::MemoryPool* pool);

  // Appends a page to the data pages. Should the first one hardly get smaller by packing, as after
  // an encoding that leaves little to do, the whole chunk is left unpacked.
  arrow::Status AddDataPage(const arrow::BufferBuilder& raw, int64_t values,
                            ValueEncoding encoding);
  arrow::Status SetDictionaryPage(const arrow::BufferBuilder& raw, int64_t values);
  // Forgets all pages.
  void Reset();

  // Adds what was written to the facts, and takes the bytes.
  arrow::Result<std::vector<std::shared_ptr<arrow::Buffer>>> Finish(ChunkFacts* facts);

 private:
  PageWriter(Codec codec, std::unique_ptr<arrow::util::Codec> packer, arrow::MemoryPool* pool)
      : codec_(codec), packer_(std::move(packer)), packed_(pool), data_(pool), dictionary_(pool) {}

  arrow::Status Append(const arrow::BufferBuilder& raw, int64_t values, ValueEncoding encoding,
                       bool is_dictionary, arrow::BufferBuilder* out);

  Codec codec_;
  std::unique_ptr<arrow::util::Codec> packer_;
  bool packs_ = true;  // false: it does not pay in this chunk
  arrow::BufferBuilder packed_, data_, dictionary_;
  int32_t data_pages_ = 0;
  int64_t raw_bytes_ = 0;
};

}  // namespace bowyer::parquet
