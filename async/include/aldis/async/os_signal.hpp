#pragma once

#include <aldis/export.hpp>
#include <aldis/signal.hpp>

namespace aldis {

/// A signal of the operating system as an aldis signal: sends the number each time the process
/// receives it.
///
///     aldis::os_signal(SIGINT).connect([&] { server.stop(); }, aldis::on(context), aldis::once);
///
/// While it has a receiver, the system's default action (for SIGINT: ending the process) is
/// disabled; it is restored when the last receiver is gone. Threads: sends come from a thread of
/// the library, which starts with the first receiver. Receivers may do anything. Lifetime: until
/// the process ends. After fork(), every signal has the system's default action in the child until
/// the child connects a receiver; then the receivers inherited from the parent are called as well.
/// Exceptions: connecting throws boost::system::system_error for a number that cannot be caught.
/// Exceptions of receivers without an executor are lost, because no sender could catch them.
ALDIS_API signal<void(int)>& os_signal(int number);

}  // namespace aldis
