#include "formats/parquet/column_stream.h"

#include <arrow/array/builder_primitive.h>
#include <arrow/compute/cast.h>
#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "core/gather.h"
#include "core/validate.h"
#include "formats/wished_type.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

class ArrowDecoder : public ColumnDecoder {
 public:
  ArrowDecoder(std::unique_ptr<arrow::RecordBatchReader> reader,
               std::shared_ptr<arrow::DataType> type)
      : reader_(std::move(reader)), type_(std::move(type)) {}

  Result<std::shared_ptr<arrow::Array>> Next() override {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader_->ReadNext(&batch));
    if (batch == nullptr) return nullptr;
    if (batch->num_columns() != 1) return Status::Invalid("the column cannot be read");
    auto array = UnderType(batch->column(0), type_);
    if (array->type_id() == arrow::Type::DICTIONARY && type_->id() == arrow::Type::BINARY) {
      return arrow::compute::Cast(*array, type_);
    }
    return array;
  }

 private:
  std::unique_ptr<arrow::RecordBatchReader> reader_;
  std::shared_ptr<arrow::DataType> type_;
};

}  // namespace

ColumnStream::ColumnStream(std::shared_ptr<const ParquetFile> file, int group, int field,
                           bool compact)
    : file_(std::move(file)),
      group_(group),
      field_(field),
      compact_(compact),
      rows_left_(file_->metadata->RowGroup(group)->num_rows()) {
  for (int g = 0; g < group; ++g) first_row_ += file_->metadata->RowGroup(g)->num_rows();
}

ErrorPlace ColumnStream::place() const {
  return {.location = file_->input.name, .column = file_->schema->field(field_)->name()};
}

template <typename Call>
auto ColumnStream::Guarded(Call call) -> decltype(call()) {
  ARROW_RETURN_NOT_OK(failed_);
  auto result = CatchParquet(file_->input.name, file_->schema->field(field_)->name(), call);
  if constexpr (std::is_same_v<decltype(result), Status>) {
    failed_ = result;
  } else {
    failed_ = result.status();
  }
  return result;
}

Status ColumnStream::Open() {
  if (decoder_ != nullptr) return Status::OK();
  const std::lock_guard lock(file_->opening);
  const int64_t rows = file_->reader->properties().batch_size();
  ARROW_ASSIGN_OR_RAISE(auto flat, MakeFlatDecoder(*file_, group_, field_, rows, compact_));
  if (flat != nullptr) {
    choosing_ = flat.get();
    decoder_ = std::move(flat);
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(auto reader, file_->reader->GetRecordBatchReader(
                                         {group_}, file_->leaves[static_cast<size_t>(field_)]));
  decoder_ =
      std::make_unique<ArrowDecoder>(std::move(reader), file_->schema->field(field_)->type());
  return Status::OK();
}

Status ColumnStream::Ended() const {
  return MakeError(ErrorCode::kData,
                   fmt::format("row group {} ends {} rows too early", group_, rows_left_), place());
}

Result<std::shared_ptr<arrow::Array>> ColumnStream::Next() {
  if (rows_left_ == 0) return nullptr;
  const std::string& name = file_->schema->field(field_)->name();
  return Guarded([&]() -> Result<std::shared_ptr<arrow::Array>> {
    ARROW_RETURN_NOT_OK(Open());
    std::shared_ptr<arrow::Array> array;
    do {
      ARROW_ASSIGN_OR_RAISE(array, decoder_->Next());
      if (array == nullptr) return Ended();
    } while (array->length() == 0);
    if (!decoder_->text_checked()) {
      ARROW_RETURN_NOT_OK(CheckUtf8(*array->data(), name, first_row_));
    }
    if (array->length() > rows_left_) {
      return MakeError(ErrorCode::kData,
                       fmt::format("row group {} holds more rows than it claims", group_), place());
    }
    rows_left_ -= array->length();
    first_row_ += array->length();
    return array;
  });
}

Status ColumnStream::NextOf(int64_t rows, std::span<const uint32_t> chosen,
                            arrow::ArrayVector* out) {
  const std::string& name = file_->schema->field(field_)->name();
  return Guarded([&]() -> Status {
    ARROW_RETURN_NOT_OK(Open());
    if (choosing_ != nullptr) {
      for (int64_t at = 0; at < rows;) {
        int64_t passed = 0;
        ARROW_ASSIGN_OR_RAISE(
            auto array, choosing_->NextOf(static_cast<uint32_t>(at), rows - at, chosen, &passed));
        if (passed == 0) return Ended();
        at += passed;
        rows_left_ -= passed;
        first_row_ += passed;
        if (array == nullptr) continue;
        // Its rows are no neighbours in the file, so none is told.
        if (!decoder_->text_checked()) ARROW_RETURN_NOT_OK(CheckUtf8(*array->data(), name, -1));
        chosen = chosen.subspan(static_cast<size_t>(array->length()));
        out->push_back(std::move(array));
      }
      return Status::OK();
    }
    int64_t passed = 0;
    size_t next = 0;
    while (passed < rows) {
      if (rest_ == nullptr) {
        ARROW_ASSIGN_OR_RAISE(rest_, Next());
        if (rest_ == nullptr) return Ended();
      }
      const int64_t count = std::min(rows - passed, rest_->length());
      arrow::UInt32Builder indices(file_->context->memory_pool());
      for (; next < chosen.size() && chosen[next] < passed + count; ++next) {
        ARROW_RETURN_NOT_OK(indices.Append(static_cast<uint32_t>(chosen[next] - passed)));
      }
      if (indices.length() > 0) {
        std::shared_ptr<arrow::UInt32Array> rows_of_rest;
        ARROW_RETURN_NOT_OK(indices.Finish(&rows_of_rest));
        ARROW_ASSIGN_OR_RAISE(auto some,
                              TakeRows(rest_, *rows_of_rest, file_->context->memory_pool()));
        out->push_back(std::move(some));
      }
      rest_ = count == rest_->length() ? nullptr : rest_->Slice(count);
      passed += count;
    }
    return Status::OK();
  });
}

}  // namespace bowyer
