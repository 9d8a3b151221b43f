#include "formats/csv/reader.h"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/type.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "bowyer/error.h"
#include "bowyer/rejects.h"
#include "formats/csv/split.h"
#include "matchers.h"

namespace bowyer {
namespace {

// A text in blocks of the sizes wanted, each a buffer of its own with 64 zero bytes behind it.
class PiecesInput : public TextInput {
 public:
  PiecesInput(std::string text, size_t block) : text_(std::move(text)), block_(block) {}
  arrow::Result<std::string_view> Peek(int64_t) override { return std::string_view(text_); }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Next() override {
    if (at_ == text_.size()) return nullptr;
    const std::string piece = text_.substr(at_, block_);
    at_ += piece.size();
    ARROW_ASSIGN_OR_RAISE(auto buffer,
                          arrow::AllocateBuffer(static_cast<int64_t>(piece.size()) + 64));
    std::memset(buffer->mutable_data(), 0, static_cast<size_t>(buffer->size()));
    std::memcpy(buffer->mutable_data(), piece.data(), piece.size());
    return arrow::SliceBuffer(std::shared_ptr<arrow::Buffer>(std::move(buffer)), 0,
                              static_cast<int64_t>(piece.size()));
  }
  std::string encoding() const override { return "UTF-8"; }

 private:
  const std::string text_;
  const size_t block_;
  size_t at_ = 0;
};

struct TestColumn {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
};

class CsvReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(context_, Context::Make({.threads = 3}));
    folder_ = std::filesystem::temp_directory_path() /
              ("bowyer-csv-reader-test-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open(
      const std::string& text, size_t block, const std::vector<TestColumn>& columns,
      const CsvDialect& dialect = {}, std::shared_ptr<RejectsFile> rejects = nullptr) {
    auto plan = std::make_shared<ParsePlan>();
    plan->context = context_;
    plan->layout.dialect = dialect;
    arrow::FieldVector fields;
    for (const TestColumn& column : columns) {
      plan->columns.push_back(static_cast<int>(plan->layout.names.size()));
      plan->layout.names.push_back(column.name);
      plan->layout.types.push_back(column.type);
      plan->detected.push_back(true);
      fields.push_back(arrow::field(column.name, column.type));
    }
    plan->schema = arrow::schema(fields);
    plan->style = MakeValueStyle({}, dialect);
    plan->sample_rows = 20480;
    plan->rejects = rejects != nullptr;
    return OpenCsvReader(plan, std::make_unique<PiecesInput>(text, block), "t.csv", rejects);
  }

  // All rows, "a|b\n"; null as ~; or the error.
  std::string Read(const std::string& text, size_t block, const std::vector<TestColumn>& columns,
                   const CsvDialect& dialect = {}, std::shared_ptr<RejectsFile> rejects = nullptr) {
    auto reader = Open(text, block, columns, dialect, std::move(rejects));
    if (!reader.ok()) return Describe(reader.status());
    std::string result;
    while (true) {
      std::shared_ptr<arrow::RecordBatch> batch;
      const auto status = (*reader)->ReadNext(&batch);
      if (!status.ok()) return Describe(status);
      if (batch == nullptr) return result;
      EXPECT_TRUE(batch->ValidateFull().ok());
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        for (int column = 0; column < batch->num_columns(); ++column) {
          if (column > 0) result += '|';
          const auto scalar = batch->column(column)->GetScalar(row).ValueOrDie();
          result += scalar->is_valid ? scalar->ToString() : "~";
        }
        result += '\n';
      }
    }
  }

  std::string Rejected(const std::shared_ptr<RejectsFile>& rejects, const std::string& path) {
    EXPECT_OK(rejects->Commit());
    std::ifstream file(path);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    return text.substr(text.find('\n') + 1);
  }
  static void EXPECT_OK(const arrow::Status& status) {
    EXPECT_TRUE(status.ok()) << Describe(status);
  }
  std::shared_ptr<RejectsFile> OpenRejects(const std::string& path) {
    std::filesystem::remove(path);
    return RejectsFile::Open(context_, path).ValueOrDie();
  }

