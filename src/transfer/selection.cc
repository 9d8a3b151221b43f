// Texts -> plan. Names are resolved here once; behind it there are only numbers.
#include "transfer/selection.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "bowyer/error.h"
#include "core/name_list.h"
#include "core/text.h"
#include "transfer/row_readers.h"

namespace bowyer {
namespace {

struct Renamed {
  std::string from, to;
};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return lower;
}

// Bytes of a name in front of what follows it: all of a quoted one, otherwise up to a word of
// `endings` that stands by itself behind a blank.
size_t NameLength(std::string_view text, std::initializer_list<std::string_view> endings) {
  if (text.starts_with('"')) {
    for (size_t at = 1; at < text.size(); ++at) {
      if (text[at] != '"') continue;
      if (at + 1 < text.size() && text[at + 1] == '"') {
        ++at;
      } else {
        return at + 1;
      }
    }
    return text.size();
  }
  const std::string lower = Lower(text);
  size_t length = text.size();
  for (const std::string_view ending : endings) {
    const std::string word = " " + std::string(ending);
    for (size_t at = lower.find(word); at != std::string::npos; at = lower.find(word, at + 1)) {
      const size_t behind = at + word.size();
      if (behind == lower.size() || lower[behind] == ' ') length = std::min(length, at);
    }
  }
  return length;
}

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

arrow::Result<int> FindColumn(const arrow::Schema& schema, std::string_view option,
                              const std::string& name) {
  const auto found = schema.GetAllFieldIndices(name);
  if (found.empty()) return NoSuchColumn(option, name, schema.field_names());
  if (found.size() > 1) {
    return MakeError(ErrorCode::kUsage, fmt::format("{}: {} columns are named {}", option,
                                                    found.size(), Quoted(name)));
  }
  return found[0];
}

// "a", "a as b", "\"a b\" as c".
arrow::Result<Renamed> ParseSelected(std::string_view text, const arrow::Schema& schema) {
  text = Trimmed(text);
  // A column that is really named "x as y" is meant by its name.
  if (schema.GetFieldIndex(std::string(text)) >= 0)
    return Renamed{std::string(text), std::string(text)};
  const size_t length = NameLength(text, {"as"});
  Renamed renamed;
  ARROW_ASSIGN_OR_RAISE(renamed.from, UnquoteName(text.substr(0, length)));
  renamed.to = renamed.from;
  std::string_view rest = Trimmed(text.substr(length));
  if (!rest.empty()) {
    if (Lower(rest.substr(0, 2)) != "as" || rest.size() < 4 || rest[2] != ' ') {
      return MakeError(ErrorCode::kUsage,
                       "--select: " + Quoted(text) + " is not COLUMN or COLUMN as NAME");
    }
    ARROW_ASSIGN_OR_RAISE(renamed.to, UnquoteName(rest.substr(3)));
  }
  return renamed;
}

// "a", "b desc", "c asc nulls first".
arrow::Result<OrderedBy<std::string>> ParseSortKey(std::string_view text) {
  text = Trimmed(text);
  const size_t length = NameLength(text, {"asc", "desc", "nulls first", "nulls last"});
  OrderedBy<std::string> key;
  ARROW_ASSIGN_OR_RAISE(key.key, UnquoteName(text.substr(0, length)));
  std::string rest = Lower(Trimmed(text.substr(length)));
  const auto take = [&rest](std::string_view words) {
    if (rest != words && !rest.starts_with(std::string(words) + " ")) return false;
    rest = std::string(Trimmed(std::string_view(rest).substr(words.size())));
    return true;
  };
  key.descending = take("desc");
  if (!key.descending) take("asc");
  key.nulls_first = take("nulls first");
  if (!key.nulls_first) take("nulls last");
  if (!rest.empty()) {
    return MakeError(ErrorCode::kUsage, "--sort: " + Quoted(text) + " is not understood",
                     {.hint = "for example --sort \"amount desc nulls first\""});
  }
  return key;
}

}  // namespace

