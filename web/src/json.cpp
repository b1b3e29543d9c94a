#include <aldis/templates/boost_json.hpp>
#include <aldis/web/http_error.hpp>
#include <aldis/web/json.hpp>

#include "json_reader.hpp"
#include "json_text.hpp"
#include <boost/json/value_stack.hpp>

#include <stdexcept>

namespace aldis::web {

namespace {

boost::json::value parse(std::string_view text, boost::json::error_code& error) {
  // A byte order mark, as some clients send it; Python does not mind it either.
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  boost::json::value_stack stack;
  stack.reset();
  detail::read_json(text, stack, 32, error);
  return error ? boost::json::value() : stack.release();
}

}  // namespace

boost::json::value get_json(const request& from) {
  if (!from.is_json()) throw http_error(415, "The request is not of type application/json.");
  boost::json::error_code error;
  boost::json::value parsed = parse(from.body(), error);
  if (error)
    throw http_error(400, "The JSON of the request cannot be read: " + error.message() + ".");
  return parsed;
}

boost::json::value get_json(const client_response& from) {
  boost::json::error_code error;
  boost::json::value parsed = parse(from.body, error);
  if (error) throw std::invalid_argument("aldis: the answer is not JSON: " + error.message());
  return parsed;
}

std::string dumps(const boost::json::value& from) { return detail::to_json(value(from)) + "\n"; }

response jsonify(const boost::json::value& from, int status) {
  response result(dumps(from), status);
  result.headers().set("Content-Type", "application/json");
  return result;
}

}  // namespace aldis::web
