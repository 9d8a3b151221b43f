// How numbers and foreign text are shown to people; and which name somebody may have meant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bowyer {

// 1204331 -> "1,204,331"
std::string WithThousands(int64_t number);

// "1 row", "2,000 rows", "3 batches".
std::string Plural(int64_t count, std::string_view unit);

// Decimal units as `ls` users know them: "212 MB", "1.2 GB", "17 bytes".
std::string HumanBytes(int64_t bytes);

// "256MiB", "64M", "1.5GB", "4096": K, M, G are 1024-based, KB, MB, GB 1000-based, KiB ... 1024.
std::optional<int64_t> ParseSize(std::string_view text);

// Foreign bytes safe on a terminal: control characters and invalid UTF-8 as \xNN, cut with "…"
// behind `max_bytes`.
std::string Printable(std::string_view bytes, size_t max_bytes = 200);

// The same in double quotes, for values: "12,50".
std::string Quoted(std::string_view bytes, size_t max_bytes = 80);

// Length of the longest prefix that is well-formed UTF-8 (RFC 3629: no surrogates, no overlong
// forms, at most U+10FFFF). Equal to the size when all of it is.
size_t ValidUtf8Prefix(std::string_view bytes);
// The same, one character at a time: the definition, and what machines without SSE2 run.
size_t ValidUtf8PrefixPortable(std::string_view bytes);

// The name closest to `wrong` by edit distance (ignoring case), if any is close enough to be meant.
std::optional<std::string> ClosestName(std::string_view wrong,
                                       const std::vector<std::string>& names);

// `; did you mean "x"?` or nothing.
std::string DidYouMean(std::string_view wrong, const std::vector<std::string>& names);

}  // namespace bowyer
