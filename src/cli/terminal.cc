#include "cli/terminal.h"

#include <arrow/util/io_util.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer::cli {
namespace {

// All of it, or errno.
int WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

std::string_view KindName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInternal:
      return "internal";
    case ErrorCode::kUsage:
      return "usage";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kData:
      return "data";
    case ErrorCode::kVerification:
      return "verification";
    case ErrorCode::kResources:
      return "resources";
    case ErrorCode::kPeer:
      return "peer";
    case ErrorCode::kInterrupted:
      return "interrupted";
    case ErrorCode::kTerminated:
      return "terminated";
  }
  return "internal";
}

nlohmann::ordered_json ErrorDocument(const arrow::Status& status, std::string_view outcome) {
  nlohmann::ordered_json error;
  error["kind"] = KindName(CodeOf(status));
  error["code"] = static_cast<int>(CodeOf(status));
  error["message"] = status.message();
  if (const auto* detail = DetailOf(status)) {
    const ErrorPlace& place = detail->place();
    if (!place.location.empty()) error["location"] = place.location;
    if (!place.column.empty()) error["column"] = place.column;
    if (place.line >= 0) error["line"] = place.line;
    if (place.row >= 0) error["row"] = place.row;
    if (place.byte_offset >= 0) error["byte_offset"] = place.byte_offset;
    if (!place.hint.empty()) error["hint"] = place.hint;
  }
  if (!outcome.empty()) error["outcome"] = outcome;
  error["text"] = Describe(status);
  return {{"error", std::move(error)}};
}

}  // namespace

Terminal::Terminal()
    : stdout_is_terminal_(::isatty(STDOUT_FILENO) == 1),
      stderr_is_terminal_(::isatty(STDERR_FILENO) == 1) {}

void Terminal::Configure(bool json, bool quiet, bool color) {
  json_ = json;
  quiet_ = quiet;
  const char* kind = std::getenv("TERM");
  color_ = color && !(kind != nullptr && std::strcmp(kind, "dumb") == 0);
}

int Terminal::width() const {
  if (!stdout_is_terminal_) return 0;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::string Terminal::Bold(std::string_view text) const {
  return color_ && stdout_is_terminal_ ? fmt::format("\033[1m{}\033[0m", text) : std::string(text);
}

std::string Terminal::Dim(std::string_view text) const {
  return color_ && stdout_is_terminal_ ? fmt::format("\033[2m{}\033[0m", text) : std::string(text);
}

arrow::Status Terminal::Print(std::string_view text) {
  if (const int number = WriteAll(STDOUT_FILENO, text); number != 0) {
    return WithCode(arrow::internal::IOErrorFromErrno(number, "cannot write"),
                    number == EPIPE ? ErrorCode::kPeer : ErrorCode::kResources,
                    {.location = "standard output"});
  }
  return arrow::Status::OK();
}

arrow::Status Terminal::PrintJson(const nlohmann::ordered_json& document) {
  return Print(document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void Terminal::WriteError(std::string_view text) {
  const std::lock_guard lock(mutex_);
  std::string whole = Erased();
  whole += text;
  whole += '\n';
  (void)WriteAll(STDERR_FILENO, whole);  // there is nobody left to tell
}

// What takes the lines of the progress away.
std::string Terminal::Erased() {
  std::string text;
  if (progress_lines_ > 0) text = "\r\033[K";
  if (progress_lines_ > 1) text = fmt::format("\r\033[{}A\033[J", progress_lines_ - 1);
  progress_lines_ = 0;
  return text;
}

void Terminal::Note(std::string_view text) {
  if (!quiet_) WriteError(fmt::format("note: {}", text));
}

void Terminal::Detail(std::string_view text) {
  if (!quiet_) WriteError(text);
}

void Terminal::Summary(std::string_view text) {
  if (!quiet_) WriteError(text);
}

void Terminal::Statistics(std::string_view text) { WriteError(text); }

void Terminal::Error(const arrow::Status& status) {
  // Wrong usage has not touched anything, and everybody knows.
  const std::string_view outcome =
      CodeOf(status) == ErrorCode::kUsage ? std::string_view() : outcome_;
  if (json_) {
    (void)PrintJson(ErrorDocument(status, outcome));
    return;
  }
  std::string text = color_ && stderr_is_terminal_ ? "\033[1;31merror:\033[0m " : "error: ";
  text += Describe(status);
  if (CodeOf(status) == ErrorCode::kInternal) {
    text += "\n  this is a fault of Bowyer's own: please report it";
  }
  if (!outcome.empty()) text += fmt::format("\n{}", outcome);
  WriteError(text);
}

void Terminal::Progress(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  if (lines.empty() && progress_lines_ == 0) return;
  std::string text = Erased();
  if (text.empty()) text = "\r\033[K";
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  // A line that the terminal would wrap could not be taken away again.
  const size_t most = known ? size.ws_col - size_t{1} : 79;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    text += progress_lines_ == 0 ? "" : "\n";
    size_t characters = 0;
    for (const char c : line) {
      if ((static_cast<unsigned char>(c) & 0xC0) != 0x80 && ++characters > most) break;
      text += c;
    }
    ++progress_lines_;
  }
  (void)WriteAll(STDERR_FILENO, text);
}

}  // namespace bowyer::cli
