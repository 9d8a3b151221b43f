#include "core/digest.h"

#include <arrow/array/concatenate.h>
#include <arrow/compute/cast.h>
#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>
#include <arrow/table.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>

#include "matchers.h"
#include "table_of.h"

namespace bowyer {
namespace {

using Arrays = arrow::ArrayVector;

std::shared_ptr<arrow::RecordBatch> BatchOf(const Arrays& arrays) {
  arrow::FieldVector fields;
  for (const auto& array : arrays) fields.push_back(arrow::field("c", array->type()));
  return arrow::RecordBatch::Make(arrow::schema(fields), arrays.at(0)->length(), arrays);
}

TableDigest DigestOf(const Arrays& arrays) {
  TableDigest digest(static_cast<int>(arrays.size()));
  EXPECT_TRUE(digest.Add(*BatchOf(arrays)).ok());
  return digest;
}

std::shared_ptr<arrow::Array> ArrayOf(const std::shared_ptr<arrow::DataType>& type,
                                      const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

std::string TextOf(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
  return DigestOf({ArrayOf(type, json)}).ToText();
}

std::shared_ptr<arrow::Array> CastTo(const std::shared_ptr<arrow::Array>& array,
                                     const std::shared_ptr<arrow::DataType>& type) {
  return arrow::compute::Cast(*array, type).ValueOrDie();
}

// Columns of several kinds, with nulls, long enough for several blocks.
Arrays Mixed(int64_t rows) {
  std::mt19937_64 random(7);
  arrow::Int64Builder ints;
  arrow::StringBuilder texts;
  arrow::Decimal128Builder decimals(arrow::decimal128(30, 2));
  arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::Int32Builder>());
  auto& items = static_cast<arrow::Int32Builder&>(*lists.value_builder());
  for (int64_t i = 0; i < rows; ++i) {
    EXPECT_TRUE(
        (i % 7 == 0 ? ints.AppendNull() : ints.Append(static_cast<int64_t>(random()))).ok());
    EXPECT_TRUE(texts.Append(std::string(random() % 40, static_cast<char>('a' + i % 26))).ok());
    EXPECT_TRUE(decimals.Append(arrow::Decimal128(static_cast<int64_t>(random()))).ok());
    EXPECT_TRUE(lists.Append().ok());
    for (uint64_t k = random() % 5; k > 0; --k) EXPECT_TRUE(items.Append(static_cast<int>(k)).ok());
  }
  return {ints.Finish().ValueOrDie(), texts.Finish().ValueOrDie(), decimals.Finish().ValueOrDie(),
          lists.Finish().ValueOrDie()};
}

TEST(Digest, IsTheSameInAnyOrder) {
  const Arrays columns = Mixed(5000);
  std::vector<int64_t> order(5000);
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
  std::shuffle(order.begin(), order.end(), std::mt19937(3));
  TableDigest shuffled(4);
  const auto batch = BatchOf(columns);
  for (const int64_t row : order) ASSERT_OK(shuffled.Add(*batch->Slice(row, 1)));
  EXPECT_EQ(DigestOf(columns).ToText(), shuffled.ToText());
}

TEST(Digest, IsTheSameInAnyChunks) {
  const Arrays columns = Mixed(5000);
  const auto batch = BatchOf(columns);
  const TableDigest whole = DigestOf(columns);
  for (const int64_t step : {1, 7, 64, 1000, 1024, 1025, 4999}) {
    TableDigest all(4);
    for (int64_t first = 0; first < 5000; first += step) {
      TableDigest part(4);
      ASSERT_OK(part.Add(*batch->Slice(first, step)));
      ASSERT_OK_AND_ASSIGN(const auto again, TableDigest::Parse(part.ToText()));
      ASSERT_OK(all.Merge(again));
    }
    EXPECT_TRUE(all == whole) << step;
  }
  EXPECT_EQ(whole.rows(), 5000);
}

TEST(Digest, TextIsExactAndOthersAreRefused) {
  const TableDigest digest = DigestOf(Mixed(10));
  ASSERT_OK_AND_ASSIGN(const auto again, TableDigest::Parse(digest.ToText()));
  EXPECT_TRUE(again == digest);
  EXPECT_EQ(again.ToText(), digest.ToText());
  ASSERT_OK_AND_ASSIGN(const auto none, TableDigest::Parse(TableDigest(0).ToText()));
  EXPECT_EQ(none.rows(), 0);
  const std::string text = digest.ToText();
  for (const std::string& wrong :
       {std::string(), std::string("1:"), std::string("1:5"), std::string("1:5:"), "2" + text,
        text + "0", text.substr(0, text.size() - 1), "1:-" + text.substr(2),
        text.substr(0, text.size() - 1) + "x"}) {
    EXPECT_ERROR(TableDigest::Parse(wrong), ErrorCode::kData, "no digest");
  }
  TableDigest other(3);
  EXPECT_ERROR(other.Merge(digest), ErrorCode::kInternal, "4");
  EXPECT_ERROR(other.Add(*BatchOf(Mixed(1))), ErrorCode::kInternal, "4");
}

TEST(Digest, TellsSwappedValuesByTheTableAlone) {
  const TableDigest a = DigestOf(
      {ArrayOf(arrow::int32(), "[1, 2, 3]"), ArrayOf(arrow::utf8(), R"(["x", "y", "z"])")});
  const TableDigest b = DigestOf(
      {ArrayOf(arrow::int32(), "[1, 2, 3]"), ArrayOf(arrow::utf8(), R"(["y", "x", "z"])")});
  EXPECT_FALSE(a == b);
  EXPECT_TRUE(a.DifferingColumns(b).empty());
  EXPECT_EQ(a.ColumnText(1), b.ColumnText(1));
  EXPECT_NE(a.TableText(), b.TableText());
  // And between columns of one row.
  const TableDigest c = DigestOf({ArrayOf(arrow::int32(), "[1]"), ArrayOf(arrow::int32(), "[2]")});
  const TableDigest d = DigestOf({ArrayOf(arrow::int32(), "[2]"), ArrayOf(arrow::int32(), "[1]")});
  EXPECT_EQ(c.DifferingColumns(d), (std::vector<int>{0, 1}));
}

TEST(Digest, TellsRowsThatAreThereTwiceOrNot) {
  EXPECT_NE(TextOf(arrow::int32(), "[1, 1]"), TextOf(arrow::int32(), "[1]"));
  EXPECT_NE(TextOf(arrow::int32(), "[1, 1]"), TextOf(arrow::int32(), "[2, 0]"));
  EXPECT_NE(TextOf(arrow::int32(), "[1, 1, 4]"), TextOf(arrow::int32(), "[2, 2, 2]"));
  EXPECT_NE(TextOf(arrow::int32(), "[]"), TextOf(arrow::int32(), "[0]"));
  EXPECT_NE(TextOf(arrow::int32(), "[null]"), TextOf(arrow::int32(), "[]"));
}

TEST(Digest, EachBitOfAValueCounts) {
  std::set<std::string> seen;
  for (int bit = 0; bit < 64; ++bit) {
    arrow::UInt64Builder words;
    arrow::FixedSizeBinaryBuilder bytes(arrow::fixed_size_binary(23));
    const uint64_t word = uint64_t{1} << bit;
    ASSERT_OK(words.Append(word));
    std::string long_text(23, '\0');
    long_text[static_cast<size_t>(bit / 8 * 2)] = static_cast<char>(1 << bit % 8);
    ASSERT_OK(bytes.Append(long_text));
    seen.insert(DigestOf({words.Finish().ValueOrDie()}).ToText());
    seen.insert(DigestOf({bytes.Finish().ValueOrDie()}).ToText());
  }
  EXPECT_EQ(seen.size(), 128U);
  // Texts of all lengths, which differ by one byte at any place.
  seen.clear();
  size_t texts = 0;
  for (size_t size = 0; size < 70; ++size) {
    for (size_t at = 0; at <= size; ++at) {
      std::string text(size, 'a');
      if (at < size) text[at] = 'b';
      arrow::StringBuilder builder;
      ASSERT_OK(builder.Append(text));
      seen.insert(DigestOf({builder.Finish().ValueOrDie()}).ColumnText(0));
      ++texts;
    }
  }
  EXPECT_EQ(seen.size(), texts);
}

// Of a hash, each bit changes with each bit of the value about every second time.
TEST(Digest, HashesAreWellMixed) {
  std::mt19937_64 random(11);
  for (const bool as_text : {false, true}) {
    std::vector<int> flips(128);
    constexpr int kTries = 4000;
    for (int i = 0; i < kTries; ++i) {
      const uint64_t value = i % 2 == 0 ? random() : static_cast<uint64_t>(i);
      const auto hash = [&](uint64_t v) {
        std::shared_ptr<arrow::Array> array;
        if (as_text) {
          arrow::BinaryBuilder builder;
          EXPECT_TRUE(builder.Append(reinterpret_cast<const uint8_t*>(&v), 8).ok());
          array = builder.Finish().ValueOrDie();
        } else {
          arrow::Int64Builder builder;
          EXPECT_TRUE(builder.Append(static_cast<int64_t>(v)).ok());
          array = builder.Finish().ValueOrDie();
        }
        return DigestOf({array}).ColumnText(0);
      };
      const std::string a = hash(value), b = hash(value ^ (uint64_t{1} << (i / 2 % 64)));
      for (size_t digit = 0; digit < 32; ++digit) {
        const int difference =
            std::stoi(a.substr(digit, 1), nullptr, 16) ^ std::stoi(b.substr(digit, 1), nullptr, 16);
        for (int bit = 0; bit < 4; ++bit)
          flips[digit * 4 + static_cast<size_t>(bit)] += difference >> bit & 1;
      }
    }
    for (const int count : flips) EXPECT_NEAR(count, kTries / 2, kTries / 16) << as_text;
  }
}

TEST(Digest, WholeNumbersOfAnyType) {
  const std::string numbers = "[0, 1, 100, 127, null]";
  const std::string expected = TextOf(arrow::int64(), numbers);
  for (const auto& type : {arrow::int8(), arrow::int16(), arrow::int32(), arrow::uint8(),
                           arrow::uint16(), arrow::uint32(), arrow::uint64()}) {
    EXPECT_EQ(TextOf(type, numbers), expected) << *type;
  }
  const std::string decimals = R"(["0", "1", "100", "127", null])";
  for (const auto& type : {arrow::decimal32(9, 0), arrow::decimal64(18, 0),
                           arrow::decimal128(38, 0), arrow::decimal256(76, 0)}) {
    EXPECT_EQ(TextOf(type, decimals), expected) << *type;
  }
  EXPECT_EQ(TextOf(arrow::decimal128(12, 2), R"(["0.00", "1.00", "100.00", "127.00", null])"),
            expected);
  EXPECT_EQ(TextOf(arrow::boolean(), "[true, false, null]"), TextOf(arrow::int8(), "[1, 0, null]"));
  EXPECT_EQ(TextOf(arrow::int8(), "[-1]"), TextOf(arrow::int64(), "[-1]"));
  EXPECT_EQ(TextOf(arrow::uint64(), "[18446744073709551615, 9223372036854775808]"),
            TextOf(arrow::decimal128(38, 0), R"(["9223372036854775808", "18446744073709551615"])"));
  EXPECT_NE(TextOf(arrow::uint64(), "[18446744073709551615]"), TextOf(arrow::int8(), "[-1]"));
}

TEST(Digest, DecimalsOfAnyScale) {
  const std::string expected = TextOf(arrow::decimal128(12, 2), R"(["12.50", "-3.07", "0.00"])");
  EXPECT_EQ(TextOf(arrow::decimal128(20, 4), R"(["12.5000", "-3.0700", "0.0000"])"), expected);
  EXPECT_EQ(TextOf(arrow::decimal64(18, 3), R"(["12.500", "-3.070", "0.000"])"), expected);
  EXPECT_EQ(TextOf(arrow::decimal32(9, 2), R"(["12.50", "-3.07", "0.00"])"), expected);
  EXPECT_EQ(TextOf(arrow::decimal256(50, 30), R"(["12.500000000000000000000000000000",
                                                  "-3.070000000000000000000000000000",
                                                  "0.000000000000000000000000000000"])"),
            expected);
  EXPECT_NE(TextOf(arrow::decimal128(12, 2), R"(["1.25"])"),
            TextOf(arrow::decimal128(12, 1), R"(["12.5"])"));
  EXPECT_EQ(TextOf(arrow::decimal128(38, 2), R"(["123456789012345678901234567890.10"])"),
            TextOf(arrow::decimal256(60, 1), R"(["123456789012345678901234567890.1"])"));
  arrow::Decimal128Builder hundreds(arrow::decimal128(5, -2));
  ASSERT_OK(hundreds.Append(arrow::Decimal128(12)));
  EXPECT_EQ(DigestOf({hundreds.Finish().ValueOrDie()}).ToText(), TextOf(arrow::int32(), "[1200]"));
}

TEST(Digest, FloatingNumbers) {
  EXPECT_EQ(TextOf(arrow::float32(), "[1.5, -0.25, null]"),
            TextOf(arrow::float64(), "[1.5, -0.25, null]"));
  EXPECT_EQ(TextOf(arrow::float16(), "[1.5]"), TextOf(arrow::float64(), "[1.5]"));
  EXPECT_NE(TextOf(arrow::float64(), "[0.0]"), TextOf(arrow::float64(), "[-0.0]"));
  const auto of = [](uint64_t bits) {
    arrow::DoubleBuilder builder;
    double value;
    std::memcpy(&value, &bits, sizeof value);
    EXPECT_TRUE(builder.Append(value).ok());
    return DigestOf({builder.Finish().ValueOrDie()}).ToText();
  };
  EXPECT_EQ(of(0x7FF8000000000000), of(0xFFF8000000000001));
  EXPECT_NE(of(0x7FF8000000000000), of(0x7FF0000000000000));
  EXPECT_EQ(TextOf(arrow::float32(), "[NaN]"), TextOf(arrow::float64(), "[NaN]"));
}

TEST(Digest, TextsAndBytesInAnyLayout) {
  const std::string json = R"(["", "a", null, "a text longer than twelve bytes", "abc"])";
  const std::string expected = TextOf(arrow::utf8(), json);
  for (const auto& type :
       {arrow::large_utf8(), arrow::utf8_view(), arrow::binary(), arrow::large_binary(),
        arrow::binary_view(), arrow::extension::json(arrow::utf8())}) {
    EXPECT_EQ(DigestOf({CastTo(ArrayOf(arrow::utf8(), json), type)}).ToText(), expected) << *type;
  }
  for (const auto& index : {arrow::int8(), arrow::uint16(), arrow::int64()}) {
    EXPECT_EQ(TextOf(arrow::dictionary(index, arrow::utf8()), json), expected) << *index;
  }
  EXPECT_EQ(TextOf(arrow::fixed_size_binary(3), R"(["abc", "xyz"])"),
            TextOf(arrow::utf8(), R"(["abc", "xyz"])"));
  EXPECT_NE(TextOf(arrow::utf8(), R"([""])"), TextOf(arrow::utf8(), "[null]"));
}

TEST(Digest, DictionariesOfAnySize) {
  arrow::StringBuilder entries;
  for (int i = 0; i < 30'000; ++i) ASSERT_OK(entries.Append(std::to_string(i)));
  const auto dictionary = entries.Finish().ValueOrDie();
  const auto array =
      arrow::DictionaryArray::FromArrays(ArrayOf(arrow::int32(), "[29999, null, 5, 5]"), dictionary)
          .ValueOrDie();
  EXPECT_EQ(DigestOf({array}).ToText(), TextOf(arrow::utf8(), R"(["29999", null, "5", "5"])"));
}

TEST(Digest, UuidsAreTheirBytes) {
  const std::string text = R"(["550e8400-e29b-41d4-a716-446655440000", null])";
  const auto bytes = CastTo(ArrayOf(arrow::binary(), R"(["0123456789abcdef", null])"),
                            arrow::fixed_size_binary(16));
  const auto uuid = arrow::ExtensionType::WrapArray(arrow::extension::uuid(), bytes);
  EXPECT_EQ(DigestOf({uuid}).ToText(), DigestOf({bytes}).ToText());
  EXPECT_EQ(DigestOf({uuid}).ToText(),
            TextOf(arrow::utf8(), R"(["30313233-3435-3637-3839-616263646566", null])"));
  EXPECT_NE(TextOf(arrow::utf8(), text),
            TextOf(arrow::utf8(), R"(["550E8400-e29b-41d4-a716-446655440000", null])"));
}

TEST(Digest, InstantsOfAnyUnit) {
  using arrow::TimeUnit;
  const std::string seconds = R"(["2026-11-21 10:00:00", null, "1969-12-31 23:59:59"])";
  const std::string expected = TextOf(arrow::timestamp(TimeUnit::MICRO), seconds);
  for (const auto unit : {TimeUnit::SECOND, TimeUnit::MILLI, TimeUnit::NANO}) {
    EXPECT_EQ(TextOf(arrow::timestamp(unit), seconds), expected);
  }
  EXPECT_EQ(TextOf(arrow::timestamp(TimeUnit::MICRO, "UTC"), seconds), expected);
  EXPECT_NE(TextOf(arrow::timestamp(TimeUnit::NANO), "[1000]"),
            TextOf(arrow::timestamp(TimeUnit::NANO), "[1001]"));
  EXPECT_NE(TextOf(arrow::timestamp(TimeUnit::NANO), "[1]"),
            TextOf(arrow::timestamp(TimeUnit::MICRO), "[1]"));
  // Beyond what microseconds hold.
  EXPECT_NE(TextOf(arrow::timestamp(TimeUnit::SECOND), "[9223372036854775807]"),
            TextOf(arrow::timestamp(TimeUnit::SECOND), "[9223372036854775806]"));
  EXPECT_EQ(TextOf(arrow::time32(TimeUnit::SECOND), "[3600]"),
            TextOf(arrow::time64(TimeUnit::NANO), "[3600000000000]"));
  EXPECT_EQ(TextOf(arrow::date32(), "[3, -1]"), TextOf(arrow::date64(), "[259200000, -86400000]"));
  EXPECT_NE(TextOf(arrow::date32(), "[3]"), TextOf(arrow::int32(), "[3]"));
  EXPECT_EQ(TextOf(arrow::duration(TimeUnit::SECOND), "[2]"),
            TextOf(arrow::month_day_nano_interval(), "[[0, 0, 2000000000]]"));
  EXPECT_NE(TextOf(arrow::month_day_nano_interval(), "[[0, 30, 0]]"),
            TextOf(arrow::month_day_nano_interval(), "[[1, 0, 0]]"));
  EXPECT_EQ(TextOf(arrow::month_interval(), "[5]"),
            TextOf(arrow::month_day_nano_interval(), "[[5, 0, 0]]"));
}

TEST(Digest, NestedValues) {
  const std::string json = "[[1, 2], [], null, [null], [3]]";
  const std::string expected = TextOf(arrow::list(arrow::int32()), json);
  for (const auto& type : {arrow::large_list(arrow::int64()), arrow::list_view(arrow::int8()),
                           arrow::large_list_view(arrow::int16())}) {
    EXPECT_EQ(TextOf(type, json), expected) << *type;
  }
  EXPECT_EQ(TextOf(arrow::fixed_size_list(arrow::int32(), 2), "[[1, 2], null, [3, null]]"),
            TextOf(arrow::list(arrow::int32()), "[[1, 2], null, [3, null]]"));
  const auto list = [](const char* text) { return TextOf(arrow::list(arrow::int32()), text); };
  EXPECT_NE(list("[[1, 2]]"), list("[[2, 1]]"));
  EXPECT_NE(list("[[1], [2]]"), list("[[1, 2], []]"));
  EXPECT_NE(list("[[]]"), list("[null]"));
  EXPECT_NE(list("[[null]]"), list("[[]]"));
  const auto pair =
      arrow::struct_({arrow::field("a", arrow::int32()), arrow::field("b", arrow::utf8())});
  EXPECT_NE(TextOf(pair, R"([[1, null]])"), TextOf(pair, R"([null])"));
  EXPECT_NE(TextOf(pair, R"([[null, null]])"), TextOf(pair, R"([null])"));
  EXPECT_EQ(TextOf(arrow::map(arrow::utf8(), arrow::int32()), R"([[["x", 1], ["y", null]]])"),
            TextOf(arrow::list(arrow::struct_({arrow::field("key", arrow::utf8()),
                                               arrow::field("value", arrow::int32())})),
                   R"([[["x", 1], ["y", null]]])"));
}

TEST(Digest, SlicesOfNestedValues) {
  const Arrays columns = Mixed(3000);
  const auto deep =
      arrow::StructArray::Make({columns[3], columns[1]}, std::vector<std::string>{"l", "t"})
          .ValueOrDie();
  const auto copied = arrow::Concatenate({deep->Slice(1100, 900)}).ValueOrDie();
  EXPECT_EQ(DigestOf({deep->Slice(1100, 900)}).ToText(), DigestOf({copied}).ToText());
}

TEST(Digest, LongListsBeyondOneBlock) {
  arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::Int32Builder>());
  auto& items = static_cast<arrow::Int32Builder&>(*lists.value_builder());
  const auto make = [&](int last) {
    for (const int size : {3, 5000, 0, 2}) {
      EXPECT_TRUE(lists.Append().ok());
      for (int i = 0; i < size; ++i) EXPECT_TRUE(items.Append(i == 4999 ? last : i).ok());
    }
    return std::static_pointer_cast<arrow::ListArray>(lists.Finish().ValueOrDie());
  };
  const auto a = make(1), b = make(1), c = make(2);
  EXPECT_EQ(DigestOf({a}).ToText(), DigestOf({b}).ToText());
  EXPECT_NE(DigestOf({a}).ToText(), DigestOf({c}).ToText());
  const auto view = arrow::ListViewArray::FromList(*a, arrow::default_memory_pool()).ValueOrDie();
  EXPECT_EQ(DigestOf({a}).ToText(), DigestOf({view}).ToText());
}

TEST(Digest, UnionsAndRuns) {
  const auto fields =
      arrow::FieldVector{arrow::field("n", arrow::int32()), arrow::field("t", arrow::utf8())};
  const std::string json = R"([[0, 5], [1, "x"], [0, null]])";
  EXPECT_EQ(TextOf(arrow::dense_union(fields), json), TextOf(arrow::sparse_union(fields), json));
  EXPECT_NE(TextOf(arrow::dense_union(fields), R"([[0, null]])"),
            TextOf(arrow::dense_union(fields), R"([[1, null]])"));
  const auto runs = arrow::RunEndEncodedArray::Make(5, ArrayOf(arrow::int32(), "[2, 3, 5]"),
                                                    ArrayOf(arrow::utf8(), R"(["a", null, "b"])"))
                        .ValueOrDie();
  EXPECT_EQ(DigestOf({runs}).ToText(), TextOf(arrow::utf8(), R"(["a", "a", null, "b", "b"])"));
  EXPECT_EQ(DigestOf({runs->Slice(1, 3)}).ToText(), TextOf(arrow::utf8(), R"(["a", null, "b"])"));
}

TEST(Digest, NullsOfAnyTypeAreOneAndNoValue) {
  const std::string expected = TextOf(arrow::null(), "[null, null]");
  for (const auto& type : {arrow::int64(), arrow::utf8(), arrow::list(arrow::int8()),
                           arrow::dictionary(arrow::int8(), arrow::utf8()), arrow::utf8_view()}) {
    EXPECT_EQ(TextOf(type, "[null, null]"), expected) << *type;
  }
  // What lies under a null does not count.
  const auto values = arrow::Buffer::FromVector(std::vector<int64_t>{1, 99});
  const auto others = arrow::Buffer::FromVector(std::vector<int64_t>{1, -7});
  const auto bits = arrow::Buffer::FromVector(std::vector<uint8_t>{1});
  const auto array = [&](const std::shared_ptr<arrow::Buffer>& buffer) {
    return arrow::MakeArray(arrow::ArrayData::Make(arrow::int64(), 2, {bits, buffer}));
  };
  EXPECT_EQ(DigestOf({array(values)}).ToText(), DigestOf({array(others)}).ToText());
}

}  // namespace
}  // namespace bowyer
