// Whatever is written comes back from Arrow's own Parquet reader as it was: every type, with nulls,
// sliced, nested, in one and in many batches, pages and row groups.
#include "formats/parquet/writer.h"

#include <arrow/compute/api_vector.h>
#include <arrow/compute/cast.h>
#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>
#include <arrow/io/memory.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/statistics.h>

#include <cmath>
#include <limits>

#include "formats/parquet/random_arrays.h"
#include "matchers.h"

namespace bowyer {
namespace {

using arrow::field;

arrow::Result<std::shared_ptr<arrow::Buffer>> WriteAll(const arrow::RecordBatchVector& batches,
                                                       const WriteOptions& options = {},
                                                       std::shared_ptr<arrow::Schema> schema = {},
                                                       const ContextOptions& resources = {}) {
  ARROW_ASSIGN_OR_RAISE(auto context, Context::Make(resources));
  ARROW_ASSIGN_OR_RAISE(auto stream, arrow::io::BufferOutputStream::Create());
  if (schema == nullptr) schema = batches.at(0)->schema();
  ARROW_ASSIGN_OR_RAISE(auto encoder, MakeParquetEncoder(context, schema, stream, options));
  for (const auto& batch : batches) ARROW_RETURN_NOT_OK(encoder->Write(batch));
  ARROW_RETURN_NOT_OK(encoder->Finish());
  return stream->Finish();
}

arrow::Result<std::unique_ptr<::parquet::arrow::FileReader>> OpenAll(
    const std::shared_ptr<arrow::Buffer>& bytes) {
  ::parquet::ReaderProperties properties;
  properties.set_page_checksum_verification(true);
  ::parquet::ArrowReaderProperties arrow_properties;
  arrow_properties.set_arrow_extensions_enabled(true);
  ::parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(std::make_shared<arrow::io::BufferReader>(bytes), properties));
  builder.properties(arrow_properties);
  return builder.Build();
}

// Row group by row group: Arrow's reader cannot join nested dictionaries of several.
arrow::Result<std::shared_ptr<arrow::Table>> ReadAll(const std::shared_ptr<arrow::Buffer>& bytes) {
  ARROW_ASSIGN_OR_RAISE(auto reader, OpenAll(bytes));
  if (reader->num_row_groups() == 0) return reader->ReadTable();
  std::vector<std::shared_ptr<arrow::Table>> tables;
  for (int i = 0; i < reader->num_row_groups(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto table, reader->ReadRowGroup(i));
    ARROW_RETURN_NOT_OK(table->ValidateFull());
    tables.push_back(std::move(table));
  }
  return arrow::ConcatenateTables(tables);
}

std::shared_ptr<::parquet::FileMetaData> Metadata(const std::shared_ptr<arrow::Buffer>& bytes) {
  return (*OpenAll(bytes))->parquet_reader()->metadata();
}

// Value by value, through scalars, whatever the layouts are.
std::string Text(const arrow::Array& array, int64_t i) {
  if (array.IsNull(i)) return "null";
  switch (array.type_id()) {
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryArray&>(array);
      return Text(*dictionary.dictionary(), dictionary.GetValueIndex(i));
    }
    case arrow::Type::RUN_END_ENCODED: {
      const auto& runs = static_cast<const arrow::RunEndEncodedArray&>(array);
      const auto& ends = static_cast<const arrow::Int32Array&>(*runs.run_ends());
      int64_t run = 0;
      while (ends.Value(run) <= array.offset() + i) ++run;
      return Text(*runs.values(), run);
    }
    case arrow::Type::EXTENSION:
      return Text(*static_cast<const arrow::ExtensionArray&>(array).storage(), i);
    case arrow::Type::STRUCT: {
      std::string text = "{";
      for (int k = 0; k < array.type()->num_fields(); ++k) {
        text += Text(*static_cast<const arrow::StructArray&>(array).field(k), i) + ",";
      }
      return text + "}";
    }
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::MAP: {
      const auto list = std::static_pointer_cast<arrow::BaseListScalar>(*array.GetScalar(i))->value;
      std::string text = "[";
      for (int64_t k = 0; k < list->length(); ++k) text += Text(*list, k) + ",";
      return text + "]";
    }
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY:
      return std::static_pointer_cast<arrow::BaseBinaryScalar>(*array.GetScalar(i))
          ->value->ToString();
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::HALF_FLOAT: {
      // By bits: -0 and NaN too.
      const int width = array.type()->bit_width() / 8;
      return arrow::Buffer(array.data()->buffers[1]->data() + (array.offset() + i) * width, width)
          .ToHexString();
    }
    default:
      return (*array.GetScalar(i))->ToString();
  }
}

