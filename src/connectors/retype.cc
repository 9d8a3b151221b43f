// Arrow's casts do the work; what they would round on the quiet is found by casting back.
#include "connectors/retype.h"

#include <arrow/array/array_dict.h>
#include <arrow/array/util.h>
#include <arrow/compare.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/cast.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/name_list.h"
#include "core/text.h"
#include "formats/text/value.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;
using arrow::Type;
using ArrayPtr = std::shared_ptr<arrow::Array>;
using TypePtr = std::shared_ptr<arrow::DataType>;

bool IsTextOrBytes(const arrow::DataType& type) {
  return arrow::is_base_binary_like(type.id()) || arrow::is_binary_view_like(type.id()) ||
         type.id() == Type::FIXED_SIZE_BINARY;
}

class Caster {
 public:
  explicit Caster(arrow::MemoryPool* pool) : context_(pool) {}

  // Every value exactly, or an error (of Arrow's) that says nothing of where.
  Result<ArrayPtr> Cast(const ArrayPtr& array, const TypePtr& type) {
    const TypePtr& from = array->type();
    if (from->Equals(type)) return array;
    if (from->id() == Type::EXTENSION) {
      return Cast(static_cast<const arrow::ExtensionArray&>(*array).storage(), type);
    }
    if (from->id() == Type::DICTIONARY) {
      const auto& values = static_cast<const arrow::DictionaryType&>(*from).value_type();
      ARROW_ASSIGN_OR_RAISE(const auto plain, Plainly(array, values));
      return Cast(plain, type);
    }
    if (type->id() == Type::DICTIONARY) return Encode(array, type);
    if (type->id() == Type::FIXED_SIZE_BINARY) return ToFixedSize(array, type);
    const bool to_text = type->id() == Type::STRING || type->id() == Type::LARGE_STRING;
    if (to_text && !IsTextOrBytes(*from)) return Spell(array, type);
    ARROW_ASSIGN_OR_RAISE(auto cast, Plainly(array, type));
    if (IsTextOrBytes(*from)) {  // "007" is 7, which is spelled otherwise
      if (arrow::is_floating(type->id())) ARROW_RETURN_NOT_OK(CheckInfinities(array, cast));
      return cast;
    }
    ARROW_ASSIGN_OR_RAISE(const auto back, Plainly(cast, from));
    const auto options = arrow::EqualOptions::Defaults().nans_equal(true).signed_zeros_equal(false);
    if (!back->Equals(*array, options)) return Status::Invalid("not exact");
    return cast;
  }

 private:
  Result<ArrayPtr> Plainly(const ArrayPtr& array, const TypePtr& type) {
    return arrow::compute::Cast(*array, type, arrow::compute::CastOptions::Safe(), &context_);
  }

  // "1e400" becomes infinity on the quiet; only a text without digits means it.
  Status CheckInfinities(const ArrayPtr& texts, const ArrayPtr& cast) {
    ARROW_ASSIGN_OR_RAISE(const auto plain, Plainly(texts, arrow::large_utf8()));
    ARROW_ASSIGN_OR_RAISE(const auto wide, Plainly(cast, arrow::float64()));
    const auto& spelled = static_cast<const arrow::LargeStringArray&>(*plain);
    const auto& values = static_cast<const arrow::DoubleArray&>(*wide);
    for (int64_t i = 0; i < values.length(); ++i) {
      if (values.IsNull(i) || !std::isinf(values.Value(i))) continue;
      if (spelled.GetView(i).find_first_of("0123456789") != std::string_view::npos) {
        return Status::Invalid("out of range");
      }
    }
    return Status::OK();
  }

