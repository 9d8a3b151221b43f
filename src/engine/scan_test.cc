// Scans of the engine: values of every type, parts and threads, order, filters that leave parts
// out.
#include <arrow/array/builder_dict.h>
#include <arrow/compute/cast.h>
#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include <limits>

#include "bowyer/engine.h"
#include "formats/parquet/random_arrays.h"
#include "matchers.h"
#include "table_of.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

std::shared_ptr<Engine> NewEngine(int threads) {
  return Engine::Make(Context::Make({.threads = threads}).ValueOrDie()).ValueOrDie();
}

std::shared_ptr<arrow::Table> Answer(Engine& engine, const std::string& sql) {
  auto reader = engine.Query(sql);
  if (!reader.ok()) throw std::runtime_error(Describe(reader.status()));
  auto table = (*reader)->ToTable();
  if (!table.ok()) throw std::runtime_error(Describe(table.status()));
  return *table;
}

std::string Cell(Engine& engine, const std::string& sql) {
  return Answer(engine, sql)->column(0)->GetScalar(0).ValueOrDie()->ToString();
}

// Is `found` what `expected` holds, in the types in which DuckDB gives it?
void ExpectSameValues(const arrow::Table& expected, const arrow::Table& found) {
  ASSERT_EQ(expected.num_columns(), found.num_columns());
  ASSERT_EQ(expected.num_rows(), found.num_rows());
  if (expected.num_rows() == 0) return;
  for (int i = 0; i < expected.num_columns(); ++i) {
    const auto& found_column = *found.column(i);
    if (expected.column(i)->type()->id() == arrow::Type::NA) {
      EXPECT_EQ(found_column.null_count(), found_column.length());
      continue;
    }
    // Chunks of a dictionary-encoded column have dictionaries of their own.
    arrow::ArrayVector chunks;
    for (const auto& chunk : expected.column(i)->chunks()) {
      ASSERT_OK_AND_ASSIGN(auto cast, arrow::compute::Cast(*chunk, found_column.type()));
      chunks.push_back(std::move(cast));
    }
    const auto options = arrow::EqualOptions::Defaults().nans_equal(true);
    EXPECT_TRUE(arrow::ChunkedArray(chunks).Equals(found_column, options))
        << expected.field(i)->ToString();
  }
}

std::vector<std::shared_ptr<arrow::DataType>> ManyTypes() {
  using arrow::TimeUnit;
  return {arrow::null(),
          arrow::boolean(),
          arrow::int8(),
          arrow::int16(),
          arrow::int32(),
          arrow::int64(),
          arrow::uint8(),
          arrow::uint16(),
          arrow::uint32(),
          arrow::uint64(),
          arrow::float32(),
          arrow::float64(),
          arrow::date32(),
          arrow::date64(),
          arrow::time64(TimeUnit::MICRO),
          arrow::timestamp(TimeUnit::SECOND),
          arrow::timestamp(TimeUnit::MILLI),
          arrow::timestamp(TimeUnit::MICRO),
          arrow::timestamp(TimeUnit::NANO),
          arrow::timestamp(TimeUnit::MICRO, "UTC"),
          arrow::decimal128(4, 1),
          arrow::decimal128(9, 2),
          arrow::decimal128(18, 3),
          arrow::decimal128(38, 10),
          arrow::utf8(),
          arrow::large_utf8(),
          arrow::utf8_view(),
          arrow::binary(),
          arrow::large_binary(),
          arrow::binary_view(),
          arrow::fixed_size_binary(5),
          arrow::dictionary(arrow::int8(), arrow::utf8()),
          arrow::dictionary(arrow::uint16(), arrow::large_utf8()),
          arrow::dictionary(arrow::int64(), arrow::utf8()),
          arrow::dictionary(arrow::int32(), arrow::int64()),
          arrow::list(arrow::int32()),
          arrow::list(arrow::utf8()),
          arrow::struct_({arrow::field("a", arrow::utf8()), arrow::field("b", arrow::int16())})};
}

