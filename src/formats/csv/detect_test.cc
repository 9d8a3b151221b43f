// Dialect, header, names and types of small texts, each a case that some reader gets wrong.
#include "formats/csv/detect.h"

#include <arrow/type.h>

#include "matchers.h"

namespace bowyer {
namespace {

arrow::Result<CsvLayout> Detect(std::string_view text, const ReadOptions& options = {},
                                bool whole = true) {
  return DetectCsv(text, whole, options, "t.csv");
}

std::string TypeOf(std::string_view values, const ReadOptions& options = {}) {
  auto layout = Detect("some_name\n" + std::string(values) + "\n", options);
  return layout.ok() ? layout->types[0]->ToString() : Describe(layout.status());
}

TEST(DetectCsv, PlainCommaFile) {
  ASSERT_OK_AND_ASSIGN(auto layout, Detect("id,name,at\n1,x,2026-01-02\n2,y,2026-01-03\n"));
  EXPECT_EQ(layout.dialect.delimiter, ',');
  EXPECT_TRUE(layout.dialect.header);
  EXPECT_EQ(layout.names, (std::vector<std::string>{"id", "name", "at"}));
  EXPECT_EQ(layout.types[0]->ToString(), "int64");
  EXPECT_EQ(layout.types[1]->ToString(), "string");
  EXPECT_EQ(layout.types[2]->ToString(), "date32[day]");
  EXPECT_EQ(layout.header_end, 11);
  EXPECT_EQ(layout.header_lines, 1);
}

TEST(DetectCsv, LeadingZerosStayText) { EXPECT_EQ(TypeOf("007\n12"), "string"); }

TEST(DetectCsv, ValuesBeyondInt64BecomeDecimal) {
  EXPECT_EQ(TypeOf("1\n9223372036854775808"), "decimal128(38, 0)");
}

}  // namespace
}  // namespace bowyer
