-- name: integers
-- column: c0: int8
-- column: c1: int32
-- column: c2: int64
-- column: c3: int64
-- column: c4: int64
-- column: c5: int32
-- column: c6: uint8
-- column: c7: uint64
SELECT
  CAST(-5 AS TINYINT) AS "c0",
  5 AS "c1",
  CAST(5 AS BIGINT) AS "c2",
  -3000000000 AS "c3",
  CAST(-9223372036854775808 AS BIGINT) AS "c4",
  CAST(-2147483648 AS INTEGER) AS "c5",
  CAST(255 AS UTINYINT) AS "c6",
  CAST(18446744073709551615 AS UBIGINT) AS "c7"
FROM "numbers";

-- name: floats
-- column: c0: double
-- column: c1: double
-- column: c2: double
-- column: c3: double
-- column: c4: double
-- column: c5: double
-- column: c6: float
-- column: c7: float
SELECT
  0.1e0 AS "c0",
  -0e0 AS "c1",
  5e-324 AS "c2",
  1.7976931348623157e+308 AS "c3",
  CAST('nan' AS DOUBLE) AS "c4",
  CAST('-inf' AS DOUBLE) AS "c5",
  CAST(0.10000000149011612e0 AS FLOAT) AS "c6",
  CAST('inf' AS FLOAT) AS "c7"
FROM "numbers";

-- name: decimals
-- column: a: decimal128(3, 2)
-- column: b: decimal128(4, 2)
-- column: c: decimal128(1, 0)
-- column: d: decimal128(5, 4)
-- column: e: decimal128(38, 0)
-- column: f: decimal128(10, 3)
SELECT
  0.05 AS "a",
  -12.50 AS "b",
  CAST('7' AS DECIMAL(1, 0)) AS "c",
  0.0001 AS "d",
  CAST('12345678901234567890123456789012345678' AS DECIMAL(38, 0)) AS "e",
  CAST(-0.5 AS DECIMAL(10, 3)) AS "f"
FROM "numbers";

-- name: text and bytes
-- column: c0: string
-- column: c1: string
-- column: c2: string
-- column: c3: binary
SELECT
  'it''s \ "so"
' AS "c0",
  decode(CAST('\x61\x00\x62' AS BLOB)) AS "c1",
  '' AS "c2",
  CAST('\x00\xFF\x27' AS BLOB) AS "c3"
FROM "numbers";

-- name: times
-- column: c0: date32[day]
-- column: c1: timestamp[s]
-- column: c2: timestamp[ms]
-- column: c3: timestamp[us]
-- column: c4: timestamp[ns]
-- column: c5: timestamp[us, tz=UTC]
-- column: c6: timestamp[us, tz=UTC]
-- column: c7: time64[us]
-- column: c8: time64[ns]
-- column: c9: month_day_nano_interval
SELECT
  DATE '2025-11-01' AS "c0",
  TIMESTAMP_S '1970-01-01 00:00:01' AS "c1",
  TIMESTAMP_MS '1969-12-31 23:59:59.999' AS "c2",
  TIMESTAMP '1970-01-01 00:00:00.000001' AS "c3",
  TIMESTAMP_NS '1970-01-01 00:00:00.000000001' AS "c4",
  TIMESTAMPTZ '1970-01-01 00:00:00.000001+00' AS "c5",
  TIMESTAMPTZ '1970-01-01 00:00:01.000000+00' AS "c6",
  TIME '12:30:00.000000' AS "c7",
  TIME_NS '00:00:00.000000001' AS "c8",
  (INTERVAL (-3) MONTH + INTERVAL 2 DAY + INTERVAL 5 MICROSECOND) AS "c9"
FROM "numbers";

-- name: nulls
-- column: c0: string
-- column: c1: null
-- column: c2: decimal128(5, 1)
SELECT CAST(NULL AS VARCHAR) AS "c0", NULL AS "c1", CAST(NULL AS DECIMAL(5, 1)) AS "c2"
FROM "numbers";

-- name: literals bend to what stands beside them
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
FROM "others"
WHERE "day" = DATE '2026-01-31'
  AND "us" >= TIMESTAMP '2026-01-01 00:00:00.000000'
  AND "zoned" > TIMESTAMPTZ '2025-12-31 00:00:00.000000+00'
  AND "bytes" <> CAST('\x78' AS BLOB)
  AND "day" IN (DATE '2026-01-31', DATE '2026-02-01');

-- name: numbers, too
-- column: i8: int8
-- column: i16: int16
-- column: i32: int32
-- column: i64: int64
-- column: u8: uint8
-- column: u16: uint16
-- column: u32: uint32
-- column: u64: uint64
-- column: f32: float
-- column: f64: double
-- column: small: decimal128(4, 1)
-- column: price: decimal128(15, 2)
-- column: big: decimal128(38, 10)
SELECT *
FROM "numbers"
WHERE "price" = 1.5 AND "i64" < 5 AND "i8" >= 1 AND "i8" <= 3 AND "price" < 7.05;

