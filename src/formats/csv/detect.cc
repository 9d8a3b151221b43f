// Dialect first, then the header, then the types; each step looks at what the one before found.
#include "formats/csv/detect.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>

#include "bowyer/error.h"
#include "core/text.h"
#include "formats/csv/detect_dialect.h"
#include "formats/csv/detect_header.h"
#include "formats/csv/detect_types.h"
#include "formats/csv/field.h"
#include "formats/csv/split.h"
#include "formats/csv/tokenize.h"
#include "formats/wished_type.h"

namespace bowyer {
namespace {

constexpr size_t kMaxColumns = 100'000;

arrow::Status CheckOptions(const CsvReadOptions& options) {
  const auto usage = [](std::string message) {
    return MakeError(ErrorCode::kUsage, std::move(message));
  };
  const auto check = [&](const char* what, std::optional<char> value) {
    const bool wrong = value && (*value == '\r' || *value == '\n' || (*value & 0x80) != 0);
    return wrong
               ? usage(fmt::format("a {} must be one ASCII character other than a line end", what))
               : arrow::Status::OK();
  };
  ARROW_RETURN_NOT_OK(check("delimiter", options.delimiter));
  ARROW_RETURN_NOT_OK(check("quote", options.quote));
  ARROW_RETURN_NOT_OK(check("escape", options.escape));
  if (options.delimiter && *options.delimiter == '\0') return usage("a delimiter cannot be NUL");
  if (options.delimiter && options.quote && options.delimiter == options.quote) {
    return usage("delimiter and quote are the same");
  }
  if (options.delimiter && options.escape && options.delimiter == options.escape) {
    return usage("delimiter and escape are the same");
  }
  if (options.comment && options.comment->empty()) return arrow::Status::OK();
  if (options.comment && options.comment->find_first_of("\r\n") != std::string::npos) {
    return usage("a comment prefix cannot hold a line end");
  }
  return arrow::Status::OK();
}

// Bytes that no text holds, in numbers that no accident explains.
bool IsBinary(std::string_view sample) {
  const std::string_view head = sample.substr(0, 4096);
  const auto odd = std::count_if(head.begin(), head.end(), [](unsigned char c) {
    return c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c > 0x02 && c != 0x1e &&
           c != 0x1f;
  });
  return odd >= 4 && odd * 20 > static_cast<ptrdiff_t>(head.size());
}

std::string Spelled(char c) {
  switch (c) {
    case '\0':
      return "none";
    case '\t':
      return "tab";
    case ' ':
      return "space";
    default:
      return static_cast<unsigned char>(c) < 0x20 ? fmt::format("\\x{:02x}", c) : std::string(1, c);
  }
}

std::string LineEndOf(std::string_view sample, const CsvDialect& dialect) {
  const size_t at = sample.find_first_of(dialect.bare_cr ? "\r\n" : "\n");
  if (at == std::string_view::npos) return "none";
  if (sample[at] == '\r') return at + 1 < sample.size() && sample[at + 1] == '\n' ? "CRLF" : "CR";
  return at > 0 && sample[at - 1] == '\r' ? "CRLF" : "LF";
}

// The values of the sample, column by column, into types. The tokeniser takes all but the last
// bytes (it reads a little behind its text), the splitter the rest.
class TypeDetector {
 public:
  TypeDetector(const CsvLayout& layout, const ReadOptions& options)
      : layout_(layout),
        options_(options),
        columns_(layout.names.size(), ColumnType(&options.csv)),
        rows_left_(options.sample_rows < 0 ? INT64_MAX : options.sample_rows) {}

  std::vector<std::shared_ptr<arrow::DataType>> Run(std::string_view body, bool whole) {
    if (body.size() > kTail) body.remove_prefix(AddRuns(body.substr(0, body.size() - kTail)));
    AddRecords(body, whole);
    std::vector<std::shared_ptr<arrow::DataType>> types;
    for (const ColumnType& column : columns_) types.push_back(column.type());
    return types;
  }

 private:
  static constexpr size_t kTail = 64;

  bool IsNull(std::string_view value) const {
    if (value.empty()) return true;
    const auto& spellings = options_.csv.null_spellings;
    return spellings && std::find(spellings->begin(), spellings->end(), value) != spellings->end();
  }

