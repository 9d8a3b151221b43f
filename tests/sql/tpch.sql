-- name: 1
-- column: l_returnflag: string
-- column: l_linestatus: string
-- column: sum_qty: decimal128(38, 2)
-- column: sum_base_price: decimal128(38, 2)
-- column: sum_disc_price: decimal128(38, 4)
-- column: sum_charge: decimal128(38, 6)
-- column: avg_qty: double
-- column: avg_price: double
-- column: avg_disc: double
-- column: count_order: int64
SELECT
  "l_returnflag",
  "l_linestatus",
  sum("l_quantity") AS "sum_qty",
  sum("l_extendedprice") AS "sum_base_price",
  sum("l_extendedprice" * (1 - "l_discount")) AS "sum_disc_price",
  sum("l_extendedprice" * (1 - "l_discount") * (1 + "l_tax")) AS "sum_charge",
  avg("l_quantity") AS "avg_qty",
  avg("l_extendedprice") AS "avg_price",
  avg("l_discount") AS "avg_disc",
  count(*) AS "count_order"
FROM "lineitem"
WHERE "l_shipdate" <= DATE '1998-09-02'
GROUP BY "l_returnflag", "l_linestatus"
ORDER BY "l_returnflag", "l_linestatus";

-- name: 2
-- column: s_acctbal: decimal128(15, 2)
-- column: s_name: string
-- column: n_name: string
-- column: p_partkey: int64
-- column: p_mfgr: string
-- column: s_address: string
-- column: s_phone: string
-- column: s_comment: string
WITH part1 AS (
  SELECT
    t1."ps_partkey",
    t1."ps_supplycost",
    t2."s_name",
    t2."s_address",
    t2."s_phone",
    t2."s_acctbal",
    t2."s_comment",
    t3."n_name"
  FROM "partsupp" AS t1
  JOIN "supplier" AS t2 ON t1."ps_suppkey" = t2."s_suppkey"
  JOIN "nation" AS t3 ON t2."s_nationkey" = t3."n_nationkey"
  JOIN "region" AS t4 ON t3."n_regionkey" = t4."r_regionkey"
  WHERE t4."r_name" = 'EUROPE'
)
SELECT
  t2."s_acctbal",
  t2."s_name",
  t2."n_name",
  t1."p_partkey",
  t1."p_mfgr",
  t2."s_address",
  t2."s_phone",
  t2."s_comment"
FROM "part" AS t1
JOIN part1 AS t2 ON t1."p_partkey" = t2."ps_partkey"
JOIN (
  SELECT "ps_partkey", min("ps_supplycost") AS "least"
  FROM part1
  GROUP BY "ps_partkey"
) AS t3 ON t1."p_partkey" = t3."ps_partkey" AND t2."ps_supplycost" = t3."least"
WHERE t1."p_size" = 15 AND t1."p_type" LIKE '%BRASS'
ORDER BY t2."s_acctbal" DESC, t2."n_name", t2."s_name", t1."p_partkey"
LIMIT 100;

-- name: 3
-- column: l_orderkey: int64
-- column: revenue: decimal128(38, 4)
-- column: o_orderdate: date32[day]
-- column: o_shippriority: int32
SELECT
  t3."l_orderkey",
  sum(t3."l_extendedprice" * (1 - t3."l_discount")) AS "revenue",
  t2."o_orderdate",
  t2."o_shippriority"
FROM "customer" AS t1
JOIN "orders" AS t2 ON t1."c_custkey" = t2."o_custkey"
JOIN "lineitem" AS t3 ON t2."o_orderkey" = t3."l_orderkey"
WHERE t1."c_mktsegment" = 'BUILDING'
  AND t2."o_orderdate" < DATE '1995-03-15'
  AND t3."l_shipdate" > DATE '1995-03-15'
GROUP BY t3."l_orderkey", t2."o_orderdate", t2."o_shippriority"
ORDER BY "revenue" DESC, t2."o_orderdate"
LIMIT 10;

