#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bowyer {

// "0.1.0"
const char* Version();

// Of the libraries that are in use: {"arrow", "26.0.1"}, {"duckdb", ...}, {"libpq", ...},
// {"sqlite", ...}.
std::vector<std::pair<std::string, std::string>> LibraryVersions();

}  // namespace bowyer
