// What people and machines see: standard output for data and documents, standard error for notes,
// progress, summaries and errors. Lines of notes and the progress line never mix.
#pragma once

#include <arrow/status.h>

#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace bowyer::cli {

class Terminal {
 public:
  Terminal();

  // From the options; before them, errors are printed without colour and JSON.
  void Configure(bool json, bool quiet, bool color);

  bool json() const { return json_; }
  bool quiet() const { return quiet_; }
  bool stdout_is_terminal() const { return stdout_is_terminal_; }
  bool stderr_is_terminal() const { return stderr_is_terminal_; }
  // Columns of standard output's terminal; 0 when it is none.
  int width() const;

  std::string Bold(std::string_view text) const;  // for standard output
  std::string Dim(std::string_view text) const;

  // Standard output. Errors: kPeer when its reader is gone, kResources when its disk is full.
  arrow::Status Print(std::string_view text);
  arrow::Status PrintJson(const nlohmann::ordered_json& document);

  // Standard error; a note is dropped when quiet. Thread-safe.
  void Note(std::string_view text);
  void Detail(std::string_view text);
  void Summary(std::string_view text);
  // What was asked for: not dropped when quiet.
  void Statistics(std::string_view text);
  void Error(const arrow::Status& status);
  // What an error from now on leaves behind, for its last line; empty: nothing to say.
  void SetOutcome(std::string outcome) { outcome_ = std::move(outcome); }
  // The lines at the cursor, replaced by the next call; empty: removed. Thread-safe.
  void Progress(std::string_view lines);

 private:
  void WriteError(std::string_view text);

  std::mutex mutex_;
  std::string outcome_;
  bool json_ = false;
  bool quiet_ = false;
  bool color_ = false;
  bool stdout_is_terminal_;
  bool stderr_is_terminal_;
  std::string Erased();

  int progress_lines_ = 0;  // shown just now
};

}  // namespace bowyer::cli