-- name: 4
-- column: o_orderpriority: string
-- column: order_count: int64
SELECT t1."o_orderpriority", count(*) AS "order_count"
FROM "orders" AS t1
SEMI JOIN (
  SELECT *
  FROM "lineitem"
  WHERE "l_commitdate" < "l_receiptdate"
) AS t2 ON t1."o_orderkey" = t2."l_orderkey"
WHERE t1."o_orderdate" >= DATE '1993-07-01' AND t1."o_orderdate" < DATE '1993-10-01'
GROUP BY t1."o_orderpriority"
ORDER BY t1."o_orderpriority";

-- name: 5
-- column: n_name: string
-- column: revenue: decimal128(38, 4)
SELECT t5."n_name", sum(t3."l_extendedprice" * (1 - t3."l_discount")) AS "revenue"
FROM "customer" AS t1
JOIN "orders" AS t2 ON t1."c_custkey" = t2."o_custkey"
JOIN "lineitem" AS t3 ON t2."o_orderkey" = t3."l_orderkey"
JOIN "supplier" AS t4 ON t3."l_suppkey" = t4."s_suppkey" AND t1."c_nationkey" = t4."s_nationkey"
JOIN "nation" AS t5 ON t4."s_nationkey" = t5."n_nationkey"
JOIN "region" AS t6 ON t5."n_regionkey" = t6."r_regionkey"
WHERE t2."o_orderdate" >= DATE '1994-01-01'
  AND t2."o_orderdate" < DATE '1995-01-01'
  AND t6."r_name" = 'ASIA'
GROUP BY t5."n_name"
ORDER BY "revenue" DESC;

-- name: 6
-- column: revenue: decimal128(38, 4)
SELECT sum("l_extendedprice" * "l_discount") AS "revenue"
FROM "lineitem"
WHERE "l_shipdate" >= DATE '1994-01-01'
  AND "l_shipdate" < DATE '1995-01-01'
  AND "l_discount" >= 0.05
  AND "l_discount" <= 0.07
  AND "l_quantity" < 24;

-- name: 7
-- column: supp_nation: string
-- column: cust_nation: string
-- column: l_year: int64
-- column: revenue: decimal128(38, 4)
SELECT
  t5."n_name" AS "supp_nation",
  t6."n_name" AS "cust_nation",
  year(t2."l_shipdate") AS "l_year",
  sum(t2."l_extendedprice" * (1 - t2."l_discount")) AS "revenue"
FROM "supplier" AS t1
JOIN "lineitem" AS t2 ON t1."s_suppkey" = t2."l_suppkey"
JOIN "orders" AS t3 ON t2."l_orderkey" = t3."o_orderkey"
JOIN "customer" AS t4 ON t3."o_custkey" = t4."c_custkey"
JOIN "nation" AS t5 ON t1."s_nationkey" = t5."n_nationkey"
JOIN "nation" AS t6 ON t4."c_nationkey" = t6."n_nationkey"
WHERE t2."l_shipdate" >= DATE '1995-01-01'
  AND t2."l_shipdate" <= DATE '1996-12-31'
  AND (t5."n_name" = 'FRANCE' AND t6."n_name" = 'GERMANY' OR t5."n_name" = 'GERMANY' AND t6."n_name" = 'FRANCE')
GROUP BY t5."n_name", t6."n_name", year(t2."l_shipdate")
ORDER BY t5."n_name", t6."n_name", "l_year";

-- name: 8
-- column: o_year: int64
-- column: mkt_share: double
SELECT
  "o_year",
  sum(CASE WHEN "nation" = 'BRAZIL' THEN "volume" ELSE 0 END) / sum("volume") AS "mkt_share"
