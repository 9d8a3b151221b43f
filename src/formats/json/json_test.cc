#include <gtest/gtest.h>

#include "bowyer/error.h"
#include "bowyer/rejects.h"
#include "formats/csv/field.h"
#include "formats/json/infer.h"
#include "formats/json/memory_text.h"
#include "formats/json/reader.h"
#include "matchers.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

using json::Gap;
using json::JsonTable;
using json::Layout;
using json::MemoryInput;
using json::MemoryText;
using json::ToLines;

class JsonTest : public testing::Test {
 protected:
  arrow::Result<std::unique_ptr<Source>> Open(const std::string& text) {
    return kJsonFormat.open(context_, MemoryInput(text), options_);
  }

  arrow::Result<std::string> Read(const std::string& text) {
    ARROW_ASSIGN_OR_RAISE(auto source, Open(text));
    ARROW_ASSIGN_OR_RAISE(auto reader, source->Open({}, scan_));
    return ToLines(context_, reader.get());
  }

  // The rows, or the error as people see it.
  std::string Rows(const std::string& text) {
    const auto rows = Read(text);
    return rows.ok() ? *rows : Describe(rows.status());
  }

  // The types of the columns: "a: int64, b: string".
  std::string Types(const std::string& text) {
    const auto source = Open(text);
    if (!source.ok()) return Describe(source.status());
    std::string types;
    for (const auto& field : (*source)->schema()->fields()) {
      if (!types.empty()) types += ", ";
      types += field->name() + ": " + field->type()->ToString();
    }
    return types;
  }

  std::shared_ptr<Context> context_ = *Context::Make({.threads = 2, .memory = 64 << 20});
  ReadOptions options_;
  ScanOptions scan_;
};

TEST_F(JsonTest, LinesBecomeRows) {
  const std::string text =
      "{\"id\":1,\"amount\":1.5,\"name\":\"a\",\"yes\":true}\n"
      "\n"
      " { \"id\" : 2 , \"amount\" : -2.25 , \"name\" : null , \"yes\" : false } \r\n"
      "{\"yes\":null,\"name\":\"b\"}";
  EXPECT_EQ(Types(text), "id: int64, amount: double, name: string, yes: bool");
  EXPECT_EQ(Rows(text),
            "{\"id\":1,\"amount\":1.5,\"name\":\"a\",\"yes\":true}\n"
            "{\"id\":2,\"amount\":-2.25,\"name\":null,\"yes\":false}\n"
            "{\"id\":null,\"amount\":null,\"name\":\"b\",\"yes\":null}\n");
}

TEST_F(JsonTest, NestedValuesBecomeStructsAndLists) {
  const std::string text =
      "{\"a\":{\"x\":[1,2],\"y\":null},\"b\":[]}\n"
      "{\"b\":[{\"k\":\"v\"},null,{}],\"a\":null}\n"
      "{\"a\":{\"y\":\"z\"}}\n"
      "{\"a\":{\"x\":null},\"b\":null}\n";
  EXPECT_EQ(Types(text),
            "a: struct<x: list<item: int64>, y: string>, b: list<item: struct<k: string>>");
  EXPECT_EQ(Rows(text),
            "{\"a\":{\"x\":[1,2],\"y\":null},\"b\":[]}\n"
            "{\"a\":null,\"b\":[{\"k\":\"v\"},null,{\"k\":null}]}\n"
            "{\"a\":{\"x\":null,\"y\":\"z\"},\"b\":null}\n"
            "{\"a\":{\"x\":null,\"y\":null},\"b\":null}\n");
}

TEST_F(JsonTest, NumbersGetTheNarrowestTypeThatKeepsThem) {
  const std::pair<const char*, const char*> cases[] = {
      {"[1,-9223372036854775808,9223372036854775807]", "int64"},
      {"[9223372036854775808]", "decimal128(38, 0)"},
      {"[1,123456789012345678901234567890123456789]", "decimal256(76, 0)"},
      {"[10000000000000000000000000000000000000000000000000000000000000000000000000000]", "string"},
      {"[1.5,2]", "double"},
      {"[1.5,9007199254740992]", "double"},
      {"[1.5,9007199254740993]", "decimal128(38, 1)"},
      {"[0.1,0.10000000000000001]", "double"},
      {"[0.1234567890123456789]", "decimal128(38, 19)"},
      {"[-0]", "double"},
      {"[1,-0]", "double"},
      {"[1E22]", "double"},
      {"[1e400]", "string"},
      {"[1e-400,0.5]", "string"},
      {"[4.9e-324,1.7976931348623157e308]", "double"},
  };
  for (const auto& [text, type] : cases) {
    EXPECT_EQ(Types(text), std::string("value: ") + type) << text;
  }
  EXPECT_EQ(Rows("[9223372036854775808,-1]"), "{\"value\":9223372036854775808}\n{\"value\":-1}\n");
  EXPECT_EQ(Rows("[1e400,-0.0,12]"),
            "{\"value\":\"1e400\"}\n{\"value\":\"-0.0\"}\n{\"value\":\"12\"}\n");
  EXPECT_EQ(Rows("[-0,-1]"), "{\"value\":-0.0}\n{\"value\":-1.0}\n");
}

