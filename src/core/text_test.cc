#include "core/text.h"

#include <gtest/gtest.h>

namespace bowyer {
namespace {

TEST(Text, NumbersForPeople) {
  EXPECT_EQ(WithThousands(0), "0");
  EXPECT_EQ(WithThousands(999), "999");
  EXPECT_EQ(WithThousands(-1204331), "-1,204,331");
  EXPECT_EQ(WithThousands(-100), "-100");
  EXPECT_EQ(HumanBytes(17), "17 bytes");
  EXPECT_EQ(HumanBytes(212'000'000), "212 MB");
  EXPECT_EQ(HumanBytes(999'960), "1.0 MB");
}

TEST(Text, Sizes) {
  EXPECT_EQ(ParseSize("64M"), 64 << 20);
  EXPECT_EQ(ParseSize("64 MiB"), 64 << 20);
  EXPECT_EQ(ParseSize("1.5GB"), 1'500'000'000);
  EXPECT_EQ(ParseSize("4096"), 4096);
  EXPECT_EQ(ParseSize("12Q"), std::nullopt);
  EXPECT_EQ(ParseSize("-1"), std::nullopt);
  EXPECT_EQ(ParseSize(""), std::nullopt);
}

TEST(Text, ForeignBytesCannotSteerATerminal) {
  EXPECT_EQ(Quoted("a\x1b[2Jb\n\xff\xc2\x9b é"), "\"a\\x1b[2Jb\\n\\xff\\xc2\\x9b é\"");
  EXPECT_EQ(Printable(std::string(300, 'x'), 10), "xxxxxxxxxx…");
}

TEST(Text, Utf8IsCheckedByTheStandard) {
  EXPECT_EQ(ValidUtf8Prefix("aé€😀"), std::string_view("aé€😀").size());
  EXPECT_EQ(ValidUtf8Prefix("a\xC0\x80"), 1u);          // overlong
  EXPECT_EQ(ValidUtf8Prefix("a\xED\xA0\x80"), 1u);      // surrogate
  EXPECT_EQ(ValidUtf8Prefix("a\xF4\x90\x80\x80"), 1u);  // beyond U+10FFFF
  EXPECT_EQ(ValidUtf8Prefix("a\xE2\x82"), 1u);          // cut
}

TEST(Text, ClosestName) {
  EXPECT_EQ(DidYouMean("amonut", {"user_id", "amount"}), "; did you mean \"amount\"?");
  EXPECT_EQ(DidYouMean("zzz", {"user_id", "amount"}), "");
}

}  // namespace
}  // namespace bowyer
