// Dictionaries on their way into an IPC file, which can have only one for each column.
#pragma once

#include <arrow/array/array_dict.h>
#include <arrow/ipc/dictionary.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace bowyer {

// Used by one thread.
class UnifiedDictionaries {
 public:
  UnifiedDictionaries(const arrow::Schema& schema, arrow::MemoryPool* pool)
      : mapper_(schema), pool_(pool) {}

  const arrow::ipc::DictionaryFieldMapper& mapper() const { return mapper_; }
  bool none() const { return mapper_.num_dicts() == 0; }

  // The batch with indices into the dictionaries of all batches so far. Errors: kData where an
  // index type is too narrow for all values together, or values cannot be compared.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Unify(
      const std::shared_ptr<arrow::RecordBatch>& batch);

  // (id, values) of all columns, those that others refer to first.
  arrow::Result<std::vector<std::pair<int64_t, std::shared_ptr<arrow::Array>>>> Finish();

 private:
  struct Known {
    std::shared_ptr<arrow::Array> first;   // as long as all batches have the same
    std::shared_ptr<arrow::Array> latest;  // was found equal to `first`, or was transposed by ...
    std::shared_ptr<arrow::Buffer> transpose;  // ... this
    std::unique_ptr<arrow::DictionaryUnifier> unifier;
    int64_t values = 0;
  };

  arrow::Result<std::shared_ptr<arrow::ArrayData>> Visit(const arrow::ArrayData& data,
                                                         std::vector<int>* path);
  arrow::Result<std::shared_ptr<arrow::ArrayData>> VisitDictionary(const arrow::ArrayData& data,
                                                                   int64_t id);

  arrow::ipc::DictionaryFieldMapper mapper_;
  arrow::MemoryPool* pool_;
  std::map<int64_t, Known> known_;
  std::shared_ptr<arrow::RecordBatch> sample_;  // tells ids in their order of writing
};

}  // namespace bowyer
