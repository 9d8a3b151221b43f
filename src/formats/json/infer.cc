// Kinds, digits and keys of values.
#include "formats/json/infer.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"
#include "formats/csv/field.h"
#include "formats/json/number.h"

namespace bowyer::json {
namespace {

constexpr NumberStyle kStyle{};

int DigitsOf(uint64_t value) {
  int digits = 0;
  for (; value != 0; value /= 10) ++digits;
  return digits;
}

}  // namespace

void NumberFacts::Merge(const NumberFacts& other) {
  all_int64 = all_int64 && other.all_int64;
  all_integers = all_integers && other.all_integers;
  all_double = all_double && other.all_double;
  all_decimal = all_decimal && other.all_decimal;
  integer_digits = std::max(integer_digits, other.integer_digits);
  fraction_digits = std::max(fraction_digits, other.fraction_digits);
}

int32_t Shape::FindMember(std::string_view key) {
  const auto [found, is_new] =
      index.try_emplace(std::string(key), static_cast<int32_t>(members.size()));
  if (is_new) {
    members.push_back({.key = found->first, .shape = std::make_unique<Shape>()});
  }
  return found->second;
}

int32_t Shape::NextOccurrence(int32_t member) {
  if (members[member].repeat < 0) {
    const auto added = static_cast<int32_t>(members.size());
    members[member].repeat = added;
    members.push_back({.key = members[member].key,
                       .occurrence = members[member].occurrence + 1,
                       .shape = std::make_unique<Shape>()});
  }
  return members[member].repeat;
}

int64_t Shape::Count() const {
  int64_t count = 1 + (element ? element->Count() : 0);
  for (const Member& member : members) count += member.shape->Count();
  return count;
}

void Shape::Merge(Shape&& other) {
  kinds |= other.kinds;
  opaque = opaque || other.opaque;
  number.Merge(other.number);
  if (mixed()) {
    element.reset();
    members.clear();
    index.clear();
    return;
  }
  if (other.element != nullptr) {
    if (element == nullptr) element = std::make_unique<Shape>();
    element->Merge(std::move(*other.element));
  }
  for (Member& theirs : other.members) {
    int32_t ours = FindMember(theirs.key);
    while (members[ours].occurrence < theirs.occurrence) ours = NextOccurrence(ours);
    members[ours].shape->Merge(std::move(*theirs.shape));
  }
  if (members.size() > kMaxFields) {
    opaque = true;
    members.clear();
    index.clear();
  }
}

const char* Observer::ObserveNumber(Shape* shape, const char* p) {
  NumberFacts& facts = shape->number;
  int64_t small;
  if (const char* behind = FastInt64(p, &small)) {
    const uint64_t magnitude =
        small < 0 ? 0 - static_cast<uint64_t>(small) : static_cast<uint64_t>(small);
    facts.integer_digits = std::max(facts.integer_digits, DigitsOf(magnitude));
    // Beyond 2^53 only some are doubles. (2^63 itself is one, and none that int64 can convert.)
    if (magnitude > uint64_t{1} << 53) {
      const auto nearest = static_cast<double>(magnitude);
      facts.all_double =
          facts.all_double && nearest < 0x1p63 && static_cast<uint64_t>(nearest) == magnitude;
    }
    return behind;
  }
  bool integer;
  const char* const behind = syntax_->SkipNumber(p, &integer);
  if (behind == nullptr) return nullptr;
  const std::string_view text(p, static_cast<size_t>(behind - p));
  int64_t ignored_integer;
  double ignored_double;
  const bool minus_zero = [&] {
    if (text[0] != '-') return false;
    const std::string_view digits = text.substr(0, text.find_first_of("eE"));
    return digits.find_first_of("123456789") == std::string_view::npos;
  }();
  if (!integer) facts.all_integers = false;
  if (!integer || minus_zero || ParseInt64(text, kStyle, &ignored_integer) != FieldFault::kNone) {
    facts.all_int64 = false;
  }
  if (LongDouble(p, &ignored_double) == nullptr &&
      ParseDouble(text, kStyle, &ignored_double) != FieldFault::kNone) {
    facts.all_double = false;
  }
  if (minus_zero) {
    facts.all_decimal = false;
  } else if (text.find_first_of("eE") == std::string_view::npos) {
    const size_t point = std::min(text.find('.'), text.size());
    std::string_view whole = text.substr(0, point);
    if (whole[0] == '-') whole.remove_prefix(1);
    if (whole == "0") whole = {};
    std::string_view fraction = text.substr(std::min(point + 1, text.size()));
    fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
    facts.integer_digits = std::max(facts.integer_digits, static_cast<int32_t>(whole.size()));
    facts.fraction_digits = std::max(facts.fraction_digits, static_cast<int32_t>(fraction.size()));
  } else if (NumberShape digits; ShapeOfNumber(text, kStyle, &digits) != FieldFault::kNone) {
    facts.all_decimal = false;
  } else {
    facts.integer_digits = std::max(facts.integer_digits, digits.integer_digits);
    facts.fraction_digits = std::max(facts.fraction_digits, digits.fraction_digits);
  }
  return behind;
}

const char* Observer::ObserveObject(Shape* shape, const char* p, int depth) {
  const int64_t object = ++*objects_;
  p = syntax_->Space(p + 1);
  if (*p == '}') return p + 1;
  size_t next = 0;  // keys mostly come in the order in which they came first
  for (;;) {
    const char* const key = p + 1;
    std::string_view name;
    p = syntax_->Key(p, &scratch_, &name);
    if (p == nullptr) return nullptr;
    p = syntax_->Space(p);
    if (*p != ':') return syntax_->Unexpected(p, "':'");
    p = syntax_->Space(p + 1);
    const size_t before = shape->members.size();
    int32_t at = next < before && shape->members[next].key == name ? static_cast<int32_t>(next)
                                                                   : shape->FindMember(name);
    while (shape->members[at].seen == object) at = shape->NextOccurrence(at);
    next = static_cast<size_t>(at) + 1;
    if (shape->members.size() != before && ++shapes_ > kMaxShapes) {
      return syntax_->Fail(key, fmt::format("the records have more than {} different keys",
                                            WithThousands(kMaxShapes)));
    }
    shape->members[at].seen = object;
    p = Observe(shape->members[at].shape.get(), p, depth + 1);
    if (p == nullptr) return nullptr;
    p = syntax_->Space(p);
    if (*p == '}') break;
    if (*p != ',') return syntax_->Unexpected(p, "',' or '}'");
    p = syntax_->Space(p + 1);
  }
  if (shape->members.size() > kMaxFields) {
    shape->opaque = true;
    shape->members.clear();
    shape->index.clear();
  }
  return p + 1;
}

const char* Observer::Observe(Shape* shape, const char* p, int depth) {
  switch (*p) {
    case '"': {
      shape->kinds |= Shape::kString;
      bool ignored;
      return syntax_->SkipString(p + 1, &ignored);
    }
    case 't':
      shape->kinds |= Shape::kBool;
      return syntax_->SkipLiteral(p, "true");
    case 'f':
      shape->kinds |= Shape::kBool;
      return syntax_->SkipLiteral(p, "false");
    case 'n':
      shape->kinds |= Shape::kNull;
      return syntax_->SkipLiteral(p, "null");
    case '{':
    case '[': {
      shape->kinds |= *p == '{' ? Shape::kObject : Shape::kArray;
      if (depth >= kMaxTypedDepth) shape->opaque = true;
      if (shape->mixed()) return syntax_->SkipValue(p, depth);
      if (*p == '{') return ObserveObject(shape, p, depth);
      if (shape->element == nullptr) shape->element = std::make_unique<Shape>();
      p = syntax_->Space(p + 1);
      if (*p == ']') return p + 1;
      for (;;) {
        p = Observe(shape->element.get(), p, depth + 1);
        if (p == nullptr) return nullptr;
        p = syntax_->Space(p);
        if (*p == ']') return p + 1;
        if (*p != ',') return syntax_->Unexpected(p, "',' or ']'");
        p = syntax_->Space(p + 1);
      }
    }
    default:
      shape->kinds |= Shape::kNumber;
      return ObserveNumber(shape, p);
  }
}

}  // namespace bowyer::json
