// LazyFrames run over locations of every kind, with results worked out by hand.
#include <arrow/type.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "bowyer/copy.h"
#include "bowyer/engine.h"
#include "bowyer/lazy_frame.h"
#include "frame_rows.h"
#include "matchers.h"
#include "shop_tables.h"
#include "table_of.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

constexpr const char* kOrders =
    "id,user,category,amount,day\n"
    "1,1,books,120.5,2026-01-05\n"
    "2,1,tools,80.25,2026-01-06\n"
    "3,2,books,300,2026-02-07\n"
    "4,3,,,\n"
    "5,,games,10,2026-03-01\n";
constexpr const char* kUsers = "user,name,category\n1,Ada,vip\n2,Bob,new\n4,Cy,\n";
constexpr const char* kRates = "day,rate\n2026-01-01,1.1\n2026-01-06,1.2\n2026-02-08,1.05\n";

// The three tables at locations of one kind.
class RunFrames : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    context_ = Context::Make().ValueOrDie();
    engine_ = Engine::Make(context_).ValueOrDie();
    Put("orders", kOrders);
    Put("users", kUsers);
    Put("rates", kRates);
  }

  void Put(const std::string& name, const char* text) {
    const std::string csv = folder_.Write(name + ".csv", text);
    const std::string& kind = GetParam();
    if (kind == "csv") return;
    const Location source = Location::Parse(csv).ValueOrDie();
    if (kind == "parquet" || kind == "arrow" || kind == "jsonl") {
      ASSERT_OK(
          Copy(context_, {source}, Location::Parse(folder_ / (name + "." + kind)).ValueOrDie()));
      return;
    }
    ASSERT_OK_AND_ASSIGN(auto reader, OpenReader(context_, {source}));
    ASSERT_OK_AND_ASSIGN(tables_[name], reader->ToTable());
    if (kind == "registered") ASSERT_OK(engine_->Register(name, tables_[name]));
  }

  LazyFrame Table(const std::string& name) {
    const std::string& kind = GetParam();
    if (kind == "registered") return engine_->Scan(name);
    if (kind == "table") return Scan(tables_[name]);
    if (kind == "generator") {
      auto batches = std::make_shared<arrow::TableBatchReader>(tables_[name]);
      return Scan(MakeReader(tables_[name]->schema(), [batches] { return batches->Next(); }));
    }
    ReadOptions options;
    if (kind == "jsonl" && name != "users") options.types = {{"day", arrow::date32()}};
    return Scan(folder_ / (name + "." + kind), options);
  }
  LazyFrame Orders() { return Table("orders"); }
  LazyFrame Users() { return Table("users"); }

  void Expect(const LazyFrame& frame, const std::string& rows) {
    EXPECT_EQ(RowsOf(frame, engine_), rows);
  }

  TemporaryFolder folder_;
  std::shared_ptr<Context> context_;
  std::shared_ptr<Engine> engine_;
  std::map<std::string, std::shared_ptr<arrow::Table>> tables_;
};

const Expr id = col("id"), amount = col("amount"), category = col("category"), day = col("day");

TEST_P(RunFrames, Columns) {
  Expect(Orders().Select({"id", (amount * 2).As("twice")}).Limit(2), "id|twice\n1|241\n2|160.5\n");
  Expect(Orders().Select({"id", "amount"}).WithColumns({amount + 1, (id * 10).As("ten")}).Limit(1),
         "id|amount|ten\n1|121.5|10\n");
  Expect(Orders().Drop({"day", "user", "amount"}).Rename({{"id", "n"}}).Limit(1, 1),
         "n|category\n2|tools\n");
}

TEST_P(RunFrames, Rows) {
  Expect(Orders().Filter(amount > 50 && category != "tools").Select({"id"}), "id\n1\n3\n");
  Expect(Orders().Filter(amount.IsNull() || day >= "2026-03-01").Select({"id"}), "id\n4\n5\n");
  Expect(Orders().Sort({desc("amount")}).Select({"id"}), "id\n3\n1\n2\n5\n4\n");
  Expect(Orders().Sort({OrderKey("category").NullsFirst(), desc("id")}).Select({"id"}),
         "id\n4\n3\n1\n5\n2\n");
  Expect(Orders().Limit(2, 3).Select({"id"}), "id\n4\n5\n");
  Expect(Orders().Limit(0).Select({"id"}), "id\n");
  Expect(Orders().Select({"category"}).Distinct().Sort({"category"}),
         "category\nbooks\ngames\ntools\nnull\n");
  Expect(Orders()
             .Select({"category", "user"})
             .Union(Users().Drop({"name"}))
             .Filter(col("user") == 1)
             .Sort({"category"}),
         "category|user\nbooks|1\ntools|1\nvip|1\n");
}

