// Rejects -> lines of a CSV file that appears with Commit.
#include "bowyer/rejects.h"

#include <arrow/util/base64.h>

#include "bowyer/error.h"
#include "core/text.h"
#include "files/atomic_file.h"

namespace bowyer {
namespace {

constexpr std::string_view kHeader = "source,line,row,byte_offset,column,reason,encoding,raw\n";

void AppendQuoted(std::string_view text, std::string* out) {
  *out += '"';
  for (const char c : text) {
    if (c == '"') *out += '"';
    *out += c;
  }
  *out += '"';
}

// A name or reason for people; raw bytes have a column of their own.
void AppendText(const std::string& text, std::string* out) {
  if (!text.empty()) {
    AppendQuoted(ValidUtf8Prefix(text) == text.size() ? text : Printable(text, 4 * text.size()),
                 out);
  }
  *out += ',';
}

void AppendNumber(int64_t number, std::string* out) {
  if (number >= 0) *out += std::to_string(number);
  *out += ',';
}

}  // namespace

struct RejectsFile::State {
  std::mutex mutex;
  std::shared_ptr<Context> context;
  std::shared_ptr<AtomicFile> file;
  int64_t count = 0;
};

RejectsFile::RejectsFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
RejectsFile::~RejectsFile() = default;

arrow::Result<std::shared_ptr<RejectsFile>> RejectsFile::Open(std::shared_ptr<Context> context,
                                                              const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const DestinationKind kind, LookAtDestination(path));
  if (kind == DestinationKind::kFile) {
    return MakeError(ErrorCode::kUnavailable, "exists already",
                     {.location = path, .hint = "rejected rows go to a new file"});
  }
  auto state = std::make_unique<State>();
  state->context = context;
  ARROW_ASSIGN_OR_RAISE(state->file, AtomicFile::Create(std::move(context), path));
  ARROW_RETURN_NOT_OK(state->file->Write(kHeader.data(), kHeader.size()));
  return std::shared_ptr<RejectsFile>(new RejectsFile(std::move(state)));
}

arrow::Status RejectsFile::Add(const Reject& reject) {
  std::string line;
  AppendText(reject.source, &line);
  AppendNumber(reject.line, &line);
  AppendNumber(reject.row, &line);
  AppendNumber(reject.byte_offset, &line);
  AppendText(reject.column, &line);
  AppendText(reject.reason, &line);
  if (ValidUtf8Prefix(reject.raw) == reject.raw.size()) {
    line += "utf-8,";
    AppendQuoted(reject.raw, &line);
  } else {
    line += "base64,";
    line += arrow::util::base64_encode(reject.raw);
  }
  line += '\n';
  const std::lock_guard lock(state_->mutex);
  ARROW_RETURN_NOT_OK(state_->file->Write(line.data(), static_cast<int64_t>(line.size())));
  ++state_->count;
  state_->context->progress().rows_rejected.fetch_add(1, std::memory_order_relaxed);
  return arrow::Status::OK();
}

int64_t RejectsFile::count() const {
  const std::lock_guard lock(state_->mutex);
  return state_->count;
}

arrow::Status RejectsFile::Commit() {
  const std::lock_guard lock(state_->mutex);
  return state_->file->Commit(/*replace=*/false, /*durable=*/false);
}

void RejectsFile::Withdraw() {
  const std::lock_guard lock(state_->mutex);
  state_->file->Withdraw();
}

}  // namespace bowyer