  std::shared_ptr<Context> context_;
  std::filesystem::path folder_;
};

const std::vector<TestColumn> kTwoTexts = {{"a", arrow::utf8()}, {"b", arrow::utf8()}};

TEST_F(CsvReaderTest, BlockEdgesAnywhereChangeNothing) {
  const std::string text =
      "1,one\r\n2,\"two\r\n2\"\r\n3,\"\"\"three\"\"\"\r\n4,\r\n5,\"\"\r\n6,last";
  const std::string expected = "1|one\n2|two\r\n2\n3|\"three\"\n4|~\n5|\n6|last\n";
  for (size_t block = 1; block <= text.size() + 1; ++block) {
    EXPECT_EQ(Read(text, block, {{"n", arrow::int64()}, {"t", arrow::utf8()}}), expected) << block;
  }
}

// The grammar's own account of a text: good rows, or "!" for each record that is none.
std::string Expected(const std::string& text, const CsvDialect& dialect, size_t columns,
                     int* faulty) {
  RecordSplitter splitter(text, dialect);
  RecordSpan record;
  std::string result, buffer;
  while (splitter.Next(&record)) {
    if (record.blank() && columns > 1) continue;
    if (record.fault != RecordFault::kNone || record.fields.size() != columns) {
      ++*faulty;
      if (record.fault == RecordFault::kOpenQuote) {
        const size_t end = text.find('\n', record.fault_at);
        if (end != std::string::npos) splitter.Seek(end + 1);
      }
      continue;
    }
    for (size_t i = 0; i < columns; ++i) {
      const FieldSpan& field = record.fields[i];
      if (i > 0) result += '|';
      if (!field.quoted && field.begin == field.end) {
        result += '~';
      } else {
        result += FieldValue(std::string_view(text).substr(field.begin, field.end - field.begin),
                             field.quoted, dialect, &buffer);
      }
    }
    result += '\n';
  }
  return result;
}

TEST_F(CsvReaderTest, RandomTextsInRandomBlocksAreReadAsTheGrammarSays) {
  std::mt19937 random(7);
  const char* const pieces[] = {"a",      "\"a\"",       "\"a,\n\"",          "\"\"",
                                "",       "\"x\ny\nz\"", "\"\"\"\"",          "a\"b",
                                "\"a\"b", "#",           "long unquoted text"};
  for (int i = 0; i < 300; ++i) {
    const CsvDialect dialect{.escape = i % 7 == 0 ? '\\' : '\0', .comment = i % 4 == 0 ? "#" : ""};
    const unsigned odd = i % 3 == 0 ? 11 : 7;
    std::string text;
    for (size_t records = random() % 30; records > 0; --records) {
      text += pieces[random() % odd];
      text += random() % 20 == 0 ? "" : ",";
      text += pieces[random() % odd];
      text += random() % 3 == 0 ? "\r\n" : "\n";
    }
    if (random() % 4 == 0) text += "\"open\nto,the\nend";
    int faulty = 0;
    const std::string expected = Expected(text, dialect, 2, &faulty);
    const std::string path = folder_ / "rejects.csv";
    for (int round = 0; round < 3; ++round) {
      const size_t block = 1 + random() % 60;
      const auto rejects = OpenRejects(path);
      ASSERT_EQ(Read(text, block, kTwoTexts, dialect, rejects), expected)
          << "block " << block << "\n"
          << text;
      ASSERT_EQ(rejects->count(), faulty) << text;
    }
  }
}

TEST_F(CsvReaderTest, OldMacLineEndsInAnyBlocks) {
  const std::string text = "1,a\r2,\"b\rc\"\r\n3,d\n\r4,e\r";
  for (size_t block = 1; block < 12; ++block) {
    EXPECT_EQ(Read(text, block, kTwoTexts, {.bare_cr = true}), "1|a\n2|b\rc\n3|d\n4|e\n") << block;
  }
}

