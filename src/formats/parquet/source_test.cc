#include <arrow/array/builder_nested.h>
#include <arrow/builder.h>
#include <arrow/io/memory.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include <array>
#include <numeric>
#include <random>

#include "core/gather.h"
#include "formats/format.h"
#include "matchers.h"

namespace bowyer {
namespace {

FileInput InputOf(const std::shared_ptr<arrow::Buffer>& bytes) {
  FileInput input;
  input.name = "test.parquet";
  input.file = std::make_shared<arrow::io::BufferReader>(bytes);
  input.stream = std::make_shared<arrow::io::BufferReader>(bytes);
  input.size = bytes->size();
  return input;
}

std::shared_ptr<arrow::Table> SomeTable(int64_t rows) {
  arrow::Int64Builder ids;
  arrow::StringBuilder names;
  arrow::DoubleBuilder amounts;
  arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::Int32Builder>());
  auto& items = static_cast<arrow::Int32Builder&>(*lists.value_builder());
  for (int64_t i = 0; i < rows; ++i) {
    EXPECT_TRUE(ids.Append(i * 7).ok());
    EXPECT_TRUE((i % 3 == 0 ? names.AppendNull() : names.Append("n" + std::to_string(i))).ok());
    EXPECT_TRUE((i % 5 == 0 ? amounts.AppendNull() : amounts.Append(0.5 * (i % 100))).ok());
    EXPECT_TRUE(lists.Append().ok());
    for (int64_t k = 0; k < i % 4; ++k) EXPECT_TRUE(items.Append(static_cast<int>(i + k)).ok());
  }
  return arrow::Table::Make(
      arrow::schema({arrow::field("id", arrow::int64(), false), arrow::field("name", arrow::utf8()),
                     arrow::field("amount", arrow::float64()),
                     arrow::field("list", arrow::list(arrow::int32()))}),
      {*ids.Finish(), *names.Finish(), *amounts.Finish(), *lists.Finish()});
}

std::shared_ptr<arrow::Buffer> Written(const arrow::Table& table, int64_t group_rows,
                                       parquet::WriterProperties::Builder properties = {}) {
  auto sink = *arrow::io::BufferOutputStream::Create();
  EXPECT_TRUE(
      parquet::arrow::WriteTable(table, arrow::default_memory_pool(), sink, group_rows,
                                 properties.enable_store_decimal_as_integer()->build(),
                                 parquet::ArrowWriterProperties::Builder().store_schema()->build())
          .ok());
  return *sink->Finish();
}

arrow::Result<std::shared_ptr<arrow::Table>> ReadAll(Source* source, const Chunk& chunk = {},
                                                     const ScanOptions& options = {}) {
  ARROW_ASSIGN_OR_RAISE(auto reader, source->Open(chunk, options));
  return reader->ToTable();
}

class ParquetSource : public testing::Test {
 protected:
  std::shared_ptr<Context> context_ = *Context::Make({.threads = 2});
};

TEST_F(ParquetSource, ReadsRowGroupsInOrder) {
  const auto table = SomeTable(10000);
  ASSERT_OK_AND_ASSIGN(auto source,
                       kParquetFormat.open(context_, InputOf(Written(*table, 999)), {}));
  ASSERT_OK_AND_ASSIGN(auto read, ReadAll(source.get()));
  EXPECT_TRUE(read->Equals(*table));
}

TEST_F(ParquetSource, OneHugeRowGroupStaysWithinTheBudget) {
  const auto table = SomeTable(1'000'000);
  const auto bytes = Written(*table, 1'000'000);
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make({.threads = 2, .memory = 24 << 20}));
  ASSERT_OK_AND_ASSIGN(auto source, kParquetFormat.open(context, InputOf(bytes), {}));
  ASSERT_OK_AND_ASSIGN(auto reader, source->Open({}, {}));
  int64_t rows = 0;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ASSERT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    EXPECT_TRUE(
        batch->column(0)->Equals(*table->column(0)->chunk(0)->Slice(rows, batch->num_rows())));
    rows += batch->num_rows();
  }
  EXPECT_EQ(rows, 1'000'000);
}

