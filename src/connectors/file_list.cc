// Walks the components of the pattern from left to right, with the set of folders reached so far.
#include "connectors/file_list.h"

#include <dirent.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>

#include "bowyer/error.h"
#include "connectors/connectors.h"
#include "core/text.h"

namespace bowyer {
namespace {

constexpr int kDeepest = 64;  // folders within folders; a loop of symbolic links ends here

bool IsHidden(std::string_view name) { return name.empty() || name[0] == '.' || name[0] == '_'; }
bool HasPattern(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

std::string Join(const std::string& folder, const std::string& name) {
  if (folder.empty()) return name;
  return folder.back() == '/' ? folder + name : folder + "/" + name;
}

enum class Kind { kNothing, kFile, kFolder };
Kind KindOf(const std::string& path) {
  struct stat facts = {};
  if (::stat(path.c_str(), &facts) != 0) return Kind::kNothing;
  return S_ISDIR(facts.st_mode) ? Kind::kFolder : Kind::kFile;
}

arrow::Result<std::vector<std::string>> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(
      ::opendir(folder.empty() ? "." : folder.c_str()), ::closedir);
  if (entries == nullptr) {
    return MakeError(ErrorCode::kUnavailable,
                     fmt::format("cannot be opened: {}", std::strerror(errno)),
                     {.location = folder});
  }
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

class Walk {
 public:
  explicit Walk(Context& context) : context_(context) {}

  arrow::Status Pattern(const std::string& reached, const std::vector<std::string>& components,
                        size_t at, int depth) {
    ARROW_RETURN_NOT_OK(context_.CheckStop());
    if (depth > kDeepest) return TooDeep(reached);
    if (at == components.size()) return Take(reached, depth);
    const std::string& component = components[at];
    const bool last = at + 1 == components.size();
    if (!HasPattern(component)) {
      const std::string next = Join(reached, component);
      const Kind kind = KindOf(next);
      if (kind == Kind::kNothing || (!last && kind != Kind::kFolder)) return arrow::Status::OK();
      return Pattern(next, components, at + 1, depth + 1);
    }
    const bool any_folders = component == "**";
    // ** stands for no folder, too.
    if (any_folders && !last) ARROW_RETURN_NOT_OK(Pattern(reached, components, at + 1, depth + 1));
    if (any_folders && last) return Folder(reached, depth);
    ARROW_ASSIGN_OR_RAISE(const auto names, NamesIn(reached));
    for (const std::string& name : names) {
      if (any_folders) {
        const std::string next = Join(reached, name);
        if (IsHidden(name) || KindOf(next) != Kind::kFolder) continue;
        ARROW_RETURN_NOT_OK(Pattern(next, components, at, depth + 1));
        continue;
      }
      if (IsHidden(name) && component[0] != name[0]) continue;
      if (::fnmatch(component.c_str(), name.c_str(), 0) != 0) continue;
      const std::string next = Join(reached, name);
      const Kind kind = KindOf(next);
      if (kind == Kind::kNothing || (!last && kind != Kind::kFolder)) continue;
      ARROW_RETURN_NOT_OK(Pattern(next, components, at + 1, depth + 1));
    }
    return arrow::Status::OK();
  }

  // All files beneath.
  arrow::Status Folder(const std::string& folder, int depth) {
    ARROW_RETURN_NOT_OK(context_.CheckStop());
    if (depth > kDeepest) return TooDeep(folder);
    ARROW_ASSIGN_OR_RAISE(const auto names, NamesIn(folder));
    for (const std::string& name : names) {
      if (IsHidden(name)) continue;
      const std::string next = Join(folder, name);
      switch (KindOf(next)) {
        case Kind::kFolder:
          ARROW_RETURN_NOT_OK(Folder(next, depth + 1));
          break;
        case Kind::kFile:
          beneath_.insert(next);
          break;
        case Kind::kNothing:
          return MakeError(ErrorCode::kUnavailable, "is a link to what is not there",
                           {.location = next});
      }
    }
    return arrow::Status::OK();
  }

  // Files that the pattern names themselves, and files in folders that it names.
  std::set<std::string>& named() { return named_; }
  std::set<std::string>& beneath() { return beneath_; }

 private:
  arrow::Status Take(const std::string& path, int depth) {
    if (KindOf(path) == Kind::kFolder) return Folder(path, depth);
    named_.insert(path);
    return arrow::Status::OK();
  }
  static arrow::Status TooDeep(const std::string& path) {
    return MakeError(ErrorCode::kUnavailable,
                     fmt::format("more than {} folders lie within one another (a loop of symbolic "
                                 "links?)",
                                 kDeepest),
                     {.location = path});
  }

  Context& context_;
  std::set<std::string> named_, beneath_;
};

// Values in the names of the folders between `root` and the file.
std::vector<PartitionValue> PartitionOf(const std::string& path, const std::string& root) {
  std::vector<PartitionValue> values;
  std::string_view rest = path;
  rest.remove_prefix(std::min(rest.size(), root.size()));
  while (true) {
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) return values;
    const std::string_view component = rest.substr(0, slash);
    rest.remove_prefix(slash + 1);
    const auto equals = component.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    const std::string_view text = component.substr(equals + 1);
    PartitionValue value{.name = PercentDecoded(component.substr(0, equals)), .text = {}};
    if (text != kNullPartition) value.text = PercentDecoded(text);
    values.push_back(std::move(value));
  }
}

arrow::Status CheckPartitions(const std::vector<ListedFile>& files) {
  const auto names = [](const ListedFile& file) {
    std::string text;
    for (const auto& value : file.partition) text += (text.empty() ? "" : "/") + value.name;
    return text.empty() ? std::string("none") : text;
  };
  for (const ListedFile& file : files) {
    std::set<std::string> seen;
    for (const auto& value : file.partition) {
      if (!seen.insert(value.name).second) {
        return MakeError(ErrorCode::kData, "two folders on its path name the same column",
                         {.location = file.path, .column = value.name});
      }
    }
    if (names(file) != names(files.front())) {
      return MakeError(ErrorCode::kData,
                       fmt::format("the folders' names give it the columns {}, but {} the columns "
                                   "{}",
                                   names(file), files.front().path, names(files.front())),
                       {.location = file.path});
    }
  }
  return arrow::Status::OK();
}

}  // namespace

std::string PercentDecoded(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size() && digit(text[at + 1]) >= 0 &&
        digit(text[at + 2]) >= 0) {
      out += static_cast<char>(digit(text[at + 1]) * 16 + digit(text[at + 2]));
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

arrow::Result<FileList> ListFiles(Context& context, const std::string& path,
                                  const ReadOptions& options) {
  FileList list;
  const Kind kind = KindOf(path);
  if (kind == Kind::kFile || (kind == Kind::kNothing && !HasPattern(path))) {
    list.single = true;
    list.files.push_back({path, {}});
    return list;
  }
  Walk walk(context);
  std::string root = path;
  if (kind == Kind::kFolder) {
    if (root.back() != '/') root += '/';
    ARROW_RETURN_NOT_OK(walk.Folder(path, 0));
  } else {
    // The folders before the first pattern are where the table lies.
    root.resize(path.rfind('/', path.find_first_of("*?[")) + 1);
    std::vector<std::string> components;
    std::string_view rest = std::string_view(path).substr(root.size());
    while (!rest.empty()) {
      const auto slash = std::min(rest.find('/'), rest.size());
      if (slash > 0) components.emplace_back(rest.substr(0, slash));
      rest.remove_prefix(std::min(rest.size(), slash + 1));
    }
    if (root.empty() || KindOf(root) == Kind::kFolder) {
      ARROW_RETURN_NOT_OK(walk.Pattern(root, components, 0, 0));
    }
  }
  std::set<std::string> chosen = std::move(walk.named());
  for (const std::string& file : walk.beneath()) {
    if (!options.format.empty() || FormatOfPath(file) != nullptr) {
      chosen.insert(file);
    } else {
      ++list.skipped;
    }
  }
  if (chosen.empty()) {
    std::string message = kind == Kind::kFolder ? "the folder holds no files that can be read"
                                                : "no file fits the pattern";
    if (list.skipped > 0) {
      message += fmt::format(" ({} whose names say no format)", WithThousands(list.skipped));
    }
    return MakeError(ErrorCode::kUnavailable, std::move(message),
                     {.location = path, .hint = list.skipped > 0 ? "try --from FORMAT" : ""});
  }
  for (const std::string& file : chosen) list.files.push_back({file, PartitionOf(file, root)});
  ARROW_RETURN_NOT_OK(CheckPartitions(list.files));
  return list;
}

arrow::Result<FileList> ListFiles(Context& context, const std::vector<std::string>& paths,
                                  const ReadOptions& options) {
  FileList all;
  for (const std::string& path : paths) {
    ARROW_ASSIGN_OR_RAISE(FileList list, ListFiles(context, path, options));
    all.files.insert(all.files.end(), std::make_move_iterator(list.files.begin()),
                     std::make_move_iterator(list.files.end()));
    all.skipped += list.skipped;
  }
  ARROW_RETURN_NOT_OK(CheckPartitions(all.files));
  return all;
}

}  // namespace bowyer
