-- name: sums of i8
-- column: i8_i8: int8
-- column: i8_i16: int16
-- column: i8_i32: int32
-- column: i8_i64: int64
-- column: i8_u8: int64
-- column: i8_u16: int64
-- column: i8_u32: int64
-- column: i8_u64: decimal128(38, 0)
-- column: i8_f32: float
-- column: i8_f64: double
-- column: i8_small: decimal128(5, 1)
-- column: i8_price: decimal128(16, 2)
-- column: i8_big: decimal128(38, 10)
-- column: i8_5: int8
-- column: i8_200: int32
-- column: i8_large: int64
-- column: i8_long: int64
-- column: i8_decimal: decimal128(5, 1)
-- column: i8_double: double
SELECT
  "i8" + "i8" AS "i8_i8",
  "i8" + "i16" AS "i8_i16",
  "i8" + "i32" AS "i8_i32",
  "i8" + "i64" AS "i8_i64",
  "i8" + "u8" AS "i8_u8",
  "i8" + "u16" AS "i8_u16",
  "i8" + "u32" AS "i8_u32",
  "i8" + "u64" AS "i8_u64",
  "i8" + "f32" AS "i8_f32",
  "i8" + "f64" AS "i8_f64",
  "i8" + "small" AS "i8_small",
  "i8" + "price" AS "i8_price",
  "i8" + "big" AS "i8_big",
  "i8" + 5 AS "i8_5",
  "i8" + 200 AS "i8_200",
  "i8" + 3000000000 AS "i8_large",
  "i8" + CAST(5 AS BIGINT) AS "i8_long",
  "i8" + 1.5 AS "i8_decimal",
  "i8" + 0.5e0 AS "i8_double"
FROM "numbers";

-- name: sums of i16
-- column: i16_i8: int16
-- column: i16_i16: int16
-- column: i16_i32: int32
-- column: i16_i64: int64
-- column: i16_u8: int16
-- column: i16_u16: int64
-- column: i16_u32: int64
-- column: i16_u64: decimal128(38, 0)
-- column: i16_f32: float
-- column: i16_f64: double
-- column: i16_small: decimal128(7, 1)
-- column: i16_price: decimal128(16, 2)
-- column: i16_big: decimal128(38, 10)
-- column: i16_5: int16
-- column: i16_200: int16
-- column: i16_large: int64
-- column: i16_long: int64
-- column: i16_decimal: decimal128(7, 1)
-- column: i16_double: double
SELECT
  "i16" + "i8" AS "i16_i8",
  "i16" + "i16" AS "i16_i16",
  "i16" + "i32" AS "i16_i32",
  "i16" + "i64" AS "i16_i64",
  "i16" + "u8" AS "i16_u8",
  "i16" + "u16" AS "i16_u16",
  "i16" + "u32" AS "i16_u32",
  "i16" + "u64" AS "i16_u64",
  "i16" + "f32" AS "i16_f32",
  "i16" + "f64" AS "i16_f64",
  "i16" + "small" AS "i16_small",
  "i16" + "price" AS "i16_price",
  "i16" + "big" AS "i16_big",
  "i16" + 5 AS "i16_5",
  "i16" + 200 AS "i16_200",
  "i16" + 3000000000 AS "i16_large",
  "i16" + CAST(5 AS BIGINT) AS "i16_long",
  "i16" + 1.5 AS "i16_decimal",
  "i16" + 0.5e0 AS "i16_double"
FROM "numbers";

-- name: sums of i32
-- column: i32_i8: int32
-- column: i32_i16: int32
-- column: i32_i32: int32
-- column: i32_i64: int64
-- column: i32_u8: int32
-- column: i32_u16: int32
-- column: i32_u32: int64
-- column: i32_u64: decimal128(38, 0)
-- column: i32_f32: float
-- column: i32_f64: double
-- column: i32_small: decimal128(12, 1)
-- column: i32_price: decimal128(16, 2)
-- column: i32_big: decimal128(38, 10)
-- column: i32_5: int32
-- column: i32_200: int32
-- column: i32_large: int64
-- column: i32_long: int64
-- column: i32_decimal: decimal128(12, 1)
-- column: i32_double: double
SELECT
  "i32" + "i8" AS "i32_i8",
  "i32" + "i16" AS "i32_i16",
  "i32" + "i32" AS "i32_i32",
  "i32" + "i64" AS "i32_i64",
  "i32" + "u8" AS "i32_u8",
  "i32" + "u16" AS "i32_u16",
  "i32" + "u32" AS "i32_u32",
  "i32" + "u64" AS "i32_u64",
  "i32" + "f32" AS "i32_f32",
  "i32" + "f64" AS "i32_f64",
  "i32" + "small" AS "i32_small",
  "i32" + "price" AS "i32_price",
  "i32" + "big" AS "i32_big",
  "i32" + 5 AS "i32_5",
  "i32" + 200 AS "i32_200",
  "i32" + 3000000000 AS "i32_large",
  "i32" + CAST(5 AS BIGINT) AS "i32_long",
  "i32" + 1.5 AS "i32_decimal",
  "i32" + 0.5e0 AS "i32_double"
FROM "numbers";

-- name: sums of i64
-- column: i64_i8: int64
-- column: i64_i16: int64
-- column: i64_i32: int64
-- column: i64_i64: int64
-- column: i64_u8: int64
-- column: i64_u16: int64
-- column: i64_u32: int64
-- column: i64_u64: decimal128(38, 0)
-- column: i64_f32: float
-- column: i64_f64: double
-- column: i64_small: decimal128(21, 1)
-- column: i64_price: decimal128(22, 2)
-- column: i64_big: decimal128(38, 10)
-- column: i64_5: int64
-- column: i64_200: int64
-- column: i64_large: int64
-- column: i64_long: int64
-- column: i64_decimal: decimal128(21, 1)
-- column: i64_double: double
SELECT
  "i64" + "i8" AS "i64_i8",
  "i64" + "i16" AS "i64_i16",
  "i64" + "i32" AS "i64_i32",
  "i64" + "i64" AS "i64_i64",
  "i64" + "u8" AS "i64_u8",
  "i64" + "u16" AS "i64_u16",
  "i64" + "u32" AS "i64_u32",
  "i64" + "u64" AS "i64_u64",
  "i64" + "f32" AS "i64_f32",
  "i64" + "f64" AS "i64_f64",
  "i64" + "small" AS "i64_small",
  "i64" + "price" AS "i64_price",
  "i64" + "big" AS "i64_big",
  "i64" + 5 AS "i64_5",
  "i64" + 200 AS "i64_200",
  "i64" + 3000000000 AS "i64_large",
  "i64" + 5 AS "i64_long",
  "i64" + 1.5 AS "i64_decimal",
  "i64" + 0.5e0 AS "i64_double"
FROM "numbers";

-- name: sums of u8
-- column: u8_i8: int64
-- column: u8_i16: int16
-- column: u8_i32: int32
-- column: u8_i64: int64
-- column: u8_u8: uint8
-- column: u8_u16: uint16
-- column: u8_u32: uint32
-- column: u8_u64: uint64
-- column: u8_f32: float
-- column: u8_f64: double
-- column: u8_small: decimal128(5, 1)
-- column: u8_price: decimal128(16, 2)
-- column: u8_big: decimal128(38, 10)
-- column: u8_5: uint8
-- column: u8_200: uint8
-- column: u8_large: int64
-- column: u8_long: int64
-- column: u8_decimal: decimal128(5, 1)
-- column: u8_double: double
SELECT
  "u8" + "i8" AS "u8_i8",
  "u8" + "i16" AS "u8_i16",
  "u8" + "i32" AS "u8_i32",
  "u8" + "i64" AS "u8_i64",
  "u8" + "u8" AS "u8_u8",
  "u8" + "u16" AS "u8_u16",
  "u8" + "u32" AS "u8_u32",
  "u8" + "u64" AS "u8_u64",
  "u8" + "f32" AS "u8_f32",
  "u8" + "f64" AS "u8_f64",
  "u8" + "small" AS "u8_small",
  "u8" + "price" AS "u8_price",
  "u8" + "big" AS "u8_big",
  "u8" + 5 AS "u8_5",
  "u8" + 200 AS "u8_200",
  "u8" + 3000000000 AS "u8_large",
  "u8" + CAST(5 AS BIGINT) AS "u8_long",
  "u8" + 1.5 AS "u8_decimal",
  "u8" + 0.5e0 AS "u8_double"
FROM "numbers";

-- name: sums of u16
-- column: u16_i8: int64
-- column: u16_i16: int64
-- column: u16_i32: int32
-- column: u16_i64: int64
-- column: u16_u8: uint16
-- column: u16_u16: uint16
-- column: u16_u32: uint32
-- column: u16_u64: uint64
-- column: u16_f32: float
-- column: u16_f64: double
-- column: u16_small: decimal128(7, 1)
-- column: u16_price: decimal128(16, 2)
-- column: u16_big: decimal128(38, 10)
-- column: u16_5: uint16
-- column: u16_200: uint16
-- column: u16_large: int64
-- column: u16_long: int64
-- column: u16_decimal: decimal128(7, 1)
-- column: u16_double: double
SELECT
  "u16" + "i8" AS "u16_i8",
  "u16" + "i16" AS "u16_i16",
  "u16" + "i32" AS "u16_i32",
  "u16" + "i64" AS "u16_i64",
  "u16" + "u8" AS "u16_u8",
  "u16" + "u16" AS "u16_u16",
  "u16" + "u32" AS "u16_u32",
  "u16" + "u64" AS "u16_u64",
  "u16" + "f32" AS "u16_f32",
  "u16" + "f64" AS "u16_f64",
  "u16" + "small" AS "u16_small",
  "u16" + "price" AS "u16_price",
  "u16" + "big" AS "u16_big",
  "u16" + 5 AS "u16_5",
  "u16" + 200 AS "u16_200",
  "u16" + 3000000000 AS "u16_large",
  "u16" + CAST(5 AS BIGINT) AS "u16_long",
  "u16" + 1.5 AS "u16_decimal",
  "u16" + 0.5e0 AS "u16_double"
FROM "numbers";

-- name: sums of u32
-- column: u32_i8: int64
-- column: u32_i16: int64
-- column: u32_i32: int64
-- column: u32_i64: int64
-- column: u32_u8: uint32
-- column: u32_u16: uint32
-- column: u32_u32: uint32
-- column: u32_u64: uint64
-- column: u32_f32: float
-- column: u32_f64: double
-- column: u32_small: decimal128(12, 1)
-- column: u32_price: decimal128(16, 2)
-- column: u32_big: decimal128(38, 10)
-- column: u32_5: uint32
-- column: u32_200: uint32
-- column: u32_large: uint32
-- column: u32_long: int64
-- column: u32_decimal: decimal128(12, 1)
-- column: u32_double: double
SELECT
  "u32" + "i8" AS "u32_i8",
  "u32" + "i16" AS "u32_i16",
  "u32" + "i32" AS "u32_i32",
  "u32" + "i64" AS "u32_i64",
  "u32" + "u8" AS "u32_u8",
  "u32" + "u16" AS "u32_u16",
  "u32" + "u32" AS "u32_u32",
  "u32" + "u64" AS "u32_u64",
  "u32" + "f32" AS "u32_f32",
  "u32" + "f64" AS "u32_f64",
  "u32" + "small" AS "u32_small",
  "u32" + "price" AS "u32_price",
  "u32" + "big" AS "u32_big",
  "u32" + 5 AS "u32_5",
  "u32" + 200 AS "u32_200",
  "u32" + 3000000000 AS "u32_large",
  "u32" + CAST(5 AS BIGINT) AS "u32_long",
  "u32" + 1.5 AS "u32_decimal",
  "u32" + 0.5e0 AS "u32_double"
FROM "numbers";

-- name: sums of u64
-- column: u64_i8: decimal128(38, 0)
-- column: u64_i16: decimal128(38, 0)
-- column: u64_i32: decimal128(38, 0)
-- column: u64_i64: decimal128(38, 0)
-- column: u64_u8: uint64
-- column: u64_u16: uint64
-- column: u64_u32: uint64
-- column: u64_u64: uint64
-- column: u64_f32: float
-- column: u64_f64: double
-- column: u64_small: decimal128(22, 1)
-- column: u64_price: decimal128(23, 2)
-- column: u64_big: decimal128(38, 10)
-- column: u64_5: uint64
-- column: u64_200: uint64
-- column: u64_large: uint64
-- column: u64_long: decimal128(38, 0)
-- column: u64_decimal: decimal128(22, 1)
-- column: u64_double: double
SELECT
  "u64" + "i8" AS "u64_i8",
  "u64" + "i16" AS "u64_i16",
  "u64" + "i32" AS "u64_i32",
  "u64" + "i64" AS "u64_i64",
  "u64" + "u8" AS "u64_u8",
  "u64" + "u16" AS "u64_u16",
  "u64" + "u32" AS "u64_u32",
  "u64" + "u64" AS "u64_u64",
  "u64" + "f32" AS "u64_f32",
  "u64" + "f64" AS "u64_f64",
  "u64" + "small" AS "u64_small",
  "u64" + "price" AS "u64_price",
  "u64" + "big" AS "u64_big",
  "u64" + 5 AS "u64_5",
  "u64" + 200 AS "u64_200",
  "u64" + 3000000000 AS "u64_large",
  "u64" + CAST(5 AS BIGINT) AS "u64_long",
  "u64" + 1.5 AS "u64_decimal",
  "u64" + 0.5e0 AS "u64_double"
FROM "numbers";

-- name: sums of f32
-- column: f32_i8: float
-- column: f32_i16: float
-- column: f32_i32: float
-- column: f32_i64: float
-- column: f32_u8: float
-- column: f32_u16: float
-- column: f32_u32: float
-- column: f32_u64: float
-- column: f32_f32: float
-- column: f32_f64: double
-- column: f32_small: float
-- column: f32_price: float
-- column: f32_big: float
-- column: f32_5: float
-- column: f32_200: float
-- column: f32_large: float
-- column: f32_long: float
-- column: f32_decimal: float
-- column: f32_double: double
SELECT
  "f32" + "i8" AS "f32_i8",
  "f32" + "i16" AS "f32_i16",
  "f32" + "i32" AS "f32_i32",
  "f32" + "i64" AS "f32_i64",
  "f32" + "u8" AS "f32_u8",
  "f32" + "u16" AS "f32_u16",
  "f32" + "u32" AS "f32_u32",
  "f32" + "u64" AS "f32_u64",
  "f32" + "f32" AS "f32_f32",
  "f32" + "f64" AS "f32_f64",
  "f32" + "small" AS "f32_small",
  "f32" + "price" AS "f32_price",
  "f32" + "big" AS "f32_big",
  "f32" + 5 AS "f32_5",
  "f32" + 200 AS "f32_200",
  "f32" + 3000000000 AS "f32_large",
  "f32" + 5 AS "f32_long",
  "f32" + 1.5 AS "f32_decimal",
  "f32" + 0.5e0 AS "f32_double"
FROM "numbers";

-- name: sums of f64
-- column: f64_i8: double
-- column: f64_i16: double
-- column: f64_i32: double
-- column: f64_i64: double
-- column: f64_u8: double
-- column: f64_u16: double
-- column: f64_u32: double
-- column: f64_u64: double
-- column: f64_f32: double
-- column: f64_f64: double
-- column: f64_small: double
-- column: f64_price: double
-- column: f64_big: double
-- column: f64_5: double
-- column: f64_200: double
-- column: f64_large: double
-- column: f64_long: double
-- column: f64_decimal: double
-- column: f64_double: double
SELECT
  "f64" + "i8" AS "f64_i8",
  "f64" + "i16" AS "f64_i16",
  "f64" + "i32" AS "f64_i32",
  "f64" + "i64" AS "f64_i64",
  "f64" + "u8" AS "f64_u8",
  "f64" + "u16" AS "f64_u16",
  "f64" + "u32" AS "f64_u32",
  "f64" + "u64" AS "f64_u64",
  "f64" + "f32" AS "f64_f32",
  "f64" + "f64" AS "f64_f64",
  "f64" + "small" AS "f64_small",
  "f64" + "price" AS "f64_price",
  "f64" + "big" AS "f64_big",
  "f64" + 5 AS "f64_5",
  "f64" + 200 AS "f64_200",
  "f64" + 3000000000 AS "f64_large",
  "f64" + 5 AS "f64_long",
  "f64" + 1.5 AS "f64_decimal",
  "f64" + 0.5e0 AS "f64_double"
FROM "numbers";

-- name: sums of small
-- column: small_i8: decimal128(5, 1)
-- column: small_i16: decimal128(7, 1)
-- column: small_i32: decimal128(12, 1)
-- column: small_i64: decimal128(21, 1)
-- column: small_u8: decimal128(5, 1)
-- column: small_u16: decimal128(7, 1)
-- column: small_u32: decimal128(12, 1)
-- column: small_u64: decimal128(22, 1)
-- column: small_f32: float
-- column: small_f64: double
-- column: small_small: decimal128(5, 1)
-- column: small_price: decimal128(16, 2)
-- column: small_big: decimal128(38, 10)
-- column: small_5: decimal128(12, 1)
-- column: small_200: decimal128(12, 1)
-- column: small_large: decimal128(21, 1)
-- column: small_long: decimal128(21, 1)
-- column: small_decimal: decimal128(5, 1)
-- column: small_double: double
SELECT
  "small" + "i8" AS "small_i8",
  "small" + "i16" AS "small_i16",
  "small" + "i32" AS "small_i32",
  "small" + "i64" AS "small_i64",
  "small" + "u8" AS "small_u8",
  "small" + "u16" AS "small_u16",
  "small" + "u32" AS "small_u32",
  "small" + "u64" AS "small_u64",
  "small" + "f32" AS "small_f32",
  "small" + "f64" AS "small_f64",
  "small" + "small" AS "small_small",
  "small" + "price" AS "small_price",
  "small" + "big" AS "small_big",
  "small" + 5 AS "small_5",
  "small" + 200 AS "small_200",
  "small" + 3000000000 AS "small_large",
  "small" + CAST(5 AS BIGINT) AS "small_long",
  "small" + 1.5 AS "small_decimal",
  "small" + 0.5e0 AS "small_double"
FROM "numbers";

-- name: sums of price
-- column: price_i8: decimal128(16, 2)
-- column: price_i16: decimal128(16, 2)
-- column: price_i32: decimal128(16, 2)
-- column: price_i64: decimal128(22, 2)
-- column: price_u8: decimal128(16, 2)
-- column: price_u16: decimal128(16, 2)
-- column: price_u32: decimal128(16, 2)
-- column: price_u64: decimal128(23, 2)
-- column: price_f32: float
-- column: price_f64: double
-- column: price_small: decimal128(16, 2)
-- column: price_price: decimal128(16, 2)
-- column: price_big: decimal128(38, 10)
-- column: price_5: decimal128(16, 2)
-- column: price_200: decimal128(16, 2)
-- column: price_large: decimal128(22, 2)
-- column: price_long: decimal128(22, 2)
-- column: price_decimal: decimal128(16, 2)
-- column: price_double: double
SELECT
  "price" + "i8" AS "price_i8",
  "price" + "i16" AS "price_i16",
  "price" + "i32" AS "price_i32",
  "price" + "i64" AS "price_i64",
  "price" + "u8" AS "price_u8",
  "price" + "u16" AS "price_u16",
  "price" + "u32" AS "price_u32",
  "price" + "u64" AS "price_u64",
  "price" + "f32" AS "price_f32",
  "price" + "f64" AS "price_f64",
  "price" + "small" AS "price_small",
  "price" + "price" AS "price_price",
  "price" + "big" AS "price_big",
  "price" + 5 AS "price_5",
  "price" + 200 AS "price_200",
  "price" + 3000000000 AS "price_large",
  "price" + CAST(5 AS BIGINT) AS "price_long",
  "price" + 1.5 AS "price_decimal",
  "price" + 0.5e0 AS "price_double"
