#pragma once

#include <aldis/templates/environment.hpp>

namespace aldis::templates::detail {

/// Adds `_`, `gettext`, `ngettext`, `pgettext` and `npgettext`, in the style that the options
/// select.
void add_gettext(environment::names& globals, const environment_options& options);

}  // namespace aldis::templates::detail
