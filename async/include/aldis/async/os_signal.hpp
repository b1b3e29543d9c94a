#pragma once

#include <aldis/export.hpp>
#include <aldis/signal.hpp>

namespace aldis {

/// A signal of the operating system as one of aldis: sends its number whenever the process gets it.
///
///     aldis::os_signal(SIGINT).connect([&] { server.stop(); }, aldis::on(context), aldis::once);
///
/// While it has a receiver, the system's own reaction (for SIGINT: the end of the process) is off;
/// with the last one it is back.
/// Threads: sends come from a thread of the library's own, which starts with the first receiver.
/// There are no restrictions on what a receiver may do.
/// Lifetime: the process's. After fork() the child starts clean: every signal does there what the
/// system does by itself, until the child connects a receiver; those it has from its parent are
/// called then as well, as everything it was copied with.
/// Exceptions: connecting throws boost::system::system_error for a number that cannot be caught.
/// What receivers without an executor throw is lost: there is no sender to tell.
ALDIS_API signal<void(int)>& os_signal(int number);

}  // namespace aldis
