-- name: one row of all
-- column: rows: int64
-- column: amount: double
-- column: latest: date32[day]
SELECT count(*) AS "rows", avg("amount") AS "amount", max("day") AS "latest"
FROM "orders.parquet";

-- name: keys only
-- column: category: string
SELECT "category"
FROM "orders.parquet"
GROUP BY "category";

-- name: by an expression
-- column: month: timestamp[us]
-- column: category: string
-- column: total: double
SELECT date_trunc('month', "day") AS "month", "category", sum("amount") AS "total"
FROM "orders.parquet"
GROUP BY date_trunc('month', "day"), "category"
ORDER BY "month";

-- name: having
-- column: category: string
-- column: average: double
SELECT "category", sum("amount") / count(*) AS "average"
FROM "orders.parquet"
GROUP BY "category"
HAVING sum("amount") > 100 AND count(*) >= 1;

-- name: an aggregate named as its column
-- column: category: string
-- column: amount: double
SELECT *
FROM (
  SELECT "category", sum("amount") AS "amount"
  FROM "orders.parquet"
  GROUP BY "category"
)
WHERE "amount" > 100
ORDER BY "amount" DESC;

-- name: of a key that is constant
-- column: k: int32
-- column: count: int64
SELECT "k", count(*) AS "count"
FROM (
  SELECT *, 1 AS "k"
  FROM "orders.parquet"
)
GROUP BY "k";

-- name: of an expression that is used twice
-- column: category: string
-- column: a: decimal128(38, 2)
-- column: b: decimal128(18, 2)
SELECT "category", sum("twice") AS "a", max("twice") AS "b"
FROM (
  SELECT *, "price" * 2 AS "twice"
  FROM "orders.parquet"
)
GROUP BY "category";

-- name: with keys in aggregates
-- column: user_id: int64
-- column: x: decimal128(38, 0)
SELECT "user_id", sum("quantity") + "user_id" AS "x"
FROM "orders.parquet"
GROUP BY "user_id";

-- name: some rows, in order
-- column: category: string
-- column: paid: int64
-- column: amounts: list<item: double>
-- column: first: double
SELECT
  "category",
  count(*) FILTER (WHERE "paid") AS "paid",
  list("amount" ORDER BY "day" DESC) FILTER (WHERE "amount" > 1) AS "amounts",
  first("amount" ORDER BY "day") AS "first"
FROM "orders.parquet"
GROUP BY "category";

-- name: the order of a sort reaches its aggregates
-- column: category: string
-- column: first: double
-- column: last: double
-- column: total: double
-- column: all: string
SELECT
  "category",
  first("amount" ORDER BY "day", "amount" DESC) AS "first",
  last("amount" ORDER BY "day", "amount" DESC) AS "last",
  sum("amount") AS "total",
  string_agg("category", ', ' ORDER BY "day", "amount" DESC) AS "all"
FROM "orders.parquet"
GROUP BY "category";

-- name: through a limit, too
-- column: amount: list<item: double>
SELECT list("amount" ORDER BY "day") AS "amount"
FROM (
  SELECT *
  FROM "orders.parquet"
  ORDER BY "day"
  LIMIT 3
);

-- name: twice
-- column: category: string
-- column: most: decimal128(38, 0)
-- column: average: double
SELECT "category", max("n") AS "most", avg("n") AS "average"
FROM (
  SELECT "category", "user_id", sum("quantity") AS "n"
  FROM "orders.parquet"
  GROUP BY "category", "user_id"
)
GROUP BY "category";

-- name: pivot
-- column: category: string
-- column: 1: double
-- column: feb: double
-- column: 3: double
SELECT
  "category",
  sum("amount") FILTER (WHERE month("day") IS NOT DISTINCT FROM 1) AS "1",
  sum("amount") FILTER (WHERE month("day") IS NOT DISTINCT FROM 2) AS "feb",
  sum("amount") FILTER (WHERE month("day") IS NOT DISTINCT FROM 3) AS "3"
FROM "orders.parquet"
GROUP BY "category";

-- name: rank within groups
-- column: category: string
-- column: order_id: int64
SELECT "category", "order_id"
FROM (
  SELECT *, row_number() OVER (PARTITION BY "category" ORDER BY "amount" DESC, "order_id") AS "n"
  FROM "orders.parquet"
)
WHERE "n" <= 1;

-- name: windows
-- column: running: double
-- column: moving: double
-- column: ahead: double
-- column: change: double
-- column: share: double
-- column: rank: int64
-- column: paid: int64
-- column: quarter: int64
-- column: second: double
SELECT
  sum("amount") OVER (PARTITION BY "category" ORDER BY "day") AS "running",
  avg("amount") OVER (ORDER BY "day" ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS "moving",
  sum("amount") OVER (ORDER BY "day" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING) AS "ahead",
  "amount" - lag("amount", 1) OVER (ORDER BY "day") AS "change",
  "amount" / sum("amount") OVER (PARTITION BY "category") AS "share",
  rank() OVER (ORDER BY "amount" DESC) AS "rank",
  count(*) FILTER (WHERE "paid") OVER (PARTITION BY "category") AS "paid",
  ntile(4) OVER (ORDER BY "day") AS "quarter",
  nth_value("amount", 2) OVER (ORDER BY "day") AS "second"
FROM "orders.parquet";

-- name: a window of a window
-- column: order_id: int64
-- column: last: int64
SELECT "order_id", max("n") OVER (PARTITION BY "category") AS "last"
FROM (
  SELECT *, row_number() OVER (ORDER BY "day") AS "n"
  FROM "orders.parquet"
)
ORDER BY "n";

-- name: a window of groups
-- column: category: string
-- column: total: double
-- column: rank: int64
SELECT *, rank() OVER (ORDER BY "total" DESC) AS "rank"
FROM (
  SELECT "category", sum("amount") AS "total"
  FROM "orders.parquet"
  GROUP BY "category"
);

-- name: a window after a limit
-- column: order_id: int64
-- column: user_id: int64
-- column: category: string
-- column: amount: double
-- column: price: decimal128(15, 2)
-- column: day: date32[day]
-- column: at: timestamp[us]
-- column: paid: bool
-- column: quantity: int32
-- column: tags: list<item: string>
-- column: place: struct<city: string, zip: int32>
-- column: n: int64
SELECT *, row_number() OVER (ORDER BY "day") AS "n"
FROM (
  SELECT *
  FROM "orders.parquet"
  ORDER BY "day"
  LIMIT 3
);

