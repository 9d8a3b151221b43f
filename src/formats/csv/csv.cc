// CSV and TSV files as a source: the layout from a sample, batches from the parallel reader.
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bowyer/error.h"
#include "core/text.h"
#include "files/text_input.h"
#include "formats/csv/detect.h"
#include "formats/csv/reader.h"
#include "formats/csv/split.h"
#include "formats/csv/writer.h"
#include "formats/format.h"

namespace bowyer {
namespace {

constexpr std::string_view kCsvSuffixes[] = {".csv"};
constexpr std::string_view kTsvSuffixes[] = {".tsv", ".tab"};
constexpr int64_t kFirstSample = 64 << 10;
constexpr int64_t kMostSample = 8 << 20;
// Converters and buffers that each column costs at least.
constexpr int64_t kBytesPerColumn = 4 << 10;

// The text's first bytes, enough for the rows that types are detected on.
struct Sample {
  std::string_view text;
  bool whole = false;  // there is no more
};

arrow::Result<Sample> TakeSample(const Context& context, TextInput* input, int64_t rows) {
  ARROW_ASSIGN_OR_RAISE(std::string_view text, input->Peek(kFirstSample));
  if (static_cast<int64_t>(text.size()) < kFirstSample) return Sample{text, true};
  const std::string_view head = text.substr(0, kFirstSample);
  const int64_t row_bytes =
      kFirstSample / std::max<int64_t>(1, CountBytes(head, '\n') + CountBytes(head, '\r') / 2) + 1;
  const int64_t most = std::min(kMostSample, context.memory_budget() / 8);
  const int64_t wanted = rows < 0 || rows > most / row_bytes
                             ? most
                             : std::clamp(rows * row_bytes * 5 / 4, 4 * kFirstSample, most);
  ARROW_ASSIGN_OR_RAISE(text, input->Peek(wanted));
  if (static_cast<int64_t>(text.size()) < wanted) return Sample{text, true};
  return Sample{text.substr(0, static_cast<size_t>(wanted)), false};
}

arrow::Status CheckFormats(const CsvReadOptions& options) {
  for (const std::string& format : {options.date_format, options.timestamp_format}) {
    const std::string unknown = UnknownDirective(format);
    if (unknown.empty()) continue;
    return MakeError(ErrorCode::kUsage,
                     fmt::format("{} in the format {} is unknown", unknown, Quoted(format)),
                     {.hint = "known: %Y %y %m %d %e %j %b %B %a %A %H %I %M %S %f %p %z %F %T %R "
                              "%D %n %t %%"});
  }
  return arrow::Status::OK();
}

class CsvSource : public Source {
 public:
  CsvSource(std::shared_ptr<Context> context, FileInput input, const ReadOptions& options)
      : context_(std::move(context)), input_(std::move(input)), options_(options) {}

