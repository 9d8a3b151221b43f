// Fuzzes tickets: any bytes are one or an error, and one that was read comes back as it was.
#include <cstdint>
#include <cstdlib>

#include "serve/ticket.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto ticket =
      bowyer::ParseTicket(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!ticket.ok()) return 0;
  const auto again = bowyer::ParseTicket(ticket->Text());
  if (!again.ok() || again->table != ticket->table || again->sql != ticket->sql ||
      again->chunk.first != ticket->chunk.first || again->chunk.count != ticket->chunk.count ||
      again->fingerprint != ticket->fingerprint) {
    std::abort();
  }
  return 0;
}