TEST_P(RunFrames, Groups) {
  Expect(Orders()
             .GroupBy({"category"})
             .Agg({count().As("n"), sum(amount).As("sum"), min(day).As("first")})
             .Sort({"category"}),
         "category|n|sum|first\nbooks|2|420.5|2026-01-05\ngames|1|10|2026-03-01\n"
         "tools|1|80.25|2026-01-06\nnull|1|null|null\n");
  Expect(Orders().Agg({sum(id).As("sum"), mean(id).As("mean"), count(amount).As("known"),
                       count_distinct(category).As("kinds"), median(amount).As("median")}),
         "sum|mean|known|kinds|median\n15|3|4|3|100.375\n");
  Expect(Orders().Filter(id > 100).Agg({count().As("n"), sum(amount).As("sum")}),
         "n|sum\n0|null\n");
  Expect(Orders().Sort({"id"}).Agg({first(category).As("a"), last(category).As("b"),
                                    collect(id).As("ids"), join_text(category, "+").As("all")}),
         "a|b|ids|all\nbooks|games|[1,2,3,4,5]|books+tools+books+games\n");
  Expect(Orders()
             .Pivot({"user"}, category, {"books", "tools"}, sum(amount))
             .Sort({OrderKey("user").NullsFirst()}),
         "user|books|tools\nnull|null|null\n1|120.5|80.25\n2|300|null\n3|null|null\n");
}

TEST_P(RunFrames, Joins) {
  const auto of = [&](JoinKind kind) {
    return Orders().Select({"id", "user"}).Join(Users().Select({"user", "name"}), {"user"}, kind);
  };
  Expect(of(JoinKind::kInner).Sort({"id"}), "id|user|name\n1|1|Ada\n2|1|Ada\n3|2|Bob\n");
  Expect(of(JoinKind::kLeft).Sort({"id"}),
         "id|user|name\n1|1|Ada\n2|1|Ada\n3|2|Bob\n4|3|null\n5|null|null\n");
  Expect(of(JoinKind::kRight).Sort({"user", "id"}),
         "id|user|name\n1|1|Ada\n2|1|Ada\n3|2|Bob\nnull|4|Cy\n");
  Expect(of(JoinKind::kFull).Sort({"user", "id"}),
         "id|user|name\n1|1|Ada\n2|1|Ada\n3|2|Bob\n4|3|null\nnull|4|Cy\n5|null|null\n");
  Expect(of(JoinKind::kSemi).Sort({"id"}), "id|user\n1|1\n2|1\n3|2\n");
  Expect(of(JoinKind::kAnti).Sort({"id"}), "id|user\n4|3\n5|null\n");
  Expect(Users().CrossJoin(Table("rates")).Agg({count().As("n")}), "n\n9\n");
  Expect(Orders().Join(Users(), {"user"}).Select({"id", "category", "category_right"}).Sort({"id"}),
         "id|category|category_right\n1|books|vip\n2|tools|vip\n3|books|new\n");
  Expect(Orders()
             .Select({"id", "day"})
             .JoinAsof(Table("rates"), "day")
             .Select({"id", "rate"})
             .Sort({"id"}),
         "id|rate\n1|1.1\n2|1.2\n3|1.2\n4|null\n5|1.05\n");
  Expect(Orders()
             .Select({"id", "day"})
             .JoinAsof(Table("rates"), "day", {}, AsofDirection::kForward, JoinKind::kInner)
             .Select({"id", "rate"})
             .Sort({"id"}),
         "id|rate\n1|1.2\n2|1.2\n3|1.05\n");
}

