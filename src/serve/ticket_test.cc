#include "serve/ticket.h"

#include <gtest/gtest.h>

#include "bowyer/error.h"
#include "matchers.h"

namespace bowyer {
namespace {

TEST(Ticket, ComesBackAsItWas) {
  ASSERT_OK_AND_ASSIGN(const auto whole, ParseTicket(Ticket{.table = "a/b"}.Text()));
  EXPECT_EQ(whole.table, "a/b");
  EXPECT_FALSE(whole.is_part);
  const Ticket part{.table = "orders",
                    .is_part = true,
                    .chunk = {.first = 4, .count = 2},
                    .fingerprint = "12 \"x\""};
  ASSERT_OK_AND_ASSIGN(const auto again, ParseTicket(part.Text()));
  EXPECT_EQ(again.table, "orders");
  EXPECT_TRUE(again.is_part);
  EXPECT_EQ(again.chunk.first, 4);
  EXPECT_EQ(again.chunk.count, 2);
  EXPECT_EQ(again.fingerprint, part.fingerprint);
  const std::string query = "select 'ä', \"b\"\nfrom {x}";
  for (const std::string& text : {query, Ticket{.sql = query}.Text()}) {
    ASSERT_OK_AND_ASSIGN(const auto sql, ParseTicket(text));
    EXPECT_EQ(sql.sql, query);
    EXPECT_EQ(sql.table, "");
  }
}

TEST(Ticket, AnythingElseIsRefused) {
  const std::string nested(100'000, '[');
  for (const std::string& text : std::vector<std::string>{
           "", "{", "{}", "\xff", R"({"sql":""})", R"({"sql":1})", R"({"sql":"a b","table":"x"})",
           R"({"table":"x"})", R"({"table":"x","first":-1,"count":1,"fingerprint":""})",
           R"({"table":"x","first":0,"count":1e30,"fingerprint":""})",
           R"({"table":"x","first":0,"count":18446744073709551615,"fingerprint":""})",
           R"({"table":"x","first":0,"count":1})", "{\"sql\":" + nested,
           std::string(2 << 20, 'x')}) {
    EXPECT_ERROR(ParseTicket(text), ErrorCode::kUsage, "is no ticket");
  }
}

}  // namespace
}  // namespace bowyer