  // Returns the bytes done with.
  size_t AddRuns(std::string_view text) {
    Tokenizer tokenizer(layout_.dialect, columns_.size());
    tokenizer.Start(text, false);
    FieldTable table;
    std::vector<BadRecord> bad;
    while (rows_left_ > 0 && tokenizer.Next(&table, &bad)) {
      bad.clear();
      const auto rows =
          static_cast<size_t>(std::min<int64_t>(rows_left_, static_cast<int64_t>(table.rows)));
      for (size_t i = 0; i < columns_.size(); ++i) AddColumn(table, rows, i);
      rows_left_ -= static_cast<int64_t>(rows);
    }
    return tokenizer.position();
  }

  void AddColumn(const FieldTable& table, size_t rows, size_t at) {
    ColumnType& column = columns_[at];
    const bool last = at + 1 == columns_.size();
    const uint32_t* position = table.positions + at;
    const char quote = layout_.dialect.quote;
    for (size_t row = 0; row < rows && !column.is_text(); ++row, position += table.stride) {
      // (The position before a text's first field is 2^32 - 1.)
      const uint32_t begin = position[0] + 1;
      std::string_view value(table.text + begin, position[1] - begin);
      if (last && value.ends_with('\r')) value.remove_suffix(1);
      if (value.empty()) continue;
      if (quote != '\0' && value[0] == quote) {
        value = FieldValue(value, true, layout_.dialect, &buffer_);
        if (!value.empty()) column.Add(value);
      } else if (!options_.csv.null_spellings || !IsNull(value)) {
        column.AddPadded(value);
      }
    }
  }

  void AddRecords(std::string_view text, bool whole) {
    RecordSplitter splitter(text, layout_.dialect);
    RecordSpan record;
    while (rows_left_ > 0 && splitter.Next(&record)) {
      if (!whole && record.next >= text.size()) break;
      if (record.fault != RecordFault::kNone || record.fields.size() != columns_.size()) continue;
      if (!record.blank()) --rows_left_;
      for (size_t i = 0; i < columns_.size(); ++i) {
        const FieldSpan& field = record.fields[i];
        const std::string_view raw = text.substr(field.begin, field.end - field.begin);
        const std::string_view value = FieldValue(raw, field.quoted, layout_.dialect, &buffer_);
        if (!value.empty() && (field.quoted || !IsNull(value))) columns_[i].Add(value);
      }
    }
  }

