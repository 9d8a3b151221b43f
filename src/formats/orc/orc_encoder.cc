// Each column is brought into a type that the ORC library holds exactly, then the library encodes;
// one task at a time, while the next batch is read.
#include "formats/orc/orc_encoder.h"

#include <arrow/adapters/orc/adapter.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/compute/cast.h>
#include <fmt/format.h>

#include <algorithm>

#include "bowyer/error.h"
#include "core/ordered_tasks.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;
using arrow::Type;

// Remembers why writing failed: the library passes on no more than a text.
class RememberingStream : public arrow::io::OutputStream {
 public:
  explicit RememberingStream(std::shared_ptr<arrow::io::OutputStream> stream)
      : stream_(std::move(stream)) {}

  Status Write(const void* data, int64_t size) override {
    Status status = stream_->Write(data, size);
    if (!status.ok()) failure_ = status;
    return status;
  }
  Status Flush() override { return stream_->Flush(); }
  Status Close() override { return Status::OK(); }  // its maker closes it
  bool closed() const override { return stream_->closed(); }
  Result<int64_t> Tell() const override { return stream_->Tell(); }
  const Status& failure() const { return failure_; }

 private:
  std::shared_ptr<arrow::io::OutputStream> stream_;
  Status failure_;
};

Status CannotHold(const arrow::DataType& type, const std::string& column, std::string hint) {
  return MakeError(ErrorCode::kData, "ORC cannot hold type " + type.ToString(),
                   {.column = column, .hint = std::move(hint)});
}

Result<std::shared_ptr<arrow::Field>> OrcFieldOf(const arrow::Field& field,
                                                 const std::string& column) {
  ARROW_ASSIGN_OR_RAISE(auto type, OrcTypeOf(field.type(), column));
  return arrow::field(field.name(), std::move(type), field.nullable());
}

bool HoldsStructs(const arrow::DataType& type) {
  if (type.id() == Type::STRUCT) return true;
  return std::any_of(type.fields().begin(), type.fields().end(),
                     [](const auto& field) { return HoldsStructs(*field->type()); });
}

bool HasZone(const arrow::DataType& type) {
  if (type.id() == Type::TIMESTAMP) {
    const auto& zone = static_cast<const arrow::TimestampType&>(type).timezone();
    return !zone.empty() && zone != "UTC" && zone != "Etc/UTC" && zone != "Z";
  }
  return std::any_of(type.fields().begin(), type.fields().end(),
                     [](const auto& field) { return HasZone(*field->type()); });
}