TEST_P(RunFrames, Windows) {
  Expect(Orders()
             .Select({"id", sum(amount).Over({"category"}, {"id"}).As("so_far"),
                      row_number().Over({}, {desc("id")}).As("back"),
                      lag(id).Over({}, {"id"}).As("before")})
             .Sort({"id"}),
         "id|so_far|back|before\n1|120.5|5|null\n2|80.25|4|1\n3|420.5|3|2\n4|null|2|3\n5|10|1|4\n");
  Expect(Orders()
             .WithColumns({rank().Over({"category"}, {desc("amount")}).As("rank")})
             .Filter(col("rank") == 1 && category.IsNotNull())
             .Select({"id"})
             .Sort({"id"}),
         "id\n2\n3\n5\n");
  Expect(Orders().Select({sum(id).Over({}, {"id"}, WindowRows{-1, 1}).As("near")}),
         "near\n3\n6\n9\n12\n9\n");
}

TEST_P(RunFrames, Expressions) {
  const auto first_order = [&] { return Orders().Filter(id == 1); };
  Expect(
      first_order().Select({category.Upper().As("a"), category.Length().As("b"),
                            category.Substring(1, 2).As("c"), category.Replace("oo", "0").As("d"),
                            category.Like("b%s").As("e"), category.Concat("!").As("f"),
                            category.Split("o").As("g"), category.RegexExtract("[^b]+").As("h")}),
      "a|b|c|d|e|f|g|h\nBOOKS|5|bo|b0ks|true|books!|[b,,ks]|ooks\n");
  Expect(
      first_order().Select({day.Year().As("a"), day.Month().As("b"), day.Truncate("month").As("c"),
                            (day + months(1)).As("d"), day.Since(date(2025, 12, 25), "day").As("e"),
                            day.Format("%d.%m.%Y").As("f"), day.DayOfWeek().As("g")}),
      "a|b|c|d|e|f|g\n2026|1|2026-01-01 00:00:00.000000|2026-02-05 00:00:00.000000|11|"
      "05.01.2026|1\n");
  Expect(Orders().Filter(id >= 4).Select(
             {amount.FillNull(-1.0).As("a"), coalesce({category, "none"}).As("b"),
              amount.IsNull().As("c"), category.NullIf("games").As("d"),
              when(amount > 5).Then("much").Otherwise("little").As("e")}),
         "a|b|c|d|e\n-1|none|true|null|little\n10|games|false|null|much\n");
  Expect(
      first_order().Select({amount.Cast(arrow::int64()).As("a"), id.Cast(arrow::utf8()).As("b"),
                            category.TryCast(arrow::int32()).As("c"),
                            amount.Cast(arrow::decimal128(9, 2)).As("d"), (id / 2).As("e"),
                            id.IntegerDivide(2).As("f"), decimal("0.10").As("g"), null().As("h")}),
      "a|b|c|d|e|f|g|h\n120|1|null|120.50|0.5|0|0.10|null\n");
  Expect(first_order().Select({list({1, 2, 2}).ListDistinct().ListLength().As("a"),
                               list({3, 1, 2}).ListSort().As("b"), list({3, 1}).ListGet(-1).As("c"),
                               make_struct({id, category}).Field("category").As("d"),
                               list({"x", "y"}).ListJoin("-").As("e")}),
         "a|b|c|d|e\n2|[1,2,3]|1|books|x-y\n");
}

TEST_P(RunFrames, CountAndPlan) {
  ASSERT_OK_AND_ASSIGN(const int64_t rows, Orders().Filter(amount > 50).Count(engine_));
  EXPECT_EQ(rows, 3);
  ASSERT_OK_AND_ASSIGN(const auto plan, Orders().Filter(amount > 50).Explain(engine_));
  EXPECT_NE(plan.find("amount>50"), std::string::npos) << plan;
  ASSERT_OK_AND_ASSIGN(const auto analyzed, Orders().Filter(amount > 50).Explain(engine_, true));
  EXPECT_NE(analyzed.find("3 rows"), std::string::npos) << analyzed;
}

TEST_P(RunFrames, SinkWritesWhatCollectGives) {
  const auto frame = Orders().Filter(amount > 50).WithColumns({(amount * 2).As("twice")});
  for (const char* name : {"out.parquet", "out.csv", "out.arrow"}) {
    const auto destination = Location::Parse(folder_ / name).ValueOrDie();
    const auto again = GetParam() == "generator"
                           ? Orders().Filter(amount > 50).WithColumns({(amount * 2).As("twice")})
                           : frame;
    ASSERT_OK_AND_ASSIGN(const auto report, again.Sink(engine_, destination));
    EXPECT_EQ(report.rows, 3);
    EXPECT_GT(report.bytes_written, 0);
    Expect(Scan(destination),
           "id|user|category|amount|day|twice\n1|1|books|120.5|2026-01-05|241\n"
           "2|1|tools|80.25|2026-01-06|160.5\n3|2|books|300|2026-02-07|600\n");
  }
}