TEST_F(ParquetSource, ProjectsInTheOrderAskedFor) {
  const auto table = SomeTable(100);
  ASSERT_OK_AND_ASSIGN(auto source,
                       kParquetFormat.open(context_, InputOf(Written(*table, 30)), {}));
  ASSERT_OK_AND_ASSIGN(auto read, ReadAll(source.get(), {}, {.columns = std::vector<int>{3, 0}}));
  ASSERT_OK_AND_ASSIGN(auto wanted, table->SelectColumns({3, 0}));
  EXPECT_TRUE(read->Equals(*wanted));
  ASSERT_OK_AND_ASSIGN(auto none, ReadAll(source.get(), {}, {.columns = std::vector<int>{}}));
  EXPECT_EQ(none->num_rows(), 100);
}

TEST_F(ParquetSource, ChunksAreRowGroups) {
  const auto table = SomeTable(100);
  ASSERT_OK_AND_ASSIGN(auto source,
                       kParquetFormat.open(context_, InputOf(Written(*table, 30)), {}));
  ASSERT_OK_AND_ASSIGN(const auto units, source->Chunks(1));
  ASSERT_EQ(units.size(), 4U);
  ASSERT_OK_AND_ASSIGN(auto third, ReadAll(source.get(), units[2]));
  EXPECT_TRUE(third->Equals(*table->Slice(60, 30)));
  ASSERT_OK_AND_ASSIGN(const auto larger, source->Chunks(50));
  ASSERT_EQ(larger.size(), 2U);
  EXPECT_EQ(larger[0].rows, 60);
}

TEST_F(ParquetSource, InspectSumsOverRowGroups) {
  const auto table = SomeTable(100);
  ASSERT_OK_AND_ASSIGN(auto source,
                       kParquetFormat.open(context_, InputOf(Written(*table, 30)), {}));
  ASSERT_OK_AND_ASSIGN(const auto info, source->Inspect());
  EXPECT_EQ(info.rows, 100);
  EXPECT_EQ(info.units.size(), 4U);
  EXPECT_EQ(info.columns[0].min, "0");
  EXPECT_EQ(info.columns[0].max, "693");
  EXPECT_EQ(info.columns[1].null_count, 34);
  EXPECT_EQ(info.columns[1].max, "n98");
  EXPECT_EQ(info.columns[1].encoding, "dictionary");
  EXPECT_FALSE(info.columns[3].min);
}

TEST_F(ParquetSource, RefusesPipesAndOtherFiles) {
  FileInput pipe = InputOf(arrow::Buffer::FromString("PAR1"));
  pipe.file = nullptr;
  EXPECT_ERROR(kParquetFormat.open(context_, pipe, {}), ErrorCode::kUsage, "pipe");
  EXPECT_ERROR(kParquetFormat.open(context_, InputOf(arrow::Buffer::FromString("a,b\n1,2\n")), {}),
               ErrorCode::kData, "test.parquet");
}

// Also by who reads on behind the error.
TEST_F(ParquetSource, ADamagedDictionaryGivesNoValues) {
  parquet::WriterProperties::Builder properties;
  properties.compression(parquet::Compression::UNCOMPRESSED);
  auto bytes = Written(*SomeTable(1000), 500, std::move(properties))->ToString();
  const size_t at = bytes.find("n400");
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at - 4, 4, 4, '\xff');  // its length
  ASSERT_OK_AND_ASSIGN(
      const auto source,
      kParquetFormat.open(context_, InputOf(arrow::Buffer::FromString(std::move(bytes))), {}));
  for (const bool on_calling_thread : {false, true}) {
    ASSERT_OK_AND_ASSIGN(const auto reader,
                         source->Open({}, {.on_calling_thread = on_calling_thread}));
    for (int i = 0; i < 5; ++i) EXPECT_ERROR(reader->Next(), ErrorCode::kData, "dictionary");
  }
}

TEST_F(ParquetSource, FlippedBitsAreFoundByThePageChecksum) {
  const auto table = SomeTable(1000);
  parquet::WriterProperties::Builder properties;
  properties.enable_page_checksum()->compression(parquet::Compression::UNCOMPRESSED);
  auto bytes = Written(*table, 1000, std::move(properties))->ToString();
  bytes[200] = static_cast<char>(bytes[200] ^ 1);
  ASSERT_OK_AND_ASSIGN(
      auto source, kParquetFormat.open(context_, InputOf(arrow::Buffer::FromString(bytes)), {}));
  EXPECT_ERROR(ReadAll(source.get()), ErrorCode::kData, "column id");
}

