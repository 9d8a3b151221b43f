// A process that is killed half-way, for tests of what its successor finds.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <thread>

namespace bowyer {

// Calls step(0), step(1), ... in a child process, which gets SIGKILL a while after it has done
// `steps` of them. A step that gives false ends the child, and the test fails.
template <typename Step>
void KillAfter(int steps, std::chrono::milliseconds later, Step step) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    for (int64_t i = 0; step(i); ++i) {
      const char byte = 1;
      if (::write(pipe_ends[1], &byte, 1) != 1) break;
    }
    ::_exit(1);
  }
  ::close(pipe_ends[1]);
  ASSERT_GT(child, 0);
  char byte;
  int done = 0;
  while (done < steps && ::read(pipe_ends[0], &byte, 1) == 1) ++done;
  std::this_thread::sleep_for(later);
  ::kill(child, SIGKILL);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  ::close(pipe_ends[0]);
  ASSERT_EQ(done, steps);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

}  // namespace bowyer