INSTANTIATE_TEST_SUITE_P(Locations, RunFrames,
                         ::testing::Values("csv", "jsonl", "parquet", "arrow", "registered",
                                           "table", "generator"),
                         [](const auto& kind) { return kind.param; });

class RunFrame : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::shared_ptr<Context> context_ = Context::Make().ValueOrDie();
  std::shared_ptr<Engine> engine_ = Engine::Make(context_).ValueOrDie();

  Location At(const std::string& name) { return Location::Parse(folder_ / name).ValueOrDie(); }
  std::string Rows(const LazyFrame& frame) { return RowsOf(frame, engine_); }

  // i from 0 to rows - 1, made by the engine as it is read.
  LazyFrame Range(int64_t rows) {
    const std::string name = "range" + std::to_string(rows);
    EXPECT_TRUE(engine_
                    ->Query("create or replace view " + name + " as select * from range(" +
                            std::to_string(rows) + ") t(i)")
                    .ok());
    return engine_->Scan(name);
  }
};

TEST_F(RunFrame, NestedColumns) {
  const auto engine = ShopEngine();
  const auto orders = ShopScan("orders.parquet");
  ASSERT_OK(orders.Sink(engine, At("nested.parquet")));
  ASSERT_OK(orders.Sink(engine, At("nested.arrow")));
  for (const auto& frame : {Scan(folder_ / "nested.parquet"), Scan(folder_ / "nested.arrow")}) {
    EXPECT_EQ(Rows(frame.Select({"order_id", "tags"}).Unnest("tags").Sort({"order_id", "tags"})),
              "order_id|tags\n1|gift\n1|new\n4|old\n5|a\n5|b\n5|c\n");
    EXPECT_EQ(Rows(frame.Select({"order_id", col("place").Field("city").As("city"),
                                 col("tags").ListLength().As("n"),
                                 col("tags").ListContains("new").As("new")})),
              "order_id|city|n|new\n1|Ulm|2|true\n2|Bern|0|false\n3|null|null|null\n"
              "4|null|1|false\n5|Ulm|3|false\n");
    EXPECT_EQ(Rows(frame.Filter(col("place").Field("zip") > 80000).Select({"order_id", "price"})),
              "order_id|price\n1|120.50\n5|10.00\n");
  }
}

TEST_F(RunFrame, ColumnsOfNothingButNullsKeepTheirType) {
  const auto table = TableOf(
      {{"n", arrow::null(), "[null, null]"}, {"l", arrow::list(arrow::null()), "[[null], []]"}});
  const auto frame = Scan(table).WithColumns({list({null()}).As("made")});
  ASSERT_OK_AND_ASSIGN(const auto result, frame.Collect(context_));
  EXPECT_EQ(result->schema()->ToString(), "n: null\nl: list<item: null>\nmade: list<item: null>");
  EXPECT_EQ(Rows(frame), "n|l|made\nnull|[null]|[null]\nnull|[]|[null]\n");
  ASSERT_OK(result->ValidateFull());
}

TEST_F(RunFrame, PartsUsedTwiceAreReadOnce) {
  auto batches = std::make_shared<arrow::TableBatchReader>(ShopTable("rates"));
  const auto totals = Scan(batches).GroupBy({"currency"}).Agg({max(col("rate")).As("most")});
  EXPECT_EQ(Rows(totals.Join(totals.Agg({max(col("most")).As("top")}), {On("most", "top")})),
            "currency|most|top\nEUR|1.2|1.2\n");
}

