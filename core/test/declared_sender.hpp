#pragma once

// A class that sender_declared.cpp knows by name only, and sender_defined.cpp wholly: there it has
// virtual functions, and lies behind another base. Both compile the same signals of it.

#include <aldis/signal.hpp>

#include <cstddef>

namespace declared {

class model;

/// Where models live.
model& first_model();
model& second_model();

/// What a file that knows the class does with these signals.
aldis::connection hear(aldis::signal<void(model&)>& changed, int& calls, model& only);
aldis::connection hear(aldis::signal<void(const model*, int)>& changed, int& calls, model& only);
std::size_t send_whole(const aldis::signal<void(model&)>& changed, model& sender);
std::size_t send_whole(const aldis::signal<void(const model*, int)>& changed, model& sender);

}  // namespace declared
