// The JSON format: a file -> its layout and schema, found on a sample, then batches (reader.h).
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "bowyer/error.h"
#include "core/text.h"
#include "formats/format.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"

namespace bowyer {
namespace {

using json::Gap;
using json::JsonTable;
using json::Layout;

constexpr std::string_view kSuffixes[] = {".json", ".jsonl", ".ndjson", ".geojsonl"};
constexpr std::string_view kCodecs[] = {"none"};
constexpr char kNothing[64] = {};
constexpr int64_t kFirstSample = int64_t{1} << 20;

class JsonSource : public Source {
 public:
  JsonSource(std::shared_ptr<Context> context, FileInput input, Encoding encoding,
             std::shared_ptr<const JsonTable> table, std::string found_encoding,
             std::unique_ptr<TextInput> text)
      : context_(std::move(context)),
        input_(std::move(input)),
        encoding_(encoding),
        table_(std::move(table)),
        found_encoding_(std::move(found_encoding)),
        text_(std::move(text)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return table_->plan.schema; }
  arrow::Result<std::string> Fingerprint() const override { return input_.fingerprint; }

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open(const Chunk&,
                                                                const ScanOptions& scan) override {
    std::vector<int> columns;
    if (scan.columns) {
      columns = *scan.columns;
      for (const int column : columns) {
        if (column < 0 || column >= schema()->num_fields()) {
          return arrow::Status::IndexError("no column ", column);
        }
      }
    } else {
      columns.resize(static_cast<size_t>(schema()->num_fields()));
      std::iota(columns.begin(), columns.end(), 0);
    }
    // The text that the sample came from is still at its start.
    std::unique_ptr<TextInput> text = std::move(text_);
    if (text == nullptr) {
      ARROW_ASSIGN_OR_RAISE(text, OpenTextInput(context_, input_, encoding_));
    }
    return json::MakeJsonReader(context_, table_, std::move(text), std::move(columns));
  }

  arrow::Result<SourceInfo> Inspect() override {
    SourceInfo info{.stored_bytes = input_.size};
    switch (table_->layout) {
      case Layout::kLines:
        info.format = "JSON lines";
        info.facts.emplace_back("layout", "one record a line");
        break;
      case Layout::kArray:
        info.format = "JSON array";
        info.facts.emplace_back("layout", "one array of records");
        break;
      case Layout::kValues:
        info.format = "JSON records";
        info.facts.emplace_back("layout", "records one after the other");
        break;
    }
    info.facts.emplace_back("encoding", found_encoding_);
    info.facts.emplace_back("types from",
                            table_->sampled_all
                                ? "all records"
                                : "the first " + WithThousands(table_->sampled) + " records");
    if (table_->sampled_all) info.rows = table_->sampled;
    return info;
  }

 private:
  std::shared_ptr<Context> context_;
  FileInput input_;
  Encoding encoding_;
  std::shared_ptr<const JsonTable> table_;
  std::string found_encoding_;
  std::unique_ptr<TextInput> text_;  // not yet read; null once it was used
};

arrow::Status TooLong(const JsonTable& table, int64_t longest) {
  return MakeError(ErrorCode::kResources,
                   fmt::format("the first record is longer than {}, which is what the memory "
                               "budget allows",
                               HumanBytes(longest)),
                   {.location = table.name,
                    .hint = fmt::format("is a quote or a bracket not closed? otherwise try "
                                        "--memory {}M",
                                        (16 * longest) >> 20)});
}

// Reads ahead in `text`, without consuming it, until the layout is known and `limit` records were
// observed, as far as the memory budget allows.
arrow::Result<json::ObservedRecords> Sample(const Context& context, TextInput* text, int64_t limit,
                                            JsonTable* table) {
  json::ObservedRecords observed;
  const int64_t most = json::LongestRecord(context);
  std::optional<Layout> layout;
  Gap gap = Gap::kStart;
  int64_t at = 0;
  for (int64_t bytes = std::min(kFirstSample, most);; bytes = std::min(2 * bytes, most)) {
    ARROW_ASSIGN_OR_RAISE(const std::string_view head, text->Peek(bytes));
    const bool whole = static_cast<int64_t>(head.size()) < bytes;
    const char* const begin = head.empty() ? kNothing : head.data();
    const char* const end = begin + head.size();
    if (!layout) layout = json::DetectLayout(begin, end, whole);
    if (layout) {
      table->layout = *layout;
      const char* from = begin + at;
      ARROW_RETURN_NOT_OK(
          json::ObserveSample(*table, begin, &from, end, whole, &gap, limit, &observed));
      at = from - begin;
      if (whole || observed.records >= limit) {
        table->sampled = observed.records;
        table->sampled_all = whole && observed.records < limit;
        return observed;
      }
    }
    if (bytes >= most) {
      if (observed.records == 0) return TooLong(*table, most);
      table->sampled = observed.records;
      return observed;
    }
  }
}

arrow::Result<std::unique_ptr<Source>> OpenJson(std::shared_ptr<Context> context, FileInput input,
                                                const ReadOptions& options) {
  JsonTable table{
      .name = input.name, .one_of_several = options.one_of_several, .rejects = options.rejects};
  ARROW_ASSIGN_OR_RAISE(auto text, OpenTextInput(context, input, options.encoding));
  const std::string encoding = text->encoding();
  if (encoding == "UTF-8 with BOM") table.first_byte = 3;
  const int64_t limit = options.sample_rows < 0 ? 1 : std::max<int64_t>(1, options.sample_rows);
  ARROW_ASSIGN_OR_RAISE(auto observed, Sample(*context, text.get(), limit, &table));
  if (observed.records == 0 && table.first_byte != 0) {
    ARROW_ASSIGN_OR_RAISE(const std::string_view head, text->Peek(1));
    if (head.empty()) {
      return MakeError(ErrorCode::kData, "the file is a byte order mark and nothing else",
                       {.location = input.name, .byte_offset = table.first_byte});
    }
  }
  if (options.sample_rows < 0 && !table.sampled_all) {
    if (input.file == nullptr) {
      return MakeError(ErrorCode::kUsage,
                       "types cannot come from all records of a pipe, which is read only once",
                       {.location = input.name, .hint = "try --sample-rows N, or a file"});
    }
    ARROW_ASSIGN_OR_RAISE(observed, json::ObserveAll(context, table, std::move(text)));
    table.sampled = observed.records;
    table.sampled_all = true;
  }
  auto plan = json::MakePlan(observed.shape, table.sampled_all, options);
  if (!plan.ok()) return AtPlace(plan.status(), {.location = input.name});
  table.plan = *std::move(plan);
  return std::make_unique<JsonSource>(std::move(context), std::move(input), options.encoding,
                                      std::make_shared<const JsonTable>(std::move(table)), encoding,
                                      std::move(text));
}

}  // namespace

constinit const Format kJsonFormat = {
    .name = "json",
    .title = "JSON lines",
    .suffixes = kSuffixes,
    .text = true,
    .codecs = kCodecs,
    .open = OpenJson,
    .encode = MakeJsonEncoder,
};

}  // namespace bowyer
