#include "bowyer/location.h"

#include <gtest/gtest.h>

#include "matchers.h"

namespace bowyer {
namespace {

TEST(Location, PathsNeedNoScheme) {
  for (const char* text : {"orders.csv", "/data/a b#c?d.csv", "C:x", "folder/", "part-*.parquet"}) {
    ASSERT_OK_AND_ASSIGN(auto location, Location::Parse(text));
    EXPECT_EQ(location.scheme, "file") << text;
    EXPECT_EQ(location.path, text);
    EXPECT_EQ(location.Redacted(), text);
  }
  ASSERT_OK_AND_ASSIGN(auto stream, Location::Parse("-"));
  EXPECT_TRUE(stream.is_standard_stream());
}

TEST(Location, DatabaseHasTableAndOptions) {
  ASSERT_OK_AND_ASSIGN(auto location,
                       Location::Parse("duckdb:shop.duckdb?query=select%20'a%26b'&x=1#orders"));
  EXPECT_EQ(location.scheme, "duckdb");
  EXPECT_EQ(location.path, "shop.duckdb");
  EXPECT_EQ(location.table, "orders");
  EXPECT_EQ(location.options.at("query"), "select 'a&b'");
  EXPECT_EQ(location.options.at("x"), "1");
}

TEST(Location, SocketsHaveWordsAsOptions) {
  ASSERT_OK_AND_ASSIGN(auto location, Location::Parse("unix:/run/x?listen&timeout=5s"));
  EXPECT_EQ(location.path, "/run/x");
  EXPECT_EQ(location.options.at("listen"), "");
  EXPECT_EQ(location.options.at("timeout"), "5s");
  EXPECT_EQ(location.Redacted(), "unix:/run/x?listen&timeout=5s");
  EXPECT_ERROR(Location::Parse("tcp://x:1?=3"), ErrorCode::kUsage, "name=value");
}

TEST(Location, PasswordsAreNeverShown) {
  ASSERT_OK_AND_ASSIGN(
      auto location, Location::Parse("postgresql://ann:se:cr@t@host/db?password=secret#public.t"));
  EXPECT_EQ(location.Redacted(), "postgresql://ann:***@host/db?password=***#public.t");
}

TEST(Location, WrongOnesAreUsageErrors) {
  EXPECT_ERROR(Location::Parse(""), ErrorCode::kUsage, "empty");
  EXPECT_ERROR(Location::Parse("duckbd://x"), ErrorCode::kUsage, "did you mean \"duckdb\"?");
  EXPECT_ERROR(Location::Parse("sqlite:"), ErrorCode::kUsage, "nothing follows");
  EXPECT_ERROR(Location::Parse("duckdb:x?a=%1"), ErrorCode::kUsage, "hex digits");
  EXPECT_ERROR(Location::Parse("duckdb:x?a"), ErrorCode::kUsage, "name=value");
}

}  // namespace
}  // namespace bowyer
