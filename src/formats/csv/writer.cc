// Batches -> CSV. Row by row: each column is a function that appends a field; fields that cannot
// hold anything special (numbers, times) are written bare, texts are copied sixteen bytes at a step
// while the same sixteen bytes are checked for what must be quoted.
#include "formats/csv/writer.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bowyer/error.h"
#include "core/text.h"
#include "formats/text/number.h"
#include "formats/text/row_encoder.h"
#include "formats/text/scan.h"
#include "formats/text/value.h"

namespace bowyer {
namespace {

using arrow::Type;

// What one dialect writes.
struct CsvStyle {
  char delimiter;
  char quote;  // 0: none
  std::string null_spelling;
  bool quote_scalars;                                   // numbers and times, too, may need quotes
  alignas(16) std::array<char, 16> delimiters, quotes;  // sixteen times the character

  bool IsNullSpelling(std::string_view text) const {
    return !null_spelling.empty() && text == null_spelling;
  }
  bool IsSpecial(char c) const {
    return c == delimiter || c == '\n' || c == '\r' || (c == quote && quote != 0);
  }
};

#if defined(__SSE2__)
uint32_t SpecialBits(const CsvStyle& style, __m128i bytes) {
  const auto is = [&](__m128i what) { return _mm_cmpeq_epi8(bytes, what); };
  const __m128i special = _mm_or_si128(
      _mm_or_si128(is(_mm_load_si128(reinterpret_cast<const __m128i*>(style.delimiters.data()))),
                   is(_mm_load_si128(reinterpret_cast<const __m128i*>(style.quotes.data())))),
      _mm_or_si128(is(_mm_set1_epi8('\n')), is(_mm_set1_epi8('\r'))));
  return static_cast<uint32_t>(_mm_movemask_epi8(special));
}
#endif

ShortScan ScanCsv16(const CsvStyle& style, const char* data) {
#if defined(__SSE2__)
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data));
  return {SpecialBits(style, bytes), static_cast<uint32_t>(_mm_movemask_epi8(bytes))};
#else
  ShortScan scan{0, 0};
  for (int i = 0; i < 16; ++i) {
    scan.special |= uint32_t{style.IsSpecial(data[i])} << i;
    scan.high |= uint32_t{static_cast<unsigned char>(data[i]) >= 0x80} << i;
  }
  return scan;
#endif
}

bool HoldsSpecial(const CsvStyle& style, std::string_view text) {
  size_t at = 0;
  for (; at + 16 <= text.size(); at += 16) {
    if (ScanCsv16(style, text.data() + at).special != 0) return true;
  }
  return std::any_of(text.begin() + static_cast<ptrdiff_t>(at), text.end(),
                     [&](char c) { return style.IsSpecial(c); });
}

bool IsSpace(char c) { return c == ' ' || c == '\t'; }

// Beyond what breaks a record: what readers may drop (spaces at the edges), take for null, for a
// comment or for a byte order mark.
bool NeedsQuotes(const CsvStyle& style, std::string_view text, bool first) {
  if (text.empty() || IsSpace(text.front()) || IsSpace(text.back())) return true;
  if (text == style.null_spelling) return true;
  if (first && (text.front() == '#' || text.starts_with("\xEF\xBB\xBF"))) return true;
  return HoldsSpecial(style, text);
}

// 2 * text.size() bytes have to be writable.
char* CopyDoublingQuotes(const CsvStyle& style, std::string_view text, char* at) {
  size_t i = 0;
  const auto one = [&] {
    const char c = text[i++];
    *at++ = c;
    *at = c;
    at += c == style.quote;
  };
#if defined(__SSE2__)
  const __m128i quotes = _mm_load_si128(reinterpret_cast<const __m128i*>(style.quotes.data()));
  while (i + 16 <= text.size()) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(at), bytes);
    const auto found = static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, quotes)));
    const size_t plain = found == 0 ? 16 : static_cast<size_t>(__builtin_ctz(found));
    at += plain;
    i += plain;
    if (found != 0) one();
  }
#endif
  while (i < text.size()) one();
  return at;
}

char* AppendQuoted(const CsvStyle& style, std::string_view text, char* at, TextBuffer& buffer) {
  constexpr size_t kPiece = 4096;  // so that the room for the worst case stays small
  at = buffer.Reserve(at, 2);
  if (at == nullptr) return nullptr;
  *at++ = style.quote;
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, kPiece);
    at = buffer.Reserve(at, static_cast<int64_t>(2 * piece.size()) + 2);
    if (at == nullptr) return nullptr;
    at = CopyDoublingQuotes(style, piece, at);
    text.remove_prefix(piece.size());
  }
  *at = style.quote;
  return at + 1;
}