TEST_F(JsonTest, MixedKindsAreKeptAsTheirJsonText) {
  const std::string text =
      "{\"a\":\"1\"}\n{\"a\":2}\n{\"a\": { \"b\" : [1.50, \"\\u0041\"] } }\n{\"a\":null}\n";
  EXPECT_EQ(Types(text), "a: string");
  EXPECT_EQ(Rows(text),
            "{\"a\":\"\\\"1\\\"\"}\n{\"a\":\"2\"}\n"
            "{\"a\":\"{ \\\"b\\\" : [1.50, \\\"\\\\u0041\\\"] }\"}\n{\"a\":null}\n");
}

TEST_F(JsonTest, RecordsThatAreNoObjectsAreOneColumn) {
  EXPECT_EQ(Types("[]"), "value: string");
  EXPECT_EQ(Rows("[]"), "");
  EXPECT_EQ(Types(""), "value: string");
  EXPECT_EQ(Types(" \n\t\n"), "value: string");
  EXPECT_EQ(Rows("{}"), "{\"value\":\"{}\"}\n");
  EXPECT_EQ(Rows("\"a\"\n\"b\"\n"), "{\"value\":\"a\"}\n{\"value\":\"b\"}\n");
  EXPECT_EQ(Rows("[[1],[2,3]]"), "{\"value\":[1]}\n{\"value\":[2,3]}\n");
  EXPECT_EQ(Rows("{\"duck\":42}\n[1, 2]\n\"x\"\n"),
            "{\"value\":\"{\\\"duck\\\":42}\"}\n{\"value\":\"[1, 2]\"}\n"
            "{\"value\":\"\\\"x\\\"\"}\n");
  EXPECT_EQ(Types("[null,{\"a\":1}]"), "value: struct<a: int64>");
}

TEST_F(JsonTest, ObjectsMaySpanLinesOrShareThem) {
  EXPECT_EQ(Rows("{\n \"a\": 1\n}\n{\n \"a\": 2\n}\n"), "{\"a\":1}\n{\"a\":2}\n");
  EXPECT_EQ(Rows("{\"a\":1}{\"a\":2} {\"a\":3}\r{\"a\":4}"),
            "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n{\"a\":4}\n");
  EXPECT_EQ(Rows(" [ {\"a\":1} ,\n{\"a\":2}\n]\n"), "{\"a\":1}\n{\"a\":2}\n");
  EXPECT_ERROR(Read("{\"a\":1} \"x\""), ErrorCode::kData, "expected the end of the line");
  EXPECT_ERROR(Read("1 2"), ErrorCode::kData, "expected the end of the line");
}

TEST_F(JsonTest, StringsAreDecodedExactly) {
  EXPECT_EQ(Rows("[\"\\u0041\\n\\\"\\\\\\/\\ud834\\udd1e\\u20AC\"]"),
            "{\"value\":\"A\\n\\\"\\\\/\xf0\x9d\x84\x9e\xe2\x82\xac\"}\n");
  ASSERT_OK_AND_ASSIGN(auto source, Open("[\"a\\u0000b\"]"));
  ASSERT_OK_AND_ASSIGN(auto reader, source->Open({}, {}));
  std::shared_ptr<arrow::RecordBatch> batch;
  ASSERT_OK(reader->ReadNext(&batch));
  const auto& strings = static_cast<const arrow::StringArray&>(*batch->column(0));
  EXPECT_EQ(strings.GetView(0), std::string_view("a\0b", 3));
  // Every length around the width of a vector, with and without an escape.
  for (size_t size = 0; size < 70; ++size) {
    const std::string plain(size, 'x');
    EXPECT_EQ(Rows("[\"" + plain + "\",\"" + plain + "\\t\"]"),
              "{\"value\":\"" + plain + "\"}\n{\"value\":\"" + plain + "\\t\"}\n");
  }
}