  arrow::Status Detect() {
    ARROW_RETURN_NOT_OK(CheckFormats(options_.csv));
    ARROW_ASSIGN_OR_RAISE(auto text, OpenTextInput(context_, input_, options_.encoding));
    ARROW_ASSIGN_OR_RAISE(const Sample sample,
                          TakeSample(*context_, text.get(), options_.sample_rows));
    ARROW_ASSIGN_OR_RAISE(layout_, DetectCsv(sample.text, sample.whole, options_, input_.name));
    const auto width = static_cast<int64_t>(layout_.names.size());
    if (width == 0 || width > context_->memory_budget() / kBytesPerColumn) {
      return MakeError(
          ErrorCode::kResources,
          fmt::format("{} columns are too many for the memory budget", WithThousands(width)),
          {.location = input_.name, .hint = "try a larger --memory"});
    }
    if (options_.sample_rows < 0 && !sample.whole && !options_.all_text) {
      ARROW_RETURN_NOT_OK(DetectOnAllRows());
    }
    arrow::FieldVector fields;
    for (size_t i = 0; i < layout_.names.size(); ++i) {
      fields.push_back(arrow::field(layout_.names[i], layout_.types[i]));
    }
    schema_ = arrow::schema(std::move(fields));
    encoding_ = text->encoding();
    // A character that the sample's end cuts is no fault.
    if (ValidUtf8Prefix(sample.text) + 4 < sample.text.size()) {
      encoding_ = "not UTF-8 throughout: perhaps --encoding latin-1";
    }
    sampled_rows_ = CountLineEnds(sample.text, layout_.dialect.bare_cr) - layout_.header_lines + 1;
    if (options_.sample_rows >= 0) sampled_rows_ = std::min(sampled_rows_, options_.sample_rows);
    if (sample.whole) rows_ = CountRows(sample.text);
    // A pipe cannot be read twice; files are opened again, so that waiting sources hold no blocks.
    if (input_.file == nullptr) pipe_ = std::move(text);
    return arrow::Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  arrow::Result<std::string> Fingerprint() const override { return input_.fingerprint; }

  arrow::Result<std::vector<Chunk>> Chunks(int64_t) override {
    return std::vector<Chunk>{{.rows = rows_.value_or(-1)}};
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open(const Chunk&,
                                                                const ScanOptions& scan) override {
    const std::shared_ptr<ParsePlan> plan = MakePlan();
    plan->sample_rows = sampled_rows_;
    plan->rejects = options_.rejects != nullptr;
    arrow::FieldVector fields;
    const int width = schema_->num_fields();
    if (scan.columns) plan->columns = *scan.columns;
    for (int i = 0; !scan.columns && i < width; ++i) plan->columns.push_back(i);
    for (const int column : plan->columns) {
      if (column < 0 || column >= width) return arrow::Status::IndexError("no column ", column);
      fields.push_back(schema_->field(column));
    }
    plan->schema = arrow::schema(std::move(fields));

    std::unique_ptr<TextInput> text = std::move(pipe_);
    if (text == nullptr) {
      if (input_.file == nullptr) {
        return MakeError(ErrorCode::kUsage, "a pipe can be read only once",
                         {.location = input_.name});
      }
      ARROW_ASSIGN_OR_RAISE(text, OpenTextInput(context_, input_, options_.encoding));
    }
    return OpenCsvReader(plan, std::move(text), input_.name, options_.rejects);
  }

  arrow::Result<SourceInfo> Inspect() override {
    SourceInfo info{.format = "CSV", .rows = rows_, .stored_bytes = input_.size};
    info.facts = layout_.facts;
    info.facts.emplace_back("encoding", encoding_);
    return info;
  }

 private:
  // A pass of its own over the whole file.
  arrow::Status DetectOnAllRows() {
    if (input_.file == nullptr) {
      return MakeError(ErrorCode::kUsage, "types can be taken from all rows of a file only",
                       {.location = input_.name,
                        .hint = "a pipe is read once: try a number of sample rows, or --type"});
    }
    const std::shared_ptr<ParsePlan> plan = MakePlan();
    for (size_t i = 0; i < layout_.names.size(); ++i) {
      if (plan->detected[i]) plan->columns.push_back(static_cast<int>(i));
    }
    plan->observe = &options_.csv;
    plan->rejects = true;
    ARROW_ASSIGN_OR_RAISE(auto text, OpenTextInput(context_, input_, options_.encoding));
    ARROW_ASSIGN_OR_RAISE(const auto types, DetectAllTypes(plan, std::move(text)));
    for (size_t i = 0; i < types.size(); ++i) {
      layout_.types[static_cast<size_t>(plan->columns[i])] = types[i];
    }
    return arrow::Status::OK();
  }

  // What every pass over the text needs; columns and schema are still to be set.
  std::shared_ptr<ParsePlan> MakePlan() const {
    auto plan = std::make_shared<ParsePlan>();
    plan->context = context_;
    plan->layout = layout_;
    plan->style = MakeValueStyle(options_.csv, layout_.dialect);
    for (const std::string& name : layout_.names) {
      plan->detected.push_back(options_.types.find(name) == options_.types.end());
    }
    return plan;
  }

  // Of a text that was read to its end; nothing if some record is none.
  std::optional<int64_t> CountRows(std::string_view text) const {
    RecordSplitter splitter(text.substr(static_cast<size_t>(layout_.header_end)), layout_.dialect);
    RecordSpan record;
    int64_t rows = 0;
    while (splitter.Next(&record)) {
      if (record.blank() && layout_.names.size() > 1) continue;
      if (record.fault != RecordFault::kNone || record.fields.size() != layout_.names.size()) {
        return std::nullopt;
      }
      ++rows;
    }
    return rows;
  }

  const std::shared_ptr<Context> context_;
  const FileInput input_;
  const ReadOptions options_;
  CsvLayout layout_;
  std::shared_ptr<arrow::Schema> schema_;
  std::string encoding_;
  int64_t sampled_rows_ = 0;
  std::optional<int64_t> rows_;
  std::unique_ptr<TextInput> pipe_;
};

arrow::Result<std::unique_ptr<Source>> OpenCsv(std::shared_ptr<Context> context, FileInput input,
                                               const ReadOptions& options) {
  auto source = std::make_unique<CsvSource>(std::move(context), std::move(input), options);
  ARROW_RETURN_NOT_OK(source->Detect());
  return source;
}

arrow::Result<std::unique_ptr<Source>> OpenTsv(std::shared_ptr<Context> context, FileInput input,
                                               const ReadOptions& options) {
  ReadOptions tabs = options;
  if (!tabs.csv.delimiter) tabs.csv.delimiter = '\t';
  return OpenCsv(std::move(context), std::move(input), tabs);
}

arrow::Result<std::unique_ptr<Encoder>> EncodeTsv(std::shared_ptr<Context> context,
                                                  std::shared_ptr<arrow::Schema> schema,
                                                  std::shared_ptr<arrow::io::OutputStream> stream,
                                                  const WriteOptions& options) {
  WriteOptions tabs = options;
  if (tabs.csv.delimiter == CsvWriteOptions().delimiter) tabs.csv.delimiter = '\t';
  return MakeCsvEncoder(std::move(context), std::move(schema), std::move(stream), tabs);
}

}  // namespace

constinit const Format kCsvFormat = {.name = "csv",
                                     .title = "CSV",
                                     .suffixes = kCsvSuffixes,
                                     .text = true,
                                     .codecs = {},
                                     .open = OpenCsv,
                                     .encode = MakeCsvEncoder};

constinit const Format kTsvFormat = {.name = "tsv",
                                     .title = "TSV",
                                     .suffixes = kTsvSuffixes,
                                     .text = true,
                                     .codecs = {},
                                     .open = OpenTsv,
                                     .encode = EncodeTsv};

}  // namespace bowyer