// A field that is not null. `first`: it opens the line.
[[gnu::noinline]] char* AppendField(const CsvStyle& style, std::string_view text, bool first,
                                    char* at, TextBuffer& buffer) {
  if (!IsAscii(text) && ValidUtf8Prefix(text) != text.size()) {
    return buffer.Fail(InvalidUtf8(text));
  }
  if (!NeedsQuotes(style, text, first)) {
    at = buffer.Reserve(at, static_cast<int64_t>(text.size()));
    if (at == nullptr) return nullptr;
    std::memcpy(at, text.data(), text.size());
    return at + text.size();
  }
  if (style.quote != 0) return AppendQuoted(style, text, at, buffer);
  if (!HoldsSpecial(style, text) && text != style.null_spelling) {
    // Spaces, a number sign: at a reader's discretion, but whole.
    at = buffer.Reserve(at, static_cast<int64_t>(text.size()));
    if (at == nullptr) return nullptr;
    std::memcpy(at, text.data(), text.size());
    return at + text.size();
  }
  return buffer.Fail(MakeError(
      ErrorCode::kData,
      text == style.null_spelling
          ? fmt::format("{} would read as null without quotes", Quoted(text))
          : fmt::format("{} holds a delimiter or a line end, and there are no quotes",
                        Quoted(text)),
      {.hint = "write with a quote character, or with another delimiter or null spelling"}));
}

// One column of one batch.
struct CsvColumn {
  // The commonest types are appended without a call.
  enum class Kind : uint8_t { kInt64, kDouble, kText, kBare, kOther };
  using Function = char* (*)(const CsvColumn&, int64_t row, char* at, TextBuffer& buffer);

  ArrayText values;
  Kind kind;
  Function append;  // of kOther
  int64_t reserve;  // with a delimiter before it and a line end behind it
  const CsvStyle* style;
  bool first;
  TextBuffer* scratch;
};

// Neither a blank nor what a quote, a comment or a byte order mark begins with.
inline bool IsInner(char c) { return static_cast<unsigned char>(c) > '#' && c != '\xEF'; }

// Short text that needs neither quotes nor a closer look; null for other text. kMaxShortText bytes
// have to be writable.
inline char* CopyPlainText(const CsvStyle& style, std::string_view text, bool padded, char* at) {
  if (text.size() - 1 >= kMaxShortText) return nullptr;
  const ShortScan scan =
      CopyShortText(text, padded, at, [&](const char* data) { return ScanCsv16(style, data); });
  if (scan.special != 0 || !IsInner(text.front()) || !IsInner(text.back())) return nullptr;
  if (scan.high != 0 && ValidUtf8Prefix(text) != text.size()) return nullptr;
  return at + text.size();
}

template <typename Layout>
inline char* AppendText(const CsvColumn& column, int64_t row, char* at, TextBuffer& buffer) {
  if (column.values.IsNull(row)) return column.values.WriteNull(at);
  const TextValue value = column.values.ValueAt<Layout>(row);
  const CsvStyle& style = *column.style;
  if (char* end = CopyPlainText(style, value.bytes, value.padded, at);
      end != nullptr && !style.IsNullSpelling(value.bytes)) [[likely]] {
    return end;
  }
  return AppendField(style, value.bytes, column.first, at, buffer);
}

inline char* Append(const CsvColumn& column, int64_t row, char* at, TextBuffer& buffer) {
  const ArrayText& values = column.values;
  switch (column.kind) {
    case CsvColumn::Kind::kInt64:
      if (values.IsNull(row)) return values.WriteNull(at);
      return WriteInteger(at, values.NumberAt<int64_t>(row));
    case CsvColumn::Kind::kDouble:
      if (values.IsNull(row)) return values.WriteNull(at);
      return WriteFloating(at, values.NumberAt<double>(row));
    case CsvColumn::Kind::kText:
      return AppendText<ArrayText::Offsets<int32_t>>(column, row, at, buffer);
    case CsvColumn::Kind::kBare:
      return values.Append(row, at, buffer);
    default:
      return column.append(column, row, at, buffer);
  }
}

// Text behind dictionaries or runs.
char* AppendResolvedText(const CsvColumn& column, int64_t row, char* at, TextBuffer& buffer) {
  const ArrayText* values = column.values.Resolve(&row);
  if (values == nullptr) return column.values.WriteNull(at);
  std::string_view text;
  switch (values->value_type().id()) {
    case Type::STRING:
      text = values->ValueAt<ArrayText::Offsets<int32_t>>(row).bytes;
      break;
    case Type::LARGE_STRING:
      text = values->ValueAt<ArrayText::Offsets<int64_t>>(row).bytes;
      break;
    default:
      text = values->ValueAt<ArrayText::Views>(row).bytes;
  }
  return AppendField(*column.style, text, column.first, at, buffer);
}

