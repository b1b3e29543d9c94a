#pragma once

#include <aldis/web/app.hpp>

#include "petitions.hpp"

namespace kingdom {

/// The hall, where everybody may come and ask, and the pages of errors. The
/// book must outlive the app, as with the next.
void add_hall(aldis::web::app& app, petition_book& book);

/// Where the crown decides: a blueprint under /throne.
void add_throne(aldis::web::app& app, petition_book& book);

/// What other programs read.
void add_json(aldis::web::app& app, const petition_book& book);

/// All of it, with the settings that it needs.
void set_up(aldis::web::app& app, petition_book& book);

}  // namespace kingdom
