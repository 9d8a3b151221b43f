#include "databases/sqlite/insert.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/extension_type.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <utility>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/text.h"
#include "databases/sqlite/types.h"
#include "formats/text/number.h"
#include "formats/text/text_buffer.h"
#include "formats/text/value.h"

namespace bowyer {
namespace {

using arrow::Type;

// As many digits as a float64 keeps of any decimal: SQLite stores such numbers as they are.
constexpr int32_t kDigitsOfReals = 15;

enum class Storage { kBool, kInteger, kReal, kDecimal, kText, kBlob, kSpelled };

const arrow::DataType& StorageType(const arrow::DataType& type) {
  if (type.id() != Type::EXTENSION) return type;
  return *static_cast<const arrow::ExtensionType&>(type).storage_type();
}

bool IsPlainDecimal(const arrow::DataType& type) {
  if (!arrow::is_decimal(type.id())) return false;
  const auto& decimal = static_cast<const arrow::DecimalType&>(type);
  return decimal.scale() >= 0 && decimal.scale() <= decimal.precision();
}

Storage StorageOf(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::BOOL:
      return Storage::kBool;
    case Type::INT8:
    case Type::INT16:
    case Type::INT32:
    case Type::INT64:
    case Type::UINT8:
    case Type::UINT16:
    case Type::UINT32:
      return Storage::kInteger;
    case Type::HALF_FLOAT:
    case Type::FLOAT:
    case Type::DOUBLE:
      return Storage::kReal;
    case Type::DECIMAL128:
      return IsPlainDecimal(type) &&
                     static_cast<const arrow::DecimalType&>(type).precision() <= kDigitsOfReals
                 ? Storage::kDecimal
                 : Storage::kSpelled;
    case Type::STRING:
    case Type::LARGE_STRING:
    case Type::STRING_VIEW:
      return Storage::kText;
    case Type::BINARY:
    case Type::LARGE_BINARY:
    case Type::BINARY_VIEW:
    case Type::FIXED_SIZE_BINARY:
      return Storage::kBlob;
    default:
      return Storage::kSpelled;
  }
}

int64_t IntegerAt(const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
    case Type::INT8:
      return static_cast<const arrow::Int8Array&>(array).Value(row);
    case Type::INT16:
      return static_cast<const arrow::Int16Array&>(array).Value(row);
    case Type::INT32:
      return static_cast<const arrow::Int32Array&>(array).Value(row);
    case Type::UINT8:
      return static_cast<const arrow::UInt8Array&>(array).Value(row);
    case Type::UINT16:
      return static_cast<const arrow::UInt16Array&>(array).Value(row);
    case Type::UINT32:
      return static_cast<const arrow::UInt32Array&>(array).Value(row);
    default:
      return static_cast<const arrow::Int64Array&>(array).Value(row);
  }
}

double RealAt(const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
    case Type::HALF_FLOAT:
      return FloatOfHalf(static_cast<const arrow::HalfFloatArray&>(array).Value(row));
    case Type::FLOAT:
      return static_cast<const arrow::FloatArray&>(array).Value(row);
    default:
      return static_cast<const arrow::DoubleArray&>(array).Value(row);
  }
}

std::string_view BytesAt(const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
    case Type::STRING:
    case Type::BINARY:
      return static_cast<const arrow::BinaryArray&>(array).GetView(row);
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      return static_cast<const arrow::LargeBinaryArray&>(array).GetView(row);
    case Type::FIXED_SIZE_BINARY:
      return static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(row);
    default:
      return static_cast<const arrow::BinaryViewArray&>(array).GetView(row);
  }
}

}  // namespace

arrow::Result<std::string> SqliteTypeOf(const arrow::Field& field) {
  ARROW_RETURN_NOT_OK(CheckSpellable(field));
  // Extension types are text in a spelling of their own (uuid), or what they are stored as.
  const arrow::DataType& type = StorageType(*field.type());
  if (field.type()->id() == Type::EXTENSION && StorageOf(type) == Storage::kBlob) return "TEXT";
  switch (type.id()) {
    case Type::BOOL:
      return "BOOLEAN";
    case Type::DATE32:
      return "DATE";
    case Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
      const std::string name = timestamp.timezone().empty() ? "TIMESTAMP" : "TIMESTAMPTZ";
      // Digits that a TIMESTAMP, which others write as well, is not read with.
      return timestamp.unit() == arrow::TimeUnit::NANO ? name + "_NS" : name;
    }
    // A number of 20 digits would become a REAL in a column of integers.
    case Type::UINT64:
      return "DECIMAL_TEXT(20,0)";
    case Type::DECIMAL32:
    case Type::DECIMAL64:
    case Type::DECIMAL128:
    case Type::DECIMAL256: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(type);
      if (!IsPlainDecimal(type)) return "TEXT";
      return fmt::format("{}({},{})",
                         StorageOf(type) == Storage::kDecimal ? "DECIMAL" : "DECIMAL_TEXT",
                         decimal.precision(), decimal.scale());
    }
    default:
      break;
  }
  switch (StorageOf(type)) {
    case Storage::kInteger:
      return "INTEGER";
    case Storage::kReal:
      return "REAL";
    case Storage::kBlob:
      return "BLOB";
    default:
      return "TEXT";
  }
}

