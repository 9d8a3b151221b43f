-- The tables that the golden queries read, as tests/frames_test.cc knows their schemas.
CREATE TABLE "orders.parquet" (
  order_id BIGINT, user_id BIGINT, category VARCHAR, amount DOUBLE, price DECIMAL(15, 2), day DATE,
  "at" TIMESTAMP, paid BOOLEAN, quantity INTEGER, tags VARCHAR[],
  place STRUCT(city VARCHAR, zip INTEGER));
INSERT INTO "orders.parquet" VALUES
  (1, 1, 'books', 120.5, 120.50, '2026-01-05', '2026-01-05 10:00:00', true, 2, ['new', 'gift'], {'city': 'Ulm', 'zip': 89073}),
  (2, 1, 'tools', 80.25, 80.25, '2026-01-06', '2026-01-06 11:30:00', false, 1, [], {'city': 'Bern', 'zip': 3000}),
  (3, 2, 'books', 300.0, 300.00, '2026-02-07', '2026-02-07 12:00:00.5', true, 5, NULL, NULL),
  (4, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ['old'], {'city': NULL, 'zip': NULL}),
  (5, NULL, 'games', 10.0, 10.00, '2026-03-01', '2026-03-01 00:00:00', true, 1, ['a', 'b', 'c'], {'city': 'Ulm', 'zip': 89075});
CREATE TABLE "sqlite:shop.db#users" (user_id BIGINT, name VARCHAR, since DATE, category VARCHAR);
INSERT INTO "sqlite:shop.db#users" VALUES
  (1, 'Ada', '2025-01-01', 'vip'), (2, 'Bob', '2025-06-01', 'new'), (4, 'Cy', '2026-01-01', NULL);
CREATE TABLE rates ("time" TIMESTAMP, currency VARCHAR, rate DOUBLE);
INSERT INTO rates VALUES
  ('2026-01-01', 'EUR', 1.1), ('2026-01-06', 'EUR', 1.2), ('2026-02-01', 'CHF', 1.05);
CREATE TABLE "odd ""names""" ("a ""b""" INTEGER, "select" INTEGER, "ünï" VARCHAR, t1 STRUCT(x INTEGER));
INSERT INTO "odd ""names""" VALUES (1, 2, 'x', {'x': 1}), (2, 3, 'y', {'x': 2});
CREATE TABLE numbers (
  i8 TINYINT, i16 SMALLINT, i32 INTEGER, i64 BIGINT, u8 UTINYINT, u16 USMALLINT, u32 UINTEGER,
  u64 UBIGINT, f32 FLOAT, f64 DOUBLE, small DECIMAL(4, 1), price DECIMAL(15, 2), big DECIMAL(38, 10));
INSERT INTO numbers VALUES (1, 1, 1, 1, 1, 1, 1, 1, 1.5, 1.5, 1.5, 1.50, 1.5);
CREATE TABLE others (
  "text" VARCHAR, bytes BLOB, yes BOOLEAN, day DATE, clock TIME, clock_ns TIME_NS, s TIMESTAMP_S, ms TIMESTAMP_MS,
  us TIMESTAMP, ns TIMESTAMP_NS, zoned TIMESTAMPTZ, span INTERVAL, "list" BIGINT[], texts VARCHAR[], pair BIGINT[2],
  "struct" STRUCT(x BIGINT, y VARCHAR), "map" MAP(VARCHAR, BIGINT));
INSERT INTO others VALUES (
  '2026-01', '\x00\xFF', true, '2026-01-31', '12:30:00', '12:30:00.000000001', '2026-01-01 00:00:00',
  '2026-01-01 00:00:00', '2026-01-01 00:00:00', '2026-01-01 00:00:00.000000001',
  '2026-01-01 00:00:00+00', INTERVAL 1 DAY, [3, 1, 1], ['a', 'b'], [1, 2], {'x': 1, 'y': 'a'},
  MAP {'a': 1});
