#pragma once

// A class that is incomplete in sender_declared.cpp and defined in sender_defined.cpp, where it has
// virtual functions and is not the first base. Both files compile the same signals of it.

#include <aldis/signal.hpp>

#include <cstddef>

namespace declared {

class model;

/// Creates and destroys models.
model& first_model();
model& second_model();

/// Functions on these signals, in a file that defines the class.
aldis::connection hear(aldis::signal<void(model&)>& changed, int& calls, model& only);
aldis::connection hear(aldis::signal<void(const model*, int)>& changed, int& calls, model& only);
std::size_t send_whole(const aldis::signal<void(model&)>& changed, model& sender);
std::size_t send_whole(const aldis::signal<void(const model*, int)>& changed, model& sender);

}  // namespace declared