  const CsvLayout& layout_;
  const ReadOptions& options_;
  std::vector<ColumnType> columns_;
  int64_t rows_left_;
  std::string buffer_;
};

// Sets the types that the user gave. Names that are no columns are judged where all columns of the
// table are known.
void SetTypes(const ReadOptions& options, CsvLayout* layout) {
  for (const auto& [name, type] : options.types) {
    const auto at = std::find(layout->names.begin(), layout->names.end(), name);
    if (at == layout->names.end()) continue;
    layout->types[static_cast<size_t>(at - layout->names.begin())] = PlainType(type);
  }
}

std::vector<std::pair<std::string, std::string>> Facts(std::string_view sample,
                                                       const CsvDialect& dialect) {
  std::vector<std::pair<std::string, std::string>> facts = {
      {"delimiter", Spelled(dialect.delimiter)},
      {"quote", Spelled(dialect.quote)},
      {"escape", dialect.quote == '\0'    ? "none"
                 : dialect.escape == '\0' ? "doubled quote"
                                          : Spelled(dialect.escape)},
      {"header", dialect.header ? "yes" : "no"},
      {"line end", LineEndOf(sample, dialect)}};
  if (dialect.skip_lines > 0) {
    facts.emplace_back("skipped lines", std::to_string(dialect.skip_lines));
  }
  if (!dialect.comment.empty()) facts.emplace_back("comment", dialect.comment);
  return facts;
}

}  // namespace

arrow::Result<CsvLayout> DetectCsv(std::string_view sample, bool whole, const ReadOptions& options,
                                   const std::string& name) {
  const CsvReadOptions& csv = options.csv;
  ARROW_RETURN_NOT_OK(CheckOptions(csv));
  const auto refuse = [&](std::string message, std::string hint = "") {
    return MakeError(ErrorCode::kData, std::move(message),
                     ErrorPlace{.location = name, .hint = std::move(hint)});
  };
  if (IsBinary(sample)) {
    return refuse("this is no text: it holds control characters",
                  "try --from FORMAT if it is a file of another format, --encoding for UTF-16");
  }
  ARROW_ASSIGN_OR_RAISE(DialectChoice choice, ChooseDialect(sample, whole, csv, name));
  CsvLayout layout;
  layout.dialect = choice.dialect;
  layout.header_end = static_cast<int64_t>(choice.table_begin);

  const auto& records = choice.sample.records;
  const auto first = std::find_if(records.begin(), records.end(),
                                  [](const SampleRecord& record) { return !record.blank(); });
  size_t width = choice.width;
  if (width > kMaxColumns) {
    return refuse(fmt::format("it has {} columns, more than {} are not read",
                              WithThousands(static_cast<int64_t>(width)),
                              WithThousands(static_cast<int64_t>(kMaxColumns))));
  }
  if (first == records.end()) {
    if (csv.names.empty()) {
      return refuse("it holds neither a header nor a record",
                    "try --columns NAME,... to read it as a table of no rows");
    }
    layout.dialect.header = false;
    width = csv.names.size();
  } else if (csv.header || !csv.names.empty()) {
    layout.dialect.header = csv.header.value_or(false);
  } else {
    ARROW_ASSIGN_OR_RAISE(const Header header, FindHeader(choice.sample, width, name));
    layout.dialect.header = header != Header::kNone;
    if (choice.titles && header != Header::kByEvidence) {
      return refuse(
          "it cannot be told whether the lines above the table are titles or a header",
          fmt::format("try --skip-lines {} with --header or --no-header if they are titles, "
                      "--delimiter if they are not",
                      layout.dialect.skip_lines));
    }
  }

  std::vector<std::string> names = csv.names;
  if (layout.dialect.header) {
    if (first->fault != RecordFault::kNone) {
      const int64_t line = CountLineEnds(sample.substr(0, choice.table_begin + first->begin),
                                         layout.dialect.bare_cr) +
                           1;
      return MakeError(ErrorCode::kData,
                       first->fault == RecordFault::kOpenQuote
                           ? "a quote in the header is never closed"
                           : "text follows a closing quote in the header",
                       ErrorPlace{.location = name,
                                  .line = line,
                                  .hint = "try --quote none, --skip-lines N or --no-header"});
    }
    layout.header_end += static_cast<int64_t>(first->next);
    std::string buffer;
    for (size_t i = 0; names.size() < first->width && csv.names.empty(); ++i) {
      const SampleCell& cell = choice.sample.cell(*first, i);
      names.emplace_back(FieldValue(cell.raw, cell.quoted, layout.dialect, &buffer));
      if (ValidUtf8Prefix(names.back()) != names.back().size()) {
        return refuse(fmt::format("the name of column {} is not valid UTF-8: {}", i + 1,
                                  Quoted(names.back())),
                      "try --encoding latin-1 or --encoding utf-16le");
      }
    }
  }
  if (!csv.names.empty() && first != records.end() && csv.names.size() != width) {
    const bool some = std::any_of(records.begin(), records.end(), [&](const auto& record) {
      return record.width == csv.names.size();
    });
    if (!some) {
      return MakeError(ErrorCode::kUsage,
                       fmt::format("{} column names are given, but the records have {} fields",
                                   csv.names.size(), width),
                       ErrorPlace{.location = name});
    }
    width = csv.names.size();
  }
  layout.names = CompleteNames(std::move(names), width);
  layout.header_lines = CountLineEnds(sample.substr(0, static_cast<size_t>(layout.header_end)),
                                      layout.dialect.bare_cr);
  if (options.all_text) {
    layout.types.assign(width, arrow::utf8());
  } else {
    layout.types = TypeDetector(layout, options)
                       .Run(sample.substr(static_cast<size_t>(layout.header_end)), whole);
  }
  SetTypes(options, &layout);
  layout.facts = Facts(sample, layout.dialect);
  return layout;
}

}  // namespace bowyer
