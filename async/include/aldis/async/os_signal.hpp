#pragma once

#include <aldis/export.hpp>
#include <aldis/signal.hpp>

namespace aldis {

/// A signal of the operating system as a signal of aldis: sends its number whenever the process
/// gets it.
///
///     aldis::os_signal(SIGINT).connect([&] { server.stop(); }, aldis::on(context), aldis::once);
///
/// While it has a receiver, the system's default action (for SIGINT: ending the process) is off; it
/// returns when the last receiver is gone.
/// Threads: sends come from a thread of the library, which starts with the first receiver.
/// Receivers may do anything.
/// Lifetime: the process's. After fork() the child starts clean: every signal has the system's
/// default action there, until the child connects a receiver; then the receivers that it inherited
/// from its parent are called as well.
/// Exceptions: connecting throws boost::system::system_error for a number that cannot be caught.
/// Exceptions of receivers without an executor are lost: no sender could catch them.
ALDIS_API signal<void(int)>& os_signal(int number);

}  // namespace aldis