FROM (
  SELECT
    year(t4."o_orderdate") AS "o_year",
    t2."l_extendedprice" * (1 - t2."l_discount") AS "volume",
    t8."n_name" AS "nation"
  FROM "part" AS t1
  JOIN "lineitem" AS t2 ON t1."p_partkey" = t2."l_partkey"
  JOIN "supplier" AS t3 ON t2."l_suppkey" = t3."s_suppkey"
  JOIN "orders" AS t4 ON t2."l_orderkey" = t4."o_orderkey"
  JOIN "customer" AS t5 ON t4."o_custkey" = t5."c_custkey"
  JOIN "nation" AS t6 ON t5."c_nationkey" = t6."n_nationkey"
  JOIN "region" AS t7 ON t6."n_regionkey" = t7."r_regionkey"
  JOIN "nation" AS t8 ON t3."s_nationkey" = t8."n_nationkey"
  WHERE t1."p_type" = 'ECONOMY ANODIZED STEEL'
    AND t4."o_orderdate" >= DATE '1995-01-01'
    AND t4."o_orderdate" <= DATE '1996-12-31'
    AND t7."r_name" = 'AMERICA'
)
GROUP BY "o_year"
ORDER BY "o_year";

-- name: 9
-- column: nation: string
-- column: o_year: int64
-- column: sum_profit: decimal128(38, 4)
SELECT
  t6."n_name" AS "nation",
  year(t5."o_orderdate") AS "o_year",
  sum(t2."l_extendedprice" * (1 - t2."l_discount") - t4."ps_supplycost" * t2."l_quantity") AS "sum_profit"
FROM "part" AS t1
JOIN "lineitem" AS t2 ON t1."p_partkey" = t2."l_partkey"
JOIN "supplier" AS t3 ON t2."l_suppkey" = t3."s_suppkey"
JOIN "partsupp" AS t4 ON t2."l_suppkey" = t4."ps_suppkey" AND t2."l_partkey" = t4."ps_partkey"
JOIN "orders" AS t5 ON t2."l_orderkey" = t5."o_orderkey"
JOIN "nation" AS t6 ON t3."s_nationkey" = t6."n_nationkey"
WHERE t1."p_name" LIKE '%green%'
GROUP BY t6."n_name", year(t5."o_orderdate")
ORDER BY t6."n_name", "o_year" DESC;

-- name: 10
-- column: c_custkey: int64
-- column: c_name: string
-- column: revenue: decimal128(38, 4)
-- column: c_acctbal: decimal128(15, 2)
-- column: n_name: string
-- column: c_address: string
-- column: c_phone: string
-- column: c_comment: string
SELECT
  t1."c_custkey",
  t1."c_name",
  sum(t3."l_extendedprice" * (1 - t3."l_discount")) AS "revenue",
  t1."c_acctbal",
  t4."n_name",
  t1."c_address",
  t1."c_phone",
  t1."c_comment"
FROM "customer" AS t1
JOIN "orders" AS t2 ON t1."c_custkey" = t2."o_custkey"
JOIN "lineitem" AS t3 ON t2."o_orderkey" = t3."l_orderkey"
JOIN "nation" AS t4 ON t1."c_nationkey" = t4."n_nationkey"
WHERE t2."o_orderdate" >= DATE '1993-10-01'
  AND t2."o_orderdate" < DATE '1994-01-01'
  AND t3."l_returnflag" = 'R'
GROUP BY
  t1."c_custkey",
  t1."c_name",
  t1."c_acctbal",
  t1."c_phone",
  t4."n_name",
  t1."c_address",
  t1."c_comment"
ORDER BY "revenue" DESC
LIMIT 20;

