// As long as all batches share a dictionary nothing is done. Once one differs, values are gathered
// in the order in which they come, and indices are rewritten to point at them.
#include "formats/arrow/ipc_dictionaries.h"

#include <arrow/array/util.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "bowyer/error.h"

namespace bowyer {
namespace {

using arrow::ArrayData;
using arrow::Result;
using arrow::Type;

const arrow::DataType* StorageOf(const arrow::DataType* type) {
  while (type->id() == Type::EXTENSION) {
    type = static_cast<const arrow::ExtensionType*>(type)->storage_type().get();
  }
  return type;
}

// Values that an index of this type can tell apart.
int64_t IndexLimit(const arrow::DataType& type) {
  const int bits = type.bit_width() - (arrow::is_signed_integer(type.id()) ? 1 : 0);
  return bits >= 62 ? std::numeric_limits<int64_t>::max() : int64_t{1} << bits;
}

constexpr char kHint[] = "write a stream (.arrows), where dictionaries may change";

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> UnifiedDictionaries::Unify(
    const std::shared_ptr<arrow::RecordBatch>& batch) {
  std::vector<std::shared_ptr<ArrayData>> columns;
  for (int i = 0; i < batch->num_columns(); ++i) {
    std::vector<int> path = {i};
    auto column = Visit(*batch->column_data(i), &path);
    if (!column.ok()) {
      return WithCode(column.status(), ErrorCode::kData,
                      {.column = batch->schema()->field(i)->name(), .hint = kHint});
    }
    columns.push_back(std::move(*column));
  }
  auto unified = arrow::RecordBatch::Make(batch->schema(), batch->num_rows(), std::move(columns));
  if (sample_ == nullptr) sample_ = unified->Slice(0, 0);
  return unified;
}

Result<std::shared_ptr<ArrayData>> UnifiedDictionaries::Visit(const ArrayData& data,
                                                              std::vector<int>* path) {
  const arrow::DataType* type = StorageOf(data.type.get());
  if (type->id() == Type::DICTIONARY) {
    ARROW_ASSIGN_OR_RAISE(const int64_t id, mapper_.GetFieldId(*path));
    return VisitDictionary(data, id);
  }
  auto copy = data.Copy();
  for (size_t i = 0; i < data.child_data.size(); ++i) {
    path->push_back(static_cast<int>(i));
    ARROW_ASSIGN_OR_RAISE(copy->child_data[i], Visit(*data.child_data[i], path));
    path->pop_back();
  }
  return copy;
}

Result<std::shared_ptr<ArrayData>> UnifiedDictionaries::VisitDictionary(const ArrayData& data,
                                                                        int64_t id) {
  const auto& type = static_cast<const arrow::DictionaryType&>(*StorageOf(data.type.get()));
  Known& known = known_[id];
  const auto dictionary = arrow::MakeArray(data.dictionary);
  if (known.first == nullptr) known.first = known.latest = dictionary;
  const bool again = known.latest->data() == data.dictionary;
  if (known.unifier == nullptr) {
    if (again || known.first->Equals(*dictionary)) {
      known.latest = dictionary;
      return data.Copy();
    }
    ARROW_ASSIGN_OR_RAISE(known.unifier, arrow::DictionaryUnifier::Make(type.value_type(), pool_));
    ARROW_RETURN_NOT_OK(known.unifier->Unify(*known.first, &known.transpose));
    // A dictionary may repeat values: then even the first batches' indices would have to change.
    const auto* places = reinterpret_cast<const int32_t*>(known.transpose->data());
    for (int64_t i = 0; i < known.first->length(); ++i) {
      if (places[i] != i) return arrow::Status::Invalid("dictionaries that repeat values differ");
    }
    known.values = known.first->length();
  }
  if (!again) {
    ARROW_RETURN_NOT_OK(known.unifier->Unify(*dictionary, &known.transpose));
    const auto* places = reinterpret_cast<const int32_t*>(known.transpose->data());
    for (int64_t i = 0; i < dictionary->length(); ++i) {
      known.values = std::max<int64_t>(known.values, places[i] + 1);
    }
    if (known.values > IndexLimit(*type.index_type())) {
      return MakeError(ErrorCode::kData,
                       fmt::format("the dictionaries of all batches have {} values, too many for "
                                   "indices of type {}",
                                   known.values, type.index_type()->ToString()));
    }
    known.latest = dictionary;
  }
  auto array = arrow::MakeArray([&] {
    auto plain = data.Copy();
    plain->type = arrow::dictionary(type.index_type(), type.value_type(), type.ordered());
    return plain;
  }());
  ARROW_ASSIGN_OR_RAISE(auto moved,
                        static_cast<const arrow::DictionaryArray&>(*array).Transpose(
                            array->type(), known.first,
                            reinterpret_cast<const int32_t*>(known.transpose->data()), pool_));
  auto out = moved->data()->Copy();
  out->type = data.type;
  return out;
}

Result<std::vector<std::pair<int64_t, std::shared_ptr<arrow::Array>>>>
UnifiedDictionaries::Finish() {
  if (sample_ == nullptr) return arrow::ipc::DictionaryVector{};
  ARROW_ASSIGN_OR_RAISE(auto dictionaries, arrow::ipc::CollectDictionaries(*sample_, mapper_));
  for (auto& [id, values] : dictionaries) {
    const auto found = known_.find(id);
    if (found == known_.end() || found->second.unifier == nullptr) continue;
    ARROW_RETURN_NOT_OK(found->second.unifier->GetResultWithIndexType(arrow::int64(), &values));
  }
  return dictionaries;
}

}  // namespace bowyer
