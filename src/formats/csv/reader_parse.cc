// Runs of fields, converted column by column; what cannot be converted is named, and the rows are
// converted again without it.
#include "formats/csv/reader_parse.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"
#include "formats/csv/split.h"
#include "formats/csv/tokenize.h"

namespace bowyer {
namespace {

constexpr size_t kRawInMessage = 80;

std::string_view View(const std::shared_ptr<arrow::Buffer>& buffer) {
  if (buffer == nullptr) return {};
  return {reinterpret_cast<const char*>(buffer->data()), static_cast<size_t>(buffer->size())};
}

std::string Counted(size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", WithThousands(static_cast<int64_t>(count)), noun,
                     count == 1 ? "" : "s");
}

constexpr std::string_view kSetAside = "--rejects FILE to set such rows aside";

// Gives the values of a column to a ColumnType, and makes nothing of them.
class TypeObserver : public ColumnConverter {
 public:
  TypeObserver(ColumnType* type, const ValueStyle& style) : type_(type), style_(style) {}

  arrow::Status Reserve(int64_t) override { return arrow::Status::OK(); }

  arrow::Status Append(const FieldTable& table, size_t column, std::vector<BadField>*) override {
    const uint32_t* position = table.positions + column;
    const char quote = style_.dialect.quote;
    std::string buffer;
    for (size_t row = 0; row < table.rows && !type_->is_text(); ++row, position += table.stride) {
      const uint32_t begin = position[0] + 1;
      uint32_t end = position[1];
      if (end > begin && table.text[end] == '\n' && table.text[end - 1] == '\r') --end;
      std::string_view value(table.text + begin, end - begin);
      const bool quoted = quote != '\0' && value.starts_with(quote);
      if (quoted) {
        value = FieldValue(value, true, style_.dialect, &buffer);
        if (!value.empty()) type_->Add(value);
      } else if (!value.empty() &&
                 std::find(style_.nulls.begin(), style_.nulls.end(), value) == style_.nulls.end()) {
        type_->AddPadded(value);
      }
    }
    return arrow::Status::OK();
  }

  void Truncate(int64_t) override {}
  arrow::Result<std::shared_ptr<arrow::ArrayData>> Finish() override { return nullptr; }

 private:
  ColumnType* const type_;
  const ValueStyle& style_;
};

class UnitParser {
 public:
  explicit UnitParser(const ParsePlan& plan)
      : plan_(plan), width_(plan.layout.names.size()), tokenizer_(plan.style.dialect, width_) {}

  arrow::Result<ParsedUnit> Parse(const TextUnit& unit) {
    if (plan_.observe != nullptr) {
      result_.types.assign(plan_.columns.size(), ColumnType(plan_.observe));
      for (ColumnType& type : result_.types) {
        converters_.push_back(std::make_unique<TypeObserver>(&type, plan_.style));
      }
    }
    for (size_t i = converters_.size(); i < plan_.columns.size(); ++i) {
      const auto at = static_cast<size_t>(plan_.columns[i]);
      ARROW_ASSIGN_OR_RAISE(auto converter,
                            MakeColumnConverter(plan_.layout.types[at], plan_.detected[at],
                                                plan_.style, plan_.context->memory_pool()));
      converters_.push_back(std::move(converter));
    }
    const std::string_view texts[] = {View(unit.joined), View(unit.body)};
    bytes_ahead_ = static_cast<int64_t>(texts[0].size() + texts[1].size());
    for (int i = 0; i < 2 && !result_.cut && !failed(); ++i) {
      // Only a unit without a body can be the text's end.
      ARROW_RETURN_NOT_OK(ParseText(texts[i], unit.final));
      const auto parsed = static_cast<int64_t>(tokenizer_.position());
      result_.cut = !failed() && tokenizer_.position() < texts[i].size();
      result_.cut_text = i;
      result_.cut_at = parsed;
      result_.lines += tokenizer_.lines();
      result_.bytes += parsed;
    }
    ARROW_RETURN_NOT_OK(Finish());
    return std::move(result_);
  }

 private:
  bool failed() const { return !plan_.rejects && !result_.faulty.empty(); }

  arrow::Status ParseText(std::string_view text, bool final) {
    if (text.empty()) {
      tokenizer_.Start(text, final);
      return arrow::Status::OK();
    }
    text_ = text;
    tokenizer_.Start(text, final);
    FieldTable table;
    while (true) {
      bad_records_.clear();
      run_lines_ = result_.lines + tokenizer_.lines();
      if (!tokenizer_.Next(&table, &bad_records_)) return arrow::Status::OK();
      ARROW_RETURN_NOT_OK(plan_.context->CheckStop());
      ARROW_RETURN_NOT_OK(ParseRun(table));
      if (failed()) return arrow::Status::OK();
    }
  }