TEST_F(RunFrame, PartsUsedTwiceAreWithoutWhatNobodyUses) {
  const auto engine = ShopEngine();
  const auto totals = ShopScan("orders.parquet")
                          .GroupBy({"category"})
                          .Agg({sum(col("amount")).As("total"),
                                max(col("place").Field("city")).As("x"), count().As("n")})
                          .WithColumns({rank().Over({}, {"total"}).As("rank")});
  const auto frame = totals.Filter(col("n") > 1)
                         .Select({"category", "rank"})
                         .Join(totals.Select({"category"}), {"category"})
                         .Union(totals.Select({"category", "rank"}).Limit(0));
  ASSERT_OK_AND_ASSIGN(const auto sql, frame.Sql());
  EXPECT_EQ(sql.find("city"), std::string::npos) << sql;
  EXPECT_NE(sql.find("WITH"), std::string::npos) << sql;
  EXPECT_EQ(RowsOf(frame, engine), "category|rank\nbooks|3\n");
  EXPECT_EQ(RowsOf(totals.Join(totals, {"category"}).Agg({count().As("n")}), engine), "n\n3\n");
}

TEST_F(RunFrame, ReadersAreReadByOneRun) {
  const auto frame = Scan(std::make_shared<arrow::TableBatchReader>(ShopTable("rates")), "rates");
  ASSERT_OK(frame.Count(engine_));
  EXPECT_ERROR(frame.Count(engine_), ErrorCode::kUsage, "the reader \"rates\" was read already");
}

TEST_F(RunFrame, PipesAreReadByOneRun) {
  const std::string pipe = folder_ / "pipe.csv";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(pipe) << kRates; });
  const auto frame = Scan(pipe);
  writer.join();
  EXPECT_EQ(Rows(frame.Filter(col("rate") > 1.1)), "day|rate\n2026-01-06|1.2\n");
  EXPECT_FALSE(frame.Collect(engine_).ok());
}

TEST_F(RunFrame, LocationsThatCannotBeOpenedAreFailedFrames) {
  const auto missing = Scan(folder_ / "missing.parquet").Filter(id > 1);
  EXPECT_ERROR(missing.status(), ErrorCode::kUnavailable, "missing.parquet");
  EXPECT_ERROR(missing.Collect(engine_), ErrorCode::kUnavailable, "missing.parquet");
  EXPECT_ERROR(missing.Sink(engine_, At("out.csv")), ErrorCode::kUnavailable, "missing.parquet");
  EXPECT_EQ(folder_.entries(), 0);
  EXPECT_ERROR(Scan("").status(), ErrorCode::kUsage, "");
  EXPECT_ERROR(Scan(folder_.Write("bad.parquet", "PAR1 but no more")).status(), ErrorCode::kData,
               "bad.parquet");
  EXPECT_ERROR(engine_->Scan("nothing").status(), ErrorCode::kUsage, "nothing");
}

TEST_F(RunFrame, WrongNamesGetTheClosestOfTheFile) {
  const auto frame = Scan(folder_.Write("orders.csv", kOrders));
  EXPECT_ERROR(frame.Filter(col("amonut") > 1).Collect(engine_), ErrorCode::kUsage,
               "there is no column \"amonut\"; did you mean \"amount\"?");
  EXPECT_ERROR(frame.Select({"categroy"}).Stream(engine_), ErrorCode::kUsage, "\"category\"");
  EXPECT_ERROR(frame.GroupBy({"dya"}).Agg({count()}).Count(engine_), ErrorCode::kUsage, "\"day\"");
}

TEST_F(RunFrame, ReadOptionsHoldWhenItIsRun) {
  const auto path = folder_.Write("odd.txt", "1;2,50;x\n2;3,75;\n");
  ReadOptions options;
  options.format = "csv";
  options.csv.delimiter = ';';
  options.csv.decimal_comma = true;
  options.csv.names = {"id", "amount", "note"};
  options.types = {{"amount", arrow::decimal128(9, 2)}};
  const auto frame = Scan(path, options);
  ASSERT_OK_AND_ASSIGN(const auto schema, frame.Schema());
  EXPECT_EQ(schema->field(1)->type()->ToString(), "decimal128(9, 2)");
  EXPECT_EQ(Rows(frame), "id|amount|note\n1|2.50|x\n2|3.75|null\n");
  // The same file, read in two ways in one query.
  ReadOptions as_text = options;
  as_text.types.clear();
  as_text.all_text = true;
  EXPECT_EQ(
      Rows(
          frame.Join(Scan(path, as_text).Select({col("id").Cast(arrow::int64()), "amount"}), {"id"})
              .Sort({"id"})),
      "id|amount|note|amount_right\n1|2.50|x|2,50\n2|3.75|null|3,75\n");

  options.types = {{"amuont", arrow::decimal128(9, 2)}};
  EXPECT_ERROR(Scan(path, options).status(), ErrorCode::kUsage, "\"amount\"");
}

