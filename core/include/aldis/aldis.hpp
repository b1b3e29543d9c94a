#pragma once

// Everything in core.

#include <aldis/connectable.hpp>
#include <aldis/connection.hpp>
#include <aldis/engine.hpp>
#include <aldis/export.hpp>
#include <aldis/fwd.hpp>
#include <aldis/guarded.hpp>
#include <aldis/named.hpp>
#include <aldis/options.hpp>
#include <aldis/receiver.hpp>
#include <aldis/receiver_info.hpp>
#include <aldis/replies.hpp>
#include <aldis/sender.hpp>
#include <aldis/signal.hpp>
#include <aldis/topic.hpp>
#include <aldis/version.hpp>
#include <aldis/weak_pointer_of.hpp>
