#pragma once

#include <aldis/named.hpp>
#include <aldis/signal.hpp>
#include <aldis/templates/fwd.hpp>
#include <aldis/web/fwd.hpp>

#include <exception>
#include <string>

// Qt makes it a macro.
#pragma push_macro("signals")
#undef signals

namespace aldis::web {

namespace detail {
/// Never destroyed.
ALDIS_API registry& signal_registry();
}  // namespace detail

/// The signals of this component by their Flask names, such as "request-started", and your own
/// ones.
inline registry& signals = detail::signal_registry();

// The signals of a request. The sender is the app: aldis::from(app) selects one of several.

/// Before a template is rendered, with its variables, which may be changed.
inline signal<void(app&, const templates::compiled_template&, templates::dict&)>&
    before_render_template =
        signals.named<void(app&, const templates::compiled_template&, templates::dict&)>(
            "before-render-template");
/// After a template was rendered, with its variables.
inline signal<void(app&, const templates::compiled_template&, templates::dict&)>&
    template_rendered =
        signals.named<void(app&, const templates::compiled_template&, templates::dict&)>(
            "template-rendered");
/// After a message was flashed, with the message and its category. The session contains it already.
inline signal<void(app&, const templates::value&, const std::string&)>& message_flashed =
    signals.named<void(app&, const templates::value&, const std::string&)>("message-flashed");

/// After the context of an app or request has become current.
inline signal<void(app&)>& appcontext_pushed = signals.named<void(app&)>("appcontext-pushed");
/// Before the before_request functions, even if routing has found nothing.
inline signal<void(app&)>& request_started = signals.named<void(app&)>("request-started");
/// When the response is complete and the session is saved.
inline signal<void(app&, response&)>& request_finished =
    signals.named<void(app&, response&)>("request-finished");
/// When no error handler takes an exception, before it is logged and becomes a 500.
inline signal<void(app&, const std::exception_ptr&)>& got_request_exception =
    signals.named<void(app&, const std::exception_ptr&)>("got-request-exception");
/// After the teardown_request functions, with the exception that was not handled, or null.
inline signal<void(app&, const std::exception_ptr&)>& request_tearing_down =
    signals.named<void(app&, const std::exception_ptr&)>("request-tearing-down");
/// After the teardown_appcontext functions, with the same exception. The context is still current.
inline signal<void(app&, const std::exception_ptr&)>& appcontext_tearing_down =
    signals.named<void(app&, const std::exception_ptr&)>("appcontext-tearing-down");
/// When the context is no longer current.
inline signal<void(app&)>& appcontext_popped = signals.named<void(app&)>("appcontext-popped");

}  // namespace aldis::web

#pragma pop_macro("signals")
