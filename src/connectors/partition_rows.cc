// Each key column is dictionary-encoded, and the codes of all are made one number a row; only
// distinct values are spelled.
#include "connectors/partition_rows.h"

#include <arrow/compute/api_vector.h>
#include <arrow/compute/exec.h>
#include <fmt/format.h>

#include <unordered_map>

#include "bowyer/error.h"
#include "connectors/file_list.h"
#include "core/text.h"
#include "formats/text/value.h"

namespace bowyer {
namespace {

constexpr size_t kLongestName = 255;  // NAME_MAX

std::string Encoded(std::string_view value) {
  // A text that looks like the null must not become one.
  if (value == kNullPartition) return "%5F" + std::string(value.substr(1));
  return PercentEncoded(value);
}

}  // namespace

std::string PercentEncoded(std::string_view text) {
  std::string out;
  const bool is_utf8 = ValidUtf8Prefix(text) == text.size();
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || (is_utf8 && byte >= 0x80);
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

struct Partitioner::Key {
  std::vector<uint32_t> codes;       // of each row
  std::vector<std::string> folders;  // of each code
};

arrow::Result<std::unique_ptr<Partitioner>> Partitioner::Make(
    std::shared_ptr<Context> context, const std::shared_ptr<arrow::Schema>& schema,
    const std::vector<std::string>& columns) {
  std::unique_ptr<Partitioner> partitioner(new Partitioner());
  partitioner->context_ = std::move(context);
  std::vector<bool> is_key(static_cast<size_t>(schema->num_fields()), false);
  for (const std::string& name : columns) {
    const int index = schema->GetFieldIndex(name);
    if (index < 0) {
      return MakeError(ErrorCode::kUsage, "there is no column " + Quoted(name) +
                                              " to partition by" +
                                              DidYouMean(name, schema->field_names()));
    }
    if (is_key[static_cast<size_t>(index)]) {
      return MakeError(ErrorCode::kUsage, "column " + Quoted(name) + " partitions twice");
    }
    const arrow::DataType* type = schema->field(index)->type().get();
    if (type->id() == arrow::Type::DICTIONARY) {
      type = static_cast<const arrow::DictionaryType*>(type)->value_type().get();
    }
    const bool text = type->id() == arrow::Type::STRING ||
                      type->id() == arrow::Type::LARGE_STRING ||
                      type->id() == arrow::Type::STRING_VIEW;
    if (!text && !arrow::is_integer(type->id()) && !arrow::is_temporal(type->id()) &&
        !arrow::is_decimal(type->id()) && type->id() != arrow::Type::BOOL) {
      return MakeError(
          ErrorCode::kUsage,
          fmt::format("a folder's name cannot hold a value of type {}", type->ToString()),
          {.column = name, .hint = "partition by text, integers, dates or booleans"});
    }
    is_key[static_cast<size_t>(index)] = true;
    partitioner->names_.push_back(name);
    partitioner->keys_.push_back(index);
  }
  arrow::FieldVector fields;
  for (int i = 0; i < schema->num_fields(); ++i) {
    if (is_key[static_cast<size_t>(i)]) continue;
    partitioner->others_.push_back(i);
    fields.push_back(schema->field(i));
  }
  if (fields.empty()) {
    return MakeError(ErrorCode::kUsage, "no column is left for the files themselves",
                     {.hint = "partition by fewer columns"});
  }
  partitioner->schema_ = arrow::schema(std::move(fields), schema->metadata());
  return partitioner;
}

arrow::Result<Partitioner::Key> Partitioner::MakeKey(const arrow::RecordBatch& batch,
                                                     size_t key) const {
  arrow::compute::ExecContext compute(context_->memory_pool());
  std::shared_ptr<arrow::Array> column = batch.column(keys_[key]);
  if (column->type_id() == arrow::Type::DICTIONARY) {
    // Dictionaries may hold a value twice, nulls, and values that no row has.
    const auto& dictionary = static_cast<const arrow::DictionaryArray&>(*column);
    ARROW_ASSIGN_OR_RAISE(
        const arrow::Datum values,
        arrow::compute::Take(dictionary.dictionary(), dictionary.indices(),
                             arrow::compute::TakeOptions::NoBoundsCheck(), &compute));
    column = values.make_array();
  }
  const arrow::compute::DictionaryEncodeOptions options(
      arrow::compute::DictionaryEncodeOptions::ENCODE);
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum encoded,
                        arrow::compute::DictionaryEncode(column, options, &compute));
  const auto array = encoded.make_array();
  const auto& dictionary = static_cast<const arrow::DictionaryArray&>(*array);

  Key result;
  result.codes.reserve(static_cast<size_t>(batch.num_rows()));
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    result.codes.push_back(static_cast<uint32_t>(dictionary.GetValueIndex(row)));
  }
  const arrow::Array& values = *dictionary.dictionary();
  ARROW_ASSIGN_OR_RAISE(const auto spelled,
                        ArrayText::Make(*values.data(), Notation::kPlain, kNullPartition));
  TextBuffer buffer(context_->memory_pool());
  for (int64_t i = 0; i < values.length(); ++i) {
    std::string folder = PercentEncoded(names_[key]) + "=";
    if (values.IsNull(i)) {
      folder += kNullPartition;
    } else {
      char* at = buffer.Restart(spelled.bound());
      if (at != nullptr) at = spelled.Append(i, at, buffer);
      if (at == nullptr) return AtPlace(buffer.status(), {.column = names_[key]});
      folder += Encoded(buffer.view(at));
      if (folder.size() > kLongestName) {
        return MakeError(ErrorCode::kData,
                         Quoted(buffer.view(at)) + " is too long for a folder's name",
                         {.column = names_[key]});
      }
    }
    result.folders.push_back(std::move(folder));
  }
  return result;
}

arrow::Result<PartitionedBatch> Partitioner::Split(
    const std::shared_ptr<arrow::RecordBatch>& batch) const {
  PartitionedBatch result;
  result.groups.assign(static_cast<size_t>(batch->num_rows()), 0);
  result.folders.resize(1);
  for (size_t key = 0; key < keys_.size(); ++key) {
    ARROW_ASSIGN_OR_RAISE(const Key made, MakeKey(*batch, key));
    std::vector<std::string> finer;
    std::unordered_map<uint64_t, uint32_t> seen;
    for (size_t row = 0; row < result.groups.size(); ++row) {
      uint32_t& group = result.groups[row];
      const uint64_t pair = static_cast<uint64_t>(group) << 32 | made.codes[row];
      const auto [at, is_new] = seen.emplace(pair, static_cast<uint32_t>(finer.size()));
      if (is_new) {
        const std::string& parent = result.folders[group];
        finer.push_back((parent.empty() ? "" : parent + "/") + made.folders[made.codes[row]]);
      }
      group = at->second;
    }
    result.folders = std::move(finer);
  }
  arrow::ArrayVector columns;
  for (const int column : others_) columns.push_back(batch->column(column));
  result.rows = arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns));
  return result;
}

}  // namespace bowyer
