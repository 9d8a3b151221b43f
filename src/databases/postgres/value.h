// How the values of a PostgreSQL column travel in binary COPY, and the Arrow type that they become.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace bowyer {

enum class PostgresKind {
  kBool,
  kInt2,
  kInt4,
  kInt8,
  kOid,
  kFloat4,
  kFloat8,
  kText,       // the bytes are the text: text, varchar, bpchar, name, json, enums
  kChar,       // "char"
  kBytes,      // bytea
  kJsonb,      // a version byte, then text
  kUuid,       // 16 bytes
  kUuidText,   // spelled out, inside of lists and structs
  kBits,       // bit, varbit -> text of 0 and 1
  kDate,       // days since 2000
  kTime,       // microseconds of the day
  kTimeTz,     // the same with an offset -> text
  kTimestamp,  // microseconds since 2000; with or without a zone
  kInterval,
  kNumeric,  // decimal128 of the field's precision and scale
  kMoney,    // decimal128(19, s)
  kList,     // an array of `dimensions`
  kStruct,   // a composite
};

struct PostgresValue {
  PostgresKind kind = PostgresKind::kText;
  std::shared_ptr<arrow::DataType> type;  // of the storage, where the field has an extension type
  // On the wire, as elements of arrays and members of composites carry it.
  uint32_t oid = 0;
  int dimensions = 0;                   // of kList
  std::vector<PostgresValue> children;  // the element of kList, the members of kStruct
};

}  // namespace bowyer
