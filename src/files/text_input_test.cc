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
