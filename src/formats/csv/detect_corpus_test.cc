// The dialects that people wrote down for real files, against what the detection says of each: the
// same, or a refusal. Set BOWYER_CORPUS to the folder of the corpus; without it the test is
// skipped.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "formats/csv/detect.h"
#include "matchers.h"

namespace bowyer {
namespace {

std::filesystem::path Corpus() {
  const char* folder = std::getenv("BOWYER_CORPUS");
  return folder != nullptr ? folder : "../shared/corpus";
}

// The corpus writes whatever is no letter, digit, '.', '%', '+' or '-' of a file name as '_'.
std::string Comparable(std::string name) {
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '%') c = '_';
  }
  return name;
}

struct Annotation {
  char delimiter;
  char quote;
};

std::map<std::string, Annotation> ReadAnnotations(const std::filesystem::path& path) {
  const std::map<std::string, char> kDelimiters = {
      {"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}, {"space", ' '}, {"vslash", '|'}};
  std::map<std::string, Annotation> annotations;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> parts;
    std::istringstream stream(line);
    for (std::string part; std::getline(stream, part, '|');) parts.push_back(part);
    if (parts.size() < 4 || !kDelimiters.contains(parts[2])) continue;
    annotations[Comparable(parts[0])] = {kDelimiters.at(parts[2]),
                                         parts[3] == "singlequote" ? '\'' : '"'};
  }
  return annotations;
}

TEST(DetectCsvCorpus, DialectIsTheAnnotatedOneOrRefused) {
  const auto folder = Corpus() / "csv-dialect";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no corpus at " << folder;
  const auto annotations = ReadAnnotations(folder / "Dialect_annotations.txt");
  int right = 0, refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("sniffer__")) continue;
    const auto annotation = annotations.find(Comparable(name.substr(9)));
    ASSERT_NE(annotation, annotations.end()) << name;
    std::ifstream file(entry.path(), std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    const auto layout = DetectCsv(text, true, ReadOptions{}, name);
    if (!layout.ok()) {
      EXPECT_EQ(CodeOf(layout.status()), ErrorCode::kData) << Describe(layout.status());
      ++refused;
      continue;
    }
    ++right;
    EXPECT_EQ(layout->dialect.delimiter, annotation->second.delimiter) << name;
    EXPECT_EQ(layout->dialect.quote, annotation->second.quote) << name;
  }
  RecordProperty("right", right);
  RecordProperty("refused", refused);
  EXPECT_GE(100 * right, 85 * (right + refused)) << right << " told, " << refused << " refused";
}

}  // namespace
}  // namespace bowyer
