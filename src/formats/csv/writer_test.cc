#include "formats/csv/writer.h"

#include <arrow/builder.h>

#include <random>

#include "formats/csv/split.h"
#include "formats/text/encode_test.h"
#include "matchers.h"

namespace bowyer {
namespace {

std::string Csv(const std::shared_ptr<arrow::RecordBatch>& batch, CsvWriteOptions csv = {}) {
  WriteOptions options;
  options.csv = std::move(csv);
  const auto text = Encode(MakeCsvEncoder, {batch}, options);
  return text.ok() ? *text : Describe(text.status());
}

// The lines of one column of text, header left out, beside a column that keeps lines from being
// empty.
std::string TextLines(std::string_view json, CsvWriteOptions csv = {}) {
  csv.header = false;
  const auto array = ArrayOf(arrow::utf8(), json);
  const auto ones = arrow::MakeArrayFromScalar(arrow::Int8Scalar(1), array->length()).ValueOrDie();
  return Csv(BatchOf({{"n", ones}, {"t", array}}), csv);
}

TEST(CsvWriter, RowsFollowTheHeader) {
  EXPECT_EQ(Csv(BatchOf({{"id", ArrayOf(arrow::int64(), "[1, -20, 9223372036854775807]")},
                         {"amount", ArrayOf(arrow::float64(), "[1, 12.5, null]")},
                         {"name", ArrayOf(arrow::utf8(), R"(["books", null, "toys"])")}})),
            "id,amount,name\n"
            "1,1.0,books\n"
            "-20,12.5,\n"
            "9223372036854775807,,toys\n");
}

TEST(CsvWriter, QuotesOnlyWhatNeedsThem) {
  EXPECT_EQ(TextLines(R"(["plain", "a,b", "a\"b", "a\nb", "a\rb", "", null, " a", "a\t", "a b"])"),
            "1,plain\n1,\"a,b\"\n1,\"a\"\"b\"\n1,\"a\nb\"\n1,\"a\rb\"\n1,\"\"\n1,\n1,\" a\"\n"
            "1,\"a\t\"\n1,a b\n");
  EXPECT_EQ(TextLines(R"(["sixteen bytes xx", "sixteen bytes x,", "seventeen bytes xx",
                          "seventeen, bytes x", "very much longer than any of the others, yes"])"),
            "1,sixteen bytes xx\n1,\"sixteen bytes x,\"\n1,seventeen bytes xx\n"
            "1,\"seventeen, bytes x\"\n1,\"very much longer than any of the others, yes\"\n");
}

TEST(CsvWriter, CharacterThatNeedsQuotesIsFoundAtEveryPlace) {
  for (int size = 1; size <= 40; ++size) {
    for (int place = 0; place < size; ++place) {
      for (const char special : {',', '"', '\n', '\r'}) {
        std::string text(static_cast<size_t>(size), 'x');
        text[static_cast<size_t>(place)] = special;
        arrow::StringBuilder builder;
        ASSERT_OK(builder.Append(text));
        ASSERT_OK(builder.Append("yyyyyyyyyyyyyyyyyyyyyyyy"));
        ASSERT_OK_AND_ASSIGN(auto array, builder.Finish());
        std::string quoted = special == '"' ? text.insert(static_cast<size_t>(place), "\"") : text;
        EXPECT_EQ(Csv(BatchOf({{"t", array}}), {.header = false}),
                  '"' + quoted + "\"\nyyyyyyyyyyyyyyyyyyyyyyyy\n");
      }
    }
  }
}

TEST(CsvWriter, NullSpellingIsBareAndItsLookalikesAreQuoted) {
  EXPECT_EQ(TextLines(R"(["NA", null, "", "NAN"])", {.null_spelling = "NA"}),
            "1,\"NA\"\n1,NA\n1,\"\"\n1,NAN\n");
  EXPECT_EQ(Csv(BatchOf({{"a", ArrayOf(arrow::int32(), "[1, null]")}}),
                {.header = false, .null_spelling = "-1"}),
            "1\n-1\n");
}