void ExpectSame(const arrow::RecordBatchVector& batches, const arrow::Table& table,
                const std::string& what) {
  int64_t rows = 0;
  for (const auto& batch : batches) rows += batch->num_rows();
  ASSERT_EQ(table.num_rows(), rows) << what;
  const auto combined = *table.CombineChunks();
  for (int c = 0; c < table.num_columns(); ++c) {
    if (rows == 0) continue;
    ASSERT_EQ(combined->column(c)->num_chunks(), 1);
    std::shared_ptr<arrow::Array> actual = combined->column(c)->chunk(0);
    int64_t at = 0;
    for (const auto& batch : batches) {
      std::shared_ptr<arrow::Array> expected = batch->column(c);
      if (!expected->type()->Equals(actual->type()) &&
          (expected->type_id() == arrow::Type::TIMESTAMP ||
           expected->type_id() == arrow::Type::TIME32 ||
           expected->type_id() == arrow::Type::DATE64)) {
        // Parquet has no seconds and one kind of date.
        expected = *arrow::compute::Cast(*expected, actual->type());
      }
      for (int64_t i = 0; i < expected->length(); ++i, ++at) {
        ASSERT_EQ(Text(*actual, at), Text(*expected, i))
            << what << ", column " << batch->schema()->field(c)->ToString() << ", row " << at;
      }
    }
  }
}

std::vector<std::shared_ptr<arrow::DataType>> FlatTypes() {
  using namespace arrow;  // NOLINT: a list of types
  return {boolean(),
          int8(),
          int16(),
          int32(),
          int64(),
          uint8(),
          uint16(),
          uint32(),
          uint64(),
          float16(),
          float32(),
          float64(),
          date32(),
          date64(),
          time32(TimeUnit::SECOND),
          time32(TimeUnit::MILLI),
          time64(TimeUnit::MICRO),
          time64(TimeUnit::NANO),
          timestamp(TimeUnit::SECOND),
          timestamp(TimeUnit::MILLI, "UTC"),
          timestamp(TimeUnit::MICRO),
          timestamp(TimeUnit::NANO, "Europe/Berlin"),
          duration(TimeUnit::SECOND),
          duration(TimeUnit::NANO),
          utf8(),
          large_utf8(),
          utf8_view(),
          binary(),
          large_binary(),
          binary_view(),
          fixed_size_binary(3),
          fixed_size_binary(16),
          decimal32(8, 2),
          decimal64(9, 3),
          decimal64(15, 0),
          decimal128(5, 5),
          decimal128(18, 4),
          decimal128(19, 0),
          decimal128(38, 10),
          decimal256(9, 1),
          decimal256(17, 2),
          decimal256(50, 3),
          decimal256(76, 38),
          null(),
          dictionary(int8(), utf8()),
          dictionary(int32(), int64()),
          dictionary(uint16(), decimal128(20, 1)),
          dictionary(int64(), boolean()),
          run_end_encoded(int32(), utf8()),
          run_end_encoded(int32(), float64()),
          extension::uuid(),
          extension::json(utf8())};
}

std::vector<std::shared_ptr<arrow::DataType>> NestedTypes() {
  using namespace arrow;  // NOLINT: a list of types
  auto item = struct_({field("a", int32()), field("b", utf8(), false), field("c", list(int16()))});
  return {list(int64()),
          list(field("element", float64(), false)),
          large_list(utf8()),
          fixed_size_list(int32(), 3),
          list_view(utf8()),
          large_list_view(int16()),
          map(utf8(), int64()),
          map(int32(), list(utf8())),
          item,
          list(item),
          list(list(int8())),
          list(list(list(utf8()))),
          struct_({field("s", struct_({field("t", item)}))}),
          fixed_size_list(item, 2),
          list(dictionary(int32(), utf8())),
          struct_({field("d", dictionary(int8(), utf8())),
                   field("r", run_end_encoded(int32(), int64()))}),
          list(fixed_size_binary(5)),
          list(boolean()),
          list(null()),
          list(decimal128(30, 2)),
          list(timestamp(TimeUnit::MICRO)),
          list(extension::uuid()),
          map(utf8(), struct_({field("x", list(float32())), field("y", map(utf8(), boolean()))}))};
}