FROM "numbers";

-- name: sums of big
-- column: big_i8: decimal128(38, 10)
-- column: big_i16: decimal128(38, 10)
-- column: big_i32: decimal128(38, 10)
-- column: big_i64: decimal128(38, 10)
-- column: big_u8: decimal128(38, 10)
-- column: big_u16: decimal128(38, 10)
-- column: big_u32: decimal128(38, 10)
-- column: big_u64: decimal128(38, 10)
-- column: big_f32: float
-- column: big_f64: double
-- column: big_small: decimal128(38, 10)
-- column: big_price: decimal128(38, 10)
-- column: big_big: decimal128(38, 10)
-- column: big_5: decimal128(38, 10)
-- column: big_200: decimal128(38, 10)
-- column: big_large: decimal128(38, 10)
-- column: big_long: decimal128(38, 10)
-- column: big_decimal: decimal128(38, 10)
-- column: big_double: double
SELECT
  "big" + "i8" AS "big_i8",
  "big" + "i16" AS "big_i16",
  "big" + "i32" AS "big_i32",
  "big" + "i64" AS "big_i64",
  "big" + "u8" AS "big_u8",
  "big" + "u16" AS "big_u16",
  "big" + "u32" AS "big_u32",
  "big" + "u64" AS "big_u64",
  "big" + "f32" AS "big_f32",
  "big" + "f64" AS "big_f64",
  "big" + "small" AS "big_small",
  "big" + "price" AS "big_price",
  "big" + "big" AS "big_big",
  "big" + 5 AS "big_5",
  "big" + 200 AS "big_200",
  "big" + 3000000000 AS "big_large",
  "big" + 5 AS "big_long",
  "big" + 1.5 AS "big_decimal",
  "big" + 0.5e0 AS "big_double"
FROM "numbers";

-- name: products of i8
-- column: i8_i8: int8
-- column: i8_i16: int16
-- column: i8_i32: int32
-- column: i8_i64: int64
-- column: i8_u8: int64
-- column: i8_u16: int64
-- column: i8_u32: int64
-- column: i8_u64: decimal128(38, 0)
-- column: i8_f32: float
-- column: i8_f64: double
-- column: i8_small: decimal128(7, 1)
-- column: i8_price: decimal128(18, 2)
-- column: i8_big: decimal128(38, 10)
-- column: i8_5: int8
-- column: i8_200: int32
-- column: i8_large: int64
-- column: i8_long: int64
-- column: i8_decimal: decimal128(5, 1)
-- column: i8_double: double
SELECT
  "i8" * "i8" AS "i8_i8",
  "i8" * "i16" AS "i8_i16",
  "i8" * "i32" AS "i8_i32",
  "i8" * "i64" AS "i8_i64",
  "i8" * "u8" AS "i8_u8",
  "i8" * "u16" AS "i8_u16",
  "i8" * "u32" AS "i8_u32",
  "i8" * "u64" AS "i8_u64",
  "i8" * "f32" AS "i8_f32",
  "i8" * "f64" AS "i8_f64",
  "i8" * "small" AS "i8_small",
  "i8" * "price" AS "i8_price",
  "i8" * "big" AS "i8_big",
  "i8" * 5 AS "i8_5",
  "i8" * 200 AS "i8_200",
  "i8" * 3000000000 AS "i8_large",
  "i8" * CAST(5 AS BIGINT) AS "i8_long",
  "i8" * 1.5 AS "i8_decimal",
  "i8" * 0.5e0 AS "i8_double"
FROM "numbers";

-- name: products of i16
-- column: i16_i8: int16
-- column: i16_i16: int16
-- column: i16_i32: int32
-- column: i16_i64: int64
-- column: i16_u8: int16
-- column: i16_u16: int64
-- column: i16_u32: int64
-- column: i16_u64: decimal128(38, 0)
-- column: i16_f32: float
-- column: i16_f64: double
-- column: i16_small: decimal128(9, 1)
-- column: i16_price: decimal128(18, 2)
-- column: i16_big: decimal128(38, 10)
-- column: i16_5: int16
-- column: i16_200: int16
-- column: i16_large: int64
-- column: i16_long: int64
-- column: i16_decimal: decimal128(7, 1)
-- column: i16_double: double
SELECT
  "i16" * "i8" AS "i16_i8",
  "i16" * "i16" AS "i16_i16",
  "i16" * "i32" AS "i16_i32",
  "i16" * "i64" AS "i16_i64",
  "i16" * "u8" AS "i16_u8",
  "i16" * "u16" AS "i16_u16",
  "i16" * "u32" AS "i16_u32",
  "i16" * "u64" AS "i16_u64",
  "i16" * "f32" AS "i16_f32",
  "i16" * "f64" AS "i16_f64",
  "i16" * "small" AS "i16_small",
  "i16" * "price" AS "i16_price",
  "i16" * "big" AS "i16_big",
  "i16" * 5 AS "i16_5",
  "i16" * 200 AS "i16_200",
  "i16" * 3000000000 AS "i16_large",
  "i16" * CAST(5 AS BIGINT) AS "i16_long",
  "i16" * 1.5 AS "i16_decimal",
  "i16" * 0.5e0 AS "i16_double"
FROM "numbers";

-- name: products of i32
-- column: i32_i8: int32
-- column: i32_i16: int32
-- column: i32_i32: int32
-- column: i32_i64: int64
-- column: i32_u8: int32
-- column: i32_u16: int32
-- column: i32_u32: int64
-- column: i32_u64: decimal128(38, 0)
-- column: i32_f32: float
-- column: i32_f64: double
-- column: i32_small: decimal128(14, 1)
-- column: i32_price: decimal128(18, 2)
-- column: i32_big: decimal128(38, 10)
-- column: i32_5: int32
-- column: i32_200: int32
-- column: i32_large: int64
-- column: i32_long: int64
-- column: i32_decimal: decimal128(12, 1)
-- column: i32_double: double
SELECT
  "i32" * "i8" AS "i32_i8",
  "i32" * "i16" AS "i32_i16",
  "i32" * "i32" AS "i32_i32",
  "i32" * "i64" AS "i32_i64",
  "i32" * "u8" AS "i32_u8",
  "i32" * "u16" AS "i32_u16",
  "i32" * "u32" AS "i32_u32",
  "i32" * "u64" AS "i32_u64",
  "i32" * "f32" AS "i32_f32",
  "i32" * "f64" AS "i32_f64",
  "i32" * "small" AS "i32_small",
  "i32" * "price" AS "i32_price",
  "i32" * "big" AS "i32_big",
  "i32" * 5 AS "i32_5",
  "i32" * 200 AS "i32_200",
  "i32" * 3000000000 AS "i32_large",
  "i32" * CAST(5 AS BIGINT) AS "i32_long",
  "i32" * 1.5 AS "i32_decimal",
  "i32" * 0.5e0 AS "i32_double"
FROM "numbers";

-- name: products of i64
-- column: i64_i8: int64
-- column: i64_i16: int64
-- column: i64_i32: int64
-- column: i64_i64: int64
-- column: i64_u8: int64
-- column: i64_u16: int64
-- column: i64_u32: int64
-- column: i64_u64: decimal128(38, 0)
-- column: i64_f32: float
-- column: i64_f64: double
-- column: i64_small: decimal128(23, 1)
-- column: i64_price: decimal128(34, 2)
-- column: i64_big: decimal128(38, 10)
-- column: i64_5: int64
-- column: i64_200: int64
-- column: i64_large: int64
-- column: i64_long: int64
-- column: i64_decimal: decimal128(21, 1)
-- column: i64_double: double
SELECT
  "i64" * "i8" AS "i64_i8",
  "i64" * "i16" AS "i64_i16",
  "i64" * "i32" AS "i64_i32",
  "i64" * "i64" AS "i64_i64",
  "i64" * "u8" AS "i64_u8",
  "i64" * "u16" AS "i64_u16",
  "i64" * "u32" AS "i64_u32",
  "i64" * "u64" AS "i64_u64",
  "i64" * "f32" AS "i64_f32",
  "i64" * "f64" AS "i64_f64",
  "i64" * "small" AS "i64_small",
  "i64" * "price" AS "i64_price",
  "i64" * "big" AS "i64_big",
  "i64" * 5 AS "i64_5",
  "i64" * 200 AS "i64_200",
  "i64" * 3000000000 AS "i64_large",
  "i64" * 5 AS "i64_long",
  "i64" * 1.5 AS "i64_decimal",
  "i64" * 0.5e0 AS "i64_double"
FROM "numbers";

-- name: products of u8
-- column: u8_i8: int64
-- column: u8_i16: int16
-- column: u8_i32: int32
-- column: u8_i64: int64
-- column: u8_u8: uint8
-- column: u8_u16: uint16
-- column: u8_u32: uint32
-- column: u8_u64: uint64
-- column: u8_f32: float
-- column: u8_f64: double
-- column: u8_small: decimal128(7, 1)
-- column: u8_price: decimal128(18, 2)
-- column: u8_big: decimal128(38, 10)
-- column: u8_5: uint8
-- column: u8_200: uint8
-- column: u8_large: int64
-- column: u8_long: int64
-- column: u8_decimal: decimal128(5, 1)
-- column: u8_double: double
SELECT
  "u8" * "i8" AS "u8_i8",
  "u8" * "i16" AS "u8_i16",
  "u8" * "i32" AS "u8_i32",
  "u8" * "i64" AS "u8_i64",
  "u8" * "u8" AS "u8_u8",
  "u8" * "u16" AS "u8_u16",
  "u8" * "u32" AS "u8_u32",
  "u8" * "u64" AS "u8_u64",
  "u8" * "f32" AS "u8_f32",
  "u8" * "f64" AS "u8_f64",
  "u8" * "small" AS "u8_small",
  "u8" * "price" AS "u8_price",
  "u8" * "big" AS "u8_big",
  "u8" * 5 AS "u8_5",
  "u8" * 200 AS "u8_200",
  "u8" * 3000000000 AS "u8_large",
  "u8" * CAST(5 AS BIGINT) AS "u8_long",
  "u8" * 1.5 AS "u8_decimal",
  "u8" * 0.5e0 AS "u8_double"
FROM "numbers";

-- name: products of u16
-- column: u16_i8: int64
-- column: u16_i16: int64
-- column: u16_i32: int32
-- column: u16_i64: int64
-- column: u16_u8: uint16
-- column: u16_u16: uint16
-- column: u16_u32: uint32
-- column: u16_u64: uint64
-- column: u16_f32: float
-- column: u16_f64: double
-- column: u16_small: decimal128(9, 1)
-- column: u16_price: decimal128(18, 2)
-- column: u16_big: decimal128(38, 10)
-- column: u16_5: uint16
-- column: u16_200: uint16
-- column: u16_large: int64
-- column: u16_long: int64
-- column: u16_decimal: decimal128(7, 1)
-- column: u16_double: double
SELECT
  "u16" * "i8" AS "u16_i8",
  "u16" * "i16" AS "u16_i16",
  "u16" * "i32" AS "u16_i32",
  "u16" * "i64" AS "u16_i64",
  "u16" * "u8" AS "u16_u8",
  "u16" * "u16" AS "u16_u16",
  "u16" * "u32" AS "u16_u32",
  "u16" * "u64" AS "u16_u64",
  "u16" * "f32" AS "u16_f32",
  "u16" * "f64" AS "u16_f64",
  "u16" * "small" AS "u16_small",
  "u16" * "price" AS "u16_price",
  "u16" * "big" AS "u16_big",
  "u16" * 5 AS "u16_5",
  "u16" * 200 AS "u16_200",
  "u16" * 3000000000 AS "u16_large",
  "u16" * CAST(5 AS BIGINT) AS "u16_long",
  "u16" * 1.5 AS "u16_decimal",
  "u16" * 0.5e0 AS "u16_double"
FROM "numbers";

-- name: products of u32
-- column: u32_i8: int64
-- column: u32_i16: int64
-- column: u32_i32: int64
-- column: u32_i64: int64
-- column: u32_u8: uint32
-- column: u32_u16: uint32
-- column: u32_u32: uint32
-- column: u32_u64: uint64
-- column: u32_f32: float
-- column: u32_f64: double
-- column: u32_small: decimal128(14, 1)
-- column: u32_price: decimal128(18, 2)
-- column: u32_big: decimal128(38, 10)
-- column: u32_5: uint32
-- column: u32_200: uint32
-- column: u32_large: uint32
-- column: u32_long: int64
-- column: u32_decimal: decimal128(12, 1)
-- column: u32_double: double
SELECT
  "u32" * "i8" AS "u32_i8",
  "u32" * "i16" AS "u32_i16",
  "u32" * "i32" AS "u32_i32",
  "u32" * "i64" AS "u32_i64",
  "u32" * "u8" AS "u32_u8",
  "u32" * "u16" AS "u32_u16",
  "u32" * "u32" AS "u32_u32",
  "u32" * "u64" AS "u32_u64",
  "u32" * "f32" AS "u32_f32",
  "u32" * "f64" AS "u32_f64",
  "u32" * "small" AS "u32_small",
  "u32" * "price" AS "u32_price",
  "u32" * "big" AS "u32_big",
  "u32" * 5 AS "u32_5",
  "u32" * 200 AS "u32_200",
  "u32" * 3000000000 AS "u32_large",
  "u32" * CAST(5 AS BIGINT) AS "u32_long",
  "u32" * 1.5 AS "u32_decimal",
  "u32" * 0.5e0 AS "u32_double"
FROM "numbers";

-- name: products of u64
-- column: u64_i8: decimal128(38, 0)
-- column: u64_i16: decimal128(38, 0)
-- column: u64_i32: decimal128(38, 0)
-- column: u64_i64: decimal128(38, 0)
-- column: u64_u8: uint64
-- column: u64_u16: uint64
-- column: u64_u32: uint64
-- column: u64_u64: uint64
-- column: u64_f32: float
-- column: u64_f64: double
-- column: u64_small: decimal128(24, 1)
-- column: u64_price: decimal128(35, 2)
-- column: u64_big: decimal128(38, 10)
-- column: u64_5: uint64
-- column: u64_200: uint64
-- column: u64_large: uint64
-- column: u64_long: decimal128(38, 0)
-- column: u64_decimal: decimal128(22, 1)
-- column: u64_double: double
SELECT
  "u64" * "i8" AS "u64_i8",
  "u64" * "i16" AS "u64_i16",
  "u64" * "i32" AS "u64_i32",
  "u64" * "i64" AS "u64_i64",
  "u64" * "u8" AS "u64_u8",
  "u64" * "u16" AS "u64_u16",
  "u64" * "u32" AS "u64_u32",
  "u64" * "u64" AS "u64_u64",
  "u64" * "f32" AS "u64_f32",
  "u64" * "f64" AS "u64_f64",
  "u64" * "small" AS "u64_small",
  "u64" * "price" AS "u64_price",
  "u64" * "big" AS "u64_big",
  "u64" * 5 AS "u64_5",
  "u64" * 200 AS "u64_200",
  "u64" * 3000000000 AS "u64_large",
  "u64" * CAST(5 AS BIGINT) AS "u64_long",
  "u64" * 1.5 AS "u64_decimal",
  "u64" * 0.5e0 AS "u64_double"
FROM "numbers";

-- name: products of f32
-- column: f32_i8: float
-- column: f32_i16: float
-- column: f32_i32: float
-- column: f32_i64: float
-- column: f32_u8: float
-- column: f32_u16: float
-- column: f32_u32: float
-- column: f32_u64: float
-- column: f32_f32: float
-- column: f32_f64: double
-- column: f32_small: float
-- column: f32_price: float
-- column: f32_big: float
-- column: f32_5: float
-- column: f32_200: float
-- column: f32_large: float
-- column: f32_long: float
-- column: f32_decimal: float
-- column: f32_double: double
SELECT
  "f32" * "i8" AS "f32_i8",
  "f32" * "i16" AS "f32_i16",
  "f32" * "i32" AS "f32_i32",
  "f32" * "i64" AS "f32_i64",
  "f32" * "u8" AS "f32_u8",
  "f32" * "u16" AS "f32_u16",
  "f32" * "u32" AS "f32_u32",
  "f32" * "u64" AS "f32_u64",
  "f32" * "f32" AS "f32_f32",
  "f32" * "f64" AS "f32_f64",
  "f32" * "small" AS "f32_small",
  "f32" * "price" AS "f32_price",
  "f32" * "big" AS "f32_big",
  "f32" * 5 AS "f32_5",
  "f32" * 200 AS "f32_200",
  "f32" * 3000000000 AS "f32_large",
  "f32" * 5 AS "f32_long",
  "f32" * 1.5 AS "f32_decimal",
  "f32" * 0.5e0 AS "f32_double"
FROM "numbers";

-- name: products of f64
-- column: f64_i8: double
-- column: f64_i16: double
-- column: f64_i32: double
-- column: f64_i64: double
-- column: f64_u8: double
-- column: f64_u16: double
-- column: f64_u32: double
-- column: f64_u64: double
-- column: f64_f32: double
-- column: f64_f64: double
-- column: f64_small: double
-- column: f64_price: double
-- column: f64_big: double
-- column: f64_5: double
-- column: f64_200: double
-- column: f64_large: double
-- column: f64_long: double
-- column: f64_decimal: double
-- column: f64_double: double
SELECT
  "f64" * "i8" AS "f64_i8",
  "f64" * "i16" AS "f64_i16",
  "f64" * "i32" AS "f64_i32",
  "f64" * "i64" AS "f64_i64",
  "f64" * "u8" AS "f64_u8",
  "f64" * "u16" AS "f64_u16",
  "f64" * "u32" AS "f64_u32",
  "f64" * "u64" AS "f64_u64",
  "f64" * "f32" AS "f64_f32",
  "f64" * "f64" AS "f64_f64",
  "f64" * "small" AS "f64_small",
  "f64" * "price" AS "f64_price",
  "f64" * "big" AS "f64_big",
  "f64" * 5 AS "f64_5",
  "f64" * 200 AS "f64_200",
  "f64" * 3000000000 AS "f64_large",
  "f64" * 5 AS "f64_long",
  "f64" * 1.5 AS "f64_decimal",
  "f64" * 0.5e0 AS "f64_double"
FROM "numbers";

-- name: products of small
-- column: small_i8: decimal128(7, 1)
-- column: small_i16: decimal128(9, 1)
-- column: small_i32: decimal128(14, 1)
-- column: small_i64: decimal128(23, 1)
-- column: small_u8: decimal128(7, 1)
-- column: small_u16: decimal128(9, 1)
-- column: small_u32: decimal128(14, 1)
-- column: small_u64: decimal128(24, 1)
-- column: small_f32: float
-- column: small_f64: double
-- column: small_small: decimal128(8, 2)
-- column: small_price: decimal128(18, 3)
-- column: small_big: decimal128(38, 11)
-- column: small_5: decimal128(14, 1)
-- column: small_200: decimal128(14, 1)
-- column: small_large: decimal128(23, 1)
-- column: small_long: decimal128(23, 1)
-- column: small_decimal: decimal128(6, 2)
-- column: small_double: double
SELECT
  "small" * "i8" AS "small_i8",
  "small" * "i16" AS "small_i16",
  "small" * "i32" AS "small_i32",
  "small" * "i64" AS "small_i64",
  "small" * "u8" AS "small_u8",
  "small" * "u16" AS "small_u16",
  "small" * "u32" AS "small_u32",
  "small" * "u64" AS "small_u64",
  "small" * "f32" AS "small_f32",
  "small" * "f64" AS "small_f64",
  "small" * "small" AS "small_small",
  "small" * "price" AS "small_price",
  "small" * "big" AS "small_big",
  "small" * 5 AS "small_5",
  "small" * 200 AS "small_200",
  "small" * 3000000000 AS "small_large",
  "small" * CAST(5 AS BIGINT) AS "small_long",
  "small" * 1.5 AS "small_decimal",
  "small" * 0.5e0 AS "small_double"
