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

/// The signals of this component by their Flask names, as "request-started", and your own.
inline registry& signals = detail::signal_registry();

// The life of a request. The sender is the app: aldis::from(app) chooses one of several.

/// A template is about to be rendered, with these variables, which may be changed.
inline signal<void(app&, const templates::compiled_template&, templates::dict&)>&
    before_render_template =
        signals.named<void(app&, const templates::compiled_template&, templates::dict&)>(
            "before-render-template");
/// A template was rendered.
inline signal<void(app&, const templates::compiled_template&, templates::dict&)>&
    template_rendered =
        signals.named<void(app&, const templates::compiled_template&, templates::dict&)>(
            "template-rendered");
/// A message was kept for the next page; the session has it already. The message and its category.
inline signal<void(app&, const templates::value&, const std::string&)>& message_flashed =
    signals.named<void(app&, const templates::value&, const std::string&)>("message-flashed");

/// The context of an app or request has become current.
inline signal<void(app&)>& appcontext_pushed = signals.named<void(app&)>("appcontext-pushed");
/// Before before_request, also for those that routing finds nothing for.
inline signal<void(app&)>& request_started = signals.named<void(app&)>("request-started");
/// The response is complete, the session saved.
inline signal<void(app&, response&)>& request_finished =
    signals.named<void(app&, response&)>("request-finished");
/// No handler took this exception; before it is logged and becomes a 500.
inline signal<void(app&, const std::exception_ptr&)>& got_request_exception =
    signals.named<void(app&, const std::exception_ptr&)>("got-request-exception");
/// After teardown_request. The exception that nobody took, or null.
inline signal<void(app&, const std::exception_ptr&)>& request_tearing_down =
    signals.named<void(app&, const std::exception_ptr&)>("request-tearing-down");
/// After teardown_appcontext; the context is still current.
inline signal<void(app&, const std::exception_ptr&)>& appcontext_tearing_down =
    signals.named<void(app&, const std::exception_ptr&)>("appcontext-tearing-down");
/// The context is not current any more.
inline signal<void(app&)>& appcontext_popped = signals.named<void(app&)>("appcontext-popped");

}  // namespace aldis::web

#pragma pop_macro("signals")