std::shared_ptr<arrow::RecordBatch> RandomBatch(
    RandomArrays* random, const std::vector<std::shared_ptr<arrow::DataType>>& types, int64_t rows,
    double nulls, Spread spread) {
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (size_t i = 0; i < types.size(); ++i) {
    // Columns that cannot be null have none.
    const bool nullable = nulls > 0 || i % 2 == 0;
    fields.push_back(field("c" + std::to_string(i), types[i], nullable));
    columns.push_back(random->Make(types[i], rows, nulls, spread));
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), rows, columns);
}

void RoundTrip(const std::vector<std::shared_ptr<arrow::DataType>>& types, int64_t rows) {
  uint64_t seed = 1;
  for (const Spread spread : {Spread::kAny, Spread::kFew, Spread::kRising, Spread::kOne}) {
    for (const double nulls : {0.0, 0.1, 0.9, 1.0}) {
      RandomArrays random(++seed);
      auto batch = RandomBatch(&random, types, rows, nulls, spread);
      const std::string what =
          "spread " + std::to_string(static_cast<int>(spread)) + ", nulls " + std::to_string(nulls);
      ASSERT_OK_AND_ASSIGN(auto bytes, WriteAll({batch}));
      ASSERT_OK_AND_ASSIGN(auto table, ReadAll(bytes));
      ExpectSame({batch}, *table, what);
      // Many small batches, small row groups.
      arrow::RecordBatchVector batches;
      for (int64_t at = 0; at < rows;) {
        const int64_t size = std::min(rows - at, random.Below(rows / 5 + 2));
        batches.push_back(batch->Slice(at, size));
        at += size;
      }
      WriteOptions options;
      options.row_group_rows = rows / 3 + 1;
      options.compression.name = "snappy";
      ASSERT_OK_AND_ASSIGN(bytes, WriteAll(batches, options, batch->schema()));
      ASSERT_OK_AND_ASSIGN(table, ReadAll(bytes));
      EXPECT_EQ(Metadata(bytes)->num_row_groups(), (rows + rows / 3) / (rows / 3 + 1));
      ExpectSame(batches, *table, what + ", in pieces");
    }
  }
}

TEST(ParquetWriter, EveryFlatTypeComesBack) { RoundTrip(FlatTypes(), 1000); }
TEST(ParquetWriter, EveryNestedTypeComesBack) { RoundTrip(NestedTypes(), 400); }
TEST(ParquetWriter, OneRowComesBack) {
  RoundTrip(FlatTypes(), 1);
  RoundTrip(NestedTypes(), 1);
}

TEST(ParquetWriter, ManyPagesComeBack) {
  RandomArrays random(99);
  using namespace arrow;  // NOLINT: a list of types
  for (const Spread spread : {Spread::kAny, Spread::kFew}) {
    for (const double nulls : {0.0, 0.3}) {
      auto batch = RandomBatch(
          &random,
          {int64(), int32(), float64(), utf8(), utf8_view(), boolean(), list(int32()),
           dictionary(int32(), utf8()), decimal128(25, 2), list(struct_({field("k", utf8())}))},
          150000, nulls, spread);
      ASSERT_OK_AND_ASSIGN(
          auto bytes, WriteAll({batch->Slice(0, 1), batch->Slice(1, 70000), batch->Slice(70001)}));
      ASSERT_OK_AND_ASSIGN(auto table, ReadAll(bytes));
      for (int c = 0; c < batch->num_columns(); ++c) {
        auto expected = batch->column(c);
        std::shared_ptr<arrow::Array> actual = (*table->CombineChunks())->column(c)->chunk(0);
        if (expected->type_id() == Type::DICTIONARY) {
          expected = *compute::Cast(*expected, utf8());
          actual = *compute::Cast(*actual, utf8());
        }
        EXPECT_TRUE(actual->Equals(*expected)) << batch->schema()->field(c)->ToString();
      }
    }
  }
}

