#include "cli/signals.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "bowyer/error.h"

namespace bowyer::cli {
namespace {

std::atomic<Context*> stopped_context{nullptr};

extern "C" void StopContext(int signal) {
  Context* context = stopped_context.load();
  if (context != nullptr && !context->stop_requested()) {
    context->RequestStop(signal);
    return;
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void Handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a read that waits for a pipe returns, so that its loop sees the request.
  sigaction(signal, &action, nullptr);
}

}  // namespace

extern "C" void EndOnTruncatedMapping(int) {
  static constexpr char kMessage[] = "error: a file became shorter while it was looked at\n";
  (void)!::write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1);
  ::_exit(static_cast<int>(ErrorCode::kData));
}

void PrepareSignals() {
  Handle(SIGPIPE, SIG_IGN);
  Handle(SIGBUS, EndOnTruncatedMapping);
}

StopOnSignals::StopOnSignals(Context* context) {
  stopped_context = context;
  Handle(SIGINT, StopContext);
  Handle(SIGTERM, StopContext);
}

StopOnSignals::~StopOnSignals() {
  Handle(SIGINT, SIG_DFL);
  Handle(SIGTERM, SIG_DFL);
  stopped_context = nullptr;
}

}  // namespace bowyer::cli
