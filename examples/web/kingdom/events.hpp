#pragma once

#include <aldis/web/signals.hpp>

#include "petitions.hpp"

namespace kingdom {

// What happens in this kingdom, beside the life of its requests. The sender is
// the app.

/// Somebody asks for something: it is in the book.
inline aldis::signal<void(aldis::web::app&, const petition&)>& petition_presented =
    aldis::web::signals.named<void(aldis::web::app&, const petition&)>("petition-presented");

/// The crown has granted or refused it.
inline aldis::signal<void(aldis::web::app&, const petition&)>& petition_decided =
    aldis::web::signals.named<void(aldis::web::app&, const petition&)>("petition-decided");

}  // namespace kingdom