TEST(ParquetWriter, TypesAreRestored) {
  using namespace arrow;  // NOLINT: a list of types
  RandomArrays random(3);
  const std::vector<std::shared_ptr<DataType>> types = {int8(),
                                                        uint64(),
                                                        float16(),
                                                        time64(TimeUnit::NANO),
                                                        timestamp(TimeUnit::MICRO, "Asia/Tokyo"),
                                                        duration(TimeUnit::MILLI),
                                                        large_utf8(),
                                                        utf8_view(),
                                                        large_binary(),
                                                        fixed_size_binary(7),
                                                        decimal256(50, 2),
                                                        null(),
                                                        large_list(utf8()),
                                                        fixed_size_list(int8(), 2),
                                                        map(utf8(), int32()),
                                                        dictionary(int32(), utf8()),
                                                        extension::uuid(),
                                                        extension::json(utf8())};
  auto batch = RandomBatch(&random, types, 50, 0.2, Spread::kAny);
  ASSERT_OK_AND_ASSIGN(auto bytes, WriteAll({batch}));
  ASSERT_OK_AND_ASSIGN(auto table, ReadAll(bytes));
  for (int i = 0; i < batch->num_columns(); ++i) {
    EXPECT_TRUE(table->schema()->field(i)->type()->Equals(types[i])) << types[i]->ToString();
  }
}

TEST(ParquetWriter, NoRowsNoColumnsEmptyBatches) {
  auto schema = arrow::schema({field("a", arrow::int32()), field("b", arrow::list(arrow::utf8()))});
  ASSERT_OK_AND_ASSIGN(auto bytes, WriteAll({}, {}, schema));
  ASSERT_OK_AND_ASSIGN(auto table, ReadAll(bytes));
  EXPECT_EQ(table->num_rows(), 0);
  EXPECT_TRUE(table->schema()->Equals(*schema, false));

  RandomArrays random(5);
  auto batch = RandomBatch(&random, {arrow::int32(), arrow::utf8()}, 10, 0.1, Spread::kAny);
  ASSERT_OK_AND_ASSIGN(bytes, WriteAll({batch->Slice(0, 0), batch, batch->Slice(5, 0)}));
  ASSERT_OK_AND_ASSIGN(table, ReadAll(bytes));
  ExpectSame({batch}, *table, "with empty batches");

  auto empty = arrow::RecordBatch::Make(arrow::schema({}), 7, arrow::ArrayVector{});
  ASSERT_OK_AND_ASSIGN(bytes, WriteAll({empty}));
  EXPECT_EQ(Metadata(bytes)->num_rows(), 7);
  EXPECT_EQ(Metadata(bytes)->num_columns(), 0);
}

TEST(ParquetWriter, MetadataAndFieldIdsAreKept) {
  auto schema =
      arrow::schema({field("a", arrow::int32(), true,
                           arrow::key_value_metadata({"PARQUET:field_id", "unit"}, {"17", "m"}))},
                    arrow::key_value_metadata({"origin", "empty"}, {"a \xc3\xa4 b", ""}));
  ASSERT_OK_AND_ASSIGN(auto bytes, WriteAll({}, {}, schema));
  ASSERT_OK_AND_ASSIGN(auto table, ReadAll(bytes));
  EXPECT_TRUE(table->schema()->Equals(*schema, true)) << table->schema()->ToString(true);
  const auto metadata = Metadata(bytes);
  EXPECT_EQ(metadata->created_by(), "bowyer version " BOWYER_VERSION);
  EXPECT_EQ(metadata->schema()->Column(0)->schema_node()->field_id(), 17);
  ASSERT_OK_AND_ASSIGN(const auto origin, metadata->key_value_metadata()->Get("origin"));
  EXPECT_EQ(origin, "a \xc3\xa4 b");
}

