// Batches -> JSON lines. Row by row: the key of each column, its comma and colon are one text made
// beforehand; the values are appended by the functions of formats/text.
#include "formats/json/writer.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bowyer/error.h"
#include "core/text.h"
#include "formats/text/json_text.h"
#include "formats/text/row_encoder.h"
#include "formats/text/value.h"

namespace bowyer {
namespace {

// `{"name":` or `,"name":`.
struct JsonKey {
  std::string text;  // padded to sixteen bytes at least: most keys are copied by one store
  size_t size;

  char* Copy(char* at) const {
    std::memcpy(at, text.data(), 16);
    if (size > 16) std::memcpy(at + 16, text.data() + 16, size - 16);
    return at + size;
  }
};

class JsonRows : public RowFormat {
 public:
  explicit JsonRows(std::vector<JsonKey> keys) : keys_(std::move(keys)) {}

  char* AppendHeader(char* at, TextBuffer&) const override { return at; }

  Rows AppendRows(const arrow::RecordBatch& batch, int64_t begin, int64_t end, int64_t limit,
                  char* at, TextBuffer& buffer) const override {
    struct Column {
      ArrayText values;
      const JsonKey* key;
      int64_t reserve;
    };
    std::vector<Column> columns;
    columns.reserve(keys_.size());
    for (int i = 0; i < batch.num_columns(); ++i) {
      auto made = ArrayText::Make(*batch.column_data(i), Notation::kJson, "null");
      if (!made.ok()) return {buffer.Fail(made.status()), begin, i};
      const JsonKey& key = keys_[static_cast<size_t>(i)];
      const int64_t reserve = made->bound() + static_cast<int64_t>(key.size) + 2;
      columns.push_back({std::move(made).ValueUnsafe(), &key, reserve});
    }
    for (int64_t row = begin; row < end; ++row) {
      if ((at = buffer.Reserve(at, 4)) == nullptr) [[unlikely]]
        return {nullptr, row, -1};
      if (columns.empty()) *at++ = '{';
      for (const Column& column : columns) {
        at = buffer.Reserve(at, column.reserve);
        if (at == nullptr) [[unlikely]]
          return {nullptr, row, -1};
        at = column.key->Copy(at);
        at = column.values.Append(row, at, buffer);
        if (at == nullptr) [[unlikely]] {
          return {nullptr, row, static_cast<int>(&column - columns.data())};
        }
      }
      if ((at = buffer.Reserve(at, 2)) == nullptr) [[unlikely]]
        return {nullptr, row, -1};
      *at++ = '}';
      *at++ = '\n';
      if (buffer.size(at) > limit) return {at, row + 1, -1};
    }
    return {at, end, -1};
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
    key.text.resize(std::max<size_t>(key.size, 16));
  }
  return MakeRowEncoder(std::move(context), std::move(schema), std::move(stream),
                        std::make_unique<JsonRows>(std::move(keys)));
}

}  // namespace bowyer
