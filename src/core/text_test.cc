#include "core/text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

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

TEST(Text, Utf8InStepsAgreesWithTheDefinition) {
  const std::vector<std::string> characters = {"a",
                                               "z",
                                               "\xC2\x80",
                                               "\xDF\xBF",
                                               "\xE0\xA0\x80",
                                               "\xE1\x80\x80",
                                               "\xED\x9F\xBF",
                                               "\xEE\x80\x80",
                                               "\xEF\xBF\xBF",
                                               "\xF0\x90\x80\x80",
                                               "\xF1\x80\x80\x80",
                                               "\xF4\x8F\xBF\xBF",
                                               std::string(1, '\0')};
  const unsigned char edges[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED,
                                 0xEE, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
  std::mt19937 random(1);
  for (int i = 0; i < 60000; ++i) {
    std::string text;
    const size_t length = random() % 200;
    const size_t kinds = i % 3 == 0 ? 2 : characters.size();
    while (text.size() < length) text += characters[random() % kinds];
    ASSERT_EQ(ValidUtf8Prefix(text), text.size());
    for (int damage = 0; damage < 3 && !text.empty(); ++damage) {
      text[random() % text.size()] = static_cast<char>(edges[random() % std::size(edges)]);
      ASSERT_EQ(ValidUtf8Prefix(text), ValidUtf8PrefixPortable(text));
    }
    text.resize(text.size() / 2);
    ASSERT_EQ(ValidUtf8Prefix(text), ValidUtf8PrefixPortable(text));
  }
}

TEST(Text, ClosestName) {
  EXPECT_EQ(DidYouMean("amonut", {"user_id", "amount"}), "; did you mean \"amount\"?");
  EXPECT_EQ(DidYouMean("zzz", {"user_id", "amount"}), "");
}

}  // namespace
}  // namespace bowyer