TEST_F(JsonTest, WrongStringsAreRefused) {
  EXPECT_ERROR(Read("[\"\\ud800\"]"), ErrorCode::kData, "\\ud800 is half of a surrogate pair");
  EXPECT_ERROR(Read("[\"\\udc00\\ud800\"]"), ErrorCode::kData, "half of a surrogate pair");
  EXPECT_ERROR(Read("[\"a\xff\"]"), ErrorCode::kData, "not valid UTF-8 (byte 0xff)");
  EXPECT_ERROR(Read("[\"\xed\xa0\x80\"]"), ErrorCode::kData, "not valid UTF-8");
  EXPECT_ERROR(Read("[\"a\tb\"]"), ErrorCode::kData, "control character (0x09)");
  EXPECT_ERROR(Read("{\"a\":\"b\n\"}\n"), ErrorCode::kData, "line ends inside a string");
  EXPECT_ERROR(Read("[\"\\x\"]"), ErrorCode::kData, "expected an escape");
}

TEST_F(JsonTest, WhatIsNoJsonIsRefusedWithItsPlace) {
  EXPECT_ERROR(Read("{\"a\":1}\n{\"a\":2,}\n"), ErrorCode::kData,
               "test.json, line 2: expected a key in double quotes, found \"}\"");
  EXPECT_ERROR(Read("{\"a\":1}\n{\"a\":2} x\n"), ErrorCode::kData,
               "line 2: expected the end of the line, found \"x\"");
  EXPECT_ERROR(Read("{\"a\":1}\n{\"a\":2"), ErrorCode::kData, "line 2: the text ends where");
  EXPECT_ERROR(Read("{\"a\":1}\n{\"a\":\n2}\n"), ErrorCode::kData, "line 2: the line ends where");
  EXPECT_ERROR(Read("[1,2"), ErrorCode::kData, "the text ends where");
  EXPECT_ERROR(Read("[1,]"), ErrorCode::kData, "expected a value, found \"]\"");
  EXPECT_ERROR(Read("[1]\n2"), ErrorCode::kData, "expected nothing behind the array");
  EXPECT_ERROR(Read(std::string("123\0", 4)), ErrorCode::kData, "expected the end of the line");
  EXPECT_ERROR(Read("[01]"), ErrorCode::kData, "may not begin with 0");
  EXPECT_ERROR(Read("[NaN]"), ErrorCode::kData, "expected a value");
  EXPECT_ERROR(Read("\xef\xbb\xbf"), ErrorCode::kData, "a byte order mark and nothing else");
  const auto status = Read("{\"a\":1}\n{\"a\":tru}\n").status();
  EXPECT_EQ(DetailOf(status)->place().byte_offset, 16);
  EXPECT_EQ(DetailOf(status)->place().row, 2);
}

TEST_F(JsonTest, NestingIsLimited) {
  const auto nested = [](size_t depth) {
    return "[" + std::string(depth, '[') + std::string(depth, ']') + "]";
  };
  // Typed as far as Arrow IPC can carry it, then text.
  EXPECT_EQ(Rows(nested(10)), "{\"value\":" + nested(10).substr(1, 20) + "}\n");
  EXPECT_NE(Types(nested(100)).find("list<item: string>"), std::string::npos);
  ASSERT_OK(Read(nested(255)));
  EXPECT_ERROR(Read(nested(257)), ErrorCode::kData, "nested more than 256 levels deep");
  EXPECT_ERROR(Read(std::string(1'000'000, '[')), ErrorCode::kData, "nested more than 256");
}

TEST_F(JsonTest, RepeatedKeysGetColumnsOfTheirOwn) {
  EXPECT_EQ(Rows("{\"a\":1,\"a\":2,\"A\":3}\n{\"a\":4}\n"),
            "{\"a\":1,\"a_2\":2,\"A\":3}\n{\"a\":4,\"a_2\":null,\"A\":null}\n");
  EXPECT_EQ(Rows("{\"a_2\":0,\"a\":1,\"a\":2,\"a\":3}\n"),
            "{\"a_2\":0,\"a\":1,\"a_2_\":2,\"a_3\":3}\n");
}