arrow::Result<SelectionPlan> PlanSelection(const Selection& selection,
                                           const arrow::Schema& schema) {
  SelectionPlan plan;
  plan.limit = selection.limit;
  // Columns of the source, in the order of the result, then those that only sorting needs.
  std::vector<int> wanted;
  arrow::FieldVector fields;
  if (selection.select.empty()) {
    for (int i = 0; i < schema.num_fields(); ++i) wanted.push_back(i);
    fields = schema.fields();
  }
  std::set<std::string> names;
  for (const std::string& text : selection.select) {
    ARROW_ASSIGN_OR_RAISE(const auto renamed, ParseSelected(text, schema));
    ARROW_ASSIGN_OR_RAISE(const int column, FindColumn(schema, "--select", renamed.from));
    if (!names.insert(renamed.to).second) {
      return MakeError(ErrorCode::kUsage,
                       fmt::format("--select: two columns would be named {}", Quoted(renamed.to)),
                       {.hint = fmt::format("give one another name: {} as OTHER", renamed.from)});
    }
    wanted.push_back(column);
    fields.push_back(schema.field(column)->WithName(renamed.to));
  }
  plan.shown = static_cast<int>(wanted.size());

  const arrow::Schema shown(fields);
  for (const std::string& text : selection.sort) {
    ARROW_ASSIGN_OR_RAISE(const auto key, ParseSortKey(text));
    int column = shown.GetFieldIndex(key.key);
    if (column < 0) {  // not of the result under this name: of the source
      ARROW_ASSIGN_OR_RAISE(const int from, FindColumn(schema, "--sort", key.key));
      column = static_cast<int>(wanted.size());
      wanted.push_back(from);
      fields.push_back(schema.field(from));
    }
    const auto& type = fields[static_cast<size_t>(column)]->type();
    ARROW_RETURN_NOT_OK(CheckSortable(key.key, *type));
    plan.sort.push_back({column, key.descending, key.nulls_first});
  }

  ExpressionPtr where;
  std::set<int> read(wanted.begin(), wanted.end());
  if (!selection.where.empty()) {
    ARROW_ASSIGN_OR_RAISE(where, ParseExpression(selection.where));
    ARROW_RETURN_NOT_OK(BoundExpression::BindCondition(where, selection.where, schema).status());
    ARROW_ASSIGN_OR_RAISE(const auto columns, ColumnsOf(where, selection.where, schema));
    read.insert(columns.begin(), columns.end());
  }
  // A table without columns still has rows, and something must count them.
  if (read.empty() && schema.num_fields() > 0) read.insert(0);
  std::vector<int> position(static_cast<size_t>(schema.num_fields()), -1);
  arrow::FieldVector read_fields;
  std::vector<int> columns;
  for (const int column : read) {
    position[static_cast<size_t>(column)] = static_cast<int>(columns.size());
    columns.push_back(column);
    read_fields.push_back(schema.field(column));
  }
  if (static_cast<int>(columns.size()) < schema.num_fields()) plan.read = columns;
  if (where != nullptr) {
    ARROW_ASSIGN_OR_RAISE(auto bound, BoundExpression::BindCondition(where, selection.where,
                                                                     arrow::Schema(read_fields)));
    plan.where = std::make_shared<const BoundExpression>(std::move(bound));
  }
  for (const int column : wanted) plan.keep.push_back(position[static_cast<size_t>(column)]);
  plan.kept = arrow::schema(std::move(fields), schema.metadata());
  return plan;
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ApplyPlan(
    std::shared_ptr<Context> context, SelectionPlan plan,
    std::shared_ptr<arrow::RecordBatchReader> source) {
  auto reader = std::move(source);
  bool as_is =
      plan.where == nullptr && static_cast<int>(plan.keep.size()) == reader->schema()->num_fields();
  for (size_t i = 0; as_is && i < plan.keep.size(); ++i) {
    as_is = plan.keep[i] == static_cast<int>(i) &&
            plan.kept->field(static_cast<int>(i))->name() ==
                reader->schema()->field(static_cast<int>(i))->name();
  }
  if (plan.where != nullptr) {
    reader = MakeFilter(context, std::move(reader), plan.where, plan.keep, plan.kept);
  } else if (!as_is) {
    reader = MakeProjection(std::move(reader), plan.keep, plan.kept);
  }
  if (!plan.sort.empty()) {
    ARROW_ASSIGN_OR_RAISE(reader, MakeSort(context, std::move(reader), plan.sort, plan.limit));
    if (plan.shown < plan.kept->num_fields()) {
      std::vector<int> shown;
      arrow::FieldVector fields;
      for (int i = 0; i < plan.shown; ++i) {
        shown.push_back(i);
        fields.push_back(plan.kept->field(i));
      }
      reader = MakeProjection(std::move(reader), std::move(shown),
                              arrow::schema(std::move(fields), plan.kept->metadata()));
    }
  }
  if (plan.limit >= 0) reader = MakeLimit(std::move(reader), plan.limit);
  return reader;
}

}  // namespace bowyer
