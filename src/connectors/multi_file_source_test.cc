#include "connectors/multi_file_source.h"

#include <arrow/table.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "bowyer/copy.h"
#include "bowyer/error.h"
#include "connectors/connectors.h"
#include "matchers.h"
#include "table_of.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

class MultiFileSourceTest : public testing::Test {
 protected:
  void Put(const std::string& name, const std::shared_ptr<arrow::Table>& table) {
    const std::string path = folder_.Write(name, "");
    std::filesystem::remove(path);
    ASSERT_OK(Copy(context_, std::make_shared<arrow::TableBatchReader>(table),
                   *Location::Parse(path), {}));
  }
  void PutIds(const std::string& name, const std::string& ids) {
    Put(name, TableOf({{"id", arrow::int64(), ids}}));
  }
  arrow::Result<std::unique_ptr<Source>> Open(const std::string& name, bool by_name = false,
                                              const ReadOptions& options = {}) {
    return OpenSource(context_, *Location::Parse(folder_ / name), options, by_name);
  }
  arrow::Result<std::string> Read(const std::string& name, bool by_name = false,
                                  const ScanOptions& scan = {}, const ReadOptions& options = {},
                                  const Chunk& chunk = {}) {
    ARROW_ASSIGN_OR_RAISE(auto source, Open(name, by_name, options));
    ARROW_ASSIGN_OR_RAISE(auto reader, source->Open(chunk, scan));
    ARROW_ASSIGN_OR_RAISE(auto table, reader->ToTable());
    ARROW_ASSIGN_OR_RAISE(table, table->CombineChunks());
    std::string text;
    for (int64_t row = 0; row < table->num_rows(); ++row) {
      for (int i = 0; i < table->num_columns(); ++i) {
        ARROW_ASSIGN_OR_RAISE(auto value, table->column(i)->GetScalar(row));
        text += (i == 0 ? "" : ",") + (value->is_valid ? value->ToString() : "null");
      }
      text += ' ';
    }
    return text;
  }

  std::shared_ptr<Context> context_ = *Context::Make();
  TemporaryFolder folder_;
};

TEST_F(MultiFileSourceTest, FilesComeInTheOrderOfTheirNames) {
  PutIds("part-2.arrow", "[3]");
  PutIds("part-10.arrow", "[2]");
  PutIds("part-1.arrow", "[1]");
  PutIds("other.arrow", "[9]");
  PutIds("_part-0.arrow", "[9]");
  PutIds(".part-0.arrow", "[9]");
  ASSERT_OK_AND_ASSIGN(auto rows, Read("part-*.arrow"));
  EXPECT_EQ(rows, "1 2 3 ");
  ASSERT_OK_AND_ASSIGN(rows, Read("part-?.arrow"));
  EXPECT_EQ(rows, "1 3 ");
  ASSERT_OK_AND_ASSIGN(rows, Read("part-[12].arrow"));
  EXPECT_EQ(rows, "1 3 ");
  ASSERT_OK_AND_ASSIGN(rows, Read(""));
  EXPECT_EQ(rows, "9 1 2 3 ");
  ASSERT_OK_AND_ASSIGN(rows, Read("_*.arrow"));
  EXPECT_EQ(rows, "9 ");
}

TEST_F(MultiFileSourceTest, AFileWhoseNameLooksLikeAPatternIsThatFile) {
  PutIds("a[1].arrow", "[1]");
  PutIds("a1.arrow", "[2]");
  ASSERT_OK_AND_ASSIGN(auto rows, Read("a[1].arrow"));
  EXPECT_EQ(rows, "1 ");
}

TEST_F(MultiFileSourceTest, TwoStarsReachEveryFolder) {
  PutIds("d/a.arrow", "[1]");
  PutIds("d/x/b.arrow", "[2]");
  PutIds("d/x/y/c.arrow", "[3]");
  PutIds("d/.hidden/c.arrow", "[9]");
  ASSERT_OK_AND_ASSIGN(auto rows, Read("d/**/*.arrow"));
  EXPECT_EQ(rows, "1 2 3 ");
  ASSERT_OK_AND_ASSIGN(rows, Read("d/**/y/*.arrow"));
  EXPECT_EQ(rows, "3 ");
  ASSERT_OK_AND_ASSIGN(rows, Read("*/x"));
  EXPECT_EQ(rows, "2 3 ");
}

TEST_F(MultiFileSourceTest, FolderNamesAreColumns) {
  PutIds("t/year=2025/tag=a%2Fb/x.arrow", "[1]");
  PutIds("t/year=2026/tag=__HIVE_DEFAULT_PARTITION__/x.arrow", "[2, 3]");
  PutIds("t/_temporary/year=x/x.arrow", "[9]");
  ASSERT_OK_AND_ASSIGN(auto rows, Read("t"));
  EXPECT_EQ(rows, "1,2025,a/b 2,2026,null 3,2026,null ");
  ASSERT_OK_AND_ASSIGN(auto source, Open("t"));
  EXPECT_EQ(source->schema()->ToString(), "id: int64\nyear: int64\ntag: string");
  ASSERT_OK_AND_ASSIGN(rows, Read("t", false, {.columns = std::vector<int>{1}}));
  EXPECT_EQ(rows, "2025 2026 2026 ");
  ASSERT_OK_AND_ASSIGN(rows, Read("t", false, {.columns = std::vector<int>{2, 0}}));
  EXPECT_EQ(rows, "a/b,1 null,2 null,3 ");
  // Beneath a given folder only.
  ASSERT_OK_AND_ASSIGN(rows, Read("t/year=2026"));
  EXPECT_EQ(rows, "2,null 3,null ");
  ASSERT_OK_AND_ASSIGN(rows, Read("t/year=*/tag=a*/*"));
  EXPECT_EQ(rows, "1,2025,a/b ");
}

