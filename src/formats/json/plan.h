// How each value of a record becomes part of a column: shapes and the user's types in, a tree of
// plans and the schema out. Plans are shared by all parsing tasks and do not change.
#pragma once

#include <arrow/result.h>
#include <arrow/type.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bowyer/options.h"
#include "formats/csv/field.h"
#include "formats/json/infer.h"

namespace bowyer::json {

// A key with its quotes as it mostly stands in the text, to be compared where it is expected.
class KeyToken {
 public:
  // Keys that need escapes, or are long, never match; they are looked up.
  void Set(std::string_view key);
  bool Matches(const char* p) const {
    for (int i = 0; i < whole_; ++i) {
      if (Load64(p + 8 * i) != words_[i]) return false;
    }
    return ((Load64(p + 8 * whole_) ^ words_[whole_]) & mask_) == 0 && size_ != 0;
  }
  int size() const { return size_; }

 private:
  static constexpr int kWords = 6;
  uint64_t words_[kWords] = {};
  uint64_t mask_ = ~uint64_t{0};  // of the bytes of the last word
  int whole_ = 0;                 // words before it
  int size_ = 0;
};

struct KeyHash {
  using is_transparent = void;
  size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
};
using KeyIndex = std::unordered_map<std::string, int32_t, KeyHash, std::equal_to<>>;

enum class PlanKind : uint8_t {
  kSkip,  // not wanted: only its syntax counts
  kBool,
  kInt64,
  kDouble,
  kString,  // strings
  kText,    // the text of a string; of anything else its JSON text
  kRaw,     // the JSON text of any value, strings with their quotes
  kBytes,   // strings of base64
  kField,   // a number or a string of a type of fixed width
  kStruct,
  kList,
};

struct Plan {
  PlanKind kind = PlanKind::kSkip;
  std::shared_ptr<arrow::DataType> type;
  int depth = 0;  // of arrays and objects around it

  // Members of a struct.
  std::string key;
  std::string name;  // of the column: the key, or made from it when it repeats
  KeyToken token;
  // Of a column that only the user named: did any record have it? (Its token matches nothing, so
  // that each occurrence is looked up.)
  std::shared_ptr<std::atomic<bool>> seen;
  int32_t repeat = -1;
  // The value that the key's next occurrence in one object goes to (a sibling); -1: none.
  std::vector<Plan> children;  // also the element of a list
  KeyIndex index;              // key -> its first occurrence

  // kInt64, kDouble, kField: text -> `width` bytes; strings are taken as well as numbers where the
  // user gave the type.
  int width = 0;
  bool strings = false;
  FieldFault (*convert)(const Plan& plan, std::string_view text, void* out) = nullptr;

  // Bytes of text that a task's column took last: what the next one reserves.
  std::shared_ptr<std::atomic<int64_t>> text_hint;

  // Bytes of a row of fixed width, children of structs included.
  int64_t row_bytes() const;
};

// What a file's records become: the plan of a record, and whether it is a struct of columns (or one
// column named "value", for records that are no objects).
struct RecordPlan {
  Plan root;  // kStruct; its children are the columns
  bool columns = true;
  std::shared_ptr<arrow::Schema> schema;
};

inline constexpr std::string_view kValueColumn = "value";

// Types that the user gave become what JSON can be read as, from which a cast leads to them.
// whole: `records` are all there are; otherwise a key that the user names may still come.
// Errors: kUsage for a type that cannot be read from JSON.
arrow::Result<RecordPlan> MakePlan(const Shape& records, bool whole, const ReadOptions& options);

// The plan with all columns but these (in order of the schema) skipped.
RecordPlan Project(const RecordPlan& plan, const std::vector<int>& columns);

}  // namespace bowyer::json
