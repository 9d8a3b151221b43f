#include "files/text_input.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "bowyer/error.h"
#include "matchers.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

class TextInputTest : public testing::Test {
 protected:
  // The whole text; checks the padding of each block.
  std::string ReadAll(TextInput* text) {
    std::string all;
    while (true) {
      auto block = text->Next();
      if (!block.ok()) {
        ADD_FAILURE() << Describe(block.status());
        return all;
      }
      if (*block == nullptr) return all;
      EXPECT_GT((*block)->size(), 0);
      for (int at = 0; at < 64; ++at) EXPECT_EQ((*block)->data()[(*block)->size() + at], 0);
      all += std::string_view(**block);
    }
  }

  std::shared_ptr<Context> context_ = *Context::Make({.memory = 16 << 20});
  TemporaryFolder folder_;
};

TEST_F(TextInputTest, BlocksHoldTheWholeText) {
  std::string bytes;
  for (int row = 0; row < 300'000; ++row) bytes += std::to_string(row) + "\n";
  ASSERT_GT(bytes.size(), 3 * context_->block_bytes());
  ASSERT_OK_AND_ASSIGN(auto input, OpenFileInput(context_, folder_.Write("a.csv", bytes)));
  EXPECT_EQ(input.size, static_cast<int64_t>(bytes.size()));
  ASSERT_OK_AND_ASSIGN(auto text, OpenTextInput(context_, input, Encoding::kAuto));
  EXPECT_EQ(ReadAll(text.get()), bytes);
  EXPECT_EQ(context_->progress().bytes_read, input.size);
  // A second reader starts anew; no byte counts twice.
  ASSERT_OK_AND_ASSIGN(text, OpenTextInput(context_, input, Encoding::kAuto));
  EXPECT_EQ(ReadAll(text.get()), bytes);
  EXPECT_EQ(context_->progress().bytes_read, input.size);
  EXPECT_EQ(text->encoding(), "UTF-8");
}

TEST_F(TextInputTest, PeekConsumesNothing) {
  const std::string bytes(5 * context_->block_bytes() / 2, 'x');
  ASSERT_OK_AND_ASSIGN(auto input, OpenFileInput(context_, folder_.Write("a.csv", bytes)));
  ASSERT_OK_AND_ASSIGN(auto text, OpenTextInput(context_, input, Encoding::kAuto));
  for (const int64_t wanted :
       {int64_t{10}, 2 * context_->block_bytes(), int64_t{20}, 10 * context_->block_bytes()}) {
    ASSERT_OK_AND_ASSIGN(auto view, text->Peek(wanted));
    EXPECT_GE(view.size(), std::min<size_t>(wanted, bytes.size()));
  }
  EXPECT_EQ(ReadAll(text.get()), bytes);
}

TEST_F(TextInputTest, AByteOrderMarkIsNoText) {
  ASSERT_OK_AND_ASSIGN(auto input, OpenFileInput(context_, folder_.Write("a.csv",
                                                                         "\xef\xbb\xbf"
                                                                         "a,b\n")));
  ASSERT_OK_AND_ASSIGN(auto text, OpenTextInput(context_, input, Encoding::kAuto));
  EXPECT_EQ(text->encoding(), "UTF-8 with BOM");
  ASSERT_OK_AND_ASSIGN(auto view, text->Peek(2));
  EXPECT_EQ(view.substr(0, 1), "a");
  EXPECT_EQ(ReadAll(text.get()), "a,b\n");
}

std::u16string Widen(std::string_view ascii) { return {ascii.begin(), ascii.end()}; }

std::string Utf16(const std::u16string& text, bool big_endian) {
  std::string bytes;
  for (const char16_t unit : text) {
    const char low = static_cast<char>(unit & 0xff), high = static_cast<char>(unit >> 8);
    bytes += big_endian ? high : low;
    bytes += big_endian ? low : high;
  }
  return bytes;
}

TEST_F(TextInputTest, Utf16IsDecodedWithAndWithoutAMark) {
  std::u16string wide;
  std::string narrow;
  // Blocks end within characters of every length.
  for (int row = 0; row < 60'000; ++row) {
    wide += Widen(std::to_string(row)) + u",\u00e4\u4e2d\U0001f600\n";
    narrow += std::to_string(row) + ",\u00e4\u4e2d\U0001f600\n";
  }
  for (const bool big_endian : {false, true}) {
    for (const bool marked : {false, true}) {
      for (const int shift : {0, 1}) {
        const std::u16string text = (marked ? u"\ufeff" : u"") + Widen("a") + wide;
        const std::string path = folder_.Write(
            "wide.csv",
            Utf16(shift == 0 ? text : u"" + text.substr(0, text.size() - 1), big_endian));
        ASSERT_OK_AND_ASSIGN(auto input, OpenFileInput(context_, path));
        ASSERT_OK_AND_ASSIGN(auto read, OpenTextInput(context_, input, Encoding::kAuto));
        EXPECT_EQ(read->encoding(),
                  std::string(big_endian ? "UTF-16BE" : "UTF-16LE") + (marked ? " with BOM" : ""));
        EXPECT_TRUE(ReadAll(read.get()) ==
                    "a" + (shift == 0 ? narrow : narrow.substr(0, narrow.size() - 1)));
      }
    }
  }
}

TEST_F(TextInputTest, LoneSurrogatesAndHalfCharactersAreRefused) {
  const std::u16string start = Widen(std::string(500'000, 'x'));
  const auto read = [&](const std::string& bytes) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(auto input, OpenFileInput(context_, folder_.Write("a.csv", bytes)));
    ARROW_ASSIGN_OR_RAISE(auto text, OpenTextInput(context_, input, Encoding::kUtf16Le));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto block, text->Next());
      if (block == nullptr) return arrow::Status::OK();
    }
  };
  const std::u16string high(1, 0xd83d), low(1, 0xde00);
  EXPECT_ERROR(read(Utf16(start + high + u"x", false)), ErrorCode::kData,
               "byte 1,000,000: the text is malformed: a lone surrogate");
  EXPECT_ERROR(read(Utf16(start + low + u"x", false)), ErrorCode::kData, "byte 1,000,000");
  EXPECT_ERROR(read(Utf16(start + high, false)), ErrorCode::kData, "byte 1,000,000");
  EXPECT_ERROR(read(Utf16(start, false) + "x"), ErrorCode::kData, "half a character");
  ASSERT_OK(read(Utf16(start + high + low, false)));
}