// Flat columns have a decoder of their own: all that it takes, in all page forms, with many nulls,
// few, none and only nulls, in runs and scattered.
std::shared_ptr<arrow::Table> FlatTable(int64_t rows) {
  arrow::Int32Builder ints;
  arrow::Int64Builder longs;
  arrow::FloatBuilder floats;
  arrow::StringBuilder few, many, nothing;
  arrow::BinaryBuilder bytes;
  arrow::BooleanBuilder flags, switches;
  arrow::StringViewBuilder views, few_views;
  arrow::LargeStringBuilder large;
  arrow::Decimal128Builder prices(arrow::decimal128(7, 2)), sums(arrow::decimal128(15, 2));
  arrow::TimestampBuilder times(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
                                arrow::default_memory_pool());
  uint64_t state = 1;
  for (int64_t i = 0; i < rows; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const auto random = static_cast<uint32_t>(state >> 33);
    EXPECT_TRUE((random % 2 ? ints.Append(static_cast<int32_t>(random)) : ints.AppendNull()).ok());
    EXPECT_TRUE(longs.Append(static_cast<int64_t>(state)).ok());
    EXPECT_TRUE(((i / 1000) % 2 ? floats.Append(0.25F * (random % 9)) : floats.AppendNull()).ok());
    EXPECT_TRUE(
        (random % 50 ? few.Append("category " + std::to_string(random % 7)) : few.AppendNull())
            .ok());
    EXPECT_TRUE(many.Append(std::string(random % 40, static_cast<char>('a' + random % 26))).ok());
    EXPECT_TRUE(nothing.AppendNull().ok());
    EXPECT_TRUE(bytes.Append(std::string(random % 3, '\xFF')).ok());
    EXPECT_TRUE(times.Append(static_cast<int64_t>(random) * 1'000'003).ok());
    EXPECT_TRUE((random % 3 ? flags.Append((random & 4) != 0) : flags.AppendNull()).ok());
    EXPECT_TRUE(switches.Append(i / 777 % 2 == 0).ok());
    const std::string text(random % 30, static_cast<char>('a' + random % 26));
    EXPECT_TRUE((random % 5 ? views.Append(text + "\u00e4") : views.AppendNull()).ok());
    EXPECT_TRUE(few_views.Append("number " + std::to_string(random % 900)).ok());
    EXPECT_TRUE((random % 7 ? large.Append(text) : large.AppendNull()).ok());
    const int64_t cents = static_cast<int64_t>(random % 9'000'000) - 4'500'000;
    EXPECT_TRUE((random % 4 ? prices.Append(arrow::Decimal128(cents)) : prices.AppendNull()).ok());
    EXPECT_TRUE(sums.Append(arrow::Decimal128(cents * 7'000'001)).ok());
  }
  return arrow::Table::Make(
      arrow::schema({arrow::field("ints", arrow::int32()),
                     arrow::field("longs", arrow::int64(), false),
                     arrow::field("floats", arrow::float32()), arrow::field("few", arrow::utf8()),
                     arrow::field("many", arrow::utf8(), false),
                     arrow::field("nothing", arrow::utf8()), arrow::field("bytes", arrow::binary()),
                     arrow::field("times", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
                     arrow::field("flags", arrow::boolean()),
                     arrow::field("switches", arrow::boolean(), false),
                     arrow::field("views", arrow::utf8_view()),
                     arrow::field("few_views", arrow::utf8_view(), false),
                     arrow::field("large", arrow::large_utf8()),
                     arrow::field("prices", arrow::decimal128(7, 2)),
                     arrow::field("sums", arrow::decimal128(15, 2), false)}),
      {*ints.Finish(), *longs.Finish(), *floats.Finish(), *few.Finish(), *many.Finish(),
       *nothing.Finish(), *bytes.Finish(), *times.Finish(), *flags.Finish(), *switches.Finish(),
       *views.Finish(), *few_views.Finish(), *large.Finish(), *prices.Finish(), *sums.Finish()});
}

TEST_F(ParquetSource, FlatColumnsInAllPageForms) {
  const auto table = FlatTable(30011);
  for (const bool dictionary : {false, true}) {
    for (const auto version :
         {parquet::ParquetDataPageVersion::V1, parquet::ParquetDataPageVersion::V2}) {
      for (const int64_t page_bytes : {500, 1 << 20}) {
        parquet::WriterProperties::Builder properties;
        properties.data_page_version(version)
            ->data_pagesize(page_bytes)
            ->compression(parquet::Compression::SNAPPY);
        // Small dictionaries overflow, and pages change to plain on the way.
        properties.dictionary_pagesize_limit(2000);
        if (!dictionary) {
          properties.disable_dictionary();
          for (const char* name : {"flags", "switches"}) {
            properties.encoding(name, parquet::Encoding::RLE);
          }
        }
        ASSERT_OK_AND_ASSIGN(
            auto source, kParquetFormat.open(
                             context_, InputOf(Written(*table, 12345, std::move(properties))), {}));
        ASSERT_OK_AND_ASSIGN(auto read, ReadAll(source.get()));
        EXPECT_TRUE(read->Equals(*table)) << dictionary << page_bytes;
      }
    }
  }
}

// Takes rows by `share` (of 1000) from step to step, wholly random or in stretches, and notes
// which.
struct RandomChoice {
  std::vector<uint32_t> Choose(int64_t rows) {
    std::vector<uint32_t> chosen;
    const int64_t share = std::array{0, 3, 100, 400, 900, 1000}[random() % 6];
    const int64_t stretch = random() % 2 == 0 ? 1 : 700;
    bool take = false;
    for (int64_t i = 0; i < rows; ++i) {
      if (i % stretch == 0) take = static_cast<int64_t>(random() % 1000) < share;
      if (take) chosen.push_back(static_cast<uint32_t>(i));
    }
    // All go on where most are chosen.
    const bool all = static_cast<int64_t>(chosen.size()) > rows / 2;
    for (int64_t i = 0, next = 0; i < rows; ++i) {
      const bool is = next < static_cast<int64_t>(chosen.size()) && chosen[next] == i;
      next += is ? 1 : 0;
      if (is || all) expected.push_back(at + i);
    }
    at += rows;
    return chosen;
  }

  int64_t at = 0;
  std::vector<int64_t> expected;
  std::mt19937 random{7};
};

TEST_F(ParquetSource, OnlyChosenRowsAreDecoded) {
  auto table = FlatTable(30011);
  ASSERT_OK_AND_ASSIGN(table, table->AddColumn(0, SomeTable(30011)->schema()->field(3),
                                               SomeTable(30011)->column(3)));
  std::vector<int> all(static_cast<size_t>(table->num_columns()));
  std::iota(all.begin(), all.end(), 0);
  for (const auto version :
       {parquet::ParquetDataPageVersion::V1, parquet::ParquetDataPageVersion::V2}) {
    for (const int64_t page_bytes : {500, 1 << 20}) {
      for (const std::vector<int>& columns : {std::vector{3}, {4, 11}, {0, 14}}) {
        parquet::WriterProperties::Builder properties;
        properties.data_page_version(version)
            ->data_pagesize(page_bytes)
            ->compression(parquet::Compression::SNAPPY)
            ->dictionary_pagesize_limit(2000);
        ASSERT_OK_AND_ASSIGN(
            auto source, kParquetFormat.open(
                             context_, InputOf(Written(*table, 4000, std::move(properties))), {}));
        RandomChoice random;
        auto choice = std::make_shared<RowChoice>();
        choice->columns = columns;
        choice->choose = [&](const std::shared_ptr<arrow::RecordBatch>& values) {
          EXPECT_EQ(values->num_columns(), static_cast<int>(columns.size()));
          for (size_t i = 0; i < columns.size(); ++i) {
            const auto wanted = table->column(columns[i])->Slice(random.at, values->num_rows());
            EXPECT_TRUE(values->column(static_cast<int>(i))->Equals(wanted->chunk(0)));
          }
          return random.Choose(values->num_rows());
        };
        ASSERT_OK_AND_ASSIGN(
            const auto read,
            ReadAll(source.get(), {},
                    {.columns = all, .on_calling_thread = true, .choice = choice}));
        EXPECT_EQ(random.at, table->num_rows());
        ASSERT_OK_AND_ASSIGN(const auto whole, ReadAll(source.get()));
        ASSERT_OK_AND_ASSIGN(const auto one, whole->CombineChunksToBatch());
        arrow::UInt32Builder rows;
        for (const int64_t row : random.expected) {
          ASSERT_OK(rows.Append(static_cast<uint32_t>(row)));
        }
        std::shared_ptr<arrow::UInt32Array> indices;
        ASSERT_OK(rows.Finish(&indices));
        ASSERT_EQ(read->num_rows(), indices->length());
        for (int i = 0; i < table->num_columns(); ++i) {
          ASSERT_OK_AND_ASSIGN(const auto wanted,
                               TakeRows(one->column(i), *indices, arrow::default_memory_pool()));
          EXPECT_TRUE(read->column(i)->Equals(arrow::ChunkedArray(wanted)))
              << table->field(i)->name();
        }
      }
    }
  }
}

TEST_F(ParquetSource, CompactDecimalsAreAsWideAsStored) {
  const auto table = FlatTable(1000);
  ASSERT_OK_AND_ASSIGN(auto source,
                       kParquetFormat.open(context_, InputOf(Written(*table, 400)), {}));
  ASSERT_OK_AND_ASSIGN(auto reader,
                       source->Open({}, {.columns = std::vector{13, 14}, .compact = true}));
  std::shared_ptr<arrow::RecordBatch> batch;
  ASSERT_OK(reader->ReadNext(&batch));
  for (const auto& [column, type] :
       {std::pair{0, arrow::decimal32(7, 2)}, {1, arrow::decimal64(15, 2)}}) {
    ASSERT_TRUE(batch->column(column)->type()->Equals(type));
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      const auto wanted = *table->column(13 + column)->GetScalar(row);
      EXPECT_EQ((*batch->column(column)->GetScalar(row))->ToString(), wanted->ToString());
    }
  }
}

