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
#include "bowyer/type_text.h"
#include "core/common_type.h"
#include "core/text.h"

namespace bowyer {
namespace {

using TypePtr = std::shared_ptr<arrow::DataType>;

bool SameColumns(const arrow::Schema& a, const arrow::Schema& b) {
  if (a.num_fields() != b.num_fields()) return false;
  for (int i = 0; i < a.num_fields(); ++i) {
    if (a.field(i)->name() != b.field(i)->name() || !a.field(i)->type()->Equals(b.field(i)->type()))
      return false;
  }
  return true;
}

// Text files tell 8 from 8.5 by accident: such columns are one, as long as every integer has a
// float64 that equals it.
bool AreIntegerAndFloat(const arrow::DataType& a, const arrow::DataType& b) {
  return (arrow::is_integer(a.id()) && arrow::is_floating(b.id())) ||
         (arrow::is_floating(a.id()) && arrow::is_integer(b.id()));
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
      TypePtr type = CommonType(known->type(), field->type());
      if (type == nullptr && AreIntegerAndFloat(*known->type(), *field->type())) {
        type = arrow::float64();  // each value is checked on the way: see AdaptBatch
      }
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
    const std::shared_ptr<arrow::Schema>& schema, const std::vector<int>& positions, bool compact) {
  arrow::compute::ExecContext compute(context.memory_pool());
  const auto may_stay = [compact](const arrow::DataType& found, const arrow::DataType& type) {
    if (found.Equals(type)) return true;
    if (!compact) return false;
    if (found.id() == arrow::Type::DICTIONARY) {
      return static_cast<const arrow::DictionaryType&>(found).value_type()->Equals(type);
    }
    if (!arrow::is_decimal(found.id()) || type.id() != arrow::Type::DECIMAL128) return false;
    const auto& a = static_cast<const arrow::DecimalType&>(found);
    const auto& b = static_cast<const arrow::DecimalType&>(type);
    return a.bit_width() < b.bit_width() && a.precision() == b.precision() &&
           a.scale() == b.scale();
  };
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
    if (!may_stay(*column->type(), *type)) {
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