namespace {

// The text of each value of an array.
class Spelling {
 public:
  static arrow::Result<Spelling> Make(const arrow::Array& array, arrow::MemoryPool* pool) {
    ARROW_ASSIGN_OR_RAISE(auto text, ArrayText::Make(*array.data(), Notation::kPlain, ""));
    return Spelling(std::move(text), pool);
  }

  // Of the row, until the next call; nothing for a null.
  arrow::Result<std::optional<std::string_view>> Of(int64_t row) {
    int64_t at_row = row;
    if (!text_->direct() && text_->Resolve(&at_row) == nullptr) {
      return std::optional<std::string_view>();
    }
    char* at = buffer_->Restart(text_->bound());
    if (at != nullptr) at = text_->Append(row, at, *buffer_);
    if (at == nullptr) return buffer_->status();
    return std::optional(buffer_->view(at));
  }

 private:
  Spelling(ArrayText text, arrow::MemoryPool* pool)
      : text_(std::make_unique<ArrayText>(std::move(text))),
        buffer_(std::make_unique<TextBuffer>(pool)) {}
  std::unique_ptr<ArrayText> text_;
  std::unique_ptr<TextBuffer> buffer_;
};

// What is stored of an extension type: its storage, unless its bytes would not say what they are.
std::shared_ptr<arrow::Array> StoredArray(const std::shared_ptr<arrow::Array>& array) {
  if (array->type_id() != Type::EXTENSION) return array;
  const auto& storage = static_cast<const arrow::ExtensionArray&>(*array).storage();
  return StorageOf(*storage->type()) == Storage::kBlob ? array : storage;
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::RecordBatch>> WithTextOfSqlite(
    const std::shared_ptr<arrow::RecordBatch>& batch, arrow::MemoryPool* pool) {
  auto stored = batch;
  for (int i = 0; i < batch->num_columns(); ++i) {
    const auto array = StoredArray(batch->column(i));
    if (StorageOf(*array->type()) != Storage::kSpelled || array->type_id() == Type::EXTENSION) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const std::string declared, SqliteTypeOf(*batch->schema()->field(i)));
    if (declared != "TEXT") continue;
    ARROW_ASSIGN_OR_RAISE(auto spelling, Spelling::Make(*array, pool));
    arrow::StringBuilder texts(pool);
    for (int64_t row = 0; row < array->length(); ++row) {
      std::optional<std::string_view> text;
      if (array->IsValid(row)) {
        ARROW_ASSIGN_OR_RAISE(text, spelling.Of(row));
      }
      ARROW_RETURN_NOT_OK(text.has_value() ? texts.Append(*text) : texts.AppendNull());
    }
    ARROW_ASSIGN_OR_RAISE(auto column, texts.Finish());
    const auto field = batch->schema()->field(i)->WithType(arrow::utf8());
    ARROW_ASSIGN_OR_RAISE(stored, stored->SetColumn(i, field, std::move(column)));
  }
  return stored;
}

// Binds the values of one column of a batch.
class RowInserter::Column {
 public:
  static arrow::Result<Column> Make(const std::shared_ptr<arrow::Array>& array,
                                    arrow::MemoryPool* pool) {
    Column column;
    column.array_ = StoredArray(array);
    column.storage_ = StorageOf(*column.array_->type());
    if (column.storage_ == Storage::kDecimal) {
      column.scale_ = static_cast<const arrow::DecimalType&>(*column.array_->type()).scale();
    }
    if (column.storage_ == Storage::kSpelled) {
      ARROW_ASSIGN_OR_RAISE(column.spelling_, Spelling::Make(*column.array_, pool));
    }
    return column;
  }