std::shared_ptr<arrow::Table> RandomTable(uint64_t seed, const std::vector<int64_t>& batches,
                                          double nulls, Spread spread) {
  RandomArrays random(seed);
  arrow::FieldVector fields;
  std::vector<std::shared_ptr<arrow::ChunkedArray>> columns;
  for (const auto& type : ManyTypes()) {
    fields.push_back(arrow::field("c" + std::to_string(fields.size()), type));
    arrow::ArrayVector chunks;
    for (const int64_t rows : batches) chunks.push_back(random.Make(type, rows, nulls, spread));
    columns.push_back(std::make_shared<arrow::ChunkedArray>(std::move(chunks), type));
  }
  return arrow::Table::Make(arrow::schema(std::move(fields)), std::move(columns));
}

void WriteIpc(const arrow::Table& table, const std::string& path, int64_t rows_per_batch) {
  auto sink = arrow::io::FileOutputStream::Open(path).ValueOrDie();
  auto writer = arrow::ipc::MakeFileWriter(sink, table.schema()).ValueOrDie();
  ASSERT_OK(writer->WriteTable(table, rows_per_batch));
  ASSERT_OK(writer->Close());
  ASSERT_OK(sink->Close());
}

void WriteParquet(const arrow::Table& table, const std::string& path, int64_t rows_per_group) {
  auto sink = arrow::io::FileOutputStream::Open(path).ValueOrDie();
  ASSERT_OK(parquet::arrow::WriteTable(table, arrow::default_memory_pool(), sink, rows_per_group));
  ASSERT_OK(sink->Close());
}