TEST_F(MultiFileSourceTest, TypesOfFolderColumnsFitAllValues) {
  PutIds("t/a=007/b=2026-01-31/c=1/x.arrow", "[1]");
  PutIds("t/a=8/b=2026-02-01/c=x/x.arrow", "[2]");
  ASSERT_OK_AND_ASSIGN(auto source, Open("t"));
  EXPECT_EQ(source->schema()->ToString(), "id: int64\na: string\nb: date32[day]\nc: string");
  ASSERT_OK_AND_ASSIGN(source, Open("t", false, {.types = {{"a", arrow::int32()}}}));
  EXPECT_EQ(source->schema()->field(1)->type()->id(), arrow::Type::INT32);
  EXPECT_ERROR(Open("t", false, {.types = {{"c", arrow::int32()}}}), ErrorCode::kData,
               "\"x\" in its folder's name is not of type int32");
  PutIds("t/a=9/x.arrow", "[1]");
  EXPECT_ERROR(Open("t"), ErrorCode::kData, "the columns a");
}

TEST_F(MultiFileSourceTest, DifferentColumnsAreShownOrUnited) {
  PutIds("d/1.arrow", "[1]");
  Put("d/2.arrow", TableOf({{"name", arrow::utf8(), R"(["x"])"}, {"id", arrow::int32(), "[2]"}}));
  EXPECT_ERROR(Open("d"), ErrorCode::kData, "try --union");
  ASSERT_OK_AND_ASSIGN(auto rows, Read("d", true));
  EXPECT_EQ(rows, "1,null 2,x ");
}

TEST_F(MultiFileSourceTest, NothingToReadIsUnavailable) {
  EXPECT_ERROR(Open("*.arrow"), ErrorCode::kUnavailable, "no file fits the pattern");
  EXPECT_ERROR(Open("none/*.arrow"), ErrorCode::kUnavailable, "no file fits the pattern");
  std::filesystem::create_directory(folder_ / "empty");
  folder_.Write("empty/readme", "x");
  EXPECT_ERROR(Open("empty"), ErrorCode::kUnavailable,
               "holds no files that can be read (1 whose names say no format)");
  PutIds("mixed/a.arrow", "[1]");
  PutIds("mixed/a.arrows", "[1]");
  EXPECT_ERROR(Open("mixed"), ErrorCode::kUsage, "several formats");
}

TEST_F(MultiFileSourceTest, ALoopOfLinksEnds) {
  PutIds("d/a.arrow", "[1]");
  ASSERT_EQ(symlink("..", (folder_ / "d/up").c_str()), 0);
  EXPECT_ERROR(Open("d"), ErrorCode::kUnavailable, "loop of symbolic links");
}

TEST_F(MultiFileSourceTest, UnitsAndFactsAreThoseOfAllFiles) {
  PutIds("a.arrow", "[1, 2]");
  PutIds("b.arrow", "[3]");
  PutIds("c.arrow", "[4]");
  ASSERT_OK_AND_ASSIGN(auto source, Open("*.arrow"));
  ASSERT_OK_AND_ASSIGN(auto info, source->Inspect());
  EXPECT_EQ(info.rows, 4);
  EXPECT_EQ(info.units.size(), 3);
  ASSERT_OK_AND_ASSIGN(auto chunks, source->Chunks(3));
  ASSERT_EQ(chunks.size(), 2);
  EXPECT_EQ(chunks[0].rows, 3);
  ASSERT_OK_AND_ASSIGN(auto rows, Read("*.arrow", false, {}, {}, chunks[1]));
  EXPECT_EQ(rows, "4 ");
  ASSERT_OK_AND_ASSIGN(rows, Read("*.arrow", false, {}, {}, chunks[0]));
  EXPECT_EQ(rows, "1 2 3 ");
  ASSERT_OK_AND_ASSIGN(const std::string before, source->Fingerprint());
  std::filesystem::remove(folder_ / "c.arrow");
  PutIds("c.arrow", "[5]");
  ASSERT_OK_AND_ASSIGN(const std::string after, source->Fingerprint());
  EXPECT_NE(before, after);
}

TEST_F(MultiFileSourceTest, ManyFilesAreReadInOrder) {
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    PutIds("part-" + std::to_string(1000 + i) + ".arrow", "[" + std::to_string(i) + "]");
    expected += std::to_string(i) + " ";
  }
  ASSERT_OK_AND_ASSIGN(auto rows, Read("part-*.arrow"));
  EXPECT_EQ(rows, expected);
  // A damaged file in the midst is named; what runs ahead ends without harm.
  folder_.Write("part-1100.arrow", "ARROW1 and nothing more");
  EXPECT_ERROR(Read("part-*.arrow"), ErrorCode::kData, "part-1100.arrow");
}

}  // namespace
}  // namespace bowyer
