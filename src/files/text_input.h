// Text as parsers want it: unpacked, decoded to UTF-8, without a byte order mark, in blocks.
#pragma once

#include <arrow/buffer.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/options.h"
#include "files/file_input.h"

namespace bowyer {

// Used by one thread. A file -> blocks of about Context::block_bytes() bytes with arbitrary edges.
class TextInput {
 public:
  virtual ~TextInput() = default;

  // The text's first bytes, at least `bytes` of them unless it is shorter, without consuming them;
  // the view lives until the next call of a member. Used for detection.
  virtual arrow::Result<std::string_view> Peek(int64_t bytes) = 0;

  // The next block; null at the end. Buffers are the caller's and have 64 readable zero bytes
  // behind their size, so that SIMD loads need no edge cases.
  virtual arrow::Result<std::shared_ptr<arrow::Buffer>> Next() = 0;

  // What the bytes were: "UTF-8", "UTF-8 with BOM", "UTF-16LE", ..., for `inspect`.
  virtual std::string encoding() const = 0;
};

// Of a file every call begins anew, independently of all others; a pipe can be opened once.
// UTF-8 is passed on as it is (parsers check it where they need it); UTF-16 and Latin-1 are
// decoded. kAuto: by byte order mark, then by the pattern of NUL bytes; otherwise UTF-8.
// Errors: those of OpenUnpacked; kData for malformed UTF-16 (a lone surrogate, an odd length).
arrow::Result<std::unique_ptr<TextInput>> OpenTextInput(const std::shared_ptr<Context>& context,
                                                        const FileInput& input, Encoding encoding);

}  // namespace bowyer
