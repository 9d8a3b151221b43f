// An Arrow schema -> Parquet's: the tree as its footer lists it, and for each leaf the way from the
// table's column down to it, with how its values are stored.
#pragma once

#include <arrow/result.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bowyer::parquet {

// The numbers are the format's own.
enum class Physical : int {
  kBoolean = 0,
  kInt32 = 1,
  kInt64 = 2,
  kFloat = 4,
  kDouble = 5,
  kByteArray = 6,
  kFixed = 7,
};
enum class Repetition : int { kRequired = 0, kOptional = 1, kRepeated = 2 };

// How the values of Arrow's buffers become physical ones.
enum class Conversion {
  kNull,    // no values at all
  kBits,    // bool
  kDirect,  // bytes as they are: 4, 8 or `width`
  kInt8,    // widened to 32 bits
  kUInt8,
  kInt16,
  kUInt16,
  kSeconds32,       // x 1000
  kSeconds64,       // x 1000, checked
  kDate64,          // milliseconds -> days, checked
  kDecimalToInt32,  // of any width, checked
  kDecimalToInt64,
  kDecimalToFixed,  // big-endian bytes
  kOffsets32,       // utf8, binary
  kOffsets64,
  kViews,
};

// What order the statistics of a column have.
enum class SortOrder { kNone, kSigned, kUnsigned, kFloat16, kDecimal, kBytes };

// A step from a table's column towards a leaf.
struct PathNode {
  enum class Kind { kStruct, kList32, kList64, kListView32, kListView64, kFixedSizeList, kLeaf };
  Kind kind = Kind::kLeaf;
  bool nullable = true;
  int child = 0;      // of a struct
  int32_t fixed = 0;  // elements of a fixed-size list
};

struct Leaf {
  std::vector<std::string> path;  // names as in the footer
  std::string name;               // for people: of the column, with the fields below it
  int column = 0;                 // of the table
  std::vector<PathNode> nodes;    // the last one is the leaf itself
  int max_definition = 0;
  int max_repetition = 0;
  Physical physical = Physical::kInt32;
  int32_t width = 0;  // bytes of a physical value; 0 for byte arrays, booleans
  Conversion conversion = Conversion::kDirect;
  SortOrder order = SortOrder::kNone;
  bool text = false;         // UTF-8: statistics are cut between characters
  int32_t decimal_bits = 0;  // of Arrow's decimal: 32, 64, 128, 256
  // The leaf's type without extension and dictionary.
  std::shared_ptr<arrow::DataType> type;

  bool flat() const { return nodes.size() == 1; }
  bool nullable() const { return nodes.back().nullable; }
};

struct ParquetSchema {
  std::vector<Leaf> leaves;
  std::string elements;  // the serialized list of schema elements, without its header
  size_t element_count = 0;
  // Key-value metadata of the footer: the schema's own, and Arrow's schema to restore types by.
  std::vector<std::pair<std::string, std::string>> metadata;
};

// Errors: kData for what Parquet cannot hold exactly; names the column and what to do.
arrow::Result<ParquetSchema> MakeParquetSchema(const arrow::Schema& schema);

// The type whose values are stored: without extension types, dictionaries, run-end encoding.
std::shared_ptr<arrow::DataType> StoredType(const std::shared_ptr<arrow::DataType>& type);

// Can dictionary arrays of this value type be written through their indices?
bool HasIndexedForm(const arrow::DataType& value_type);

}  // namespace bowyer::parquet