TEST_F(TextInputTest, Latin1IsDecodedWhenTold) {
  std::string bytes, text;
  for (int round = 0; round < 100'000; ++round) {
    bytes += "plain ascii, \xe4\xff\n";
    text += "plain ascii, \u00e4\u00ff\n";
  }
  ASSERT_OK_AND_ASSIGN(auto input, OpenFileInput(context_, folder_.Write("a.csv", bytes)));
  ASSERT_OK_AND_ASSIGN(auto read, OpenTextInput(context_, input, Encoding::kLatin1));
  EXPECT_EQ(read->encoding(), "Latin-1");
  EXPECT_TRUE(ReadAll(read.get()) == text);
  // Untold, bytes are passed on as they are.
  ASSERT_OK_AND_ASSIGN(read, OpenTextInput(context_, input, Encoding::kAuto));
  EXPECT_TRUE(ReadAll(read.get()) == bytes);
}

TEST_F(TextInputTest, AMarkThatContradictsIsAnError) {
  ASSERT_OK_AND_ASSIGN(auto input, OpenFileInput(context_, folder_.Write("a.csv",
                                                                         "\xff\xfe"
                                                                         "a")));
  EXPECT_ERROR(OpenTextInput(context_, input, Encoding::kUtf8), ErrorCode::kData,
               "byte order mark of UTF-16LE, but was said to be UTF-8");
  ASSERT_OK_AND_ASSIGN(
      input,
      OpenFileInput(context_, folder_.Write("b.csv", std::string("\xff\xfe\0\0a\0\0\0", 8))));
  EXPECT_ERROR(OpenTextInput(context_, input, Encoding::kAuto), ErrorCode::kData, "UTF-32");
}

