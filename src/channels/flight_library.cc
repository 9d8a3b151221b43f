#include "channels/flight_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "bowyer/error.h"

namespace bowyer {
namespace {

constexpr char kFile[] = "libbowyer_flight.so";

arrow::Result<const FlightLibrary*> Load() {
  // Beside the file that this code is in: the library, or a program that holds all of it.
  static const char kHere = 0;
  std::string path = kFile;
  Dl_info here;
  if (::dladdr(&kHere, &here) != 0 && here.dli_fname != nullptr) {
    const std::string file = here.dli_fname;
    if (const auto slash = file.rfind('/'); slash != std::string::npos) {
      path = file.substr(0, slash + 1) + kFile;
    }
  }
  void* module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) module = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) {
    const char* fault = ::dlerror();
    return MakeError(ErrorCode::kUnavailable, fmt::format("Arrow Flight is not there: {}", fault),
                     {.hint = fmt::format("{} belongs beside Bowyer's own library", kFile)});
  }
  using Function = const FlightLibrary* (*)();
  const auto function = reinterpret_cast<Function>(::dlsym(module, kFlightLibraryFunction));
  if (function == nullptr) {
    return MakeError(ErrorCode::kUnavailable, path + " is of another Bowyer");
  }
  return function();
}

}  // namespace

arrow::Result<const FlightLibrary*> LoadFlight() {
  static const auto library = Load();
  return library;
}

}  // namespace bowyer
