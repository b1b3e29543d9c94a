#pragma once

// A record of the calls of a test's receivers, in order.

#include <string>
#include <vector>

using calls = std::vector<std::string>;

/// The record for receivers that are functions. Each test clears it first.
inline calls trace;
