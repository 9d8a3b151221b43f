#include "databases/postgres/row_messages.h"

#include <gtest/gtest.h>

#include <string>

#include "matchers.h"

namespace bowyer {
namespace {

std::string Message(char type, const std::string& body) {
  const auto size = static_cast<uint32_t>(body.size() + 4);
  std::string message(1, type);
  for (int shift = 24; shift >= 0; shift -= 8) message += static_cast<char>(size >> shift);
  return message + body;
}

const std::string kBegin = Message('1', "") + Message('2', "");
const std::string kNone = Message('C', std::string("SELECT 0\0", 9));
const std::string kFour = Message('C', std::string("SELECT 4\0", 9));
const std::string kReady = Message('Z', "T");
const std::string kFault = Message('E', std::string("SERROR\0C22012\0Mdivision by zero\0\0", 33));

// The data, `step` bytes of the stream at a time.
arrow::Result<std::string> Take(RowMessages& messages, const std::string& stream,
                                size_t step = SIZE_MAX) {
  std::string all;
  for (size_t at = 0; at < stream.size(); at += std::min(step, stream.size() - at)) {
    std::string part = stream.substr(at, step);
    ARROW_ASSIGN_OR_RAISE(const size_t size,
                          messages.Take(reinterpret_cast<uint8_t*>(part.data()), part.size()));
    all += part.substr(0, size);
  }
  return all;
}

TEST(RowMessages, AQueryAsksForBinaryRows) {
  EXPECT_EQ(RowMessages::Query("table t"),
            Message('P', std::string("\0table t\0\0\0", 11)) +
                Message('B', std::string("\0\0\0\0\0\0\0\1\0\1", 10)) +
                Message('E', std::string("\0\0\0\0\0", 5)) + Message('S', ""));
}

TEST(RowMessages, RowsComeWholeWhereverTheStreamIsDivided) {
  const std::string stream =
      Message('S', std::string("TimeZone\0UTC\0", 13)) + kBegin + Message('D', "one") +
      Message('D', "") + Message('N', std::string("SNOTICE\0\0", 9)) +
      Message('D', std::string(5000, 'x')) + Message('A', std::string("\0\0\0\1c\0p\0", 8)) +
      Message('D', "three") + kFour + kReady;
  for (size_t step = 1; step <= stream.size(); step += step < 40 ? 1 : 997) {
    RowMessages messages;
    ASSERT_OK_AND_ASSIGN(const std::string data, Take(messages, stream, step));
    EXPECT_EQ(data, "one" + std::string(5000, 'x') + "three") << step;
    EXPECT_TRUE(messages.ended());
    EXPECT_TRUE(messages.error().empty());
  }
}

TEST(RowMessages, WhatARowStillLacksIsKnown) {
  RowMessages messages;
  ASSERT_OK(Take(messages, kBegin + Message('D', std::string(1000, 'x')).substr(0, 105)));
  EXPECT_EQ(messages.missing(), 900);
}

TEST(RowMessages, AnErrorEndsIt) {
  RowMessages messages;
  ASSERT_OK_AND_ASSIGN(const std::string data,
                       Take(messages, kBegin + Message('D', "one") + kFault, 7));
  EXPECT_EQ(data, "one");
  EXPECT_FALSE(messages.ended());
  EXPECT_EQ(messages.error().at('C'), "22012");
  EXPECT_EQ(messages.error().at('M'), "division by zero");
  EXPECT_ERROR(Take(messages, Message('D', "two")), ErrorCode::kPeer, "\"D\"");
  RowMessages at_once;
  ASSERT_OK(Take(at_once, kFault + kReady));
  EXPECT_TRUE(at_once.ended());
}

TEST(RowMessages, ALongErrorIsCut) {
  RowMessages messages;
  ASSERT_OK(Take(messages, Message('E', "M" + std::string(1 << 20, 'x') + '\0') + kReady, 10'000));
  EXPECT_EQ(messages.error().at('M').size(), (64 << 10) - 1);
}

TEST(RowMessages, RowsThatAreMissingAreNoticed) {
  for (const std::string& rows :
       {std::string(), Message('D', "one"), Message('D', "one") + Message('D', "two")}) {
    RowMessages messages;
    EXPECT_ERROR(Take(messages, kBegin + rows + kFour + kReady), ErrorCode::kPeer, "\"SELECT 4\"");
  }
}

TEST(RowMessages, WhatNoServerSendsIsRefused) {
  for (const std::string& stream : {
           Message('D', "before it began"),
           kBegin + kReady,
           kBegin + Message('T', "rows"),
           Message('1', "") + kNone,
           kBegin + kNone + Message('D', "behind"),
           kBegin + Message('d', "row of a COPY"),
           kBegin + Message('G', ""),
           kBegin + std::string("D\0\0\0\3", 5),
           kBegin + std::string("D\xff\xff\xff\xff", 5),
           kBegin + kNone + kReady + kReady,
           Message('E', ""),
       }) {
    RowMessages messages;
    EXPECT_ERROR(Take(messages, stream), ErrorCode::kPeer, "the server sent");
  }
}

}  // namespace
}  // namespace bowyer
