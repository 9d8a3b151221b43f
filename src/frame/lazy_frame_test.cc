#include "bowyer/lazy_frame.h"

#include <arrow/type.h>

#include "matchers.h"

namespace bowyer {
namespace {

using arrow::TimeUnit;

LazyFrame Orders() {
  return LazyFrame::FromScan(
      "orders.parquet",
      arrow::schema(
          {arrow::field("id", arrow::int64()), arrow::field("amount", arrow::float64()),
           arrow::field("price", arrow::decimal128(15, 2)), arrow::field("name", arrow::utf8()),
           arrow::field("day", arrow::date32()),
           arrow::field("at", arrow::timestamp(TimeUnit::MICRO)),
           arrow::field("zoned", arrow::timestamp(TimeUnit::MICRO, "UTC")),
           arrow::field("exact", arrow::timestamp(TimeUnit::NANO)),
           arrow::field("small", arrow::uint8()), arrow::field("tags", arrow::list(arrow::utf8())),
           arrow::field("place", arrow::struct_({arrow::field("city", arrow::utf8())}))}));
}

// What is wrong with it.
arrow::Status Fault(const Expr& expression) {
  return Orders().Select({expression.As("x")}).status();
}

TEST(LazyFrame, UnknownColumnsGetTheClosestName) {
  EXPECT_ERROR(Orders().Filter(col("amuont") > 1).status(), ErrorCode::kUsage,
               "there is no column \"amuont\"; did you mean \"amount\"?\n  columns: id, amount,");
  EXPECT_ERROR(Orders().Select({"Amount"}).Schema(), ErrorCode::kUsage, "did you mean \"amount\"?");
  EXPECT_ERROR(Orders().Drop({"nmae"}).Sql(), ErrorCode::kUsage, "did you mean \"name\"?");
  EXPECT_ERROR(Orders().Rename({{"dya", "x"}}).status(), ErrorCode::kUsage, "\"day\"?");
  EXPECT_ERROR(Orders().Sort({"pricee"}).status(), ErrorCode::kUsage, "\"price\"?");
  EXPECT_ERROR(Orders().Unnest("tag").status(), ErrorCode::kUsage, "\"tags\"?");
  EXPECT_ERROR(Orders().GroupBy({"nam"}).Agg({}).status(), ErrorCode::kUsage, "\"name\"?");
  EXPECT_ERROR(Orders().Join(Orders(), {"idd"}).status(), ErrorCode::kUsage, "\"id\"?");
  EXPECT_ERROR(Fault(col("place").Field("town")), ErrorCode::kUsage, "has no field \"town\"");
  EXPECT_ERROR(Orders().Select({"place.city"}).status(), ErrorCode::kUsage, "no column");
}

TEST(LazyFrame, TheFirstFaultStays) {
  const LazyFrame wrong = Orders().Filter(col("a") > 1);
  EXPECT_ERROR(wrong.Select({"b"}).GroupBy({"c"}).Agg({sum(col("d"))}).Join(Orders(), {"e"}).Sql(),
               ErrorCode::kUsage, "\"a\"");
  EXPECT_ERROR(Orders().Join(wrong, {"id"}).Limit(1).Distinct().Union(Orders()).Schema(),
               ErrorCode::kUsage, "\"a\"");
  EXPECT_EQ(wrong.plan(), nullptr);
  ASSERT_OK(Orders().status());
  EXPECT_ERROR(LazyFrame::Failed(MakeError(ErrorCode::kUnavailable, "not there")).Limit(1).Sql(),
               ErrorCode::kUnavailable, "not there");
}

TEST(LazyFrame, TypesThatDoNotGoTogether) {
  EXPECT_ERROR(Fault(col("name") == 5), ErrorCode::kUsage,
               "\"name\" (string) and 5 (int32) cannot be compared");
  EXPECT_ERROR(Fault(col("name") == col("id")), ErrorCode::kUsage, "cast(\"name\" as int64)");
  EXPECT_ERROR(Fault(col("id") > "5"), ErrorCode::kUsage, "leave the quotes out");
  EXPECT_ERROR(Fault(col("day") == "31.1.2026"), ErrorCode::kUsage, "cannot be compared");
  EXPECT_ERROR(Fault(col("at") < col("zoned")), ErrorCode::kUsage, "time zone");
  EXPECT_ERROR(Fault(col("at") == "2026-01-01T00:00:00Z"), ErrorCode::kUsage, "cannot be compared");
  EXPECT_ERROR(Fault(col("name") + col("name")), ErrorCode::kUsage, "joined with Concat");
  EXPECT_ERROR(Fault(col("name") * 2), ErrorCode::kUsage, "* takes numbers");
  EXPECT_ERROR(Fault(col("id").Lower()), ErrorCode::kUsage,
               "lower takes text, but \"id\" is int64\n  cast(\"id\" as text)");
  EXPECT_ERROR(Fault(sum(col("name")).Over({})), ErrorCode::kUsage, "sum takes a number");
  EXPECT_ERROR(Fault(-col("small")), ErrorCode::kUsage, "no negative values");
  EXPECT_ERROR(Fault(col("exact") + days(1)), ErrorCode::kUsage, "lose its nanoseconds");
  EXPECT_ERROR(Fault(col("day") + col("id")), ErrorCode::kUsage, "cast(\"id\" as int32)");
  EXPECT_ERROR(Fault(col("day").Truncate("mont")), ErrorCode::kUsage, "did you mean \"month\"?");
  EXPECT_ERROR(Fault(col("name").Year()), ErrorCode::kUsage, "a date or timestamp");
  EXPECT_ERROR(Fault(coalesce({col("name"), col("id")})), ErrorCode::kUsage, "cannot be combined");
  EXPECT_ERROR(Fault(when(col("id")).Then(1).Otherwise(2)), ErrorCode::kUsage, "true or false");
  EXPECT_ERROR(Fault(when(col("id") > 1).Then("a").Otherwise(2)), ErrorCode::kUsage, "combined");
  EXPECT_ERROR(Fault(col("id").ListLength()), ErrorCode::kUsage, "takes a list");
  EXPECT_ERROR(Fault(col("tags").ListContains(1)), ErrorCode::kUsage, "cannot be compared");
  EXPECT_ERROR(Fault(col("tags").Cast(arrow::int64())), ErrorCode::kUsage, "cannot be cast");
  EXPECT_ERROR(Fault(col("id").Cast(arrow::decimal256(50, 2))), ErrorCode::kUsage,
               "no counterpart");
  EXPECT_ERROR(Fault(quantile(col("id"), 1.5).Over({})), ErrorCode::kUsage, "between 0.0 and 1.0");
  EXPECT_ERROR(Orders().Filter(col("id")).status(), ErrorCode::kUsage,
               "a condition is true or false, but \"id\" is int64");
  EXPECT_ERROR(Fault(col("price") * col("price").Cast(arrow::decimal128(38, 37))),
               ErrorCode::kUsage, "more than 38 digits");
}

TEST(LazyFrame, LiteralsThatSqlCannotSpell) {
  EXPECT_ERROR(Fault(date(2026, 2, 30)), ErrorCode::kUsage, "years 1 to 9999");
  EXPECT_ERROR(Fault(decimal("1,5")), ErrorCode::kUsage, "no counterpart");
  EXPECT_ERROR(Fault(Expr(std::make_shared<arrow::TimestampScalar>(
                   1, arrow::timestamp(TimeUnit::NANO, "UTC")))),
               ErrorCode::kUsage, "means the same");
}

TEST(LazyFrame, AggregatesAndWindowsStandWhereTheyMay) {
  EXPECT_ERROR(Fault(sum(col("id"))), ErrorCode::kUsage, "is an aggregate, which cannot stand in");
  EXPECT_ERROR(Orders().Filter(sum(col("id")) > 1).status(), ErrorCode::kUsage, "a filter");
  EXPECT_ERROR(Orders().Filter(row_number().Over({}) > 1).status(), ErrorCode::kUsage,
               "WithColumns");
  EXPECT_ERROR(Fault(row_number()), ErrorCode::kUsage, "needs a window");
  EXPECT_ERROR(Fault(rank().Over({"id"})), ErrorCode::kUsage, "rank needs an order");
  EXPECT_ERROR(Fault(col("id").Over({})), ErrorCode::kUsage, "does not go over a window");
  EXPECT_ERROR(Fault(sum(col("id")).Over({}, {"day"}, WindowRows{1, 0})), ErrorCode::kUsage,
               "end before they begin");
  EXPECT_ERROR(Fault(col("id").Where(col("id") > 1)), ErrorCode::kUsage, "is no aggregate");
  EXPECT_ERROR(Orders().Agg({sum(max(col("id")))}).status(), ErrorCode::kUsage,
               "inside of another");
  EXPECT_ERROR(Orders().Agg({sum(row_number().Over({})).As("x")}).status(), ErrorCode::kUsage,
               "cannot stand in an aggregate");
  EXPECT_ERROR(Orders().GroupBy({"day"}).Agg({col("id") + sum(col("id"))}).status(),
               ErrorCode::kUsage, "neither grouped by nor aggregated");
  EXPECT_ERROR(Orders().GroupBy({"day"}).Agg({col("day").As("x")}).status(), ErrorCode::kUsage,
               "is no aggregate");
  EXPECT_ERROR(Orders().GroupBy({lit(1).As("k")}).Agg({}).status(), ErrorCode::kUsage, "no key");
  EXPECT_ERROR(Orders().Sort({lit("day")}).status(), ErrorCode::kUsage, "orders nothing");
}

TEST(LazyFrame, NamesAreUniqueAndThere) {
  EXPECT_ERROR(Orders().Select({"id", col("amount").As("ID")}).status(), ErrorCode::kUsage,
               "two columns would be called \"ID\"");
  EXPECT_ERROR(Orders().Agg({min(col("id")), max(col("id"))}).status(), ErrorCode::kUsage,
               "name one of them with As");
  EXPECT_ERROR(Orders().Select({lit(1)}).status(), ErrorCode::kUsage, "needs a name");
  EXPECT_ERROR(Orders().Select({}).status(), ErrorCode::kUsage, "needs a column");
  EXPECT_ERROR(LazyFrame::FromScan("x.csv", arrow::schema({arrow::field("a", arrow::utf8()),
                                                           arrow::field("A", arrow::utf8())}))
                   .status(),
               ErrorCode::kUsage, "x.csv");
  EXPECT_ERROR(
      LazyFrame::FromScan("x.csv", arrow::schema({arrow::field("a", arrow::decimal256(60, 2))}))
          .status(),
      ErrorCode::kUsage, "decimal(60,2)");
  EXPECT_ERROR(Orders().Rename({{"name", "amount_right"}}).Join(Orders(), {"id"}).status(),
               ErrorCode::kUsage, "\"amount_right\" is taken");
}

TEST(LazyFrame, JoinsAndUnionsSayWhatTheyLack) {
  EXPECT_ERROR(Orders().Join(Orders(), {}).status(), ErrorCode::kUsage, "CrossJoin");
  EXPECT_ERROR(Orders().Join(Orders(), {On("id", "name")}).status(), ErrorCode::kUsage,
               "cannot be compared");
  EXPECT_ERROR(
      Orders().JoinAsof(Orders(), "at", {}, AsofDirection::kBackward, JoinKind::kFull).status(),
      ErrorCode::kUsage, "kInner or kLeft");
  EXPECT_ERROR(Orders().Select({"id"}).Union(Orders().Select({"day"})).status(), ErrorCode::kUsage,
               "only in the first of the two tables");
  EXPECT_ERROR(Orders().Select({"id"}).Union(Orders().Select({col("name").As("id")})).status(),
               ErrorCode::kUsage, "is int64 in the first and string in the second");
  EXPECT_ERROR(Orders().Limit(-1).status(), ErrorCode::kUsage, "0 or more");
  EXPECT_ERROR(Orders().Pivot({"id"}, col("name"), {col("x")}, sum(col("amount"))).status(),
               ErrorCode::kUsage, "written out");
}

TEST(LazyFrame, FramesAreValues) {
  const LazyFrame orders = Orders();
  const LazyFrame large = orders.Filter(col("amount") > 100);
  EXPECT_NE(*large.Sql(), *orders.Sql());
  EXPECT_EQ(*orders.Sql(), *Orders().Sql());
  EXPECT_EQ((*large.Schema())->ToString(), (*orders.Schema())->ToString());
}

}  // namespace
}  // namespace bowyer
