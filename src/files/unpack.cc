// Packed bytes -> the bytes that were packed.
#include "bowyer/error.h"
#include "files/packing.h"

namespace bowyer {

arrow::Result<std::shared_ptr<arrow::io::InputStream>> OpenUnpacked(
    const std::shared_ptr<Context>& context, const FileInput& input) {
  (void)context;
  if (input.packing == Packing::kNone) return StoredBytes(input);
  return MakeError(ErrorCode::kData, "is packed with " + std::string(PackingName(input.packing)),
                   {.location = input.name});
}

}  // namespace bowyer
