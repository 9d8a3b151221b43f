// Shapes -> types, and types -> how their values are read.
#include "formats/json/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "bowyer/error.h"
#include "core/text.h"
#include "formats/wished_type.h"

namespace bowyer::json {
namespace {

// A type that the user gave means what it says: "007" is seven, -0 is 0. In a detected column a
// minus zero is no integer (numbers have no other spellings that the grammar lets through).
NumberStyle StyleOf(const Plan& plan) { return {.plain = !plan.strings}; }

template <typename Integer>
FieldFault ConvertSigned(const Plan& plan, std::string_view text, void* out) {
  int64_t wide = 0;
  const FieldFault fault = ParseInt64(text, StyleOf(plan), &wide);
  if (fault != FieldFault::kNone) return fault;
  const auto value = static_cast<Integer>(wide);
  if (value != wide) return FieldFault::kRange;
  std::memcpy(out, &value, sizeof(value));
  return fault;
}

template <typename Integer>
FieldFault ConvertUnsigned(const Plan& plan, std::string_view text, void* out) {
  uint64_t wide = 0;
  const FieldFault fault = ParseUInt64(text, StyleOf(plan), &wide);
  if (fault != FieldFault::kNone) return fault;
  const auto value = static_cast<Integer>(wide);
  if (value != wide) return FieldFault::kRange;
  std::memcpy(out, &value, sizeof(value));
  return fault;
}

FieldFault ConvertFloat(const Plan& plan, std::string_view text, void* out) {
  float value = 0;
  const FieldFault fault = ParseFloat(text, StyleOf(plan), &value);
  std::memcpy(out, &value, sizeof(value));
  return fault;
}

FieldFault ConvertHalf(const Plan& plan, std::string_view text, void* out) {
  uint16_t value = 0;
  const FieldFault fault = ParseHalf(text, StyleOf(plan), &value);
  std::memcpy(out, &value, sizeof(value));
  return fault;
}

FieldFault ConvertDouble(const Plan& plan, std::string_view text, void* out) {
  double value = 0;
  const FieldFault fault = ParseDouble(text, StyleOf(plan), &value);
  std::memcpy(out, &value, sizeof(value));
  return fault;
}

FieldFault ConvertDecimal128(const Plan& plan, std::string_view text, void* out) {
  const auto& type = static_cast<const arrow::DecimalType&>(*plan.type);
  arrow::Decimal128 value;
  const FieldFault fault =
      ParseDecimal128(text, StyleOf(plan), type.precision(), type.scale(), &value);
  value.ToBytes(static_cast<uint8_t*>(out));
  return fault;
}

FieldFault ConvertDecimal256(const Plan& plan, std::string_view text, void* out) {
  const auto& type = static_cast<const arrow::DecimalType&>(*plan.type);
  arrow::Decimal256 value;
  const FieldFault fault =
      ParseDecimal256(text, StyleOf(plan), type.precision(), type.scale(), &value);
  value.ToBytes(static_cast<uint8_t*>(out));
  return fault;
}

FieldFault ConvertDate32(const Plan&, std::string_view text, void* out) {
  int32_t value = 0;
  const FieldFault fault = ParseDate32(text, {}, &value);
  std::memcpy(out, &value, sizeof(value));
  return fault;
}

FieldFault ConvertDate64(const Plan&, std::string_view text, void* out) {
  int32_t days = 0;
  const FieldFault fault = ParseDate32(text, {}, &days);
  const int64_t value = int64_t{days} * 86'400'000;
  std::memcpy(out, &value, sizeof(value));
  return fault;
}

FieldFault ConvertTime(const Plan& plan, std::string_view text, void* out) {
  const auto& type = static_cast<const arrow::TimeType&>(*plan.type);
  int64_t value = 0;
  const FieldFault fault = ParseTime(text, type.unit(), &value);
  if (plan.width == 8) {
    std::memcpy(out, &value, sizeof(value));
  } else {
    const auto narrow = static_cast<int32_t>(value);
    std::memcpy(out, &narrow, sizeof(narrow));
  }
  return fault;
}

FieldFault ConvertDuration(const Plan& plan, std::string_view text, void* out) {
  int64_t value = 0;
  const auto unit = static_cast<const arrow::DurationType&>(*plan.type).unit();
  const FieldFault fault = ParseDuration(text, unit, &value);
  std::memcpy(out, &value, sizeof(value));
  return fault;
}

FieldFault ConvertTimestamp(const Plan& plan, std::string_view text, void* out) {
  const auto& type = static_cast<const arrow::TimestampType&>(*plan.type);
  TimestampParts parts;
  const FieldFault fault = ParseTimestamp(text, type.unit(), {}, &parts);
  if (fault != FieldFault::kNone) return fault;
  // An offset makes it an instant, which only a column with a zone holds, and the other way round.
  const bool instant = !type.timezone().empty();
  const bool utc = type.timezone() == "UTC";
  if (instant ? !parts.has_offset && !utc : parts.has_offset) return FieldFault::kZone;
  std::memcpy(out, &parts.value, sizeof(parts.value));
  return fault;
}

// Fills in kind, width and converter for a type that the user gave.
arrow::Status ReadAs(const std::shared_ptr<arrow::DataType>& type, Plan* plan);

arrow::Status ReadAsField(const std::shared_ptr<arrow::DataType>& type, Plan* plan) {
  plan->kind = PlanKind::kField;
  plan->strings = true;
  switch (type->id()) {
    case arrow::Type::INT8:
      plan->convert = ConvertSigned<int8_t>;
      break;
    case arrow::Type::INT16:
      plan->convert = ConvertSigned<int16_t>;
      break;
    case arrow::Type::INT32:
      plan->convert = ConvertSigned<int32_t>;
      break;
    case arrow::Type::INT64:
      plan->kind = PlanKind::kInt64;
      plan->convert = ConvertSigned<int64_t>;
      break;
    case arrow::Type::UINT8:
      plan->convert = ConvertUnsigned<uint8_t>;
      break;
    case arrow::Type::UINT16:
      plan->convert = ConvertUnsigned<uint16_t>;
      break;
    case arrow::Type::UINT32:
      plan->convert = ConvertUnsigned<uint32_t>;
      break;
    case arrow::Type::UINT64:
      plan->convert = ConvertUnsigned<uint64_t>;
      break;
    case arrow::Type::HALF_FLOAT:
      plan->convert = ConvertHalf;
      break;
    case arrow::Type::FLOAT:
      plan->convert = ConvertFloat;
      break;
    case arrow::Type::DOUBLE:
      plan->kind = PlanKind::kDouble;
      plan->convert = ConvertDouble;
      break;
    case arrow::Type::DECIMAL128:
      plan->convert = ConvertDecimal128;
      break;
    case arrow::Type::DECIMAL256:
      plan->convert = ConvertDecimal256;
      break;
    case arrow::Type::DATE32:
      plan->convert = ConvertDate32;
      break;
    case arrow::Type::DATE64:
      plan->convert = ConvertDate64;
      break;
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
      plan->convert = ConvertTime;
      break;
    case arrow::Type::TIMESTAMP:
      plan->convert = ConvertTimestamp;
      break;
    case arrow::Type::DURATION:
      plan->convert = ConvertDuration;
      break;
    default:
      return MakeError(ErrorCode::kUsage,
                       fmt::format("JSON cannot be read as {}", type->ToString()));
  }
  plan->width = type->bit_width() / 8;
  return arrow::Status::OK();
}

void ReadAsText(PlanKind kind, Plan* plan) {
  plan->kind = kind;
  plan->type = kind == PlanKind::kBytes ? arrow::binary() : arrow::utf8();
  plan->text_hint = std::make_shared<std::atomic<int64_t>>(0);
}

// Names for members: keys, and key_2, key_3 ... for keys that repeat in one object.
void NameMembers(std::vector<Plan>* members) {
  std::set<std::string, std::less<>> taken;
  for (const Plan& member : *members) taken.insert(member.key);
  for (Plan& member : *members) {
    member.name = member.key;
    member.token.Set(member.key);
  }
  for (size_t i = 0; i < members->size(); ++i) {
    int occurrence = 1;
    for (int32_t next = (*members)[i].repeat; next > static_cast<int32_t>(i);
         next = (*members)[next].repeat) {
      Plan& member = (*members)[next];
      if (member.name != member.key) break;  // named with an earlier one
      member.name = fmt::format("{}_{}", member.key, ++occurrence);
      while (!taken.insert(member.name).second) member.name += '_';
      member.token = KeyToken();
    }
  }
}

void MakeIndex(Plan* plan) {
  for (size_t i = 0; i < plan->children.size(); ++i) {
    plan->index.try_emplace(plan->children[i].key, static_cast<int32_t>(i));
  }
}

arrow::Status ReadAs(const std::shared_ptr<arrow::DataType>& wished, Plan* plan) {
  const auto type = PlainType(wished);
  plan->type = type;
  switch (type->id()) {
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
      ReadAsText(PlanKind::kText, plan);
      return arrow::Status::OK();
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
      ReadAsText(PlanKind::kBytes, plan);
      return arrow::Status::OK();
    case arrow::Type::BOOL:
      plan->kind = PlanKind::kBool;
      plan->width = 1;
      return arrow::Status::OK();
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW: {
      plan->kind = PlanKind::kList;
      Plan& element = plan->children.emplace_back();
      element.depth = plan->depth + 1;
      ARROW_RETURN_NOT_OK(ReadAs(type->field(0)->type(), &element));
      plan->type = arrow::list(type->field(0)->WithType(element.type));
      return arrow::Status::OK();
    }
    case arrow::Type::STRUCT: {
      plan->kind = PlanKind::kStruct;
      arrow::FieldVector fields;
      for (const auto& field : type->fields()) {
        Plan& member = plan->children.emplace_back();
        member.key = field->name();
        member.depth = plan->depth + 1;
        ARROW_RETURN_NOT_OK(ReadAs(field->type(), &member));
        fields.push_back(field->WithType(member.type));
      }
      plan->type = arrow::struct_(std::move(fields));
      NameMembers(&plan->children);
      MakeIndex(plan);
      return arrow::Status::OK();
    }
    default:
      return ReadAsField(type, plan);
  }
}

void ReadNumbers(const NumberFacts& facts, Plan* plan) {
  constexpr int kSmall = arrow::Decimal128Type::kMaxPrecision;
  constexpr int kLarge = arrow::Decimal256Type::kMaxPrecision;
  const int64_t digits = int64_t{facts.integer_digits} + facts.fraction_digits;
  // Integers beyond int64 are names, keys and counts rather than measures: never floating.
  const bool large_integers = facts.all_integers && digits > 18;
  if (facts.all_int64) {
    plan->kind = PlanKind::kInt64;
    plan->type = arrow::int64();
    plan->convert = ConvertSigned<int64_t>;
    plan->width = 8;
  } else if (facts.all_double && !large_integers) {
    plan->kind = PlanKind::kDouble;
    plan->type = arrow::float64();
    plan->convert = ConvertDouble;
    plan->width = 8;
  } else if (facts.all_decimal && digits <= kLarge) {
    plan->kind = PlanKind::kField;
    plan->type = digits <= kSmall ? arrow::decimal128(kSmall, facts.fraction_digits)
                                  : arrow::decimal256(kLarge, facts.fraction_digits);
    plan->convert = digits <= kSmall ? ConvertDecimal128 : ConvertDecimal256;
    plan->width = digits <= kSmall ? 16 : 32;
  } else {
    ReadAsText(PlanKind::kRaw, plan);
  }
}

void ReadShape(const Shape& shape, Plan* plan) {
  const int values = shape.kinds & ~Shape::kNull;
  if (shape.mixed() || (values == Shape::kObject && shape.members.empty())) {
    ReadAsText(PlanKind::kRaw, plan);
  } else if (values == Shape::kBool) {
    plan->kind = PlanKind::kBool;
    plan->type = arrow::boolean();
    plan->width = 1;
  } else if (values == Shape::kNumber) {
    ReadNumbers(shape.number, plan);
  } else if (values == Shape::kArray) {
    plan->kind = PlanKind::kList;
    Plan& element = plan->children.emplace_back();
    element.depth = plan->depth + 1;
    ReadShape(*shape.element, &element);
    plan->type = arrow::list(element.type);
  } else if (values == Shape::kObject) {
    plan->kind = PlanKind::kStruct;
    for (const Member& member : shape.members) {
      Plan& child = plan->children.emplace_back();
      child.key = member.key;
      child.repeat = member.repeat;
      child.depth = plan->depth + 1;
      ReadShape(*member.shape, &child);
    }
    NameMembers(&plan->children);
    arrow::FieldVector fields;
    for (const Plan& child : plan->children) fields.push_back(field(child.name, child.type));
    plan->type = arrow::struct_(std::move(fields));
    MakeIndex(plan);
  } else {
    // Strings; and where nothing but null was seen, text is what a later value most likely is.
    ReadAsText(PlanKind::kString, plan);
  }
}

}  // namespace

void KeyToken::Set(std::string_view key) {
  *this = KeyToken();
  if (key.size() + 2 > 8 * kWords - 8) return;
  for (const char c : key) {
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) return;
  }
  char bytes[8 * kWords] = {};
  bytes[0] = '"';
  std::memcpy(bytes + 1, key.data(), key.size());
  bytes[key.size() + 1] = '"';
  size_ = static_cast<int>(key.size()) + 2;
  whole_ = (size_ - 1) / 8;
  const int rest = size_ - 8 * whole_;
  mask_ = rest == 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * rest)) - 1;
  for (int i = 0; i < kWords; ++i) words_[i] = Load64(bytes + 8 * i);
}