FROM "numbers";

-- name: products of price
-- column: price_i8: decimal128(18, 2)
-- column: price_i16: decimal128(18, 2)
-- column: price_i32: decimal128(18, 2)
-- column: price_i64: decimal128(34, 2)
-- column: price_u8: decimal128(18, 2)
-- column: price_u16: decimal128(18, 2)
-- column: price_u32: decimal128(18, 2)
-- column: price_u64: decimal128(35, 2)
-- column: price_f32: float
-- column: price_f64: double
-- column: price_small: decimal128(18, 3)
-- column: price_price: decimal128(18, 4)
-- column: price_big: decimal128(38, 12)
-- column: price_5: decimal128(18, 2)
-- column: price_200: decimal128(18, 2)
-- column: price_large: decimal128(34, 2)
-- column: price_long: decimal128(34, 2)
-- column: price_decimal: decimal128(17, 3)
-- column: price_double: double
SELECT
  "price" * "i8" AS "price_i8",
  "price" * "i16" AS "price_i16",
  "price" * "i32" AS "price_i32",
  "price" * "i64" AS "price_i64",
  "price" * "u8" AS "price_u8",
  "price" * "u16" AS "price_u16",
  "price" * "u32" AS "price_u32",
  "price" * "u64" AS "price_u64",
  "price" * "f32" AS "price_f32",
  "price" * "f64" AS "price_f64",
  "price" * "small" AS "price_small",
  "price" * "price" AS "price_price",
  "price" * "big" AS "price_big",
  "price" * 5 AS "price_5",
  "price" * 200 AS "price_200",
  "price" * 3000000000 AS "price_large",
  "price" * CAST(5 AS BIGINT) AS "price_long",
  "price" * 1.5 AS "price_decimal",
  "price" * 0.5e0 AS "price_double"
FROM "numbers";

-- name: products of big
-- column: big_i8: decimal128(38, 10)
-- column: big_i16: decimal128(38, 10)
-- column: big_i32: decimal128(38, 10)
-- column: big_i64: decimal128(38, 10)
-- column: big_u8: decimal128(38, 10)
-- column: big_u16: decimal128(38, 10)
-- column: big_u32: decimal128(38, 10)
-- column: big_u64: decimal128(38, 10)
-- column: big_f32: float
-- column: big_f64: double
-- column: big_small: decimal128(38, 11)
-- column: big_price: decimal128(38, 12)
-- column: big_big: decimal128(38, 20)
-- column: big_5: decimal128(38, 10)
-- column: big_200: decimal128(38, 10)
-- column: big_large: decimal128(38, 10)
-- column: big_long: decimal128(38, 10)
-- column: big_decimal: decimal128(38, 11)
-- column: big_double: double
SELECT
  "big" * "i8" AS "big_i8",
  "big" * "i16" AS "big_i16",
  "big" * "i32" AS "big_i32",
  "big" * "i64" AS "big_i64",
  "big" * "u8" AS "big_u8",
  "big" * "u16" AS "big_u16",
  "big" * "u32" AS "big_u32",
  "big" * "u64" AS "big_u64",
  "big" * "f32" AS "big_f32",
  "big" * "f64" AS "big_f64",
  "big" * "small" AS "big_small",
  "big" * "price" AS "big_price",
  "big" * "big" AS "big_big",
  "big" * 5 AS "big_5",
  "big" * 200 AS "big_200",
  "big" * 3000000000 AS "big_large",
  "big" * 5 AS "big_long",
  "big" * 1.5 AS "big_decimal",
  "big" * 0.5e0 AS "big_double"
FROM "numbers";

-- name: quotients of i8
-- column: i8_i8: double
-- column: i8_i16: double
-- column: i8_i32: double
-- column: i8_i64: double
-- column: i8_u8: double
-- column: i8_u16: double
-- column: i8_u32: double
-- column: i8_u64: double
-- column: i8_f32: float
-- column: i8_f64: double
-- column: i8_small: double
-- column: i8_price: double
-- column: i8_big: double
-- column: i8_5: double
-- column: i8_200: double
-- column: i8_large: double
-- column: i8_long: double
-- column: i8_decimal: double
-- column: i8_double: double
SELECT
  "i8" / "i8" AS "i8_i8",
  "i8" / "i16" AS "i8_i16",
  "i8" / "i32" AS "i8_i32",
  "i8" / "i64" AS "i8_i64",
  "i8" / "u8" AS "i8_u8",
  "i8" / "u16" AS "i8_u16",
  "i8" / "u32" AS "i8_u32",
  "i8" / "u64" AS "i8_u64",
  "i8" / "f32" AS "i8_f32",
  "i8" / "f64" AS "i8_f64",
  "i8" / "small" AS "i8_small",
  "i8" / "price" AS "i8_price",
  "i8" / "big" AS "i8_big",
  "i8" / 5 AS "i8_5",
  "i8" / 200 AS "i8_200",
  "i8" / 3000000000 AS "i8_large",
  "i8" / 5 AS "i8_long",
  "i8" / 1.5 AS "i8_decimal",
  "i8" / 0.5e0 AS "i8_double"
FROM "numbers";

-- name: quotients of i16
-- column: i16_i8: double
-- column: i16_i16: double
-- column: i16_i32: double
-- column: i16_i64: double
-- column: i16_u8: double
-- column: i16_u16: double
-- column: i16_u32: double
-- column: i16_u64: double
-- column: i16_f32: float
-- column: i16_f64: double
-- column: i16_small: double
-- column: i16_price: double
-- column: i16_big: double
-- column: i16_5: double
-- column: i16_200: double
-- column: i16_large: double
-- column: i16_long: double
-- column: i16_decimal: double
-- column: i16_double: double
SELECT
  "i16" / "i8" AS "i16_i8",
  "i16" / "i16" AS "i16_i16",
  "i16" / "i32" AS "i16_i32",
  "i16" / "i64" AS "i16_i64",
  "i16" / "u8" AS "i16_u8",
  "i16" / "u16" AS "i16_u16",
  "i16" / "u32" AS "i16_u32",
  "i16" / "u64" AS "i16_u64",
  "i16" / "f32" AS "i16_f32",
  "i16" / "f64" AS "i16_f64",
  "i16" / "small" AS "i16_small",
  "i16" / "price" AS "i16_price",
  "i16" / "big" AS "i16_big",
  "i16" / 5 AS "i16_5",
  "i16" / 200 AS "i16_200",
  "i16" / 3000000000 AS "i16_large",
  "i16" / 5 AS "i16_long",
  "i16" / 1.5 AS "i16_decimal",
  "i16" / 0.5e0 AS "i16_double"
FROM "numbers";

-- name: quotients of i32
-- column: i32_i8: double
-- column: i32_i16: double
-- column: i32_i32: double
-- column: i32_i64: double
-- column: i32_u8: double
-- column: i32_u16: double
-- column: i32_u32: double
-- column: i32_u64: double
-- column: i32_f32: float
-- column: i32_f64: double
-- column: i32_small: double
-- column: i32_price: double
-- column: i32_big: double
-- column: i32_5: double
-- column: i32_200: double
-- column: i32_large: double
-- column: i32_long: double
-- column: i32_decimal: double
-- column: i32_double: double
SELECT
  "i32" / "i8" AS "i32_i8",
  "i32" / "i16" AS "i32_i16",
  "i32" / "i32" AS "i32_i32",
  "i32" / "i64" AS "i32_i64",
  "i32" / "u8" AS "i32_u8",
  "i32" / "u16" AS "i32_u16",
  "i32" / "u32" AS "i32_u32",
  "i32" / "u64" AS "i32_u64",
  "i32" / "f32" AS "i32_f32",
  "i32" / "f64" AS "i32_f64",
  "i32" / "small" AS "i32_small",
  "i32" / "price" AS "i32_price",
  "i32" / "big" AS "i32_big",
  "i32" / 5 AS "i32_5",
  "i32" / 200 AS "i32_200",
  "i32" / 3000000000 AS "i32_large",
  "i32" / 5 AS "i32_long",
  "i32" / 1.5 AS "i32_decimal",
  "i32" / 0.5e0 AS "i32_double"
FROM "numbers";

-- name: quotients of i64
-- column: i64_i8: double
-- column: i64_i16: double
-- column: i64_i32: double
-- column: i64_i64: double
-- column: i64_u8: double
-- column: i64_u16: double
-- column: i64_u32: double
-- column: i64_u64: double
-- column: i64_f32: float
-- column: i64_f64: double
-- column: i64_small: double
-- column: i64_price: double
-- column: i64_big: double
-- column: i64_5: double
-- column: i64_200: double
-- column: i64_large: double
-- column: i64_long: double
-- column: i64_decimal: double
-- column: i64_double: double
SELECT
  "i64" / "i8" AS "i64_i8",
  "i64" / "i16" AS "i64_i16",
  "i64" / "i32" AS "i64_i32",
  "i64" / "i64" AS "i64_i64",
  "i64" / "u8" AS "i64_u8",
  "i64" / "u16" AS "i64_u16",
  "i64" / "u32" AS "i64_u32",
  "i64" / "u64" AS "i64_u64",
  "i64" / "f32" AS "i64_f32",
  "i64" / "f64" AS "i64_f64",
  "i64" / "small" AS "i64_small",
  "i64" / "price" AS "i64_price",
  "i64" / "big" AS "i64_big",
  "i64" / 5 AS "i64_5",
  "i64" / 200 AS "i64_200",
  "i64" / 3000000000 AS "i64_large",
  "i64" / 5 AS "i64_long",
  "i64" / 1.5 AS "i64_decimal",
  "i64" / 0.5e0 AS "i64_double"
FROM "numbers";

-- name: quotients of u8
-- column: u8_i8: double
-- column: u8_i16: double
-- column: u8_i32: double
-- column: u8_i64: double
-- column: u8_u8: double
-- column: u8_u16: double
-- column: u8_u32: double
-- column: u8_u64: double
-- column: u8_f32: float
-- column: u8_f64: double
-- column: u8_small: double
-- column: u8_price: double
-- column: u8_big: double
-- column: u8_5: double
-- column: u8_200: double
-- column: u8_large: double
-- column: u8_long: double
-- column: u8_decimal: double
-- column: u8_double: double
SELECT
  "u8" / "i8" AS "u8_i8",
  "u8" / "i16" AS "u8_i16",
  "u8" / "i32" AS "u8_i32",
  "u8" / "i64" AS "u8_i64",
  "u8" / "u8" AS "u8_u8",
  "u8" / "u16" AS "u8_u16",
  "u8" / "u32" AS "u8_u32",
  "u8" / "u64" AS "u8_u64",
  "u8" / "f32" AS "u8_f32",
  "u8" / "f64" AS "u8_f64",
  "u8" / "small" AS "u8_small",
  "u8" / "price" AS "u8_price",
  "u8" / "big" AS "u8_big",
  "u8" / 5 AS "u8_5",
  "u8" / 200 AS "u8_200",
  "u8" / 3000000000 AS "u8_large",
  "u8" / 5 AS "u8_long",
  "u8" / 1.5 AS "u8_decimal",
  "u8" / 0.5e0 AS "u8_double"
FROM "numbers";

-- name: quotients of u16
-- column: u16_i8: double
-- column: u16_i16: double
-- column: u16_i32: double
-- column: u16_i64: double
-- column: u16_u8: double
-- column: u16_u16: double
-- column: u16_u32: double
-- column: u16_u64: double
-- column: u16_f32: float
-- column: u16_f64: double
-- column: u16_small: double
-- column: u16_price: double
-- column: u16_big: double
-- column: u16_5: double
-- column: u16_200: double
-- column: u16_large: double
-- column: u16_long: double
-- column: u16_decimal: double
-- column: u16_double: double
SELECT
  "u16" / "i8" AS "u16_i8",
  "u16" / "i16" AS "u16_i16",
  "u16" / "i32" AS "u16_i32",
  "u16" / "i64" AS "u16_i64",
  "u16" / "u8" AS "u16_u8",
  "u16" / "u16" AS "u16_u16",
  "u16" / "u32" AS "u16_u32",
  "u16" / "u64" AS "u16_u64",
  "u16" / "f32" AS "u16_f32",
  "u16" / "f64" AS "u16_f64",
  "u16" / "small" AS "u16_small",
  "u16" / "price" AS "u16_price",
  "u16" / "big" AS "u16_big",
  "u16" / 5 AS "u16_5",
  "u16" / 200 AS "u16_200",
  "u16" / 3000000000 AS "u16_large",
  "u16" / 5 AS "u16_long",
  "u16" / 1.5 AS "u16_decimal",
  "u16" / 0.5e0 AS "u16_double"
FROM "numbers";

-- name: quotients of u32
-- column: u32_i8: double
-- column: u32_i16: double
-- column: u32_i32: double
-- column: u32_i64: double
-- column: u32_u8: double
-- column: u32_u16: double
-- column: u32_u32: double
-- column: u32_u64: double
-- column: u32_f32: float
-- column: u32_f64: double
-- column: u32_small: double
-- column: u32_price: double
-- column: u32_big: double
-- column: u32_5: double
-- column: u32_200: double
-- column: u32_large: double
-- column: u32_long: double
-- column: u32_decimal: double
-- column: u32_double: double
SELECT
  "u32" / "i8" AS "u32_i8",
  "u32" / "i16" AS "u32_i16",
  "u32" / "i32" AS "u32_i32",
  "u32" / "i64" AS "u32_i64",
  "u32" / "u8" AS "u32_u8",
  "u32" / "u16" AS "u32_u16",
  "u32" / "u32" AS "u32_u32",
  "u32" / "u64" AS "u32_u64",
  "u32" / "f32" AS "u32_f32",
  "u32" / "f64" AS "u32_f64",
  "u32" / "small" AS "u32_small",
  "u32" / "price" AS "u32_price",
  "u32" / "big" AS "u32_big",
  "u32" / 5 AS "u32_5",
  "u32" / 200 AS "u32_200",
  "u32" / 3000000000 AS "u32_large",
  "u32" / 5 AS "u32_long",
  "u32" / 1.5 AS "u32_decimal",
  "u32" / 0.5e0 AS "u32_double"
FROM "numbers";

-- name: quotients of u64
-- column: u64_i8: double
-- column: u64_i16: double
-- column: u64_i32: double
-- column: u64_i64: double
-- column: u64_u8: double
-- column: u64_u16: double
-- column: u64_u32: double
-- column: u64_u64: double
-- column: u64_f32: float
-- column: u64_f64: double
-- column: u64_small: double
-- column: u64_price: double
-- column: u64_big: double
-- column: u64_5: double
-- column: u64_200: double
-- column: u64_large: double
-- column: u64_long: double
-- column: u64_decimal: double
-- column: u64_double: double
SELECT
  "u64" / "i8" AS "u64_i8",
  "u64" / "i16" AS "u64_i16",
  "u64" / "i32" AS "u64_i32",
  "u64" / "i64" AS "u64_i64",
  "u64" / "u8" AS "u64_u8",
  "u64" / "u16" AS "u64_u16",
  "u64" / "u32" AS "u64_u32",
  "u64" / "u64" AS "u64_u64",
  "u64" / "f32" AS "u64_f32",
  "u64" / "f64" AS "u64_f64",
  "u64" / "small" AS "u64_small",
  "u64" / "price" AS "u64_price",
  "u64" / "big" AS "u64_big",
  "u64" / 5 AS "u64_5",
  "u64" / 200 AS "u64_200",
  "u64" / 3000000000 AS "u64_large",
  "u64" / 5 AS "u64_long",
  "u64" / 1.5 AS "u64_decimal",
  "u64" / 0.5e0 AS "u64_double"
FROM "numbers";

-- name: quotients of f32
-- column: f32_i8: float
-- column: f32_i16: float
-- column: f32_i32: float
-- column: f32_i64: float
-- column: f32_u8: float
-- column: f32_u16: float
-- column: f32_u32: float
-- column: f32_u64: float
-- column: f32_f32: float
-- column: f32_f64: double
-- column: f32_small: float
-- column: f32_price: float
-- column: f32_big: float
-- column: f32_5: float
-- column: f32_200: float
-- column: f32_large: float
-- column: f32_long: float
-- column: f32_decimal: float
-- column: f32_double: double
SELECT
  "f32" / "i8" AS "f32_i8",
  "f32" / "i16" AS "f32_i16",
  "f32" / "i32" AS "f32_i32",
  "f32" / "i64" AS "f32_i64",
  "f32" / "u8" AS "f32_u8",
  "f32" / "u16" AS "f32_u16",
  "f32" / "u32" AS "f32_u32",
  "f32" / "u64" AS "f32_u64",
  "f32" / "f32" AS "f32_f32",
  "f32" / "f64" AS "f32_f64",
  "f32" / "small" AS "f32_small",
  "f32" / "price" AS "f32_price",
  "f32" / "big" AS "f32_big",
  "f32" / 5 AS "f32_5",
  "f32" / 200 AS "f32_200",
  "f32" / 3000000000 AS "f32_large",
  "f32" / 5 AS "f32_long",
  "f32" / 1.5 AS "f32_decimal",
  "f32" / 0.5e0 AS "f32_double"
FROM "numbers";

-- name: quotients of f64
-- column: f64_i8: double
-- column: f64_i16: double
-- column: f64_i32: double
-- column: f64_i64: double
-- column: f64_u8: double
-- column: f64_u16: double
-- column: f64_u32: double
-- column: f64_u64: double
-- column: f64_f32: double
-- column: f64_f64: double
-- column: f64_small: double
-- column: f64_price: double
-- column: f64_big: double
-- column: f64_5: double
-- column: f64_200: double
-- column: f64_large: double
-- column: f64_long: double
-- column: f64_decimal: double
-- column: f64_double: double
SELECT
  "f64" / "i8" AS "f64_i8",
  "f64" / "i16" AS "f64_i16",
  "f64" / "i32" AS "f64_i32",
  "f64" / "i64" AS "f64_i64",
  "f64" / "u8" AS "f64_u8",
  "f64" / "u16" AS "f64_u16",
  "f64" / "u32" AS "f64_u32",
  "f64" / "u64" AS "f64_u64",
  "f64" / "f32" AS "f64_f32",
  "f64" / "f64" AS "f64_f64",
  "f64" / "small" AS "f64_small",
  "f64" / "price" AS "f64_price",
  "f64" / "big" AS "f64_big",
  "f64" / 5 AS "f64_5",
  "f64" / 200 AS "f64_200",
  "f64" / 3000000000 AS "f64_large",
  "f64" / 5 AS "f64_long",
  "f64" / 1.5 AS "f64_decimal",
  "f64" / 0.5e0 AS "f64_double"
FROM "numbers";

-- name: quotients of small
-- column: small_i8: double
-- column: small_i16: double
-- column: small_i32: double
-- column: small_i64: double
-- column: small_u8: double
-- column: small_u16: double
-- column: small_u32: double
-- column: small_u64: double
-- column: small_f32: float
-- column: small_f64: double
-- column: small_small: double
-- column: small_price: double
-- column: small_big: double
-- column: small_5: double
-- column: small_200: double
-- column: small_large: double
-- column: small_long: double
-- column: small_decimal: double
-- column: small_double: double
SELECT
  "small" / "i8" AS "small_i8",
  "small" / "i16" AS "small_i16",
  "small" / "i32" AS "small_i32",
  "small" / "i64" AS "small_i64",
  "small" / "u8" AS "small_u8",
  "small" / "u16" AS "small_u16",
  "small" / "u32" AS "small_u32",
  "small" / "u64" AS "small_u64",
  "small" / "f32" AS "small_f32",
  "small" / "f64" AS "small_f64",
  "small" / "small" AS "small_small",
  "small" / "price" AS "small_price",
  "small" / "big" AS "small_big",
  "small" / 5 AS "small_5",
  "small" / 200 AS "small_200",
  "small" / 3000000000 AS "small_large",
  "small" / 5 AS "small_long",
  "small" / 1.5 AS "small_decimal",
  "small" / 0.5e0 AS "small_double"