class OrcEncoder : public Encoder {
 public:
  OrcEncoder(std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
             std::shared_ptr<RememberingStream> stream,
             std::unique_ptr<arrow::adapters::orc::ORCFileWriter> writer)
      : context_(std::move(context)),
        schema_(std::move(schema)),
        stream_(std::move(stream)),
        writer_(std::move(writer)),
        tasks_(context_, 1) {}

  Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    ARROW_RETURN_NOT_OK(Drain());
    empty_ = false;
    return tasks_.Submit([this, batch]() -> Result<bool> {
      ARROW_RETURN_NOT_OK(Caught([&] { return Encode(*batch); }));
      return true;
    });
  }

  Status Finish() override {
    ARROW_RETURN_NOT_OK(Drain());
    if (empty_) {
      // Without a batch the library writes no schema.
      ARROW_ASSIGN_OR_RAISE(const auto none, arrow::RecordBatch::MakeEmpty(schema_));
      ARROW_RETURN_NOT_OK(Caught([&] { return writer_->Write(*none); }));
    }
    return Caught([&] { return writer_->Close(); });
  }

 private:
  Status Drain() {
    if (tasks_.empty()) return Status::OK();
    return tasks_.Next().status();
  }

  template <typename Call>
  Status Caught(Call call) {
    Status status;
    try {
      status = call();
    } catch (const std::exception& e) {
      status = Status::IOError(e.what());
    }
    if (status.ok()) return status;
    if (!stream_->failure().ok()) return stream_->failure();
    return WithCode(status, ErrorCode::kData, {});
  }

  Status Encode(const arrow::RecordBatch& batch) {
    std::vector<std::shared_ptr<arrow::Array>> columns;
    arrow::compute::ExecContext compute(context_->memory_pool());
    compute.set_use_threads(false);
    for (int i = 0; i < batch.num_columns(); ++i) {
      auto column = batch.column(i);
      const auto& type = schema_->field(i)->type();
      while (column->type_id() == Type::EXTENSION) {
        column = static_cast<const arrow::ExtensionArray&>(*column).storage();
      }
      if (!column->type()->Equals(*type)) {
        auto cast =
            arrow::compute::Cast(*column, type, arrow::compute::CastOptions::Safe(), &compute);
        if (!cast.ok()) {
          return WithCode(cast.status(), ErrorCode::kData, {.column = schema_->field(i)->name()});
        }
        column = std::move(*cast);
      }
      if (HoldsStructs(*type)) {
        // The library overlooks the offsets of sliced structs: a copy has none.
        ARROW_ASSIGN_OR_RAISE(auto nothing, arrow::MakeEmptyArray(type));
        ARROW_ASSIGN_OR_RAISE(column,
                              arrow::Concatenate({column, nothing}, context_->memory_pool()));
      }
      columns.push_back(std::move(column));
    }
    return writer_->Write(*arrow::RecordBatch::Make(schema_, batch.num_rows(), std::move(columns)));
  }

  std::shared_ptr<Context> context_;
  std::shared_ptr<arrow::Schema> schema_;  // as ORC holds it
  std::shared_ptr<RememberingStream> stream_;
  std::unique_ptr<arrow::adapters::orc::ORCFileWriter> writer_;
  bool empty_ = true;
  OrderedTasks<bool> tasks_;
};

Result<arrow::Compression::type> CodecOf(const Compression& compression) {
  if (compression.level) {
    return MakeError(ErrorCode::kUsage, "ORC compression has no levels",
                     {.hint = "try --compression " + compression.name});
  }
  if (compression.name == "none") return arrow::Compression::UNCOMPRESSED;
  if (compression.name == "snappy") return arrow::Compression::SNAPPY;
  // ORC itself calls it zlib.
  if (compression.name == "gzip") return arrow::Compression::GZIP;
  if (compression.name == "lz4") return arrow::Compression::LZ4;
  if (compression.name.empty() || compression.name == "zstd") return arrow::Compression::ZSTD;
  return MakeError(ErrorCode::kUsage, "ORC has no compression named " + compression.name,
                   {.hint = "one of zstd, snappy, gzip, lz4, none"});
}

}  // namespace