-- name: 11
-- column: ps_partkey: int64
-- column: value: decimal128(38, 2)
WITH part1 AS (
  SELECT t1."ps_partkey", t1."ps_availqty", t1."ps_supplycost"
  FROM "partsupp" AS t1
  JOIN "supplier" AS t2 ON t1."ps_suppkey" = t2."s_suppkey"
  JOIN "nation" AS t3 ON t2."s_nationkey" = t3."n_nationkey"
  WHERE t3."n_name" = 'GERMANY'
)
SELECT t1."ps_partkey", t1."value"
FROM (
  SELECT "ps_partkey", sum("ps_supplycost" * "ps_availqty") AS "value"
  FROM part1
  GROUP BY "ps_partkey"
) AS t1
CROSS JOIN (
  SELECT sum("ps_supplycost" * "ps_availqty") * 0.0001 AS "least"
  FROM part1
) AS t2
WHERE t1."value" > t2."least"
ORDER BY t1."value" DESC;

-- name: 12
-- column: l_shipmode: string
-- column: high_line_count: decimal128(38, 0)
-- column: low_line_count: decimal128(38, 0)
SELECT
  t2."l_shipmode",
  sum(CASE WHEN t1."o_orderpriority" IN ('1-URGENT', '2-HIGH') THEN 1 ELSE 0 END) AS "high_line_count",
  sum(CASE WHEN t1."o_orderpriority" IN ('1-URGENT', '2-HIGH') THEN 0 ELSE 1 END) AS "low_line_count"
FROM "orders" AS t1
JOIN "lineitem" AS t2 ON t1."o_orderkey" = t2."l_orderkey"
WHERE t2."l_shipmode" IN ('MAIL', 'SHIP')
  AND t2."l_commitdate" < t2."l_receiptdate"
  AND t2."l_shipdate" < t2."l_commitdate"
  AND t2."l_receiptdate" >= DATE '1994-01-01'
  AND t2."l_receiptdate" < DATE '1995-01-01'
GROUP BY t2."l_shipmode"
ORDER BY t2."l_shipmode";

-- name: 13
-- column: c_count: int64
-- column: custdist: int64
SELECT "c_count", count(*) AS "custdist"
FROM (
  SELECT t1."c_custkey", count(t2."o_orderkey") AS "c_count"
  FROM "customer" AS t1
  LEFT JOIN (
    SELECT *
    FROM "orders"
    WHERE "o_comment" NOT LIKE '%special%requests%'
  ) AS t2 ON t1."c_custkey" = t2."o_custkey"
  GROUP BY t1."c_custkey"
)
GROUP BY "c_count"
ORDER BY "custdist" DESC, "c_count" DESC;

-- name: 14
-- column: promo_revenue: double
SELECT 100.00 * sum(CASE WHEN t2."p_type" LIKE 'PROMO%' THEN t1."l_extendedprice" * (1 - t1."l_discount") ELSE 0 END) / sum(t1."l_extendedprice" * (1 - t1."l_discount")) AS "promo_revenue"
FROM "lineitem" AS t1
JOIN "part" AS t2 ON t1."l_partkey" = t2."p_partkey"
WHERE t1."l_shipdate" >= DATE '1995-09-01' AND t1."l_shipdate" < DATE '1995-10-01';

-- name: 15
-- column: s_suppkey: int64
-- column: s_name: string
-- column: s_address: string
-- column: s_phone: string
-- column: total_revenue: decimal128(38, 4)
WITH part1 AS (
  SELECT "l_suppkey" AS "supplier_no", sum("l_extendedprice" * (1 - "l_discount")) AS "total_revenue"
  FROM "lineitem"
  WHERE "l_shipdate" >= DATE '1996-01-01' AND "l_shipdate" < DATE '1996-04-01'
  GROUP BY "l_suppkey"
)
SELECT t1."s_suppkey", t1."s_name", t1."s_address", t1."s_phone", t2."total_revenue"
FROM "supplier" AS t1
JOIN part1 AS t2 ON t1."s_suppkey" = t2."supplier_no"
JOIN (
  SELECT max("total_revenue") AS "most"
  FROM part1
) AS t3 ON t2."total_revenue" = t3."most"
ORDER BY t1."s_suppkey";

