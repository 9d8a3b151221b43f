// Fuzzes the JSON reader: any bytes are read or refused; and what is read does not depend on where
// blocks cut the text.
#include <cstdint>
#include <cstdlib>
#include <numeric>

#include "bowyer/error.h"
#include "formats/json/memory_text.h"
#include "formats/json/reader.h"

namespace bowyer::json {
namespace {

// The rows as JSON lines, or what is wrong.
std::string ReadFile(const std::shared_ptr<Context>& context, const std::string& text,
                     const ReadOptions& options) {
  const auto source = kJsonFormat.open(context, MemoryInput(text), options);
  if (!source.ok()) return Describe(source.status());
  const auto reader = (*source)->Open({}, {});
  if (!reader.ok()) return Describe(reader.status());
  const auto rows = ToLines(context, reader->get());
  return rows.ok() ? *rows : Describe(rows.status());
}

std::string ReadBlocks(const std::shared_ptr<Context>& context, const std::string& text,
                       size_t block) {
  JsonTable table{.name = "test.json", .sampled_all = true};
  const std::string padded = text + std::string(64, '\0');
  table.layout = *DetectLayout(padded.data(), padded.data() + text.size(), true);
  const auto observed = ObserveAll(context, table, std::make_unique<MemoryText>(text, block));
  if (!observed.ok()) return Describe(observed.status());
  auto plan = MakePlan(observed->shape, true, {});
  if (!plan.ok()) return Describe(plan.status());
  table.plan = *std::move(plan);
  table.sampled = observed->records;
  std::vector<int> columns(static_cast<size_t>(table.plan.schema->num_fields()));
  std::iota(columns.begin(), columns.end(), 0);
  const auto reader = MakeJsonReader(context, std::make_shared<JsonTable>(table),
                                     std::make_unique<MemoryText>(text, block), std::move(columns));
  const auto rows = ToLines(context, reader.get());
  return rows.ok() ? *rows : Describe(rows.status());
}

}  // namespace
}  // namespace bowyer::json

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bowyer;
  static const auto context = *Context::Make({.threads = 1, .memory = int64_t{64} << 20});
  const std::string text(reinterpret_cast<const char*>(data), size);
  // A sample of one record makes all others surprises.
  (void)json::ReadFile(context, text, {.encoding = Encoding::kUtf8, .sample_rows = 1});
  const std::string whole =
      json::ReadFile(context, text, {.encoding = Encoding::kUtf8, .sample_rows = -1});
  // Byte order marks are the business of the text input, which ReadBlocks goes around.
  for (const char* mark : {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"}) {
    if (text.starts_with(mark)) return 0;
  }
  if (json::ReadBlocks(context, text, 1 + size % 67) != whole) std::abort();
  return 0;
}
