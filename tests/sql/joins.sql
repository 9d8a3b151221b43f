-- name: inner
-- column: user_id: int64
-- column: amount: double
-- column: category: string
-- column: name: string
-- column: since: date32[day]
-- column: category_right: string
SELECT
  t1."user_id",
  t1."amount",
  t1."category",
  t2."name",
  t2."since",
  t2."category" AS "category_right"
FROM "orders.parquet" AS t1
JOIN "sqlite:shop.db#users" AS t2 ON t1."user_id" = t2."user_id";

-- name: inner of filtered sides
-- column: user_id: int64
-- column: twice: double
SELECT t1."user_id", t1."amount" * 2 AS "twice"
FROM "orders.parquet" AS t1
JOIN "sqlite:shop.db#users" AS t2 ON t1."user_id" = t2."user_id"
WHERE t1."amount" > 1 AND t2."since" < DATE '2026-01-01';

-- name: left
-- column: user_id: int64
-- column: amount: double
-- column: category: string
-- column: name: string
-- column: since: date32[day]
-- column: category_right: string
SELECT
  t1."user_id",
  t1."amount",
  t1."category",
  t2."name",
  t2."since",
  t2."category" AS "category_right"
FROM "orders.parquet" AS t1
LEFT JOIN "sqlite:shop.db#users" AS t2 ON t1."user_id" = t2."user_id";

-- name: left of filtered sides
-- column: user_id: int64
-- column: twice: double
SELECT t1."user_id", t1."amount" * 2 AS "twice"
FROM "orders.parquet" AS t1
LEFT JOIN (
  SELECT *
  FROM "sqlite:shop.db#users"
  WHERE "since" < DATE '2026-01-01'
) AS t2 ON t1."user_id" = t2."user_id"
WHERE t1."amount" > 1;

-- name: right
-- column: user_id: int64
-- column: amount: double
-- column: category: string
-- column: name: string
-- column: since: date32[day]
-- column: category_right: string
SELECT
  t2."user_id",
  t1."amount",
  t1."category",
  t2."name",
  t2."since",
  t2."category" AS "category_right"
FROM "orders.parquet" AS t1
RIGHT JOIN "sqlite:shop.db#users" AS t2 ON t1."user_id" = t2."user_id";

-- name: right of filtered sides
-- column: user_id: int64
-- column: twice: double
SELECT t2."user_id", t1."twice"
FROM (
  SELECT "user_id", "amount", "category", "amount" * 2 AS "twice"
  FROM "orders.parquet"
  WHERE "amount" > 1
) AS t1
RIGHT JOIN (
  SELECT *
  FROM "sqlite:shop.db#users"
  WHERE "since" < DATE '2026-01-01'
) AS t2 ON t1."user_id" = t2."user_id";

-- name: full
-- column: user_id: int64
-- column: amount: double
-- column: category: string
-- column: name: string
-- column: since: date32[day]
-- column: category_right: string
SELECT
  coalesce(t1."user_id", t2."user_id") AS "user_id",
  t1."amount",
  t1."category",
  t2."name",
  t2."since",
  t2."category" AS "category_right"
FROM "orders.parquet" AS t1
FULL JOIN "sqlite:shop.db#users" AS t2 ON t1."user_id" = t2."user_id";

-- name: full of filtered sides
-- column: user_id: int64
-- column: twice: double
SELECT coalesce(t1."user_id", t2."user_id") AS "user_id", t1."twice"
FROM (
  SELECT "user_id", "amount", "category", "amount" * 2 AS "twice"
  FROM "orders.parquet"
  WHERE "amount" > 1
) AS t1
FULL JOIN (
  SELECT *
  FROM "sqlite:shop.db#users"
  WHERE "since" < DATE '2026-01-01'
) AS t2 ON t1."user_id" = t2."user_id";

-- name: semi
-- column: user_id: int64
-- column: amount: double
-- column: category: string
SELECT t1."user_id", t1."amount", t1."category"
FROM "orders.parquet" AS t1
SEMI JOIN "sqlite:shop.db#users" AS t2 ON t1."user_id" = t2."user_id";

-- name: semi of filtered sides
-- column: user_id: int64
-- column: twice: double
SELECT t1."user_id", t1."amount" * 2 AS "twice"
FROM "orders.parquet" AS t1
SEMI JOIN (
  SELECT *
  FROM "sqlite:shop.db#users"
  WHERE "since" < DATE '2026-01-01'
) AS t2 ON t1."user_id" = t2."user_id"
WHERE t1."amount" > 1;