TEST(ParquetWriter, EncodingsFollowTheData) {
  arrow::Int64Builder rising, wild;
  arrow::StringBuilder words, unique;
  arrow::DoubleBuilder cents;
  std::mt19937_64 random(1);
  for (int i = 0; i < 200000; ++i) {
    ASSERT_OK(rising.Append(i * 1000LL + random() % 100));
    ASSERT_OK(wild.Append(static_cast<int64_t>(random())));
    ASSERT_OK(words.Append("word" + std::to_string(random() % 20)));
    ASSERT_OK(unique.Append("unique" + std::to_string(random())));
    ASSERT_OK(cents.Append(static_cast<double>(random() % 10000) / 100));
  }
  auto schema = arrow::schema({field("rising", arrow::int64()), field("wild", arrow::int64()),
                               field("words", arrow::utf8()), field("unique", arrow::utf8()),
                               field("cents", arrow::float64())});
  auto batch = arrow::RecordBatch::Make(
      schema, 200000,
      {*rising.Finish(), *wild.Finish(), *words.Finish(), *unique.Finish(), *cents.Finish()});
  ASSERT_OK_AND_ASSIGN(auto bytes, WriteAll({batch}));
  ASSERT_OK_AND_ASSIGN(auto table, ReadAll(bytes));
  ASSERT_OK_AND_ASSIGN(auto expected, arrow::Table::FromRecordBatches({batch}));
  EXPECT_TRUE(table->Equals(*expected));
  const auto metadata = Metadata(bytes);
  const auto group = metadata->RowGroup(0);
  EXPECT_EQ(group->ColumnChunk(0)->encodings()[0], ::parquet::Encoding::DELTA_BINARY_PACKED);
  EXPECT_EQ(group->ColumnChunk(1)->encodings()[0], ::parquet::Encoding::PLAIN);
  EXPECT_EQ(group->ColumnChunk(2)->encodings()[0], ::parquet::Encoding::RLE_DICTIONARY);
  EXPECT_FALSE(group->ColumnChunk(3)->has_dictionary_page());
  EXPECT_EQ(group->ColumnChunk(4)->encodings()[0], ::parquet::Encoding::RLE_DICTIONARY);
  // What cannot be packed is not.
  EXPECT_EQ(group->ColumnChunk(1)->compression(), ::parquet::Compression::UNCOMPRESSED);
  EXPECT_EQ(group->ColumnChunk(3)->compression(), ::parquet::Compression::ZSTD);
}

// A sample of one value in many sees few different ones; the whole has too many.
TEST(ParquetWriter, DictionaryThatGrowsTooLargeIsGivenUp) {
  arrow::StringBuilder builder;
  constexpr int kRows = 900000;
  for (int i = 0; i < kRows; ++i) {
    const int64_t value = i % (kRows / 8192) == 0 ? i % 7 : 1000 + i / 4;
    ASSERT_OK(builder.Append("some text " + std::to_string(value)));
  }
  auto schema = arrow::schema({field("a", arrow::utf8())});
  auto batch = arrow::RecordBatch::Make(schema, kRows, {*builder.Finish()});
  WriteOptions options;
  options.row_group_rows = kRows;
  ASSERT_OK_AND_ASSIGN(auto bytes, WriteAll({batch}, options));
  EXPECT_FALSE(Metadata(bytes)->RowGroup(0)->ColumnChunk(0)->has_dictionary_page());
  ASSERT_OK_AND_ASSIGN(auto table, ReadAll(bytes));
  ASSERT_OK_AND_ASSIGN(auto expected, arrow::Table::FromRecordBatches({batch}));
  EXPECT_TRUE(table->Equals(*expected));
}

TEST(ParquetWriter, RowGroupsKeepToTheBudget) {
  ContextOptions resources{.threads = 2, .memory = 16 << 20};
  RandomArrays random(8);
  auto batch = RandomBatch(&random, {arrow::int64(), arrow::utf8()}, 200000, 0.1, Spread::kAny);
  ASSERT_OK_AND_ASSIGN(auto bytes, WriteAll({batch}, {}, {}, resources));
  EXPECT_GE(Metadata(bytes)->num_row_groups(), 2);
  ASSERT_OK_AND_ASSIGN(auto table, ReadAll(bytes));
  ASSERT_OK_AND_ASSIGN(auto expected, arrow::Table::FromRecordBatches({batch}));
  EXPECT_TRUE(table->Equals(*expected));
}

// --- statistics