TEST_F(ParquetSource, FlippedBitsNeverCrash) {
  parquet::WriterProperties::Builder properties;
  properties.compression(parquet::Compression::UNCOMPRESSED);
  std::string bytes = Written(*FlatTable(60), 40, std::move(properties))->ToString();
  for (size_t at = 4; at < bytes.size(); at += 3) {
    const char flip = static_cast<char>(1 << (at % 8));
    bytes[at] = static_cast<char>(bytes[at] ^ flip);
    auto source = kParquetFormat.open(context_, InputOf(arrow::Buffer::FromString(bytes)), {});
    if (source.ok()) {
      const auto read = ReadAll(source->get());
      if (read.ok()) {
        EXPECT_TRUE((*read)->Validate().ok());
      }
    }
    bytes[at] = static_cast<char>(bytes[at] ^ flip);
  }
}

TEST_F(ParquetSource, TextThatIsNotUtf8NamesColumnAndRow) {
  for (const auto& type : {arrow::utf8(), arrow::utf8_view(), arrow::large_utf8()}) {
    auto builder = *arrow::MakeBuilder(type);
    for (int i = 0; i < 10; ++i) {
      ASSERT_OK(builder->AppendScalar(
          **arrow::MakeScalar(type, arrow::Buffer::FromString(i == 7 ? "\xFFoops" : "fine"))));
    }
    const auto table =
        arrow::Table::Make(arrow::schema({arrow::field("t", type)}), {*builder->Finish()});
    for (const bool dictionary : {false, true}) {
      parquet::WriterProperties::Builder properties;
      if (!dictionary) properties.disable_dictionary();
      ASSERT_OK_AND_ASSIGN(
          auto source,
          kParquetFormat.open(context_, InputOf(Written(*table, 5, std::move(properties))), {}));
      EXPECT_ERROR(ReadAll(source.get()), ErrorCode::kData, "row 8");
    }
  }
}

}  // namespace
}  // namespace bowyer