// Anything else that may need quotes: spelled beside the line first.
char* AppendChecked(const CsvColumn& column, int64_t row, char* at, TextBuffer& buffer) {
  int64_t resolved = row;
  if (column.values.Resolve(&resolved) == nullptr) return column.values.WriteNull(at);
  TextBuffer& scratch = *column.scratch;
  char* end = scratch.Restart(column.values.bound());
  if (end != nullptr) end = column.values.Append(row, end, scratch);
  if (end == nullptr) return buffer.Fail(scratch.status());
  // Quotes tell text from null; of a number readers may take them off first.
  if (column.style->IsNullSpelling(scratch.view(end)) &&
      !arrow::is_nested(column.values.value_type().id())) {
    return buffer.Fail(
        MakeError(ErrorCode::kData,
                  fmt::format("the value {} is spelled like null", Quoted(scratch.view(end))),
                  {.hint = "write with another null spelling"}));
  }
  return AppendField(*column.style, scratch.view(end), column.first, at, buffer);
}

bool IsText(Type::type id) {
  return id == Type::STRING || id == Type::LARGE_STRING || id == Type::STRING_VIEW;
}

void ChooseFunction(CsvColumn* column) {
  const ArrayText& values = column->values;
  const Type::type id = values.value_type().id();
  column->kind = CsvColumn::Kind::kOther;
  if (IsText(id)) {
    if (!values.direct()) {
      column->append = AppendResolvedText;
    } else if (id == Type::STRING) {
      column->kind = CsvColumn::Kind::kText;
    } else {
      column->append = id == Type::LARGE_STRING ? AppendText<ArrayText::Offsets<int64_t>>
                                                : AppendText<ArrayText::Views>;
    }
  } else if (column->style->quote_scalars || arrow::is_nested(id)) {
    column->append = AppendChecked;
  } else if (values.direct() && id == Type::INT64) {
    column->kind = CsvColumn::Kind::kInt64;
  } else if (values.direct() && id == Type::DOUBLE) {
    column->kind = CsvColumn::Kind::kDouble;
  } else {
    column->kind = CsvColumn::Kind::kBare;
  }
}

// The hot loop stands alone, so that the position stays in a register.
[[gnu::noinline]] RowFormat::Rows AppendLines(std::span<const CsvColumn> columns, char delimiter,
                                              int64_t begin, int64_t end, int64_t limit, char* at,
                                              TextBuffer& buffer) {
  for (int64_t row = begin; row < end; ++row) {
    for (const CsvColumn& column : columns) {
      at = buffer.Reserve(at, column.reserve);
      if (at == nullptr) [[unlikely]]
        return {nullptr, row, -1};
      *at = delimiter;
      at += !column.first;
      at = Append(column, row, at, buffer);
      if (at == nullptr) [[unlikely]] {
        return {nullptr, row, static_cast<int>(&column - columns.data())};
      }
    }
    *at++ = '\n';  // reserved with the last field, or in the slack behind it
    if (buffer.size(at) > limit) return {at, row + 1, -1};
  }
  return {at, end, -1};
}

class CsvRows : public RowFormat {
 public:
  CsvRows(std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema, CsvStyle style,
          bool header)
      : context_(std::move(context)),
        schema_(std::move(schema)),
        style_(std::move(style)),
        header_(header) {}

  char* AppendHeader(char* at, TextBuffer& buffer) const override {
    if (!header_) return at;
    for (int i = 0; i < schema_->num_fields(); ++i) {
      if ((at = buffer.Reserve(at, 1)) == nullptr) return nullptr;
      *at = style_.delimiter;
      at += i > 0;
      at = AppendField(style_, schema_->field(i)->name(), i == 0, at, buffer);
      if (at == nullptr) {
        return buffer.Fail(AtPlace(buffer.status(), {.column = schema_->field(i)->name()}));
      }
    }
    if ((at = buffer.Reserve(at, 1)) == nullptr) return nullptr;
    *at = '\n';
    return at + 1;
  }

