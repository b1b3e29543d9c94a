#pragma once

#include <aldis/templates/environment.hpp>

namespace aldis::templates::detail {

/// `_`, `gettext`, `ngettext`, `pgettext`, `npgettext`, as the options say.
void add_gettext(environment::names& globals, const environment_options& options);

}  // namespace aldis::templates::detail