TEST(CsvWriter, NumberThatIsSpelledLikeNullIsRefused) {
  const auto text = Csv(BatchOf({{"a", ArrayOf(arrow::int32(), "[1, -1, null]")}}),
                        {.header = false, .null_spelling = "-1"});
  EXPECT_NE(text.find("row 2, column a: the value \"-1\" is spelled like null"), std::string::npos)
      << text;
}

TEST(CsvWriter, NullsOfASingleColumnAreLinesThatReadersKeep) {
  EXPECT_EQ(Csv(BatchOf({{"a", ArrayOf(arrow::int32(), "[1, null]")}})), "a\n1\n\"\"\n");
  EXPECT_EQ(Csv(BatchOf({{"a", ArrayOf(arrow::utf8(), R"(["x", null, ""])")}})), "a\nx\n\n\"\"\n");
}

TEST(CsvWriter, NamesAreQuotedLikeText) {
  EXPECT_EQ(Csv(BatchOf({{"# a", ArrayOf(arrow::int32(), "[]")},
                         {"line\nbreak", ArrayOf(arrow::int32(), "[]")},
                         {"", ArrayOf(arrow::int32(), "[]")}})),
            "\"# a\",\"line\nbreak\",\"\"\n");
}

TEST(CsvWriter, LineThatLooksLikeACommentOrAByteOrderMarkIsQuoted) {
  EXPECT_EQ(Csv(BatchOf({{"a", ArrayOf(arrow::utf8(), R"(["#1", "a#", "\ufeffb"])")},
                         {"b", ArrayOf(arrow::utf8(), R"(["#1", "x", "y"])")}}),
                {.header = false}),
            "\"#1\",#1\na#,x\n\"\xEF\xBB\xBF"
            "b\",y\n");
}

TEST(CsvWriter, DelimiterThatNumbersContainMakesThemQuoted) {
  EXPECT_EQ(Csv(BatchOf({{"a", ArrayOf(arrow::float64(), "[1.5]")},
                         {"b", ArrayOf(arrow::int64(), "[-7]")}}),
                {.delimiter = '.'}),
            "a.b\n\"1.5\".-7\n");
}

TEST(CsvWriter, NestedValuesAreJsonText) {
  EXPECT_EQ(Csv(BatchOf({{"l", ArrayOf(arrow::list(arrow::int32()), "[[1, 2], null, [], [7]]")},
                         {"s", ArrayOf(arrow::struct_({arrow::field("x", arrow::utf8())}),
                                       R"([{"x": "a"}, null, {"x": null}, {"x": "\""}])")}}),
                {.header = false}),
            "\"[1,2]\",\"{\"\"x\"\":\"\"a\"\"}\"\n,\n[],\"{\"\"x\"\":null}\"\n"
            "[7],\"{\"\"x\"\":\"\"\\\"\"\"\"}\"\n");
}

TEST(CsvWriter, DictionariesAndRunsAreTheirValues) {
  const auto dictionary =
      arrow::json::DictArrayFromJSONString(arrow::dictionary(arrow::int8(), arrow::utf8()),
                                           "[1, null, 0, 2]", R"(["a,b", "plain", null])")
          .ValueOrDie();
  EXPECT_EQ(Csv(BatchOf({{"d", dictionary}, {"n", ArrayOf(arrow::int8(), "[1, 2, 3, 4]")}}),
                {.header = false}),
            "plain,1\n,2\n\"a,b\",3\n,4\n");
}

TEST(CsvWriter, RandomTextIsSplitBackIntoItself) {
  std::mt19937_64 random(1);
  for (const char delimiter : {',', '\t', ';', 'x'}) {
    const std::string alphabet =
        std::string("aaaaaaaaaaaaaaaa \"\n\r#.é😀") + delimiter + std::string(1, '\0');
    std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>> columns;
    std::vector<std::vector<std::string>> texts(3);
    for (size_t c = 0; c < texts.size(); ++c) {
      arrow::StringBuilder builder;
      for (int row = 0; row < 3000; ++row) {
        std::string text;
        const size_t length = random() % (row % 10 == 0 ? 9000 : 40);
        while (text.size() < length) {
          size_t at = random() % alphabet.size();
          while ((alphabet[at] & 0xC0) == 0x80) --at;  // a character's first byte
          size_t bytes = 1;
          while (at + bytes < alphabet.size() && (alphabet[at + bytes] & 0xC0) == 0x80) ++bytes;
          text += alphabet.substr(at, bytes);
        }
        ASSERT_OK(builder.Append(text));
        texts[c].push_back(text);
      }
      ASSERT_OK_AND_ASSIGN(auto array, builder.Finish());
      columns.emplace_back("c" + std::to_string(c), array);
    }
    const std::string written = Csv(BatchOf(columns), {.delimiter = delimiter, .header = false});
    CsvDialect dialect;
    dialect.delimiter = delimiter;
    dialect.header = false;
    RecordSplitter splitter(written, dialect);
    RecordSpan record;
    std::string buffer;
    size_t row = 0;
    while (splitter.Next(&record)) {
      ASSERT_EQ(record.fault, RecordFault::kNone);
      ASSERT_EQ(record.fields.size(), texts.size());
      for (size_t c = 0; c < texts.size(); ++c) {
        const FieldSpan& field = record.fields[c];
        const auto raw = std::string_view(written).substr(field.begin, field.end - field.begin);
        ASSERT_EQ(FieldValue(raw, field.quoted, dialect, &buffer), texts[c][row]);
        ASSERT_TRUE(field.quoted || !texts[c][row].empty());
      }
      ++row;
    }
    EXPECT_EQ(row, texts[0].size());
  }
}

TEST(CsvWriter, InvalidUtf8NamesColumnAndRow) {
  arrow::StringBuilder builder;
  ASSERT_OK(builder.Append("good"));
  ASSERT_OK(builder.Append("\xFFlatin"));
  ASSERT_OK_AND_ASSIGN(auto array, builder.Finish());
  const auto batch = BatchOf({{"town", array}});
  const auto good = batch->Slice(0, 1);
  const auto text = Encode(MakeCsvEncoder, {good, good, batch});
  EXPECT_ERROR(text, ErrorCode::kData, "column town");
  EXPECT_ERROR(text, ErrorCode::kData, "row 4");
  EXPECT_ERROR(text, ErrorCode::kData, "not valid UTF-8");
}

TEST(CsvWriter, WithoutQuotesWhatNeedsThemIsRefused) {
  EXPECT_EQ(TextLines(R"(["a\"b"])", {.quote = 0}), "1,a\"b\n");
  EXPECT_NE(TextLines(R"(["a,b"])", {.quote = 0}).find("there are no quotes"), std::string::npos);
  EXPECT_NE(TextLines(R"([""])", {.quote = 0}).find("would read as null"), std::string::npos);
}

TEST(CsvWriter, OptionsThatContradictAreRefused) {
  const auto batch = BatchOf({{"a", ArrayOf(arrow::int32(), "[]")}});
  const auto with = [&](CsvWriteOptions csv) {
    WriteOptions options;
    options.csv = std::move(csv);
    return Encode(MakeCsvEncoder, {batch}, options);
  };
  EXPECT_ERROR(with({.delimiter = '"'}), ErrorCode::kUsage, "both");
  EXPECT_ERROR(with({.delimiter = '\n'}), ErrorCode::kUsage, "delimiter");
  EXPECT_ERROR(with({.null_spelling = "a,b"}), ErrorCode::kUsage, "null spelling");
  EXPECT_ERROR(Encode(MakeCsvEncoder, {BatchOf({})}), ErrorCode::kData, "without columns");
}

TEST(CsvWriter, SlicesOfManyBatchesKeepTheirOrder) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  std::string expected = "i,t\n";
  int64_t number = 0;
  for (const int rows : {200000, 0, 1, 70000, 17}) {
    arrow::Int64Builder integers;
    arrow::StringBuilder texts;
    for (int i = 0; i < rows; ++i, ++number) {
      const std::string text(static_cast<size_t>(number % 37), 'z');
      ASSERT_OK(integers.Append(number));
      ASSERT_OK(texts.Append(text));
      expected += std::to_string(number) + ',' + (text.empty() ? "\"\"" : text) + '\n';
    }
    ASSERT_OK_AND_ASSIGN(auto integer_array, integers.Finish());
    ASSERT_OK_AND_ASSIGN(auto text_array, texts.Finish());
    batches.push_back(BatchOf({{"i", integer_array}, {"t", text_array}}));
  }
  ASSERT_OK_AND_ASSIGN(const auto text, Encode(MakeCsvEncoder, batches));
  EXPECT_EQ(text, expected);
}

TEST(CsvWriter, ManySmallBatchesAreOneText) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  std::string expected = "t\n";
  const auto good = BatchOf({{"t", ArrayOf(arrow::utf8(), R"(["a", "b", "c"])")}});
  for (int i = 0; i < 1000; ++i) {
    batches.push_back(good->Slice(i % 3));
    for (int row = i % 3; row < 3; ++row) expected += std::string(1, "abc"[row]) + '\n';
  }
  ASSERT_OK_AND_ASSIGN(const auto text, Encode(MakeCsvEncoder, batches));
  EXPECT_EQ(text, expected);

  arrow::StringBuilder builder;
  ASSERT_OK(builder.Append("x"));
  ASSERT_OK(builder.Append("\xFF"));
  ASSERT_OK_AND_ASSIGN(auto broken, builder.Finish());
  batches.push_back(BatchOf({{"t", broken}}));
  batches.push_back(good);
  EXPECT_ERROR(Encode(MakeCsvEncoder, batches), ErrorCode::kData, "row 2,003");
}

TEST(CsvWriter, RowsFarLargerThanTheSampleStayWithinTheBudget) {
  // 4,000 rows of 256 KiB each from one dictionary value, all but the sampled ones.
  arrow::StringBuilder values;
  ASSERT_OK(values.Append("short"));
  ASSERT_OK(values.Append(std::string(256 << 10, 'x')));
  ASSERT_OK_AND_ASSIGN(auto dictionary, values.Finish());
  arrow::Int32Builder indices;
  for (int i = 0; i < 4000; ++i) ASSERT_OK(indices.Append(i % 250 == 0 ? 0 : 1));
  ASSERT_OK_AND_ASSIGN(auto index_array, indices.Finish());
  ASSERT_OK_AND_ASSIGN(auto array, arrow::DictionaryArray::FromArrays(index_array, dictionary));
  const auto batch = BatchOf({{"t", array}});

  class Counter : public arrow::io::OutputStream {
   public:
    arrow::Status Write(const void*, int64_t bytes) override {
      bytes_ += bytes;
      return arrow::Status::OK();
    }
    arrow::Status Close() override { return arrow::Status::OK(); }
    bool closed() const override { return false; }
    arrow::Result<int64_t> Tell() const override { return bytes_; }
    int64_t bytes_ = 0;
  };
  auto counter = std::make_shared<Counter>();
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make({.threads = 2}));
  ASSERT_OK_AND_ASSIGN(auto encoder, MakeCsvEncoder(context, batch->schema(), counter, {}));
  ASSERT_OK(encoder->Write(batch));
  ASSERT_OK(encoder->Finish());
  EXPECT_EQ(counter->bytes_, 2 + 16 * 6 + 3984 * ((256 << 10) + 1));
  EXPECT_LT(context->memory_pool()->max_memory(), 32 << 20);
}

}  // namespace
}  // namespace bowyer
