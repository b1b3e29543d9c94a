#include <aldis/web/http_error.hpp>
#include <aldis/web/json.hpp>

#include "json_memory.hpp"
#include "json_reader.hpp"
#include "json_text.hpp"
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value_stack.hpp>

#include <cstddef>
#include <stdexcept>
#include <utility>

namespace aldis::web {

namespace {

constexpr std::size_t large_text = 1024UL * 1024;

boost::json::value parse(std::string_view text, boost::json::error_code& error,
                         boost::json::storage_ptr where = {}) {
  // A byte order mark, as some clients send it; Python does not mind it either.
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  boost::json::value_stack stack;
  stack.reset(std::move(where));
  detail::read_json(text, stack, 32, error);
  return error ? boost::json::value() : stack.release();
}

boost::json::value parse_large(std::string_view text, boost::json::error_code& error) {
  detail::document_memory* memory = nullptr;
  const boost::json::storage_ptr where =
      boost::json::make_shared_resource<detail::document_memory>(memory);
  boost::json::value parsed = parse(text, error, where);
  memory->seal();
  return parsed;
}

}  // namespace

boost::json::value get_json(const request& from) {
  if (!from.is_json()) throw http_error(415, "The request is not of type application/json.");
  boost::json::error_code error;
  const std::string& text = from.body();
  boost::json::value parsed =
      text.size() < large_text ? parse(text, error) : parse_large(text, error);
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

std::string dumps(const boost::json::value& from) {
  std::string text = detail::to_json(from);
  text += '\n';
  return text;
}

response jsonify(const boost::json::value& from, int status) {
  response result(dumps(from), status);
  result.headers().set("Content-Type", "application/json");
  return result;
}

}  // namespace aldis::web
