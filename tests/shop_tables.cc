#include "shop_tables.h"

#include <arrow/type.h>
#include <gtest/gtest.h>

#include <map>

#include "table_of.h"

namespace bowyer {
namespace {

using arrow::TimeUnit;
using Tables = std::map<std::string, std::shared_ptr<arrow::Table>>;

Tables MakeTables() {
  Tables tables;
  const auto micros = arrow::timestamp(TimeUnit::MICRO);
  tables["orders.parquet"] = TableOf(
      {{"order_id", arrow::int64(), "[1, 2, 3, 4, 5]"},
       {"user_id", arrow::int64(), "[1, 1, 2, 3, null]"},
       {"category", arrow::dictionary(arrow::int32(), arrow::utf8()),
        R"(["books", "tools", "books", null, "games"])"},
       {"amount", arrow::float64(), "[120.5, 80.25, 300, null, 10]"},
       {"price", arrow::decimal128(15, 2), R"(["120.50", "80.25", "300.00", null, "10.00"])"},
       {"day", arrow::date32(), "[20458, 20459, 20491, null, 20513]"},
       {"at", micros,
        R"(["2026-01-05 10:00:00", "2026-01-06 11:30:00", "2026-02-07 12:00:00.5", null,
            "2026-03-01 00:00:00"])"},
       {"paid", arrow::boolean(), "[true, false, true, null, true]"},
       {"quantity", arrow::int32(), "[2, 1, 5, null, 1]"},
       {"tags", arrow::list(arrow::utf8()),
        R"([["new", "gift"], [], null, ["old"], ["a", "b", "c"]])"},
       {"place",
        arrow::struct_({arrow::field("city", arrow::utf8()), arrow::field("zip", arrow::int32())}),
        R"([{"city": "Ulm", "zip": 89073}, {"city": "Bern", "zip": 3000}, null,
            {"city": null, "zip": null}, {"city": "Ulm", "zip": 89075}])"}});
  tables["sqlite:shop.db#users"] =
      TableOf({{"user_id", arrow::int64(), "[1, 2, 4]"},
               {"name", arrow::large_utf8(), R"(["Ada", "Bob", "Cy"])"},
               {"since", arrow::date32(), "[20089, 20240, 20454]"},
               {"category", arrow::utf8(), R"(["vip", "new", null])"}});
  tables["rates"] = TableOf(
      {{"time", micros, R"(["2026-01-01 00:00:00", "2026-01-06 00:00:00", "2026-02-01 00:00:00"])"},
       {"currency", arrow::utf8(), R"(["EUR", "EUR", "CHF"])"},
       {"rate", arrow::float64(), "[1.1, 1.2, 1.05]"}});
  tables["odd \"names\""] = TableOf(
      {{"a \"b\"", arrow::int32(), "[1, 2]"},
       {"select", arrow::int32(), "[2, 3]"},
       {"ünï", arrow::utf8(), R"(["x", "y"])"},
       {"t1", arrow::struct_({arrow::field("x", arrow::int32())}), R"([{"x": 1}, {"x": 2}])"}});
  tables["numbers"] = TableOf({{"i8", arrow::int8(), "[1]"},
                               {"i16", arrow::int16(), "[1]"},
                               {"i32", arrow::int32(), "[1]"},
                               {"i64", arrow::int64(), "[1]"},
                               {"u8", arrow::uint8(), "[1]"},
                               {"u16", arrow::uint16(), "[1]"},
                               {"u32", arrow::uint32(), "[1]"},
                               {"u64", arrow::uint64(), "[1]"},
                               {"f32", arrow::float32(), "[1.5]"},
                               {"f64", arrow::float64(), "[1.5]"},
                               {"small", arrow::decimal128(4, 1), R"(["1.5"])"},
                               {"price", arrow::decimal128(15, 2), R"(["1.50"])"},
                               {"big", arrow::decimal128(38, 10), R"(["1.5000000000"])"}});
  tables["others"] = TableOf(
      {{"text", arrow::utf8_view(), R"(["2026-01"])"},
       {"bytes", arrow::binary(), R"(["\u0000'"])"},
       {"yes", arrow::boolean(), "[true]"},
       {"day", arrow::date64(), "[1769817600000]"},
       {"clock", arrow::time32(TimeUnit::SECOND), "[45000]"},
       {"clock_ns", arrow::time64(TimeUnit::NANO), "[45000000000001]"},
       {"s", arrow::timestamp(TimeUnit::SECOND), R"(["2026-01-01 00:00:00"])"},
       {"ms", arrow::timestamp(TimeUnit::MILLI), R"(["2026-01-01 00:00:00"])"},
       {"us", micros, R"(["2026-01-01 00:00:00"])"},
       {"ns", arrow::timestamp(TimeUnit::NANO), R"(["2026-01-01 00:00:00.000000001"])"},
       {"zoned", arrow::timestamp(TimeUnit::MILLI, "Europe/Berlin"), R"(["2026-01-01 00:00:00Z"])"},
       {"span", arrow::duration(TimeUnit::MICRO), "[86400000000]"},
       {"list", arrow::large_list(arrow::int64()), "[[3, 1, 1]]"},
       {"texts", arrow::list(arrow::utf8()), R"([["a", "b"]])"},
       {"pair", arrow::fixed_size_list(arrow::int64(), 2), "[[1, 2]]"},
       {"struct",
        arrow::struct_({arrow::field("x", arrow::int64()), arrow::field("y", arrow::utf8())}),
        R"([{"x": 1, "y": "a"}])"},
       {"map", arrow::map(arrow::utf8(), arrow::int64()), R"([[["a", 1]]])"}});
  return tables;
}

const Tables& AllTables() {
  static const Tables tables = MakeTables();
  return tables;
}

}  // namespace

std::shared_ptr<arrow::Table> ShopTable(const std::string& name) { return AllTables().at(name); }

std::shared_ptr<Engine> ShopEngine() {
  auto engine = Engine::Make(Context::Make().ValueOrDie()).ValueOrDie();
  for (const auto& [name, table] : AllTables()) EXPECT_TRUE(engine->Register(name, table).ok());
  return engine;
}

}  // namespace bowyer