// Many rows in many batches: n ascends, s has few different values, t has many.
std::shared_ptr<arrow::Table> Numbered(int64_t rows) {
  arrow::Int64Builder n;
  arrow::DoubleBuilder x;
  arrow::StringBuilder s, t;
  const auto append = [&](int64_t i) -> arrow::Status {
    ARROW_RETURN_NOT_OK(n.Append(i));
    ARROW_RETURN_NOT_OK(x.Append(i % 1000 == 7 ? std::numeric_limits<double>::quiet_NaN()
                                               : static_cast<double>(i % 5000) / 8));
    ARROW_RETURN_NOT_OK(i % 13 == 0 ? s.AppendNull()
                                    : s.Append("group " + std::to_string(i / 60'000)));
    return t.Append("a text that is not short, number " + std::to_string(i));
  };
  for (int64_t i = 0; i < rows; ++i) {
    if (!append(i).ok()) return nullptr;
  }
  return arrow::Table::Make(
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("x", arrow::float64()),
                     arrow::field("s", arrow::utf8()), arrow::field("t", arrow::utf8())}),
      {n.Finish().ValueOrDie(), x.Finish().ValueOrDie(), s.Finish().ValueOrDie(),
       t.Finish().ValueOrDie()});
}

TEST(Scan, EveryTypeComesBackAsItWent) {
  auto engine = NewEngine(3);
  uint64_t seed = 0;
  for (const double nulls : {0.0, 0.2, 1.0}) {
    for (const Spread spread : {Spread::kAny, Spread::kFew, Spread::kRising}) {
      const auto table = RandomTable(++seed, {1, 0, 2047, 2048, 2049, 63}, nulls, spread);
      ASSERT_OK(engine->Register("t", table));
      ExpectSameValues(*table, *Answer(*engine, "select * from t"));
    }
  }
}

TEST(Scan, ArrowFileInPartsComesBackInItsOrder) {
  const TemporaryFolder folder;
  const auto table = RandomTable(77, {20'000}, 0.1, Spread::kFew);
  WriteIpc(*table, folder / "t.arrow", 3001);
  for (const int threads : {1, 2}) {
    auto engine = NewEngine(threads);
    ExpectSameValues(*table, *Answer(*engine, "select * from '" + folder / "t.arrow" + "'"));
  }
}

TEST(Scan, OrderAndCountAreKeptWhateverTheThreads) {
  const TemporaryFolder folder;
  const auto table = Numbered(1'300'000);
  WriteIpc(*table, folder / "t.arrow", 10'000);
  WriteParquet(*table, folder / "t.parquet", 100'000);
  auto engine = NewEngine(4);
  for (const std::string name : {"t.arrow", "t.parquet"}) {
    const std::string from = " from '" + folder / name + "' ";
    EXPECT_EQ(Cell(*engine, "select count(*)" + from), "1300000");
    EXPECT_EQ(Cell(*engine, "select count(*)" + from + "where n % 2 = 0"), "650000");
    EXPECT_EQ(Cell(*engine, "select sum(n)" + from), "844999350000");
    const auto first = Answer(*engine, "select n, s" + from + "limit 100000");
    ExpectSameValues(*table->SelectColumns({0, 2}).ValueOrDie()->Slice(0, 100'000), *first);
    const auto later = Answer(*engine, "select n" + from + "where n >= 1200000 limit 10");
    EXPECT_EQ(later->column(0)->GetScalar(9).ValueOrDie()->ToString(), "1200009");
    EXPECT_EQ(Cell(*engine, "select count(distinct s)" + from), "22");
    EXPECT_EQ(Cell(*engine, "select count(*)" + from + "where s is null"), "100000");
    EXPECT_EQ(Cell(*engine, "select count(distinct upper(s) || t)" + from + "where n < 50000"),
              "46153");
  }
}

TEST(Scan, FiltersGiveTheSameRowsWithAndWithoutStatistics) {
  const TemporaryFolder folder;
  const auto table = Numbered(400'000);
  WriteParquet(*table, folder / "t.parquet", 10'000);
  auto engine = NewEngine(2);
  ASSERT_OK(engine->Register("t", table));
  // A table of DuckDB's own says what is right.
  ASSERT_OK(engine->Query("create table own as select * from t").status());
  RandomArrays random(5);
  const auto number = [&](int64_t end) { return std::to_string(random.Below(end) - end / 10); };
  for (int i = 0; i < 60; ++i) {
    const std::vector<std::string> conditions = {
        "n > " + number(500'000),
        "n between " + number(500'000) + " and " + number(500'000),
        "n in (" + number(500'000) + ", " + number(500'000) + ")",
        "n <> " + number(500'000),
        "x > " + number(700),
        "x <= " + number(700),
        "x = " + number(700),
        "x = 'nan'::double",
        "s = 'group " + number(9) + "'",
        "s >= 'group " + number(9) + "'",
        "s like 'group " + number(9) + "%'",
        "s is null",
        "s is not null",
        "t < 'a text that is not short, number " + number(500'000) + "'",
        "(n < " + number(500'000) + " or n > " + number(500'000) + ")"};
    const auto pick = [&] { return conditions[static_cast<size_t>(random.Below(15))]; };
    const std::string where = pick() + (i % 2 == 0 ? " and " + pick() : "");
    const std::string counts = "select [count(*), sum(n), count(s)]::varchar from ";
    const std::string right = Cell(*engine, counts + "own where " + where);
    EXPECT_EQ(Cell(*engine, counts + "'" + folder / "t.parquet" + "' where " + where), right)
        << where;
    EXPECT_EQ(Cell(*engine, counts + "t where " + where), right) << where;
  }
}

TEST(Scan, FiltersOnEveryTypeGiveTheRowsOfATableOfDuckDb) {
  RandomArrays random(11);
  for (const Spread spread : {Spread::kFew, Spread::kAny}) {
    const auto table = RandomTable(random.Below(1000), {3000, 1, 5000}, 0.2, spread);
    auto engine = NewEngine(2);
    ASSERT_OK(engine->Register("t", table));
    ASSERT_OK(engine->Query("create table own as select * from t").status());
    const auto counts = [](const std::string& from) {
      return "select [count(*), count(c0), count(c5), count(c24), count(c31), count(c35)]::varchar "
             "from " +
             from + " where ";
    };
    for (int i = 0; i < table->num_columns(); ++i) {
      const std::string name = table->field(i)->name();
      const std::string some = "(select " + name + "::varchar from own where " + name +
                               " is not null limit 1 offset " + std::to_string(random.Below(900)) +
                               ")";
      const auto type = Answer(*engine, "select typeof(" + name + ") from own limit 1");
      const std::string cast = type->column(0)->GetScalar(0).ValueOrDie()->ToString();
      std::vector<std::string> conditions = {name + " is null", name + " is not null"};
      // Of some values, far from our time, DuckDB makes no text.
      auto answer = engine->Query("select " + some);
      const auto texts = answer.ok() ? (*answer)->ToTable() : answer.status();
      if (texts.ok() && (*texts)->column(0)->null_count() == 0) {
        const auto text = (*texts)->column(0)->GetScalar(0).ValueOrDie();
        std::string quoted = "'";
        for (const char c : text->ToString()) quoted += c == '\'' ? "''" : std::string(1, c);
        quoted += "'::" + cast;
        for (const char* comparison : {" = ", " <> ", " < ", " >= "}) {
          conditions.push_back(name + comparison + quoted);
        }
        conditions.push_back(name + " = " + quoted + " and c5 is not null");
      }
      if (cast.starts_with("STRUCT")) {
        conditions.push_back(name + ".b > 0");
        conditions.push_back(name + ".b > 0 and c5 is not null");
      }
      for (const std::string& condition : conditions) {
        EXPECT_EQ(Cell(*engine, counts("t") + condition), Cell(*engine, counts("own") + condition))
            << condition;
        const std::string rows = "select count(*) from ";
        EXPECT_EQ(Cell(*engine, rows + "t where " + condition),
                  Cell(*engine, rows + "own where " + condition))
            << condition;
      }
    }
  }
}

TEST(Scan, FiltersThatComeOfJoinsAndLimits) {
  const auto table = Numbered(300'000);
  auto engine = NewEngine(2);
  ASSERT_OK(engine->Register("t", table));
  ASSERT_OK(engine->Query("create table own as select * from t").status());
  for (const std::string query :
       {"select sum(a.n) from T a join (select n, s from T where n % 7000 = 5) b using (n)",
        "select sum(n) from T where s in (select s from T where n < 70000 and n > 59000)",
        "select sum(n) from T where t in (select t from T where n % 9999 = 1)",
        "select sum(n) from (select n, x from T where s is not null order by x desc, n limit 777)",
        "select list(n)::varchar from (select n from T where x < 3 order by n desc limit 5)"}) {
    const auto over = [&](const std::string& name) {
      std::string sql = query;
      for (size_t at; (at = sql.find(" T ")) != std::string::npos;)
        sql.replace(at, 3, " " + name + " ");
      return Cell(*engine, sql);
    };
    EXPECT_EQ(over("t"), over("own")) << query;
  }
}

TEST(Scan, FilterThatNoPartHoldsReadsNothing) {
  const TemporaryFolder folder;
  const std::string path = folder / "t.parquet";
  WriteParquet(*Numbered(30'000), path, 10'000);
  // Damage in the pages of the last row group only.
  std::string bytes = ReadWholeFile(path);
  const size_t at = bytes.rfind("number 2500");
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at - 2000, 1500, 1500, '\xff');
  folder.Write("t.parquet", bytes);
  auto engine = NewEngine(2);
  EXPECT_EQ(Cell(*engine, "select count(t) from '" + path + "' where n < 15000"), "15000");
  // Several threads read: one meets the damage, and the others are not to read on behind it.
  for (int i = 0; i < 20; ++i) {
    auto all = engine->Query("select count(distinct t) from '" + path + "'");
    const arrow::Status status = all.ok() ? (*all)->ToTable().status() : all.status();
    EXPECT_FALSE(status.ok());
    EXPECT_NE(Describe(status).find("t.parquet"), std::string::npos) << Describe(status);
  }
}

TEST(Scan, ParametersLeavePartsOutToo) {
  const TemporaryFolder folder;
  WriteParquet(*Numbered(40'000), folder / "t.parquet", 10'000);
  auto engine = NewEngine(2);
  QueryOptions options;
  options.parameters = {{"least", "39990"}};
  ASSERT_OK_AND_ASSIGN(auto reader, engine->Query("select n from '" + folder / "t.parquet" +
                                                      "' where n >= $least::bigint",
                                                  options));
  ASSERT_OK_AND_ASSIGN(auto table, reader->ToTable());
  EXPECT_EQ(table->num_rows(), 10);
}

TEST(Scan, LargeDictionariesAndNullsInThem) {
  arrow::StringBuilder values;
  for (int i = 0; i < 70'000; ++i) {
    ASSERT_OK(i == 5 ? values.AppendNull() : values.Append("value " + std::to_string(i % 69'999)));
  }
  arrow::Int32Builder indices;
  for (int i = 0; i < 200'000; ++i) {
    ASSERT_OK(i % 7 == 3 ? indices.AppendNull() : indices.Append((i * 31) % 70'000));
  }
  ASSERT_OK_AND_ASSIGN(auto array,
                       arrow::DictionaryArray::FromArrays(
                           arrow::dictionary(arrow::int32(), arrow::utf8()),
                           indices.Finish().ValueOrDie(), values.Finish().ValueOrDie()));
  const auto table =
      arrow::Table::Make(arrow::schema({arrow::field("d", array->type())}), {array->Slice(11)});
  auto engine = NewEngine(2);
  ASSERT_OK(engine->Register("t", table));
  ASSERT_OK_AND_ASSIGN(auto plain, arrow::compute::Cast(*array->Slice(11), arrow::utf8()));
  ASSERT_OK(engine->Register(
      "p", arrow::Table::Make(arrow::schema({arrow::field("d", arrow::utf8())}), {plain})));
  EXPECT_EQ(Cell(*engine, "select count(*) from t where d is null"),
            std::to_string(plain->null_count()));
  // 0 and 69,999 are two entries of one value.
  EXPECT_EQ(Cell(*engine, "select count(*) from (select d, count(*) from t group by d)"),
            Cell(*engine, "select count(*) from (select d, count(*) from p group by d)"));
  EXPECT_EQ(Cell(*engine,
                 "select count(*) from (select d, count(*) n from t group by d) full join "
                 "(select d, count(*) n from p group by d) q using (d, n) where n is null"),
            "0");
}

TEST(Scan, ValueThatNoDictionaryHoldsReadsNothing) {
  const TemporaryFolder folder;
  const auto type = arrow::dictionary(arrow::int8(), arrow::utf8());
  WriteIpc(*TableOf({{"d", type, R"(["b", "d", null, "b"])"},
                     {"t", arrow::utf8(), R"(["text 1", "text 2", "text 3", "text 4"])"}}),
           folder / "t.arrow", 2);
  std::string bytes = ReadWholeFile(folder / "t.arrow");
  for (size_t at; (at = bytes.find("text ")) != std::string::npos;) bytes[at] = '\xff';
  folder.Write("t.arrow", bytes);
  auto engine = NewEngine(1);
  const std::string count = "select count(distinct t) from '" + folder / "t.arrow" + "' where d ";
  EXPECT_EQ(Cell(*engine, count + "= 'a'"), "0");
  EXPECT_EQ(Cell(*engine, count + "> 'e'"), "0");
  for (const std::string where : {"= 'b'", ">= 'd'", "= 'c'", "is null"}) {
    auto reader = engine->Query(count + where);
    EXPECT_FALSE(reader.ok() && (*reader)->ToTable().ok()) << where;
  }
}

TEST(Scan, IndexOutsideOfItsDictionaryIsAnError) {
  auto dictionary = TableOf({{"v", arrow::utf8(), R"(["a", "b"])"}})->column(0)->chunk(0);
  auto indices = TableOf({{"v", arrow::int8(), "[0, 1, 2]"}})->column(0)->chunk(0);
  auto data = indices->data()->Copy();
  data->type = arrow::dictionary(arrow::int8(), arrow::utf8());
  data->dictionary = dictionary->data();
  auto engine = NewEngine(1);
  ASSERT_OK(engine->Register("t", arrow::Table::Make(arrow::schema({arrow::field("d", data->type)}),
                                                     {arrow::MakeArray(data)})));
  EXPECT_ERROR(engine->Query("select * from t"), ErrorCode::kData, "outside of its dictionary");
}

// Texts that have the same beginning and end, all lengths, and more and more different ones.
TEST(Scan, TextsAreToldApart) {
  arrow::StringBuilder builder;
  std::vector<std::string> texts;
  for (int length = 0; length < 40; ++length) texts.push_back(std::string(length, 'x'));
  for (int i = 0; i < 30; ++i) {
    texts.push_back("12345678 " + std::to_string(i) + std::string(i % 3, '\0') + " 12345678");
  }
  for (int64_t i = 0; i < 50'000; ++i) {
    const auto text = static_cast<size_t>(i * 7 % 70);
    ASSERT_OK(i < 20'000   ? builder.Append(texts[text])
              : i % 5 == 0 ? builder.AppendNull()
                           : builder.Append(texts[text] + std::to_string(i % (i / 10))));
  }
  ASSERT_OK_AND_ASSIGN(auto array, builder.Finish());
  const auto table =
      arrow::Table::Make(arrow::schema({arrow::field("s", arrow::utf8())}), {array->Slice(3)});
  auto engine = NewEngine(2);
  ASSERT_OK(engine->Register("t", table));
  ExpectSameValues(*table, *Answer(*engine, "select s from t"));
  EXPECT_EQ(Cell(*engine, "select count(*) from (select s, count(*) from t group by s)"),
            Cell(*engine, "select count(*) from (select s::blob, count(*) from t group by 1)"));
}

TEST(Scan, ReaderIsReleasedWhenItsQueryEndsEarly) {
  auto engine = NewEngine(2);
  auto held = std::make_shared<int>(0);
  std::weak_ptr<int> watch = held;
  const auto endless = Numbered(1000)->CombineChunksToBatch().ValueOrDie();
  ASSERT_OK(
      engine->Register("r", MakeReader(endless->schema(), [endless, held]() { return endless; })));
  held.reset();
  ASSERT_OK_AND_ASSIGN(auto reader, engine->Query("select n from r"));
  std::shared_ptr<arrow::RecordBatch> batch;
  ASSERT_OK(reader->ReadNext(&batch));
  ASSERT_OK(engine->Unregister("r"));
  EXPECT_FALSE(watch.expired());
  ASSERT_OK(reader->Close());
  reader.reset();
  EXPECT_TRUE(watch.expired());
}

TEST(Scan, DamageInTheMiddleTellsFileAndRow) {
  const TemporaryFolder folder;
  const auto table = Numbered(1'000'000);
  WriteIpc(*table, folder / "t.arrow", 10'000);
  std::string bytes = ReadWholeFile(folder / "t.arrow");
  bytes.replace(bytes.find("number 777777"), 6, "numbe\xff");
  folder.Write("t.arrow", bytes);
  auto engine = NewEngine(3);
  auto reader = engine->Query("select count(distinct t) from '" + folder / "t.arrow" + "'");
  const arrow::Status status = reader.ok() ? (*reader)->ToTable().status() : reader.status();
  EXPECT_EQ(CodeOf(status), ErrorCode::kData);
  EXPECT_NE(Describe(status).find("t.arrow"), std::string::npos) << Describe(status);
  EXPECT_NE(Describe(status).find("row 777,778"), std::string::npos) << Describe(status);
}

TEST(Scan, ReadArrowTakesGlobsListsAndStreams) {
  const TemporaryFolder folder;
  const auto table = Numbered(3000);
  WriteIpc(*table->Slice(0, 1000), folder / "a.arrow", 300);
  WriteIpc(*table->Slice(1000), folder / "b.ipc", 300);
  auto engine = NewEngine(2);
  const auto a = "'" + folder / "a.arrow" + "'", b = "'" + folder / "b.ipc" + "'";
  EXPECT_EQ(Cell(*engine, "select sum(n) from read_arrow(" + a + ")"), "499500");
  EXPECT_EQ(Cell(*engine, "select count(*) from read_arrow([" + b + ", " + a + "])"), "3000");
  EXPECT_EQ(Cell(*engine, "select n from read_arrow([" + b + ", " + a + "])"), "1000");
  EXPECT_EQ(Cell(*engine, "select count(*) from read_arrow('" + folder / "*" + "')"), "3000");
  EXPECT_EQ(
      Cell(*engine, "create view v as select * from read_arrow(" + a + "); select count(*) from v"),
      "1000");
  EXPECT_EQ(CodeOf(engine->Query("select * from read_arrow('nowhere.arrow')").status()),
            ErrorCode::kUnavailable);
  EXPECT_EQ(CodeOf(engine->Query("select * from read_arrow([]::varchar[])").status()),
            ErrorCode::kUsage);
}

TEST(Scan, FilesOfAFilteredFolderAreNotRead) {
  const TemporaryFolder folder;
  for (const std::string year : {"2024", "2025", "2026"}) {
    folder.Write("t/year=" + year + "/a.arrow", "");
    WriteIpc(*Numbered(100), folder / ("t/year=" + year + "/a.arrow"), 30);
  }
  std::string damaged = ReadWholeFile(folder / "t/year=2024/a.arrow");
  damaged.replace(damaged.find("number 50"), 6, "numbe\xff");
  folder.Write("t/year=2024/a.arrow", damaged);
  auto engine = NewEngine(2);
  const std::string from = " from '" + folder / "t" + "' ";
  EXPECT_EQ(Cell(*engine, "select count(distinct t)" + from + "where year = 2025"), "100");
  EXPECT_EQ(Cell(*engine, "select count(distinct (year, t))" + from + "where year >= 2025"), "200");
  auto all = engine->Query("select count(distinct t)" + from);
  EXPECT_FALSE(all.ok() && (*all)->ToTable().ok());
}

// A column chunk may begin with a dictionary and go on without one.
TEST(Scan, ParquetDictionariesAndWhatFollowsThem) {
  const TemporaryFolder folder;
  arrow::StringBuilder s, few;
  arrow::BinaryBuilder b;
  for (int64_t i = 0; i < 60'000; ++i) {
    const std::string text = "text " + std::to_string(i % (10 + i / 20));
    ASSERT_OK(i % 11 == 0 ? s.AppendNull() : s.Append(text));
    ASSERT_OK(i % 5000 < 100 ? few.AppendNull() : few.Append(i % 3 == 0 ? "" : "one of few"));
    ASSERT_OK(i % 7 == 0 ? b.AppendNull() : b.Append("\xff" + std::to_string(i % 9)));
  }
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("s", arrow::utf8()), arrow::field("few", arrow::utf8()),
                     arrow::field("b", arrow::binary())}),
      {s.Finish().ValueOrDie(), few.Finish().ValueOrDie(), b.Finish().ValueOrDie()});
  const auto properties = parquet::WriterProperties::Builder()
                              .dictionary_pagesize_limit(4000)
                              ->data_pagesize(3000)
                              ->build();
  for (const std::string part : {"k=1", "k=2"}) {
    folder.Write("t/" + part + "/a.parquet", "");
    auto sink = arrow::io::FileOutputStream::Open(folder / ("t/" + part + "/a.parquet"));
    ASSERT_OK(sink);
    ASSERT_OK(
        parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), *sink, 9000, properties));
    ASSERT_OK((*sink)->Close());
  }
  for (const int threads : {1, 2, 4}) {
    auto engine = NewEngine(threads);
    ExpectSameValues(*table, *Answer(*engine, "from '" + folder / "t/k=2/a.parquet" + "'"));
    const auto both = Answer(*engine, "select * exclude k from '" + folder / "t" + "'");
    ExpectSameValues(*table, *both->Slice(0, table->num_rows()));
    ExpectSameValues(*table, *both->Slice(table->num_rows()));
    EXPECT_EQ(Cell(*engine,
                   "select count(*) from (select few, k from '" + folder / "t" + "' group by all)"),
              "6");
  }
}

TEST(Scan, TableWithoutRowsOrBatches) {
  const TemporaryFolder folder;
  WriteIpc(*Numbered(0), folder / "t.arrow", 10);
  auto engine = NewEngine(2);
  const std::string from = " from '" + folder / "t.arrow" + "' ";
  EXPECT_EQ(Cell(*engine, "select count(*)" + from), "0");
  EXPECT_EQ(Cell(*engine, "select count(n)" + from + "where n > 3"), "0");
  EXPECT_EQ(Answer(*engine, "select *" + from)->num_rows(), 0);
}

}  // namespace
}  // namespace bowyer
