// LazyFrames of every kind against golden SQL, and run: the engine gives what their schemas say.
#include <arrow/type.h>

#include <cmath>
#include <limits>

#include "golden_sql.h"
#include "shop_tables.h"

namespace bowyer {
namespace {

LazyFrame Orders() { return ShopScan("orders.parquet"); }
LazyFrame Users() { return ShopScan("sqlite:shop.db#users"); }
LazyFrame Rates() { return ShopScan("rates"); }
LazyFrame OddNames() { return ShopScan("odd \"names\""); }
LazyFrame Numbers() { return ShopScan("numbers"); }
LazyFrame Others() { return ShopScan("others"); }

const Expr amount = col("amount"), category = col("category"), day = col("day");

TEST(GoldenFrames, Rows) {
  GoldenSql golden("rows.sql", ShopEngine());
  golden.Check("scan", Orders());
  golden.Check("scan other types", Others());
  golden.Check("the example", Orders()
                                  .Filter(amount > 100)
                                  .GroupBy({"category"})
                                  .Agg({sum(amount).As("total")})
                                  .Sort({desc("total")}));
  golden.Check("select", Orders().Select({"category", amount * 2, day.Year().As("year")}));
  golden.Check("with columns", Orders().WithColumns({(amount * 2).As("double"), amount + 1}));
  golden.Check("with a column more",
               Orders().Select({"amount"}).WithColumns({(amount * 2).As("x")}));
  golden.Check("select of select merges", Orders()
                                              .Select({"amount", "day"})
                                              .Select({(amount * 2).As("twice")})
                                              .Filter(col("twice").IsNotNull()));
  golden.Check(
      "what costs is computed once",
      Orders().Select({amount.Sqrt().As("root")}).Select({(col("root") * col("root")).As("x")}));
  golden.Check("drop and rename",
               Orders().Drop({"tags", "place", "at"}).Rename({{"amount", "sum"}, {"day", "date"}}));
  golden.Check("filters join",
               Orders().Filter(amount > 1 || col("paid")).Filter(day >= "2026-01-01"));
  golden.Check("filter after limit", Orders().Limit(3).Filter(amount > 100));
  golden.Check("sort and limit stay together",
               Orders().Sort({desc("amount"), OrderKey("day").NullsFirst()}).Limit(2, 1));
  golden.Check("sort, then select without the key",
               Orders().Sort({"day"}).Select({"order_id", amount.As("x")}));
  golden.Check("sort, then another column takes the key's name",
               Orders().Sort({"amount"}).Select({col("order_id").As("amount")}));
  golden.Check("sort by an expression", Orders().Sort({desc(amount * 2 - 1)}).Select({"order_id"}));
  golden.Check("limit twice", Orders().Sort({"order_id"}).Limit(4).Limit(2, 1));
  golden.Check("sort after limit", Orders().Limit(4).Sort({"amount"}));
  golden.Check("distinct", Orders().Select({"category"}).Distinct().Sort({"category"}));
  golden.Check("filter of distinct",
               Orders().Select({"category"}).Distinct().Filter(category != "x"));
  golden.Check(
      "union",
      Orders().Select({"user_id", "category"}).Union(Users().Select({"category", "user_id"})));
  golden.Check("union widens, and has an order",
               Numbers()
                   .Select({col("i8").As("n")})
                   .Union(Numbers().Select({col("u8").As("n")}))
                   .Union(Numbers().Select({col("price").As("n")}).Limit(1))
                   .Sort({"n"})
                   .Limit(5));
  golden.Check("unnest", Orders().Select({"order_id", "tags"}).Unnest("tags"));
  golden.Check("unnest, then filter and sort", Orders()
                                                   .Unnest("tags")
                                                   .Filter(col("tags") != "a")
                                                   .Sort({"order_id", "tags"})
                                                   .Select({"order_id", "tags"}));
  golden.Check("unnest after sort", Orders().Sort({"tags"}).Select({"tags"}).Unnest("tags"));
  golden.Check("unnest, then drop it", Orders().Unnest("tags").Select({"order_id"}));
  golden.Check("odd names",
               OddNames().Select({"a \"b\"", (col("select") + 1).As("SELECT"), "ünï"}));
  golden.Check(
      "odd names joined",
      OddNames().Join(OddNames(), {"select"}).Select({col("t1").Field("x"), "a \"b\"_right"}));
}

TEST(GoldenFrames, Groups) {
  GoldenSql golden("groups.sql", ShopEngine());
  golden.Check("one row of all",
               Orders().Agg({count().As("rows"), mean(amount), max(day).As("latest")}));
  golden.Check("keys only", Orders().GroupBy({"category"}).Agg({}));
  golden.Check("by an expression", Orders()
                                       .GroupBy({day.Truncate("month").As("month"), "category"})
                                       .Agg({sum(amount).As("total")})
                                       .Sort({"month"}));
  golden.Check("having", Orders()
                             .GroupBy({"category"})
                             .Agg({sum(amount).As("total"), count().As("n")})
                             .Filter(col("total") > 100 && col("n") >= 1)
                             .Select({"category", (col("total") / col("n")).As("average")}));
  golden.Check(
      "an aggregate named as its column",
      Orders().GroupBy({"category"}).Agg({sum(amount)}).Filter(amount > 100).Sort({desc(amount)}));
  golden.Check("of a key that is constant",
               Orders().WithColumns({lit(1).As("k")}).GroupBy({"k"}).Agg({count()}));
  golden.Check("of an expression that is used twice",
               Orders()
                   .WithColumns({(col("price") * 2).As("twice")})
                   .GroupBy({"category"})
                   .Agg({sum(col("twice")).As("a"), max(col("twice")).As("b")}));
  golden.Check(
      "with keys in aggregates",
      Orders().GroupBy({"user_id"}).Agg({(sum(col("quantity")) + col("user_id")).As("x")}));
  golden.Check("some rows, in order",
               Orders()
                   .GroupBy({"category"})
                   .Agg({count().Where(col("paid")).As("paid"),
                         collect(amount).OrderBy({desc("day")}).Where(amount > 1).As("amounts"),
                         first(amount).OrderBy({"day"}).As("first")}));
  golden.Check("the order of a sort reaches its aggregates",
               Orders()
                   .Sort({"day", desc("amount")})
                   .GroupBy({"category"})
                   .Agg({first(amount).As("first"), last(amount).As("last"),
                         sum(amount).As("total"), join_text(col("category"), ", ").As("all")}));
  golden.Check("through a limit, too", Orders().Sort({"day"}).Limit(3).Agg({collect(amount)}));
  golden.Check("twice", Orders()
                            .GroupBy({"category", "user_id"})
                            .Agg({sum(col("quantity")).As("n")})
                            .GroupBy({"category"})
                            .Agg({max(col("n")).As("most"), mean(col("n")).As("average")}));
  golden.Check("pivot",
               Orders().Pivot({"category"}, day.Month(), {1, lit(2).As("feb"), 3}, sum(amount)));
  golden.Check(
      "rank within groups",
      Orders()
          .WithColumns({row_number().Over({"category"}, {desc("amount"), "order_id"}).As("n")})
          .Filter(col("n") <= 1)
          .Select({"category", "order_id"}));
  golden.Check(
      "windows",
      Orders().Select({sum(amount).Over({"category"}, {"day"}).As("running"),
                       mean(amount).Over({}, {"day"}, WindowRows{-2, 0}).As("moving"),
                       sum(amount).Over({}, {"day"}, WindowRows{std::nullopt, 1}).As("ahead"),
                       (amount - lag(amount).Over({}, {"day"})).As("change"),
                       (amount / sum(amount).Over({"category"})).As("share"),
                       rank().Over({}, {desc("amount")}).As("rank"),
                       count().Where(col("paid")).Over({"category"}).As("paid"),
                       ntile(4).Over({}, {"day"}).As("quarter"),
                       nth_value(amount, 2).Over({}, {"day"}).As("second")}));
  golden.Check("a window of a window",
               Orders()
                   .WithColumns({row_number().Over({}, {"day"}).As("n")})
                   .WithColumns({max(col("n")).Over({"category"}).As("last")})
                   .Sort({"n"})
                   .Select({"order_id", "last"}));
  golden.Check("a window of groups",
               Orders()
                   .GroupBy({"category"})
                   .Agg({sum(amount).As("total")})
                   .WithColumns({rank().Over({}, {desc("total")}).As("rank")}));
  golden.Check("a window after a limit", Orders().Sort({"day"}).Limit(3).WithColumns(
                                             {row_number().Over({}, {"day"}).As("n")}));
}

TEST(GoldenFrames, Joins) {
  GoldenSql golden("joins.sql", ShopEngine());
  for (const auto& [name, kind] :
       std::vector<std::pair<std::string, JoinKind>>{{"inner", JoinKind::kInner},
                                                     {"left", JoinKind::kLeft},
                                                     {"right", JoinKind::kRight},
                                                     {"full", JoinKind::kFull},
                                                     {"semi", JoinKind::kSemi},
                                                     {"anti", JoinKind::kAnti}}) {
    const auto orders = Orders().Select({"user_id", "amount", "category"});
    golden.Check(name, orders.Join(Users(), {"user_id"}, kind));
    golden.Check(name + " of filtered sides",
                 orders.Filter(amount > 1)
                     .WithColumns({(amount * 2).As("twice")})
                     .Join(Users().Filter(col("since") < "2026-01-01"), {"user_id"}, kind)
                     .Select({"user_id", "twice"}));
  }
  golden.Check("cross", Users().Select({"name"}).CrossJoin(Users().Select({"name"}), "_2"));
  golden.Check(
      "other names and expressions",
      Users().Join(Orders().Select({"order_id", "user_id", "day"}).Rename({{"user_id", "buyer"}}),
                   {On("user_id", "buyer"), On(col("since").Year() + 1, day.Year())}));
  JoinOptions also;
  also.condition = col("since") <= day && amount > 20;
  golden.Check("a condition more", Orders().Join(Users(), {"user_id"}, also).Select({"order_id"}));
  JoinOptions only;
  only.kind = JoinKind::kLeft;
  only.condition = col("user_id") < col("user_id_right");
  golden.Check("only a condition", Users().Join(Users(), {}, only).Select({"name", "name_right"}));
  golden.Check("a chain",
               Orders()
                   .Join(Users(), {"user_id"}, JoinKind::kLeft)
                   .Join(Users().Select({"user_id", col("name").As("again")}), {"user_id"})
                   .Filter(col("again").IsNotNull())
                   .GroupBy({"again"})
                   .Agg({sum(amount).As("total")})
                   .Sort({desc("total")})
                   .Limit(10));
  golden.Check("asof", Orders().Select({"order_id", "at"}).JoinAsof(Rates(), On("at", "time")));
  golden.Check("asof by currency, forward",
               Orders()
                   .Filter(amount > 1)
                   .Select({"at", lit("EUR").As("currency")})
                   .JoinAsof(Rates().Filter(col("rate") > 0), On("at", "time"), {"currency"},
                             AsofDirection::kForward, JoinKind::kInner));
  const auto totals = Orders().GroupBy({"category"}).Agg({sum(amount).As("total")});
  golden.Check("a part that is used twice is written once",
               totals.Join(totals.Agg({max(col("total")).As("most")}), {On("total", "most")})
                   .Select({"category", "total"}));
  const auto recent = Orders().Filter(day > "2026-01-05");
  golden.Check("but not a mere filter",
               recent.Join(recent.GroupBy({"user_id"}).Agg({count()}), {"user_id"})
                   .Select({"order_id", "count"}));
  golden.Check("join of a union", Users()
                                      .Select({"user_id"})
                                      .Union(Users().Select({"user_id"}))
                                      .Join(Orders().Select({"user_id", "amount"}), {"user_id"}));
}

TEST(GoldenFrames, Literals) {
  GoldenSql golden("literals.sql", ShopEngine());
  using arrow::TimeUnit;
  const auto of = [](const std::vector<std::shared_ptr<arrow::Scalar>>& scalars) {
    std::vector<Column> columns;
    for (const auto& scalar : scalars) {
      columns.push_back(Expr(scalar).As("c" + std::to_string(columns.size())));
    }
    return Numbers().Select(columns);
  };
  golden.Check("integers",
               of({std::make_shared<arrow::Int8Scalar>(-5), std::make_shared<arrow::Int32Scalar>(5),
                   std::make_shared<arrow::Int64Scalar>(5),
                   std::make_shared<arrow::Int64Scalar>(-3000000000),
                   std::make_shared<arrow::Int64Scalar>(INT64_MIN),
                   std::make_shared<arrow::Int32Scalar>(INT32_MIN),
                   std::make_shared<arrow::UInt8Scalar>(255),
                   std::make_shared<arrow::UInt64Scalar>(UINT64_MAX)}));
  golden.Check("floats", of({std::make_shared<arrow::DoubleScalar>(0.1),
                             std::make_shared<arrow::DoubleScalar>(-0.0),
                             std::make_shared<arrow::DoubleScalar>(5e-324),
                             std::make_shared<arrow::DoubleScalar>(1.7976931348623157e308),
                             std::make_shared<arrow::DoubleScalar>(std::nan("")),
                             std::make_shared<arrow::DoubleScalar>(-INFINITY),
                             std::make_shared<arrow::FloatScalar>(0.1f),
                             std::make_shared<arrow::FloatScalar>(INFINITY)}));
  golden.Check("decimals",
               Numbers().Select({decimal("0.05").As("a"), decimal("-12.50").As("b"),
                                 decimal("7").As("c"), decimal("0.0001").As("d"),
                                 decimal("12345678901234567890123456789012345678").As("e"),
                                 decimal("-0.5").Cast(arrow::decimal128(10, 3)).As("f")}));
  golden.Check("text and bytes",
               of({std::make_shared<arrow::StringScalar>("it's \\ \"so\"\n"),
                   std::make_shared<arrow::StringScalar>(std::string("a\0b", 3)),
                   std::make_shared<arrow::LargeStringScalar>(""),
                   std::make_shared<arrow::BinaryScalar>(std::string("\0\xff'", 3))}));
  golden.Check(
      "times",
      of({std::make_shared<arrow::Date32Scalar>(20393),
          std::make_shared<arrow::TimestampScalar>(1, arrow::timestamp(TimeUnit::SECOND)),
          std::make_shared<arrow::TimestampScalar>(-1, arrow::timestamp(TimeUnit::MILLI)),
          std::make_shared<arrow::TimestampScalar>(1, arrow::timestamp(TimeUnit::MICRO)),
          std::make_shared<arrow::TimestampScalar>(1, arrow::timestamp(TimeUnit::NANO)),
          std::make_shared<arrow::TimestampScalar>(1, arrow::timestamp(TimeUnit::MICRO, "UTC")),
          std::make_shared<arrow::TimestampScalar>(
              1, arrow::timestamp(TimeUnit::SECOND, "Asia/Tokyo")),
          std::make_shared<arrow::Time32Scalar>(45000, arrow::time32(TimeUnit::SECOND)),
          std::make_shared<arrow::Time64Scalar>(1, arrow::time64(TimeUnit::NANO)),
          std::make_shared<arrow::MonthDayNanoIntervalScalar>(
              arrow::MonthDayNanoIntervalType::MonthDayNanos{-3, 2, 5000})}));
  golden.Check("nulls",
               of({arrow::MakeNullScalar(arrow::utf8()), arrow::MakeNullScalar(arrow::null()),
                   arrow::MakeNullScalar(arrow::decimal128(5, 1))}));
  golden.Check("literals bend to what stands beside them",
               Others().Filter(day == "2026-01-31" && col("us") >= "2026-01-01 00:00:00" &&
                               col("zoned") > "2025-12-31T00:00:00Z" &&
                               col("bytes") != Expr(std::make_shared<arrow::BinaryScalar>("x")) &&
                               day.IsIn({"2026-01-31", "2026-02-01"})));
  golden.Check("numbers, too",
               Numbers().Filter(col("price") == 1.5 && col("i64") < int64_t{5} &&
                                col("i8").Between(1, 3) && col("price") < 0.05 + 7));
}

TEST(GoldenFrames, Types) {
  GoldenSql golden("types.sql", ShopEngine());
  const std::vector<std::string> names = {"i8",  "i16", "i32", "i64",   "u8",    "u16", "u32",
                                          "u64", "f32", "f64", "small", "price", "big"};
  const auto pairs = [&](const std::string& title, auto make) {
    for (const auto& left : names) {
      std::vector<Column> columns;
      for (const auto& right : names)
        columns.push_back(make(col(left), col(right)).As(left + "_" + right));
      for (const auto& [name, value] :
           std::vector<std::pair<std::string, Expr>>{{"5", 5},
                                                     {"200", 200},
                                                     {"large", int64_t{3000000000}},
                                                     {"long", int64_t{5}},
                                                     {"decimal", decimal("1.5")},
                                                     {"double", 0.5}}) {
        columns.push_back(make(col(left), value).As(left + "_" + name));
      }
      golden.Check(title + " of " + left, Numbers().Select(columns));
    }
  };
  pairs("sums", [](const Expr& a, const Expr& b) { return a + b; });
  pairs("products", [](const Expr& a, const Expr& b) { return a * b; });
  pairs("quotients", [](const Expr& a, const Expr& b) { return a / b; });
  pairs("remainders", [](const Expr& a, const Expr& b) { return a % b; });
  pairs("common types", [](const Expr& a, const Expr& b) { return coalesce({a, b}); });

  const auto each = [&](const std::string& title, const LazyFrame& frame,
                        const std::vector<std::string>& of, auto make) {
    std::vector<Column> columns;
    std::vector<Expr> aggregates;
    for (const auto& name : of) {
      for (Expr expression : make(col(name))) {
        aggregates.push_back(expression.As(name + "_" + std::to_string(aggregates.size())));
      }
    }
    if (frame.Agg(aggregates).status().ok()) {
      golden.Check(title, frame.Agg(aggregates));
    } else {
      columns.assign(aggregates.begin(), aggregates.end());
      golden.Check(title, frame.Select(columns));
    }
  };
  using List = std::vector<Expr>;
  each("functions of numbers", Numbers(), names, [](const Expr& x) {
    return List{x.Abs(),      x.Round(),        x.Round(1), x.Floor(),      x.Ceil(),
                x.Sqrt(),     x.Exp(),          x.Ln(),     x.Log10(),      x.Pow(2),
                x.Sign(),     greatest({x, 1}), x.IsNull(), x.IsIn({1, 2}), x.NullIf(1),
                list({x, 1}), x.FillNull(0)};
  });
  each("signs", Numbers(), {"i8", "i64", "f32", "f64", "small", "big"}, [](const Expr& x) {
    return List{-x, -(-x), 1 - x};
  });
  each("whole quotients", Numbers(), {"i8", "i32", "i64", "u8", "u64"}, [](const Expr& x) {
    return List{x.IntegerDivide(2), x.IntegerDivide(x)};
  });
  each("aggregates of numbers", Numbers(), names, [](const Expr& x) {
    return List{sum(x),
                mean(x),
                min(x),
                max(x),
                count(x),
                count_distinct(x),
                first(x),
                last(x),
                stddev(x),
                variance(x),
                median(x),
                quantile(x, 0.25),
                mode(x),
                collect(x),
                min_by(x, x),
                max_by(x, x),
                correlation(x, x),
                sum(x) + 1,
                sum(x) * 2,
                sum(x) / 2,
                sum(x).Round(1),
                sum(x).Floor(),
                coalesce({sum(x), 0})};
  });
  golden.Check("sums of sums", Numbers()
                                   .GroupBy({"i8"})
                                   .Agg({sum(col("i64")).As("n"), sum(col("price")).As("p")})
                                   .Agg({sum(col("n")).As("a"), median(col("n")).As("b"),
                                         sum(col("p") * decimal("0.2")).As("c"),
                                         collect(col("n")).As("d"), mean(col("n")).As("e")}));
  const Expr text = col("text"), us = col("us"), zoned = col("zoned"), items = col("list");
  golden.Check("text", Others().Select({text.Lower().As("a"),
                                        text.Upper().As("b"),
                                        text.Length().As("c"),
                                        text.Trim().As("d"),
                                        text.TrimStart().As("e"),
                                        text.TrimEnd().As("f"),
                                        text.Substring(2).As("g"),
                                        text.Substring(1, 2).As("h"),
                                        text.Replace("a", "b").As("i"),
                                        text.StartsWith("a").As("j"),
                                        text.EndsWith("a").As("k"),
                                        text.Contains("a").As("l"),
                                        text.Position("a").As("m"),
                                        text.Split("-").As("n"),
                                        text.RegexMatches("^\\d+").As("o"),
                                        text.RegexReplace("(\\d)", "<\1>").As("p"),
                                        text.RegexExtract("(\\d+)-", 1).As("q"),
                                        text.PadStart(9, "0").As("r"),
                                        text.PadEnd(9, "0").As("s"),
                                        text.Reverse().As("t"),
                                        text.Concat("!").Concat(text).As("u"),
                                        text.Like("%a_").As("v"),
                                        (!text.ILike("A%")).As("w"),
                                        text.ParseTimestamp("%Y-%m").As("x"),
                                        text.IsSame(null()).As("y"),
                                        (text < "b").As("z")}));
  golden.Check("times", Others().Select({day.Year().As("a"),
                                         us.Quarter().As("b"),
                                         zoned.Month().As("c"),
                                         day.Week().As("d"),
                                         day.Day().As("e"),
                                         day.DayOfWeek().As("f"),
                                         day.DayOfYear().As("g"),
                                         us.Hour().As("h"),
                                         col("clock").Minute().As("i"),
                                         zoned.Second().As("j"),
                                         day.Truncate("month").As("k"),
                                         us.Truncate("hour").As("l"),
                                         zoned.Truncate("day").As("m"),
                                         col("ns").Truncate("day").As("n"),
                                         us.Since(day, "day").As("o"),
                                         zoned.Since(zoned, "hour").As("p"),
                                         day.Format("%Y-%m").As("q"),
                                         us.EpochMillis().As("r"),
                                         (day + 1).As("s"),
                                         (day - day).As("t"),
                                         (day + months(1)).As("u"),
                                         (us - days(1)).As("v"),
                                         (zoned + seconds(1)).As("w"),
                                         (col("s") + days(1)).As("x"),
                                         (us - us).As("y"),
                                         (day - us).As("z"),
                                         (col("clock") + seconds(60)).As("aa"),
                                         coalesce({day, us}).As("bb"),
                                         coalesce({col("s"), col("ns")}).As("cc"),
                                         (days(1) * 3).As("dd"),
                                         (day < us).As("ee"),
                                         (col("span") + days(1)).As("ff"),
                                         (day - int64_t{7}).As("gg")}));
  golden.Check("lists and structs",
               Others().Select({items.ListLength().As("a"),
                                items.ListGet(1).As("b"),
                                items.ListGet(-1).As("c"),
                                items.ListContains(3).As("d"),
                                items.ListSum().As("e"),
                                items.ListMin().As("f"),
                                items.ListMax().As("g"),
                                items.ListSort().As("h"),
                                items.ListDistinct().As("i"),
                                col("texts").ListJoin(", ").As("j"),
                                col("pair").ListSort().As("k"),
                                col("pair").ListGet(2).As("l"),
                                list({1, 2}).As("m"),
                                list({text, "x"}).As("n"),
                                col("struct").Field("x").As("o"),
                                make_struct({text, (items.ListLength() + 1).As("n")}).As("p"),
                                make_struct({text}).Field("text").As("q"),
                                (items == items).As("r"),
                                col("map"),
                                items.ListSum().Cast(arrow::int64()).As("s")}));
  golden.Check(
      "casts",
      Others().Select(
          {text.TryCast(arrow::int32()).As("a"), col("us").Cast(arrow::date32()).As("b"),
           day.Cast(arrow::timestamp(arrow::TimeUnit::MICRO)).As("c"),
           items.Cast(arrow::utf8()).As("d"), col("yes").Cast(arrow::int8()).As("e"),
           us.Cast(arrow::timestamp(arrow::TimeUnit::NANO)).As("f"),
           items.Cast(arrow::list(arrow::int32())).As("g"), zoned.Cast(arrow::utf8()).As("h"),
           lit(5).Cast(arrow::decimal128(10, 2)).As("i"), null().Cast(arrow::utf8()).As("j"),
           text.Cast(arrow::binary()).As("k"),
           us.Cast(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")).As("l"),
           text.TryCast(arrow::struct_({arrow::field("a b", arrow::int8())})).As("m")}));
  golden.Check(
      "choices",
      Numbers().Select(
          {when(col("i8") > 1).Then(1).When(col("i8") > 0).Then(col("price")).Otherwise(0).As("a"),
           when(col("f64").IsNull()).Then("x").Otherwise().As("b"),
           when(col("i8") == 1 || !(col("i16") == 2)).Then(col("i8")).Otherwise(1000).As("c"),
           (!(col("i8") > 1 && col("i16") < 2)).As("d"), (-(col("i8") - (col("i16") - 1))).As("e"),
           ((col("i8") + 1) * 2 % 3).As("f"), ((col("i8") > 1) == (col("i16") > 1)).As("g"),
           (!col("i8").IsNull()).As("h"), (!col("i8").IsIn({1})).As("i"), (col("i8") - -1).As("j"),
           null().As("k")}));
  golden.Check("conditions of the command line",
               Orders().Filter(Expr::Parse("amount between 10 and 200 and place.city = 'Ulm' and "
                                           "category not in ('x', 'y') and day > '2026-01-01' and "
                                           "price * 2 > 1.5 and lower(category) like 'b%'")
                                   .ValueOrDie()));
}

}  // namespace
}  // namespace bowyer
