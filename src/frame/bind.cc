// Names -> columns of a schema and fields of structs; what stands around them is bind_call.cc.
#include "frame/bind.h"

#include <arrow/compute/api_scalar.h>
#include <arrow/compute/cast.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/text.h"
#include "frame/bind_call.h"

namespace bowyer {
namespace {

using arrow::Type;
using Kind = BoundNode::Kind;
using Bound = arrow::Result<BoundNode>;
using TypePtr = std::shared_ptr<arrow::DataType>;

class Binder {
 public:
  Binder(std::string_view text, const arrow::Schema& schema, std::set<int>* used)
      : text_(text), schema_(schema), used_(used) {}

  Bound Bind(const Expression& expression) {
    if (const auto* column = std::get_if<ColumnName>(&expression.node)) {
      return BindColumn(*column, expression.span);
    }
    if (const auto* literal = std::get_if<Literal>(&expression.node)) {
      return MakeLiteral(literal->value, expression.span);
    }
    if (const auto* cast = std::get_if<CastTo>(&expression.node)) {
      ARROW_ASSIGN_OR_RAISE(auto argument, Bind(*cast->argument));
      if (!arrow::compute::CanCast(*argument.type, *cast->type)) {
        return Wrong(
            fmt::format("{} cannot be cast to {}", TypeText(*argument.type), TypeText(*cast->type)),
            expression.span);
      }
      auto node = CastNode(std::move(argument), cast->type);
      node.span = expression.span;
      return node;
    }
    const auto* call = std::get_if<Call>(&expression.node);
    if (call == nullptr || call->function > Function::kCoalesce) {
      return Wrong(call == nullptr
                       ? "conditions have no windows and aggregates"
                       : fmt::format("conditions do not know {}", FunctionName(call->function)),
                   expression.span);
    }
    return BindCall(*call, expression.span);
  }

  arrow::Status Wrong(std::string message, Span span, std::string hint = "") const {
    return ExpressionError(std::move(message), text_, span, std::move(hint));
  }

 private:
  Bound BindColumn(const ColumnName& name, Span span) {
    std::vector<int> found = schema_.GetAllFieldIndices(name.name);
    std::string path;
    if (found.empty() && !name.quoted) {
      // a.b.c: the longest beginning that is a column, then fields of structs.
      for (size_t dot = name.name.rfind('.'); dot != std::string::npos && dot > 0;
           dot = name.name.rfind('.', dot - 1)) {
        found = schema_.GetAllFieldIndices(name.name.substr(0, dot));
        if (!found.empty()) {
          path = name.name.substr(dot + 1);
          break;
        }
      }
    }
    if (found.empty()) {
      const auto names = schema_.field_names();
      std::string hint;
      if (names.size() <= 20) {
        for (const auto& known : names)
          hint += (hint.empty() ? "columns: " : ", ") + Printable(known);
      }
      return Wrong("there is no column " + Quoted(name.name) + DidYouMean(name.name, names), span,
                   std::move(hint));
    }
    if (found.size() > 1) {
      return Wrong(fmt::format("{} columns are named {}", found.size(), Quoted(name.name)), span);
    }
    used_->insert(found[0]);
    BoundNode node;
    node.kind = Kind::kColumn;
    node.column = found[0];
    node.type = schema_.field(found[0])->type();
    node.span = span;
    return Field(std::move(node), path);
  }

