#pragma once

#include <aldis/web/value.hpp>

namespace aldis::web::detail {

/// The objects `request`, `session`, `g` and `config` for templates. They refer to the context in
/// which a template is rendered.
value request_in_templates();
value session_in_templates();
value globals_in_templates();
value config_in_templates();

/// The functions url_for(endpoint, ...) and get_flashed_messages(with_categories, category_filter).
value url_for_in_templates();
value flashed_messages_in_templates();

}  // namespace aldis::web::detail
