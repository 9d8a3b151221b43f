#include "bowyer/rejects.h"

#include <gtest/gtest.h>

#include "matchers.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

TEST(RejectsFile, HoldsPlaceReasonAndTheExactBytes) {
  TemporaryFolder folder;
  const std::string path = folder / "bad.csv";
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make());
  ASSERT_OK_AND_ASSIGN(auto rejects, RejectsFile::Open(context, path));
  ASSERT_OK(rejects->Add({.source = "a,b.csv",
                          .line = 7,
                          .row = 5,
                          .byte_offset = 90,
                          .column = "amount",
                          .reason = "\"x\" is not a float64",
                          .raw = "1,\"x\"\r\n2"}));
  ASSERT_OK(
      rejects->Add({.source = "b\xff.csv", .reason = "ragged", .raw = std::string("\xff\0z", 3)}));
  EXPECT_EQ(rejects->count(), 2);
  EXPECT_EQ(context->progress().rows_rejected, 2);
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_OK(rejects->Commit());
  EXPECT_EQ(ReadWholeFile(path),
            "source,line,row,byte_offset,column,reason,encoding,raw\n"
            "\"a,b.csv\",7,5,90,\"amount\",\"\"\"x\"\" is not a float64\",utf-8,"
            "\"1,\"\"x\"\"\r\n2\"\n"
            "\"b\\xff.csv\",,,,,\"ragged\",base64,/wB6\n");
}

TEST(RejectsFile, WithoutCommitNothingStays) {
  TemporaryFolder folder;
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make());
  { ASSERT_OK(RejectsFile::Open(context, folder / "bad.csv")); }
  EXPECT_EQ(folder.entries(), 0);
}

TEST(RejectsFile, AnExistingFileIsKept) {
  TemporaryFolder folder;
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make());
  EXPECT_ERROR(RejectsFile::Open(context, folder.Write("bad.csv", "old")), ErrorCode::kUnavailable,
               "exists already");
  EXPECT_EQ(ReadWholeFile(folder / "bad.csv"), "old");
}

}  // namespace
}  // namespace bowyer
