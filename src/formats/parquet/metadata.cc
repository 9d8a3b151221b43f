// Field numbers are those of parquet.thrift.
#include "formats/parquet/metadata.h"

#include "bowyer/version.h"
#include "formats/parquet/thrift.h"

namespace bowyer::parquet {
namespace {

constexpr int kDataPage = 0, kDictionaryPage = 2;

std::string PageHeader(int type, const PageFacts& facts) {
  std::string out;
  ThriftWriter writer(&out);
  writer.ElementStruct();
  writer.I32(1, type);
  writer.I32(2, facts.raw_bytes);
  writer.I32(3, facts.stored_bytes);
  writer.I32(4, static_cast<int32_t>(facts.crc));
  writer.BeginStruct(type == kDataPage ? 5 : 7);
  writer.I32(1, facts.values);
  writer.I32(2, static_cast<int>(facts.encoding));
  if (type == kDataPage) {
    writer.I32(3, static_cast<int>(ValueEncoding::kRle));
    writer.I32(4, static_cast<int>(ValueEncoding::kRle));
  }
  writer.EndStruct();
  writer.EndStruct();
  return out;
}

void WriteEncodingCount(ThriftWriter& writer, int page_type, ValueEncoding encoding, int count) {
  writer.ElementStruct();
  writer.I32(1, page_type);
  writer.I32(2, static_cast<int>(encoding));
  writer.I32(3, count);
  writer.EndStruct();
}

void WriteChunk(ThriftWriter& writer, const Leaf& leaf, const ColumnAt& column) {
  const ChunkFacts& facts = column.facts;
  writer.ElementStruct();  // ColumnChunk
  writer.I64(2, 0);        // deprecated: no metadata outside of the footer
  writer.BeginStruct(3);   // ColumnMetaData
  writer.I32(1, static_cast<int>(leaf.physical));
  std::vector<ValueEncoding> encodings{facts.encoding};
  if (facts.dictionary_bytes > 0) encodings.push_back(ValueEncoding::kPlain);
  if (facts.has_levels) encodings.push_back(ValueEncoding::kRle);
  writer.List(2, ThriftWriter::Type::kI32, encodings.size());
  for (const auto encoding : encodings) writer.ElementI32(static_cast<int>(encoding));
  writer.List(3, ThriftWriter::Type::kBinary, leaf.path.size());
  for (const auto& name : leaf.path) writer.ElementBinary(name);
  writer.I32(4, static_cast<int>(facts.codec));
  writer.I64(5, facts.values);
  writer.I64(6, facts.raw_bytes);
  writer.I64(7, facts.stored_bytes);
  writer.I64(9, column.offset + facts.dictionary_bytes);
  if (facts.dictionary_bytes > 0) writer.I64(11, column.offset);
  writer.BeginStruct(12);  // Statistics
  writer.I64(3, facts.null_count);
  if (facts.bounds) {
    writer.Binary(5, facts.bounds->max);
    writer.Binary(6, facts.bounds->min);
    writer.Bool(7, facts.bounds->max_exact);
    writer.Bool(8, facts.bounds->min_exact);
  }
  writer.EndStruct();
  writer.List(13, ThriftWriter::Type::kStruct, facts.dictionary_bytes > 0 ? 2 : 1);
  if (facts.dictionary_bytes > 0) {
    WriteEncodingCount(writer, kDictionaryPage, ValueEncoding::kPlain, 1);
  }
  WriteEncodingCount(writer, kDataPage, facts.encoding, facts.data_pages);
  writer.EndStruct();
  writer.EndStruct();
}

}  // namespace

std::string DataPageHeader(const PageFacts& facts) { return PageHeader(kDataPage, facts); }

std::string DictionaryPageHeader(const PageFacts& facts) {
  return PageHeader(kDictionaryPage, facts);
}

std::string RowGroupEntry(const std::vector<Leaf>& leaves, const std::vector<ColumnAt>& columns,
                          int64_t rows) {
  std::string out;
  ThriftWriter writer(&out);
  int64_t raw = 0, stored = 0;
  writer.ElementStruct();
  writer.List(1, ThriftWriter::Type::kStruct, columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    WriteChunk(writer, leaves[i], columns[i]);
    raw += columns[i].facts.raw_bytes;
    stored += columns[i].facts.stored_bytes;
  }
  writer.I64(2, raw);
  writer.I64(3, rows);
  if (!columns.empty()) writer.I64(5, columns[0].offset);
  writer.I64(6, stored);
  writer.EndStruct();
  return out;
}

std::string Footer(const ParquetSchema& schema, const std::vector<std::string>& row_groups,
                   int64_t rows) {
  std::string out;
  ThriftWriter writer(&out);
  writer.ElementStruct();
  writer.I32(1, 2);  // the version that nanoseconds and unsigned numbers came with
  writer.List(2, ThriftWriter::Type::kStruct, schema.element_count);
  writer.ElementRaw(schema.elements);
  writer.I64(3, rows);
  writer.List(4, ThriftWriter::Type::kStruct, row_groups.size());
  for (const auto& entry : row_groups) writer.ElementRaw(entry);
  writer.List(5, ThriftWriter::Type::kStruct, schema.metadata.size());
  for (const auto& [key, value] : schema.metadata) {
    writer.ElementStruct();
    writer.Binary(1, key);
    writer.Binary(2, value);
    writer.EndStruct();
  }
  writer.Binary(6, "bowyer version " BOWYER_VERSION);
  // Each column's bounds are in the order that its type defines.
  writer.List(7, ThriftWriter::Type::kStruct, schema.leaves.size());
  for (size_t i = 0; i < schema.leaves.size(); ++i) {
    writer.ElementStruct();
    writer.Empty(1);
    writer.EndStruct();
  }
  writer.EndStruct();
  return out;
}

}  // namespace bowyer::parquet
