#include "databases/postgres/copy_decoder.h"

#include <arrow/array.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <string>

#include "databases/postgres/numeric.h"
#include "matchers.h"

namespace bowyer {
namespace {

std::string Big(uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}
std::string Int2(int16_t value) { return Big(static_cast<uint16_t>(value), 2); }
std::string Int4(int32_t value) { return Big(static_cast<uint32_t>(value), 4); }
std::string Int8(int64_t value) { return Big(static_cast<uint64_t>(value), 8); }
std::string Field(const std::string& bytes) {
  return Int4(static_cast<int32_t>(bytes.size())) + bytes;
}
const std::string kNull = Int4(-1);
const std::string kHead = std::string("PGCOPY\n\377\r\n\0", 11) + Int4(0) + Int4(0);
const std::string kEnd = Int2(-1);

std::string Row(const std::vector<std::string>& fields) {
  std::string row = Int2(static_cast<int16_t>(fields.size()));
  for (const std::string& field : fields) row += field;
  return row;
}

PostgresValue Of(PostgresKind kind, std::shared_ptr<arrow::DataType> type, uint32_t oid = 0) {
  return {.kind = kind, .type = std::move(type), .oid = oid};
}

std::unique_ptr<CopyDecoder> DecoderOf(const std::vector<PostgresValue>& values,
                                       bool infinities = false) {
  arrow::FieldVector fields;
  for (size_t i = 0; i < values.size(); ++i) {
    fields.push_back(arrow::field("c" + std::to_string(i), values[i].type));
  }
  return *CopyDecoder::Make(arrow::schema(fields), values, infinities,
                            arrow::default_memory_pool());
}

arrow::Result<size_t> Take(CopyDecoder& decoder, const std::string& bytes) {
  return decoder.Decode(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

// `step` bytes more at a time; 0: all at once.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> Decode(CopyDecoder& decoder,
                                                          const std::string& bytes,
                                                          size_t step = 0) {
  if (step == 0) step = bytes.size() + 1;
  std::string left;
  for (size_t at = 0; at < bytes.size(); at += step) {
    left += bytes.substr(at, step);
    ARROW_ASSIGN_OR_RAISE(const size_t used, Take(decoder, left));
    left.erase(0, used);
  }
  ARROW_RETURN_NOT_OK(decoder.Finish(left.size()));
  ARROW_ASSIGN_OR_RAISE(auto batch, decoder.Take());
  ARROW_RETURN_NOT_OK(batch->ValidateFull());
  return batch;
}

std::string Text(const arrow::RecordBatch& batch) {
  std::string text;
  for (const auto& column : batch.columns()) {
    for (int64_t i = 0; i < column->length(); ++i) {
      text += column->IsNull(i) ? "null" : (*column->GetScalar(i))->ToString();
      text += i + 1 < column->length() ? "," : ";";
    }
  }
  return text;
}

// numeric_send of base-10,000 groups.
std::string Numeric(const std::vector<int>& groups, int weight, uint16_t sign = 0, int dscale = 0) {
  std::string bytes = Int2(static_cast<int16_t>(groups.size())) +
                      Int2(static_cast<int16_t>(weight)) + Big(sign, 2) +
                      Int2(static_cast<int16_t>(dscale));
  for (const int group : groups) bytes += Int2(static_cast<int16_t>(group));
  return bytes;
}

NumericOutcome Outcome(const std::string& bytes, int precision, int scale, std::string* text) {
  arrow::Decimal128 value;
  const auto outcome = DecodeNumeric(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(),
                                     precision, scale, &value);
  if (outcome == NumericOutcome::kExact) *text = value.ToString(scale);
  return outcome;
}

std::string Exact(const std::string& bytes, int precision, int scale) {
  std::string text;
  return Outcome(bytes, precision, scale, &text) == NumericOutcome::kExact ? text : "refused";
}

TEST(PostgresNumeric, DigitsGoWhereTheyBelong) {
  EXPECT_EQ(Exact(Numeric({12, 3400}, 0), 12, 2), "12.34");
  EXPECT_EQ(Exact(Numeric({12, 3400}, 0, 0x4000), 12, 2), "-12.34");
  EXPECT_EQ(Exact(Numeric({}, 0), 12, 2), "0.00");
  EXPECT_EQ(Exact(Numeric({5}, 2), 12, 2), "500000000.00");
  EXPECT_EQ(Exact(Numeric({1}, -3), 20, 12), "1E-12");
  EXPECT_EQ(Exact(Numeric({9999, 9999}, 1), 8, 0), "99999999");
  EXPECT_EQ(
      Exact(
          Numeric(std::vector<int>{9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9900}, -1),
          38, 38),
      "0.99999999999999999999999999999999999999");
  EXPECT_EQ(Exact(Numeric({99, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999}, 9), 38, 0),
            "99999999999999999999999999999999999999");
}

TEST(PostgresNumeric, WhatDoesNotFitIsTold) {
  std::string text;
  EXPECT_EQ(Outcome(Numeric({12, 3456}, 0), 12, 2, &text), NumericOutcome::kTooWide);
  EXPECT_EQ(Outcome(Numeric({1, 0, 1}, 0), 12, 2, &text), NumericOutcome::kTooWide);
  EXPECT_EQ(Outcome(Numeric({1}, 32767), 38, 0, &text), NumericOutcome::kTooWide);
  EXPECT_EQ(Outcome(Numeric({1}, -32768), 38, 38, &text), NumericOutcome::kTooWide);
  EXPECT_EQ(Outcome(Numeric({100}, 9), 38, 0, &text), NumericOutcome::kTooWide);
  EXPECT_EQ(Outcome(Numeric({1, 0}, 0), 4, 0, &text), NumericOutcome::kExact);
  for (const uint16_t sign : {0xC000, 0xD000, 0xF000}) {
    EXPECT_EQ(Outcome(Numeric({}, 0, sign), 12, 2, &text), NumericOutcome::kNotFinite);
  }
  EXPECT_EQ(Outcome(Numeric({10000}, 0), 12, 2, &text), NumericOutcome::kDamaged);
  EXPECT_EQ(Outcome(Numeric({1}, 0, 0x1234), 12, 2, &text), NumericOutcome::kDamaged);
  EXPECT_EQ(Outcome("1234567", 12, 2, &text), NumericOutcome::kDamaged);
  EXPECT_EQ(Outcome(Numeric({1}, 0) + "x", 12, 2, &text), NumericOutcome::kDamaged);
}

const std::vector<PostgresValue> kScalars = {
    Of(PostgresKind::kBool, arrow::boolean()),
    Of(PostgresKind::kInt2, arrow::int16()),
    Of(PostgresKind::kInt4, arrow::int32()),
    Of(PostgresKind::kInt8, arrow::int64()),
    Of(PostgresKind::kText, arrow::utf8()),
    Of(PostgresKind::kDate, arrow::date32()),
    Of(PostgresKind::kTimestamp, arrow::timestamp(arrow::TimeUnit::MICRO)),
    Of(PostgresKind::kTimeTz, arrow::utf8()),
    Of(PostgresKind::kBits, arrow::utf8()),
    Of(PostgresKind::kJsonb, arrow::utf8()),
    Of(PostgresKind::kUuidText, arrow::utf8()),
    Of(PostgresKind::kNumeric, arrow::decimal128(12, 2))};

std::string ScalarRows() {
  const std::string day = Int8(int64_t{86'399'999'500});
  return kHead +
         Row({Field("\1"), Field(Int2(-7)), Field(Int4(1 << 30)), Field(Int8(INT64_MIN)),
              Field("größe"), Field(Int4(0)), Field(Int8(-1)),
              Field(Int8(45'296'789'000) + Int4(-9000)), Field(Int4(3) + "\xa0"),
              Field("\1{\"a\": 1}"), Field(std::string("0123456789abcdef")),
              Field(Numeric({1, 5000}, 0))}) +
         Row({kNull, kNull, kNull, kNull, kNull, kNull, kNull, kNull, kNull, kNull, kNull, kNull}) +
         Row({Field(std::string(1, '\0')), Field(Int2(1)), Field(Int4(2)), Field(Int8(3)),
              Field(""), Field(Int4(-10957)), Field(Int8(-946'684'800'000'000)),
              Field(day + Int4(18'000 + 61)), Field(Int4(0)), Field("\1null"),
              Field(std::string(16, '\xff')), Field(Numeric({}, 0))}) +
         kEnd;
}

constexpr char kScalarText[] =
    "true,null,false;-7,null,1;1073741824,null,2;-9223372036854775808,null,3;größe,null,;"
    "2000-01-01,null,1970-01-01;1999-12-31 23:59:59.999999,null,1970-01-01 00:00:00.000000;"
    "12:34:56.789+02:30,null,23:59:59.9995-05:01:01;101,null,;{\"a\": 1},null,null;"
    "30313233-3435-3637-3839-616263646566,null,ffffffff-ffff-ffff-ffff-ffffffffffff;"
    "1.50,null,0.00;";

TEST(CopyDecoder, ValuesOfEachTypeWhereverTheBytesAreDivided) {
  for (const size_t step : {0, 1, 2, 7, 64}) {
    auto decoder = DecoderOf(kScalars);
    ASSERT_OK_AND_ASSIGN(const auto batch, Decode(*decoder, ScalarRows(), step));
    EXPECT_EQ(Text(*batch), kScalarText) << step;
  }
}

TEST(CopyDecoder, EveryTruncationIsRefused) {
  const std::string bytes = ScalarRows();
  for (size_t size = 0; size < bytes.size(); ++size) {
    auto decoder = DecoderOf(kScalars);
    EXPECT_ERROR(Decode(*decoder, bytes.substr(0, size)), ErrorCode::kData, "the server");
  }
}

TEST(CopyDecoder, EveryFlippedByteIsReadOrRefused) {
  const std::string bytes = ScalarRows();
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ flip);
      auto decoder = DecoderOf(kScalars);
      const auto batch = Decode(*decoder, changed);  // ValidateFull inside
      if (!batch.ok()) {
        EXPECT_EQ(CodeOf(batch.status()), ErrorCode::kData) << batch.status();
      }
    }
  }
}

TEST(CopyDecoder, InfinitiesAreExtremesOnlyWhereTheyAreWanted) {
  const std::vector<PostgresValue> values = {
      Of(PostgresKind::kDate, arrow::date32()),
      Of(PostgresKind::kTimestamp, arrow::timestamp(arrow::TimeUnit::MICRO))};
  const std::string bytes = kHead + Row({Field(Int4(INT32_MAX)), Field(Int8(INT64_MIN))}) + kEnd;
  auto wanted = DecoderOf(values, true);
  ASSERT_OK_AND_ASSIGN(const auto batch, Decode(*wanted, bytes));
  EXPECT_EQ(static_cast<const arrow::Date32Array&>(*batch->column(0)).Value(0), INT32_MAX);
  EXPECT_EQ(static_cast<const arrow::TimestampArray&>(*batch->column(1)).Value(0), -INT64_MAX);
  auto refused = DecoderOf(values);
  EXPECT_ERROR(Decode(*refused, bytes), ErrorCode::kData, "infinite");
  EXPECT_TRUE(refused->needs_wider_type());
  // The year 294276 is beyond either way.
  auto beyond = DecoderOf(values, true);
  EXPECT_ERROR(
      Decode(*beyond, kHead + Row({kNull, Field(Int8(int64_t{9'223'371'331'199'999'999}))}) + kEnd),
      ErrorCode::kData, "294246");
  EXPECT_TRUE(beyond->needs_wider_type());
}

PostgresValue ListOfInt4(int dimensions) {
  auto type = arrow::int32();
  std::shared_ptr<arrow::DataType> list = type;
  for (int i = 0; i < dimensions; ++i) list = arrow::list(list);
  return {.kind = PostgresKind::kList,
          .type = list,
          .dimensions = dimensions,
          .children = {Of(PostgresKind::kInt4, type, 23)}};
}

TEST(CopyDecoder, ArraysByTheirDimensions) {
  const std::string flat =
      Int4(1) + Int4(1) + Int4(23) + Int4(3) + Int4(1) + Field(Int4(1)) + kNull + Field(Int4(3));
  const std::string square = Int4(2) + Int4(0) + Int4(23) + Int4(2) + Int4(1) + Int4(2) + Int4(1) +
                             Field(Int4(1)) + Field(Int4(2)) + Field(Int4(3)) + Field(Int4(4));
  const std::string empty = Int4(0) + Int4(0) + Int4(23);
  auto one = DecoderOf({ListOfInt4(1)});
  ASSERT_OK_AND_ASSIGN(
      auto batch, Decode(*one, kHead + Row({Field(flat)}) + Row({kNull}) + Row({Field(empty)}) +
                                   Row({Field(flat)}) + kEnd));
  const auto& lists = static_cast<const arrow::ListArray&>(*batch->column(0));
  EXPECT_EQ(lists.values()->length(), 6);
  EXPECT_TRUE(lists.IsNull(1));
  EXPECT_EQ(lists.value_length(2), 0);
  auto two = DecoderOf({ListOfInt4(2)});
  ASSERT_OK_AND_ASSIGN(batch,
                       Decode(*two, kHead + Row({Field(square)}) + Row({Field(empty)}) + kEnd));
  EXPECT_EQ((*batch->column(0)->GetScalar(0))->ToString(),
            "list<item: list<item: int32>>[list<item: int32>[1, 2], list<item: int32>[3, 4]]");
  auto other = DecoderOf({ListOfInt4(1)});
  EXPECT_ERROR(Decode(*other, kHead + Row({Field(square)}) + kEnd), ErrorCode::kData,
               "2 dimensions, not 1");
  EXPECT_TRUE(other->needs_wider_type());
  std::string from_zero = flat;
  from_zero[19] = 0;
  auto zero = DecoderOf({ListOfInt4(1)});
  EXPECT_ERROR(Decode(*zero, kHead + Row({Field(from_zero)}) + kEnd), ErrorCode::kData, "index 1");
}

TEST(CopyDecoder, LyingArraysAndCompositesAreRefused) {
  for (const std::string& array : {
           Int4(1) + Int4(0) + Int4(23) + Int4(INT32_MAX) + Int4(1),  // counts
           Int4(2) + Int4(0) + Int4(23) + Int4(65536) + Int4(1) + Int4(65536) + Int4(1),
           Int4(7) + Int4(0) + Int4(23),  // too many
           Int4(-1) + Int4(0) + Int4(23),
           Int4(1) + Int4(0) + Int4(25) + Int4(1) + Int4(1) + Field(Int4(1)),        // type
           Int4(1) + Int4(0) + Int4(23) + Int4(1) + Int4(1) + Int4(1000) + Int4(1),  // length
           Int4(1) + Int4(0) + Int4(23) + Int4(1) + Int4(1) + Int4(-2),
           Int4(1) + Int4(0) + Int4(23) + Int4(1) + Int4(1) + Field(Int4(1)) + "x",
       }) {
    auto decoder = DecoderOf({ListOfInt4(1)});
    EXPECT_ERROR(Decode(*decoder, kHead + Row({Field(array)}) + kEnd), ErrorCode::kData,
                 "the server sent");
    EXPECT_FALSE(decoder->needs_wider_type());
  }
  const PostgresValue pair = {
      .kind = PostgresKind::kStruct,
      .type = arrow::struct_({arrow::field("a", arrow::int32()), arrow::field("b", arrow::utf8())}),
      .children = {Of(PostgresKind::kInt4, arrow::int32(), 23),
                   Of(PostgresKind::kText, arrow::utf8(), 25)}};
  const std::string good = Int4(2) + Int4(23) + Field(Int4(5)) + Int4(25) + kNull;
  auto decoder = DecoderOf({pair});
  ASSERT_OK_AND_ASSIGN(const auto batch,
                       Decode(*decoder, kHead + Row({Field(good)}) + Row({kNull}) + kEnd));
  EXPECT_EQ(batch->column(0)->null_count(), 1);
  for (size_t size = 0; size < good.size(); ++size) {
    auto broken = DecoderOf({pair});
    EXPECT_ERROR(Decode(*broken, kHead + Row({Field(good.substr(0, size))}) + kEnd),
                 ErrorCode::kData, "the server sent");
  }
}

TEST(CopyDecoder, TextsThatAreNoUtf8AreRefusedEvenIfTogetherTheyWould) {
  const std::vector<PostgresValue> text = {Of(PostgresKind::kText, arrow::utf8())};
  for (const std::string& bad : {std::string("\xff"), std::string("\xed\xa0\x80")}) {
    auto decoder = DecoderOf(text);
    EXPECT_ERROR(Decode(*decoder, kHead + Row({Field(bad)}) + kEnd), ErrorCode::kData, "UTF-8");
  }
  auto halves = DecoderOf(text);
  EXPECT_ERROR(Decode(*halves, kHead + Row({Field("\xc3")}) + Row({Field("\xa9")}) + kEnd),
               ErrorCode::kData, "UTF-8");
}

TEST(CopyDecoder, ARestartPassesOverWhatWasRead) {
  const std::vector<PostgresValue> number = {Of(PostgresKind::kInt4, arrow::int32())};
  std::string rows;
  for (int i = 0; i < 10; ++i) rows += Row({Field(Int4(i))});
  auto decoder = DecoderOf(number);
  const std::string first = kHead + rows.substr(0, 35);  // three rows and a half
  ASSERT_OK(Take(*decoder, first));
  EXPECT_EQ(decoder->stream_rows(), 3);
  decoder->Restart(decoder->stream_rows());
  ASSERT_OK_AND_ASSIGN(const auto batch, Decode(*decoder, kHead + rows + kEnd));
  EXPECT_EQ(Text(*batch), "0,1,2,3,4,5,6,7,8,9;");
}

}  // namespace
}  // namespace bowyer
