// Each column is as narrow as all of its values allow.
#include "connectors/partition_columns.h"

#include <charconv>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

bool IsInteger(const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && std::to_string(value) == text;
}

bool IsDate(const std::string& text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  return arrow::Scalar::Parse(arrow::date32(), text).ok();
}

std::shared_ptr<arrow::DataType> Detect(const std::vector<ListedFile>& files, size_t column) {
  bool integers = true, dates = true, any = false;
  for (const ListedFile& file : files) {
    const auto& text = file.partition[column].text;
    if (!text.has_value()) continue;
    any = true;
    integers = integers && IsInteger(*text);
    dates = dates && IsDate(*text);
  }
  if (any && integers) return arrow::int64();
  if (any && dates) return arrow::date32();
  return arrow::utf8();
}

}  // namespace

arrow::Result<PartitionColumns> MakePartitionColumns(const std::vector<ListedFile>& files,
                                                     const ReadOptions& options) {
  PartitionColumns columns;
  columns.values.resize(files.size());
  for (size_t at = 0; at < files.front().partition.size(); ++at) {
    const std::string& name = files.front().partition[at].name;
    const auto told = options.types.find(name);
    const auto type = told != options.types.end() ? told->second
                      : options.all_text          ? arrow::utf8()
                                                  : Detect(files, at);
    columns.fields.push_back(arrow::field(name, type));
    for (size_t i = 0; i < files.size(); ++i) {
      const auto& text = files[i].partition[at].text;
      std::shared_ptr<arrow::Scalar> scalar = arrow::MakeNullScalar(type);
      if (text.has_value()) {
        auto parsed = type->id() == arrow::Type::STRING && ValidUtf8Prefix(*text) != text->size()
                          ? arrow::Status::Invalid("not UTF-8")
                          : arrow::Scalar::Parse(type, *text);
        if (!parsed.ok()) {
          return MakeError(
              ErrorCode::kData,
              Quoted(*text) + " in its folder's name is not of type " + type->ToString(),
              {.location = files[i].path, .column = name});
        }
        scalar = std::move(parsed).ValueUnsafe();
      }
      columns.values[i].push_back(std::move(scalar));
    }
  }
  return columns;
}

}  // namespace bowyer