  arrow::Status ParseRun(const FieldTable& table) {
    bad_fields_.clear();
    ARROW_RETURN_NOT_OK(Convert(table));
    if (!bad_fields_.empty() || !bad_records_.empty()) {
      NameFaults(table);
      if (!bad_fields_.empty() && plan_.rejects) {
        for (auto& converter : converters_) converter->Truncate(rows_);
        const FieldTable good = WithoutBadRows(table);
        bad_fields_.clear();
        ARROW_RETURN_NOT_OK(Convert(good));
        rows_ += static_cast<int64_t>(good.rows);
      } else {
        rows_ += static_cast<int64_t>(table.rows);
      }
    } else {
      rows_ += static_cast<int64_t>(table.rows);
    }
    result_.records += static_cast<int64_t>(table.rows + bad_records_.size());
    if (!reserved_ && rows_ > 0) {
      reserved_ = true;
      const auto done = static_cast<double>(result_.bytes) + static_cast<double>(table.end);
      const auto all = static_cast<int64_t>(static_cast<double>(rows_) *
                                            static_cast<double>(bytes_ahead_) / done * 1.02) +
                       64;
      for (auto& converter : converters_) ARROW_RETURN_NOT_OK(converter->Reserve(all));
    }
    return arrow::Status::OK();
  }

  arrow::Status Convert(const FieldTable& table) {
    for (size_t i = 0; i < converters_.size(); ++i) {
      ARROW_RETURN_NOT_OK(
          converters_[i]->Append(table, static_cast<size_t>(plan_.columns[i]), &bad_fields_));
    }
    return arrow::Status::OK();
  }

  // The run without the rows of bad_fields_ (sorted by row).
  FieldTable WithoutBadRows(const FieldTable& table) {
    kept_.clear();
    FieldTable good = table;
    good.stride = width_ + 1;
    good.rows = 0;
    auto bad = bad_fields_.begin();
    for (size_t row = 0; row < table.rows; ++row) {
      const bool skip = bad != bad_fields_.end() && bad->row == row;
      while (bad != bad_fields_.end() && bad->row == row) ++bad;
      if (skip) continue;
      const uint32_t* const position = table.positions + row * table.stride;
      kept_.insert(kept_.end(), position, position + width_ + 1);
      ++good.rows;
    }
    good.positions = kept_.data();
    return good;
  }

  // bad_records_ and bad_fields_ -> result_.faulty, in the order of the text.
  void NameFaults(const FieldTable& table) {
    std::stable_sort(bad_fields_.begin(), bad_fields_.end(),
                     [](const BadField& a, const BadField& b) {
                       return a.row != b.row ? a.row < b.row : a.column < b.column;
                     });
    counted_to_ = table.begin;
    counted_lines_ = run_lines_;
    auto record = bad_records_.begin();
    auto field = bad_fields_.begin();
    while (record != bad_records_.end() || field != bad_fields_.end()) {
      const auto before = record - bad_records_.begin();
      if (field == bad_fields_.end() ||
          (record != bad_records_.end() && record->row <= field->row)) {
        const int64_t index = result_.records + before + static_cast<int64_t>(record->row);
        NameRecord(*record++, index);
      } else {
        const uint32_t row = field->row;
        const int64_t index = result_.records + before + row;
        NameField(table, *field, index);
        while (field != bad_fields_.end() && field->row == row) ++field;
      }
      if (failed()) return;
    }
  }

  // Line ends before `at`; `at` does not decrease within a run.
  int64_t LinesBefore(size_t at) {
    counted_lines_ +=
        CountLineEnds(text_.substr(counted_to_, at - counted_to_), plan_.style.dialect.bare_cr);
    counted_to_ = at;
    return counted_lines_;
  }

  FaultyRecord At(size_t begin, size_t end, int64_t index) {
    FaultyRecord fault;
    fault.line = fault.fault_line = LinesBefore(begin);
    fault.record = index;
    fault.offset = result_.bytes + static_cast<int64_t>(begin);
    if (plan_.rejects) fault.raw = text_.substr(begin, end - begin);
    return fault;
  }

  void NameRecord(const BadRecord& bad, int64_t index) {
    FaultyRecord fault = At(bad.begin, bad.end, index);
    const std::string_view text = text_.substr(bad.begin, bad.end - bad.begin);
    switch (bad.fault) {
      case BadRecord::Fault::kWidth:
        fault.reason = fmt::format("{} where there should be {}: {}", Counted(bad.fields, "field"),
                                   width_, Quoted(text, kRawInMessage));
        fault.hint = fmt::format("try {}{}", kSetAside, width_ == 1 ? ", or --delimiter" : "");
        break;
      case BadRecord::Fault::kTextAfterQuote:
        fault.reason =
            fmt::format("text behind a closing quote: {}",
                        Quoted(text_.substr(bad.fault_at, bad.end - bad.fault_at), kRawInMessage));
        fault.hint = fmt::format(
            "a quote inside quotes must be doubled; try --escape '\\' or "
            "--quote none if that is how the file is spelled, or {}",
            kSetAside);
        break;
      case BadRecord::Fault::kOpenQuote:
        fault.fault_line += CountLineEnds(text_.substr(bad.begin, bad.fault_at - bad.begin),
                                          plan_.style.dialect.bare_cr);
        fault.reason =
            fmt::format("a quote is opened and never closed: {}",
                        Quoted(text_.substr(bad.fault_at, bad.end - bad.fault_at), kRawInMessage));
        fault.hint =
            fmt::format("try --quote none if quotes have no meaning here, or {}", kSetAside);
        break;
    }
    result_.faulty.push_back(std::move(fault));
  }

