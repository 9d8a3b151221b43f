// A Feather V1 file is "FEA1", the columns' bytes, a table of metadata, its length, "FEA1" again.
// A column is one array: a bitmap where there are nulls, offsets where the values have lengths, and
// values, each part padded to 8 bytes. Its rows are read in parts, as those of a large IPC batch.
#include "formats/arrow/feather1.h"

#include <arrow/array/array_base.h>
#include <arrow/array/util.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/endian.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "bowyer/error.h"
#include "core/ordered_tasks.h"
#include "core/validate.h"
#include "formats/arrow/flat_table.h"
#include "formats/arrow/ipc_decode.h"
#include "formats/wished_type.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

Status Fault(std::string what) { return MakeError(ErrorCode::kData, std::move(what)); }

// A stored array.
struct Stored {
  std::shared_ptr<arrow::DataType> type;
  int64_t offset = 0, length = 0, null_count = 0, bytes = 0;
};

struct Column {
  std::string name;
  Stored values;
  std::shared_ptr<arrow::DataType> type;  // what the values stand for
  std::optional<Stored> levels;           // of a category
  bool ordered = false;
};

struct Feather {
  FileInput input;
  int64_t size = 0, rows = 0;
  std::vector<Column> columns;
  std::vector<std::shared_ptr<arrow::ArrayData>> dictionaries;  // of the columns, or null
  std::shared_ptr<arrow::Schema> schema;
};

Result<std::shared_ptr<arrow::DataType>> TypeOf(int8_t code) {
  switch (code) {
    case 0:
      return arrow::boolean();
    case 1:
      return arrow::int8();
    case 2:
      return arrow::int16();
    case 3:
      return arrow::int32();
    case 4:
      return arrow::int64();
    case 5:
      return arrow::uint8();
    case 6:
      return arrow::uint16();
    case 7:
      return arrow::uint32();
    case 8:
      return arrow::uint64();
    case 9:
      return arrow::float32();
    case 10:
      return arrow::float64();
    case 11:
      return arrow::utf8();
    case 12:
      return arrow::binary();
    default:
      return Fault(fmt::format("Feather type {} is not known", code));
  }
}

Result<Stored> ParseStored(const FlatTable& table, int64_t file_size) {
  Stored stored;
  ARROW_ASSIGN_OR_RAISE(const int8_t code, table.Scalar<int8_t>(0, 0));
  ARROW_ASSIGN_OR_RAISE(stored.type, TypeOf(code));
  ARROW_ASSIGN_OR_RAISE(const int8_t encoding, table.Scalar<int8_t>(1, 0));
  if (encoding != 0) return Fault("an encoding that is not known");
  ARROW_ASSIGN_OR_RAISE(stored.offset, table.Scalar<int64_t>(2, 0));
  ARROW_ASSIGN_OR_RAISE(stored.length, table.Scalar<int64_t>(3, 0));
  ARROW_ASSIGN_OR_RAISE(stored.null_count, table.Scalar<int64_t>(4, 0));
  ARROW_ASSIGN_OR_RAISE(stored.bytes, table.Scalar<int64_t>(5, 0));
  if (stored.offset < 0 || stored.bytes < 0 || stored.offset > file_size ||
      stored.bytes > file_size - stored.offset || stored.length < 0 ||
      stored.length > 8 * file_size || stored.null_count < 0 || stored.null_count > stored.length) {
    return Fault("a column lies outside of the file");
  }
  return stored;
}

Result<arrow::TimeUnit::type> UnitOf(int8_t unit) {
  if (unit < 0 || unit > 3) return Fault("a unit of time that is not known");
  return static_cast<arrow::TimeUnit::type>(unit);
}

Result<Column> ParseColumn(const FlatTable& table, int64_t file_size) {
  Column column;
  ARROW_ASSIGN_OR_RAISE(const auto name, table.Text(0));
  column.name = name;
  ARROW_ASSIGN_OR_RAISE(const auto values, table.Table(1));
  ARROW_ASSIGN_OR_RAISE(column.values, ParseStored(values, file_size));
  column.type = column.values.type;
  ARROW_ASSIGN_OR_RAISE(const uint8_t kind, table.Scalar<uint8_t>(2, 0));
  if (kind == 0) return column;
  ARROW_ASSIGN_OR_RAISE(const auto more, table.Table(3));
  const auto id = column.values.type->id();
  if (kind == 1) {  // a category
    ARROW_ASSIGN_OR_RAISE(const auto levels, more.Table(0));
    ARROW_ASSIGN_OR_RAISE(column.levels, ParseStored(levels, file_size));
    ARROW_ASSIGN_OR_RAISE(const uint8_t ordered, more.Scalar<uint8_t>(1, 0));
    if (!arrow::is_integer(id)) return Fault("a category whose indices are no integers");
    column.type = arrow::dictionary(column.values.type, column.levels->type, ordered != 0);
  } else if (kind == 2 && id == arrow::Type::INT64) {  // a timestamp
    ARROW_ASSIGN_OR_RAISE(const int8_t code, more.Scalar<int8_t>(0, 0));
    ARROW_ASSIGN_OR_RAISE(const auto unit, UnitOf(code));
    ARROW_ASSIGN_OR_RAISE(const auto zone, more.Text(1));
    column.type = arrow::timestamp(unit, std::string(zone));
  } else if (kind == 3 && id == arrow::Type::INT32) {  // a date
    column.type = arrow::date32();
  } else if (kind == 4) {  // a time of day
    ARROW_ASSIGN_OR_RAISE(const int8_t code, more.Scalar<int8_t>(0, 0));
    ARROW_ASSIGN_OR_RAISE(const auto unit, UnitOf(code));
    const bool fine = unit == arrow::TimeUnit::MICRO || unit == arrow::TimeUnit::NANO;
    if (id != (fine ? arrow::Type::INT64 : arrow::Type::INT32)) return Fault("a time of odd width");
    column.type = fine ? arrow::time64(unit) : arrow::time32(unit);
  } else {
    return Fault("a column of a kind that is not known");
  }
  return column;
}