  arrow::Status Bind(sqlite3_stmt* statement, int parameter, int64_t row) {
    static constexpr double kPowers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                         1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    if (array_->IsNull(row)) {
      sqlite3_bind_null(statement, parameter);
      return arrow::Status::OK();
    }
    switch (storage_) {
      case Storage::kBool:
        sqlite3_bind_int64(statement, parameter,
                           static_cast<const arrow::BooleanArray&>(*array_).Value(row) ? 1 : 0);
        break;
      case Storage::kInteger:
        sqlite3_bind_int64(statement, parameter, IntegerAt(*array_, row));
        break;
      case Storage::kReal: {
        const double value = RealAt(*array_, row);
        if (value == 0 && std::signbit(value)) {
          return MakeError(ErrorCode::kData, "SQLite keeps no -0.0 in columns of numbers");
        }
        // It would become NULL.
        if (std::isnan(value)) {
          sqlite3_bind_text(statement, parameter, "nan", 3, SQLITE_STATIC);
        } else {
          sqlite3_bind_double(statement, parameter, value);
        }
        break;
      }
      case Storage::kDecimal: {
        const arrow::Decimal128 value(
            static_cast<const arrow::Decimal128Array&>(*array_).GetValue(row));
        const auto whole = static_cast<int64_t>(value);
        if (value != arrow::Decimal128(whole) || std::abs(whole) >= 1'000'000'000'000'000) {
          return MakeError(ErrorCode::kData, "a decimal has more digits than its type says");
        }
        if (scale_ == 0) {
          sqlite3_bind_int64(statement, parameter, whole);
        } else {
          sqlite3_bind_double(statement, parameter, static_cast<double>(whole) / kPowers[scale_]);
        }
        break;
      }
      case Storage::kText: {
        const std::string_view text = BytesAt(*array_, row);
        sqlite3_bind_text64(statement, parameter, text.empty() ? "" : text.data(), text.size(),
                            SQLITE_STATIC, SQLITE_UTF8);
        break;
      }
      case Storage::kBlob: {
        const std::string_view bytes = BytesAt(*array_, row);
        sqlite3_bind_blob64(statement, parameter, bytes.empty() ? "" : bytes.data(), bytes.size(),
                            SQLITE_STATIC);
        break;
      }
      case Storage::kSpelled: {
        ARROW_ASSIGN_OR_RAISE(const auto text, spelling_->Of(row));
        if (!text.has_value()) {
          sqlite3_bind_null(statement, parameter);
          break;
        }
        sqlite3_bind_text64(statement, parameter, text->data(), text->size(), SQLITE_STATIC,
                            SQLITE_UTF8);
        break;
      }
    }
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<arrow::Array> array_;
  Storage storage_ = Storage::kText;
  int32_t scale_ = 0;
  std::optional<Spelling> spelling_;
};

RowInserter::RowInserter(SqliteConnection& connection, SqliteStatement statement,
                         std::shared_ptr<arrow::Schema> schema)
    : connection_(&connection), statement_(std::move(statement)), schema_(std::move(schema)) {}
RowInserter::RowInserter(RowInserter&&) noexcept = default;
RowInserter::~RowInserter() = default;

arrow::Result<RowInserter> RowInserter::Make(SqliteConnection& connection, const std::string& into,
                                             std::shared_ptr<arrow::Schema> schema) {
  std::string names, values;
  for (const auto& field : schema->fields()) {
    names += (names.empty() ? "" : ", ") + SqliteName(field->name());
    values += values.empty() ? "?" : ", ?";
  }
  ARROW_ASSIGN_OR_RAISE(
      auto statement,
      connection.Prepare(
          "insert into " + into +
          (names.empty() ? " default values" : " (" + names + ") values (" + values + ")")));
  return RowInserter(connection, std::move(statement), std::move(schema));
}

arrow::Status RowInserter::Insert(const arrow::RecordBatch& batch) {
  std::vector<Column> columns;
  for (const auto& array : batch.columns()) {
    ARROW_ASSIGN_OR_RAISE(auto column, Column::Make(array, connection_->context()->memory_pool()));
    columns.push_back(std::move(column));
  }
  for (int64_t row = 0; row < batch.num_rows(); ++row, ++rows_) {
    for (size_t i = 0; i < columns.size(); ++i) {
      const auto status = columns[i].Bind(statement_.get(), static_cast<int>(i) + 1, row);
      if (!status.ok()) {
        return AtPlace(status, {.column = schema_->field(static_cast<int>(i))->name(),
                                .row = rows_ + 1,
                                .hint = "try --type with text for the column"});
      }
    }
    const auto stepped = statement_.Step();
    ARROW_RETURN_NOT_OK(statement_.Reset());
    if (!stepped.ok()) return AtPlace(stepped.status(), {.row = rows_ + 1});
  }
  // The batch's memory goes: no parameter may point into it.
  sqlite3_clear_bindings(statement_.get());
  return arrow::Status::OK();
}

}  // namespace bowyer