  // As a text format would spell it, nested values as JSON.
  Result<ArrayPtr> Spell(const ArrayPtr& array, const TypePtr& type) {
    ARROW_RETURN_NOT_OK(CheckSpellable(*arrow::field("", array->type())));
    ARROW_ASSIGN_OR_RAISE(const auto text,
                          ArrayText::Make(*array->data(), Notation::kPlain, "null"));
    ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(type, context_.memory_pool()));
    TextBuffer buffer(context_.memory_pool());
    for (int64_t row = 0; row < array->length(); ++row) {
      int64_t place = row;
      if (text.Resolve(&place) == nullptr) {
        ARROW_RETURN_NOT_OK(builder->AppendNull());
        continue;
      }
      char* at = buffer.Restart(text.bound());
      if (at != nullptr) at = text.Append(row, at, buffer);
      if (at == nullptr) return buffer.status();
      ARROW_RETURN_NOT_OK(builder->AppendScalar(arrow::StringScalar(std::string(buffer.view(at)))));
    }
    return builder->Finish();
  }

  Result<ArrayPtr> Encode(const ArrayPtr& array, const TypePtr& type) {
    const auto& dictionary = static_cast<const arrow::DictionaryType&>(*type);
    ARROW_ASSIGN_OR_RAISE(const auto values, Cast(array, dictionary.value_type()));
    ARROW_ASSIGN_OR_RAISE(
        const arrow::Datum encoded,
        arrow::compute::DictionaryEncode(
            values, arrow::compute::DictionaryEncodeOptions::Defaults(), &context_));
    const auto encoded_array = encoded.make_array();
    const auto& found = static_cast<const arrow::DictionaryArray&>(*encoded_array);
    ARROW_ASSIGN_OR_RAISE(const auto indices, Plainly(found.indices(), dictionary.index_type()));
    return arrow::DictionaryArray::FromArrays(type, indices, found.dictionary());
  }

  Result<ArrayPtr> ToFixedSize(const ArrayPtr& array, const TypePtr& type) {
    ARROW_ASSIGN_OR_RAISE(const auto bytes, Cast(array, arrow::binary()));
    ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(type, context_.memory_pool()));
    auto& fixed = static_cast<arrow::FixedSizeBinaryBuilder&>(*builder);
    ARROW_RETURN_NOT_OK(fixed.Reserve(array->length()));
    const auto& values = static_cast<const arrow::BinaryArray&>(*bytes);
    for (int64_t i = 0; i < values.length(); ++i) {
      if (values.IsNull(i)) {
        fixed.UnsafeAppendNull();
        continue;
      }
      const std::string_view value = values.GetView(i);
      if (static_cast<int32_t>(value.size()) != fixed.byte_width()) {
        return Status::Invalid("another number of bytes");
      }
      fixed.UnsafeAppend(value);
    }
    return fixed.Finish();
  }

  arrow::compute::ExecContext context_;
};

// The first value that has no counterpart, found by halving: `whole` could not be cast.
int64_t FirstMisfit(Caster& caster, const ArrayPtr& whole, const TypePtr& type) {
  int64_t good = 0, bad = whole->length();  // rows [0, good) can be cast, [0, bad) cannot
  while (bad - good > 1) {
    const int64_t middle = good + (bad - good) / 2;
    (caster.Cast(whole->Slice(good, middle - good), type).ok() ? good : bad) = middle;
  }
  return good;
}

struct Wish {
  std::shared_ptr<arrow::Field> field;  // as the source gives it
  TypePtr type;
};

Status CannotCast(const Wish& wish) {
  return MakeError(
      ErrorCode::kUsage,
      fmt::format("{} cannot be read as {}", TypeText(*wish.field->type()), TypeText(*wish.type)),
      {.column = wish.field->name(),
       .hint = "try --type " + wish.field->name() + "=text, or leave it out"});
}

