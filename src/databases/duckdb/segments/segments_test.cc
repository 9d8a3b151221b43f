// Encodings of row groups, read back by DuckDB. tests/test_duckdb_segments.py has more values and
// another version of DuckDB; this runs under the sanitizers.
#include <arrow/table.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "databases/duckdb/segments/symbol_table.h"
#include "databases/duckdb/sink.h"
#include "databases/duckdb/source.h"
#include "formats/parquet/random_arrays.h"
#include "matchers.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

using segments::SymbolTable;
using segments::TextSpan;

// As any reader of the format does it.
std::string Decode(const std::vector<uint8_t>& table, std::span<const uint8_t> codes) {
  std::vector<std::string> symbols;
  size_t at = 17;
  for (const size_t size : {2, 3, 4, 5, 6, 7, 8, 1}) {
    for (int i = 0; i < table[9 + size - 1]; ++i, at += size) {
      symbols.emplace_back(reinterpret_cast<const char*>(table.data()) + at, size);
    }
  }
  EXPECT_EQ(at, table.size());
  std::string text;
  for (size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] == 255) {
      text += static_cast<char>(codes[++i]);
    } else {
      text += symbols.at(codes[i]);
    }
  }
  return text;
}

TEST(SymbolTable, GivesBackEveryText) {
  std::mt19937_64 random(1);
  const std::vector<std::string> words = {
      "order ", "number ", "of user ",     std::string("\0\0", 2),
      "ä",      "日本",    "\xff\xff\xff", "aaaaaaaaaaaa"};
  for (int round = 0; round < 20; ++round) {
    std::vector<std::string> texts;
    for (int i = 0; i < 500; ++i) {
      std::string text;
      for (uint64_t parts = random() % 12; parts > 0; --parts) {
        if (random() % 3 != 0) {
          text += words[random() % words.size()];
        } else {
          // A few letters in one round, all bytes in another.
          text += static_cast<char>(random() % (round % 2 == 0 ? 256 : 4));
        }
      }
      texts.push_back(text);
    }
    std::vector<std::string> padded;
    std::vector<TextSpan> spans;
    for (const std::string& text : texts) padded.push_back(text + std::string(8, 'x'));
    for (size_t i = 0; i < texts.size(); ++i) {
      spans.push_back({reinterpret_cast<const uint8_t*>(padded[i].data()),
                       static_cast<uint32_t>(texts[i].size())});
    }
    // Trained on some of them: the others are new to it.
    const SymbolTable table(std::span<const TextSpan>(spans).first(100));
    const std::vector<uint8_t> serialized = table.Serialized();
    size_t before = 0, after = 0;
    for (size_t i = 0; i < texts.size(); ++i) {
      std::vector<uint8_t> codes(2 * texts[i].size() + 1);
      const auto size = static_cast<size_t>(table.Encode(spans[i], codes.data()) - codes.data());
      ASSERT_LE(size, 2 * texts[i].size());
      ASSERT_EQ(Decode(serialized, std::span<const uint8_t>(codes).first(size)), texts[i]);
      before += texts[i].size();
      after += size;
    }
    EXPECT_LT(after, before);
  }
}

// A row group and the beginning of the next.
constexpr int64_t kRows = 130'000;

std::shared_ptr<arrow::Array> SpecialDoubles() {
  constexpr double kSome[] = {0.0,
                              -0.0,
                              1.25,
                              1e300,
                              -1e-300,
                              std::numeric_limits<double>::infinity(),
                              -std::numeric_limits<double>::infinity()};
  arrow::DoubleBuilder builder;
  for (int64_t i = 0; i < kRows; ++i) EXPECT_TRUE(builder.Append(kSome[i % 7]).ok());
  return builder.Finish().ValueOrDie();
}

std::shared_ptr<arrow::Array> Texts(bool alike) {
  arrow::StringBuilder builder;
  for (int64_t i = 0; i < kRows; ++i) {
    const std::string text =
        alike ? "a longer name " + std::to_string(i * 7919 % 9'000)
              : "order " + std::to_string(i) + " of user " + std::to_string(i * 7919 % 100'003);
    EXPECT_TRUE(builder.Append(text).ok());
  }
  return builder.Finish().ValueOrDie();
}

arrow::FieldVector TypesOfOurs() {
  arrow::FieldVector fields;
  for (const auto& type :
       {arrow::boolean(), arrow::int8(), arrow::int16(), arrow::int32(), arrow::int64(),
        arrow::uint8(), arrow::uint16(), arrow::uint32(), arrow::uint64(), arrow::float32(),
        arrow::float64(), arrow::date32(), arrow::time64(arrow::TimeUnit::MICRO),
        arrow::decimal128(9, 2), arrow::decimal128(38, 5), arrow::utf8(), arrow::binary()}) {
    fields.push_back(arrow::field(type->ToString(), type));
  }
  return fields;
}

TEST(Segments, ValuesComeBackFromTheFile) {
  RandomArrays random(5);
  for (const Spread spread : {Spread::kAny, Spread::kFew, Spread::kRising, Spread::kOne}) {
    for (const double nulls : {0.0, 0.3, 1.0}) {
      arrow::FieldVector fields = TypesOfOurs();
      arrow::ArrayVector arrays;
      for (const auto& field : fields) {
        arrays.push_back(random.Make(field->type(), kRows, nulls, spread));
      }
      const auto add = [&](const std::string& name, std::shared_ptr<arrow::Array> array) {
        fields.push_back(arrow::field(name, array->type()));
        arrays.push_back(std::move(array));
      };
      add("special", SpecialDoubles());
      add("alike", Texts(true));
      add("sentences", Texts(false));
      const auto batch = arrow::RecordBatch::Make(arrow::schema(fields), kRows, arrays);

      const TemporaryFolder folder;
      const Location location{.scheme = "duckdb", .path = folder / "d.duckdb", .table = "t"};
      const auto context = Context::Make({.threads = 2}).ValueOrDie();
      ASSERT_OK_AND_ASSIGN(const auto sink, MakeDuckDbSink(context, location, {}));
      ASSERT_OK(sink->Begin(batch->schema(), ""));
      ASSERT_OK_AND_ASSIGN(const auto writer, sink->Open(Chunk{}));
      ASSERT_OK(writer->Write(batch));
      ASSERT_OK(writer->Commit({}));
      ASSERT_OK(sink->Finish());
      ASSERT_OK_AND_ASSIGN(const auto source, OpenDuckDbSource(context, location));
      ASSERT_OK_AND_ASSIGN(const auto reader, source->Open(Chunk{}, {}));
      ASSERT_OK_AND_ASSIGN(const auto there, reader->ToTable());
      ASSERT_EQ(there->num_rows(), kRows);
      const auto exactly = arrow::EqualOptions().nans_equal(true).signed_zeros_equal(false);
      for (int i = 0; i < batch->num_columns(); ++i) {
        EXPECT_TRUE(there->column(i)->Equals(arrow::ChunkedArray(batch->column(i)), exactly))
            << batch->schema()->field(i)->name() << ", spread " << static_cast<int>(spread)
            << ", nulls " << nulls;
      }
    }
  }
}

}  // namespace
}  // namespace bowyer