-- name: 16
-- column: p_brand: string
-- column: p_type: string
-- column: p_size: int32
-- column: supplier_cnt: int64
SELECT t2."p_brand", t2."p_type", t2."p_size", count(DISTINCT t1."ps_suppkey") AS "supplier_cnt"
FROM "partsupp" AS t1
JOIN "part" AS t2 ON t1."ps_partkey" = t2."p_partkey"
ANTI JOIN (
  SELECT *
  FROM "supplier"
  WHERE "s_comment" LIKE '%Customer%Complaints%'
) AS t3 ON t1."ps_suppkey" = t3."s_suppkey"
WHERE t2."p_brand" <> 'Brand#45'
  AND t2."p_type" NOT LIKE 'MEDIUM POLISHED%'
  AND t2."p_size" IN (49, 14, 23, 45, 19, 3, 36, 9)
GROUP BY t2."p_brand", t2."p_type", t2."p_size"
ORDER BY "supplier_cnt" DESC, t2."p_brand", t2."p_type", t2."p_size";

-- name: 17
-- column: avg_yearly: double
SELECT sum(t1."l_extendedprice") / 7.0 AS "avg_yearly"
FROM "lineitem" AS t1
JOIN "part" AS t2 ON t1."l_partkey" = t2."p_partkey"
JOIN (
  SELECT "l_partkey" AS "part", 0.2e0 * avg("l_quantity") AS "little"
  FROM "lineitem"
  GROUP BY "l_partkey"
) AS t3 ON t1."l_partkey" = t3."part"
WHERE t2."p_brand" = 'Brand#23' AND t2."p_container" = 'MED BOX' AND t1."l_quantity" < t3."little";

-- name: 18
-- column: c_name: string
-- column: c_custkey: int64
-- column: o_orderkey: int64
-- column: o_orderdate: date32[day]
-- column: o_totalprice: decimal128(15, 2)
-- column: quantity: decimal128(38, 2)
SELECT
  t1."c_name",
  t1."c_custkey",
  t2."o_orderkey",
  t2."o_orderdate",
  t2."o_totalprice",
  sum(t4."l_quantity") AS "quantity"
FROM "customer" AS t1
JOIN "orders" AS t2 ON t1."c_custkey" = t2."o_custkey"
SEMI JOIN (
  SELECT "l_orderkey", sum("l_quantity") AS "quantity"
  FROM "lineitem"
  GROUP BY "l_orderkey"
  HAVING sum("l_quantity") > 300
) AS t3 ON t2."o_orderkey" = t3."l_orderkey"
JOIN "lineitem" AS t4 ON t2."o_orderkey" = t4."l_orderkey"
GROUP BY t1."c_name", t1."c_custkey", t2."o_orderkey", t2."o_orderdate", t2."o_totalprice"
ORDER BY t2."o_totalprice" DESC, t2."o_orderdate"
LIMIT 100;