FROM "numbers";

-- name: quotients of price
-- column: price_i8: double
-- column: price_i16: double
-- column: price_i32: double
-- column: price_i64: double
-- column: price_u8: double
-- column: price_u16: double
-- column: price_u32: double
-- column: price_u64: double
-- column: price_f32: float
-- column: price_f64: double
-- column: price_small: double
-- column: price_price: double
-- column: price_big: double
-- column: price_5: double
-- column: price_200: double
-- column: price_large: double
-- column: price_long: double
-- column: price_decimal: double
-- column: price_double: double
SELECT
  "price" / "i8" AS "price_i8",
  "price" / "i16" AS "price_i16",
  "price" / "i32" AS "price_i32",
  "price" / "i64" AS "price_i64",
  "price" / "u8" AS "price_u8",
  "price" / "u16" AS "price_u16",
  "price" / "u32" AS "price_u32",
  "price" / "u64" AS "price_u64",
  "price" / "f32" AS "price_f32",
  "price" / "f64" AS "price_f64",
  "price" / "small" AS "price_small",
  "price" / "price" AS "price_price",
  "price" / "big" AS "price_big",
  "price" / 5 AS "price_5",
  "price" / 200 AS "price_200",
  "price" / 3000000000 AS "price_large",
  "price" / 5 AS "price_long",
  "price" / 1.5 AS "price_decimal",
  "price" / 0.5e0 AS "price_double"
FROM "numbers";

-- name: quotients of big
-- column: big_i8: double
-- column: big_i16: double
-- column: big_i32: double
-- column: big_i64: double
-- column: big_u8: double
-- column: big_u16: double
-- column: big_u32: double
-- column: big_u64: double
-- column: big_f32: float
-- column: big_f64: double
-- column: big_small: double
-- column: big_price: double
-- column: big_big: double
-- column: big_5: double
-- column: big_200: double
-- column: big_large: double
-- column: big_long: double
-- column: big_decimal: double
-- column: big_double: double
SELECT
  "big" / "i8" AS "big_i8",
  "big" / "i16" AS "big_i16",
  "big" / "i32" AS "big_i32",
  "big" / "i64" AS "big_i64",
  "big" / "u8" AS "big_u8",
  "big" / "u16" AS "big_u16",
  "big" / "u32" AS "big_u32",
  "big" / "u64" AS "big_u64",
  "big" / "f32" AS "big_f32",
  "big" / "f64" AS "big_f64",
  "big" / "small" AS "big_small",
  "big" / "price" AS "big_price",
  "big" / "big" AS "big_big",
  "big" / 5 AS "big_5",
  "big" / 200 AS "big_200",
  "big" / 3000000000 AS "big_large",
  "big" / 5 AS "big_long",
  "big" / 1.5 AS "big_decimal",
  "big" / 0.5e0 AS "big_double"
FROM "numbers";

-- name: remainders of i8
-- column: i8_i8: int8
-- column: i8_i16: int16
-- column: i8_i32: int32
-- column: i8_i64: int64
-- column: i8_u8: int64
-- column: i8_u16: int64
-- column: i8_u32: int64
-- column: i8_u64: decimal128(38, 0)
-- column: i8_f32: float
-- column: i8_f64: double
-- column: i8_small: decimal128(4, 1)
-- column: i8_price: decimal128(15, 2)
-- column: i8_big: decimal128(38, 10)
-- column: i8_5: int8
-- column: i8_200: int32
-- column: i8_large: int64
-- column: i8_long: int64
-- column: i8_decimal: decimal128(4, 1)
-- column: i8_double: double
SELECT
  "i8" % "i8" AS "i8_i8",
  "i8" % "i16" AS "i8_i16",
  "i8" % "i32" AS "i8_i32",
  "i8" % "i64" AS "i8_i64",
  "i8" % "u8" AS "i8_u8",
  "i8" % "u16" AS "i8_u16",
  "i8" % "u32" AS "i8_u32",
  "i8" % "u64" AS "i8_u64",
  "i8" % "f32" AS "i8_f32",
  "i8" % "f64" AS "i8_f64",
  "i8" % "small" AS "i8_small",
  "i8" % "price" AS "i8_price",
  "i8" % "big" AS "i8_big",
  "i8" % 5 AS "i8_5",
  "i8" % 200 AS "i8_200",
  "i8" % 3000000000 AS "i8_large",
  "i8" % CAST(5 AS BIGINT) AS "i8_long",
  "i8" % 1.5 AS "i8_decimal",
  "i8" % 0.5e0 AS "i8_double"
FROM "numbers";

-- name: remainders of i16
-- column: i16_i8: int16
-- column: i16_i16: int16
-- column: i16_i32: int32
-- column: i16_i64: int64
-- column: i16_u8: int16
-- column: i16_u16: int64
-- column: i16_u32: int64
-- column: i16_u64: decimal128(38, 0)
-- column: i16_f32: float
-- column: i16_f64: double
-- column: i16_small: decimal128(6, 1)
-- column: i16_price: decimal128(15, 2)
-- column: i16_big: decimal128(38, 10)
-- column: i16_5: int16
-- column: i16_200: int16
-- column: i16_large: int64
-- column: i16_long: int64
-- column: i16_decimal: decimal128(6, 1)
-- column: i16_double: double
SELECT
  "i16" % "i8" AS "i16_i8",
  "i16" % "i16" AS "i16_i16",
  "i16" % "i32" AS "i16_i32",
  "i16" % "i64" AS "i16_i64",
  "i16" % "u8" AS "i16_u8",
  "i16" % "u16" AS "i16_u16",
  "i16" % "u32" AS "i16_u32",
  "i16" % "u64" AS "i16_u64",
  "i16" % "f32" AS "i16_f32",
  "i16" % "f64" AS "i16_f64",
  "i16" % "small" AS "i16_small",
  "i16" % "price" AS "i16_price",
  "i16" % "big" AS "i16_big",
  "i16" % 5 AS "i16_5",
  "i16" % 200 AS "i16_200",
  "i16" % 3000000000 AS "i16_large",
  "i16" % CAST(5 AS BIGINT) AS "i16_long",
  "i16" % 1.5 AS "i16_decimal",
  "i16" % 0.5e0 AS "i16_double"
FROM "numbers";

-- name: remainders of i32
-- column: i32_i8: int32
-- column: i32_i16: int32
-- column: i32_i32: int32
-- column: i32_i64: int64
-- column: i32_u8: int32
-- column: i32_u16: int32
-- column: i32_u32: int64
-- column: i32_u64: decimal128(38, 0)
-- column: i32_f32: float
-- column: i32_f64: double
-- column: i32_small: decimal128(11, 1)
-- column: i32_price: decimal128(15, 2)
-- column: i32_big: decimal128(38, 10)
-- column: i32_5: int32
-- column: i32_200: int32
-- column: i32_large: int64
-- column: i32_long: int64
-- column: i32_decimal: decimal128(11, 1)
-- column: i32_double: double
SELECT
  "i32" % "i8" AS "i32_i8",
  "i32" % "i16" AS "i32_i16",
  "i32" % "i32" AS "i32_i32",
  "i32" % "i64" AS "i32_i64",
  "i32" % "u8" AS "i32_u8",
  "i32" % "u16" AS "i32_u16",
  "i32" % "u32" AS "i32_u32",
  "i32" % "u64" AS "i32_u64",
  "i32" % "f32" AS "i32_f32",
  "i32" % "f64" AS "i32_f64",
  "i32" % "small" AS "i32_small",
  "i32" % "price" AS "i32_price",
  "i32" % "big" AS "i32_big",
  "i32" % 5 AS "i32_5",
  "i32" % 200 AS "i32_200",
  "i32" % 3000000000 AS "i32_large",
  "i32" % CAST(5 AS BIGINT) AS "i32_long",
  "i32" % 1.5 AS "i32_decimal",
  "i32" % 0.5e0 AS "i32_double"
FROM "numbers";

-- name: remainders of i64
-- column: i64_i8: int64
-- column: i64_i16: int64
-- column: i64_i32: int64
-- column: i64_i64: int64
-- column: i64_u8: int64
-- column: i64_u16: int64
-- column: i64_u32: int64
-- column: i64_u64: decimal128(38, 0)
-- column: i64_f32: float
-- column: i64_f64: double
-- column: i64_small: decimal128(20, 1)
-- column: i64_price: decimal128(21, 2)
-- column: i64_big: decimal128(38, 10)
-- column: i64_5: int64
-- column: i64_200: int64
-- column: i64_large: int64
-- column: i64_long: int64
-- column: i64_decimal: decimal128(20, 1)
-- column: i64_double: double
SELECT
  "i64" % "i8" AS "i64_i8",
  "i64" % "i16" AS "i64_i16",
  "i64" % "i32" AS "i64_i32",
  "i64" % "i64" AS "i64_i64",
  "i64" % "u8" AS "i64_u8",
  "i64" % "u16" AS "i64_u16",
  "i64" % "u32" AS "i64_u32",
  "i64" % "u64" AS "i64_u64",
  "i64" % "f32" AS "i64_f32",
  "i64" % "f64" AS "i64_f64",
  "i64" % "small" AS "i64_small",
  "i64" % "price" AS "i64_price",
  "i64" % "big" AS "i64_big",
  "i64" % 5 AS "i64_5",
  "i64" % 200 AS "i64_200",
  "i64" % 3000000000 AS "i64_large",
  "i64" % 5 AS "i64_long",
  "i64" % 1.5 AS "i64_decimal",
  "i64" % 0.5e0 AS "i64_double"
FROM "numbers";

-- name: remainders of u8
-- column: u8_i8: int64
-- column: u8_i16: int16
-- column: u8_i32: int32
-- column: u8_i64: int64
-- column: u8_u8: uint8
-- column: u8_u16: uint16
-- column: u8_u32: uint32
-- column: u8_u64: uint64
-- column: u8_f32: float
-- column: u8_f64: double
-- column: u8_small: decimal128(4, 1)
-- column: u8_price: decimal128(15, 2)
-- column: u8_big: decimal128(38, 10)
-- column: u8_5: uint8
-- column: u8_200: uint8
-- column: u8_large: int64
-- column: u8_long: int64
-- column: u8_decimal: decimal128(4, 1)
-- column: u8_double: double
SELECT
  "u8" % "i8" AS "u8_i8",
  "u8" % "i16" AS "u8_i16",
  "u8" % "i32" AS "u8_i32",
  "u8" % "i64" AS "u8_i64",
  "u8" % "u8" AS "u8_u8",
  "u8" % "u16" AS "u8_u16",
  "u8" % "u32" AS "u8_u32",
  "u8" % "u64" AS "u8_u64",
  "u8" % "f32" AS "u8_f32",
  "u8" % "f64" AS "u8_f64",
  "u8" % "small" AS "u8_small",
  "u8" % "price" AS "u8_price",
  "u8" % "big" AS "u8_big",
  "u8" % 5 AS "u8_5",
  "u8" % 200 AS "u8_200",
  "u8" % 3000000000 AS "u8_large",
  "u8" % CAST(5 AS BIGINT) AS "u8_long",
  "u8" % 1.5 AS "u8_decimal",
  "u8" % 0.5e0 AS "u8_double"
FROM "numbers";

-- name: remainders of u16
-- column: u16_i8: int64
-- column: u16_i16: int64
-- column: u16_i32: int32
-- column: u16_i64: int64
-- column: u16_u8: uint16
-- column: u16_u16: uint16
-- column: u16_u32: uint32
-- column: u16_u64: uint64
-- column: u16_f32: float
-- column: u16_f64: double
-- column: u16_small: decimal128(6, 1)
-- column: u16_price: decimal128(15, 2)
-- column: u16_big: decimal128(38, 10)
-- column: u16_5: uint16
-- column: u16_200: uint16
-- column: u16_large: int64
-- column: u16_long: int64
-- column: u16_decimal: decimal128(6, 1)
-- column: u16_double: double
SELECT
  "u16" % "i8" AS "u16_i8",
  "u16" % "i16" AS "u16_i16",
  "u16" % "i32" AS "u16_i32",
  "u16" % "i64" AS "u16_i64",
  "u16" % "u8" AS "u16_u8",
  "u16" % "u16" AS "u16_u16",
  "u16" % "u32" AS "u16_u32",
  "u16" % "u64" AS "u16_u64",
  "u16" % "f32" AS "u16_f32",
  "u16" % "f64" AS "u16_f64",
  "u16" % "small" AS "u16_small",
  "u16" % "price" AS "u16_price",
  "u16" % "big" AS "u16_big",
  "u16" % 5 AS "u16_5",
  "u16" % 200 AS "u16_200",
  "u16" % 3000000000 AS "u16_large",
  "u16" % CAST(5 AS BIGINT) AS "u16_long",
  "u16" % 1.5 AS "u16_decimal",
  "u16" % 0.5e0 AS "u16_double"
FROM "numbers";

-- name: remainders of u32
-- column: u32_i8: int64
-- column: u32_i16: int64
-- column: u32_i32: int64
-- column: u32_i64: int64
-- column: u32_u8: uint32
-- column: u32_u16: uint32
-- column: u32_u32: uint32
-- column: u32_u64: uint64
-- column: u32_f32: float
-- column: u32_f64: double
-- column: u32_small: decimal128(11, 1)
-- column: u32_price: decimal128(15, 2)
-- column: u32_big: decimal128(38, 10)
-- column: u32_5: uint32
-- column: u32_200: uint32
-- column: u32_large: uint32
-- column: u32_long: int64
-- column: u32_decimal: decimal128(11, 1)
-- column: u32_double: double
SELECT
  "u32" % "i8" AS "u32_i8",
  "u32" % "i16" AS "u32_i16",
  "u32" % "i32" AS "u32_i32",
  "u32" % "i64" AS "u32_i64",
  "u32" % "u8" AS "u32_u8",
  "u32" % "u16" AS "u32_u16",
  "u32" % "u32" AS "u32_u32",
  "u32" % "u64" AS "u32_u64",
  "u32" % "f32" AS "u32_f32",
  "u32" % "f64" AS "u32_f64",
  "u32" % "small" AS "u32_small",
  "u32" % "price" AS "u32_price",
  "u32" % "big" AS "u32_big",
  "u32" % 5 AS "u32_5",
  "u32" % 200 AS "u32_200",
  "u32" % 3000000000 AS "u32_large",
  "u32" % CAST(5 AS BIGINT) AS "u32_long",
  "u32" % 1.5 AS "u32_decimal",
  "u32" % 0.5e0 AS "u32_double"
FROM "numbers";

-- name: remainders of u64
-- column: u64_i8: decimal128(38, 0)
-- column: u64_i16: decimal128(38, 0)
-- column: u64_i32: decimal128(38, 0)
-- column: u64_i64: decimal128(38, 0)
-- column: u64_u8: uint64
-- column: u64_u16: uint64
-- column: u64_u32: uint64
-- column: u64_u64: uint64
-- column: u64_f32: float
-- column: u64_f64: double
-- column: u64_small: decimal128(21, 1)
-- column: u64_price: decimal128(22, 2)
-- column: u64_big: decimal128(38, 10)
-- column: u64_5: uint64
-- column: u64_200: uint64
-- column: u64_large: uint64
-- column: u64_long: decimal128(38, 0)
-- column: u64_decimal: decimal128(21, 1)
-- column: u64_double: double
SELECT
  "u64" % "i8" AS "u64_i8",
  "u64" % "i16" AS "u64_i16",
  "u64" % "i32" AS "u64_i32",
  "u64" % "i64" AS "u64_i64",
  "u64" % "u8" AS "u64_u8",
  "u64" % "u16" AS "u64_u16",
  "u64" % "u32" AS "u64_u32",
  "u64" % "u64" AS "u64_u64",
  "u64" % "f32" AS "u64_f32",
  "u64" % "f64" AS "u64_f64",
  "u64" % "small" AS "u64_small",
  "u64" % "price" AS "u64_price",
  "u64" % "big" AS "u64_big",
  "u64" % 5 AS "u64_5",
  "u64" % 200 AS "u64_200",
  "u64" % 3000000000 AS "u64_large",
  "u64" % CAST(5 AS BIGINT) AS "u64_long",
  "u64" % 1.5 AS "u64_decimal",
  "u64" % 0.5e0 AS "u64_double"
FROM "numbers";

-- name: remainders of f32
-- column: f32_i8: float
-- column: f32_i16: float
-- column: f32_i32: float
-- column: f32_i64: float
-- column: f32_u8: float
-- column: f32_u16: float
-- column: f32_u32: float
-- column: f32_u64: float
-- column: f32_f32: float
-- column: f32_f64: double
-- column: f32_small: float
-- column: f32_price: float
-- column: f32_big: float
-- column: f32_5: float
-- column: f32_200: float
-- column: f32_large: float
-- column: f32_long: float
-- column: f32_decimal: float
-- column: f32_double: double
SELECT
  "f32" % "i8" AS "f32_i8",
  "f32" % "i16" AS "f32_i16",
  "f32" % "i32" AS "f32_i32",
  "f32" % "i64" AS "f32_i64",
  "f32" % "u8" AS "f32_u8",
  "f32" % "u16" AS "f32_u16",
  "f32" % "u32" AS "f32_u32",
  "f32" % "u64" AS "f32_u64",
  "f32" % "f32" AS "f32_f32",
  "f32" % "f64" AS "f32_f64",
  "f32" % "small" AS "f32_small",
  "f32" % "price" AS "f32_price",
  "f32" % "big" AS "f32_big",
  "f32" % 5 AS "f32_5",
  "f32" % 200 AS "f32_200",
  "f32" % 3000000000 AS "f32_large",
  "f32" % 5 AS "f32_long",
  "f32" % 1.5 AS "f32_decimal",
  "f32" % 0.5e0 AS "f32_double"
FROM "numbers";

-- name: remainders of f64
-- column: f64_i8: double
-- column: f64_i16: double
-- column: f64_i32: double
-- column: f64_i64: double
-- column: f64_u8: double
-- column: f64_u16: double
-- column: f64_u32: double
-- column: f64_u64: double
-- column: f64_f32: double
-- column: f64_f64: double
-- column: f64_small: double
-- column: f64_price: double
-- column: f64_big: double
-- column: f64_5: double
-- column: f64_200: double
-- column: f64_large: double
-- column: f64_long: double
-- column: f64_decimal: double
-- column: f64_double: double
SELECT
  "f64" % "i8" AS "f64_i8",
  "f64" % "i16" AS "f64_i16",
  "f64" % "i32" AS "f64_i32",
  "f64" % "i64" AS "f64_i64",
  "f64" % "u8" AS "f64_u8",
  "f64" % "u16" AS "f64_u16",
  "f64" % "u32" AS "f64_u32",
  "f64" % "u64" AS "f64_u64",
  "f64" % "f32" AS "f64_f32",
  "f64" % "f64" AS "f64_f64",
  "f64" % "small" AS "f64_small",
  "f64" % "price" AS "f64_price",
  "f64" % "big" AS "f64_big",
  "f64" % 5 AS "f64_5",
  "f64" % 200 AS "f64_200",
  "f64" % 3000000000 AS "f64_large",
  "f64" % 5 AS "f64_long",
  "f64" % 1.5 AS "f64_decimal",
  "f64" % 0.5e0 AS "f64_double"
FROM "numbers";