// The rows as a message of the IPC format would describe them.
Result<std::shared_ptr<arrow::ArrayData>> ReadStored(Context* context, const Feather& feather,
                                                     const std::string& name, const Stored& stored,
                                                     int64_t start, int64_t count) {
  const auto padded = [](int64_t bytes) { return arrow::bit_util::RoundUpToMultipleOf8(bytes); };
  const bool lengths = arrow::is_base_binary_like(stored.type->id());
  IpcMessage message;
  message.kind = IpcMessage::Kind::kBatch;
  message.batch.rows = stored.length;
  message.batch.nodes = {{stored.length, stored.null_count}};
  int64_t at = 0;
  const auto add = [&](int64_t bytes, bool last) {
    message.batch.buffers.push_back({at, last ? std::max<int64_t>(0, stored.bytes - at) : bytes});
    at += padded(bytes);
  };
  add(stored.null_count > 0 ? arrow::bit_util::BytesForBits(stored.length) : 0, false);
  if (lengths) add((stored.length + 1) * 4, false);
  add(0, true);
  IpcBody body{.file = feather.input.file, .start = stored.offset, .length = stored.bytes};
  IpcSchema schema;
  schema.schema = arrow::schema({arrow::field(name, stored.type)});
  schema.fields.push_back({.type = stored.type, .storage = stored.type.get()});
  ARROW_ASSIGN_OR_RAISE(auto batch,
                        DecodeIpcBatch(context, schema, message, body, {},
                                       {.start = start, .count = count}, {0}, schema.schema, -1));
  return batch->column_data(0);
}

Result<std::shared_ptr<const Feather>> ReadMetadata(Context* context, FileInput input,
                                                    const ReadOptions& options) {
  auto feather = std::make_shared<Feather>();
  feather->input = std::move(input);
  auto& file = *feather->input.file;
  ARROW_ASSIGN_OR_RAISE(feather->size, file.GetSize());
  if (feather->size < 12) return Fault("the file is too short to be a Feather file");
  ARROW_ASSIGN_OR_RAISE(const auto tail, file.ReadAt(feather->size - 8, 8));
  if (tail->size() < 8 || std::memcmp(tail->data() + 4, "FEA1", 4) != 0) {
    return Fault("the file does not end as a Feather file does: it is cut off or damaged");
  }
  uint32_t length;
  std::memcpy(&length, tail->data(), sizeof(length));
  length = arrow::bit_util::FromLittleEndian(length);
  if (length > feather->size - 12) return Fault("the length of the metadata is out of range");
  ARROW_ASSIGN_OR_RAISE(const auto bytes, file.ReadAt(feather->size - 8 - length, length));
  if (bytes->size() < length) return Fault("the file ends within its metadata");
  ARROW_ASSIGN_OR_RAISE(const auto table, FlatTable::Root({bytes->data(), length}));
  ARROW_ASSIGN_OR_RAISE(feather->rows, table.Scalar<int64_t>(1, 0));
  ARROW_ASSIGN_OR_RAISE(const auto columns, table.Elements(2, 4));
  arrow::FieldVector fields;
  for (int64_t i = 0; i < columns.count; ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto entry, table.TableAt(columns, i));
    ARROW_ASSIGN_OR_RAISE(auto column, ParseColumn(entry, feather->size));
    const auto given = arrow::schema({arrow::field(column.name, column.type)});
    if (const auto& type = BytesForText(given, options)->field(0)->type();
        !type->Equals(column.type)) {
      column.type = type;
      if (column.levels) {
        column.levels->type = static_cast<const arrow::DictionaryType&>(*type).value_type();
      } else {
        column.values.type = type;
      }
    }
    if (column.values.length != feather->rows) {
      return MakeError(ErrorCode::kData, "the column has another number of rows than its table",
                       {.column = column.name});
    }
    std::shared_ptr<arrow::ArrayData> dictionary;
    if (column.levels) {
      ARROW_ASSIGN_OR_RAISE(dictionary, ReadStored(context, *feather, column.name, *column.levels,
                                                   0, column.levels->length));
    }
    feather->dictionaries.push_back(std::move(dictionary));
    fields.push_back(arrow::field(column.name, column.type));
    feather->columns.push_back(std::move(column));
  }
  feather->schema = arrow::schema(std::move(fields));
  return feather;
}

