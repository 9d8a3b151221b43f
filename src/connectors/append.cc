// Old rows first, then an encoder that goes on.
#include "connectors/append.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "bowyer/error.h"
#include "connectors/unify.h"
#include "core/text.h"
#include "files/text_input.h"

namespace bowyer {
namespace {

// What the end and the beginning of a text say about going on behind it.
struct TextEdges {
  char first = '\0';  // behind white space
  char last = '\n';
};

arrow::Result<TextEdges> LookAtText(const std::shared_ptr<Context>& context,
                                    const FileInput& input) {
  TextEdges edges;
  ARROW_ASSIGN_OR_RAISE(auto text, OpenTextInput(context, input, Encoding::kAuto));
  if (text->encoding().compare(0, 5, "UTF-8") != 0) {
    return MakeError(ErrorCode::kData,
                     "is " + text->encoding() + " text; rows can be appended to UTF-8 only",
                     {.location = input.name});
  }
  ARROW_ASSIGN_OR_RAISE(const std::string_view head, text->Peek(4096));
  const auto first = head.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos) edges.first = head[first];
  if (input.packing == Packing::kNone) {
    ARROW_ASSIGN_OR_RAISE(const auto end, input.file->ReadAt(input.size - 1, 1));
    if (end->size() == 1) edges.last = static_cast<char>(end->data()[0]);
    return edges;
  }
  // Only unpacking tells how packed text ends; it also shows that the old rows are whole.
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto block, text->Next());
    if (block == nullptr) return edges;
    edges.last = static_cast<char>(block->data()[block->size() - 1]);
  }
}

// Text holds no types: there only names and their order count.
std::shared_ptr<arrow::Schema> NamesOnly(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) fields.push_back(field->WithType(arrow::utf8()));
  return arrow::schema(std::move(fields));
}

}  // namespace

arrow::Status CheckColumnsFit(const Format& format, const std::shared_ptr<arrow::Schema>& old,
                              const std::shared_ptr<arrow::Schema>& fresh,
                              const std::string& path) {
  const NamedSchema first{"there", format.text ? NamesOnly(*old) : old};
  const NamedSchema other{"to append", format.text ? NamesOnly(*fresh) : fresh};
  if (UnifySchemas({first, other}, /*by_name=*/false).ok()) return arrow::Status::OK();
  return MakeError(
      ErrorCode::kData, "the rows to append have other columns than the file",
      {.location = path,
       .hint = SchemaDifferences(first, other) + "try --select to name and order them"});
}

arrow::Status OldFile::CheckUnchanged() const {
  struct stat named = {};
  if (::lstat(path.c_str(), &named) != 0 || FileFingerprint(named) != fingerprint) {
    return MakeError(ErrorCode::kUnavailable, "was changed by somebody else meanwhile",
                     {.location = path, .hint = "run the command again"});
  }
  return arrow::Status::OK();
}

arrow::Result<OldFile> LockOldFile(const std::string& path) {
  OldFile old{.path = path,
              .fd = OwnedFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY))};
  struct stat facts = {};
  if (old.fd.get() < 0 || ::fstat(old.fd.get(), &facts) != 0) {
    return MakeError(ErrorCode::kUnavailable,
                     fmt::format("cannot be read: {}", std::strerror(errno)), {.location = path});
  }
  if (::flock(old.fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return MakeError(ErrorCode::kUnavailable, "another run is appending to it",
                     {.location = path, .hint = "wait for its end"});
  }
  old.fingerprint = FileFingerprint(facts);
  // The other run may have renamed its file onto this name just before we got the lock.
  ARROW_RETURN_NOT_OK(old.CheckUnchanged());
  return old;
}

arrow::Result<std::unique_ptr<FileEncoder>> ContinueFile(const FileKind& kind, const OldFile& old,
                                                         const std::shared_ptr<AtomicFile>& file) {
  const auto& context = kind.context;
  const Format& format = *kind.format;
  const std::string& path = old.path;
  ARROW_ASSIGN_OR_RAISE(FileInput input, OpenFileInput(context, path));
  if (input.size == 0) return FileEncoder::Make(kind, file, path);
  FileKind more = kind;
  ReadOptions read;
  read.format = format.name;
  if (!kind.options.csv.header) read.csv.header = false;
  auto opened = format.open(context, input, read);
  if (!opened.ok()) return AtPlace(opened.status(), {.location = path});
  const std::unique_ptr<Source> source = std::move(opened).ValueUnsafe();

  if (!format.text) {
    ARROW_RETURN_NOT_OK(CheckColumnsFit(format, source->schema(), kind.schema, path));
    more.schema = source->schema();
    ARROW_ASSIGN_OR_RAISE(auto encoder, FileEncoder::Make(more, file, path));
    ARROW_ASSIGN_OR_RAISE(const auto reader, source->Open(Chunk{}, ScanOptions{}));
    while (true) {
      ARROW_RETURN_NOT_OK(context->CheckStop());
      std::shared_ptr<arrow::RecordBatch> batch;
      ARROW_RETURN_NOT_OK(AtPlace(reader->ReadNext(&batch), {.location = path}));
      if (batch == nullptr) break;
      ARROW_RETURN_NOT_OK(encoder->Write(batch));
    }
    return encoder;
  }

  if (kind.options.csv.header) {
    ARROW_RETURN_NOT_OK(CheckColumnsFit(format, source->schema(), kind.schema, path));
  } else if (source->schema()->num_fields() != kind.schema->num_fields()) {
    return MakeError(ErrorCode::kData,
                     fmt::format("the rows to append have {} columns, the file has {}",
                                 kind.schema->num_fields(), source->schema()->num_fields()),
                     {.location = path});
  }
  more.options.csv.header = false;
  ARROW_ASSIGN_OR_RAISE(const SourceInfo info, source->Inspect());
  for (const auto& [name, value] : info.facts) {
    // Rows go on in the dialect that the file has.
    if (name == "delimiter") {
      more.options.csv.delimiter = value == "tab" ? '\t' : value == "space" ? ' ' : value.front();
    }
    if (name == "escape" && value.size() == 1) {
      return MakeError(ErrorCode::kData,
                       "its quotes are escaped with " + Quoted(value) +
                           "; rows are written with doubled quotes only",
                       {.location = path, .hint = "copy it into a new file first"});
    }
    if (name == "quote" && value.size() == 1) more.options.csv.quote = value[0];
  }
  ARROW_ASSIGN_OR_RAISE(const TextEdges edges, LookAtText(context, input));
  if (format.name == "json" && edges.first == '[') {
    return MakeError(ErrorCode::kData, "is an array; rows can be appended to JSON lines only",
                     {.location = path});
  }
  ARROW_RETURN_NOT_OK(file->CopyFrom(old.fd.get(), input.size));
  more.packing = input.packing;
  ARROW_ASSIGN_OR_RAISE(auto encoder, FileEncoder::Make(more, file, path));
  if (edges.last != '\n') ARROW_RETURN_NOT_OK(encoder->WriteBytes("\n"));
  return encoder;
}

}  // namespace bowyer