TEST_F(JsonTest, ASurpriseBehindTheSampleIsAnErrorThatTellsWhatToDo) {
  options_.sample_rows = 2;
  const std::string good = "{\"a\":1,\"b\":{\"c\":[1]}}\n{\"a\":2}\n";
  EXPECT_EQ(Rows(good + "{\"a\":3,\"z\":\"new\"}\n"),
            "test.json, line 3, column z: the key \"z\" (here with \"new\") was in none of the "
            "records that the columns come from\n"
            "  the columns and types come from the first 2 records\n"
            "  try --sample-rows all, --type z=TYPE (text holds anything), or --rejects FILE to "
            "set such records aside");
  EXPECT_ERROR(Read(good + "{\"a\":\"12,50\"}\n"), ErrorCode::kData,
               "line 3, column a: \"12,50\" is not an int64");
  EXPECT_ERROR(Read(good + "{\"a\":1.5}\n"), ErrorCode::kData, "1.5 is not an int64");
  EXPECT_ERROR(Read(good + "{\"a\":-0}\n"), ErrorCode::kData, "-0 is not an int64");
  EXPECT_ERROR(Read(good + "{\"a\":9223372036854775808}\n"), ErrorCode::kData,
               "9223372036854775808 is out of the range of an int64");
  EXPECT_ERROR(Read(good + "\n{\"b\":{\"c\":[1,[]]}}\n"), ErrorCode::kData,
               "line 4, column b.c[]: [] is not an int64");
  EXPECT_ERROR(Read(good + "{\"a\":3,\"a\":3}\n"), ErrorCode::kData,
               "line 3, column a: the key \"a\" stands twice in one object");
  EXPECT_ERROR(Read(good + "null\n"), ErrorCode::kData, "line 3: null is not an object");
  EXPECT_ERROR(Read("[1.5,2.5,0.12345678901234567890]"), ErrorCode::kData,
               "has more digits than a float64 can hold (record 3)");
  EXPECT_ERROR(Read("[1.5,2.5,1e400]"), ErrorCode::kData, "1e400 is out of the range");
}

TEST_F(JsonTest, AllRecordsCanBeTheSample) {
  options_.sample_rows = -1;
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "{\"a\":" + std::to_string(i) + "}\n";
  text += "{\"a\":0.5,\"late\":[true]}\n";
  EXPECT_EQ(Types(text), "a: double, late: list<item: bool>");
  ASSERT_OK_AND_ASSIGN(const std::string rows, Read(text));
  EXPECT_NE(rows.find("{\"a\":0.5,\"late\":[true]}\n"), std::string::npos);
  EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), 200'001);
  FileInput pipe = MemoryInput(text + text);
  pipe.file = nullptr;
  EXPECT_ERROR(kJsonFormat.open(context_, pipe, options_), ErrorCode::kUsage, "read only once");
}

TEST_F(JsonTest, RecordsThatCannotBeReadAreSetAside) {
  TemporaryFolder folder;
  ASSERT_OK_AND_ASSIGN(options_.rejects, RejectsFile::Open(context_, folder / "bad.csv"));
  options_.sample_rows = 1;
  EXPECT_EQ(Rows("{\"a\":1,\"b\":\"x\",\"c\":[{\"d\":1}]}\n"
                 "{\"a\":\"no\",\"b\":\"y\"}\n"
                 "{\"b\":\"long enough to be in the buffer\",\"c\":[{\"d\":2},{\"d\":\"no\"}]}\n"
                 "{\"a\":2,\n"
                 "{\"c\":[{\"d\":3}],\"b\":\"z\",\"e\":1}\n"
                 "{\"a\":3} {\"a\":4}\n"
                 "{\"a\":5,\"b\":\"w\",\"c\":[{\"d\":6}]}\n"),
            "{\"a\":1,\"b\":\"x\",\"c\":[{\"d\":1}]}\n"
            "{\"a\":5,\"b\":\"w\",\"c\":[{\"d\":6}]}\n");
  EXPECT_EQ(options_.rejects->count(), 5);
  EXPECT_EQ(Rows("[{\"a\":1},{\"a\":[]},{\"a\":2}]"), "{\"a\":1}\n{\"a\":2}\n");
  EXPECT_EQ(options_.rejects->count(), 6);
  EXPECT_ERROR(Read("[{\"a\":1},{\"a\":},{\"a\":2}]"), ErrorCode::kData, "expected a value");
  ASSERT_OK(options_.rejects->Commit());
  const std::string rejects = ReadWholeFile(folder / "bad.csv");
  EXPECT_NE(rejects.find("\"test.json\",3,3,49,\"c[].d\""), std::string::npos) << rejects;
}