class FeatherBatches : public arrow::RecordBatchReader {
 public:
  FeatherBatches(std::shared_ptr<Context> context, std::shared_ptr<const Feather> feather,
                 std::vector<int> columns)
      : context_(std::move(context)),
        feather_(std::move(feather)),
        columns_(std::move(columns)),
        tasks_(context_, context_->threads() + 2) {
    arrow::FieldVector fields;
    for (int i : columns_) fields.push_back(feather_->schema->field(i));
    schema_ = arrow::schema(std::move(fields));
    const int64_t row_bytes = feather_->size / std::max<int64_t>(1, feather_->rows);
    part_rows_ = (context_->batch_rows(std::max<int64_t>(1, row_bytes)) + 63) / 64 * 64;
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    while (!tasks_.full() && next_row_ < feather_->rows) {
      const int64_t start = next_row_;
      ARROW_RETURN_NOT_OK(tasks_.Submit([this, start] { return Decode(start); }));
      next_row_ = std::min(feather_->rows, start + part_rows_);
    }
    if (tasks_.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(*out, tasks_.Next());
    return Status::OK();
  }

 private:
  Result<std::shared_ptr<arrow::RecordBatch>> Decode(int64_t start) const {
    const int64_t count = std::min(part_rows_, feather_->rows - start);
    std::vector<std::shared_ptr<arrow::ArrayData>> arrays;
    for (int i : columns_) {
      const Column& column = feather_->columns[static_cast<size_t>(i)];
      const ErrorPlace place{.location = feather_->input.name, .column = column.name};
      auto stored = ReadStored(context_.get(), *feather_, column.name, column.values, start, count);
      if (!stored.ok()) {
        auto detail = DetailOf(stored.status());
        if (detail == nullptr) return AtPlace(stored.status(), place);
        ErrorPlace known = detail->place();
        known.location = place.location;
        known.column = place.column;
        if (known.row >= 0) known.row += start;
        return MakeError(detail->code(), stored.status().message(), std::move(known));
      }
      auto data = (*stored)->Copy();
      data->type = column.type;
      if (const auto& dictionary = feather_->dictionaries[static_cast<size_t>(i)]) {
        data->dictionary = dictionary;
        const auto status = CheckLayout(*data, column.name, /*check_dictionary=*/false);
        if (!status.ok()) return AtPlace(status, place);
      }
      arrays.push_back(std::move(data));
    }
    return arrow::RecordBatch::Make(schema_, count, std::move(arrays));
  }

  std::shared_ptr<Context> context_;
  std::shared_ptr<const Feather> feather_;
  std::vector<int> columns_;
  std::shared_ptr<arrow::Schema> schema_;
  int64_t part_rows_ = 0, next_row_ = 0;
  OrderedTasks<std::shared_ptr<arrow::RecordBatch>> tasks_;
};

class FeatherSource : public Source {
 public:
  FeatherSource(std::shared_ptr<Context> context, std::shared_ptr<const Feather> feather)
      : context_(std::move(context)), feather_(std::move(feather)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return feather_->schema; }
  Result<std::string> Fingerprint() const override { return feather_->input.fingerprint; }

  Result<std::shared_ptr<arrow::RecordBatchReader>> Open(const Chunk&,
                                                         const ScanOptions& options) override {
    std::vector<int> columns;
    for (int i = 0; i < feather_->schema->num_fields(); ++i) columns.push_back(i);
    if (options.columns) columns = *options.columns;
    return std::make_shared<FeatherBatches>(context_, feather_, std::move(columns));
  }

  Result<SourceInfo> Inspect() override {
    SourceInfo info{.format = "Feather V1",
                    .rows = feather_->rows,
                    .stored_bytes = feather_->size,
                    .codec = "none"};
    for (const Column& column : feather_->columns) {
      info.columns.push_back(
          {.null_count = column.values.null_count,
           .stored_bytes = column.values.bytes + (column.levels ? column.levels->bytes : 0),
           .encoding =
               column.levels ? fmt::format("dictionary ({})", column.levels->length) : "plain"});
    }
    return info;
  }

 private:
  std::shared_ptr<Context> context_;
  std::shared_ptr<const Feather> feather_;
};

}  // namespace

Result<std::unique_ptr<Source>> OpenFeather1(std::shared_ptr<Context> context, FileInput input,
                                             const ReadOptions& options) {
  const std::string name = input.name;
  auto feather = ReadMetadata(context.get(), std::move(input), options);
  if (!feather.ok()) return AtPlace(feather.status(), {.location = name});
  return std::make_unique<FeatherSource>(std::move(context), std::move(*feather));
}

}  // namespace bowyer
