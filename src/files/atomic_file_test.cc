#include "files/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "matchers.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

class AtomicFileTest : public testing::Test {
 protected:
  std::shared_ptr<Context> context_ = *Context::Make();
  TemporaryFolder folder_;
};

TEST_F(AtomicFileTest, AppearsOnlyWithCommit) {
  const std::string path = folder_ / "out.csv";
  ASSERT_OK_AND_ASSIGN(auto file, AtomicFile::Create(context_, path));
  ASSERT_OK(file->Write("a,b\n", 4));
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_OK(file->Commit(/*replace=*/false, /*durable=*/true));
  EXPECT_EQ(ReadWholeFile(path), "a,b\n");
  EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(AtomicFileTest, WritesOfAllSizesStandInTheirOrder) {
  const std::string path = folder_ / "out.csv";
  ASSERT_OK_AND_ASSIGN(auto file, AtomicFile::Create(context_, path));
  std::string all;
  for (int i = 0; i < 400; ++i) {
    const std::string piece(size_t{1} << (i * 7 % 20), static_cast<char>('a' + i % 26));
    all += piece;
    if (i % 3 == 0) {
      ASSERT_OK(file->Write(piece.data(), static_cast<int64_t>(piece.size())));
    } else {
      ASSERT_OK(file->Write(arrow::Buffer::FromString(piece)));
    }
  }
  ASSERT_OK_AND_ASSIGN(const int64_t position, file->Tell());
  EXPECT_EQ(position, static_cast<int64_t>(all.size()));
  ASSERT_OK(file->Commit(/*replace=*/false, /*durable=*/false));
  EXPECT_TRUE(ReadWholeFile(path) == all);
}

TEST_F(AtomicFileTest, AWriteThatIsPassedOnStandsBehindWhatWaits) {
  const std::string path = folder_ / "out.arrow";
  ASSERT_OK_AND_ASSIGN(auto file, AtomicFile::Create(context_, path));
  const std::string waits(8 << 10, 'a');
  const std::string passed(256 << 10, 'b');
  ASSERT_OK(file->Write(arrow::Buffer::FromString(waits)));
  ASSERT_OK(file->Write(arrow::Buffer::FromString(passed)));
  ASSERT_OK(file->Commit(/*replace=*/false, /*durable=*/false));
  EXPECT_TRUE(ReadWholeFile(path) == waits + passed);
}

TEST_F(AtomicFileTest, WithoutCommitNothingStaysAndTheOldFileIsAsItWas) {
  const std::string path = folder_.Write("out.csv", "old");
  {
    ASSERT_OK_AND_ASSIGN(auto file, AtomicFile::Create(context_, path));
    ASSERT_OK(file->Write("new", 3));
    ASSERT_OK(file->Flush());
    EXPECT_EQ(folder_.entries(), 2);
  }
  EXPECT_EQ(ReadWholeFile(path), "old");
  EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(AtomicFileTest, ReplacesOnlyWhenTold) {
  const std::string path = folder_ / "out.csv";
  ASSERT_OK_AND_ASSIGN(auto first, AtomicFile::Create(context_, path));
  ASSERT_OK_AND_ASSIGN(auto second, AtomicFile::Create(context_, path));
  ASSERT_OK_AND_ASSIGN(auto third, AtomicFile::Create(context_, path));
  ASSERT_OK(first->Write("1", 1));
  ASSERT_OK(first->Commit(false, false));
  EXPECT_ERROR(second->Commit(false, false), ErrorCode::kUnavailable, "try --overwrite");
  EXPECT_EQ(ReadWholeFile(path), "1");
  ASSERT_OK(third->Write("3", 1));
  ASSERT_OK(third->Commit(true, false));
  EXPECT_EQ(ReadWholeFile(path), "3");
}

TEST_F(AtomicFileTest, TheOldFilesModeIsKept) {
  const std::string path = folder_.Write("secret.csv", "old");
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  ASSERT_OK_AND_ASSIGN(auto file, AtomicFile::Create(context_, path));
  ASSERT_OK(file->Commit(true, false));
  struct stat facts = {};
  ASSERT_EQ(stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
}

TEST_F(AtomicFileTest, RefusesWhatIsNoPlainFile) {
  const std::string target = folder_.Write("target.csv", "old");
  const std::string link = folder_ / "link.csv";
  ASSERT_EQ(symlink(target.c_str(), link.c_str()), 0);
  EXPECT_ERROR(AtomicFile::Create(context_, link), ErrorCode::kUnavailable, "symbolic link");
  const std::string pipe = folder_ / "pipe.csv";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_ERROR(AtomicFile::Create(context_, pipe), ErrorCode::kUnavailable, "named pipe");
  EXPECT_ERROR(AtomicFile::Create(context_, folder_.path()), ErrorCode::kUnavailable, "a folder");
  EXPECT_ERROR(AtomicFile::Create(context_, folder_ / "new/"), ErrorCode::kUnavailable, "a folder");
  EXPECT_ERROR(AtomicFile::Create(context_, folder_ / "no/out.csv"), ErrorCode::kUnavailable,
               "No such file");
  EXPECT_EQ(ReadWholeFile(target), "old");
  EXPECT_EQ(folder_.entries(), 3);
}

TEST_F(AtomicFileTest, DevicesAreWrittenAsTheyAre) {
  ASSERT_OK_AND_ASSIGN(auto file, AtomicFile::Create(context_, "/dev/null"));
  ASSERT_OK(file->Write("x", 1));
  ASSERT_OK(file->Commit(false, false));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(AtomicFileTest, AFullDiskNamesPathAndBytes) {
  ASSERT_OK_AND_ASSIGN(auto file, AtomicFile::Create(context_, "/dev/full"));
  const std::string large(1 << 20, 'x');
  EXPECT_ERROR(file->Write(large.data(), 1 << 20), ErrorCode::kResources,
               "/dev/full: the disk is full; 0 bytes had been written");
}

TEST_F(AtomicFileTest, ARealFullDiskKeepsTheOldFile) {
  if (mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
    GTEST_SKIP() << "a small disk cannot be mounted here: " << strerror(errno);
  }
  const std::string path = folder_.Write("out.csv", "old");
  {
    ASSERT_OK_AND_ASSIGN(auto file, AtomicFile::Create(context_, path));
    const std::string large(4 << 20, 'x');
    EXPECT_ERROR(file->Write(large.data(), 4 << 20), ErrorCode::kResources,
                 "the disk is full; 1.0 MB");
  }
  EXPECT_EQ(ReadWholeFile(path), "old");
  EXPECT_EQ(folder_.entries(), 1);
  EXPECT_EQ(umount2(folder_.path().c_str(), MNT_DETACH), 0);
}

TEST_F(AtomicFileTest, PartsOfDeadRunsAreRemovedThoseOfLivingOnesStay) {
  const std::string path = folder_ / "out.csv";
  const pid_t child = fork();
  if (child == 0) {
    auto file = AtomicFile::Create(context_, path);
    if (!file.ok() || !(*file)->Write("half", 4).ok() || !(*file)->Flush().ok()) _exit(1);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_EQ(folder_.entries(), 1);
  const std::string other = folder_.Write(".out.csv.1-zz.bowyer-part", "not one of ours");
  ASSERT_OK_AND_ASSIGN(auto living, AtomicFile::Create(context_, path));
  EXPECT_EQ(folder_.entries(), 2);
  ASSERT_OK_AND_ASSIGN(auto second, AtomicFile::Create(context_, path));
  EXPECT_EQ(folder_.entries(), 3);
  RemoveStaleParts(path);
  EXPECT_EQ(folder_.entries(), 3);
  EXPECT_TRUE(std::filesystem::exists(other));
  ASSERT_OK(living->Commit(true, false));
}

TEST_F(AtomicFileTest, SameFileSeesThroughLinks) {
  const std::string a = folder_.Write("a.csv", "x");
  const std::string b = folder_ / "b.csv";
  ASSERT_EQ(link(a.c_str(), b.c_str()), 0);
  EXPECT_TRUE(SameFile(a, b));
  EXPECT_TRUE(SameFile(a, folder_ / "./a.csv"));
  EXPECT_FALSE(SameFile(a, folder_.Write("c.csv", "x")));
  EXPECT_FALSE(SameFile(a, folder_ / "missing.csv"));
}

}  // namespace
}  // namespace bowyer
