#include <arrow/buffer.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <future>
#include <string>
#include <thread>

#include "channels/meet.h"
#include "channels/poll_awake.h"
#include "channels/socket_address.h"
#include "channels/socket_stream.h"
#include "matchers.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

arrow::Result<SocketAddress> AddressOf(const std::string& text) {
  ARROW_ASSIGN_OR_RAISE(const auto location, Location::Parse(text));
  return SocketAddress::Of(location);
}

TEST(Duration, IsWrittenWithItsUnit) {
  EXPECT_EQ(ParseDuration("30"), Milliseconds(30'000));
  EXPECT_EQ(ParseDuration("1.5s"), Milliseconds(1'500));
  EXPECT_EQ(ParseDuration("20ms"), Milliseconds(20));
  EXPECT_EQ(ParseDuration("0.1ms"), Milliseconds(1));
  EXPECT_EQ(ParseDuration("5m"), Milliseconds(300'000));
  EXPECT_EQ(ParseDuration("2h"), Milliseconds(7'200'000));
  for (const char* text : {"", "s", "1d", "-1", "nan", "inf", "1e300", "1 s", "1ss"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
  EXPECT_EQ(DurationText(Milliseconds(30'000)), "30 s");
  EXPECT_EQ(DurationText(Milliseconds(500)), "0.5 s");
  EXPECT_EQ(DurationText(Milliseconds(600'000)), "10 min");
  EXPECT_EQ(DurationText(Milliseconds(3'600'000)), "1 h");
}

TEST(PollAwake, WaitsForBytesOrAsLongAsItMay) {
  std::array<int, 2> ends = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const Socket here(ends[0]), there(ends[1]);
  pollfd wait = {.fd = here.fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(PollAwake({&wait, 1}, Milliseconds(0)), 0);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(PollAwake({&wait, 1}, Milliseconds(20)), 0);
  EXPECT_GE(std::chrono::steady_clock::now() - start, Milliseconds(20));
  // Behind the moments in which it is awake, too.
  std::thread writer([&] {
    std::this_thread::sleep_for(Milliseconds(20));
    EXPECT_EQ(::write(there.fd(), "x", 1), 1);
  });
  EXPECT_EQ(PollAwake({&wait, 1}, Milliseconds(60'000)), 1);
  EXPECT_EQ(wait.revents, POLLIN);
  writer.join();
}

TEST(SocketAddress, HasARoleAndTimes) {
  ASSERT_OK_AND_ASSIGN(auto address, AddressOf("unix:/run/x?listen&timeout=5s&stall=0"));
  EXPECT_EQ(address.path, "/run/x");
  EXPECT_EQ(address.role, SocketRole::kListen);
  EXPECT_EQ(address.timeout, Milliseconds(5'000));
  EXPECT_EQ(address.stall, Milliseconds(0));
  ASSERT_OK_AND_ASSIGN(address, AddressOf("tcp://localhost:5555?connect"));
  EXPECT_EQ(address.role, SocketRole::kConnect);
  EXPECT_EQ(address.endpoints.size(), 2U);
  for (const char* text : {"tcp://127.0.0.1:1", "tcp://127.9.9.9:65535", "tcp://[::1]:80"}) {
    ASSERT_OK_AND_ASSIGN(address, AddressOf(text));
    EXPECT_EQ(address.endpoints.size(), 1U) << text;
  }
}

TEST(SocketAddress, OnlyThisMachineIsTaken) {
  for (const char* text : {"tcp://example.org:80", "tcp://10.0.0.1:80", "tcp://0.0.0.0:80",
                           "tcp://[::]:80", "tcp://[2001:db8::1]:80", "tcp://128.0.0.1:80"}) {
    EXPECT_ERROR(AddressOf(text), ErrorCode::kUsage, "there is no TLS yet");
  }
  EXPECT_ERROR(AddressOf("tcp://example.org:80"), ErrorCode::kUsage, "ssh -L 80:localhost:80");
}

TEST(SocketAddress, WrongOnesAreUsageErrors) {
  for (const char* text : {"tcp://localhost", "tcp://localhost:", "tcp://localhost:0",
                           "tcp://localhost:65536", "tcp://localhost:8x"}) {
    EXPECT_ERROR(AddressOf(text), ErrorCode::kUsage, "a port from 1 to 65535");
  }
  EXPECT_ERROR(AddressOf("unix:" + std::string(108, 'x')), ErrorCode::kUsage,
               "can have 107 bytes, this one has 108");
  EXPECT_ERROR(AddressOf("unix:x?lissten"), ErrorCode::kUsage, "did you mean \"listen\"?");
  EXPECT_ERROR(AddressOf("unix:x?listen&connect"), ErrorCode::kUsage, "exclude each other");
  EXPECT_ERROR(AddressOf("unix:x?listen=no"), ErrorCode::kUsage, "takes no value");
  EXPECT_ERROR(AddressOf("unix:x?timeout=soon"), ErrorCode::kUsage, "is no duration");
  EXPECT_ERROR(AddressOf("unix:x?timeout=0"), ErrorCode::kUsage, "no time to meet");
  EXPECT_ERROR(AddressOf("unix:x#orders"), ErrorCode::kUsage, "carries one table");
}

// A socket file that no process listens on any more.
void LeaveStaleSocket(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const Socket dead(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(dead.fd(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(dead.fd(), 1), 0);
}

class MeetTest : public testing::Test {
 protected:
  arrow::Result<Socket> MeetAt(const std::string& text) {
    ARROW_ASSIGN_OR_RAISE(const auto address, AddressOf(text));
    return Meet(*context_, address);
  }
  std::future<arrow::Result<Socket>> MeetLater(const std::string& text) {
    return std::async(std::launch::async, [this, text] { return MeetAt(text); });
  }
  // What one sends the other gets.
  static void ExpectConnected(const Socket& a, const Socket& b) {
    char got = 0;
    ASSERT_EQ(::send(a.fd(), "x", 1, MSG_NOSIGNAL), 1);
    ASSERT_EQ(::recv(b.fd(), &got, 1, 0), 1);
    EXPECT_EQ(got, 'x');
  }

  TemporaryFolder folder_;
  std::string path_ = "unix:" + folder_ / "s";
  std::shared_ptr<Context> context_ = *Context::Make({.threads = 1});
};

TEST_F(MeetTest, TwoOfThemMeetAtAPathAndLeaveNoFile) {
  // Both at once, many times: whoever is first listens.
  for (int round = 0; round < 50; ++round) {
    auto other = MeetLater(path_);
    ASSERT_OK_AND_ASSIGN(const Socket a, MeetAt(path_));
    auto result = other.get();
    ASSERT_OK_AND_ASSIGN(const Socket b, std::move(result));
    ExpectConnected(a, b);
    EXPECT_EQ(folder_.entries(), 0);
  }
}

TEST_F(MeetTest, SeveralPairsMeetAtOnePath) {
  std::vector<std::future<arrow::Result<Socket>>> others;
  for (int i = 0; i < 8; ++i) others.push_back(MeetLater(path_));
  for (auto& other : others) ASSERT_OK(other.get());
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_F(MeetTest, TheFileIsOnesOwn) {
  auto listener = MeetLater(path_ + "?listen");
  ASSERT_OK_AND_ASSIGN(const Socket a, MeetAt(path_ + "?connect&timeout=10s"));
  ASSERT_OK(listener.get());
  auto alone = MeetLater(path_ + "?listen&timeout=300ms");
  struct stat facts = {};
  while (::lstat((folder_ / "s").c_str(), &facts) != 0) std::this_thread::yield();
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  EXPECT_ERROR(alone.get(), ErrorCode::kResources, "nobody connected within 0.3 s");
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_F(MeetTest, TwoOfThemMeetAtAPort) {
  // A port that is free now.
  Socket probe(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  ASSERT_EQ(::bind(probe.fd(), reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::getsockname(probe.fd(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  const std::string at = "tcp://localhost:" + std::to_string(ntohs(address.sin_port));
  EXPECT_ERROR(MeetAt(at + "?connect&timeout=100ms"), ErrorCode::kResources, "nobody listened");
  probe.Close();
  for (int round = 0; round < 10; ++round) {
    auto other = MeetLater(at);
    ASSERT_OK_AND_ASSIGN(const Socket a, MeetAt(at));
    auto result = other.get();
    ASSERT_OK_AND_ASSIGN(const Socket b, std::move(result));
    ExpectConnected(a, b);
  }
}

TEST_F(MeetTest, AStaleSocketIsRemoved) {
  LeaveStaleSocket(folder_ / "s");
  auto other = MeetLater(path_);
  ASSERT_OK_AND_ASSIGN(const Socket a, MeetAt(path_));
  ASSERT_OK(other.get());
  EXPECT_EQ(folder_.entries(), 0);
  LeaveStaleSocket(folder_ / "s");
  EXPECT_ERROR(MeetAt(path_ + "?listen&timeout=50ms"), ErrorCode::kResources, "nobody connected");
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_F(MeetTest, WhatIsNoStaleSocketStays) {
  folder_.Write("s", "a file");
  EXPECT_ERROR(MeetAt(path_), ErrorCode::kUnavailable, "is no socket");
  EXPECT_EQ(ReadWholeFile(folder_ / "s"), "a file");
  // Bound, but not listening yet: its process lives.
  const std::string path = folder_ / "t";
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const Socket bound(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(bound.fd(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_ERROR(MeetAt("unix:" + path + "?timeout=100ms"), ErrorCode::kResources, "nobody listened");
  EXPECT_ERROR(MeetAt("unix:" + path + "?listen"), ErrorCode::kUnavailable,
               "listens there already");
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(MeetTest, AFolderThatIsNotThereIsTold) {
  EXPECT_ERROR(MeetAt("unix:" + folder_ / "no/s"), ErrorCode::kUnavailable, "its folder");
}

TEST_F(MeetTest, AStopEndsTheWaiting) {
  auto alone = MeetLater(path_);
  while (folder_.entries() == 0) std::this_thread::yield();
  context_->RequestStop(2);
  EXPECT_ERROR(alone.get(), ErrorCode::kInterrupted, "interrupted");
  EXPECT_EQ(folder_.entries(), 0);
}

class SocketStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ours_ = Socket(ends[0]);
    theirs_ = Socket(ends[1]);
    address_.name = "unix:test";
    address_.path = "test";
  }
  std::string Received(size_t bytes) {
    std::string got(bytes, '\0');
    const ssize_t count = ::recv(theirs_.fd(), got.data(), bytes, MSG_WAITALL);
    got.resize(static_cast<size_t>(std::max<ssize_t>(count, 0)));
    return got;
  }

  Socket ours_, theirs_;
  SocketAddress address_;
  std::shared_ptr<Context> context_ = *Context::Make({.threads = 1});
};

TEST_F(SocketStreamTest, WhatIsWrittenArrivesInOrder) {
  const std::string large(3'000'000, 'L'), small = "small";
  SocketWriter writer(context_, std::move(ours_), address_);
  auto received = std::async(std::launch::async, [&] {
    std::string all = Received(2 * small.size() + large.size());
    theirs_.Close();
    return all;
  });
  ASSERT_OK(writer.Write(small.data(), static_cast<int64_t>(small.size())));
  ASSERT_OK(writer.Write(large.data(), static_cast<int64_t>(large.size())));
  ASSERT_OK(writer.Write(small.data(), static_cast<int64_t>(small.size())));
  ASSERT_OK(writer.Finish());
  EXPECT_EQ(received.get(), small + large + small);
  EXPECT_EQ(writer.bytes_sent(), 3'000'010);
}

TEST_F(SocketStreamTest, AReaderThatLeavesBytesIsAPeerThatWent) {
  SocketWriter writer(context_, std::move(ours_), address_);
  ASSERT_OK(writer.Write("0123456789", 10));
  auto gone = std::async(std::launch::async, [&] {
    (void)Received(9);
    theirs_.Close();
  });
  EXPECT_ERROR(writer.Finish(), ErrorCode::kPeer, "before it had read everything");
}

TEST_F(SocketStreamTest, AReaderThatWentIsNoSignal) {
  theirs_.Close();
  SocketWriter writer(context_, std::move(ours_), address_);
  ASSERT_OK(writer.Write("x", 1));
  EXPECT_ERROR(writer.Flush(), ErrorCode::kPeer, "closed the connection");
}

TEST_F(SocketStreamTest, AReaderThatTakesNothingIsLeftAfterATime) {
  address_.stall = Milliseconds(150);
  SocketWriter writer(context_, std::move(ours_), address_);
  const std::string large(8 << 20, 'L');
  EXPECT_ERROR(writer.Write(large.data(), static_cast<int64_t>(large.size())),
               ErrorCode::kResources, "the reader took nothing for 0.15 s");
}

TEST_F(SocketStreamTest, TwoWritersFindOut) {
  SocketWriter writer(context_, std::move(ours_), address_);
  ASSERT_OK(writer.Write("\xff\xff\xff\xff", 4));
  ASSERT_EQ(::send(theirs_.fd(), "\xff\xff\xff\xff", 4, 0), 4);
  EXPECT_ERROR(writer.Finish(), ErrorCode::kPeer, "sends a table, too");
}

TEST_F(SocketStreamTest, TheEndOfTheConnectionIsAnError) {
  ASSERT_EQ(::send(theirs_.fd(), "abc", 3, 0), 3);
  theirs_.Close();
  SocketReader reader(context_, std::move(ours_), address_);
  std::array<char, 4> out = {};
  ASSERT_OK(reader.Read(3, out.data()));
  EXPECT_EQ(std::string(out.data()), "abc");
  EXPECT_ERROR(reader.Read(1, out.data()), ErrorCode::kPeer, "byte 3: the connection was cut");
}

TEST_F(SocketStreamTest, AClaimedLengthAllocatesNothing) {
  ASSERT_EQ(::send(theirs_.fd(), "abc", 3, 0), 3);
  theirs_.Close();
  SocketReader reader(context_, std::move(ours_), address_);
  EXPECT_ERROR(reader.Read(int64_t{1} << 40), ErrorCode::kPeer, "cut");
  EXPECT_LT(context_->memory_pool()->max_memory(), 4 << 20);
}

TEST_F(SocketStreamTest, SilenceEndsAfterATime) {
  char out = 0;
  address_.timeout = Milliseconds(50);
  address_.stall = Milliseconds(100);
  SocketReader reader(context_, std::move(ours_), address_);
  EXPECT_ERROR(reader.Read(1, &out), ErrorCode::kResources, "sent nothing within 0.05 s");
  ASSERT_EQ(::send(theirs_.fd(), "a", 1, 0), 1);
  ASSERT_OK(reader.Read(1, &out));
  EXPECT_ERROR(reader.Read(1, &out), ErrorCode::kResources, "sent nothing for 0.1 s");
}

TEST_F(SocketStreamTest, AStopAndAnAbortEndTheWaiting) {
  char out = 0;
  SocketReader reader(context_, std::move(ours_), address_);
  auto waiting = std::async(std::launch::async, [&] { return reader.Read(1, &out); });
  ASSERT_OK(reader.Abort());
  EXPECT_TRUE(waiting.get().status().IsCancelled());
  context_->RequestStop(15);
  EXPECT_ERROR(reader.Read(1, &out), ErrorCode::kTerminated, "terminated");
}

}  // namespace
}  // namespace bowyer
