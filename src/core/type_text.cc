// The grammar: NAME, NAME(digits), NAME[unit or size, ...], NAME<types>; a table of plain names and
// a recursive descent for the rest, of bounded depth.
#include "bowyer/type_text.h"

#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

using arrow::Type;
using TypePtr = std::shared_ptr<arrow::DataType>;

struct PlainName {
  std::string_view name;
  const TypePtr& (*type)();
};

const TypePtr& Time64() {
  static const TypePtr type = arrow::time64(arrow::TimeUnit::MICRO);
  return type;
}
const TypePtr& Timestamp() {
  static const TypePtr type = arrow::timestamp(arrow::TimeUnit::MICRO);
  return type;
}
const TypePtr& Duration() {
  static const TypePtr type = arrow::duration(arrow::TimeUnit::MICRO);
  return type;
}
const TypePtr& MonthInterval() {
  static const TypePtr type = arrow::month_interval();
  return type;
}
const TypePtr& DayTimeInterval() {
  static const TypePtr type = arrow::day_time_interval();
  return type;
}
const TypePtr& MonthDayNanoInterval() {
  static const TypePtr type = arrow::month_day_nano_interval();
  return type;
}

// The first name of a type is the one that is printed. "int" and "float" are the wide ones: the
// narrow ones would turn away or round values.
constexpr PlainName kPlainNames[] = {
    {"null", arrow::null},
    {"bool", arrow::boolean},
    {"boolean", arrow::boolean},
    {"int8", arrow::int8},
    {"int16", arrow::int16},
    {"int32", arrow::int32},
    {"int64", arrow::int64},
    {"uint8", arrow::uint8},
    {"uint16", arrow::uint16},
    {"uint32", arrow::uint32},
    {"uint64", arrow::uint64},
    {"tinyint", arrow::int8},
    {"smallint", arrow::int16},
    {"int", arrow::int64},
    {"integer", arrow::int64},
    {"bigint", arrow::int64},
    {"float16", arrow::float16},
    {"float32", arrow::float32},
    {"float64", arrow::float64},
    {"halffloat", arrow::float16},
    {"real", arrow::float32},
    {"float", arrow::float64},
    {"double", arrow::float64},
    {"string", arrow::utf8},
    {"text", arrow::utf8},
    {"utf8", arrow::utf8},
    {"varchar", arrow::utf8},
    {"large_string", arrow::large_utf8},
    {"large_utf8", arrow::large_utf8},
    {"string_view", arrow::utf8_view},
    {"utf8_view", arrow::utf8_view},
    {"binary", arrow::binary},
    {"bytes", arrow::binary},
    {"blob", arrow::binary},
    {"large_binary", arrow::large_binary},
    {"binary_view", arrow::binary_view},
    {"date32", arrow::date32},
    {"date", arrow::date32},
    {"date64", arrow::date64},
    {"time", Time64},
    {"timestamp", Timestamp},
    {"datetime", Timestamp},
    {"duration", Duration},
    {"month_interval", MonthInterval},
    {"day_time_interval", DayTimeInterval},
    {"month_day_nano_interval", MonthDayNanoInterval},
};

constexpr std::string_view kBuiltNames[] = {
    "decimal", "decimal32",  "decimal64",  "decimal128",      "decimal256",
    "time32",  "time64",     "timestamp",  "duration",        "fixed_size_binary",
    "list",    "large_list", "list_view",  "large_list_view", "fixed_size_list",
    "struct",  "map",        "dictionary", "run_end_encoded"};

constexpr std::pair<std::string_view, arrow::TimeUnit::type> kUnits[] = {
    {"s", arrow::TimeUnit::SECOND},
    {"ms", arrow::TimeUnit::MILLI},
    {"us", arrow::TimeUnit::MICRO},
    {"ns", arrow::TimeUnit::NANO}};

std::string_view UnitName(arrow::TimeUnit::type unit) {
  for (const auto& [name, value] : kUnits) {
    if (value == unit) return name;
  }
  return "?";
}

bool IsPlainName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  });
}

std::string NameText(const std::string& name) {
  if (IsPlainName(name)) return name;
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + '"';
}