TEST_F(TextInputTest, ANulInUtf8DoesNotMakeItUtf16) {
  const std::string bytes("a,\0b\n1,\0\0\n", 11);
  ASSERT_OK_AND_ASSIGN(auto input, OpenFileInput(context_, folder_.Write("a.csv", bytes)));
  ASSERT_OK_AND_ASSIGN(auto read, OpenTextInput(context_, input, Encoding::kAuto));
  EXPECT_EQ(read->encoding(), "UTF-8");
  EXPECT_EQ(ReadAll(read.get()), bytes);
}

TEST_F(TextInputTest, AnEmptyFileHasNoBlocks) {
  ASSERT_OK_AND_ASSIGN(auto input, OpenFileInput(context_, folder_.Write("a.csv", "")));
  ASSERT_OK_AND_ASSIGN(auto text, OpenTextInput(context_, input, Encoding::kAuto));
  ASSERT_OK_AND_ASSIGN(auto view, text->Peek(100));
  EXPECT_EQ(view, "");
  EXPECT_EQ(ReadAll(text.get()), "");
}

TEST_F(TextInputTest, APipeIsReadAsItComes) {
  const std::string path = folder_ / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&path] {
    const int fd = open(path.c_str(), O_WRONLY);
    for (const std::string_view part : {"a", ",b\n1,", "2\n"}) {
      ASSERT_EQ(write(fd, part.data(), part.size()), static_cast<ssize_t>(part.size()));
      usleep(20'000);
    }
    close(fd);
  });
  ASSERT_OK_AND_ASSIGN(auto input, OpenFileInput(context_, path));
  EXPECT_EQ(input.size, -1);
  EXPECT_EQ(input.file, nullptr);
  ASSERT_OK_AND_ASSIGN(auto text, OpenTextInput(context_, input, Encoding::kAuto));
  EXPECT_EQ(ReadAll(text.get()), "a,b\n1,2\n");
  EXPECT_EQ(context_->progress().bytes_read, 8);
  writer.join();
}

TEST_F(TextInputTest, AnIdlePipeDoesNotHoldUpTheEnd) {
  const std::string path = folder_ / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const int fd = open(path.c_str(), O_RDWR);
  const std::string start(1 << 16, 'x');
  ASSERT_EQ(write(fd, start.data(), start.size()), static_cast<ssize_t>(start.size()));
  {
    ASSERT_OK_AND_ASSIGN(auto input, OpenFileInput(context_, path));
    std::thread stopper([this] {
      usleep(50'000);
      context_->RequestStop(2);
    });
    EXPECT_ERROR(OpenTextInput(context_, input, Encoding::kAuto), ErrorCode::kInterrupted,
                 "interrupted");
    stopper.join();
  }
  close(fd);
}

TEST_F(TextInputTest, AFileThatShrinksIsAnError) {
  const std::string path = folder_.Write("a.csv", std::string(1 << 20, 'x'));
  ASSERT_OK_AND_ASSIGN(auto input, OpenFileInput(context_, path));
  std::filesystem::resize_file(path, 1 << 19);
  ASSERT_OK_AND_ASSIGN(auto text, OpenTextInput(context_, input, Encoding::kAuto));
  arrow::Result<std::shared_ptr<arrow::Buffer>> block = text->Next();
  while (block.ok() && *block != nullptr) block = text->Next();
  EXPECT_ERROR(block, ErrorCode::kData, "byte 524,288: the file became shorter");
}

TEST_F(TextInputTest, WhatCannotBeOpenedSaysWhy) {
  EXPECT_ERROR(OpenFileInput(context_, folder_ / "missing.csv"), ErrorCode::kUnavailable,
               "No such file");
  EXPECT_ERROR(OpenFileInput(context_, folder_.path()), ErrorCode::kUnavailable, "is a folder");
}

}  // namespace
}  // namespace bowyer
