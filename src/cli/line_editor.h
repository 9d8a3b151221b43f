// Lines typed on a terminal, with editing and a history that is kept.
#pragma once

#include <string>

struct editline;
struct history;

namespace bowyer::cli {

// One at a time in a process.
class LineEditor {
 public:
  // `name`: of the file that holds the history, in the user's state folder; without such a folder
  // the history lasts as long as the editor.
  explicit LineEditor(const std::string& name);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;

  enum Kind {
    kLine,     // with its newline
    kDropped,  // Ctrl-C
    kEnd       // Ctrl-D
  };
  struct Line {
    Kind kind;
    std::string text;
  };
  Line Read(const std::string& prompt);

  void Remember(const std::string& line);

 private:
  static char* PromptOf(editline* editor);

  editline* editor_ = nullptr;
  history* history_ = nullptr;
  std::string file_, prompt_;
};

}  // namespace bowyer::cli