std::string FieldText(const arrow::Field& field) {
  return NameText(field.name()) + ": " + TypeText(*field.type()) +
         (field.nullable() ? "" : " not null");
}

// The only child of a list: its name is shown where it is not the usual one.
std::string ItemText(const arrow::Field& field) {
  if (field.name() != "item") return FieldText(field);
  return TypeText(*field.type()) + (field.nullable() ? "" : " not null");
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  arrow::Result<TypePtr> Whole() {
    ARROW_ASSIGN_OR_RAISE(auto type, ParseOne());
    Spaces();
    if (at_ != text_.size()) return Wrong("nothing should follow");
    return type;
  }

 private:
  static constexpr int kMaxDepth = 64;

  arrow::Status Wrong(const std::string& what) const {
    return MakeError(
        ErrorCode::kUsage,
        fmt::format("{} is not a type: {} at character {}", Quoted(text_), what, at_ + 1),
        {.hint = "types look like int64, text, decimal(12,2), timestamp[us, UTC], "
                 "date32, list<int64>, struct<a: int64, b: text>"});
  }

  void Spaces() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool Take(char c) {
    Spaces();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  arrow::Status Expect(char c) {
    return Take(c) ? arrow::Status::OK() : Wrong(fmt::format("'{}' is missing", c));
  }
  std::string Word() {
    Spaces();
    const size_t start = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) {
      ++at_;
    }
    return std::string(text_.substr(start, at_ - start));
  }
  bool TakeWords(std::string_view first, std::string_view second) {
    const size_t start = at_;
    if (Word() == first && (second.empty() || Word() == second)) return true;
    at_ = start;
    return false;
  }

  arrow::Result<int32_t> Number() {
    Spaces();
    int32_t number = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
    if (error != std::errc()) return Wrong("a number is missing");
    at_ = static_cast<size_t>(end - text_.data());
    return number;
  }

  arrow::Result<arrow::TimeUnit::type> Unit() {
    const std::string word = Word();
    for (const auto& [name, unit] : kUnits) {
      if (name == word) return unit;
    }
    return Wrong("a unit (s, ms, us, ns) is missing");
  }

  // `name: type [not null]`, or only the type where a name is optional.
  arrow::Result<std::shared_ptr<arrow::Field>> ParseField(const std::string& default_name) {
    std::string name = default_name;
    const size_t start = at_;
    Spaces();
    if (at_ < text_.size() && text_[at_] == '"') {
      ++at_;
      name.clear();
      for (;; ++at_) {
        if (at_ >= text_.size()) return Wrong("a quote is not closed");
        if (text_[at_] == '"') {
          if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
          ++at_;
        }
        name += text_[at_];
      }
      ++at_;
      ARROW_RETURN_NOT_OK(Expect(':'));
    } else if (const std::string word = Word(); !word.empty() && Take(':')) {
      name = word;
    } else if (default_name.empty()) {
      return Wrong("a field is written name: type");
    } else {
      at_ = start;
    }
    ARROW_ASSIGN_OR_RAISE(auto type, ParseOne());
    const bool nullable = !TakeWords("not", "null");
    return arrow::field(std::move(name), std::move(type), nullable);
  }

  // kUsage for what Arrow's own factories refuse (a precision out of range and the like).
  arrow::Result<TypePtr> Checked(arrow::Result<TypePtr> type) {
    if (!type.ok()) return Wrong(type.status().message());
    return type;
  }

  arrow::Result<TypePtr> ParseDecimal(const std::string& name) {
    ARROW_RETURN_NOT_OK(Expect('('));
    ARROW_ASSIGN_OR_RAISE(const int32_t precision, Number());
    int32_t scale = 0;
    if (Take(',')) {
      ARROW_ASSIGN_OR_RAISE(scale, Number());
    }
    ARROW_RETURN_NOT_OK(Expect(')'));
    if (name == "decimal32") return Checked(arrow::Decimal32Type::Make(precision, scale));
    if (name == "decimal64") return Checked(arrow::Decimal64Type::Make(precision, scale));
    if (name == "decimal128" || (name == "decimal" && precision <= 38)) {
      return Checked(arrow::Decimal128Type::Make(precision, scale));
    }
    return Checked(arrow::Decimal256Type::Make(precision, scale));
  }

  arrow::Result<TypePtr> ParseUnits(const std::string& name) {
    ARROW_RETURN_NOT_OK(Expect('['));
    if (name == "fixed_size_binary") {
      ARROW_ASSIGN_OR_RAISE(const int32_t width, Number());
      ARROW_RETURN_NOT_OK(Expect(']'));
      if (width < 0) return Wrong("a width cannot be negative");
      return arrow::fixed_size_binary(width);
    }
    ARROW_ASSIGN_OR_RAISE(const auto unit, Unit());
    std::string zone;
    if (name == "timestamp" && Take(',')) {
      Spaces();
      if (TakeWords("tz", "")) ARROW_RETURN_NOT_OK(Expect('='));
      Spaces();
      const size_t end = std::min(text_.find(']', at_), text_.size());
      zone = text_.substr(at_, end - at_);
      while (!zone.empty() && zone.back() == ' ') zone.pop_back();
      at_ = end;
      if (zone.empty()) return Wrong("a time zone is missing");
    }
    ARROW_RETURN_NOT_OK(Expect(']'));
    if (name == "timestamp") return arrow::timestamp(unit, zone);
    if (name == "duration") return arrow::duration(unit);
    const bool coarse = unit == arrow::TimeUnit::SECOND || unit == arrow::TimeUnit::MILLI;
    if (coarse != (name == "time32")) return Wrong("time32 has s or ms, time64 has us or ns");
    return coarse ? arrow::time32(unit) : arrow::time64(unit);
  }

  arrow::Result<TypePtr> ParseNested(const std::string& name) {
    ARROW_RETURN_NOT_OK(Expect('<'));
    TypePtr type;
    if (name == "struct") {
      arrow::FieldVector fields;
      if (Take('>')) return arrow::struct_(fields);
      do {
        ARROW_ASSIGN_OR_RAISE(auto field, ParseField(""));
        fields.push_back(std::move(field));
      } while (Take(','));
      type = arrow::struct_(fields);
    } else if (name == "map") {
      ARROW_ASSIGN_OR_RAISE(auto key, ParseOne());
      ARROW_RETURN_NOT_OK(Expect(','));
      ARROW_ASSIGN_OR_RAISE(auto item, ParseField("value"));
      const bool sorted = Take(',') && TakeWords("keys_sorted", "");
      type = std::make_shared<arrow::MapType>(std::move(key), std::move(item), sorted);
    } else if (name == "dictionary") {
      ARROW_ASSIGN_OR_RAISE(auto indices, ParseOne());
      ARROW_RETURN_NOT_OK(Expect(','));
      ARROW_ASSIGN_OR_RAISE(auto values, ParseOne());
      const bool ordered = Take(',') && TakeWords("ordered", "");
      ARROW_ASSIGN_OR_RAISE(type, Checked(arrow::DictionaryType::Make(indices, values, ordered)));
    } else if (name == "run_end_encoded") {
      ARROW_ASSIGN_OR_RAISE(auto ends, ParseOne());
      ARROW_RETURN_NOT_OK(Expect(','));
      ARROW_ASSIGN_OR_RAISE(auto values, ParseOne());
      if (!arrow::RunEndEncodedType::RunEndTypeValid(*ends)) {
        return Wrong("run ends are int16, int32 or int64");
      }
      type = arrow::run_end_encoded(std::move(ends), std::move(values));
    } else {
      ARROW_ASSIGN_OR_RAISE(auto item, ParseField("item"));
      if (name == "list") type = arrow::list(item);
      if (name == "large_list") type = arrow::large_list(item);
      if (name == "list_view") type = arrow::list_view(item);
      if (name == "large_list_view") type = arrow::large_list_view(item);
      if (name == "fixed_size_list") {
        ARROW_RETURN_NOT_OK(Expect('>'));
        ARROW_RETURN_NOT_OK(Expect('['));
        ARROW_ASSIGN_OR_RAISE(const int32_t size, Number());
        ARROW_RETURN_NOT_OK(Expect(']'));
        if (size < 0) return Wrong("a size cannot be negative");
        return arrow::fixed_size_list(std::move(item), size);
      }
    }
    ARROW_RETURN_NOT_OK(Expect('>'));
    return type;
  }

  arrow::Result<TypePtr> ParseOne() {
    if (++depth_ > kMaxDepth) return Wrong("too deeply nested");
    auto type = ParseHere();
    --depth_;
    return type;
  }

  arrow::Result<TypePtr> ParseHere() {
    std::string name = Word();
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    Spaces();
    const char next = at_ < text_.size() ? text_[at_] : '\0';
    const bool built =
        std::find(std::begin(kBuiltNames), std::end(kBuiltNames), name) != std::end(kBuiltNames);
    if (built && next == '(') return ParseDecimal(name);
    if (built && next == '[') return ParseUnits(name);
    if (built && next == '<') return ParseNested(name);
    for (const auto& plain : kPlainNames) {
      if (plain.name == name) return plain.type();
    }
    if (name == "decimal" || name == "numeric") {
      return Wrong("a decimal needs its digits, as in decimal(12,2),");
    }
    std::vector<std::string> names(std::begin(kBuiltNames), std::end(kBuiltNames));
    for (const auto& plain : kPlainNames) names.emplace_back(plain.name);
    return MakeError(
        ErrorCode::kUsage,
        fmt::format("there is no type {}{}", Quoted(name), DidYouMean(name, names)),
        {.hint = "types look like int64, text, decimal(12,2), timestamp[us, UTC], date32, "
                 "list<int64>, struct<a: int64, b: text>"});
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::string TypeText(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::FLOAT:
      return "float32";
    case Type::DOUBLE:
      return "float64";
    case Type::HALF_FLOAT:
      return "float16";
    case Type::DATE32:
      return "date32";
    case Type::DATE64:
      return "date64";
    case Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
      if (timestamp.timezone().empty()) {
        return fmt::format("timestamp[{}]", UnitName(timestamp.unit()));
      }
      return fmt::format("timestamp[{}, {}]", UnitName(timestamp.unit()), timestamp.timezone());
    }
    case Type::DECIMAL32:
    case Type::DECIMAL64:
    case Type::DECIMAL128:
    case Type::DECIMAL256: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(type);
      // "decimal" alone stands for the width that ParseType would choose.
      const bool usual =
          type.id() == (decimal.precision() <= 38 ? Type::DECIMAL128 : Type::DECIMAL256);
      return fmt::format("{}({},{})",
                         usual ? "decimal" : fmt::format("decimal{}", decimal.bit_width()),
                         decimal.precision(), decimal.scale());
    }
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::LIST_VIEW:
    case Type::LARGE_LIST_VIEW:
      return fmt::format("{}<{}>", type.name(), ItemText(*type.field(0)));
    case Type::FIXED_SIZE_LIST:
      return fmt::format("fixed_size_list<{}>[{}]", ItemText(*type.field(0)),
                         static_cast<const arrow::FixedSizeListType&>(type).list_size());
    case Type::STRUCT: {
      std::string text;
      for (const auto& field : type.fields()) {
        text += (text.empty() ? "" : ", ") + FieldText(*field);
      }
      return "struct<" + text + ">";
    }
    case Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      return fmt::format("map<{}, {}{}{}>", TypeText(*map.key_type()), TypeText(*map.item_type()),
                         map.item_field()->nullable() ? "" : " not null",
                         map.keys_sorted() ? ", keys_sorted" : "");
    }
    case Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryType&>(type);
      return fmt::format("dictionary<{}, {}{}>", TypeText(*dictionary.index_type()),
                         TypeText(*dictionary.value_type()),
                         dictionary.ordered() ? ", ordered" : "");
    }
    case Type::RUN_END_ENCODED: {
      const auto& encoded = static_cast<const arrow::RunEndEncodedType&>(type);
      return fmt::format("run_end_encoded<{}, {}>", TypeText(*encoded.run_end_type()),
                         TypeText(*encoded.value_type()));
    }
    case Type::EXTENSION: {
      const auto& extension = static_cast<const arrow::ExtensionType&>(type);
      return fmt::format("extension<{}: {}>", extension.extension_name(),
                         TypeText(*extension.storage_type()));
    }
    default:
      return type.ToString();
  }
}

arrow::Result<TypePtr> ParseType(std::string_view text) { return Parser(text).Whole(); }

}  // namespace bowyer
