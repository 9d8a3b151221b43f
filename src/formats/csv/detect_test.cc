// Dialect, header and names of small texts, each a case that some reader gets wrong.
#include "formats/csv/detect.h"

#include <arrow/type.h>


#include "formats/csv/detect_header.h"
#include "matchers.h"

namespace bowyer {
namespace {

arrow::Result<CsvLayout> Detect(std::string_view text, const ReadOptions& options = {},
                                bool whole = true) {
  return DetectCsv(text, whole, options, "t.csv");
}

std::string Types(const CsvLayout& layout) {
  std::string types;
  for (const auto& type : layout.types) types += (types.empty() ? "" : " ") + type->ToString();
  return types;
}

std::string Repeat(std::string_view line, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += line;
  return text;
}

using Names = std::vector<std::string>;

TEST(DetectCsv, PlainCommaFile) {
  ASSERT_OK_AND_ASSIGN(auto layout, Detect("id,name,at\n1,x,2026-01-02\n2,y,2026-01-03\n"));
  EXPECT_EQ(layout.dialect.delimiter, ',');
  EXPECT_EQ(layout.dialect.quote, '"');
  EXPECT_TRUE(layout.dialect.header);
  EXPECT_EQ(layout.names, (Names{"id", "name", "at"}));
  EXPECT_EQ(Types(layout), "int64 string date32[day]");
  EXPECT_EQ(layout.header_end, 11);
  EXPECT_EQ(layout.header_lines, 1);
}

TEST(DetectCsv, DecimalCommasDoNotMakeTheCommaADelimiter) {
  ASSERT_OK_AND_ASSIGN(auto layout, Detect("a;b\n1,5;2,5\n3,5;4,5\n"));
  EXPECT_EQ(layout.dialect.delimiter, ';');
}

TEST(DetectCsv, TabPipeAndSpace) {
  ASSERT_OK_AND_ASSIGN(auto tab, Detect("a\tb\n1\tx, y\n2\tz, w\n"));
  EXPECT_EQ(tab.dialect.delimiter, '\t');
  ASSERT_OK_AND_ASSIGN(auto pipe, Detect("1|a;b|2026-01-01 10:00:00\n2|c;d|2026-01-01 10:00:00\n"));
  EXPECT_EQ(pipe.dialect.delimiter, '|');
  ASSERT_OK_AND_ASSIGN(auto space, Detect("1 2.5 3\n4 5.5 6\n7 8.5 9\n"));
  EXPECT_EQ(space.dialect.delimiter, ' ');
}

TEST(DetectCsv, NumbersAcrossBlanksAreNoCommaFile) {
  const auto layout = Detect("1,5 2,7\n3,5 4,7\n5,5 6,7\n");
  EXPECT_TRUE(!layout.ok() || layout->dialect.delimiter == ' ');
}

TEST(DetectCsv, TimesDoNotMakeTheColonADelimiter) {
  ASSERT_OK_AND_ASSIGN(auto layout, Detect("at\n10:00:01\n10:00:02\n10:00:03\n"));
  EXPECT_EQ(layout.names, (Names{"at"}));
  EXPECT_EQ(Types(layout), "time64[us]");
}

TEST(DetectCsv, OneExtraCommaInFourHundredRowsKeepsTheColumns) {
  ASSERT_OK_AND_ASSIGN(auto layout, Detect("a,b,c\n" + Repeat("1,2,3\n", 200) + "1,2,3,4\n" +
                                           Repeat("1,2,3\n", 199)));
  EXPECT_EQ(layout.names, (Names{"a", "b", "c"}));
}

TEST(DetectCsv, WidthThatGrowsKeepsTheHeader) {
  ASSERT_OK_AND_ASSIGN(auto layout,
                       Detect("id,v\n" + Repeat("1,x\n", 1000) + Repeat("1,x,9\n", 9000)));
  EXPECT_EQ(layout.names, (Names{"id", "v"}));
}

TEST(DetectCsv, WidthThatGrowsEarlyIsRefused) {
  EXPECT_ERROR(Detect("id,v\n1,x\n" + Repeat("1,x,9\n", 100)), ErrorCode::kData, "line 3");
}

TEST(DetectCsv, OneColumnWithADelimiterInItsLastValue) {
  ASSERT_OK_AND_ASSIGN(auto layout, Detect("c0\nv0\na;b\n"));
  EXPECT_EQ(layout.names, (Names{"c0"}));
  EXPECT_EQ(layout.header_end, 3);
}

TEST(DetectCsv, RaggedLinesFullOfDelimitersAreNotOneColumn) {
  EXPECT_ERROR(Detect("a;b;c\n1;2\n1;2;3;4\n1\n1;2;3;4;5\n"), ErrorCode::kData, "--delimiter");
  EXPECT_ERROR(Detect("1%2%x\n2%3%y\n3%4%z\n"), ErrorCode::kData, "--delimiter");
}

TEST(DetectCsv, TwoDelimitersThatDivideEvenlyAreRefused) {
  EXPECT_ERROR(Detect("a;b,c\nd;e,f\n"), ErrorCode::kData, "divide its lines evenly");
}

TEST(DetectCsv, QuotedDelimitersAndLineEndsAreNoWidth) {
  ASSERT_OK_AND_ASSIGN(auto layout, Detect("a,b\n\"1,2\",x\n\"3\n4\",y\n"));
  EXPECT_EQ(layout.names, (Names{"a", "b"}));
}

TEST(DetectCsv, SingleQuotesWhereTheyGuardDelimiters) {
  ASSERT_OK_AND_ASSIGN(auto layout, Detect("a\tb\n1\t'x\ty'\n2\tz\n"));
  EXPECT_EQ(layout.dialect.quote, '\'');
  ASSERT_OK_AND_ASSIGN(auto prose, Detect("a,b\n1,'tis\n2,'x'\n3,y\n"));
  EXPECT_EQ(prose.dialect.quote, '"');
}

TEST(DetectCsv, BackslashEscapes) {
  ASSERT_OK_AND_ASSIGN(auto layout, Detect("a,b\n1,\"x \\\"y\\\" z\"\n2,\"u, \\\"v\\\"\"\n"));
  EXPECT_EQ(layout.dialect.escape, '\\');
  ASSERT_OK_AND_ASSIGN(auto path, Detect("a,b\n1,\"C:\\\"\n2,\"D:\\\"\n"));
  EXPECT_EQ(path.dialect.escape, '\0');
}

TEST(DetectCsv, QuotesThatArePartOfTheTextHaveNoMeaning) {
  ASSERT_OK_AND_ASSIGN(auto layout, Detect("\"A\" inc|1\n\"B\" inc|2\n\"C\" inc|3\n"));
  EXPECT_EQ(layout.dialect.quote, '\0');
}

TEST(DetectCsv, UnclosedQuoteDoesNotTurnQuotingOff) {
  ASSERT_OK_AND_ASSIGN(auto layout,
                       Detect("id,t\n" + Repeat("1,x\n", 100) + "2,\"x\n" + Repeat("1,x\n", 4000)));
  EXPECT_EQ(layout.dialect.quote, '"');
  EXPECT_EQ(layout.names, (Names{"id", "t"}));
}

TEST(DetectCsv, MalformedHeaderIsRefused) {
  EXPECT_ERROR(Detect("\"a\"x,b\n1,2\n3,4\n5,6\n"), ErrorCode::kData, "header");
}

TEST(DetectCsv, LoneCarriageReturnsEndLines) {
  ASSERT_OK_AND_ASSIGN(auto only, Detect("a,b\r1,2\r3,4\r"));
  EXPECT_TRUE(only.dialect.bare_cr);
  EXPECT_EQ(only.header_end, 4);
  ASSERT_OK_AND_ASSIGN(auto mixed, Detect("a,b\r\n1,x\n2,y\r3,z\r\n4,w\n"));
  EXPECT_TRUE(mixed.dialect.bare_cr);
  ASSERT_OK_AND_ASSIGN(auto inside, Detect("a,b\n1,x\ry\n2,z\n3,w\n"));
  EXPECT_FALSE(inside.dialect.bare_cr);
}

TEST(DetectCsv, TitleLinesAreSkipped) {
  ASSERT_OK_AND_ASSIGN(auto layout, Detect("Report of May\n\nid,n,v\n1,2,3\n4,5,6\n7,8,9\n"));
  EXPECT_EQ(layout.dialect.skip_lines, 2);
  EXPECT_EQ(layout.names, (Names{"id", "n", "v"}));
  EXPECT_EQ(layout.header_lines, 3);
}

TEST(DetectCsv, NameOfOneColumnIsNoTitle) {
  EXPECT_ERROR(Detect("note\n448,46\n288,63\n436,61\n"), ErrorCode::kData, "--skip-lines 1");
  EXPECT_ERROR(Detect("note\nfirst, one\nsecond, two\nthird, three\n"), ErrorCode::kData, "title");
}

TEST(DetectCsv, HeaderThatLacksANameIsNoTitle) {
  EXPECT_ERROR(Detect("one,two,three\n" + Repeat("1,2,3,4\n", 5)), ErrorCode::kData,
               "--skip-lines");
}

TEST(DetectCsv, CommentsAboveAreSkippedAndAmongRecordsArePartOfTheDialect) {
  ASSERT_OK_AND_ASSIGN(auto above, Detect("# made by x\na,b\n1,2\n3,4\n"));
  EXPECT_EQ(above.dialect.comment, "");
  EXPECT_EQ(above.dialect.skip_lines, 1);
  EXPECT_EQ(above.names, (Names{"a", "b"}));
  ASSERT_OK_AND_ASSIGN(auto among, Detect("a,b\n1,2\n# gap\n3,4\n"));
  EXPECT_EQ(among.dialect.comment, "#");
  ASSERT_OK_AND_ASSIGN(auto name, Detect("#id,b\n1,2\n3,4\n"));
  EXPECT_EQ(name.names, (Names{"#id", "b"}));
  ASSERT_OK_AND_ASSIGN(auto values, Detect("tag,n\n#a,2\n#b,4\n"));
  EXPECT_EQ(values.dialect.comment, "");
}

TEST(DetectCsv, DelimiterBehindEveryRecordAddsANamelessColumn) {
  ASSERT_OK_AND_ASSIGN(auto rows, Detect("a,b\n1,2,\n3,4,\n"));
  EXPECT_EQ(rows.names, (Names{"a", "b", "column2"}));
  ASSERT_OK_AND_ASSIGN(auto header, Detect("a,b,\n1,2\n3,4\n"));
  EXPECT_EQ(header.names, (Names{"a", "b"}));
  ASSERT_OK_AND_ASSIGN(auto short_table, Detect("a,b,\n1,2\n"));
  EXPECT_EQ(short_table.names, (Names{"a", "b"}));
}

TEST(DetectCsv, HeaderByWhatStandsBelow) {
  const auto header = [](std::string_view text) {
    auto layout = Detect(text);
    return layout.ok() ? (layout->dialect.header ? "yes" : "no") : "refused";
  };
  EXPECT_STREQ(header("a,b\n1,2\n3,4\n"), "yes");
  EXPECT_STREQ(header("1,2\n3,4\n"), "no");
  EXPECT_STREQ(header("x,2026-01-01\ny,2026-01-02\n"), "no");
  EXPECT_STREQ(header("name,city\nann,rome\nbob,oslo\n"), "yes");
  EXPECT_STREQ(header("foo\nfoo\nfoo\n"), "no");
  EXPECT_STREQ(header("code\nAB-1\nCD-2\n"), "yes");
  EXPECT_STREQ(header("ZZ-9\nAB-1\nCD-2\n"), "no");
  EXPECT_STREQ(header("country,2019,2020\nIT,1,2\nNO,3,4\n"), "yes");  // years name columns
  EXPECT_STREQ(header("id,1.5\n2,3.5\n4,5.5\n"), "refused");
  EXPECT_STREQ(header("NA,5\n1,6\n2,7\n"), "no");
  EXPECT_STREQ(header("a,b,c\n"), "yes");
  EXPECT_STREQ(header("some text,\nmore,true\nless,false\n"), "no");
  EXPECT_STREQ(header("1,2,c\n"), "no");
}

TEST(DetectCsv, NamesAreCompleteAndUnique) {
  EXPECT_EQ(CompleteNames({"a", "A", "a", "", " ", "a_1"}, 7),
            (Names{"a", "A", "a_2", "column3", "column4", "a_1", "column6"}));
  EXPECT_EQ(CompleteNames({"column1", ""}, 2), (Names{"column1", "column1_1"}));
}

TEST(DetectCsv, EmptyTextsAreRefused) {
  EXPECT_ERROR(Detect(""), ErrorCode::kData, "--columns");
  EXPECT_ERROR(Detect("\n"), ErrorCode::kData, "--columns");
  ReadOptions options;
  options.csv.names = {"a", "b"};
  ASSERT_OK_AND_ASSIGN(auto layout, Detect("", options));
  EXPECT_EQ(Types(layout), "string string");
}

TEST(DetectCsv, BinaryIsRefused) {
  EXPECT_ERROR(Detect(std::string("PAR1\x15\x04\x15\x80\x15\x04\x0b\x00\x00\x07\x08,\n", 18)),
               ErrorCode::kData, "no text");
}

TEST(DetectCsv, OptionsOverrideEachPiece) {
  ReadOptions options;
  options.csv.delimiter = '%';
  options.csv.header = false;
  options.types["column1"] = arrow::utf8();
  ASSERT_OK_AND_ASSIGN(auto layout, Detect("1%2%x\n2%3%y\n3%4%z\n", options));
  EXPECT_EQ(Types(layout), "int64 string string");

  options = {};
  options.csv.skip_lines = 1;
  options.csv.quote = '\0';
  ASSERT_OK_AND_ASSIGN(layout, Detect("x,y,z\na,b\n1,\"2\n", options));
  EXPECT_EQ(layout.names, (Names{"a", "b"}));
  EXPECT_EQ(layout.header_end, 10);

  options = {};
  options.csv.names = {"p", "q"};
  options.all_text = true;
  ASSERT_OK_AND_ASSIGN(layout, Detect("1,2\n3,4\n", options));
  EXPECT_EQ(layout.names, (Names{"p", "q"}));
  EXPECT_FALSE(layout.dialect.header);
  EXPECT_EQ(Types(layout), "string string");
}

TEST(DetectCsv, WrongOptionsAreUsageErrors) {
  ReadOptions options;
  options.csv.delimiter = '"';
  options.csv.quote = '"';
  EXPECT_ERROR(Detect("a\n", options), ErrorCode::kUsage, "the same");
  options = {};
  options.csv.names = {"a", "b", "c"};
  EXPECT_ERROR(Detect("1,2\n3,4\n", options), ErrorCode::kUsage, "3 column names");
}

TEST(DetectCsv, CutLastRecordIsNotLookedAt) {
  ASSERT_OK_AND_ASSIGN(auto layout, Detect("a,b\n1,2\n3,4\n5", {}, false));
  EXPECT_EQ(Types(layout), "int64 int64");
  ASSERT_OK_AND_ASSIGN(layout, Detect("a,b\n1,2\n3,4\n5,\"x", {}, false));
  EXPECT_EQ(Types(layout), "int64 int64");
}

TEST(DetectCsv, EndlessFirstRecordIsRefused) {
  EXPECT_ERROR(Detect(Repeat("a,", 1 << 20)), ErrorCode::kData, "first record");
  EXPECT_ERROR(Detect(Repeat("a,", 200000)), ErrorCode::kData, "columns");
}

// Each is megabytes of what looks like a dialect and is none: what takes quadratic time never ends.
TEST(DetectCsv, HostileTextsAreAnsweredOrRefused) {
  for (const std::string_view line : {"\"", ",", ",;\t|: ^~", "\"a\",'b';", "\r", "'", "# \n"}) {
    const auto layout = Detect(Repeat(line, static_cast<int>((1 << 22) / line.size())), {}, false);
    if (!layout.ok()) {
      EXPECT_EQ(CodeOf(layout.status()), ErrorCode::kData);
    }
  }
}

}  // namespace
}  // namespace bowyer