TEST_F(CsvReaderTest, AValueThatDoesNotFitIsNamedWithItsPlace) {
  std::string text;
  for (int i = 1; i <= 1000; ++i) text += std::to_string(i) + ",\"x\ny\"\n";
  text += "nine,z\n";
  for (const size_t block : {7, 100, 100000}) {
    auto reader = Open(text, block, {{"n", arrow::int64()}, {"t", arrow::utf8()}}).ValueOrDie();
    arrow::Status status;
    std::shared_ptr<arrow::RecordBatch> batch;
    do {
      status = reader->ReadNext(&batch);
    } while (status.ok() && batch != nullptr);
    ASSERT_EQ(CodeOf(status), ErrorCode::kData);
    const ErrorPlace& place = DetailOf(status)->place();
    EXPECT_EQ(place.line, 2001);
    EXPECT_EQ(place.row, 1001);
    EXPECT_EQ(place.column, "n");
    EXPECT_EQ(place.byte_offset, static_cast<int64_t>(text.size()) - 7);
    EXPECT_NE(Describe(status).find("\"nine\" is not an int64"), std::string::npos)
        << Describe(status);
    EXPECT_NE(place.hint.find("first 20,480 rows"), std::string::npos);
    EXPECT_NE(place.hint.find("--type n=text"), std::string::npos);
    // It stays an error.
    EXPECT_FALSE(reader->ReadNext(&batch).ok());
  }
}

TEST_F(CsvReaderTest, HintsFitTheFault) {
  const auto one = [&](const std::string& text, std::shared_ptr<arrow::DataType> type) {
    return Read(text, 1000, {{"x", std::move(type)}}, {.delimiter = ';'});
  };
  EXPECT_NE(one("12,50\n", arrow::float64()).find("--decimal-comma"), std::string::npos);
  EXPECT_NE(one("\xFF\n", arrow::utf8()).find("--encoding latin-1"), std::string::npos);
  EXPECT_NE(one("9007199254740993\n", arrow::float64()).find("more digits than float64"),
            std::string::npos);
  EXPECT_NE(one("2026-01-01 00:00:00Z\n", arrow::timestamp(arrow::TimeUnit::MICRO)).find("UTC"),
            std::string::npos);
  EXPECT_NE(one("a;b\n", arrow::utf8()).find("2 fields where there should be 1"),
            std::string::npos);
}

TEST_F(CsvReaderTest, AnOpenQuoteIsNamedWhereItWasOpened) {
  EXPECT_ERROR(([&]() -> arrow::Status {
                 ARROW_ASSIGN_OR_RAISE(auto reader, Open("1,2\n3,\"4\n5,6\n", 5, kTwoTexts));
                 std::shared_ptr<arrow::RecordBatch> batch;
                 do {
                   ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
                 } while (batch != nullptr);
                 return arrow::Status::OK();
               }()),
               ErrorCode::kData, "line 2");
}

TEST_F(CsvReaderTest, RowsAtFaultAreSetAsideInOrderAndTheRestIsRead) {
  std::string text, expected, rejected;
  std::mt19937 random(8);
  for (int i = 0; i < 30000; ++i) {
    const std::string number = std::to_string(i);
    switch (random() % 50) {
      case 0:
        text += "x" + number + ",bad\n";
        break;
      case 1:
        text += number + ",too,wide\n";
        break;
      case 2:
        text += number + ",\"not\"closed\n";
        break;
      default:
        text += number + ",fine\n";
        expected += number + "|fine\n";
        continue;
    }
    rejected += "\"t.csv\"," + std::to_string(i + 1) + "," + std::to_string(i + 1) + ",";
    rejected += std::to_string(text.rfind('\n', text.size() - 2) + 1) + ",";
    rejected += "\n";
  }
  const std::string path = folder_ / "rejects.csv";
  for (const size_t block : {1000, 70000, 10000000}) {
    const auto rejects = OpenRejects(path);
    ASSERT_EQ(Read(text, block, {{"n", arrow::int64()}, {"t", arrow::utf8()}}, {}, rejects),
              expected);
    // source, line, row and byte offset of each.
    std::string places;
    const std::string written = Rejected(rejects, path);
    const CsvDialect plain;
    RecordSplitter splitter(written, plain);
    RecordSpan record;
    while (splitter.Next(&record)) {
      places += written.substr(record.begin, record.fields[3].end - record.begin) + ",\n";
    }
    ASSERT_EQ(places, rejected);
  }
}