TEST_F(RunFrame, TableNamesOfTheDatabaseDoNotTakeTheNamesOfScans) {
  ASSERT_OK(engine_->Query("create table \"table\" as select 7 as id"));
  EXPECT_EQ(Rows(Scan(TableOf({{"id", arrow::int64(), "[1]"}}))), "id\n1\n");
  EXPECT_EQ(Rows(engine_->Scan("table")), "id\n7\n");
}

TEST_F(RunFrame, TypesOfTheDatabaseThatArrowHasNot) {
  ASSERT_OK(
      engine_->Query("create table odd as select 5::hugeint as h, 'b'::enum('b', 'a') as e, "
                     "'00000000-0000-0000-0000-000000000001'::uuid as u"));
  const auto frame = engine_->Scan("odd");
  EXPECT_EQ(Rows(frame.WithColumns({col("h") * 2, col("e").Upper(), col("u").Length()})),
            "h|e|u\n10|B|36\n");
  EXPECT_ERROR(engine_->Query("create table z as select 'POINT(1 2)'::geometry as t").ok()
                   ? engine_->Scan("z").status()
                   : arrow::Status::OK(),
               ErrorCode::kData, "no exact type in Arrow");
}

TEST_F(RunFrame, FilesThatChangeMeanwhile) {
  const auto frame = Scan(folder_.Write("x.csv", "a,b\n1,2\n"));
  folder_.Write("x.csv", "a,b\n1,2\n3,4\n");
  EXPECT_EQ(Rows(frame), "a|b\n1|2\n3|4\n");
  folder_.Write("x.csv", "a,c\n1,2\n");
  EXPECT_ERROR(frame.Collect(engine_), ErrorCode::kData, "have changed since");
}

