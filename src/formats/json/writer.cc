// Batches -> JSON lines. Row by row: the key of each column, its comma and colon are one text made
// beforehand; the values are appended by the functions of formats/text.
#include "formats/json/writer.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include <cstring>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bowyer/error.h"
#include "core/text.h"
#include "formats/text/json_text.h"
#include "formats/text/number.h"
#include "formats/text/row_encoder.h"
#include "formats/text/value.h"

namespace bowyer {
namespace {

// `{"name":` or `,"name":`.
struct JsonKey {
  std::string text;  // padded to a multiple of sixteen bytes, copied in whole steps
  size_t size;

  char* Copy(char* at) const {
    const char* data = text.data();
    std::memcpy(at, data, 16);
    for (size_t i = 16; i < size; i += 16) std::memcpy(at + i, data + i, 16);
    return at + size;
  }
};

// One column of one batch.
struct JsonColumn {
  // The commonest types are appended without a call.
  enum class Kind : uint8_t { kInt64, kDouble, kText, kOther };

  JsonColumn(ArrayText array, const JsonKey* column_key)
      : values(std::move(array)),
        kind(KindOf(values)),
        key(column_key),
        reserve(values.bound() + static_cast<int64_t>(key->text.size()) + 2) {}

  static Kind KindOf(const ArrayText& values) {
    if (values.is(arrow::Type::INT64)) return Kind::kInt64;
    if (values.is(arrow::Type::DOUBLE)) return Kind::kDouble;
    return values.is(arrow::Type::STRING) ? Kind::kText : Kind::kOther;
  }

  ArrayText values;
  Kind kind;
  const JsonKey* key;
  int64_t reserve;  // with the key before it and the row's end behind it
};

inline char* Append(const JsonColumn& column, int64_t row, char* at, TextBuffer& buffer) {
  const ArrayText& values = column.values;
  switch (column.kind) {
    case JsonColumn::Kind::kInt64:
      if (values.IsNull(row)) return values.WriteNull(at);
      return WriteInteger(at, values.NumberAt<int64_t>(row));
    case JsonColumn::Kind::kDouble:
      if (values.IsNull(row)) return values.WriteNull(at);
      return WriteJsonFloating(at, values.NumberAt<double>(row));
    case JsonColumn::Kind::kText: {
      if (values.IsNull(row)) return values.WriteNull(at);
      const TextValue text = values.ValueAt<ArrayText::Offsets<int32_t>>(row);
      return AppendJsonString(text.bytes, text.padded, at, buffer);
    }
    default:
      return values.Append(row, at, buffer);
  }
}

// The hot loop stands alone, so that the position stays in a register.
[[gnu::noinline]] RowFormat::Rows AppendLines(std::span<const JsonColumn> columns, int64_t begin,
                                              int64_t end, int64_t limit, char* at,
                                              TextBuffer& buffer) {
  for (int64_t row = begin; row < end; ++row) {
    if ((at = buffer.Reserve(at, 4)) == nullptr) [[unlikely]]
      return {nullptr, row, -1};
    *at = '{';
    at += columns.empty();
    for (const JsonColumn& column : columns) {
      at = buffer.Reserve(at, column.reserve);
      if (at == nullptr) [[unlikely]]
        return {nullptr, row, -1};
      at = column.key->Copy(at);
      at = Append(column, row, at, buffer);
      if (at == nullptr) [[unlikely]] {
        return {nullptr, row, static_cast<int>(&column - columns.data())};
      }
    }
    std::memcpy(at, "}\n", 2);  // reserved with the last value, or in the slack behind it
    at += 2;
    if (buffer.size(at) > limit) return {at, row + 1, -1};
  }
  return {at, end, -1};
}

class JsonRows : public RowFormat {
 public:
  explicit JsonRows(std::vector<JsonKey> keys) : keys_(std::move(keys)) {}

  char* AppendHeader(char* at, TextBuffer&) const override { return at; }

  Rows AppendRows(const arrow::RecordBatch& batch, int64_t begin, int64_t end, int64_t limit,
                  char* at, TextBuffer& buffer) const override {
    std::vector<JsonColumn> columns;
    columns.reserve(keys_.size());
    for (int i = 0; i < batch.num_columns(); ++i) {
      auto made = ArrayText::Make(*batch.column_data(i), Notation::kJson, "null");
      if (!made.ok()) return {buffer.Fail(made.status()), begin, i};
      columns.emplace_back(std::move(made).ValueUnsafe(), &keys_[static_cast<size_t>(i)]);
    }
    return AppendLines(columns, begin, end, limit, at, buffer);
  }

 private:
  std::vector<JsonKey> keys_;
};

}  // namespace

arrow::Result<std::unique_ptr<Encoder>> MakeJsonEncoder(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
    std::shared_ptr<arrow::io::OutputStream> stream, const WriteOptions&) {
  std::vector<JsonKey> keys;
  std::set<std::string_view> names;
  TextBuffer buffer(context->memory_pool());
  for (const auto& field : schema->fields()) {
    ARROW_RETURN_NOT_OK(CheckSpellable(*field));
    if (!names.insert(field->name()).second) {
      return MakeError(ErrorCode::kData,
                       "the name is there twice; in JSON one value would hide the other",
                       {.column = field->name(), .hint = "rename a column with --select"});
    }
    char* at = buffer.Restart(1);
    if (at != nullptr) at = AppendJsonString(field->name(), false, at, buffer);
    if (at == nullptr) return AtPlace(buffer.status(), {.column = field->name()});
    JsonKey& key = keys.emplace_back();
    key.text = fmt::format("{}{}:", keys.size() == 1 ? '{' : ',', buffer.view(at));
    key.size = key.text.size();
    key.text.resize((key.size + 15) / 16 * 16);
  }
  return MakeRowEncoder(std::move(context), std::move(schema), std::move(stream),
                        std::make_unique<JsonRows>(std::move(keys)));
}

}  // namespace bowyer
