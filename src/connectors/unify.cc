// Schemas are compared field by field; what differs is shown as a table, one line a column.
#include "connectors/unify.h"

#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/compute/cast.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "bowyer/error.h"
#include "core/text.h"
#include "core/type_text.h"

namespace bowyer {
namespace {

using arrow::DataType;
using arrow::Type;
using TypePtr = std::shared_ptr<DataType>;

bool IsUnsigned(Type::type id) { return arrow::is_unsigned_integer(id); }

// Decimal digits that any value of an integer type fits into.
int DigitsOf(Type::type id) {
  switch (id) {
    case Type::INT8:
    case Type::UINT8:
      return 3;
    case Type::INT16:
    case Type::UINT16:
      return 5;
    case Type::INT32:
    case Type::UINT32:
      return 10;
    case Type::INT64:
      return 19;
    default:
      return 20;
  }
}

TypePtr CommonInteger(const TypePtr& left, const TypePtr& right) {
  const int left_bits = arrow::bit_width(left->id()), right_bits = arrow::bit_width(right->id());
  if (IsUnsigned(left->id()) == IsUnsigned(right->id())) {
    return left_bits >= right_bits ? left : right;
  }
  const TypePtr& wide = IsUnsigned(left->id()) ? left : right;   // the unsigned one
  const TypePtr& other = IsUnsigned(left->id()) ? right : left;  // the signed one
  const int bits = std::max(arrow::bit_width(wide->id()) * 2, arrow::bit_width(other->id()));
  if (bits <= 16) return arrow::int16();
  if (bits <= 32) return arrow::int32();
  if (bits <= 64) return arrow::int64();
  return arrow::decimal128(20, 0);
}

TypePtr CommonDecimal(int left_whole, int left_scale, int right_whole, int right_scale) {
  const int scale = std::max(left_scale, right_scale);
  const int precision = std::max(left_whole, right_whole) + scale;
  if (precision <= arrow::Decimal128Type::kMaxPrecision) return arrow::decimal128(precision, scale);
  if (precision <= arrow::Decimal256Type::kMaxPrecision) return arrow::decimal256(precision, scale);
  return nullptr;
}

// float64 holds integers of up to 53 bits, float32 of up to 24, float16 of up to 11.
TypePtr CommonFloat(const TypePtr& left, const TypePtr& right) {
  const auto bits_needed = [](const TypePtr& type) {
    if (arrow::is_floating(type->id())) return arrow::bit_width(type->id());
    const int bits = arrow::bit_width(type->id());
    return bits <= 8 ? 16 : bits <= 16 ? 32 : bits <= 32 ? 64 : 128;
  };
  const int bits = std::max(bits_needed(left), bits_needed(right));
  if (bits > 64) return nullptr;
  return bits == 64 ? arrow::float64() : bits == 32 ? arrow::float32() : arrow::float16();
}

bool IsText(Type::type id) {
  return id == Type::STRING || id == Type::LARGE_STRING || id == Type::STRING_VIEW;
}
bool IsBinary(Type::type id) {
  return id == Type::BINARY || id == Type::LARGE_BINARY || id == Type::BINARY_VIEW ||
         id == Type::FIXED_SIZE_BINARY;
}

TypePtr CommonTimestamp(const TypePtr& left, const TypePtr& right) {
  const auto& a = static_cast<const arrow::TimestampType&>(*left);
  const auto& b = static_cast<const arrow::TimestampType&>(*right);
  // Another zone shows the same instants otherwise: not the same column.
  if (a.timezone() != b.timezone()) return nullptr;
  return a.unit() >= b.unit() ? left : right;
}

bool SameColumns(const arrow::Schema& a, const arrow::Schema& b) {
  if (a.num_fields() != b.num_fields()) return false;
  for (int i = 0; i < a.num_fields(); ++i) {
    if (a.field(i)->name() != b.field(i)->name() || !a.field(i)->type()->Equals(b.field(i)->type()))
      return false;
  }
  return true;
}

arrow::Status CheckUniqueNames(const NamedSchema& named) {
  std::set<std::string> names;
  for (const auto& field : named.second->fields()) {
    if (!names.insert(field->name()).second) {
      return MakeError(ErrorCode::kData,
                       "two columns have the same name, so that a union by name has no meaning",
                       {.location = named.first, .column = field->name()});
    }
  }
  return arrow::Status::OK();
}

}  // namespace

std::string SchemaDifferences(const NamedSchema& first, const NamedSchema& other) {
  std::vector<std::array<std::string, 3>> lines;
  lines.push_back({"column", Printable(first.first, 40), Printable(other.first, 40)});
  const arrow::Schema &a = *first.second, &b = *other.second;
  const auto describe = [](const arrow::Schema& schema, const std::string& name) -> std::string {
    const auto field = schema.GetFieldByName(name);
    return field == nullptr ? "(none)" : Printable(TypeText(*field->type()), 60);
  };
  std::set<std::string> shown;
  for (const arrow::Schema* schema : {&a, &b}) {
    for (const auto& field : schema->fields()) {
      const std::string left = describe(a, field->name()), right = describe(b, field->name());
      if (left != right && shown.insert(field->name()).second) {
        lines.push_back({Printable(field->name(), 40), left, right});
      }
    }
  }
  if (lines.size() == 1) {
    const auto names = [](const arrow::Schema& schema) {
      std::string text;
      for (const auto& name : schema.field_names()) text += (text.empty() ? "" : ", ") + name;
      return Printable(text, 60);
    };
    lines.push_back({"(order)", names(a), names(b)});
  }
  constexpr size_t kShown = 12;
  const size_t more = lines.size() > kShown + 1 ? lines.size() - kShown - 1 : 0;
  if (more > 0) lines.resize(kShown + 1);
  size_t widths[2] = {0, 0};
  for (const auto& line : lines) {
    for (int i = 0; i < 2; ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (const auto& line : lines) {
    text += fmt::format("{:<{}}  {:<{}}  {}\n", line[0], widths[0], line[1], widths[1], line[2]);
  }
  if (more > 0) text += fmt::format("... and {} more\n", more);
  return text;
}

TypePtr CommonType(const TypePtr& left, const TypePtr& right) {
  if (left->Equals(*right)) return left;
  const Type::type a = left->id(), b = right->id();
  if (a == Type::NA) return right;
  if (b == Type::NA) return left;
  if (arrow::is_integer(a) && arrow::is_integer(b)) return CommonInteger(left, right);
  if (arrow::is_decimal(a) || arrow::is_decimal(b)) {
    const auto whole_and_scale = [](const TypePtr& type, int* whole, int* scale) {
      if (arrow::is_integer(type->id())) {
        *whole = DigitsOf(type->id());
        *scale = 0;
        return true;
      }
      if (!arrow::is_decimal(type->id())) return false;
      const auto& decimal = static_cast<const arrow::DecimalType&>(*type);
      *scale = decimal.scale();
      *whole = decimal.precision() - decimal.scale();
      return true;
    };
    int whole[2], scale[2];
    if (!whole_and_scale(left, &whole[0], &scale[0]) ||
        !whole_and_scale(right, &whole[1], &scale[1]) || scale[0] < 0 || scale[1] < 0) {
      return nullptr;
    }
    return CommonDecimal(whole[0], scale[0], whole[1], scale[1]);
  }
  const auto is_number = [](Type::type id) {
    return arrow::is_integer(id) || arrow::is_floating(id);
  };
  if (is_number(a) && is_number(b)) return CommonFloat(left, right);
  if (IsText(a) && IsText(b)) return arrow::large_utf8();
  if (IsBinary(a) && IsBinary(b)) return arrow::large_binary();
  if (a == Type::TIMESTAMP && b == Type::TIMESTAMP) return CommonTimestamp(left, right);
  if (a == Type::DICTIONARY) {
    return CommonType(static_cast<const arrow::DictionaryType&>(*left).value_type(), right);
  }
  if (b == Type::DICTIONARY) return CommonType(right, left);
  return nullptr;
}

arrow::Result<UnifiedSchema> UnifySchemas(const std::vector<NamedSchema>& schemas, bool by_name) {
  UnifiedSchema unified;
  const NamedSchema& first = schemas.front();
  if (!by_name) {
    std::vector<int> same(static_cast<size_t>(first.second->num_fields()));
    for (size_t i = 0; i < same.size(); ++i) same[i] = static_cast<int>(i);
    arrow::FieldVector fields = first.second->fields();
    for (const auto& other : schemas) {
      if (!SameColumns(*first.second, *other.second)) {
        return MakeError(ErrorCode::kData,
                         "the sources have different columns, so they are not one table",
                         {.location = other.first,
                          .hint = SchemaDifferences(first, other) +
                                  "try --union to match columns by name (gaps become null)"});
      }
      for (size_t i = 0; i < fields.size(); ++i) {
        if (other.second->field(static_cast<int>(i))->nullable() && !fields[i]->nullable()) {
          fields[i] = fields[i]->WithNullable(true);
        }
      }
      unified.positions.push_back(same);
    }
    unified.schema = arrow::schema(std::move(fields), first.second->metadata());
    return unified;
  }

  arrow::FieldVector fields;
  std::vector<size_t> seen;  // in how many sources each field is
  std::unordered_map<std::string, size_t> index;
  for (const auto& named : schemas) {
    ARROW_RETURN_NOT_OK(CheckUniqueNames(named));
    for (const auto& field : named.second->fields()) {
      const auto [at, is_new] = index.emplace(field->name(), fields.size());
      if (is_new) {
        fields.push_back(field);
        seen.push_back(1);
        continue;
      }
      auto& known = fields[at->second];
      const TypePtr type = CommonType(known->type(), field->type());
      if (type == nullptr) {
        return MakeError(ErrorCode::kData,
                         fmt::format("no type holds both {} and {} without loss",
                                     TypeText(*known->type()), TypeText(*field->type())),
                         {.location = named.first,
                          .column = field->name(),
                          .hint = "try --type " + field->name() +
                                  "=text for text files, or copy the sources one by one"});
      }
      known = known->WithType(type)->WithNullable(known->nullable() || field->nullable());
      ++seen[at->second];
    }
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    if (seen[i] < schemas.size()) fields[i] = fields[i]->WithNullable(true);
  }
  for (const auto& named : schemas) {
    std::vector<int> positions;
    for (const auto& field : fields)
      positions.push_back(named.second->GetFieldIndex(field->name()));
    unified.positions.push_back(std::move(positions));
  }
  unified.schema = arrow::schema(std::move(fields), first.second->metadata());
  return unified;
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> AdaptBatch(
    Context& context, const std::shared_ptr<arrow::RecordBatch>& batch,
    const std::shared_ptr<arrow::Schema>& schema, const std::vector<int>& positions) {
  arrow::compute::ExecContext compute(context.memory_pool());
  arrow::ArrayVector columns;
  for (int i = 0; i < schema->num_fields(); ++i) {
    const auto& type = schema->field(i)->type();
    const int position = positions[static_cast<size_t>(i)];
    if (position < 0) {
      ARROW_ASSIGN_OR_RAISE(auto nulls,
                            arrow::MakeArrayOfNull(type, batch->num_rows(), context.memory_pool()));
      columns.push_back(std::move(nulls));
      continue;
    }
    auto column = batch->column(position);
    if (!column->type()->Equals(*type)) {
      auto cast =
          arrow::compute::Cast(*column, type, arrow::compute::CastOptions::Safe(), &compute);
      if (!cast.ok()) {
        return WithCode(cast.status(), ErrorCode::kData, {.column = schema->field(i)->name()});
      }
      column = std::move(cast).ValueUnsafe();
    }
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns));
}

}  // namespace bowyer