template <typename Builder, typename Values>
std::shared_ptr<::parquet::Statistics> StatisticsOf(std::shared_ptr<arrow::DataType> type,
                                                    const Values& values) {
  Builder builder(type, arrow::default_memory_pool());
  for (const auto& value : values) EXPECT_TRUE(builder.Append(value).ok());
  EXPECT_TRUE(builder.AppendNull().ok());
  auto array = *builder.Finish();
  auto batch =
      arrow::RecordBatch::Make(arrow::schema({field("a", type)}), array->length(), {array});
  const auto bytes = WriteAll({batch});
  EXPECT_TRUE(bytes.ok()) << bytes.status().ToString();
  // The bounds of byte arrays point into it.
  static std::shared_ptr<::parquet::FileMetaData> metadata;
  metadata = Metadata(*bytes);
  return metadata->RowGroup(0)->ColumnChunk(0)->statistics();
}

TEST(ParquetStatistics, NumbersInTheOrderOfTheirType) {
  auto signed_ = std::static_pointer_cast<::parquet::Int32Statistics>(
      StatisticsOf<arrow::Int8Builder>(arrow::int8(), std::vector<int8_t>{3, -7, 100, 0}));
  EXPECT_EQ(signed_->min(), -7);
  EXPECT_EQ(signed_->max(), 100);
  EXPECT_EQ(signed_->null_count(), 1);
  auto unsigned_ =
      std::static_pointer_cast<::parquet::Int64Statistics>(StatisticsOf<arrow::UInt64Builder>(
          arrow::uint64(), std::vector<uint64_t>{3, std::numeric_limits<uint64_t>::max(), 5}));
  EXPECT_EQ(unsigned_->min(), 3);
  EXPECT_EQ(unsigned_->max(), -1);
  auto small =
      std::static_pointer_cast<::parquet::Int32Statistics>(StatisticsOf<arrow::UInt32Builder>(
          arrow::uint32(), std::vector<uint32_t>{3000000000U, 7, 9}));
  EXPECT_EQ(small->min(), 7);
  EXPECT_EQ(static_cast<uint32_t>(small->max()), 3000000000U);
}

TEST(ParquetStatistics, ZerosHaveBothSignsAndNanHasNoBounds) {
  auto zeros = std::static_pointer_cast<::parquet::DoubleStatistics>(
      StatisticsOf<arrow::DoubleBuilder>(arrow::float64(), std::vector<double>{0.0, -0.0}));
  EXPECT_TRUE(std::signbit(zeros->min()));
  EXPECT_FALSE(std::signbit(zeros->max()));
  auto nan =
      StatisticsOf<arrow::DoubleBuilder>(arrow::float64(), std::vector<double>{1, std::nan(""), 2});
  EXPECT_FALSE(nan->HasMinMax());
  EXPECT_EQ(nan->null_count(), 1);
  auto infinite =
      std::static_pointer_cast<::parquet::FloatStatistics>(StatisticsOf<arrow::FloatBuilder>(
          arrow::float32(), std::vector<float>{1, -std::numeric_limits<float>::infinity()}));
  EXPECT_EQ(infinite->min(), -std::numeric_limits<float>::infinity());
  EXPECT_EQ(infinite->max(), 1);
}

TEST(ParquetStatistics, TextIsComparedByBytesAndCutSoundly) {
  const std::string long_low = std::string(100, 'b'),
                    long_high = std::string(63, 'x') + "\u00fc" + "z";
  auto cut =
      std::static_pointer_cast<::parquet::ByteArrayStatistics>(StatisticsOf<arrow::StringBuilder>(
          arrow::utf8(), std::vector<std::string>{"c", long_low, long_high}));
  EXPECT_EQ(std::string_view(cut->min()), std::string(64, 'b'));
  // The umlaut would be cut in its midst; the x before it grows.
  EXPECT_EQ(std::string_view(cut->max()), std::string(62, 'x') + "y");
  auto bytes =
      std::static_pointer_cast<::parquet::ByteArrayStatistics>(StatisticsOf<arrow::BinaryBuilder>(
          arrow::binary(), std::vector<std::string>{"\xff", "a", ""}));
  EXPECT_EQ(std::string_view(bytes->min()), "");
  EXPECT_EQ(std::string_view(bytes->max()), "\xff");
  // Nothing is above a value of 0xff bytes only.
  auto none = StatisticsOf<arrow::BinaryBuilder>(
      arrow::binary(), std::vector<std::string>{std::string(100, '\xff')});
  EXPECT_FALSE(none->HasMinMax());
}