TEST_F(JsonTest, GivenTypesReplaceDetectedOnes) {
  options_.types = {{"a", arrow::utf8()},
                    {"d", arrow::date32()},
                    {"e", arrow::decimal128(10, 2)},
                    {"l", arrow::list(arrow::float64())},
                    {"new", arrow::int8()}};
  const std::string text =
      "{\"a\":1,\"d\":\"2026-11-21\",\"e\":1.5,\"l\":[1,\"NaN\"]}\n"
      "{\"a\":\"x\",\"d\":null,\"e\":\"12.25\"}\n"
      "{\"a\":{ },\"new\":\"-7\"}\n";
  EXPECT_EQ(Types(text),
            "a: string, d: date32[day], e: decimal128(10, 2), l: list<item: double>, new: int8");
  ASSERT_OK_AND_ASSIGN(auto source, Open(text));
  ASSERT_OK_AND_ASSIGN(auto reader, source->Open({}, {}));
  std::shared_ptr<arrow::RecordBatch> batch;
  ASSERT_OK(reader->ReadNext(&batch));
  EXPECT_EQ(batch->column(0)->ToString(), "[\n  \"1\",\n  \"x\",\n  \"{ }\"\n]");
  EXPECT_EQ(batch->column(1)->GetScalar(0).ValueOrDie()->ToString(), "2026-11-21");
  EXPECT_EQ(batch->column(2)->GetScalar(1).ValueOrDie()->ToString(), "12.25");
  EXPECT_EQ(batch->column(4)->GetScalar(2).ValueOrDie()->ToString(), "-7");
  EXPECT_ERROR(Read("{\"new\":200}\n"), ErrorCode::kData, "200 is out of the range");
  EXPECT_ERROR(Read("{\"d\":\"2026-02-30\"}\n"), ErrorCode::kData, "\"2026-02-30\" is out of");
  options_.types = {{"a", arrow::month_interval()}};
  EXPECT_ERROR(Open(text), ErrorCode::kUsage, "JSON cannot be read as month_interval");
}

TEST_F(JsonTest, AllTextKeepsEverySpelling) {
  options_.all_text = true;
  EXPECT_EQ(Rows("{\"a\":1.50,\"b\":\"x\",\"c\":[1 ],\"d\":null}\n"),
            "{\"a\":\"1.50\",\"b\":\"x\",\"c\":\"[1 ]\",\"d\":null}\n");
}

TEST_F(JsonTest, ProjectionSkipsValuesButNotTheirSyntax) {
  scan_.columns = {2, 0};
  EXPECT_EQ(Rows("{\"a\":1,\"b\":{\"x\":[\"]}\"]},\"c\":\"y\"}\n{\"b\":3,\"c\":\"z\"}\n"),
            "{\"c\":\"y\",\"a\":1}\n{\"c\":\"z\",\"a\":null}\n");
  options_.sample_rows = 1;
  EXPECT_ERROR(Read("{\"a\":1,\"b\":2,\"c\":3}\n{\"b\":[1,]}\n"), ErrorCode::kData,
               "line 2, column b: expected a value");
  scan_.columns = std::vector<int>{};
  ASSERT_OK_AND_ASSIGN(auto source, Open("{\"a\":1}\n{\"a\":2}\n"));
  ASSERT_OK_AND_ASSIGN(auto reader, source->Open({}, scan_));
  std::shared_ptr<arrow::RecordBatch> batch;
  ASSERT_OK(reader->ReadNext(&batch));
  EXPECT_EQ(batch->num_rows(), 2);
}

TEST_F(JsonTest, ARecordBeyondTheBudgetIsRefusedByName) {
  const std::string text = "{\"a\":1}\n{\"a\":\"" + std::string(20 << 20, 'x') + "\"}\n";
  EXPECT_ERROR(Read(text), ErrorCode::kResources, "a record is longer than");
  EXPECT_ERROR(Read(text.substr(8)), ErrorCode::kResources, "the first record is longer than");
  EXPECT_ERROR(Read("[" + text.substr(8) + "]"), ErrorCode::kResources, "record is longer than");
}

