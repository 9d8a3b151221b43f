#include "databases/postgres/copy_messages.h"

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

const std::string kBegin = Message('H', std::string("\1\0\1\0\1", 5));
const std::string kDone = Message('c', "");
const std::string kComplete = Message('C', std::string("COPY 3\0", 7));
const std::string kReady = Message('Z', "T");
const std::string kFault = Message('E', std::string("SERROR\0C22012\0Mdivision by zero\0\0", 33));

// The data, `step` bytes of the stream at a time.
arrow::Result<std::string> Take(CopyMessages& messages, const std::string& stream,
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

TEST(CopyMessages, AQueryIsSentAsOneMessage) {
  EXPECT_EQ(CopyMessages::Query("copy t"), Message('Q', std::string("copy t\0", 7)));
}

TEST(CopyMessages, DataComesWholeWhereverTheStreamIsDivided) {
  const std::string stream =
      Message('S', std::string("TimeZone\0UTC\0", 13)) + kBegin + Message('d', "one") +
      Message('d', "") + Message('N', std::string("SNOTICE\0\0", 9)) +
      Message('d', std::string(5000, 'x')) + Message('A', std::string("\0\0\0\1c\0p\0", 8)) +
      Message('d', "three") + kDone + kComplete + kReady;
  for (size_t step = 1; step <= stream.size(); step += step < 40 ? 1 : 997) {
    CopyMessages messages;
    ASSERT_OK_AND_ASSIGN(const std::string data, Take(messages, stream, step));
    EXPECT_EQ(data, "one" + std::string(5000, 'x') + "three") << step;
    EXPECT_TRUE(messages.ended());
    EXPECT_TRUE(messages.error().empty());
  }
}

TEST(CopyMessages, WhatARowStillLacksIsKnown) {
  CopyMessages messages;
  ASSERT_OK(Take(messages, kBegin + Message('d', std::string(1000, 'x')).substr(0, 105)));
  EXPECT_EQ(messages.missing(), 900);
}

TEST(CopyMessages, AnErrorEndsIt) {
  CopyMessages messages;
  ASSERT_OK_AND_ASSIGN(const std::string data,
                       Take(messages, kBegin + Message('d', "one") + kFault, 7));
  EXPECT_EQ(data, "one");
  EXPECT_FALSE(messages.ended());
  EXPECT_EQ(messages.error().at('C'), "22012");
  EXPECT_EQ(messages.error().at('M'), "division by zero");
  EXPECT_ERROR(Take(messages, Message('d', "two")), ErrorCode::kPeer, "\"d\"");
  CopyMessages at_once;
  ASSERT_OK(Take(at_once, kFault + kReady));
  EXPECT_TRUE(at_once.ended());
}

TEST(CopyMessages, ALongErrorIsCut) {
  CopyMessages messages;
  ASSERT_OK(Take(messages, Message('E', "M" + std::string(1 << 20, 'x') + '\0') + kReady, 10'000));
  EXPECT_EQ(messages.error().at('M').size(), (64 << 10) - 1);
}

TEST(CopyMessages, WhatNoServerSendsIsRefused) {
  for (const std::string& stream : {
           Message('d', "before it began"),
           kBegin + kReady,
           kBegin + Message('T', "rows"),
           kBegin + kDone + Message('d', "behind"),
           kBegin + Message('G', ""),
           kBegin + std::string("d\0\0\0\3", 5),
           kBegin + std::string("d\xff\xff\xff\xff", 5),
           kBegin + kDone + kComplete + kReady + kReady,
           Message('E', ""),
       }) {
    CopyMessages messages;
    EXPECT_ERROR(Take(messages, stream), ErrorCode::kPeer, "the server sent");
  }
}

}  // namespace
}  // namespace bowyer