int64_t Plan::row_bytes() const {
  switch (kind) {
    case PlanKind::kSkip:
      return 0;
    case PlanKind::kString:
    case PlanKind::kText:
    case PlanKind::kRaw:
    case PlanKind::kBytes:
    case PlanKind::kList:
      return 4;
    case PlanKind::kStruct: {
      int64_t bytes = 0;
      for (const Plan& child : children) bytes += child.row_bytes();
      return bytes;
    }
    default:
      return width;
  }
}

arrow::Result<RecordPlan> MakePlan(const Shape& records, bool whole, const ReadOptions& options) {
  RecordPlan plan;
  ReadShape(records, &plan.root);
  const bool empty_objects =
      records.kinds == Shape::kObject && !records.mixed() && records.members.empty();
  plan.columns = plan.root.kind == PlanKind::kStruct && records.kinds == Shape::kObject;
  // A key that the user gives a type to is a column, also before any record has it.
  if (!options.types.empty() && !options.types.contains(std::string(kValueColumn)) &&
      (empty_objects || records.kinds == 0)) {
    plan.root = Plan{.kind = PlanKind::kStruct};
    plan.columns = true;
  }
  if (!plan.columns) {
    Plan value = std::move(plan.root);
    value.name = value.key = kValueColumn;
    plan.root = Plan{.kind = PlanKind::kStruct};
    plan.root.children.push_back(std::move(value));
  }
  auto& columns = plan.root.children;
  if (options.all_text) {
    for (Plan& column : columns) {
      column.children.clear();
      column.index.clear();
      ReadAsText(PlanKind::kText, &column);
    }
  }
  for (const auto& given : options.types) {
    const std::string& name = given.first;
    const auto& type = given.second;
    auto column = std::find_if(columns.begin(), columns.end(),
                               [&](const Plan& known) { return known.name == name; });
    if (column == columns.end()) {
      if (!plan.columns) {
        return MakeError(ErrorCode::kUsage,
                         fmt::format("there is no column {}: the records are no objects, their one "
                                     "column is named \"value\"",
                                     Quoted(name)));
      }
      // Nothing is invented: whoever knows all columns of the table says that this is none.
      if (whole && records.kinds != 0 && !empty_objects) continue;
      column = columns.emplace(columns.end());
      column->key = column->name = name;
      column->seen = std::make_shared<std::atomic<bool>>(false);
      column->depth = 1;
    }
    column->children.clear();
    column->index.clear();
    const auto status = ReadAs(type, &*column);
    if (!status.ok()) return AtPlace(status, {.column = name});
  }
  plan.root.index.clear();
  MakeIndex(&plan.root);
  arrow::FieldVector fields;
  for (const Plan& column : columns) fields.push_back(field(column.name, column.type));
  plan.root.type = arrow::struct_(fields);
  plan.schema = arrow::schema(std::move(fields));
  return plan;
}

RecordPlan Project(const RecordPlan& plan, const std::vector<int>& columns) {
  RecordPlan projected = plan;
  std::vector<bool> wanted(projected.root.children.size());
  for (const int column : columns) wanted[static_cast<size_t>(column)] = true;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) continue;
    Plan& column = projected.root.children[i];
    column.kind = PlanKind::kSkip;
    column.children.clear();
    column.index.clear();
  }
  return projected;
}

}  // namespace bowyer::json