TEST(ParquetStatistics, DecimalsBySign) {
  auto decimals =
      std::static_pointer_cast<::parquet::FLBAStatistics>(StatisticsOf<arrow::Decimal128Builder>(
          arrow::decimal128(20, 0),
          std::vector<arrow::Decimal128>{arrow::Decimal128(5), arrow::Decimal128(-3)}));
  ASSERT_TRUE(decimals->HasMinMax());
  EXPECT_EQ(decimals->min().ptr[0], 0xff);
  EXPECT_EQ(decimals->max().ptr[8], 5);
}

// --- errors

std::shared_ptr<arrow::RecordBatch> One(const std::string& name,
                                        const std::shared_ptr<arrow::Array>& array,
                                        bool nullable = true) {
  return arrow::RecordBatch::Make(arrow::schema({field(name, array->type(), nullable)}),
                                  array->length(), {array});
}

TEST(ParquetWriter, WhatParquetCannotHoldIsRefusedAtOnce) {
  const auto refused = [](const std::shared_ptr<arrow::DataType>& type) {
    return WriteAll({}, {}, arrow::schema({field("odd", type)}));
  };
  EXPECT_ERROR(refused(arrow::month_interval()), ErrorCode::kData, "column odd");
  EXPECT_ERROR(refused(arrow::month_day_nano_interval()), ErrorCode::kData, "--select");
  EXPECT_ERROR(refused(arrow::dense_union({field("x", arrow::int8())})), ErrorCode::kData,
               "dense_union");
  EXPECT_ERROR(refused(arrow::decimal128(5, -2)), ErrorCode::kData, "scales");
  EXPECT_ERROR(refused(arrow::decimal128(5, 7)), ErrorCode::kData, "scales");
  EXPECT_ERROR(refused(arrow::struct_(arrow::FieldVector{})), ErrorCode::kData, "without fields");
  EXPECT_ERROR(refused(arrow::list(field("deep", arrow::day_time_interval()))), ErrorCode::kData,
               "odd.element");
  auto deep = arrow::int8();
  for (int i = 0; i < 200; ++i) deep = arrow::list(deep);
  EXPECT_ERROR(refused(deep), ErrorCode::kData, "nested");
}

TEST(ParquetWriter, ValuesThatDoNotFitAreErrorsWithTheirRow) {
  arrow::Date64Builder dates;
  ASSERT_OK(dates.Append(86400000));
  ASSERT_OK(dates.AppendNull());
  ASSERT_OK(dates.Append(86400001));
  EXPECT_ERROR(WriteAll({One("day", *dates.Finish())}), ErrorCode::kData, "row 3");

  arrow::TimestampBuilder times(arrow::timestamp(arrow::TimeUnit::SECOND),
                                arrow::default_memory_pool());
  ASSERT_OK(times.Append(std::numeric_limits<int64_t>::max() / 2));
  EXPECT_ERROR(WriteAll({One("at", *times.Finish())}), ErrorCode::kData, "column at");

  arrow::Decimal128Builder decimals(arrow::decimal128(5, 0));
  ASSERT_OK(decimals.Append(arrow::Decimal128(int64_t{1} << 40)));
  EXPECT_ERROR(WriteAll({One("d", *decimals.Finish())}), ErrorCode::kData, "decimal128(5, 0)");

  arrow::Int32Builder numbers;
  ASSERT_OK(numbers.Append(1));
  ASSERT_OK(numbers.AppendNull());
  EXPECT_ERROR(WriteAll({One("n", *numbers.Finish(), false)}), ErrorCode::kData, "row 2");
}

TEST(ParquetWriter, UnknownCodecsAndLevelsAreUsageErrors) {
  auto schema = arrow::schema({field("a", arrow::int32())});
  const auto with = [&](const char* name, std::optional<int> level) {
    WriteOptions options;
    options.compression = {name, level};
    return WriteAll({}, options, schema);
  };
  EXPECT_ERROR(with("bz2", std::nullopt), ErrorCode::kUsage, "zstd, snappy");
  EXPECT_ERROR(with("snappy", 3), ErrorCode::kUsage, "no levels");
  EXPECT_ERROR(with("zstd", 99), ErrorCode::kUsage, "levels go from");
  ASSERT_OK(with("zstd", 19));
  ASSERT_OK(with("gzip", 9));
  ASSERT_OK(with("brotli", 4));
}

}  // namespace
}  // namespace bowyer