TEST_F(RunFrame, SinkThatFailsLeavesNothing) {
  std::string text = "a\n";
  for (int i = 0; i < 200'000; ++i) text += "1\n";
  folder_.Write("late.csv", text + "x\n");
  ReadOptions as_text;
  as_text.all_text = true;
  const auto frame = Scan(folder_ / "late.csv", as_text).Select({col("a").Cast(arrow::int64())});
  for (const char* name : {"out.parquet", "out.csv", "folder/"}) {
    EXPECT_ERROR(frame.Sink(engine_, At(name)), ErrorCode::kData, "'x'");
    EXPECT_EQ(folder_.entries(), 1) << name;
  }
  folder_.Write("out.csv", "old");
  EXPECT_ERROR(frame.Sink(engine_, At("out.csv")), ErrorCode::kUnavailable, "exists already");
  WriteOptions overwrite;
  overwrite.if_exists = IfExists::kOverwrite;
  EXPECT_ERROR(frame.Sink(engine_, At("out.csv"), overwrite), ErrorCode::kData, "'x'");
  EXPECT_EQ(ReadWholeFile(folder_ / "out.csv"), "old");
  EXPECT_ERROR(frame.Sink(engine_, At("late.csv"), overwrite), ErrorCode::kUsage,
               "the same file as the source");
}

TEST_F(RunFrame, LongResultsStreamInBoundedMemory) {
  constexpr int64_t kRows = 50'000'000;
  const auto frame = Range(kRows).WithColumns({(col("i") * 2).As("twice")});
  const int64_t before = context_->memory_pool()->max_memory();
  ASSERT_OK_AND_ASSIGN(const auto reader, frame.Stream(engine_, 100'000));
  int64_t rows = 0, most = 0;
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ASSERT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    EXPECT_TRUE(batch->num_rows() == 100'000 || rows + batch->num_rows() == kRows);
    rows += batch->num_rows();
    most = std::max(most, context_->duckdb_memory().now());
  }
  EXPECT_EQ(rows, kRows);
  EXPECT_LT(most, 64 << 20);
  EXPECT_LT(context_->memory_pool()->max_memory() - before, 16 << 20);
}

TEST_F(RunFrame, SeveralStreamsAtOnceAndOneDroppedHalfWay) {
  const auto frame = Range(1'000'000);
  const auto made = std::make_shared<int64_t>(0);
  const std::weak_ptr<int64_t> source = made;
  const auto generator = [made]() -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
    ++*made;
    return arrow::RecordBatch::MakeEmpty(arrow::schema({arrow::field("i", arrow::int64())}))
        .Map([](const auto&) {
          return TableOf({{"i", arrow::int64(), "[1, 2, 3]"}})->CombineChunksToBatch();
        });
  };
  ASSERT_OK_AND_ASSIGN(auto one, frame.Stream(engine_, 1000));
  ASSERT_OK_AND_ASSIGN(auto two, frame.Filter(col("i") >= 1000).Stream(engine_, 1000));
  auto endless = Scan(MakeReader(arrow::schema({arrow::field("i", arrow::int64())}), generator));
  ASSERT_OK_AND_ASSIGN(auto three, endless.Stream(engine_, 10));
  std::shared_ptr<arrow::RecordBatch> a, b, c;
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK(one->ReadNext(&a));
    ASSERT_OK(two->ReadNext(&b));
    ASSERT_OK(three->ReadNext(&c));
    EXPECT_EQ(a->column(0)->GetScalar(0).ValueOrDie()->ToString(), std::to_string(i * 1000));
    EXPECT_EQ(b->column(0)->GetScalar(0).ValueOrDie()->ToString(), std::to_string((i + 1) * 1000));
    EXPECT_EQ(c->num_rows(), 10);
  }
  three.reset();
  two.reset();
  ASSERT_OK(one->ReadNext(&a));
  EXPECT_EQ(a->column(0)->GetScalar(0).ValueOrDie()->ToString(), "5000");
  EXPECT_EQ(Rows(frame.Agg({count().As("n")})), "n\n1000000\n");
  endless = frame;
  EXPECT_EQ(source.use_count(), 2) << "here and in `generator`: nothing of the stream is left";
}

TEST_F(RunFrame, AStreamIsOpenedByEachRun) {
  const auto schema =
      arrow::schema({arrow::field("i", arrow::int64()), arrow::field("name", arrow::utf8())});
  std::vector<std::vector<int>> opened;
  const StreamOpener open = [&](const std::vector<int>& columns)
      -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
    opened.push_back(columns);
    if (opened.size() > 4) return MakeError(ErrorCode::kPeer, "the other side went away");
    const auto table =
        TableOf({{"i", arrow::int64(), "[1, 2]"}, {"name", arrow::utf8(), R"(["a", "b"])"}});
    ARROW_ASSIGN_OR_RAISE(auto chosen, table->SelectColumns(columns));
    return std::make_shared<arrow::TableBatchReader>(std::move(chosen));
  };
  const auto frame = Scan(schema, open, "stream");
  const auto total = frame.Agg({sum(col("i")).As("total")});
  EXPECT_EQ(Rows(total), "total\n3\n");
  EXPECT_EQ(Rows(total), "total\n3\n");
  EXPECT_EQ(opened, (std::vector<std::vector<int>>{{0}, {0}}));
  ASSERT_OK(engine_->Register("named", schema, open));
  ASSERT_OK_AND_ASSIGN(auto reader, engine_->Query("select name from named where i = 2"));
  ASSERT_OK_AND_ASSIGN(const auto table, reader->ToTable());
  EXPECT_EQ(table->num_rows(), 1);
  const auto wrong = arrow::schema({arrow::field("i", arrow::utf8())});
  EXPECT_ERROR(Scan(wrong, open).Collect(engine_), ErrorCode::kData, "other columns");
  EXPECT_ERROR(frame.Collect(engine_), ErrorCode::kPeer, "the other side went away");
}

TEST_F(RunFrame, StopEndsARun) {
  const auto frame = Range(50'000'000'000);
  ASSERT_OK_AND_ASSIGN(const auto reader, frame.Stream(engine_));
  std::shared_ptr<arrow::RecordBatch> batch;
  ASSERT_OK(reader->ReadNext(&batch));
  // Within one long step, too.
  std::thread stop([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    context_->RequestStop(SIGTERM);
  });
  EXPECT_ERROR(frame.Agg({sum(col("i"))}).Collect(engine_), ErrorCode::kTerminated, "");
  stop.join();
  EXPECT_ERROR(reader->ReadNext(&batch), ErrorCode::kTerminated, "");
  EXPECT_ERROR(frame.Sink(engine_, At("out.parquet")), ErrorCode::kTerminated, "");
  EXPECT_EQ(folder_.entries(), 0);
}

}  // namespace
}  // namespace bowyer
