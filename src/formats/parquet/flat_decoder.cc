// Pages, levels and indices, which are the same for all types.
#include "formats/parquet/flat_decoder.h"

#include <arrow/array/util.h>
#include <arrow/util/bitmap_ops.h>
#include <fmt/format.h>

#include <bit>

namespace bowyer {

using arrow::Result;
using arrow::Status;

Result<std::shared_ptr<arrow::Array>> FlatDecoder::Next() {
  ARROW_RETURN_NOT_OK(Begin(batch_rows_));
  BeginArray(batch_rows_);
  while (rows_ < batch_rows_ && !Full()) {
    if (page_left_ == 0) {
      ARROW_ASSIGN_OR_RAISE(const bool more, NextPage(0, nullptr));
      if (!more) break;
      continue;
    }
    const int64_t rows = std::min({batch_rows_ - rows_, page_left_, BlockRows()});
    ARROW_RETURN_NOT_OK(AppendBlock(rows));
    page_left_ -= rows;
  }
  return Finish();
}

Result<std::shared_ptr<arrow::Array>> FlatDecoder::NextOf(uint32_t first, int64_t rows,
                                                          std::span<const uint32_t> chosen,
                                                          int64_t* passed) {
  const auto most_rows = static_cast<int64_t>(chosen.size());
  ARROW_RETURN_NOT_OK(Begin(most_rows));
  BeginArray(most_rows);
  *passed = 0;
  while (*passed < rows && !Full()) {
    if (page_left_ == 0) {
      const int64_t wanted = chosen.empty() ? rows : chosen.front() - first;
      ARROW_ASSIGN_OR_RAISE(const bool more, NextPage(wanted - *passed, passed));
      if (!more) break;
      continue;
    }
    const int64_t block = std::min({rows - *passed, page_left_, BlockRows()});
    const auto at = static_cast<uint32_t>(first + *passed);
    size_t count = 0;
    while (count < chosen.size() && chosen[count] < at + block) ++count;
    if (static_cast<int64_t>(count) == block) {
      ARROW_RETURN_NOT_OK(AppendBlock(block));
    } else {
      ARROW_RETURN_NOT_OK(AppendChosen(block, chosen.first(count), at));
    }
    chosen = chosen.subspan(count);
    *passed += block;
    page_left_ -= block;
  }
  return Finish();
}

void FlatDecoder::BeginArray(int64_t most_rows) {
  most_rows_ = most_rows;
  rows_ = nulls_ = 0;
  bitmap_ = nullptr;
}

Status FlatDecoder::ReadIndices(int64_t count) {
  if (!runs_.Read(indices_, count)) return Fault("a page has too few indices");
  // The sign bit of `bad` is set by an index beyond the last value, or beyond 2^31.
  const uint32_t last = dictionary_values_ - 1;
  uint32_t bad = 0;
  for (int64_t i = 0; i < count; ++i) bad |= (last - indices_[i]) | indices_[i];
  if (bad >> 31 != 0) return Fault("an index is outside of the dictionary");
  return Status::OK();
}

Status FlatDecoder::AppendBlock(int64_t rows) {
  ARROW_ASSIGN_OR_RAISE(const int64_t there, ReadLevels(rows));
  if (by_dictionary_) ARROW_RETURN_NOT_OK(ReadIndices(there));
  ARROW_RETURN_NOT_OK(Append(rows, there));
  rows_ += rows;
  nulls_ += rows - there;
  return Status::OK();
}

Status FlatDecoder::AppendChosen(int64_t rows, std::span<const uint32_t> chosen, uint32_t first) {
  constexpr int64_t kWords = kBlockRows / 64;
  const auto count = static_cast<int64_t>(chosen.size());
  int64_t there = rows, picked = 0;
  const int64_t run = optional_ ? level_runs_.TakeRun(1, rows) : rows;
  if (run == rows) {
    for (const uint32_t row : chosen) picked_[picked++] = row - first;
    if (bitmap_ != nullptr) {
      arrow::bit_util::SetBitsTo(bitmap_->mutable_data(), rows_, count, true);
    }
  } else {
    // Which rows have a value, and how many have one before each word of them.
    uint64_t words[kWords + 2] = {};
    auto* bits = reinterpret_cast<uint8_t*>(words);
    arrow::bit_util::SetBitsTo(bits, 0, run, true);
    if (!level_runs_.ReadBits(bits, run, rows - run)) return Fault("a page has too few levels");
    uint32_t before[kWords + 1];
    there = 0;
    for (int64_t w = 0; w <= kWords; ++w) {
      before[w] = static_cast<uint32_t>(there);
      there += std::popcount(words[w]);
    }
    if (count > 0) ARROW_RETURN_NOT_OK(NeedBitmap());
    for (int64_t i = 0; i < count; ++i) {
      const uint32_t row = chosen[static_cast<size_t>(i)] - first;
      const uint64_t word = words[row / 64], bit = uint64_t{1} << (row % 64);
      picked_[picked] = before[row / 64] + static_cast<uint32_t>(std::popcount(word & (bit - 1)));
      if ((word & bit) == 0) continue;
      ++picked;
      arrow::bit_util::SetBit(bitmap_->mutable_data(), rows_ + i);
    }
  }
  if (!by_dictionary_) {
    ARROW_RETURN_NOT_OK(AppendOf({picked_, static_cast<size_t>(picked)}, there, count));
  } else if (count == 0) {
    if (!runs_.Skip(there)) return Fault("a page has too few indices");
  } else {
    ARROW_RETURN_NOT_OK(ReadIndices(there));
    for (int64_t i = 0; i < picked; ++i) indices_[i] = indices_[picked_[i]];
    ARROW_RETURN_NOT_OK(Append(count, picked));
  }
  rows_ += count;
  nulls_ += count - picked;
  return Status::OK();
}

Result<std::shared_ptr<arrow::Array>> FlatDecoder::Finish() {
  if (rows_ == 0) return nullptr;
  if (nulls_ == 0) bitmap_ = nullptr;
  ARROW_ASSIGN_OR_RAISE(auto buffers, End());
  if (bitmap_ != nullptr) {
    bitmap_ = arrow::SliceBuffer(bitmap_, 0, arrow::bit_util::BytesForBits(rows_));
  }
  buffers.insert(buffers.begin(), bitmap_);
  auto data = arrow::ArrayData::Make(type_, rows_, std::move(buffers), nulls_);
  ARROW_RETURN_NOT_OK(Complete(data.get()));
  return arrow::MakeArray(data);
}

Result<bool> FlatDecoder::NextPage(int64_t unwanted, int64_t* passed) {
  ARROW_ASSIGN_OR_RAISE(const auto page, pages_.Next(unwanted));
  if (page == nullptr) return false;
  if (const int64_t values = ValuesOfDataPage(*page); values <= unwanted) {
    if (values < 0) return Fault("a page's length is negative");
    if (passed != nullptr) *passed += values;
    return true;
  }
  const uint8_t* at = pages_.bytes().data();
  const uint8_t* end = at + pages_.bytes().size();
  if (page->type() == parquet::PageType::DICTIONARY_PAGE) {
    const auto& dictionary = static_cast<const parquet::DictionaryPage&>(*page);
    if (has_dictionary_) return Fault("a second dictionary");
    has_dictionary_ = true;
    if (dictionary.num_values() < 0) return Fault("a dictionary's length is negative");
    dictionary_values_ = static_cast<uint32_t>(dictionary.num_values());
    ARROW_RETURN_NOT_OK(TakeDictionary(at, end - at, dictionary.num_values()));
    return true;
  }
  parquet::Encoding::type encoding;
  if (page->type() == parquet::PageType::DATA_PAGE) {
    const auto& data = static_cast<const parquet::DataPageV1&>(*page);
    page_left_ = data.num_values();
    encoding = data.encoding();
    if (optional_) {
      ARROW_RETURN_NOT_OK(ReadLevelsOfPage(data, &at, end));
    }
  } else if (page->type() == parquet::PageType::DATA_PAGE_V2) {
    const auto& data = static_cast<const parquet::DataPageV2&>(*page);
    page_left_ = data.num_values();
    encoding = data.encoding();
    const int64_t repetition = data.repetition_levels_byte_length();
    const int64_t definition = data.definition_levels_byte_length();
    if (repetition < 0 || definition < 0 || repetition + definition > end - at) {
      return Fault("a page is too short for its levels");
    }
    at += repetition;
    level_runs_ = HybridRuns(at, definition, 1);
    at += definition;
  } else {
    return true;  // an index page
  }
  by_dictionary_ = encoding == parquet::Encoding::RLE_DICTIONARY ||
                   encoding == parquet::Encoding::PLAIN_DICTIONARY;
  if (by_dictionary_) {
    if (!has_dictionary_) return Fault("the dictionary is missing");
    if (at == end) {
      runs_ = HybridRuns();  // only nulls
      return true;
    }
    const int width = *at++;
    if (width > 32) return Fault(fmt::format("indices of {} bits", width));
    runs_ = HybridRuns(at, end - at, width);
  } else {
    ARROW_RETURN_NOT_OK(TakeValues(encoding, at, end));
  }
  return true;
}

Status FlatDecoder::TakeValues(parquet::Encoding::type encoding, const uint8_t* at,
                               const uint8_t* end) {
  if (encoding != parquet::Encoding::PLAIN) {
    return Fault("a page in an encoding that its column does not announce");
  }
  plain_ = at;
  plain_end_ = end;
  return Status::OK();
}

Status FlatDecoder::ReadLevelsOfPage(const parquet::DataPageV1& page, const uint8_t** at,
                                     const uint8_t* end) {
  if (page.definition_level_encoding() == parquet::Encoding::RLE) {
    if (end - *at < 4) return Fault("a page is too short for its levels");
    uint32_t length;
    std::memcpy(&length, *at, sizeof(length));
    *at += 4;
    if (length > end - *at) return Fault("a page is too short for its levels");
    level_runs_ = HybridRuns(*at, length, 1);
    *at += length;
    return Status::OK();
  }
  if (page.definition_level_encoding() != parquet::Encoding::BIT_PACKED) {
    return Fault("levels are stored in a way that is not known");
  }
  // As old writers had it: the highest bit of each byte first.
  const int64_t bytes = arrow::bit_util::BytesForBits(std::max<int64_t>(0, page_left_));
  if (bytes > end - *at) return Fault("a page is too short for its levels");
  turned_.assign(*at, *at + bytes);
  for (uint8_t& byte : turned_) {
    uint8_t turned = 0;
    for (int bit = 0; bit < 8; ++bit) turned |= ((byte >> bit) & 1) << (7 - bit);
    byte = turned;
  }
  level_runs_ = HybridRuns::OfBits(turned_.data(), bytes, page_left_);
  *at += bytes;
  return Status::OK();
}

Status FlatDecoder::NeedBitmap() {
  if (bitmap_ != nullptr) return Status::OK();
  // Whole words are read of it.
  ARROW_ASSIGN_OR_RAISE(bitmap_, arrow::AllocateEmptyBitmap(most_rows_ + 128, pool_));
  arrow::bit_util::SetBitsTo(bitmap_->mutable_data(), 0, rows_, true);
  return Status::OK();
}

Result<int64_t> FlatDecoder::ReadLevels(int64_t rows) {
  if (!optional_) return rows;
  int64_t run = 0;
  if (bitmap_ == nullptr) {
    run = level_runs_.TakeRun(1, rows);
    if (run == rows) return rows;
    ARROW_RETURN_NOT_OK(NeedBitmap());
    arrow::bit_util::SetBitsTo(bitmap_->mutable_data(), rows_, run, true);
  }
  if (!level_runs_.ReadBits(bitmap_->mutable_data(), rows_ + run, rows - run)) {
    return Fault("a page has too few levels");
  }
  return arrow::internal::CountSetBits(bitmap_->data(), rows_, rows);
}

}  // namespace bowyer