-- name: 19
-- column: revenue: decimal128(38, 4)
SELECT sum(t1."l_extendedprice" * (1 - t1."l_discount")) AS "revenue"
FROM "lineitem" AS t1
JOIN "part" AS t2 ON t1."l_partkey" = t2."p_partkey"
WHERE t1."l_shipmode" IN ('AIR', 'AIR REG')
  AND t1."l_shipinstruct" = 'DELIVER IN PERSON'
  AND (t2."p_brand" = 'Brand#12' AND t2."p_container" IN ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG') AND t1."l_quantity" >= 1 AND t1."l_quantity" <= 11 AND t2."p_size" >= 1 AND t2."p_size" <= 5 OR t2."p_brand" = 'Brand#23' AND t2."p_container" IN ('MED BOX', 'MED PACK', 'MED PKG', 'MED BAG') AND t1."l_quantity" >= 10 AND t1."l_quantity" <= 20 AND t2."p_size" >= 1 AND t2."p_size" <= 10 OR t2."p_brand" = 'Brand#34' AND t2."p_container" IN ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG') AND t1."l_quantity" >= 20 AND t1."l_quantity" <= 30 AND t2."p_size" >= 1 AND t2."p_size" <= 15);

-- name: 20
-- column: s_name: string
-- column: s_address: string
SELECT t1."s_name", t1."s_address"
FROM "supplier" AS t1
JOIN "nation" AS t2 ON t1."s_nationkey" = t2."n_nationkey"
SEMI JOIN (
  SELECT
    t1."ps_partkey",
    t1."ps_suppkey",
    t1."ps_availqty",
    t1."ps_supplycost",
    t1."ps_comment",
    t3."l_partkey",
    t3."l_suppkey",
    t3."half"
  FROM "partsupp" AS t1
  SEMI JOIN (
    SELECT *
    FROM "part"
    WHERE "p_name" LIKE 'forest%'
  ) AS t2 ON t1."ps_partkey" = t2."p_partkey"
  JOIN (
    SELECT "l_partkey", "l_suppkey", 0.5 * sum("l_quantity") AS "half"
    FROM "lineitem"
    WHERE "l_shipdate" >= DATE '1994-01-01' AND "l_shipdate" < DATE '1995-01-01'
    GROUP BY "l_partkey", "l_suppkey"
  ) AS t3 ON t1."ps_partkey" = t3."l_partkey" AND t1."ps_suppkey" = t3."l_suppkey"
  WHERE t1."ps_availqty" > t3."half"
) AS t3 ON t1."s_suppkey" = t3."ps_suppkey"
WHERE t2."n_name" = 'CANADA'
ORDER BY t1."s_name";

-- name: 21
-- column: s_name: string
-- column: numwait: int64
SELECT t1."s_name", count(*) AS "numwait"
FROM "supplier" AS t1
JOIN "lineitem" AS t2 ON t1."s_suppkey" = t2."l_suppkey"
JOIN "orders" AS t3 ON t2."l_orderkey" = t3."o_orderkey"
JOIN "nation" AS t4 ON t1."s_nationkey" = t4."n_nationkey"
SEMI JOIN "lineitem" AS t5 ON t2."l_orderkey" = t5."l_orderkey" AND t2."l_suppkey" <> t5."l_suppkey"
ANTI JOIN (
  SELECT "l_orderkey" AS "order", "l_suppkey" AS "other"
  FROM "lineitem"
  WHERE "l_receiptdate" > "l_commitdate"
) AS t6 ON t2."l_orderkey" = t6."order" AND t2."l_suppkey" <> t6."other"
WHERE t2."l_receiptdate" > t2."l_commitdate"
  AND t3."o_orderstatus" = 'F'
  AND t4."n_name" = 'SAUDI ARABIA'
GROUP BY t1."s_name"
ORDER BY "numwait" DESC, t1."s_name"
LIMIT 100;

-- name: 22
-- column: cntrycode: string
-- column: numcust: int64
-- column: totacctbal: decimal128(38, 2)
SELECT t1."cntrycode", count(*) AS "numcust", sum(t1."c_acctbal") AS "totacctbal"
FROM (
  SELECT *, substring("c_phone", 1, 2) AS "cntrycode"
  FROM "customer"
) AS t1
ANTI JOIN "orders" AS t2 ON t1."c_custkey" = t2."o_custkey"
CROSS JOIN (
  SELECT avg("c_acctbal") AS "usual"
  FROM (
    SELECT *, substring("c_phone", 1, 2) AS "cntrycode"
    FROM "customer"
  )
  WHERE "cntrycode" IN ('13', '31', '23', '29', '30', '18', '17') AND "c_acctbal" > 0
) AS t3
WHERE t1."cntrycode" IN ('13', '31', '23', '29', '30', '18', '17') AND t1."c_acctbal" > t3."usual"
GROUP BY t1."cntrycode"
ORDER BY t1."cntrycode";