TEST_F(CsvReaderTest, AnOpenQuoteSetsAsideOnlyItsLine) {
  std::string text, expected;
  for (int i = 0; i < 5000; ++i) {
    text += std::to_string(i) + (i == 100 ? ",\"never closed\n" : ",x\n");
    if (i != 100) expected += std::to_string(i) + "|x\n";
  }
  const std::string path = folder_ / "rejects.csv";
  for (const size_t block : {500, 1000000}) {
    const auto rejects = OpenRejects(path);
    EXPECT_EQ(Read(text, block, kTwoTexts, {}, rejects), expected);
    EXPECT_EQ(rejects->count(), 1);
    EXPECT_EQ(Rejected(rejects, path).substr(0, 16), "\"t.csv\",101,101,");
  }
}

TEST_F(CsvReaderTest, ARecordBeyondTheLimitIsAnErrorThatNamesIt) {
  ASSERT_OK_AND_ASSIGN(context_, Context::Make({.threads = 2, .memory = 16 << 20}));
  const auto limit = static_cast<size_t>(RecordLimit(*context_));
  const std::string big = "1," + std::string(3 * limit, 'x') + "\n";
  EXPECT_NE(Read("0,0\n" + big, 1 << 16, kTwoTexts).find("line 2"), std::string::npos);
  EXPECT_NE(Read(big, 1 << 16, kTwoTexts).find("--memory"), std::string::npos);
  // An open quote that swallows more than that can be set aside, line by line.
  std::string text = "0,\"0\n", expected;
  while (text.size() < 2 * limit) {
    text += "1,22222222222222222222222222222222222222222222222\n";
    expected += "1|22222222222222222222222222222222222222222222222\n";
  }
  EXPECT_NE(Read(text, 1 << 16, kTwoTexts).find("a quote is opened"), std::string::npos);
  const auto rejects = OpenRejects(folder_ / "rejects.csv");
  EXPECT_EQ(Read(text, 1 << 16, kTwoTexts, {}, rejects), expected);
  EXPECT_EQ(rejects->count(), 1);
}

TEST_F(CsvReaderTest, BlankLinesAreRowsOnlyInTablesOfOneColumn) {
  EXPECT_EQ(Read("a\n\nb\n", 2, {{"x", arrow::utf8()}}), "a\n~\nb\n");
  EXPECT_EQ(Read("a\n\nb\n\n", 2, {{"x", arrow::utf8()}}), "a\n~\nb\n~\n");
  EXPECT_EQ(Read("1,2\n\n\r\n3,4\n\n", 2, kTwoTexts), "1|2\n3|4\n");
}

TEST_F(CsvReaderTest, RequestedBatchRowsAreKept) {
  ASSERT_OK_AND_ASSIGN(context_, Context::Make({.threads = 2, .batch_rows = 3}));
  auto reader = Open("1\n2\n3\n4\n5\n6\n7\n", 1000, {{"x", arrow::int64()}}).ValueOrDie();
  std::vector<int64_t> sizes;
  std::shared_ptr<arrow::RecordBatch> batch;
  while (reader->ReadNext(&batch).ok() && batch != nullptr) sizes.push_back(batch->num_rows());
  EXPECT_EQ(sizes, (std::vector<int64_t>{3, 3, 1}));
}

}  // namespace
}  // namespace bowyer
