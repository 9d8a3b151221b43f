#include "engine/promised.h"

#include <arrow/array.h>
#include <arrow/array/data.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/text.h"

namespace bowyer {
namespace {

using arrow::Type;

// Do arrays of `actual` hold the same as those of `promised`, names and nulls apart?
bool HoldsTheSame(const arrow::DataType& actual, const arrow::DataType& promised) {
  if (promised.id() == Type::NA) return actual.id() == Type::INT32 || actual.id() == Type::NA;
  if (promised.num_fields() == 0) return actual.Equals(promised);
  if (actual.id() != promised.id() || actual.num_fields() != promised.num_fields()) return false;
  if (actual.id() == Type::FIXED_SIZE_LIST &&
      static_cast<const arrow::FixedSizeListType&>(actual).list_size() !=
          static_cast<const arrow::FixedSizeListType&>(promised).list_size()) {
    return false;
  }
  for (int i = 0; i < actual.num_fields(); ++i) {
    if (promised.id() == Type::STRUCT && actual.field(i)->name() != promised.field(i)->name()) {
      return false;
    }
    if (!HoldsTheSame(*actual.field(i)->type(), *promised.field(i)->type())) return false;
  }
  return true;
}

std::shared_ptr<arrow::ArrayData> Retyped(const arrow::ArrayData& data,
                                          const std::shared_ptr<arrow::DataType>& type) {
  if (type->id() == Type::NA) return arrow::NullArray(data.length).data();
  auto copy = std::make_shared<arrow::ArrayData>(data);
  copy->type = type;
  for (size_t i = 0; i < copy->child_data.size(); ++i) {
    copy->child_data[i] = Retyped(*copy->child_data[i], type->field(static_cast<int>(i))->type());
  }
  return copy;
}

class PromisedReader : public arrow::RecordBatchReader {
 public:
  PromisedReader(std::shared_ptr<arrow::RecordBatchReader> reader,
                 std::shared_ptr<arrow::Schema> promised)
      : reader_(std::move(reader)), schema_(std::move(promised)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader_->ReadNext(&batch));
    out->reset();
    if (batch == nullptr) return arrow::Status::OK();
    std::vector<std::shared_ptr<arrow::ArrayData>> columns;
    for (int i = 0; i < batch->num_columns(); ++i) {
      const auto& type = schema_->field(i)->type();
      const auto& column = *batch->column(i);
      if (type->id() == Type::NA && column.null_count() < column.length()) {
        return MakeError(ErrorCode::kInternal, "a column of nulls has a value",
                         {.column = schema_->field(i)->name()});
      }
      columns.push_back(Retyped(*column.data(), type));
    }
    *out = arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns));
    return arrow::Status::OK();
  }

  arrow::Status Close() override { return reader_->Close(); }

 private:
  std::shared_ptr<arrow::RecordBatchReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> AsPromised(
    std::shared_ptr<arrow::RecordBatchReader> reader, std::shared_ptr<arrow::Schema> promised) {
  const auto& actual = *reader->schema();
  if (actual.Equals(*promised, /*check_metadata=*/true)) return reader;
  for (int i = 0; i < promised->num_fields(); ++i) {
    const auto& field = *promised->field(i);
    if (i < actual.num_fields() && actual.field(i)->name() == field.name() &&
        HoldsTheSame(*actual.field(i)->type(), *field.type())) {
      continue;
    }
    return MakeError(
        ErrorCode::kInternal,
        fmt::format(
            "the result should be {}, but the engine gives {}", TypeText(*field.type()),
            i < actual.num_fields() ? TypeText(*actual.field(i)->type()) : std::string("nothing")),
        {.column = field.name()});
  }
  return std::make_shared<PromisedReader>(std::move(reader), std::move(promised));
}

}  // namespace bowyer