-- name: remainders of small
-- column: small_i8: decimal128(4, 1)
-- column: small_i16: decimal128(6, 1)
-- column: small_i32: decimal128(11, 1)
-- column: small_i64: decimal128(20, 1)
-- column: small_u8: decimal128(4, 1)
-- column: small_u16: decimal128(6, 1)
-- column: small_u32: decimal128(11, 1)
-- column: small_u64: decimal128(21, 1)
-- column: small_f32: float
-- column: small_f64: double
-- column: small_small: decimal128(4, 1)
-- column: small_price: decimal128(15, 2)
-- column: small_big: decimal128(38, 10)
-- column: small_5: decimal128(11, 1)
-- column: small_200: decimal128(11, 1)
-- column: small_large: decimal128(20, 1)
-- column: small_long: decimal128(20, 1)
-- column: small_decimal: decimal128(4, 1)
-- column: small_double: double
SELECT
  "small" % "i8" AS "small_i8",
  "small" % "i16" AS "small_i16",
  "small" % "i32" AS "small_i32",
  "small" % "i64" AS "small_i64",
  "small" % "u8" AS "small_u8",
  "small" % "u16" AS "small_u16",
  "small" % "u32" AS "small_u32",
  "small" % "u64" AS "small_u64",
  "small" % "f32" AS "small_f32",
  "small" % "f64" AS "small_f64",
  "small" % "small" AS "small_small",
  "small" % "price" AS "small_price",
  "small" % "big" AS "small_big",
  "small" % 5 AS "small_5",
  "small" % 200 AS "small_200",
  "small" % 3000000000 AS "small_large",
  "small" % CAST(5 AS BIGINT) AS "small_long",
  "small" % 1.5 AS "small_decimal",
  "small" % 0.5e0 AS "small_double"
FROM "numbers";

-- name: remainders of price
-- column: price_i8: decimal128(15, 2)
-- column: price_i16: decimal128(15, 2)
-- column: price_i32: decimal128(15, 2)
-- column: price_i64: decimal128(21, 2)
-- column: price_u8: decimal128(15, 2)
-- column: price_u16: decimal128(15, 2)
-- column: price_u32: decimal128(15, 2)
-- column: price_u64: decimal128(22, 2)
-- column: price_f32: float
-- column: price_f64: double
-- column: price_small: decimal128(15, 2)
-- column: price_price: decimal128(15, 2)
-- column: price_big: decimal128(38, 10)
-- column: price_5: decimal128(15, 2)
-- column: price_200: decimal128(15, 2)
-- column: price_large: decimal128(21, 2)
-- column: price_long: decimal128(21, 2)
-- column: price_decimal: decimal128(15, 2)
-- column: price_double: double
SELECT
  "price" % "i8" AS "price_i8",
  "price" % "i16" AS "price_i16",
  "price" % "i32" AS "price_i32",
  "price" % "i64" AS "price_i64",
  "price" % "u8" AS "price_u8",
  "price" % "u16" AS "price_u16",
  "price" % "u32" AS "price_u32",
  "price" % "u64" AS "price_u64",
  "price" % "f32" AS "price_f32",
  "price" % "f64" AS "price_f64",
  "price" % "small" AS "price_small",
  "price" % "price" AS "price_price",
  "price" % "big" AS "price_big",
  "price" % 5 AS "price_5",
  "price" % 200 AS "price_200",
  "price" % 3000000000 AS "price_large",
  "price" % CAST(5 AS BIGINT) AS "price_long",
  "price" % 1.5 AS "price_decimal",
  "price" % 0.5e0 AS "price_double"
FROM "numbers";

-- name: remainders of big
-- column: big_i8: decimal128(38, 10)
-- column: big_i16: decimal128(38, 10)
-- column: big_i32: decimal128(38, 10)
-- column: big_i64: decimal128(38, 10)
-- column: big_u8: decimal128(38, 10)
-- column: big_u16: decimal128(38, 10)
-- column: big_u32: decimal128(38, 10)
-- column: big_u64: decimal128(38, 10)
-- column: big_f32: float
-- column: big_f64: double
-- column: big_small: decimal128(38, 10)
-- column: big_price: decimal128(38, 10)
-- column: big_big: decimal128(38, 10)
-- column: big_5: decimal128(38, 10)
-- column: big_200: decimal128(38, 10)
-- column: big_large: decimal128(38, 10)
-- column: big_long: decimal128(38, 10)
-- column: big_decimal: decimal128(38, 10)
-- column: big_double: double
SELECT
  "big" % "i8" AS "big_i8",
  "big" % "i16" AS "big_i16",
  "big" % "i32" AS "big_i32",
  "big" % "i64" AS "big_i64",
  "big" % "u8" AS "big_u8",
  "big" % "u16" AS "big_u16",
  "big" % "u32" AS "big_u32",
  "big" % "u64" AS "big_u64",
  "big" % "f32" AS "big_f32",
  "big" % "f64" AS "big_f64",
  "big" % "small" AS "big_small",
  "big" % "price" AS "big_price",
  "big" % "big" AS "big_big",
  "big" % 5 AS "big_5",
  "big" % 200 AS "big_200",
  "big" % 3000000000 AS "big_large",
  "big" % 5 AS "big_long",
  "big" % 1.5 AS "big_decimal",
  "big" % 0.5e0 AS "big_double"
FROM "numbers";

-- name: common types of i8
-- column: i8_i8: int8
-- column: i8_i16: int16
-- column: i8_i32: int32
-- column: i8_i64: int64
-- column: i8_u8: int16
-- column: i8_u16: int32
-- column: i8_u32: int64
-- column: i8_u64: decimal128(38, 0)
-- column: i8_f32: float
-- column: i8_f64: double
-- column: i8_small: decimal128(4, 1)
-- column: i8_price: decimal128(15, 2)
-- column: i8_big: decimal128(38, 10)
-- column: i8_5: int8
-- column: i8_200: int32
-- column: i8_large: int64
-- column: i8_long: int64
-- column: i8_decimal: decimal128(4, 1)
-- column: i8_double: double
SELECT
  coalesce("i8", "i8") AS "i8_i8",
  coalesce("i8", "i16") AS "i8_i16",
  coalesce("i8", "i32") AS "i8_i32",
  coalesce("i8", "i64") AS "i8_i64",
  coalesce("i8", "u8") AS "i8_u8",
  coalesce("i8", "u16") AS "i8_u16",
  coalesce("i8", "u32") AS "i8_u32",
  coalesce("i8", "u64") AS "i8_u64",
  coalesce("i8", "f32") AS "i8_f32",
  coalesce("i8", "f64") AS "i8_f64",
  coalesce("i8", "small") AS "i8_small",
  coalesce("i8", "price") AS "i8_price",
  coalesce("i8", "big") AS "i8_big",
  coalesce("i8", 5) AS "i8_5",
  coalesce("i8", 200) AS "i8_200",
  coalesce("i8", 3000000000) AS "i8_large",
  coalesce("i8", CAST(5 AS BIGINT)) AS "i8_long",
  coalesce("i8", 1.5) AS "i8_decimal",
  coalesce("i8", 0.5e0) AS "i8_double"
FROM "numbers";

-- name: common types of i16
-- column: i16_i8: int16
-- column: i16_i16: int16
-- column: i16_i32: int32
-- column: i16_i64: int64
-- column: i16_u8: int16
-- column: i16_u16: int32
-- column: i16_u32: int64
-- column: i16_u64: decimal128(38, 0)
-- column: i16_f32: float
-- column: i16_f64: double
-- column: i16_small: decimal128(6, 1)
-- column: i16_price: decimal128(15, 2)
-- column: i16_big: decimal128(38, 10)
-- column: i16_5: int16
-- column: i16_200: int16
-- column: i16_large: int64
-- column: i16_long: int64
-- column: i16_decimal: decimal128(6, 1)
-- column: i16_double: double
SELECT
  coalesce("i16", "i8") AS "i16_i8",
  coalesce("i16", "i16") AS "i16_i16",
  coalesce("i16", "i32") AS "i16_i32",
  coalesce("i16", "i64") AS "i16_i64",
  coalesce("i16", "u8") AS "i16_u8",
  coalesce("i16", "u16") AS "i16_u16",
  coalesce("i16", "u32") AS "i16_u32",
  coalesce("i16", "u64") AS "i16_u64",
  coalesce("i16", "f32") AS "i16_f32",
  coalesce("i16", "f64") AS "i16_f64",
  coalesce("i16", "small") AS "i16_small",
  coalesce("i16", "price") AS "i16_price",
  coalesce("i16", "big") AS "i16_big",
  coalesce("i16", 5) AS "i16_5",
  coalesce("i16", 200) AS "i16_200",
  coalesce("i16", 3000000000) AS "i16_large",
  coalesce("i16", CAST(5 AS BIGINT)) AS "i16_long",
  coalesce("i16", 1.5) AS "i16_decimal",
  coalesce("i16", 0.5e0) AS "i16_double"
FROM "numbers";

-- name: common types of i32
-- column: i32_i8: int32
-- column: i32_i16: int32
-- column: i32_i32: int32
-- column: i32_i64: int64
-- column: i32_u8: int32
-- column: i32_u16: int32
-- column: i32_u32: int64
-- column: i32_u64: decimal128(38, 0)
-- column: i32_f32: float
-- column: i32_f64: double
-- column: i32_small: decimal128(11, 1)
-- column: i32_price: decimal128(15, 2)
-- column: i32_big: decimal128(38, 10)
-- column: i32_5: int32
-- column: i32_200: int32
-- column: i32_large: int64
-- column: i32_long: int64
-- column: i32_decimal: decimal128(11, 1)
-- column: i32_double: double
SELECT
  coalesce("i32", "i8") AS "i32_i8",
  coalesce("i32", "i16") AS "i32_i16",
  coalesce("i32", "i32") AS "i32_i32",
  coalesce("i32", "i64") AS "i32_i64",
  coalesce("i32", "u8") AS "i32_u8",
  coalesce("i32", "u16") AS "i32_u16",
  coalesce("i32", "u32") AS "i32_u32",
  coalesce("i32", "u64") AS "i32_u64",
  coalesce("i32", "f32") AS "i32_f32",
  coalesce("i32", "f64") AS "i32_f64",
  coalesce("i32", "small") AS "i32_small",
  coalesce("i32", "price") AS "i32_price",
  coalesce("i32", "big") AS "i32_big",
  coalesce("i32", 5) AS "i32_5",
  coalesce("i32", 200) AS "i32_200",
  coalesce("i32", 3000000000) AS "i32_large",
  coalesce("i32", CAST(5 AS BIGINT)) AS "i32_long",
  coalesce("i32", 1.5) AS "i32_decimal",
  coalesce("i32", 0.5e0) AS "i32_double"
FROM "numbers";

-- name: common types of i64
-- column: i64_i8: int64
-- column: i64_i16: int64
-- column: i64_i32: int64
-- column: i64_i64: int64
-- column: i64_u8: int64
-- column: i64_u16: int64
-- column: i64_u32: int64
-- column: i64_u64: decimal128(38, 0)
-- column: i64_f32: float
-- column: i64_f64: double
-- column: i64_small: decimal128(20, 1)
-- column: i64_price: decimal128(21, 2)
-- column: i64_big: decimal128(38, 10)
-- column: i64_5: int64
-- column: i64_200: int64
-- column: i64_large: int64
-- column: i64_long: int64
-- column: i64_decimal: decimal128(20, 1)
-- column: i64_double: double
SELECT
  coalesce("i64", "i8") AS "i64_i8",
  coalesce("i64", "i16") AS "i64_i16",
  coalesce("i64", "i32") AS "i64_i32",
  coalesce("i64", "i64") AS "i64_i64",
  coalesce("i64", "u8") AS "i64_u8",
  coalesce("i64", "u16") AS "i64_u16",
  coalesce("i64", "u32") AS "i64_u32",
  coalesce("i64", "u64") AS "i64_u64",
  coalesce("i64", "f32") AS "i64_f32",
  coalesce("i64", "f64") AS "i64_f64",
  coalesce("i64", "small") AS "i64_small",
  coalesce("i64", "price") AS "i64_price",
  coalesce("i64", "big") AS "i64_big",
  coalesce("i64", 5) AS "i64_5",
  coalesce("i64", 200) AS "i64_200",
  coalesce("i64", 3000000000) AS "i64_large",
  coalesce("i64", CAST(5 AS BIGINT)) AS "i64_long",
  coalesce("i64", 1.5) AS "i64_decimal",
  coalesce("i64", 0.5e0) AS "i64_double"
FROM "numbers";

-- name: common types of u8
-- column: u8_i8: int16
-- column: u8_i16: int16
-- column: u8_i32: int32
-- column: u8_i64: int64
-- column: u8_u8: uint8
-- column: u8_u16: uint16
-- column: u8_u32: uint32
-- column: u8_u64: uint64
-- column: u8_f32: float
-- column: u8_f64: double
-- column: u8_small: decimal128(4, 1)
-- column: u8_price: decimal128(15, 2)
-- column: u8_big: decimal128(38, 10)
-- column: u8_5: uint8
-- column: u8_200: uint8
-- column: u8_large: int64
-- column: u8_long: int64
-- column: u8_decimal: decimal128(4, 1)
-- column: u8_double: double
SELECT
  coalesce("u8", "i8") AS "u8_i8",
  coalesce("u8", "i16") AS "u8_i16",
  coalesce("u8", "i32") AS "u8_i32",
  coalesce("u8", "i64") AS "u8_i64",
  coalesce("u8", "u8") AS "u8_u8",
  coalesce("u8", "u16") AS "u8_u16",
  coalesce("u8", "u32") AS "u8_u32",
  coalesce("u8", "u64") AS "u8_u64",
  coalesce("u8", "f32") AS "u8_f32",
  coalesce("u8", "f64") AS "u8_f64",
  coalesce("u8", "small") AS "u8_small",
  coalesce("u8", "price") AS "u8_price",
  coalesce("u8", "big") AS "u8_big",
  coalesce("u8", 5) AS "u8_5",
  coalesce("u8", 200) AS "u8_200",
  coalesce("u8", 3000000000) AS "u8_large",
  coalesce("u8", CAST(5 AS BIGINT)) AS "u8_long",
  coalesce("u8", 1.5) AS "u8_decimal",
  coalesce("u8", 0.5e0) AS "u8_double"
FROM "numbers";

-- name: common types of u16
-- column: u16_i8: int32
-- column: u16_i16: int32
-- column: u16_i32: int32
-- column: u16_i64: int64
-- column: u16_u8: uint16
-- column: u16_u16: uint16
-- column: u16_u32: uint32
-- column: u16_u64: uint64
-- column: u16_f32: float
-- column: u16_f64: double
-- column: u16_small: decimal128(6, 1)
-- column: u16_price: decimal128(15, 2)
-- column: u16_big: decimal128(38, 10)
-- column: u16_5: uint16
-- column: u16_200: uint16
-- column: u16_large: int64
-- column: u16_long: int64
-- column: u16_decimal: decimal128(6, 1)
-- column: u16_double: double
SELECT
  coalesce("u16", "i8") AS "u16_i8",
  coalesce("u16", "i16") AS "u16_i16",
  coalesce("u16", "i32") AS "u16_i32",
  coalesce("u16", "i64") AS "u16_i64",
  coalesce("u16", "u8") AS "u16_u8",
  coalesce("u16", "u16") AS "u16_u16",
  coalesce("u16", "u32") AS "u16_u32",
  coalesce("u16", "u64") AS "u16_u64",
  coalesce("u16", "f32") AS "u16_f32",
  coalesce("u16", "f64") AS "u16_f64",
  coalesce("u16", "small") AS "u16_small",
  coalesce("u16", "price") AS "u16_price",
  coalesce("u16", "big") AS "u16_big",
  coalesce("u16", 5) AS "u16_5",
  coalesce("u16", 200) AS "u16_200",
  coalesce("u16", 3000000000) AS "u16_large",
  coalesce("u16", CAST(5 AS BIGINT)) AS "u16_long",
  coalesce("u16", 1.5) AS "u16_decimal",
  coalesce("u16", 0.5e0) AS "u16_double"
FROM "numbers";

-- name: common types of u32
-- column: u32_i8: int64
-- column: u32_i16: int64
-- column: u32_i32: int64
-- column: u32_i64: int64
-- column: u32_u8: uint32
-- column: u32_u16: uint32
-- column: u32_u32: uint32
-- column: u32_u64: uint64
-- column: u32_f32: float
-- column: u32_f64: double
-- column: u32_small: decimal128(11, 1)
-- column: u32_price: decimal128(15, 2)
-- column: u32_big: decimal128(38, 10)
-- column: u32_5: uint32
-- column: u32_200: uint32
-- column: u32_large: uint32
-- column: u32_long: int64
-- column: u32_decimal: decimal128(11, 1)
-- column: u32_double: double
SELECT
  coalesce("u32", "i8") AS "u32_i8",
  coalesce("u32", "i16") AS "u32_i16",
  coalesce("u32", "i32") AS "u32_i32",
  coalesce("u32", "i64") AS "u32_i64",
  coalesce("u32", "u8") AS "u32_u8",
  coalesce("u32", "u16") AS "u32_u16",
  coalesce("u32", "u32") AS "u32_u32",
  coalesce("u32", "u64") AS "u32_u64",
  coalesce("u32", "f32") AS "u32_f32",
  coalesce("u32", "f64") AS "u32_f64",
  coalesce("u32", "small") AS "u32_small",
  coalesce("u32", "price") AS "u32_price",
  coalesce("u32", "big") AS "u32_big",
  coalesce("u32", 5) AS "u32_5",
  coalesce("u32", 200) AS "u32_200",
  coalesce("u32", 3000000000) AS "u32_large",
  coalesce("u32", CAST(5 AS BIGINT)) AS "u32_long",
  coalesce("u32", 1.5) AS "u32_decimal",
  coalesce("u32", 0.5e0) AS "u32_double"
FROM "numbers";

-- name: common types of u64
-- column: u64_i8: decimal128(38, 0)
-- column: u64_i16: decimal128(38, 0)
-- column: u64_i32: decimal128(38, 0)
-- column: u64_i64: decimal128(38, 0)
-- column: u64_u8: uint64
-- column: u64_u16: uint64
-- column: u64_u32: uint64
-- column: u64_u64: uint64
-- column: u64_f32: float
-- column: u64_f64: double
-- column: u64_small: decimal128(21, 1)
-- column: u64_price: decimal128(22, 2)
-- column: u64_big: decimal128(38, 10)
-- column: u64_5: uint64
-- column: u64_200: uint64
-- column: u64_large: uint64
-- column: u64_long: decimal128(38, 0)
-- column: u64_decimal: decimal128(21, 1)
-- column: u64_double: double
SELECT
  coalesce("u64", "i8") AS "u64_i8",
  coalesce("u64", "i16") AS "u64_i16",
  coalesce("u64", "i32") AS "u64_i32",
  coalesce("u64", "i64") AS "u64_i64",
  coalesce("u64", "u8") AS "u64_u8",
  coalesce("u64", "u16") AS "u64_u16",
  coalesce("u64", "u32") AS "u64_u32",
  coalesce("u64", "u64") AS "u64_u64",
  coalesce("u64", "f32") AS "u64_f32",
  coalesce("u64", "f64") AS "u64_f64",
  coalesce("u64", "small") AS "u64_small",
  coalesce("u64", "price") AS "u64_price",
  coalesce("u64", "big") AS "u64_big",
  coalesce("u64", 5) AS "u64_5",
  coalesce("u64", 200) AS "u64_200",
  coalesce("u64", 3000000000) AS "u64_large",
  coalesce("u64", CAST(5 AS BIGINT)) AS "u64_long",
  coalesce("u64", 1.5) AS "u64_decimal",
  coalesce("u64", 0.5e0) AS "u64_double"
FROM "numbers";

