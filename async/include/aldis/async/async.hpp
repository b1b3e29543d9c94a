#pragma once

// Every public header of async.

#include <aldis/async/async_send.hpp>
#include <aldis/async/drained.hpp>
#include <aldis/async/on.hpp>
#include <aldis/async/os_signal.hpp>
#include <aldis/async/overflow.hpp>
#include <aldis/async/rate.hpp>
#include <aldis/async/stream.hpp>