Result<std::shared_ptr<arrow::DataType>> OrcTypeOf(const std::shared_ptr<arrow::DataType>& type,
                                                   const std::string& column) {
  switch (type->id()) {
    case Type::BOOL:
    case Type::INT8:
    case Type::INT16:
    case Type::INT32:
    case Type::INT64:
    case Type::FLOAT:
    case Type::DOUBLE:
    case Type::STRING:
    case Type::BINARY:
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
    case Type::FIXED_SIZE_BINARY:
    case Type::DATE32:
      return type;
    case Type::UINT8:
      return arrow::int16();
    case Type::UINT16:
      return arrow::int32();
    case Type::UINT32:
      return arrow::int64();
    case Type::UINT64:
      return arrow::decimal128(20, 0);
    case Type::HALF_FLOAT:
      return arrow::float32();
    case Type::STRING_VIEW:
      return arrow::utf8();
    case Type::BINARY_VIEW:
      return arrow::binary();
    case Type::DATE64:
      return arrow::date32();
    case Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(*type);
      if (timestamp.timezone().empty()) return type;
      return arrow::timestamp(timestamp.unit(), "UTC");
    }
    case Type::DECIMAL32:
    case Type::DECIMAL64:
    case Type::DECIMAL128:
    case Type::DECIMAL256: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(*type);
      if (decimal.precision() > 38 || decimal.scale() < 0 ||
          decimal.scale() > decimal.precision()) {
        return CannotHold(*type, column, "ORC decimals have up to 38 digits and no negative scale");
      }
      return arrow::decimal128(decimal.precision(), decimal.scale());
    }
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::FIXED_SIZE_LIST:
    case Type::LIST_VIEW:
    case Type::LARGE_LIST_VIEW: {
      ARROW_ASSIGN_OR_RAISE(auto item, OrcFieldOf(*type->field(0), column));
      const bool large = type->id() == Type::LARGE_LIST || type->id() == Type::LARGE_LIST_VIEW;
      return large ? arrow::large_list(std::move(item)) : arrow::list(std::move(item));
    }
    case Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      ARROW_ASSIGN_OR_RAISE(auto key, OrcFieldOf(*map.key_field(), column));
      ARROW_ASSIGN_OR_RAISE(auto item, OrcFieldOf(*map.item_field(), column));
      return std::make_shared<arrow::MapType>(std::move(key), std::move(item), map.keys_sorted());
    }
    case Type::STRUCT: {
      arrow::FieldVector fields;
      for (const auto& field : type->fields()) {
        ARROW_ASSIGN_OR_RAISE(auto converted, OrcFieldOf(*field, column + "." + field->name()));
        fields.push_back(std::move(converted));
      }
      return arrow::struct_(std::move(fields));
    }
    case Type::DICTIONARY:
      return OrcTypeOf(static_cast<const arrow::DictionaryType&>(*type).value_type(), column);
    case Type::RUN_END_ENCODED:
      return OrcTypeOf(static_cast<const arrow::RunEndEncodedType&>(*type).value_type(), column);
    case Type::EXTENSION:
      return OrcTypeOf(static_cast<const arrow::ExtensionType&>(*type).storage_type(), column);
    case Type::TIME32:
    case Type::TIME64:
    case Type::DURATION:
      return CannotHold(*type, column, "leave the column out with --select, or write Parquet");
    default:
      return CannotHold(*type, column, "leave the column out with --select, or write .arrow");
  }
}

Result<std::unique_ptr<Encoder>> MakeOrcEncoder(std::shared_ptr<Context> context,
                                                std::shared_ptr<arrow::Schema> schema,
                                                std::shared_ptr<arrow::io::OutputStream> stream,
                                                const WriteOptions& options) {
  if (schema->num_fields() == 0) {
    return MakeError(ErrorCode::kData, "ORC needs at least one column");
  }
  arrow::FieldVector fields;
  for (const auto& field : schema->fields()) {
    ARROW_ASSIGN_OR_RAISE(auto converted, OrcFieldOf(*field, field->name()));
    if (HasZone(*field->type())) {
      context->progress().Note("column " + field->name() +
                               ": ORC keeps the instants, not the time zone's name");
    }
    if (field->type()->id() == Type::EXTENSION) {
      context->progress().Note("column " + field->name() + ": ORC keeps the values as " +
                               converted->type()->ToString() + ", not that they are " +
                               field->type()->ToString());
    }
    fields.push_back(std::move(converted));
  }
  arrow::adapters::orc::WriteOptions write;
  ARROW_ASSIGN_OR_RAISE(write.compression, CodecOf(options.compression));
  write.stripe_size = context->row_group_bytes();
  auto remembering = std::make_shared<RememberingStream>(std::move(stream));
  auto writer = arrow::adapters::orc::ORCFileWriter::Open(remembering.get(), write);
  if (!writer.ok()) return WithCode(writer.status(), ErrorCode::kData, {});
  return std::make_unique<OrcEncoder>(std::move(context), arrow::schema(std::move(fields)),
                                      std::move(remembering), std::move(*writer));
}

}  // namespace bowyer