  void NameField(const FieldTable& table, const BadField& bad, int64_t index) {
    const uint32_t* const row = table.positions + bad.row * table.stride;
    const auto begin = static_cast<size_t>(static_cast<uint32_t>(row[0] + 1));
    auto end = static_cast<size_t>(row[width_]);
    if (end > begin && text_[end - 1] == '\r' && end < text_.size() && text_[end] == '\n') --end;
    const auto field_begin = static_cast<size_t>(static_cast<uint32_t>(row[bad.column] + 1));
    const size_t field_end = std::min<size_t>(row[bad.column + 1], end);
    const std::string_view raw = text_.substr(field_begin, field_end - field_begin);
    const char quote = plan_.style.dialect.quote;
    std::string buffer;
    const std::string_view value =
        FieldValue(raw, quote != '\0' && raw.starts_with(quote), plan_.style.dialect, &buffer);

    const std::string& name = plan_.layout.names[bad.column];
    const arrow::DataType& type = *plan_.layout.types[bad.column];
    FaultyRecord fault = At(begin, end, index);
    fault.fault_line +=
        CountLineEnds(text_.substr(begin, field_begin - begin), plan_.style.dialect.bare_cr);
    fault.column = static_cast<int>(bad.column);
    if (bad.bad_byte >= 0) {
      fault.reason = fmt::format("{} is not valid UTF-8 (byte {} of the field)",
                                 Quoted(value, kRawInMessage), bad.bad_byte + 1);
      fault.hint = fmt::format("try --encoding latin-1, --type {}=binary, or {}", name, kSetAside);
    } else {
      fault.reason = fmt::format("{} {}", Quoted(value, kRawInMessage), FaultText(bad.fault, type));
      fault.hint = FieldHint(bad, value, name, type);
    }
    result_.faulty.push_back(std::move(fault));
  }

  std::string FieldHint(const BadField& bad, std::string_view value, const std::string& name,
                        const arrow::DataType& type) const {
    std::string hint;
    if (plan_.detected[bad.column]) {
      hint = fmt::format("the column's type comes from the first {} rows\n",
                         WithThousands(plan_.sample_rows));
    }
    hint += "try ";
    NumberStyle comma{.decimal_point = ',', .plain = false};
    NumberShape shape;
    const bool number = arrow::is_floating(type.id()) || arrow::is_decimal(type.id()) ||
                        arrow::is_integer(type.id());
    if (number && plan_.style.number.decimal_point == '.' && value.find(',') != value.npos &&
        ShapeOfNumber(TrimBlanks(value), comma, &shape) == FieldFault::kNone) {
      hint += "--decimal-comma, ";
    }
    if (bad.fault == FieldFault::kZone) {
      hint += fmt::format(
          "--type '{}=timestamp[us{}]', ", name,
          static_cast<const arrow::TimestampType&>(type).timezone().empty() ? ", UTC" : "");
    } else if (bad.fault == FieldFault::kPrecision && arrow::is_floating(type.id())) {
      hint += fmt::format("--type '{}=decimal(38,{})', ", name, 18);
    }
    hint += fmt::format("--type {}=text, or {}", name, kSetAside);
    return hint;
  }

  arrow::Status Finish() {
    if (plan_.observe != nullptr) return arrow::Status::OK();
    arrow::ArrayDataVector columns;
    for (auto& converter : converters_) {
      ARROW_ASSIGN_OR_RAISE(auto column, converter->Finish());
      columns.push_back(std::move(column));
    }
    result_.batch = arrow::RecordBatch::Make(plan_.schema, rows_, std::move(columns));
    return arrow::Status::OK();
  }

  const ParsePlan& plan_;
  const size_t width_;
  Tokenizer tokenizer_;
  std::vector<std::unique_ptr<ColumnConverter>> converters_;
  ParsedUnit result_;
  int64_t rows_ = 0;
  int64_t bytes_ahead_ = 0;
  bool reserved_ = false;

  // Of the text and the run at hand.
  std::string_view text_;
  std::vector<BadRecord> bad_records_;
  std::vector<BadField> bad_fields_;
  std::vector<uint32_t> kept_;
  int64_t run_lines_ = 0;  // line ends before the run
  size_t counted_to_ = 0;
  int64_t counted_lines_ = 0;
};

}  // namespace

arrow::Result<ParsedUnit> ParseUnit(const ParsePlan& plan, const TextUnit& unit) {
  return UnitParser(plan).Parse(unit);
}

}  // namespace bowyer
