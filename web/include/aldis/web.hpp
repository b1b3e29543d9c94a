#pragma once

// All of web except coroutine handlers (<aldis/web/awaitable.hpp>) and JSON
// (<aldis/web/json.hpp>), which include Boost headers.

#include <aldis/web/app.hpp>
#include <aldis/web/blueprint.hpp>
#include <aldis/web/body.hpp>
#include <aldis/web/command_line.hpp>
#include <aldis/web/config.hpp>
#include <aldis/web/context.hpp>
#include <aldis/web/cookie.hpp>
#include <aldis/web/file_part.hpp>
#include <aldis/web/fwd.hpp>
#include <aldis/web/handler.hpp>
#include <aldis/web/headers.hpp>
#include <aldis/web/http_error.hpp>
#include <aldis/web/logger.hpp>
#include <aldis/web/multi_dict.hpp>
#include <aldis/web/path_values.hpp>
#include <aldis/web/rendering.hpp>
#include <aldis/web/request.hpp>
#include <aldis/web/response.hpp>
#include <aldis/web/response_conversion.hpp>
#include <aldis/web/routing.hpp>
#include <aldis/web/scaffold.hpp>
#include <aldis/web/send_file.hpp>
#include <aldis/web/server.hpp>
#include <aldis/web/server_options.hpp>
#include <aldis/web/session.hpp>
#include <aldis/web/signals.hpp>
#include <aldis/web/test_cli_runner.hpp>
#include <aldis/web/test_client.hpp>
#include <aldis/web/uuid.hpp>
#include <aldis/web/value.hpp>
#include <aldis/web/wraps.hpp>
