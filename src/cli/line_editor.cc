// On libedit.
#include "cli/line_editor.h"

#include <histedit.h>
#include <sys/stat.h>

#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace bowyer::cli {
namespace {

constexpr int kEntries = 2000;

volatile std::sig_atomic_t interrupted = 0;
extern "C" void NoteInterrupt(int) { interrupted = 1; }

// $XDG_STATE_HOME/bowyer/NAME, or below the home; empty: neither is there.
std::string StateFile(const std::string& name) {
  namespace fs = std::filesystem;
  fs::path folder;
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/') {
    folder = state;
  } else if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    folder = fs::path(home) / ".local" / "state";
  } else {
    return {};
  }
  folder /= "bowyer";
  std::error_code error;
  fs::create_directories(folder, error);
  return error ? std::string() : (folder / name).string();
}

}  // namespace

char* LineEditor::PromptOf(EditLine* editor) {
  LineEditor* self = nullptr;
  el_get(editor, EL_CLIENTDATA, &self);
  return self->prompt_.data();
}

LineEditor::LineEditor(const std::string& name) : file_(StateFile(name)) {
  std::setlocale(LC_CTYPE, "");  // for characters of several bytes
  HistEvent event;
  history_ = history_init();
  history(history_, &event, H_SETSIZE, kEntries);
  history(history_, &event, H_SETUNIQUE, 1);
  if (!file_.empty()) history(history_, &event, H_LOAD, file_.c_str());
  editor_ = el_init("bowyer", stdin, stdout, stderr);
  el_set(editor_, EL_CLIENTDATA, this);
  el_set(editor_, EL_PROMPT, &PromptOf);
  el_set(editor_, EL_EDITOR, "emacs");
  el_set(editor_, EL_HIST, history, history_);
  el_set(editor_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(editor_, nullptr);  // ~/.editrc
}

LineEditor::~LineEditor() {
  HistEvent event;
  if (!file_.empty()) {
    // Statements may hold what is nobody else's business.
    const mode_t before = ::umask(077);
    history(history_, &event, H_SAVE, file_.c_str());
    ::umask(before);
  }
  el_end(editor_);
  history_end(history_);
}

LineEditor::Line LineEditor::Read(const std::string& prompt) {
  prompt_ = prompt;
  interrupted = 0;
  struct sigaction handler {
  }, before{};
  handler.sa_handler = NoteInterrupt;  // no SA_RESTART: reading ends
  sigemptyset(&handler.sa_mask);
  sigaction(SIGINT, &handler, &before);
  int count = 0;
  const char* text = el_gets(editor_, &count);
  sigaction(SIGINT, &before, nullptr);
  if (interrupted != 0) {
    std::fputs("\n", stdout);
    std::fflush(stdout);
    el_reset(editor_);
    return {kDropped, {}};
  }
  if (text == nullptr || count <= 0) {
    std::fputs("\n", stdout);
    std::fflush(stdout);
    return {kEnd, {}};
  }
  return {kLine, std::string(text, static_cast<size_t>(count))};
}

void LineEditor::Remember(const std::string& line) {
  HistEvent event;
  history(history_, &event, H_ENTER, line.c_str());
}

}  // namespace bowyer::cli
