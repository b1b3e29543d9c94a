#pragma once

// What the receivers of a test were called with, in the order of the calls.

#include <string>
#include <vector>

using calls = std::vector<std::string>;

/// Of receivers that are functions, which have nowhere else to write to. A test clears it first.
inline calls trace;
