#include "formats/csv/split.h"

#include <gtest/gtest.h>

namespace bowyer {
namespace {

// "a|b\n" for each record: values, '!' behind a record with a fault.
std::string Split(std::string_view text, const CsvDialect& dialect = {}) {
  RecordSplitter splitter(text, dialect);
  RecordSpan record;
  std::string result, buffer;
  while (splitter.Next(&record)) {
    for (size_t i = 0; i < record.fields.size(); ++i) {
      const FieldSpan& field = record.fields[i];
      if (i > 0) result += '|';
      result += record.fault == RecordFault::kNone
                    ? FieldValue(text.substr(field.begin, field.end - field.begin), field.quoted,
                                 dialect, &buffer)
                    : text.substr(field.begin, field.end - field.begin);
    }
    result += record.fault == RecordFault::kNone ? ";" : "!;";
  }
  return result;
}

TEST(CsvSplit, EveryLineEndEndsARecord) {
  EXPECT_EQ(Split("a,b\nc,d\r\ne,f"), "a|b;c|d;e|f;");
  EXPECT_EQ(Split("a\rb\n"), "a\rb;");
  EXPECT_EQ(Split("a,b\r"), "a|b;");
  EXPECT_EQ(Split("a\rb\r\nc\nd\r", {.bare_cr = true}), "a;b;c;d;");
  EXPECT_EQ(Split("a\r\rb", {.bare_cr = true}), "a;;b;");
}

TEST(CsvSplit, NoTextIsNoRecordAndAnEmptyLineIsABlankOne) {
  EXPECT_EQ(Split(""), "");
  EXPECT_EQ(Split("\n"), ";");
  EXPECT_EQ(Split("a\n\n"), "a;;");
  EXPECT_EQ(Split(","), "|;");
}

TEST(CsvSplit, QuotesOpenOnlyAtTheStartOfAField) {
  EXPECT_EQ(Split("\"a,b\",c"), "a,b|c;");
  EXPECT_EQ(Split("5\" pipe,\"x\n\"\ny"), "5\" pipe|x\n;y;");
  EXPECT_EQ(Split(" \"a\",b"), " \"a\"|b;");
  EXPECT_EQ(Split("\"a\"\"b\",\"\",\"\"\"\""), "a\"b||\";");
  EXPECT_EQ(Split("\"a\",b", {.quote = '\0'}), "\"a\"|b;");
}

TEST(CsvSplit, EscapedBytesStandForThemselves) {
  CsvDialect dialect{.escape = '\\'};
  EXPECT_EQ(Split("\"a\\\"b\",c", dialect), "a\"b|c;");
  EXPECT_EQ(Split("\"a\\\\\",\"\\\n\"", dialect), "a\\|\n;");
  EXPECT_EQ(Split("\"a\"\"b\"", dialect), "a\"b;");
  EXPECT_EQ(Split("a\\,b", dialect), "a\\|b;");
}

TEST(CsvSplit, TextBehindAClosingQuoteIsAFaultOfThatRecordOnly) {
  EXPECT_EQ(Split("\"a\"b,c\nd,e"), "\"a\"b|c!;d|e;");
  EXPECT_EQ(Split("\"a\"b\",\"c\nd\"\nf"), "\"a\"b\"|\"c\nd\"!;f;");
}

TEST(CsvSplit, AnOpenQuoteRunsToTheEndAndIsNamed) {
  const std::string_view text = "a\n\"b\nc";
  const CsvDialect dialect;
  RecordSplitter splitter(text, dialect);
  RecordSpan record;
  ASSERT_TRUE(splitter.Next(&record));
  ASSERT_TRUE(splitter.Next(&record));
  EXPECT_EQ(record.fault, RecordFault::kOpenQuote);
  EXPECT_EQ(record.fault_at, 2U);
  EXPECT_EQ(record.next, text.size());
  EXPECT_FALSE(splitter.Next(&record));
}

TEST(CsvSplit, CommentLinesAreNoRecords) {
  EXPECT_EQ(Split("#x\na,#b\n#\"\n#", {.comment = "#"}), "a|#b;");
  EXPECT_EQ(Split("//\r\n/\n", {.comment = "//"}), "/;");
}

TEST(CsvSplit, LineEndsAreCountedOnce) {
  EXPECT_EQ(CountLineEnds("a\r\nb\nc", false), 2);
  EXPECT_EQ(CountLineEnds("a\r\nb\rc\n", true), 3);
}

}  // namespace
}  // namespace bowyer