-- name: common types of f32
-- column: f32_i8: float
-- column: f32_i16: float
-- column: f32_i32: float
-- column: f32_i64: float
-- column: f32_u8: float
-- column: f32_u16: float
-- column: f32_u32: float
-- column: f32_u64: float
-- column: f32_f32: float
-- column: f32_f64: double
-- column: f32_small: float
-- column: f32_price: float
-- column: f32_big: float
-- column: f32_5: float
-- column: f32_200: float
-- column: f32_large: float
-- column: f32_long: float
-- column: f32_decimal: float
-- column: f32_double: double
SELECT
  coalesce("f32", "i8") AS "f32_i8",
  coalesce("f32", "i16") AS "f32_i16",
  coalesce("f32", "i32") AS "f32_i32",
  coalesce("f32", "i64") AS "f32_i64",
  coalesce("f32", "u8") AS "f32_u8",
  coalesce("f32", "u16") AS "f32_u16",
  coalesce("f32", "u32") AS "f32_u32",
  coalesce("f32", "u64") AS "f32_u64",
  coalesce("f32", "f32") AS "f32_f32",
  coalesce("f32", "f64") AS "f32_f64",
  coalesce("f32", "small") AS "f32_small",
  coalesce("f32", "price") AS "f32_price",
  coalesce("f32", "big") AS "f32_big",
  coalesce("f32", 5) AS "f32_5",
  coalesce("f32", 200) AS "f32_200",
  coalesce("f32", 3000000000) AS "f32_large",
  coalesce("f32", CAST(5 AS BIGINT)) AS "f32_long",
  coalesce("f32", 1.5) AS "f32_decimal",
  coalesce("f32", 0.5e0) AS "f32_double"
FROM "numbers";

-- name: common types of f64
-- column: f64_i8: double
-- column: f64_i16: double
-- column: f64_i32: double
-- column: f64_i64: double
-- column: f64_u8: double
-- column: f64_u16: double
-- column: f64_u32: double
-- column: f64_u64: double
-- column: f64_f32: double
-- column: f64_f64: double
-- column: f64_small: double
-- column: f64_price: double
-- column: f64_big: double
-- column: f64_5: double
-- column: f64_200: double
-- column: f64_large: double
-- column: f64_long: double
-- column: f64_decimal: double
-- column: f64_double: double
SELECT
  coalesce("f64", "i8") AS "f64_i8",
  coalesce("f64", "i16") AS "f64_i16",
  coalesce("f64", "i32") AS "f64_i32",
  coalesce("f64", "i64") AS "f64_i64",
  coalesce("f64", "u8") AS "f64_u8",
  coalesce("f64", "u16") AS "f64_u16",
  coalesce("f64", "u32") AS "f64_u32",
  coalesce("f64", "u64") AS "f64_u64",
  coalesce("f64", "f32") AS "f64_f32",
  coalesce("f64", "f64") AS "f64_f64",
  coalesce("f64", "small") AS "f64_small",
  coalesce("f64", "price") AS "f64_price",
  coalesce("f64", "big") AS "f64_big",
  coalesce("f64", 5) AS "f64_5",
  coalesce("f64", 200) AS "f64_200",
  coalesce("f64", 3000000000) AS "f64_large",
  coalesce("f64", CAST(5 AS BIGINT)) AS "f64_long",
  coalesce("f64", 1.5) AS "f64_decimal",
  coalesce("f64", 0.5e0) AS "f64_double"
FROM "numbers";

-- name: common types of small
-- column: small_i8: decimal128(4, 1)
-- column: small_i16: decimal128(6, 1)
-- column: small_i32: decimal128(11, 1)
-- column: small_i64: decimal128(20, 1)
-- column: small_u8: decimal128(4, 1)
-- column: small_u16: decimal128(6, 1)
-- column: small_u32: decimal128(11, 1)
-- column: small_u64: decimal128(21, 1)
-- column: small_f32: float
-- column: small_f64: double
-- column: small_small: decimal128(4, 1)
-- column: small_price: decimal128(15, 2)
-- column: small_big: decimal128(38, 10)
-- column: small_5: decimal128(11, 1)
-- column: small_200: decimal128(11, 1)
-- column: small_large: decimal128(20, 1)
-- column: small_long: decimal128(20, 1)
-- column: small_decimal: decimal128(4, 1)
-- column: small_double: double
SELECT
  coalesce("small", "i8") AS "small_i8",
  coalesce("small", "i16") AS "small_i16",
  coalesce("small", "i32") AS "small_i32",
  coalesce("small", "i64") AS "small_i64",
  coalesce("small", "u8") AS "small_u8",
  coalesce("small", "u16") AS "small_u16",
  coalesce("small", "u32") AS "small_u32",
  coalesce("small", "u64") AS "small_u64",
  coalesce("small", "f32") AS "small_f32",
  coalesce("small", "f64") AS "small_f64",
  coalesce("small", "small") AS "small_small",
  coalesce("small", "price") AS "small_price",
  coalesce("small", "big") AS "small_big",
  coalesce("small", 5) AS "small_5",
  coalesce("small", 200) AS "small_200",
  coalesce("small", 3000000000) AS "small_large",
  coalesce("small", CAST(5 AS BIGINT)) AS "small_long",
  coalesce("small", 1.5) AS "small_decimal",
  coalesce("small", 0.5e0) AS "small_double"
FROM "numbers";

-- name: common types of price
-- column: price_i8: decimal128(15, 2)
-- column: price_i16: decimal128(15, 2)
-- column: price_i32: decimal128(15, 2)
-- column: price_i64: decimal128(21, 2)
-- column: price_u8: decimal128(15, 2)
-- column: price_u16: decimal128(15, 2)
-- column: price_u32: decimal128(15, 2)
-- column: price_u64: decimal128(22, 2)
-- column: price_f32: float
-- column: price_f64: double
-- column: price_small: decimal128(15, 2)
-- column: price_price: decimal128(15, 2)
-- column: price_big: decimal128(38, 10)
-- column: price_5: decimal128(15, 2)
-- column: price_200: decimal128(15, 2)
-- column: price_large: decimal128(21, 2)
-- column: price_long: decimal128(21, 2)
-- column: price_decimal: decimal128(15, 2)
-- column: price_double: double
SELECT
  coalesce("price", "i8") AS "price_i8",
  coalesce("price", "i16") AS "price_i16",
  coalesce("price", "i32") AS "price_i32",
  coalesce("price", "i64") AS "price_i64",
  coalesce("price", "u8") AS "price_u8",
  coalesce("price", "u16") AS "price_u16",
  coalesce("price", "u32") AS "price_u32",
  coalesce("price", "u64") AS "price_u64",
  coalesce("price", "f32") AS "price_f32",
  coalesce("price", "f64") AS "price_f64",
  coalesce("price", "small") AS "price_small",
  coalesce("price", "price") AS "price_price",
  coalesce("price", "big") AS "price_big",
  coalesce("price", 5) AS "price_5",
  coalesce("price", 200) AS "price_200",
  coalesce("price", 3000000000) AS "price_large",
  coalesce("price", CAST(5 AS BIGINT)) AS "price_long",
  coalesce("price", 1.5) AS "price_decimal",
  coalesce("price", 0.5e0) AS "price_double"
FROM "numbers";

-- name: common types of big
-- column: big_i8: decimal128(38, 10)
-- column: big_i16: decimal128(38, 10)
-- column: big_i32: decimal128(38, 10)
-- column: big_i64: decimal128(38, 10)
-- column: big_u8: decimal128(38, 10)
-- column: big_u16: decimal128(38, 10)
-- column: big_u32: decimal128(38, 10)
-- column: big_u64: decimal128(38, 10)
-- column: big_f32: float
-- column: big_f64: double
-- column: big_small: decimal128(38, 10)
-- column: big_price: decimal128(38, 10)
-- column: big_big: decimal128(38, 10)
-- column: big_5: decimal128(38, 10)
-- column: big_200: decimal128(38, 10)
-- column: big_large: decimal128(38, 10)
-- column: big_long: decimal128(38, 10)
-- column: big_decimal: decimal128(38, 10)
-- column: big_double: double
SELECT
  coalesce("big", "i8") AS "big_i8",
  coalesce("big", "i16") AS "big_i16",
  coalesce("big", "i32") AS "big_i32",
  coalesce("big", "i64") AS "big_i64",
  coalesce("big", "u8") AS "big_u8",
  coalesce("big", "u16") AS "big_u16",
  coalesce("big", "u32") AS "big_u32",
  coalesce("big", "u64") AS "big_u64",
  coalesce("big", "f32") AS "big_f32",
  coalesce("big", "f64") AS "big_f64",
  coalesce("big", "small") AS "big_small",
  coalesce("big", "price") AS "big_price",
  coalesce("big", "big") AS "big_big",
  coalesce("big", 5) AS "big_5",
  coalesce("big", 200) AS "big_200",
  coalesce("big", 3000000000) AS "big_large",
  coalesce("big", CAST(5 AS BIGINT)) AS "big_long",
  coalesce("big", 1.5) AS "big_decimal",
  coalesce("big", 0.5e0) AS "big_double"
FROM "numbers";

-- name: functions of numbers
-- column: i8_0: int8
-- column: i8_1: int8
-- column: i8_2: int8
-- column: i8_3: double
-- column: i8_4: double
-- column: i8_5: double
-- column: i8_6: double
-- column: i8_7: double
-- column: i8_8: double
-- column: i8_9: double
-- column: i8_10: int8
-- column: i8_11: int8
-- column: i8_12: bool
-- column: i8_13: bool
-- column: i8_14: int8
-- column: i8_15: list<item: int8>
-- column: i8_16: int8
-- column: i16_17: int16
-- column: i16_18: int16
-- column: i16_19: int16
-- column: i16_20: double
-- column: i16_21: double
-- column: i16_22: double
-- column: i16_23: double
-- column: i16_24: double
-- column: i16_25: double
-- column: i16_26: double
-- column: i16_27: int8
-- column: i16_28: int16
-- column: i16_29: bool
-- column: i16_30: bool
-- column: i16_31: int16
-- column: i16_32: list<item: int16>
-- column: i16_33: int16
-- column: i32_34: int32
-- column: i32_35: int32
-- column: i32_36: int32
-- column: i32_37: double
-- column: i32_38: double
-- column: i32_39: double
-- column: i32_40: double
-- column: i32_41: double
-- column: i32_42: double
-- column: i32_43: double
-- column: i32_44: int8
-- column: i32_45: int32
-- column: i32_46: bool
-- column: i32_47: bool
-- column: i32_48: int32
-- column: i32_49: list<item: int32>
-- column: i32_50: int32
-- column: i64_51: int64
-- column: i64_52: int64
-- column: i64_53: int64
-- column: i64_54: double
-- column: i64_55: double
-- column: i64_56: double
-- column: i64_57: double
-- column: i64_58: double
-- column: i64_59: double
-- column: i64_60: double
-- column: i64_61: int8
-- column: i64_62: int64
-- column: i64_63: bool
-- column: i64_64: bool
-- column: i64_65: int64
-- column: i64_66: list<item: int64>
-- column: i64_67: int64
-- column: u8_68: uint8
-- column: u8_69: int64
-- column: u8_70: int64
-- column: u8_71: double
-- column: u8_72: double
-- column: u8_73: double
-- column: u8_74: double
-- column: u8_75: double
-- column: u8_76: double
-- column: u8_77: double
-- column: u8_78: int8
-- column: u8_79: uint8
-- column: u8_80: bool
-- column: u8_81: bool
-- column: u8_82: uint8
-- column: u8_83: list<item: uint8>
-- column: u8_84: uint8
-- column: u16_85: uint16
-- column: u16_86: int64
-- column: u16_87: int64
-- column: u16_88: double
-- column: u16_89: double
-- column: u16_90: double
-- column: u16_91: double
-- column: u16_92: double
-- column: u16_93: double
-- column: u16_94: double
-- column: u16_95: int8
-- column: u16_96: uint16
-- column: u16_97: bool
-- column: u16_98: bool
-- column: u16_99: uint16
-- column: u16_100: list<item: uint16>
-- column: u16_101: uint16
-- column: u32_102: uint32
-- column: u32_103: int64
-- column: u32_104: int64
-- column: u32_105: double
-- column: u32_106: double
-- column: u32_107: double
-- column: u32_108: double
-- column: u32_109: double
-- column: u32_110: double
-- column: u32_111: double
-- column: u32_112: int8
-- column: u32_113: uint32
-- column: u32_114: bool
-- column: u32_115: bool
-- column: u32_116: uint32
-- column: u32_117: list<item: uint32>
-- column: u32_118: uint32
-- column: u64_119: uint64
-- column: u64_120: decimal128(38, 0)
-- column: u64_121: decimal128(38, 0)
-- column: u64_122: double
-- column: u64_123: double
-- column: u64_124: double
-- column: u64_125: double
-- column: u64_126: double
-- column: u64_127: double
-- column: u64_128: double
-- column: u64_129: int8
-- column: u64_130: uint64
-- column: u64_131: bool
-- column: u64_132: bool
-- column: u64_133: uint64
-- column: u64_134: list<item: uint64>
-- column: u64_135: uint64
-- column: f32_136: float
-- column: f32_137: float
-- column: f32_138: float
-- column: f32_139: float
-- column: f32_140: float
-- column: f32_141: double
-- column: f32_142: double
-- column: f32_143: double
-- column: f32_144: double
-- column: f32_145: double
-- column: f32_146: int8
-- column: f32_147: float
-- column: f32_148: bool
-- column: f32_149: bool
-- column: f32_150: float
-- column: f32_151: list<item: float>
-- column: f32_152: float
-- column: f64_153: double
-- column: f64_154: double
-- column: f64_155: double
-- column: f64_156: double
-- column: f64_157: double
-- column: f64_158: double
-- column: f64_159: double
-- column: f64_160: double
-- column: f64_161: double
-- column: f64_162: double
-- column: f64_163: int8
-- column: f64_164: double
-- column: f64_165: bool
-- column: f64_166: bool
-- column: f64_167: double
-- column: f64_168: list<item: double>
-- column: f64_169: double
-- column: small_170: decimal128(4, 1)
-- column: small_171: decimal128(4, 0)
-- column: small_172: decimal128(4, 1)
-- column: small_173: decimal128(4, 0)
-- column: small_174: decimal128(4, 0)
-- column: small_175: double
-- column: small_176: double
-- column: small_177: double
-- column: small_178: double
-- column: small_179: double
-- column: small_180: int8
-- column: small_181: decimal128(11, 1)
-- column: small_182: bool
-- column: small_183: bool
-- column: small_184: decimal128(4, 1)
-- column: small_185: list<item: decimal128(11, 1)>
-- column: small_186: decimal128(11, 1)
-- column: price_187: decimal128(15, 2)
-- column: price_188: decimal128(15, 0)
-- column: price_189: decimal128(15, 1)
-- column: price_190: decimal128(15, 0)
-- column: price_191: decimal128(15, 0)
-- column: price_192: double
-- column: price_193: double
-- column: price_194: double
-- column: price_195: double
-- column: price_196: double
-- column: price_197: int8
-- column: price_198: decimal128(15, 2)
-- column: price_199: bool
-- column: price_200: bool
-- column: price_201: decimal128(15, 2)
-- column: price_202: list<item: decimal128(15, 2)>
-- column: price_203: decimal128(15, 2)
-- column: big_204: decimal128(38, 10)
-- column: big_205: decimal128(38, 0)
-- column: big_206: decimal128(38, 1)
-- column: big_207: decimal128(38, 0)
-- column: big_208: decimal128(38, 0)
-- column: big_209: double
-- column: big_210: double
-- column: big_211: double
-- column: big_212: double
-- column: big_213: double
-- column: big_214: int8
-- column: big_215: decimal128(38, 10)
-- column: big_216: bool
-- column: big_217: bool
-- column: big_218: decimal128(38, 10)
-- column: big_219: list<item: decimal128(38, 10)>
-- column: big_220: decimal128(38, 10)
SELECT
  abs("i8") AS "i8_0",
  round("i8") AS "i8_1",
  round("i8", 1) AS "i8_2",
  floor("i8") AS "i8_3",
  ceil("i8") AS "i8_4",
  sqrt("i8") AS "i8_5",
  exp("i8") AS "i8_6",
  ln("i8") AS "i8_7",
  log10("i8") AS "i8_8",
  pow("i8", 2) AS "i8_9",
  sign("i8") AS "i8_10",
  greatest("i8", 1) AS "i8_11",
  "i8" IS NULL AS "i8_12",
  "i8" IN (1, 2) AS "i8_13",
  nullif("i8", 1) AS "i8_14",
  ["i8", 1] AS "i8_15",
  coalesce("i8", 0) AS "i8_16",
  abs("i16") AS "i16_17",
  round("i16") AS "i16_18",
  round("i16", 1) AS "i16_19",
  floor("i16") AS "i16_20",
  ceil("i16") AS "i16_21",
  sqrt("i16") AS "i16_22",
  exp("i16") AS "i16_23",
  ln("i16") AS "i16_24",
  log10("i16") AS "i16_25",
  pow("i16", 2) AS "i16_26",
  sign("i16") AS "i16_27",
  greatest("i16", 1) AS "i16_28",
  "i16" IS NULL AS "i16_29",
  "i16" IN (1, 2) AS "i16_30",
  nullif("i16", 1) AS "i16_31",
  ["i16", 1] AS "i16_32",
  coalesce("i16", 0) AS "i16_33",
  abs("i32") AS "i32_34",
  round("i32") AS "i32_35",
  round("i32", 1) AS "i32_36",
  floor("i32") AS "i32_37",
  ceil("i32") AS "i32_38",
  sqrt("i32") AS "i32_39",
  exp("i32") AS "i32_40",
  ln("i32") AS "i32_41",
  log10("i32") AS "i32_42",
  pow("i32", 2) AS "i32_43",
  sign("i32") AS "i32_44",
  greatest("i32", 1) AS "i32_45",
  "i32" IS NULL AS "i32_46",
  "i32" IN (1, 2) AS "i32_47",
  nullif("i32", 1) AS "i32_48",
  ["i32", 1] AS "i32_49",
  coalesce("i32", 0) AS "i32_50",
  abs("i64") AS "i64_51",
  round("i64") AS "i64_52",
  round("i64", 1) AS "i64_53",
  floor("i64") AS "i64_54",
  ceil("i64") AS "i64_55",
  sqrt("i64") AS "i64_56",
  exp("i64") AS "i64_57",
  ln("i64") AS "i64_58",
  log10("i64") AS "i64_59",
  pow("i64", 2) AS "i64_60",
  sign("i64") AS "i64_61",
  greatest("i64", 1) AS "i64_62",
  "i64" IS NULL AS "i64_63",
  "i64" IN (1, 2) AS "i64_64",
  nullif("i64", 1) AS "i64_65",
  ["i64", 1] AS "i64_66",
  coalesce("i64", 0) AS "i64_67",
  abs("u8") AS "u8_68",
  round("u8") AS "u8_69",
  round("u8", 1) AS "u8_70",
  floor("u8") AS "u8_71",
  ceil("u8") AS "u8_72",
  sqrt("u8") AS "u8_73",
  exp("u8") AS "u8_74",
  ln("u8") AS "u8_75",
  log10("u8") AS "u8_76",
  pow("u8", 2) AS "u8_77",
  sign("u8") AS "u8_78",
  greatest("u8", 1) AS "u8_79",
  "u8" IS NULL AS "u8_80",
  "u8" IN (1, 2) AS "u8_81",
  nullif("u8", 1) AS "u8_82",
  ["u8", 1] AS "u8_83",
  coalesce("u8", 0) AS "u8_84",
  abs("u16") AS "u16_85",
  round("u16") AS "u16_86",
  round("u16", 1) AS "u16_87",
  floor("u16") AS "u16_88",
  ceil("u16") AS "u16_89",
  sqrt("u16") AS "u16_90",
  exp("u16") AS "u16_91",
  ln("u16") AS "u16_92",
  log10("u16") AS "u16_93",
  pow("u16", 2) AS "u16_94",
  sign("u16") AS "u16_95",
  greatest("u16", 1) AS "u16_96",
  "u16" IS NULL AS "u16_97",
  "u16" IN (1, 2) AS "u16_98",
  nullif("u16", 1) AS "u16_99",
  ["u16", 1] AS "u16_100",
  coalesce("u16", 0) AS "u16_101",
  abs("u32") AS "u32_102",
  round("u32") AS "u32_103",
  round("u32", 1) AS "u32_104",
  floor("u32") AS "u32_105",
  ceil("u32") AS "u32_106",
  sqrt("u32") AS "u32_107",
  exp("u32") AS "u32_108",
  ln("u32") AS "u32_109",
  log10("u32") AS "u32_110",
  pow("u32", 2) AS "u32_111",
  sign("u32") AS "u32_112",
  greatest("u32", 1) AS "u32_113",
  "u32" IS NULL AS "u32_114",
  "u32" IN (1, 2) AS "u32_115",
  nullif("u32", 1) AS "u32_116",
  ["u32", 1] AS "u32_117",
  coalesce("u32", 0) AS "u32_118",
  abs("u64") AS "u64_119",
  round("u64") AS "u64_120",
  round("u64", 1) AS "u64_121",
  floor("u64") AS "u64_122",
  ceil("u64") AS "u64_123",
  sqrt("u64") AS "u64_124",
  exp("u64") AS "u64_125",
  ln("u64") AS "u64_126",
  log10("u64") AS "u64_127",
  pow("u64", 2) AS "u64_128",
  sign("u64") AS "u64_129",
  greatest("u64", 1) AS "u64_130",
  "u64" IS NULL AS "u64_131",
  "u64" IN (1, 2) AS "u64_132",
  nullif("u64", 1) AS "u64_133",
  ["u64", 1] AS "u64_134",
  coalesce("u64", 0) AS "u64_135",
  abs("f32") AS "f32_136",
  round("f32") AS "f32_137",
  round("f32", 1) AS "f32_138",
  floor("f32") AS "f32_139",
  ceil("f32") AS "f32_140",
  sqrt("f32") AS "f32_141",
  exp("f32") AS "f32_142",
  ln("f32") AS "f32_143",
  log10("f32") AS "f32_144",
  pow("f32", 2) AS "f32_145",
  sign("f32") AS "f32_146",
  greatest("f32", 1) AS "f32_147",
  "f32" IS NULL AS "f32_148",
  "f32" IN (1, 2) AS "f32_149",
  nullif("f32", 1) AS "f32_150",
  ["f32", 1] AS "f32_151",
  coalesce("f32", 0) AS "f32_152",
  abs("f64") AS "f64_153",
  round("f64") AS "f64_154",
  round("f64", 1) AS "f64_155",
  floor("f64") AS "f64_156",
  ceil("f64") AS "f64_157",
  sqrt("f64") AS "f64_158",
  exp("f64") AS "f64_159",
  ln("f64") AS "f64_160",
  log10("f64") AS "f64_161",
  pow("f64", 2) AS "f64_162",
  sign("f64") AS "f64_163",
  greatest("f64", 1) AS "f64_164",
  "f64" IS NULL AS "f64_165",
  "f64" IN (1, 2) AS "f64_166",
  nullif("f64", 1) AS "f64_167",
  ["f64", 1] AS "f64_168",
  coalesce("f64", 0) AS "f64_169",
  abs("small") AS "small_170",
  round("small") AS "small_171",
  round("small", 1) AS "small_172",
  floor("small") AS "small_173",
  ceil("small") AS "small_174",
  sqrt("small") AS "small_175",
  exp("small") AS "small_176",
  ln("small") AS "small_177",
  log10("small") AS "small_178",
  pow("small", 2) AS "small_179",
  sign("small") AS "small_180",
  greatest("small", 1) AS "small_181",
  "small" IS NULL AS "small_182",
  "small" IN (1, 2) AS "small_183",
  nullif("small", 1) AS "small_184",
  ["small", 1] AS "small_185",
  coalesce("small", 0) AS "small_186",
  abs("price") AS "price_187",
  round("price") AS "price_188",
  round("price", 1) AS "price_189",
  floor("price") AS "price_190",
  ceil("price") AS "price_191",
  sqrt("price") AS "price_192",
  exp("price") AS "price_193",
  ln("price") AS "price_194",
  log10("price") AS "price_195",
  pow("price", 2) AS "price_196",
  sign("price") AS "price_197",
  greatest("price", 1) AS "price_198",
  "price" IS NULL AS "price_199",
  "price" IN (1, 2) AS "price_200",
  nullif("price", 1) AS "price_201",
  ["price", 1] AS "price_202",
  coalesce("price", 0) AS "price_203",
  abs("big") AS "big_204",
  round("big") AS "big_205",
  round("big", 1) AS "big_206",
  floor("big") AS "big_207",
  ceil("big") AS "big_208",
  sqrt("big") AS "big_209",
  exp("big") AS "big_210",
  ln("big") AS "big_211",
  log10("big") AS "big_212",
  pow("big", 2) AS "big_213",
  sign("big") AS "big_214",
  greatest("big", 1) AS "big_215",
  "big" IS NULL AS "big_216",
  "big" IN (1, 2) AS "big_217",
  nullif("big", 1) AS "big_218",
  ["big", 1] AS "big_219",
  coalesce("big", 0) AS "big_220"
