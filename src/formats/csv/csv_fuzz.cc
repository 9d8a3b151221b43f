// Any bytes as a CSV file: opened with detection or with a dialect that the first bytes choose,
// read to the end. Without rejects and with small blocks, and the rows of both ways must agree.
#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bowyer/error.h"
#include "formats/csv/reader.h"
#include "formats/csv/split.h"
#include "formats/format.h"

namespace bowyer {
namespace {

void Check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

std::shared_ptr<Context> TheContext() {
  static const auto context = Context::Make({.threads = 2, .memory = 64 << 20}).ValueOrDie();
  return context;
}

FileInput InMemory(std::string_view bytes) {
  FileInput input;
  input.name = "fuzz.csv";
  input.file = std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(
      reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int64_t>(bytes.size())));
  input.stream = input.file;
  input.size = static_cast<int64_t>(bytes.size());
  input.head = bytes.substr(0, 16);
  return input;
}

// The text in blocks of `block` bytes.
class Pieces : public TextInput {
 public:
  Pieces(std::string_view text, size_t block) : text_(text), block_(block) {}
  arrow::Result<std::string_view> Peek(int64_t) override { return text_; }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Next() override {
    if (text_.empty()) return nullptr;
    const std::string_view piece = text_.substr(0, block_);
    text_.remove_prefix(piece.size());
    const auto size = static_cast<int64_t>(piece.size());
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> buffer, arrow::AllocateBuffer(size + 64));
    std::memset(buffer->mutable_data(), 0, static_cast<size_t>(size) + 64);
    std::memcpy(buffer->mutable_data(), piece.data(), piece.size());
    return arrow::SliceBuffer(buffer, 0, size);
  }
  std::string encoding() const override { return "UTF-8"; }

 private:
  std::string_view text_;
  const size_t block_;
};

// Reads all: the rows, and the error if there is one.
int64_t ReadAll(arrow::RecordBatchReader* reader, arrow::Status* status) {
  int64_t rows = 0;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    *status = reader->ReadNext(&batch);
    if (!status->ok() || batch == nullptr) return rows;
    Check(batch->ValidateFull().ok(), "batches are valid");
    rows += batch->num_rows();
  }
}

void WithDetection(std::string_view bytes, const ReadOptions& options) {
  auto source = kCsvFormat.open(TheContext(), InMemory(bytes), options);
  if (!source.ok()) {
    Check(CodeOf(source.status()) != ErrorCode::kInternal, "errors have a kind");
    return;
  }
  Check((*source)->Inspect().ok(), "what opens can be inspected");
  auto reader = (*source)->Open(Chunk{}, ScanOptions{});
  if (!reader.ok()) return;
  arrow::Status status;
  ReadAll(reader->get(), &status);
  Check(status.ok() || CodeOf(status) != ErrorCode::kInternal, "errors have a kind");
}

// Without detection: text columns by the grammar, against the grammar itself.
void WithDialect(std::string_view text, const CsvDialect& dialect, size_t columns, size_t block) {
  RecordSplitter splitter(text, dialect);
  RecordSpan record;
  int64_t rows = 0;
  bool fine = true;
  while (fine && splitter.Next(&record)) {
    if (record.blank() && columns > 1) continue;
    fine = record.fault == RecordFault::kNone && record.fields.size() == columns;
    rows += fine ? 1 : 0;
  }
  auto plan = std::make_shared<ParsePlan>();
  plan->context = TheContext();
  plan->layout.dialect = dialect;
  arrow::FieldVector fields;
  for (size_t i = 0; i < columns; ++i) {
    plan->layout.names.push_back("c" + std::to_string(i));
    plan->layout.types.push_back(arrow::binary());
    plan->detected.push_back(false);
    plan->columns.push_back(static_cast<int>(i));
    fields.push_back(arrow::field(plan->layout.names.back(), arrow::binary()));
  }
  plan->schema = arrow::schema(fields);
  plan->style = MakeValueStyle({}, dialect);
  auto reader = OpenCsvReader(plan, std::make_unique<Pieces>(text, block), "fuzz.csv", nullptr);
  Check(reader.ok(), "a plan opens");
  arrow::Status status;
  const int64_t read = ReadAll(reader->get(), &status);
  Check(status.ok() == fine, "the reader refuses what the grammar refuses");
  if (fine) Check(read == rows, "the reader has the grammar's rows");
}

}  // namespace
}  // namespace bowyer

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using bowyer::CsvDialect;
  if (size < 2) return 0;
  const uint8_t choice = data[0];
  const size_t block = 1 + data[1];
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  bowyer::ReadOptions options;
  options.all_text = (choice & 1) != 0;
  options.csv.decimal_comma = (choice & 2) != 0;
  bowyer::WithDetection(std::string_view(reinterpret_cast<const char*>(data), size), options);
  const CsvDialect dialect{.delimiter = (choice & 4) != 0 ? ';' : ',',
                           .quote = (choice & 8) != 0 ? '\0' : '"',
                           .escape = (choice & 16) != 0 ? '\\' : '\0',
                           .bare_cr = (choice & 32) != 0,
                           .comment = (choice & 64) != 0 ? "#" : ""};
  bowyer::WithDialect(text, dialect, 1 + choice % 3, block);
  return 0;
}