TEST_F(JsonTest, SparseRecordsOfManyKeysStayWithinTheBudget) {
  std::string text = "{";
  for (int key = 0; key < 2000; ++key) {
    text += (key == 0 ? "\"k" : ",\"k") + std::to_string(key) + "\":1";
  }
  text += "}\n";
  for (int row = 0; row < 20'000; ++row) text += "{}\n";
  ASSERT_OK_AND_ASSIGN(auto source, Open(text));
  ASSERT_OK_AND_ASSIGN(auto reader, source->Open({}, {}));
  int64_t rows = 0;
  for (std::shared_ptr<arrow::RecordBatch> batch;;) {
    ASSERT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    rows += batch->num_rows();
  }
  EXPECT_EQ(rows, 20'001);
  EXPECT_LT(context_->memory_pool()->max_memory(), context_->memory_budget());
}

TEST_F(JsonTest, AnObjectWithVeryManyKeysIsAMap) {
  std::string text = "{\"m\":{";
  for (size_t key = 0; key <= json::kMaxFields; ++key) {
    text += (key == 0 ? "\"" : ",\"") + std::to_string(key) + "\":1";
  }
  EXPECT_EQ(Types(text + "}}"), "m: string");
}

TEST_F(JsonTest, InspectSaysHowTheFileIsLaidOut) {
  ASSERT_OK_AND_ASSIGN(auto source, Open("[{\"a\":1},{\"a\":2}]"));
  ASSERT_OK_AND_ASSIGN(const SourceInfo info, source->Inspect());
  EXPECT_EQ(info.format, "JSON array");
  EXPECT_EQ(info.rows, 2);
  // A source can be opened again.
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK_AND_ASSIGN(auto reader, source->Open({}, {}));
    ASSERT_OK_AND_ASSIGN(const std::string rows, ToLines(context_, reader.get()));
    EXPECT_EQ(rows, "{\"a\":1}\n{\"a\":2}\n");
  }
}

// However blocks cut a text, the rows or the fault (and its line) are the same.
TEST_F(JsonTest, BlockEdgesDoNotMatter) {
  const std::string texts[] = {
      "{\"a\":1,\"b\":\"x\\\"y\\\\\"}\n\n{\"b\":\"\xe2\x82\xac\\u20ac\",\"a\":22}\r\n{\"a\":3}",
      "[{\"a\":1,\"b\":\"}],[{\"} , {\"b\":\"\\\\\",\"a\":-2},\n{\"a\":3,\"b\":\"\\\"]\"} ] \n",
      "{\"a\":1,\n\"b\":\"{\"}{\"a\":2}\n{\"b\":\"\\\\\\\"}\"}\n",
      "[ 1,22 ,\n333, \"a,]\\\\\", null ]",
      "{\"a\":1}\n{\"a\":2}\n{\"a\":x}\n{\"a\":4}\n",
      "[{\"a\":1},{\"a\":2}\n,{\"a\":3}} ,{\"a\":4}]",
      "{\n\"a\":1}\n{\"a\":[}\n{\"a\":3}",
      "[1,2]]",
      "[\"abc",
  };
  for (const std::string& text : texts) {
    const std::string whole = Rows(text);
    const char* const begin = text.c_str();
    JsonTable table{.name = "test.json"};
    table.layout = *json::DetectLayout(begin, begin + text.size(), true);
    for (size_t block = 1; block <= text.size(); ++block) {
      const auto observed =
          json::ObserveAll(context_, table, std::make_unique<MemoryText>(text, block));
      if (!observed.ok()) {
        EXPECT_EQ(Describe(observed.status()), whole) << "blocks of " << block;
        continue;
      }
      ASSERT_OK_AND_ASSIGN(table.plan, json::MakePlan(observed->shape, true, {}));
      table.sampled = observed->records;
      table.sampled_all = true;
      std::vector<int> columns(static_cast<size_t>(table.plan.schema->num_fields()));
      for (size_t i = 0; i < columns.size(); ++i) columns[i] = static_cast<int>(i);
      auto reader = json::MakeJsonReader(context_, std::make_shared<JsonTable>(table),
                                         std::make_unique<MemoryText>(text, block), columns);
      const auto rows = ToLines(context_, reader.get());
      EXPECT_EQ(rows.ok() ? *rows : Describe(rows.status()), whole) << "blocks of " << block;
    }
  }
}

}  // namespace
}  // namespace bowyer
