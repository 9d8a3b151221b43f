#include "tpch_frames.h"

#include <arrow/type.h>

namespace bowyer {
namespace {

using Tables = std::function<LazyFrame(const std::string&)>;

const Expr revenue = col("l_extendedprice") * (1 - col("l_discount"));

LazyFrame Q1(const Tables& scan) {
  return scan("lineitem")
      .Filter(col("l_shipdate") <= date(1998, 9, 2))
      .GroupBy({"l_returnflag", "l_linestatus"})
      .Agg({sum(col("l_quantity")).As("sum_qty"), sum(col("l_extendedprice")).As("sum_base_price"),
            sum(revenue).As("sum_disc_price"), sum(revenue * (1 + col("l_tax"))).As("sum_charge"),
            mean(col("l_quantity")).As("avg_qty"), mean(col("l_extendedprice")).As("avg_price"),
            mean(col("l_discount")).As("avg_disc"), count().As("count_order")})
      .Sort({"l_returnflag", "l_linestatus"});
}

LazyFrame Q2(const Tables& scan) {
  const auto offers = scan("partsupp")
                          .Join(scan("supplier"), {On("ps_suppkey", "s_suppkey")})
                          .Join(scan("nation"), {On("s_nationkey", "n_nationkey")})
                          .Join(scan("region").Filter(col("r_name") == "EUROPE"),
                                {On("n_regionkey", "r_regionkey")});
  const auto parts = scan("part").Filter(col("p_size") == 15 && col("p_type").Like("%BRASS"));
  const auto cheapest = offers.GroupBy({"ps_partkey"}).Agg({min(col("ps_supplycost")).As("least")});
  return parts.Join(offers, {On("p_partkey", "ps_partkey")})
      .Join(cheapest, {On("p_partkey", "ps_partkey"), On("ps_supplycost", "least")})
      .Select({"s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr", "s_address", "s_phone",
               "s_comment"})
      .Sort({desc("s_acctbal"), "n_name", "s_name", "p_partkey"})
      .Limit(100);
}

LazyFrame Q3(const Tables& scan) {
  return scan("customer")
      .Filter(col("c_mktsegment") == "BUILDING")
      .Join(scan("orders").Filter(col("o_orderdate") < date(1995, 3, 15)),
            {On("c_custkey", "o_custkey")})
      .Join(scan("lineitem").Filter(col("l_shipdate") > date(1995, 3, 15)),
            {On("o_orderkey", "l_orderkey")})
      .GroupBy({"l_orderkey", "o_orderdate", "o_shippriority"})
      .Agg({sum(revenue).As("revenue")})
      .Select({"l_orderkey", "revenue", "o_orderdate", "o_shippriority"})
      .Sort({desc("revenue"), "o_orderdate"})
      .Limit(10);
}

LazyFrame Q4(const Tables& scan) {
  return scan("orders")
      .Filter(col("o_orderdate") >= date(1993, 7, 1) && col("o_orderdate") < date(1993, 10, 1))
      .Join(scan("lineitem").Filter(col("l_commitdate") < col("l_receiptdate")),
            {On("o_orderkey", "l_orderkey")}, JoinKind::kSemi)
      .GroupBy({"o_orderpriority"})
      .Agg({count().As("order_count")})
      .Sort({"o_orderpriority"});
}

LazyFrame Q5(const Tables& scan) {
  return scan("customer")
      .Join(scan("orders").Filter(col("o_orderdate") >= date(1994, 1, 1) &&
                                  col("o_orderdate") < date(1995, 1, 1)),
            {On("c_custkey", "o_custkey")})
      .Join(scan("lineitem"), {On("o_orderkey", "l_orderkey")})
      .Join(scan("supplier"), {On("l_suppkey", "s_suppkey"), On("c_nationkey", "s_nationkey")})
      .Join(scan("nation"), {On("s_nationkey", "n_nationkey")})
      .Join(scan("region").Filter(col("r_name") == "ASIA"), {On("n_regionkey", "r_regionkey")})
      .GroupBy({"n_name"})
      .Agg({sum(revenue).As("revenue")})
      .Sort({desc("revenue")});
}

LazyFrame Q6(const Tables& scan) {
  return scan("lineitem")
      .Filter(col("l_shipdate") >= date(1994, 1, 1) && col("l_shipdate") < date(1995, 1, 1) &&
              col("l_discount").Between(0.05, 0.07) && col("l_quantity") < 24)
      .Agg({sum(col("l_extendedprice") * col("l_discount")).As("revenue")});
}

LazyFrame Q7(const Tables& scan) {
  const auto nations = scan("nation").Select({"n_nationkey", "n_name"});
  const Expr from = col("supp_nation"), to = col("cust_nation");
  return scan("supplier")
      .Join(
          scan("lineitem").Filter(col("l_shipdate").Between(date(1995, 1, 1), date(1996, 12, 31))),
          {On("s_suppkey", "l_suppkey")})
      .Join(scan("orders"), {On("l_orderkey", "o_orderkey")})
      .Join(scan("customer"), {On("o_custkey", "c_custkey")})
      .Join(nations.Rename({{"n_name", "supp_nation"}}), {On("s_nationkey", "n_nationkey")})
      .Join(nations.Rename({{"n_name", "cust_nation"}}), {On("c_nationkey", "n_nationkey")})
      .Filter((from == "FRANCE" && to == "GERMANY") || (from == "GERMANY" && to == "FRANCE"))
      .GroupBy({"supp_nation", "cust_nation", col("l_shipdate").Year().As("l_year")})
      .Agg({sum(revenue).As("revenue")})
      .Sort({"supp_nation", "cust_nation", "l_year"});
}

LazyFrame Q8(const Tables& scan) {
  const Expr volume = col("volume");
  return scan("part")
      .Filter(col("p_type") == "ECONOMY ANODIZED STEEL")
      .Join(scan("lineitem"), {On("p_partkey", "l_partkey")})
      .Join(scan("supplier"), {On("l_suppkey", "s_suppkey")})
      .Join(scan("orders").Filter(col("o_orderdate").Between(date(1995, 1, 1), date(1996, 12, 31))),
            {On("l_orderkey", "o_orderkey")})
      .Join(scan("customer"), {On("o_custkey", "c_custkey")})
      .Join(scan("nation").Select({"n_nationkey", "n_regionkey"}),
            {On("c_nationkey", "n_nationkey")})
      .Join(scan("region").Filter(col("r_name") == "AMERICA"), {On("n_regionkey", "r_regionkey")})
      .Join(scan("nation").Select({col("n_nationkey").As("s_key"), col("n_name").As("nation")}),
            {On("s_nationkey", "s_key")})
      .Select({col("o_orderdate").Year().As("o_year"), revenue.As("volume"), "nation"})
      .GroupBy({"o_year"})
      .Agg({(sum(when(col("nation") == "BRAZIL").Then(volume).Otherwise(0)) / sum(volume))
                .As("mkt_share")})
      .Sort({"o_year"});
}

LazyFrame Q9(const Tables& scan) {
  return scan("part")
      .Filter(col("p_name").Like("%green%"))
      .Join(scan("lineitem"), {On("p_partkey", "l_partkey")})
      .Join(scan("supplier"), {On("l_suppkey", "s_suppkey")})
      .Join(scan("partsupp"), {On("l_suppkey", "ps_suppkey"), On("l_partkey", "ps_partkey")})
      .Join(scan("orders"), {On("l_orderkey", "o_orderkey")})
      .Join(scan("nation"), {On("s_nationkey", "n_nationkey")})
      .GroupBy({col("n_name").As("nation"), col("o_orderdate").Year().As("o_year")})
      .Agg({sum(revenue - col("ps_supplycost") * col("l_quantity")).As("sum_profit")})
      .Sort({"nation", desc("o_year")});
}

LazyFrame Q10(const Tables& scan) {
  return scan("customer")
      .Join(scan("orders").Filter(col("o_orderdate") >= date(1993, 10, 1) &&
                                  col("o_orderdate") < date(1994, 1, 1)),
            {On("c_custkey", "o_custkey")})
      .Join(scan("lineitem").Filter(col("l_returnflag") == "R"), {On("o_orderkey", "l_orderkey")})
      .Join(scan("nation"), {On("c_nationkey", "n_nationkey")})
      .GroupBy({"c_custkey", "c_name", "c_acctbal", "c_phone", "n_name", "c_address", "c_comment"})
      .Agg({sum(revenue).As("revenue")})
      .Select({"c_custkey", "c_name", "revenue", "c_acctbal", "n_name", "c_address", "c_phone",
               "c_comment"})
      .Sort({desc("revenue")})
      .Limit(20);
}

LazyFrame Q11(const Tables& scan) {
  const auto stock = scan("partsupp")
                         .Join(scan("supplier"), {On("ps_suppkey", "s_suppkey")})
                         .Join(scan("nation").Filter(col("n_name") == "GERMANY"),
                               {On("s_nationkey", "n_nationkey")});
  const Expr value = sum(col("ps_supplycost") * col("ps_availqty"));
  return stock.GroupBy({"ps_partkey"})
      .Agg({value.As("value")})
      .CrossJoin(stock.Agg({(value * decimal("0.0001")).As("least")}))
      .Filter(col("value") > col("least"))
      .Select({"ps_partkey", "value"})
      .Sort({desc("value")});
}

LazyFrame Q12(const Tables& scan) {
  const Expr urgent = col("o_orderpriority").IsIn({"1-URGENT", "2-HIGH"});
  return scan("orders")
      .Join(scan("lineitem")
                .Filter(col("l_shipmode").IsIn({"MAIL", "SHIP"}) &&
                        col("l_commitdate") < col("l_receiptdate") &&
                        col("l_shipdate") < col("l_commitdate") &&
                        col("l_receiptdate") >= date(1994, 1, 1) &&
                        col("l_receiptdate") < date(1995, 1, 1)),
            {On("o_orderkey", "l_orderkey")})
      .GroupBy({"l_shipmode"})
      .Agg({sum(when(urgent).Then(1).Otherwise(0)).As("high_line_count"),
            sum(when(urgent).Then(0).Otherwise(1)).As("low_line_count")})
      .Sort({"l_shipmode"});
}

LazyFrame Q13(const Tables& scan) {
  return scan("customer")
      .Join(scan("orders").Filter(!col("o_comment").Like("%special%requests%")),
            {On("c_custkey", "o_custkey")}, JoinKind::kLeft)
      .GroupBy({"c_custkey"})
      .Agg({count(col("o_orderkey")).As("c_count")})
      .GroupBy({"c_count"})
      .Agg({count().As("custdist")})
      .Sort({desc("custdist"), desc("c_count")});
}

LazyFrame Q14(const Tables& scan) {
  const Expr promo = when(col("p_type").Like("PROMO%")).Then(revenue).Otherwise(0);
  return scan("lineitem")
      .Filter(col("l_shipdate") >= date(1995, 9, 1) && col("l_shipdate") < date(1995, 10, 1))
      .Join(scan("part"), {On("l_partkey", "p_partkey")})
      .Agg({(decimal("100.00") * sum(promo) / sum(revenue)).As("promo_revenue")});
}

LazyFrame Q15(const Tables& scan) {
  const auto totals =
      scan("lineitem")
          .Filter(col("l_shipdate") >= date(1996, 1, 1) && col("l_shipdate") < date(1996, 4, 1))
          .GroupBy({col("l_suppkey").As("supplier_no")})
          .Agg({sum(revenue).As("total_revenue")});
  return scan("supplier")
      .Join(totals, {On("s_suppkey", "supplier_no")})
      .Join(totals.Agg({max(col("total_revenue")).As("most")}), {On("total_revenue", "most")})
      .Select({"s_suppkey", "s_name", "s_address", "s_phone", "total_revenue"})
      .Sort({"s_suppkey"});
}

LazyFrame Q16(const Tables& scan) {
  const auto complaints = scan("supplier").Filter(col("s_comment").Like("%Customer%Complaints%"));
  return scan("partsupp")
      .Join(scan("part").Filter(col("p_brand") != "Brand#45" &&
                                !col("p_type").Like("MEDIUM POLISHED%") &&
                                col("p_size").IsIn({49, 14, 23, 45, 19, 3, 36, 9})),
            {On("ps_partkey", "p_partkey")})
      .Join(complaints, {On("ps_suppkey", "s_suppkey")}, JoinKind::kAnti)
      .GroupBy({"p_brand", "p_type", "p_size"})
      .Agg({count_distinct(col("ps_suppkey")).As("supplier_cnt")})
      .Sort({desc("supplier_cnt"), "p_brand", "p_type", "p_size"});
}

LazyFrame Q17(const Tables& scan) {
  const auto usual = scan("lineitem")
                         .GroupBy({col("l_partkey").As("part")})
                         .Agg({(0.2 * mean(col("l_quantity"))).As("little")});
  return scan("lineitem")
      .Join(scan("part").Filter(col("p_brand") == "Brand#23" && col("p_container") == "MED BOX"),
            {On("l_partkey", "p_partkey")})
      .Join(usual, {On("l_partkey", "part")})
      .Filter(col("l_quantity") < col("little"))
      .Agg({(sum(col("l_extendedprice")) / decimal("7.0")).As("avg_yearly")});
}

LazyFrame Q18(const Tables& scan) {
  const auto large = scan("lineitem")
                         .GroupBy({"l_orderkey"})
                         .Agg({sum(col("l_quantity")).As("quantity")})
                         .Filter(col("quantity") > 300);
  return scan("customer")
      .Join(scan("orders"), {On("c_custkey", "o_custkey")})
      .Join(large, {On("o_orderkey", "l_orderkey")}, JoinKind::kSemi)
      .Join(scan("lineitem"), {On("o_orderkey", "l_orderkey")})
      .GroupBy({"c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice"})
      .Agg({sum(col("l_quantity")).As("quantity")})
      .Sort({desc("o_totalprice"), "o_orderdate"})
      .Limit(100);
}

LazyFrame Q19(const Tables& scan) {
  const auto of = [](const char* brand, const char* size, int quantity, int most) {
    const std::string container(size);
    std::vector<Expr> containers;
    for (const char* kind : {"CASE", "BOX", "PACK", "PKG", "BAG"}) {
      const std::string name = kind;
      const bool small = container == "SM" && name != "BAG";
      const bool medium = container == "MED" && name != "CASE";
      const bool large = container == "LG" && name != "BAG";
      if (small || medium || large) containers.emplace_back(container + " " + name);
    }
    return col("p_brand") == brand && col("p_container").IsIn(containers) &&
           col("l_quantity").Between(quantity, quantity + 10) && col("p_size").Between(1, most);
  };
  return scan("lineitem")
      .Filter(col("l_shipmode").IsIn({"AIR", "AIR REG"}) &&
              col("l_shipinstruct") == "DELIVER IN PERSON")
      .Join(scan("part"), {On("l_partkey", "p_partkey")})
      .Filter(of("Brand#12", "SM", 1, 5) || of("Brand#23", "MED", 10, 10) ||
              of("Brand#34", "LG", 20, 15))
      .Agg({sum(revenue).As("revenue")});
}

LazyFrame Q20(const Tables& scan) {
  const auto shipped =
      scan("lineitem")
          .Filter(col("l_shipdate") >= date(1994, 1, 1) && col("l_shipdate") < date(1995, 1, 1))
          .GroupBy({"l_partkey", "l_suppkey"})
          .Agg({(decimal("0.5") * sum(col("l_quantity"))).As("half")});
  const auto excess =
      scan("partsupp")
          .Join(scan("part").Filter(col("p_name").Like("forest%")), {On("ps_partkey", "p_partkey")},
                JoinKind::kSemi)
          .Join(shipped, {On("ps_partkey", "l_partkey"), On("ps_suppkey", "l_suppkey")})
          .Filter(col("ps_availqty") > col("half"));
  return scan("supplier")
      .Join(scan("nation").Filter(col("n_name") == "CANADA"), {On("s_nationkey", "n_nationkey")})
      .Join(excess, {On("s_suppkey", "ps_suppkey")}, JoinKind::kSemi)
      .Select({"s_name", "s_address"})
      .Sort({"s_name"});
}

LazyFrame Q21(const Tables& scan) {
  const auto late = scan("lineitem").Filter(col("l_receiptdate") > col("l_commitdate"));
  // Is there another supplier of the same order, and is none of the others late?
  JoinOptions others(JoinKind::kSemi), none(JoinKind::kAnti);
  others.condition = none.condition = col("l_suppkey") != col("other");
  const std::vector<Column> parts = {col("l_orderkey").As("order"), col("l_suppkey").As("other")};
  return scan("supplier")
      .Join(late, {On("s_suppkey", "l_suppkey")})
      .Join(scan("orders").Filter(col("o_orderstatus") == "F"), {On("l_orderkey", "o_orderkey")})
      .Join(scan("nation").Filter(col("n_name") == "SAUDI ARABIA"),
            {On("s_nationkey", "n_nationkey")})
      .Select({"s_name", "l_orderkey", "l_suppkey"})
      .Join(scan("lineitem").Select(parts), {On("l_orderkey", "order")}, others)
      .Join(late.Select(parts), {On("l_orderkey", "order")}, none)
      .GroupBy({"s_name"})
      .Agg({count().As("numwait")})
      .Sort({desc("numwait"), "s_name"})
      .Limit(100);
}

LazyFrame Q22(const Tables& scan) {
  const auto customers =
      scan("customer")
          .WithColumns({col("c_phone").Substring(1, 2).As("cntrycode")})
          .Filter(col("cntrycode").IsIn({"13", "31", "23", "29", "30", "18", "17"}));
  const auto usual =
      customers.Filter(col("c_acctbal") > 0).Agg({mean(col("c_acctbal")).As("usual")});
  return customers.Join(scan("orders"), {On("c_custkey", "o_custkey")}, JoinKind::kAnti)
      .CrossJoin(usual)
      .Filter(col("c_acctbal") > col("usual"))
      .GroupBy({"cntrycode"})
      .Agg({count().As("numcust"), sum(col("c_acctbal")).As("totacctbal")})
      .Sort({"cntrycode"});
}

}  // namespace

LazyFrame TpchQuery(int n, const Tables& scan) {
  using Query = LazyFrame (*)(const Tables&);
  static constexpr Query kQueries[] = {Q1,  Q2,  Q3,  Q4,  Q5,  Q6,  Q7,  Q8,  Q9,  Q10, Q11,
                                       Q12, Q13, Q14, Q15, Q16, Q17, Q18, Q19, Q20, Q21, Q22};
  return kQueries[n - 1](scan);
}

std::shared_ptr<arrow::Schema> TpchSchema(const std::string& table) {
  const auto key = arrow::int64();
  const auto number = arrow::int32();
  const auto money = arrow::decimal128(15, 2);
  const auto text = arrow::utf8();
  const auto day = arrow::date32();
  using Columns = std::vector<std::pair<std::string, std::shared_ptr<arrow::DataType>>>;
  Columns columns;
  if (table == "region") {
    columns = {{"r_regionkey", key}, {"r_name", text}, {"r_comment", text}};
  } else if (table == "nation") {
    columns = {{"n_nationkey", key}, {"n_name", text}, {"n_regionkey", key}, {"n_comment", text}};
  } else if (table == "supplier") {
    columns = {{"s_suppkey", key}, {"s_name", text},     {"s_address", text}, {"s_nationkey", key},
               {"s_phone", text},  {"s_acctbal", money}, {"s_comment", text}};
  } else if (table == "part") {
    columns = {{"p_partkey", key},    {"p_name", text},         {"p_mfgr", text},
               {"p_brand", text},     {"p_type", text},         {"p_size", number},
               {"p_container", text}, {"p_retailprice", money}, {"p_comment", text}};
  } else if (table == "partsupp") {
    columns = {{"ps_partkey", key},
               {"ps_suppkey", key},
               {"ps_availqty", number},
               {"ps_supplycost", money},
               {"ps_comment", text}};
  } else if (table == "customer") {
    columns = {{"c_custkey", key},     {"c_name", text},   {"c_address", text},
               {"c_nationkey", key},   {"c_phone", text},  {"c_acctbal", money},
               {"c_mktsegment", text}, {"c_comment", text}};
  } else if (table == "orders") {
    columns = {{"o_orderkey", key},     {"o_custkey", key},         {"o_orderstatus", text},
               {"o_totalprice", money}, {"o_orderdate", day},       {"o_orderpriority", text},
               {"o_clerk", text},       {"o_shippriority", number}, {"o_comment", text}};
  } else if (table == "lineitem") {
    columns = {{"l_orderkey", key},      {"l_partkey", key},       {"l_suppkey", key},
               {"l_linenumber", number}, {"l_quantity", money},    {"l_extendedprice", money},
               {"l_discount", money},    {"l_tax", money},         {"l_returnflag", text},
               {"l_linestatus", text},   {"l_shipdate", day},      {"l_commitdate", day},
               {"l_receiptdate", day},   {"l_shipinstruct", text}, {"l_shipmode", text},
               {"l_comment", text}};
  }
  arrow::FieldVector fields;
  for (auto& [name, type] : columns) fields.push_back(arrow::field(name, type));
  return arrow::schema(std::move(fields));
}

}  // namespace bowyer
