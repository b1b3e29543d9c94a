#pragma once

// The filters, tests and globals of every environment.

#include <aldis/templates/environment.hpp>

namespace aldis::templates::detail {

void add_filters(environment::names& filters);
void add_tests(environment::names& tests);
void add_globals(environment::names& globals);
/// `{% debug %}`
value debug_function();

}  // namespace aldis::templates::detail