-- name: anti
-- column: user_id: int64
-- column: amount: double
-- column: category: string
SELECT t1."user_id", t1."amount", t1."category"
FROM "orders.parquet" AS t1
ANTI JOIN "sqlite:shop.db#users" AS t2 ON t1."user_id" = t2."user_id";

-- name: anti of filtered sides
-- column: user_id: int64
-- column: twice: double
SELECT t1."user_id", t1."amount" * 2 AS "twice"
FROM "orders.parquet" AS t1
ANTI JOIN (
  SELECT *
  FROM "sqlite:shop.db#users"
  WHERE "since" < DATE '2026-01-01'
) AS t2 ON t1."user_id" = t2."user_id"
WHERE t1."amount" > 1;

-- name: cross
-- column: name: string
-- column: name_2: string
SELECT t1."name", t2."name" AS "name_2"
FROM "sqlite:shop.db#users" AS t1
CROSS JOIN "sqlite:shop.db#users" AS t2;

-- name: other names and expressions
-- column: user_id: int64
-- column: name: string
-- column: since: date32[day]
-- column: category: string
-- column: order_id: int64
-- column: buyer: int64
-- column: day: date32[day]
SELECT
  t1."user_id",
  t1."name",
  t1."since",
  t1."category",
  t2."order_id",
  t2."user_id" AS "buyer",
  t2."day"
FROM "sqlite:shop.db#users" AS t1
JOIN "orders.parquet" AS t2 ON t1."user_id" = t2."user_id" AND year(t1."since") + 1 = year(t2."day");

-- name: a condition more
-- column: order_id: int64
SELECT t1."order_id"
FROM "orders.parquet" AS t1
JOIN "sqlite:shop.db#users" AS t2 ON t1."user_id" = t2."user_id" AND t2."since" <= t1."day" AND t1."amount" > 20;

-- name: only a condition
-- column: name: string
-- column: name_right: string
SELECT t1."name", t2."name" AS "name_right"
FROM "sqlite:shop.db#users" AS t1
LEFT JOIN "sqlite:shop.db#users" AS t2 ON t1."user_id" < t2."user_id";

-- name: a chain
-- column: again: string
-- column: total: double
SELECT t3."name" AS "again", sum(t1."amount") AS "total"
FROM "orders.parquet" AS t1
LEFT JOIN "sqlite:shop.db#users" AS t2 ON t1."user_id" = t2."user_id"
JOIN "sqlite:shop.db#users" AS t3 ON t1."user_id" = t3."user_id"
WHERE t3."name" IS NOT NULL
GROUP BY t3."name"
ORDER BY "total" DESC
LIMIT 10;

-- name: asof
-- column: order_id: int64
-- column: at: timestamp[us]
-- column: time: timestamp[us]
-- column: currency: string
-- column: rate: double
SELECT t1."order_id", t1."at", t2."time", t2."currency", t2."rate"
FROM "orders.parquet" AS t1
ASOF LEFT JOIN "rates" AS t2 ON t1."at" >= t2."time";

-- name: asof by currency, forward
-- column: at: timestamp[us]
-- column: currency: string
-- column: time: timestamp[us]
-- column: rate: double
SELECT t1."at", 'EUR' AS "currency", t2."time", t2."rate"
FROM "orders.parquet" AS t1
ASOF JOIN (
  SELECT *
  FROM "rates"
  WHERE "rate" > 0
) AS t2 ON 'EUR' = t2."currency" AND t1."at" <= t2."time"
WHERE t1."amount" > 1;

-- name: a part that is used twice is written once
-- column: category: string
-- column: total: double
WITH part1 AS (
  SELECT "category", sum("amount") AS "total"
  FROM "orders.parquet"
  GROUP BY "category"
)
SELECT t1."category", t1."total"
FROM part1 AS t1
JOIN (
  SELECT max("total") AS "most"
  FROM part1
) AS t2 ON t1."total" = t2."most";

-- name: but not a mere filter
-- column: order_id: int64
-- column: count: int64
SELECT t1."order_id", t2."count"
FROM "orders.parquet" AS t1
JOIN (
  SELECT "user_id", count(*) AS "count"
  FROM "orders.parquet"
  WHERE "day" > DATE '2026-01-05'
  GROUP BY "user_id"
) AS t2 ON t1."user_id" = t2."user_id"
WHERE t1."day" > DATE '2026-01-05';

-- name: join of a union
-- column: user_id: int64
-- column: amount: double
SELECT t1."user_id", t2."amount"
FROM (
  SELECT "user_id"
  FROM "sqlite:shop.db#users"
  UNION ALL
  SELECT "user_id"
  FROM "sqlite:shop.db#users"
) AS t1
JOIN "orders.parquet" AS t2 ON t1."user_id" = t2."user_id";