  // `path` inside of a struct column.
  Bound Field(BoundNode node, std::string_view path) {
    while (!path.empty()) {
      const std::string name(path.substr(0, path.find('.')));
      path.remove_prefix(std::min(path.size(), name.size() + 1));
      std::vector<std::string> names;
      for (const auto& field : node.type->fields()) names.push_back(field->name());
      const auto* type = node.type->id() == Type::STRUCT
                             ? static_cast<const arrow::StructType*>(node.type.get())
                             : nullptr;
      const int index = type == nullptr ? -1 : type->GetFieldIndex(name);
      if (index < 0) {
        return Wrong(
            type == nullptr
                ? fmt::format("{} has no field {}: it is {}", text_.substr(node.span.begin, 60),
                              Quoted(name), TypeText(*node.type))
                : "there is no field " + Quoted(name) + DidYouMean(name, names),
            node.span);
      }
      const Span span = node.span;
      node =
          MakeCall("struct_field", type->field(index)->type(), {std::move(node)}, span,
                   std::make_shared<arrow::compute::StructFieldOptions>(std::vector<int>{index}));
    }
    return node;
  }

  // Dictionaries, runs and views give way to the values beneath, which compute functions take.
  BoundNode Plain(BoundNode node) {
    const Span span = node.span;
    switch (node.type->id()) {
      case Type::RUN_END_ENCODED: {
        const TypePtr type = static_cast<const arrow::RunEndEncodedType&>(*node.type).value_type();
        return Plain(MakeCall("run_end_decode", type, {std::move(node)}, span));
      }
      case Type::DICTIONARY: {
        const TypePtr type = static_cast<const arrow::DictionaryType&>(*node.type).value_type();
        return Plain(CastNode(std::move(node), type));
      }
      case Type::STRING_VIEW:
        return CastNode(std::move(node), arrow::large_utf8());
      case Type::BINARY_VIEW:
        return CastNode(std::move(node), arrow::large_binary());
      case Type::HALF_FLOAT:
        return CastNode(std::move(node), arrow::float32());
      default:
        return node;
    }
  }

  arrow::Result<std::vector<BoundNode>> BindAll(const Call& call) {
    std::vector<BoundNode> nodes;
    for (const auto& argument : call.arguments) {
      ARROW_ASSIGN_OR_RAISE(auto node, Bind(*argument));
      nodes.push_back(Plain(std::move(node)));
    }
    return nodes;
  }

  Bound BindCall(const Call& call, Span span) {
    if (call.function == Function::kIsNull) {  // of any type, as it is
      ARROW_ASSIGN_OR_RAISE(auto node, Bind(*call.arguments[0]));
      std::vector<BoundNode> arguments;
      arguments.push_back(std::move(node));
      return MakeCall("is_null", arrow::boolean(), std::move(arguments), span);
    }
    ARROW_ASSIGN_OR_RAISE(auto nodes, BindAll(call));
    return bowyer::BindCall(call.function, std::move(nodes), span, text_);
  }

  std::string_view text_;
  const arrow::Schema& schema_;
  std::set<int>* used_;
};

}  // namespace

arrow::Result<BoundExpression> BoundExpression::Bind(const ExpressionPtr& expression,
                                                     std::string_view text,
                                                     const arrow::Schema& schema) {
  std::set<int> used;
  BoundExpression bound;
  ARROW_ASSIGN_OR_RAISE(bound.root_, Binder(text, schema, &used).Bind(*expression));
  bound.text_ = text;
  return bound;
}

arrow::Result<BoundExpression> BoundExpression::BindCondition(const ExpressionPtr& expression,
                                                              std::string_view text,
                                                              const arrow::Schema& schema) {
  ARROW_ASSIGN_OR_RAISE(auto bound, Bind(expression, text, schema));
  if (bound.type()->id() != Type::BOOL && bound.type()->id() != Type::NA) {
    return ExpressionError(
        fmt::format("a condition is true or false, but this is {}", TypeText(*bound.type())), text,
        expression->span, "compare it with something");
  }
  return bound;
}

arrow::Result<std::vector<int>> ColumnsOf(const ExpressionPtr& expression, std::string_view text,
                                          const arrow::Schema& schema) {
  std::set<int> used;
  ARROW_RETURN_NOT_OK(Binder(text, schema, &used).Bind(*expression).status());
  return std::vector<int>(used.begin(), used.end());
}

}  // namespace bowyer
