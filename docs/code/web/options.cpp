// The code of docs/guide/options.md: every member of every options struct, in its order.
// Designators that are out of order do not compile.

#include <aldis/async/async.hpp>
#include <aldis/templates/templates.hpp>
#include <aldis/web.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>

namespace templates = aldis::templates;
namespace web = aldis::web;

TEST_CASE("designators of options are in order") {
  //[on]
  const aldis::on_options on{
      .capacity = 0,
      .overflow = aldis::overflow::block,
      .at_once = 0,
      .failed = {},
  };
  //[/on]
  //[environment]
  const templates::environment_options environment{
      .loader = {},
      .autoescape = false,
      .undefined = templates::undefined_policy::lenient,
      .trim_blocks = false,
      .lstrip_blocks = false,
      .keep_trailing_newline = false,
      .newline = "\n",
      .do_statement = false,
      .loop_controls = false,
      .debug_statement = false,
      .translate = {},
      .newstyle_gettext = false,
      .delimiters = {},
      .finalize = {},
      .reload = false,
      .cache = 400,
      .limits = {},
      .policies = {},
  };
  //[/environment]
  //[delimiters]
  const templates::delimiters delimiters{
      .block_begin = "{%",
      .block_end = "%}",
      .variable_begin = "{{",
      .variable_end = "}}",
      .comment_begin = "{#",
      .comment_end = "#}",
      .line_statement = "",
      .line_comment = "",
  };
  //[/delimiters]
  //[limits]
  const templates::limits limits{
      .nesting = 100,
      .source = 16 * 1024 * 1024,
      .recursion = 200,
      .stack = 512 * 1024,
      .output = 64 * 1024 * 1024,
      .iterations = 10'000'000,
      .memory = 256 * 1024 * 1024,
  };
  //[/limits]
  //[tag]
  const templates::tag_options tag{
      .end = "",
      .variables = {},
      .names = 0,
      .assigns = false,
  };
  //[/tag]
  //[app]
  const web::app_options app{
      .root_path = ".",
      .template_folder = "templates",
      .static_folder = "static",
      .static_url_path = "/static",
  };
  //[/app]
  //[blueprint]
  const web::blueprint_options blueprint{
      .url_prefix = "",
      .template_folder = "",
      .static_folder = "",
      .static_url_path = "/static",
  };
  //[/blueprint]
  //[route]
  const web::route_options route{
      .methods = {"GET"},
      .endpoint = "",
      .defaults = {},
      .strict_slashes = true,
      .merge_slashes = true,
      .automatic_options = true,
      .blocking = false,
  };
  //[/route]
  //[url]
  const web::url_options url{
      .anchor = "",
      .external = false,
      .scheme = "",
      .method = "",
  };
  //[/url]
  //[cookie]
  const web::cookie_options cookie{
      .max_age = std::nullopt,
      .expires = std::nullopt,
      .path = "/",
      .domain = "",
      .secure = false,
      .http_only = false,
      .same_site = web::same_site::unset,
      .partitioned = false,
  };
  //[/cookie]
  //[send_file]
  const web::send_file_options file{
      .mime_type = "",
      .as_attachment = false,
      .download_name = "",
      .max_age = std::nullopt,
  };
  //[/send_file]
  //[request]
  const web::client_request request{
      .query = {},
      .headers = {},
      .data = "",
      .content_type = "",
      .form = {},
      .files = {},
      .json = "",
      .follow_redirects = false,
  };
  //[/request]
  //[server]
  using std::chrono::seconds;
  const web::server_options server{
      .host = "127.0.0.1",
      .port = 5000,
      .threads = 0,
      .workers = 8,
      .max_head_size = 16 * 1024,
      .max_body_size = 16 * 1024 * 1024,
      .max_total_body_size = 256 * 1024 * 1024,
      .max_connections = 10'000,
      .head_timeout = seconds(20),
      .body_timeout = seconds(30),
      .idle_timeout = seconds(75),
      .write_timeout = seconds(30),
      .stop_timeout = seconds(30),
      .certificate = "",
      .private_key = "",
      .access_log = true,
  };
  //[/server]

  CHECK(on.capacity == aldis::on_options().capacity);
  CHECK(environment.cache == templates::environment_options().cache);
  CHECK(delimiters.line_comment == templates::delimiters().line_comment);
  CHECK(limits.source == templates::limits().source);
  CHECK(limits.memory == templates::limits().memory);
  CHECK(tag.end == templates::tag_options().end);
  CHECK(app.static_folder == web::app_options().static_folder);
  CHECK(blueprint.static_url_path == web::blueprint_options().static_url_path);
  CHECK(route.methods == web::route_options().methods);
  CHECK(url.external == web::url_options().external);
  CHECK(cookie == web::cookie_options());
  CHECK(file.as_attachment == web::send_file_options().as_attachment);
  CHECK(request.json == web::client_request().json);
  CHECK(server.max_total_body_size == web::server_options().max_total_body_size);
  CHECK(server.idle_timeout == web::server_options().idle_timeout);
}