  Rows AppendRows(const arrow::RecordBatch& batch, int64_t begin, int64_t end, int64_t limit,
                  char* at, TextBuffer& buffer) const override {
    TextBuffer scratch(context_->memory_pool());
    std::vector<CsvColumn> columns;
    columns.reserve(static_cast<size_t>(batch.num_columns()));
    for (int i = 0; i < batch.num_columns(); ++i) {
      auto made = Bind(*batch.column_data(i), i, &scratch);
      if (!made.ok()) return {buffer.Fail(made.status()), begin, i};
      columns.push_back(std::move(made).ValueUnsafe());
    }
    return AppendLines(columns, style_.delimiter, begin, end, limit, at, buffer);
  }

 private:
  arrow::Result<CsvColumn> Bind(const arrow::ArrayData& array, int index,
                                TextBuffer* scratch) const {
    std::string_view null_text = style_.null_spelling;
    CsvColumn column;
    ARROW_ASSIGN_OR_RAISE(column.values, ArrayText::Make(array, Notation::kPlain, null_text));
    // Alone on its line an empty field is easily taken for no record at all. A quoted one cannot
    // be, and still is a null where the column holds no text.
    if (schema_->num_fields() == 1 && null_text.empty() && style_.quote != 0 &&
        !IsText(column.values.value_type().id())) {
      ARROW_ASSIGN_OR_RAISE(column.values, ArrayText::Make(array, Notation::kPlain, quoted_empty_));
    }
    column.reserve = column.values.bound() + 2;
    column.style = &style_;
    column.first = index == 0;
    column.scratch = scratch;
    ChooseFunction(&column);
    return column;
  }

  std::shared_ptr<Context> context_;
  std::shared_ptr<arrow::Schema> schema_;
  CsvStyle style_;
  bool header_;
  std::string quoted_empty_ = std::string(2, style_.quote);
};

arrow::Status CheckOptions(const CsvWriteOptions& options) {
  const auto usage = [](std::string message) {
    return MakeError(ErrorCode::kUsage, std::move(message));
  };
  const auto breaks = [](char c) { return c == '\n' || c == '\r'; };
  const auto foreign = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
  if (options.delimiter == 0 || breaks(options.delimiter) || foreign(options.delimiter)) {
    return usage("the delimiter has to be one ASCII character and no line end");
  }
  if (breaks(options.quote) || foreign(options.quote) || IsSpace(options.quote)) {
    return usage("the quote has to be one ASCII character, no space and no line end");
  }
  if (options.quote == options.delimiter) {
    return usage(fmt::format("the delimiter and the quote are both {}",
                             Quoted(std::string_view(&options.quote, 1))));
  }
  for (const char c : options.null_spelling) {
    if (breaks(c) || c == options.delimiter || (c == options.quote && c != 0)) {
      return usage(fmt::format("the null spelling {} holds a delimiter, quote or line end",
                               Quoted(options.null_spelling)));
    }
  }
  if (ValidUtf8Prefix(options.null_spelling) != options.null_spelling.size()) {
    return usage("the null spelling is not valid UTF-8");
  }
  return arrow::Status::OK();
}

CsvStyle MakeStyle(const CsvWriteOptions& options) {
  CsvStyle style{options.delimiter, options.quote, options.null_spelling, false, {}, {}};
  style.delimiters.fill(options.delimiter);
  // Without quotes, the delimiter again: nothing more is special.
  style.quotes.fill(options.quote != 0 ? options.quote : options.delimiter);
  // Spellings of scalars are made of these characters only (formats/text), and begin with these.
  const auto in_scalars = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("+-.:\\").find(c) != std::string_view::npos;
  };
  style.quote_scalars =
      in_scalars(options.delimiter) || in_scalars(options.quote) ||
      (!options.null_spelling.empty() &&
       std::string_view("0123456789abcdef+-niPt\\").find(options.null_spelling[0]) !=
           std::string_view::npos);
  return style;
}

}  // namespace

arrow::Result<std::unique_ptr<Encoder>> MakeCsvEncoder(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
    std::shared_ptr<arrow::io::OutputStream> stream, const WriteOptions& options) {
  ARROW_RETURN_NOT_OK(CheckOptions(options.csv));
  if (schema->num_fields() == 0) {
    return MakeError(ErrorCode::kData, "CSV cannot hold a table without columns");
  }
  for (const auto& field : schema->fields()) ARROW_RETURN_NOT_OK(CheckSpellable(*field));
  auto rows =
      std::make_unique<CsvRows>(context, schema, MakeStyle(options.csv), options.csv.header);
  TextBuffer header(context->memory_pool());
  char* at = header.Restart(1);
  if (at == nullptr || rows->AppendHeader(at, header) == nullptr) return header.status();
  return MakeRowEncoder(std::move(context), std::move(schema), std::move(stream), std::move(rows));
}

}  // namespace bowyer
