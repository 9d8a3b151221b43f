-- name: scan
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
SELECT *
FROM "orders.parquet";

-- name: scan other types
-- column: text: string
-- column: bytes: binary
-- column: yes: bool
-- column: day: date32[day]
-- column: clock: time64[us]
-- column: clock_ns: time64[ns]
-- column: s: timestamp[s]
-- column: ms: timestamp[ms]
-- column: us: timestamp[us]
-- column: ns: timestamp[ns]
-- column: zoned: timestamp[us, tz=UTC]
-- column: span: month_day_nano_interval
-- column: list: list<item: int64>
-- column: texts: list<item: string>
-- column: pair: fixed_size_list<item: int64>[2]
-- column: struct: struct<x: int64, y: string>
-- column: map: map<string, int64>
SELECT *
FROM "others";

-- name: the example
-- column: category: string
-- column: total: double
SELECT "category", sum("amount") AS "total"
FROM "orders.parquet"
WHERE "amount" > 100
GROUP BY "category"
ORDER BY "total" DESC;

-- name: select
-- column: category: string
-- column: amount: double
-- column: year: int64
SELECT "category", "amount" * 2 AS "amount", year("day") AS "year"
FROM "orders.parquet";

-- name: with columns
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
-- column: double: double
SELECT
  "order_id",
  "user_id",
  "category",
  "amount" + 1 AS "amount",
  "price",
  "day",
  "at",
  "paid",
  "quantity",
  "tags",
  "place",
  "amount" * 2 AS "double"
FROM "orders.parquet";

-- name: with a column more
-- column: amount: double
-- column: x: double
SELECT "amount", "amount" * 2 AS "x"
FROM "orders.parquet";

-- name: select of select merges
-- column: twice: double
SELECT *
FROM (
  SELECT "amount" * 2 AS "twice"
  FROM "orders.parquet"
)
WHERE "twice" IS NOT NULL;

-- name: what costs is computed once
-- column: x: double
SELECT "root" * "root" AS "x"
FROM (
  SELECT sqrt("amount") AS "root"
  FROM "orders.parquet"
);

-- name: drop and rename
-- column: order_id: int64
-- column: user_id: int64
-- column: category: string
-- column: sum: double
-- column: price: decimal128(15, 2)
-- column: date: date32[day]
-- column: paid: bool
-- column: quantity: int32
SELECT
  "order_id",
  "user_id",
  "category",
  "amount" AS "sum",
  "price",
  "day" AS "date",
  "paid",
  "quantity"
FROM "orders.parquet";

-- name: filters join
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
SELECT *
FROM "orders.parquet"
WHERE ("amount" > 1 OR "paid") AND "day" >= DATE '2026-01-01';

-- name: filter after limit
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
SELECT *
FROM (
  SELECT *
  FROM "orders.parquet"
  LIMIT 3
)
WHERE "amount" > 100;

-- name: sort and limit stay together
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
SELECT *
FROM "orders.parquet"
ORDER BY "amount" DESC, "day" NULLS FIRST
LIMIT 2 OFFSET 1;

-- name: sort, then select without the key
-- column: order_id: int64
-- column: x: double
SELECT "order_id", "amount" AS "x"
FROM "orders.parquet"
ORDER BY "day";

-- name: sort, then another column takes the key's name
-- column: amount: int64
SELECT "order_id" AS "amount"
FROM (
  SELECT *
  FROM "orders.parquet"
  ORDER BY "amount"
);

-- name: sort by an expression
-- column: order_id: int64
SELECT "order_id"
FROM "orders.parquet"
ORDER BY "amount" * 2 - 1 DESC;

-- name: limit twice
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
SELECT *
FROM (
  SELECT *
  FROM "orders.parquet"
  ORDER BY "order_id"
  LIMIT 4
)
LIMIT 2 OFFSET 1;

-- name: sort after limit
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
SELECT *
FROM (
  SELECT *
  FROM "orders.parquet"
  LIMIT 4
)
ORDER BY "amount";

-- name: distinct
-- column: category: string
SELECT DISTINCT "category"
FROM "orders.parquet"
ORDER BY "category";

-- name: filter of distinct
-- column: category: string
SELECT *
FROM (
  SELECT DISTINCT "category"
  FROM "orders.parquet"
)
WHERE "category" <> 'x';

-- name: union
-- column: user_id: int64
-- column: category: string
SELECT "user_id", "category"
FROM "orders.parquet"
UNION ALL
SELECT "user_id", "category"
FROM "sqlite:shop.db#users";

-- name: union widens, and has an order
-- column: n: decimal128(15, 2)
SELECT *
FROM (
  SELECT "i8" AS "n"
  FROM "numbers"
  UNION ALL
  SELECT "u8" AS "n"
  FROM "numbers"
  UNION ALL
  (SELECT "price" AS "n"
  FROM "numbers"
  LIMIT 1)
)
ORDER BY "n"
LIMIT 5;

-- name: unnest
-- column: order_id: int64
-- column: tags: string
SELECT "order_id", unnest("tags") AS "tags"
FROM "orders.parquet";

-- name: unnest, then filter and sort
-- column: order_id: int64
-- column: tags: string
SELECT "order_id", "tags"
FROM (
  SELECT
    "order_id",
    "user_id",
    "category",
    "amount",
    "price",
    "day",
    "at",
    "paid",
    "quantity",
    unnest("tags") AS "tags",
    "place"
  FROM "orders.parquet"
)
WHERE "tags" <> 'a'
ORDER BY "order_id", "tags";

-- name: unnest after sort
-- column: tags: string
SELECT unnest("tags") AS "tags"
FROM (
  SELECT "tags"
  FROM "orders.parquet"
  ORDER BY "tags"
);

-- name: unnest, then drop it
-- column: order_id: int64
SELECT "order_id"
FROM (
  SELECT
    "order_id",
    "user_id",
    "category",
    "amount",
    "price",
    "day",
    "at",
    "paid",
    "quantity",
    unnest("tags") AS "tags",
    "place"
  FROM "orders.parquet"
);

-- name: odd names
-- column: a "b": int32
-- column: SELECT: int32
-- column: ünï: string
SELECT "a ""b""", "select" + 1 AS "SELECT", "ünï"
FROM "odd ""names""";

-- name: odd names joined
-- column: t1: int32
-- column: a "b"_right: int32
SELECT struct_extract(t1."t1", 'x') AS "t1", t2."a ""b""" AS "a ""b""_right"
FROM "odd ""names""" AS t1
JOIN "odd ""names""" AS t2 ON t1."select" = t2."select";

