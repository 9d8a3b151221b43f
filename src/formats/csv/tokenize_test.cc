#include "formats/csv/tokenize.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace bowyer {
namespace {

// What a tokeniser makes of a text: every field in brackets, faults by kind, the leftover.
std::string Describe(const std::string& text, const CsvDialect& dialect, size_t columns,
                     Tokenizer::Kernel kernel, bool final) {
  std::string padded = text + std::string(64, '\0');
  Tokenizer tokenizer(dialect, columns, kernel);
  tokenizer.Start(std::string_view(padded).substr(0, text.size()), final);
  FieldTable table;
  std::vector<BadRecord> bad;
  std::string result;
  const auto name_bad = [&](size_t row, size_t* next) {
    for (; *next < bad.size() && bad[*next].row <= row; ++*next) {
      const BadRecord& record = bad[*next];
      result += "!" + std::to_string(static_cast<int>(record.fault)) + ":" +
                std::to_string(record.begin) + "-" + std::to_string(record.end) + "/" +
                std::to_string(record.fields) + ";";
    }
  };
  while (true) {
    bad.clear();
    if (!tokenizer.Next(&table, &bad)) break;
    size_t next = 0;
    for (size_t row = 0; row < table.rows; ++row) {
      name_bad(row, &next);
      for (size_t column = 0; column < columns; ++column) {
        const uint32_t* position = table.positions + row * table.stride + column;
        const auto begin = static_cast<uint32_t>(position[0] + 1);
        uint32_t end = position[1];
        if (column + 1 == columns && end > begin && padded[end] == '\n' &&
            padded[end - 1] == '\r') {
          --end;
        }
        result += "[" + text.substr(begin, end - begin) + "]";
      }
      result += ";";
    }
    name_bad(table.rows, &next);
  }
  return result + "=" + std::to_string(tokenizer.position()) + "," +
         std::to_string(tokenizer.lines());
}

void ExpectSame(const std::string& text, const CsvDialect& dialect, size_t columns) {
  for (const bool final : {true, false}) {
    const std::string expected =
        Describe(text, dialect, columns, Tokenizer::Kernel::kScalar, final);
    ASSERT_EQ(Describe(text, dialect, columns, Tokenizer::Kernel::kPortable, final), expected)
        << text;
    if (!HasAvx2()) continue;
    ASSERT_EQ(Describe(text, dialect, columns, Tokenizer::Kernel::kAvx2, final), expected) << text;
  }
}

// Texts of bytes that matter, so that quotes, returns and widths collide in every way.
std::string RandomText(std::mt19937* random, const char* bytes, size_t kinds, size_t length) {
  std::string text;
  for (size_t i = 0; i < length; ++i) text += bytes[(*random)() % kinds];
  return text;
}

TEST(CsvTokenize, MasksAgreeWithTheGrammarOnRandomBytes) {
  std::mt19937 random(1);
  constexpr char kBytes[] = "\",\n\raxxx\n\n,,##";
  for (int i = 0; i < 20000; ++i) {
    const CsvDialect dialect{.quote = i % 5 == 0 ? '\0' : '"', .comment = i % 3 == 0 ? "#" : ""};
    ExpectSame(RandomText(&random, kBytes, sizeof(kBytes) - 1, random() % 200), dialect,
               1 + random() % 3);
  }
}

// Records that are nearly always right, so that the masks are used and then must give up.
TEST(CsvTokenize, MasksAgreeWithTheGrammarOnRecordsWithRareFaults) {
  std::mt19937 random(2);
  const char* const fields[] = {"1",
                                "abc",
                                "",
                                "\"\"",
                                "\"a,b\"",
                                "\"x\ny\"",
                                "\"a\"\"b\"",
                                "\"\"\"\"",
                                "a long field without quotes",
                                "\"a long field with quotes, \"\"all\"\" right\""};
  const char* const faults[] = {"a\"b", "\"a\"b", "\"", "a,b", "x\ry", "\"a\"\r", "\"\"\"", "\n"};
  for (int i = 0; i < 3000; ++i) {
    const size_t columns = 1 + random() % 6;
    const bool crlf = random() % 3 == 0;
    const unsigned fault_rate = 1 + random() % 400;
    std::string text;
    const size_t records = random() % 400;
    for (size_t record = 0; record < records; ++record) {
      for (size_t column = 0; column < columns; ++column) {
        if (column > 0) text += ',';
        text += random() % fault_rate == 0 ? faults[random() % std::size(faults)]
                                           : fields[random() % std::size(fields)];
      }
      text += crlf ? "\r\n" : "\n";
    }
    if (!text.empty() && random() % 2 == 0) text.pop_back();
    ExpectSame(text, {}, columns);
  }
}

// Each interesting pattern at each place of a 64-byte step.
TEST(CsvTokenize, PatternsAcrossStepsAreSeenWhole) {
  for (const std::string pattern :
       {"\"a\"", "\"a\"\"b\"", "\"\"", "\"\n\"", "\"a\"\r\n1", "\"a\"x", "b\"", "\"a\"\rx", "\r",
        "\"\"\"", "\"a", "\"a\"\"", "\n\n", "\r\n\r\n"}) {
    for (size_t before = 0; before < 130; ++before) {
      for (const std::string rest : {",2\n3,4\n", "\n", ""}) {
        ExpectSame(std::string(before, 'x') + ",1\n" + pattern + rest, {}, 2);
        ExpectSame("1," + std::string(before, 'x') + "\n1," + pattern + rest, {}, 2);
        ExpectSame(std::string(before, 'x') + "\n" + pattern + rest, {}, 1);
      }
    }
  }
}

TEST(CsvTokenize, LongTextsAreCutIntoRunsOfWholeRecords) {
  std::string text;
  for (int i = 0; i < 50000; ++i) {
    text += std::to_string(i) + ",\"" + std::string(static_cast<size_t>(i % 40), 'y') + "\"\r\n";
  }
  ExpectSame(text, {}, 2);
  ExpectSame(text + std::string(300000, 'z') + ",1\n1,2\n", {}, 2);
}

TEST(CsvTokenize, EscapesAndLoneReturnsAreTakenByTheGrammar) {
  EXPECT_EQ(Describe("\"a\\\"b\",c\n", {.escape = '\\'}, 2, Tokenizer::Kernel::kBest, true),
            "[\"a\\\"b\"][c];=9,1");
  EXPECT_EQ(Describe("a,b\rc,d\r", {.bare_cr = true}, 2, Tokenizer::Kernel::kBest, true),
            "[a][b];[c][d];=8,2");
}

TEST(CsvTokenize, AnOpenQuoteCostsItsOwnLineOnly) {
  EXPECT_EQ(Describe("1,2\n3,\"4\n5,6\n7,8\n", {}, 2, Tokenizer::Kernel::kBest, true),
            "[1][2];!2:4-8/2;[5][6];[7][8];=17,4");
  EXPECT_EQ(Describe("1,2\n3,\"4\n5,6\n7,8\n", {}, 2, Tokenizer::Kernel::kBest, false),
            "[1][2];=4,1");
}

}  // namespace
}  // namespace bowyer