FROM "numbers";

-- name: signs
-- column: i8_0: int8
-- column: i8_1: int8
-- column: i8_2: int8
-- column: i64_3: int64
-- column: i64_4: int64
-- column: i64_5: int64
-- column: f32_6: float
-- column: f32_7: float
-- column: f32_8: float
-- column: f64_9: double
-- column: f64_10: double
-- column: f64_11: double
-- column: small_12: decimal128(4, 1)
-- column: small_13: decimal128(4, 1)
-- column: small_14: decimal128(12, 1)
-- column: big_15: decimal128(38, 10)
-- column: big_16: decimal128(38, 10)
-- column: big_17: decimal128(38, 10)
SELECT
  -"i8" AS "i8_0",
  -(-"i8") AS "i8_1",
  1 - "i8" AS "i8_2",
  -"i64" AS "i64_3",
  -(-"i64") AS "i64_4",
  1 - "i64" AS "i64_5",
  -"f32" AS "f32_6",
  -(-"f32") AS "f32_7",
  1 - "f32" AS "f32_8",
  -"f64" AS "f64_9",
  -(-"f64") AS "f64_10",
  1 - "f64" AS "f64_11",
  -"small" AS "small_12",
  -(-"small") AS "small_13",
  1 - "small" AS "small_14",
  -"big" AS "big_15",
  -(-"big") AS "big_16",
  1 - "big" AS "big_17"
FROM "numbers";

-- name: whole quotients
-- column: i8_0: int8
-- column: i8_1: int8
-- column: i32_2: int32
-- column: i32_3: int32
-- column: i64_4: int64
-- column: i64_5: int64
-- column: u8_6: uint8
-- column: u8_7: uint8
-- column: u64_8: uint64
-- column: u64_9: uint64
SELECT
  "i8" // 2 AS "i8_0",
  "i8" // "i8" AS "i8_1",
  "i32" // 2 AS "i32_2",
  "i32" // "i32" AS "i32_3",
  "i64" // 2 AS "i64_4",
  "i64" // "i64" AS "i64_5",
  "u8" // 2 AS "u8_6",
  "u8" // "u8" AS "u8_7",
  "u64" // 2 AS "u64_8",
  "u64" // "u64" AS "u64_9"
FROM "numbers";

-- name: aggregates of numbers
-- column: i8_0: decimal128(38, 0)
-- column: i8_1: double
-- column: i8_2: int8
-- column: i8_3: int8
-- column: i8_4: int64
-- column: i8_5: int64
-- column: i8_6: int8
-- column: i8_7: int8
-- column: i8_8: double
-- column: i8_9: double
-- column: i8_10: double
-- column: i8_11: double
-- column: i8_12: int8
-- column: i8_13: list<item: int8>
-- column: i8_14: int8
-- column: i8_15: int8
-- column: i8_16: double
-- column: i8_17: decimal128(38, 0)
-- column: i8_18: decimal128(38, 0)
-- column: i8_19: double
-- column: i8_20: decimal128(38, 0)
-- column: i8_21: double
-- column: i8_22: decimal128(38, 0)
-- column: i16_23: decimal128(38, 0)
-- column: i16_24: double
-- column: i16_25: int16
-- column: i16_26: int16
-- column: i16_27: int64
-- column: i16_28: int64
-- column: i16_29: int16
-- column: i16_30: int16
-- column: i16_31: double
-- column: i16_32: double
-- column: i16_33: double
-- column: i16_34: double
-- column: i16_35: int16
-- column: i16_36: list<item: int16>
-- column: i16_37: int16
-- column: i16_38: int16
-- column: i16_39: double
-- column: i16_40: decimal128(38, 0)
-- column: i16_41: decimal128(38, 0)
-- column: i16_42: double
-- column: i16_43: decimal128(38, 0)
-- column: i16_44: double
-- column: i16_45: decimal128(38, 0)
-- column: i32_46: decimal128(38, 0)
-- column: i32_47: double
-- column: i32_48: int32
-- column: i32_49: int32
-- column: i32_50: int64
-- column: i32_51: int64
-- column: i32_52: int32
-- column: i32_53: int32
-- column: i32_54: double
-- column: i32_55: double
-- column: i32_56: double
-- column: i32_57: double
-- column: i32_58: int32
-- column: i32_59: list<item: int32>
-- column: i32_60: int32
-- column: i32_61: int32
-- column: i32_62: double
-- column: i32_63: decimal128(38, 0)
-- column: i32_64: decimal128(38, 0)
-- column: i32_65: double
-- column: i32_66: decimal128(38, 0)
-- column: i32_67: double
-- column: i32_68: decimal128(38, 0)
-- column: i64_69: decimal128(38, 0)
-- column: i64_70: double
-- column: i64_71: int64
-- column: i64_72: int64
-- column: i64_73: int64
-- column: i64_74: int64
-- column: i64_75: int64
-- column: i64_76: int64
-- column: i64_77: double
-- column: i64_78: double
-- column: i64_79: double
-- column: i64_80: double
-- column: i64_81: int64
-- column: i64_82: list<item: int64>
-- column: i64_83: int64
-- column: i64_84: int64
-- column: i64_85: double
-- column: i64_86: decimal128(38, 0)
-- column: i64_87: decimal128(38, 0)
-- column: i64_88: double
-- column: i64_89: decimal128(38, 0)
-- column: i64_90: double
-- column: i64_91: decimal128(38, 0)
-- column: u8_92: decimal128(38, 0)
-- column: u8_93: double
-- column: u8_94: uint8
-- column: u8_95: uint8
-- column: u8_96: int64
-- column: u8_97: int64
-- column: u8_98: uint8
-- column: u8_99: uint8
-- column: u8_100: double
-- column: u8_101: double
-- column: u8_102: double
-- column: u8_103: double
-- column: u8_104: uint8
-- column: u8_105: list<item: uint8>
-- column: u8_106: uint8
-- column: u8_107: uint8
-- column: u8_108: double
-- column: u8_109: decimal128(38, 0)
-- column: u8_110: decimal128(38, 0)
-- column: u8_111: double
-- column: u8_112: decimal128(38, 0)
-- column: u8_113: double
-- column: u8_114: decimal128(38, 0)
-- column: u16_115: decimal128(38, 0)
-- column: u16_116: double
-- column: u16_117: uint16
-- column: u16_118: uint16
-- column: u16_119: int64
-- column: u16_120: int64
-- column: u16_121: uint16
-- column: u16_122: uint16
-- column: u16_123: double
-- column: u16_124: double
-- column: u16_125: double
-- column: u16_126: double
-- column: u16_127: uint16
-- column: u16_128: list<item: uint16>
-- column: u16_129: uint16
-- column: u16_130: uint16
-- column: u16_131: double
-- column: u16_132: decimal128(38, 0)
-- column: u16_133: decimal128(38, 0)
-- column: u16_134: double
-- column: u16_135: decimal128(38, 0)
-- column: u16_136: double
-- column: u16_137: decimal128(38, 0)
-- column: u32_138: decimal128(38, 0)
-- column: u32_139: double
-- column: u32_140: uint32
-- column: u32_141: uint32
-- column: u32_142: int64
-- column: u32_143: int64
-- column: u32_144: uint32
-- column: u32_145: uint32
-- column: u32_146: double
-- column: u32_147: double
-- column: u32_148: double
-- column: u32_149: double
-- column: u32_150: uint32
-- column: u32_151: list<item: uint32>
-- column: u32_152: uint32
-- column: u32_153: uint32
-- column: u32_154: double
-- column: u32_155: decimal128(38, 0)
-- column: u32_156: decimal128(38, 0)
-- column: u32_157: double
-- column: u32_158: decimal128(38, 0)
-- column: u32_159: double
-- column: u32_160: decimal128(38, 0)
-- column: u64_161: decimal128(38, 0)
-- column: u64_162: double
-- column: u64_163: uint64
-- column: u64_164: uint64
-- column: u64_165: int64
-- column: u64_166: int64
-- column: u64_167: uint64
-- column: u64_168: uint64
-- column: u64_169: double
-- column: u64_170: double
-- column: u64_171: double
-- column: u64_172: double
-- column: u64_173: uint64
-- column: u64_174: list<item: uint64>
-- column: u64_175: uint64
-- column: u64_176: uint64
-- column: u64_177: double
-- column: u64_178: decimal128(38, 0)
-- column: u64_179: decimal128(38, 0)
-- column: u64_180: double
-- column: u64_181: decimal128(38, 0)
-- column: u64_182: double
-- column: u64_183: decimal128(38, 0)
-- column: f32_184: double
-- column: f32_185: double
-- column: f32_186: float
-- column: f32_187: float
-- column: f32_188: int64
-- column: f32_189: int64
-- column: f32_190: float
-- column: f32_191: float
-- column: f32_192: double
-- column: f32_193: double
-- column: f32_194: float
-- column: f32_195: float
-- column: f32_196: float
-- column: f32_197: list<item: float>
-- column: f32_198: float
-- column: f32_199: float
-- column: f32_200: double
-- column: f32_201: double
-- column: f32_202: double
-- column: f32_203: double
-- column: f32_204: double
-- column: f32_205: double
-- column: f32_206: double
-- column: f64_207: double
-- column: f64_208: double
-- column: f64_209: double
-- column: f64_210: double
-- column: f64_211: int64
-- column: f64_212: int64
-- column: f64_213: double
-- column: f64_214: double
-- column: f64_215: double
-- column: f64_216: double
-- column: f64_217: double
-- column: f64_218: double
-- column: f64_219: double
-- column: f64_220: list<item: double>
-- column: f64_221: double
-- column: f64_222: double
-- column: f64_223: double
-- column: f64_224: double
-- column: f64_225: double
-- column: f64_226: double
-- column: f64_227: double
-- column: f64_228: double
-- column: f64_229: double
-- column: small_230: decimal128(38, 1)
-- column: small_231: double
-- column: small_232: decimal128(4, 1)
-- column: small_233: decimal128(4, 1)
-- column: small_234: int64
-- column: small_235: int64
-- column: small_236: decimal128(4, 1)
-- column: small_237: decimal128(4, 1)
-- column: small_238: double
-- column: small_239: double
-- column: small_240: decimal128(4, 1)
-- column: small_241: decimal128(4, 1)
-- column: small_242: decimal128(4, 1)
-- column: small_243: list<item: decimal128(4, 1)>
-- column: small_244: decimal128(4, 1)
-- column: small_245: decimal128(4, 1)
-- column: small_246: double
-- column: small_247: decimal128(38, 1)
-- column: small_248: decimal128(38, 1)
-- column: small_249: double
-- column: small_250: decimal128(38, 1)
-- column: small_251: decimal128(38, 0)
-- column: small_252: decimal128(38, 1)
-- column: price_253: decimal128(38, 2)
-- column: price_254: double
-- column: price_255: decimal128(15, 2)
-- column: price_256: decimal128(15, 2)
-- column: price_257: int64
-- column: price_258: int64
-- column: price_259: decimal128(15, 2)
-- column: price_260: decimal128(15, 2)
-- column: price_261: double
-- column: price_262: double
-- column: price_263: decimal128(15, 2)
-- column: price_264: decimal128(15, 2)
-- column: price_265: decimal128(15, 2)
-- column: price_266: list<item: decimal128(15, 2)>
-- column: price_267: decimal128(15, 2)
-- column: price_268: decimal128(15, 2)
-- column: price_269: double
-- column: price_270: decimal128(38, 2)
-- column: price_271: decimal128(38, 2)
-- column: price_272: double
-- column: price_273: decimal128(38, 1)
-- column: price_274: decimal128(38, 0)
-- column: price_275: decimal128(38, 2)
-- column: big_276: decimal128(38, 10)
-- column: big_277: double
-- column: big_278: decimal128(38, 10)
-- column: big_279: decimal128(38, 10)
-- column: big_280: int64
-- column: big_281: int64
-- column: big_282: decimal128(38, 10)
-- column: big_283: decimal128(38, 10)
-- column: big_284: double
-- column: big_285: double
-- column: big_286: decimal128(38, 10)
-- column: big_287: decimal128(38, 10)
-- column: big_288: decimal128(38, 10)
-- column: big_289: list<item: decimal128(38, 10)>
-- column: big_290: decimal128(38, 10)
-- column: big_291: decimal128(38, 10)
-- column: big_292: double
-- column: big_293: decimal128(38, 10)
-- column: big_294: decimal128(38, 10)
-- column: big_295: double
-- column: big_296: decimal128(38, 1)
-- column: big_297: decimal128(38, 0)
-- column: big_298: decimal128(38, 10)
SELECT
  sum("i8") AS "i8_0",
  avg("i8") AS "i8_1",
  min("i8") AS "i8_2",
  max("i8") AS "i8_3",
  count("i8") AS "i8_4",
  count(DISTINCT "i8") AS "i8_5",
  first("i8") AS "i8_6",
  last("i8") AS "i8_7",
  stddev_samp("i8") AS "i8_8",
  var_samp("i8") AS "i8_9",
  median("i8") AS "i8_10",
  quantile_cont("i8", 0.25e0) AS "i8_11",
  mode("i8") AS "i8_12",
  list("i8") AS "i8_13",
  min_by("i8", "i8") AS "i8_14",
  max_by("i8", "i8") AS "i8_15",
  corr("i8", "i8") AS "i8_16",
  sum("i8") + 1 AS "i8_17",
  sum("i8") * 2 AS "i8_18",
  sum("i8") / 2 AS "i8_19",
  round(sum("i8"), 1) AS "i8_20",
  floor(sum("i8")) AS "i8_21",
  coalesce(sum("i8"), 0) AS "i8_22",
  sum("i16") AS "i16_23",
  avg("i16") AS "i16_24",
  min("i16") AS "i16_25",
  max("i16") AS "i16_26",
  count("i16") AS "i16_27",
  count(DISTINCT "i16") AS "i16_28",
  first("i16") AS "i16_29",
  last("i16") AS "i16_30",
  stddev_samp("i16") AS "i16_31",
  var_samp("i16") AS "i16_32",
  median("i16") AS "i16_33",
  quantile_cont("i16", 0.25e0) AS "i16_34",
  mode("i16") AS "i16_35",
  list("i16") AS "i16_36",
  min_by("i16", "i16") AS "i16_37",
  max_by("i16", "i16") AS "i16_38",
  corr("i16", "i16") AS "i16_39",
  sum("i16") + 1 AS "i16_40",
  sum("i16") * 2 AS "i16_41",
  sum("i16") / 2 AS "i16_42",
  round(sum("i16"), 1) AS "i16_43",
  floor(sum("i16")) AS "i16_44",
  coalesce(sum("i16"), 0) AS "i16_45",
  sum("i32") AS "i32_46",
  avg("i32") AS "i32_47",
  min("i32") AS "i32_48",
  max("i32") AS "i32_49",
  count("i32") AS "i32_50",
  count(DISTINCT "i32") AS "i32_51",
  first("i32") AS "i32_52",
  last("i32") AS "i32_53",
  stddev_samp("i32") AS "i32_54",
  var_samp("i32") AS "i32_55",
  median("i32") AS "i32_56",
  quantile_cont("i32", 0.25e0) AS "i32_57",
  mode("i32") AS "i32_58",
  list("i32") AS "i32_59",
  min_by("i32", "i32") AS "i32_60",
  max_by("i32", "i32") AS "i32_61",
  corr("i32", "i32") AS "i32_62",
  sum("i32") + 1 AS "i32_63",
  sum("i32") * 2 AS "i32_64",
  sum("i32") / 2 AS "i32_65",
  round(sum("i32"), 1) AS "i32_66",
  floor(sum("i32")) AS "i32_67",
  coalesce(sum("i32"), 0) AS "i32_68",
  sum("i64") AS "i64_69",
  avg("i64") AS "i64_70",
  min("i64") AS "i64_71",
  max("i64") AS "i64_72",
  count("i64") AS "i64_73",
  count(DISTINCT "i64") AS "i64_74",
  first("i64") AS "i64_75",
  last("i64") AS "i64_76",
  stddev_samp("i64") AS "i64_77",
  var_samp("i64") AS "i64_78",
  median("i64") AS "i64_79",
  quantile_cont("i64", 0.25e0) AS "i64_80",
  mode("i64") AS "i64_81",
  list("i64") AS "i64_82",
  min_by("i64", "i64") AS "i64_83",
  max_by("i64", "i64") AS "i64_84",
  corr("i64", "i64") AS "i64_85",
  sum("i64") + 1 AS "i64_86",
  sum("i64") * 2 AS "i64_87",
  sum("i64") / 2 AS "i64_88",
  round(sum("i64"), 1) AS "i64_89",
  floor(sum("i64")) AS "i64_90",
  coalesce(sum("i64"), 0) AS "i64_91",
  sum("u8") AS "u8_92",
  avg("u8") AS "u8_93",
  min("u8") AS "u8_94",
  max("u8") AS "u8_95",
  count("u8") AS "u8_96",
  count(DISTINCT "u8") AS "u8_97",
  first("u8") AS "u8_98",
  last("u8") AS "u8_99",
  stddev_samp("u8") AS "u8_100",
  var_samp("u8") AS "u8_101",
  median("u8") AS "u8_102",
  quantile_cont("u8", 0.25e0) AS "u8_103",
  mode("u8") AS "u8_104",
  list("u8") AS "u8_105",
  min_by("u8", "u8") AS "u8_106",
  max_by("u8", "u8") AS "u8_107",
  corr("u8", "u8") AS "u8_108",
  sum("u8") + 1 AS "u8_109",
  sum("u8") * 2 AS "u8_110",
  sum("u8") / 2 AS "u8_111",
  round(sum("u8"), 1) AS "u8_112",
  floor(sum("u8")) AS "u8_113",
  coalesce(sum("u8"), 0) AS "u8_114",
  sum("u16") AS "u16_115",
  avg("u16") AS "u16_116",
  min("u16") AS "u16_117",
  max("u16") AS "u16_118",
  count("u16") AS "u16_119",
  count(DISTINCT "u16") AS "u16_120",
  first("u16") AS "u16_121",
  last("u16") AS "u16_122",
  stddev_samp("u16") AS "u16_123",
  var_samp("u16") AS "u16_124",
  median("u16") AS "u16_125",
  quantile_cont("u16", 0.25e0) AS "u16_126",
  mode("u16") AS "u16_127",
  list("u16") AS "u16_128",
  min_by("u16", "u16") AS "u16_129",
  max_by("u16", "u16") AS "u16_130",
  corr("u16", "u16") AS "u16_131",
  sum("u16") + 1 AS "u16_132",
  sum("u16") * 2 AS "u16_133",
  sum("u16") / 2 AS "u16_134",
  round(sum("u16"), 1) AS "u16_135",
  floor(sum("u16")) AS "u16_136",
  coalesce(sum("u16"), 0) AS "u16_137",
  sum("u32") AS "u32_138",
  avg("u32") AS "u32_139",
  min("u32") AS "u32_140",
  max("u32") AS "u32_141",
  count("u32") AS "u32_142",
  count(DISTINCT "u32") AS "u32_143",
  first("u32") AS "u32_144",
  last("u32") AS "u32_145",
  stddev_samp("u32") AS "u32_146",
  var_samp("u32") AS "u32_147",
  median("u32") AS "u32_148",
  quantile_cont("u32", 0.25e0) AS "u32_149",
  mode("u32") AS "u32_150",
  list("u32") AS "u32_151",
  min_by("u32", "u32") AS "u32_152",
  max_by("u32", "u32") AS "u32_153",
  corr("u32", "u32") AS "u32_154",
  sum("u32") + 1 AS "u32_155",
  sum("u32") * 2 AS "u32_156",
  sum("u32") / 2 AS "u32_157",
  round(sum("u32"), 1) AS "u32_158",
  floor(sum("u32")) AS "u32_159",
  coalesce(sum("u32"), 0) AS "u32_160",
  sum("u64") AS "u64_161",
  avg("u64") AS "u64_162",
  min("u64") AS "u64_163",
  max("u64") AS "u64_164",
  count("u64") AS "u64_165",
  count(DISTINCT "u64") AS "u64_166",
  first("u64") AS "u64_167",
  last("u64") AS "u64_168",
  stddev_samp("u64") AS "u64_169",
  var_samp("u64") AS "u64_170",
  median("u64") AS "u64_171",
  quantile_cont("u64", 0.25e0) AS "u64_172",
  mode("u64") AS "u64_173",
  list("u64") AS "u64_174",
  min_by("u64", "u64") AS "u64_175",
  max_by("u64", "u64") AS "u64_176",
  corr("u64", "u64") AS "u64_177",
  sum("u64") + 1 AS "u64_178",
  sum("u64") * 2 AS "u64_179",
  sum("u64") / 2 AS "u64_180",
  round(sum("u64"), 1) AS "u64_181",
  floor(sum("u64")) AS "u64_182",
  coalesce(sum("u64"), 0) AS "u64_183",
  sum("f32") AS "f32_184",
  avg("f32") AS "f32_185",
  min("f32") AS "f32_186",
  max("f32") AS "f32_187",
  count("f32") AS "f32_188",
  count(DISTINCT "f32") AS "f32_189",
  first("f32") AS "f32_190",
  last("f32") AS "f32_191",
  stddev_samp("f32") AS "f32_192",
  var_samp("f32") AS "f32_193",
  median("f32") AS "f32_194",
  quantile_cont("f32", 0.25e0) AS "f32_195",
  mode("f32") AS "f32_196",
  list("f32") AS "f32_197",
  min_by("f32", "f32") AS "f32_198",
  max_by("f32", "f32") AS "f32_199",
  corr("f32", "f32") AS "f32_200",
  sum("f32") + 1 AS "f32_201",
  sum("f32") * 2 AS "f32_202",
  sum("f32") / 2 AS "f32_203",
  round(sum("f32"), 1) AS "f32_204",
  floor(sum("f32")) AS "f32_205",
  coalesce(sum("f32"), 0) AS "f32_206",
  sum("f64") AS "f64_207",
  avg("f64") AS "f64_208",
  min("f64") AS "f64_209",
  max("f64") AS "f64_210",
  count("f64") AS "f64_211",
  count(DISTINCT "f64") AS "f64_212",
  first("f64") AS "f64_213",
  last("f64") AS "f64_214",
  stddev_samp("f64") AS "f64_215",
  var_samp("f64") AS "f64_216",
  median("f64") AS "f64_217",
  quantile_cont("f64", 0.25e0) AS "f64_218",
  mode("f64") AS "f64_219",
  list("f64") AS "f64_220",
  min_by("f64", "f64") AS "f64_221",
  max_by("f64", "f64") AS "f64_222",
  corr("f64", "f64") AS "f64_223",
  sum("f64") + 1 AS "f64_224",
  sum("f64") * 2 AS "f64_225",
  sum("f64") / 2 AS "f64_226",
  round(sum("f64"), 1) AS "f64_227",
  floor(sum("f64")) AS "f64_228",
  coalesce(sum("f64"), 0) AS "f64_229",
  sum("small") AS "small_230",
  avg("small") AS "small_231",
  min("small") AS "small_232",
  max("small") AS "small_233",
  count("small") AS "small_234",
  count(DISTINCT "small") AS "small_235",
  first("small") AS "small_236",
  last("small") AS "small_237",
  stddev_samp("small") AS "small_238",
  var_samp("small") AS "small_239",
  median("small") AS "small_240",
  quantile_cont("small", 0.25e0) AS "small_241",
  mode("small") AS "small_242",
  list("small") AS "small_243",
  min_by("small", "small") AS "small_244",
  max_by("small", "small") AS "small_245",
  corr("small", "small") AS "small_246",
  sum("small") + 1 AS "small_247",
  sum("small") * 2 AS "small_248",
  sum("small") / 2 AS "small_249",
  round(sum("small"), 1) AS "small_250",
  floor(sum("small")) AS "small_251",
  coalesce(sum("small"), 0) AS "small_252",
  sum("price") AS "price_253",
  avg("price") AS "price_254",
  min("price") AS "price_255",
  max("price") AS "price_256",
  count("price") AS "price_257",
  count(DISTINCT "price") AS "price_258",
  first("price") AS "price_259",
  last("price") AS "price_260",
  stddev_samp("price") AS "price_261",
  var_samp("price") AS "price_262",
  median("price") AS "price_263",
  quantile_cont("price", 0.25e0) AS "price_264",
  mode("price") AS "price_265",
  list("price") AS "price_266",
  min_by("price", "price") AS "price_267",
  max_by("price", "price") AS "price_268",
  corr("price", "price") AS "price_269",
  sum("price") + 1 AS "price_270",
  sum("price") * 2 AS "price_271",
  sum("price") / 2 AS "price_272",
  round(sum("price"), 1) AS "price_273",
  floor(sum("price")) AS "price_274",
  coalesce(sum("price"), 0) AS "price_275",
  sum("big") AS "big_276",
  avg("big") AS "big_277",
  min("big") AS "big_278",
  max("big") AS "big_279",
  count("big") AS "big_280",
  count(DISTINCT "big") AS "big_281",
  first("big") AS "big_282",
  last("big") AS "big_283",
  stddev_samp("big") AS "big_284",
  var_samp("big") AS "big_285",
  median("big") AS "big_286",
  quantile_cont("big", 0.25e0) AS "big_287",
  mode("big") AS "big_288",
  list("big") AS "big_289",
  min_by("big", "big") AS "big_290",
  max_by("big", "big") AS "big_291",
  corr("big", "big") AS "big_292",
  sum("big") + 1 AS "big_293",
  sum("big") * 2 AS "big_294",
  sum("big") / 2 AS "big_295",
  round(sum("big"), 1) AS "big_296",
  floor(sum("big")) AS "big_297",
  coalesce(sum("big"), 0) AS "big_298"
