// Is a host this machine's own, so that nobody else can listen on the way?
#pragma once

#include <string>

namespace bowyer {

// "localhost", 127.0.0.0/8, ::1 (also in brackets). Names are not looked up: any other is foreign.
bool IsLoopback(const std::string& host);

}  // namespace bowyer