class RetypedBatches : public arrow::RecordBatchReader {
 public:
  RetypedBatches(const std::shared_ptr<Context>& context,
                 std::shared_ptr<arrow::RecordBatchReader> reader,
                 std::shared_ptr<arrow::Schema> schema, bool rows_known)
      : context_(context),
        reader_(std::move(reader)),
        schema_(std::move(schema)),
        caster_(context->memory_pool()),
        rows_known_(rows_known) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader_->ReadNext(&batch));
    if (batch == nullptr) return Status::OK();
    arrow::ArrayVector columns;
    for (int i = 0; i < batch->num_columns(); ++i) {
      auto column = batch->column(i);
      const auto& type = schema_->field(i)->type();
      if (!column->type()->Equals(*type)) {
        auto cast = caster_.Cast(column, type);
        if (!cast.ok()) return Misfit(cast.status(), column, *schema_->field(i));
        column = std::move(cast).ValueUnsafe();
      }
      columns.push_back(std::move(column));
    }
    rows_ += batch->num_rows();
    *out = arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns));
    return Status::OK();
  }

 private:
  Status Misfit(const Status& status, const ArrayPtr& column, const arrow::Field& field) {
    if (status.IsOutOfMemory() || DetailOf(status) != nullptr) return status;
    const int64_t row = FirstMisfit(caster_, column, field.type());
    const bool text = IsTextOrBytes(*column->type());
    const std::string value = ValueText(*column, row);
    return MakeError(
        ErrorCode::kData,
        fmt::format("{} cannot be read as {}{}", text ? Quoted(value) : Printable(value, 80),
                    TypeText(*field.type()), text ? "" : " without loss"),
        {.column = field.name(),
         .row = rows_known_ ? rows_ + row + 1 : -1,
         .hint = fmt::format("the column's own type is {}; its type here comes from "
                             "--type",
                             TypeText(*column->type()))});
  }

  const std::shared_ptr<Context> context_;
  const std::shared_ptr<arrow::RecordBatchReader> reader_;
  const std::shared_ptr<arrow::Schema> schema_;
  Caster caster_;
  const bool rows_known_;
  int64_t rows_ = 0;
};

class RetypedSource : public Source {
 public:
  RetypedSource(std::shared_ptr<Context> context, std::unique_ptr<Source> source,
                std::shared_ptr<arrow::Schema> schema)
      : context_(std::move(context)), source_(std::move(source)), schema_(std::move(schema)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Result<std::string> Fingerprint() const override { return source_->Fingerprint(); }
  Result<std::vector<Chunk>> Chunks(int64_t target_rows) override {
    return source_->Chunks(target_rows);
  }
  Result<SourceInfo> Inspect() override { return source_->Inspect(); }
  Result<ColumnBounds> Bounds(const Chunk& chunk, int column) override {
    // Of the stored type, whose order need not be that of the new one.
    if (!source_->schema()->field(column)->type()->Equals(schema_->field(column)->type())) {
      return ColumnBounds{};
    }
    return source_->Bounds(chunk, column);
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> Open(const Chunk& chunk,
                                                         const ScanOptions& options) override {
    ScanOptions plain = options;
    plain.compact = false;  // types are compared here
    plain.choice = nullptr;
    ARROW_ASSIGN_OR_RAISE(auto reader, source_->Open(chunk, plain));
    std::shared_ptr<arrow::Schema> schema = schema_;
    if (options.columns) {
      arrow::FieldVector fields;
      for (const int column : *options.columns) fields.push_back(schema_->field(column));
      schema = arrow::schema(std::move(fields), schema_->metadata());
    }
    return std::make_shared<RetypedBatches>(context_, std::move(reader), std::move(schema),
                                            chunk.first == 0);
  }

 private:
  const std::shared_ptr<Context> context_;
  const std::unique_ptr<Source> source_;
  const std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

Result<std::unique_ptr<Source>> Retyped(const std::shared_ptr<Context>& context,
                                        std::unique_ptr<Source> source,
                                        const ReadOptions& options) {
  arrow::FieldVector fields = source->schema()->fields();
  bool differs = false;
  Caster caster(context->memory_pool());
  for (auto& field : fields) {
    const auto told = options.types.find(field->name());
    if (told == options.types.end() || field->type()->Equals(told->second)) continue;
    const Wish wish{field, told->second};
    ARROW_ASSIGN_OR_RAISE(const auto nothing,
                          arrow::MakeEmptyArray(field->type(), context->memory_pool()));
    if (!caster.Cast(nothing, wish.type).ok()) return CannotCast(wish);
    // Metadata of a field may name an extension type, which the new type is not.
    field = arrow::field(field->name(), wish.type, field->nullable());
    differs = true;
  }
  if (!differs) return source;
  auto schema = arrow::schema(std::move(fields), source->schema()->metadata());
  return std::make_unique<RetypedSource>(context, std::move(source), std::move(schema));
}

Status CheckTypedColumns(const ReadOptions& options, const arrow::Schema& schema) {
  for (const auto& given : options.types) {
    const std::string& name = given.first;
    if (!schema.GetAllFieldIndices(name).empty()) continue;
    return NoSuchColumn("--type", name, schema.field_names());
  }
  return Status::OK();
}

}  // namespace bowyer