FROM "numbers";

-- name: sums of sums
-- column: a: decimal128(38, 0)
-- column: b: double
-- column: c: decimal128(38, 3)
-- column: d: list<item: decimal128(38, 0)>
-- column: e: double
SELECT sum("n") AS "a", median("n") AS "b", sum("p" * 0.2) AS "c", list("n") AS "d", avg("n") AS "e"
FROM (
  SELECT "i8", sum("i64") AS "n", sum("price") AS "p"
  FROM "numbers"
  GROUP BY "i8"
);

-- name: text
-- column: a: string
-- column: b: string
-- column: c: int64
-- column: d: string
-- column: e: string
-- column: f: string
-- column: g: string
-- column: h: string
-- column: i: string
-- column: j: bool
-- column: k: bool
-- column: l: bool
-- column: m: int64
-- column: n: list<item: string>
-- column: o: bool
-- column: p: string
-- column: q: string
-- column: r: string
-- column: s: string
-- column: t: string
-- column: u: string
-- column: v: bool
-- column: w: bool
-- column: x: timestamp[us]
-- column: y: bool
-- column: z: bool
SELECT
  lower("text") AS "a",
  upper("text") AS "b",
  length("text") AS "c",
  trim("text") AS "d",
  ltrim("text") AS "e",
  rtrim("text") AS "f",
  substring("text", 2) AS "g",
  substring("text", 1, 2) AS "h",
  replace("text", 'a', 'b') AS "i",
  starts_with("text", 'a') AS "j",
  ends_with("text", 'a') AS "k",
  contains("text", 'a') AS "l",
  strpos("text", 'a') AS "m",
  string_split("text", '-') AS "n",
  regexp_matches("text", '^\d+') AS "o",
  regexp_replace("text", '(\d)', '<>', 'g') AS "p",
  regexp_extract("text", '(\d+)-', 1) AS "q",
  lpad("text", 9, '0') AS "r",
  rpad("text", 9, '0') AS "s",
  reverse("text") AS "t",
  "text" || '!' || "text" AS "u",
  "text" LIKE '%a_' AS "v",
  "text" NOT ILIKE 'A%' AS "w",
  strptime("text", '%Y-%m') AS "x",
  "text" IS NOT DISTINCT FROM NULL AS "y",
  "text" < 'b' AS "z"
FROM "others";

-- name: times
-- column: a: int64
-- column: b: int64
-- column: c: int64
-- column: d: int64
-- column: e: int64
-- column: f: int64
-- column: g: int64
-- column: h: int64
-- column: i: int64
-- column: j: int64
-- column: k: timestamp[us]
-- column: l: timestamp[us]
-- column: m: timestamp[us, tz=UTC]
-- column: n: timestamp[us]
-- column: o: int64
-- column: p: int64
-- column: q: string
-- column: r: int64
-- column: s: date32[day]
-- column: t: int64
-- column: u: timestamp[us]
-- column: v: timestamp[us]
-- column: w: timestamp[us, tz=UTC]
-- column: x: timestamp[us]
-- column: y: month_day_nano_interval
-- column: z: month_day_nano_interval
-- column: aa: time64[us]
-- column: bb: timestamp[us]
-- column: cc: timestamp[ns]
-- column: dd: month_day_nano_interval
-- column: ee: bool
-- column: ff: month_day_nano_interval
-- column: gg: date32[day]
SELECT
  year("day") AS "a",
  quarter("us") AS "b",
  month("zoned") AS "c",
  week("day") AS "d",
  day("day") AS "e",
  isodow("day") AS "f",
  dayofyear("day") AS "g",
  hour("us") AS "h",
  minute("clock") AS "i",
  second("zoned") AS "j",
  date_trunc('month', "day") AS "k",
  date_trunc('hour', "us") AS "l",
  date_trunc('day', "zoned") AS "m",
  date_trunc('day', "ns") AS "n",
  date_diff('day', "day", "us") AS "o",
  date_diff('hour', "zoned", "zoned") AS "p",
  strftime("day", '%Y-%m') AS "q",
  epoch_ms("us") AS "r",
  "day" + 1 AS "s",
  "day" - "day" AS "t",
  "day" + INTERVAL 1 MONTH AS "u",
  "us" - INTERVAL 1 DAY AS "v",
  "zoned" + INTERVAL 1 SECOND AS "w",
  "s" + INTERVAL 1 DAY AS "x",
  "us" - "us" AS "y",
  "day" - "us" AS "z",
  "clock" + INTERVAL 60 SECOND AS "aa",
  coalesce("day", "us") AS "bb",
  coalesce("s", "ns") AS "cc",
  INTERVAL 1 DAY * 3 AS "dd",
  "day" < "us" AS "ee",
  "span" + INTERVAL 1 DAY AS "ff",
  "day" - 7 AS "gg"
FROM "others";

-- name: lists and structs
-- column: a: int64
-- column: b: int64
-- column: c: int64
-- column: d: bool
-- column: e: decimal128(38, 0)
-- column: f: int64
-- column: g: int64
-- column: h: list<item: int64>
-- column: i: list<item: int64>
-- column: j: string
-- column: k: list<item: int64>
-- column: l: int64
-- column: m: list<item: int32>
-- column: n: list<item: string>
-- column: o: int64
-- column: p: struct<text: string, n: int64>
-- column: q: string
-- column: r: bool
-- column: map: map<string, int64>
-- column: s: int64
SELECT
  len("list") AS "a",
  list_extract("list", 1) AS "b",
  list_extract("list", -1) AS "c",
  list_contains("list", 3) AS "d",
  list_sum("list") AS "e",
  list_min("list") AS "f",
  list_max("list") AS "g",
  list_sort("list") AS "h",
  list_distinct("list") AS "i",
  array_to_string("texts", ', ') AS "j",
  list_sort("pair") AS "k",
  list_extract("pair", 2) AS "l",
  [1, 2] AS "m",
  ["text", 'x'] AS "n",
  struct_extract("struct", 'x') AS "o",
  {'text': "text", 'n': len("list") + 1} AS "p",
  struct_extract({'text': "text"}, 'text') AS "q",
  "list" = "list" AS "r",
  "map",
  CAST(list_sum("list") AS BIGINT) AS "s"
FROM "others";

-- name: casts
-- column: a: int32
-- column: b: date32[day]
-- column: c: timestamp[us]
-- column: d: string
-- column: e: int8
-- column: f: timestamp[ns]
-- column: g: list<item: int32>
-- column: h: string
-- column: i: decimal128(10, 2)
-- column: j: string
-- column: k: binary
-- column: l: timestamp[us, tz=UTC]
-- column: m: struct<a b: int8>
SELECT
  TRY_CAST("text" AS INTEGER) AS "a",
  CAST("us" AS DATE) AS "b",
  CAST("day" AS TIMESTAMP) AS "c",
  CAST("list" AS VARCHAR) AS "d",
  CAST("yes" AS TINYINT) AS "e",
  CAST("us" AS TIMESTAMP_NS) AS "f",
  CAST("list" AS INTEGER[]) AS "g",
  CAST("zoned" AS VARCHAR) AS "h",
  CAST(5 AS DECIMAL(10, 2)) AS "i",
  CAST(NULL AS VARCHAR) AS "j",
  CAST("text" AS BLOB) AS "k",
  CAST("us" AS TIMESTAMPTZ) AS "l",
  TRY_CAST("text" AS STRUCT("a b" TINYINT)) AS "m"
FROM "others";

-- name: choices
-- column: a: decimal128(15, 2)
-- column: b: string
-- column: c: int32
-- column: d: bool
-- column: e: int16
-- column: f: int8
-- column: g: bool
-- column: h: bool
-- column: i: bool
-- column: j: int8
-- column: k: null
SELECT
  CASE WHEN "i8" > 1 THEN 1 WHEN "i8" > 0 THEN "price" ELSE 0 END AS "a",
  CASE WHEN "f64" IS NULL THEN 'x' END AS "b",
  CASE WHEN "i8" = 1 OR NOT "i16" = 2 THEN "i8" ELSE 1000 END AS "c",
  NOT ("i8" > 1 AND "i16" < 2) AS "d",
  -("i8" - ("i16" - 1)) AS "e",
  ("i8" + 1) * 2 % 3 AS "f",
  ("i8" > 1) = ("i16" > 1) AS "g",
  "i8" IS NOT NULL AS "h",
  "i8" NOT IN (1) AS "i",
  "i8" - -1 AS "j",
  NULL AS "k"
FROM "numbers";

-- name: conditions of the command line
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
WHERE "amount" >= 10 AND "amount" <= 200
  AND struct_extract("place", 'city') = 'Ulm'
  AND "category" NOT IN ('x', 'y')
  AND "day" > DATE '2026-01-01'
  AND "price" * CAST(2 AS BIGINT) > 1.5
  AND lower("category") LIKE 'b%';

