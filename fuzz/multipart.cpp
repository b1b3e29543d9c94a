// Forms with files. The first line of an input is the boundary, the rest is the body. Then the
// lines of the rest become the parts of a form, and must be parsed back unchanged.

#include <aldis/web/request.hpp>

#include "fuzzing.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace web = aldis::web;
using fuzzing::require;

constexpr web::form_limits limits{.memory = 200, .parts = 5};

web::request posted(std::string_view boundary, std::string body) {
  web::request request("POST");
  request.headers().set("Content-Type", "multipart/form-data; boundary=" + std::string(boundary));
  request.body() = std::move(body);
  return request;
}

/// Any body is parsed within the limits, or rejected.
void read_anything(std::string_view input) {
  const auto [boundary, body] = fuzzing::split_once(input, '\n');
  std::optional<web::request> request;
  try {
    request.emplace(posted(boundary, std::string(body)));
  } catch (const std::invalid_argument&) {
    return;  // not valid in a header
  }
  request->set_form_limits(limits);
  try {
    for (const auto& [name, value] : request->form()) {
      require(fuzzing::is_utf8(name) && fuzzing::is_utf8(value), "a field is UTF-8", input);
      // Invalid UTF-8 has become a character of three bytes.
      require(value.size() / 3 <= limits.memory, "the limit of memory holds", input);
    }
    require(request->form().size() + request->files().size() <= limits.parts,
            "the limit of parts holds", input);
    for (const web::file_part& file : request->files()) {
      require(fuzzing::is_utf8(file.name) && fuzzing::is_utf8(file.file_name), "a name is UTF-8",
              input);
      require(body.find(file.content) != body.npos, "a file was sent", input);
      const std::string safe = web::safe_file_name(file.file_name);
      require(safe.find('/') == safe.npos && !safe.starts_with('.'), "a file's name is safe",
              input);
    }
  } catch (const web::http_error& error) {
    require(error.code() == 400 || error.code() == 413, "it is refused with a reason", input);
  }
}

struct part {
  std::string name;
  std::optional<std::string> file_name;
  std::string content;
};

/// Quotes a text for a header.
std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

void write_and_read(std::string_view input) {
  constexpr std::string_view boundary = "aldis";
  if (input.find("--aldis") != input.npos || !fuzzing::is_utf8(input)) return;
  // These characters are escapes in names.
  for (const std::string_view escape : {"%22", "%0D", "%0A"}) {
    if (input.find(escape) != input.npos) return;
  }
  // A line each for the name, the name of the file (empty: no file) and the content.
  const std::vector<std::string_view> lines = fuzzing::split(input, '\n');
  std::vector<part> parts;
  std::string body;
  for (std::size_t i = 0; i + 2 < lines.size(); i += 3) {
    part one{std::string(lines[i]), std::nullopt, std::string(lines[i + 2])};
    if (!lines[i + 1].empty()) one.file_name = lines[i + 1];
    if (fuzzing::has_control(one.name) || fuzzing::has_control(one.file_name.value_or(""))) return;
    body += "--aldis\r\nContent-Disposition: form-data; name=" + quoted(one.name);
    if (one.file_name) body += "; filename=" + quoted(*one.file_name);
    body += "\r\n\r\n" + one.content + "\r\n";
    parts.push_back(std::move(one));
  }
  if (parts.empty()) return;

  const web::request request = posted(boundary, body + "--aldis--\r\n");
  auto field = request.form().begin();
  auto file = request.files().begin();
  for (const part& one : parts) {
    if (one.file_name) {
      require(file != request.files().end(), "no file is left out", input);
      require(file->name == one.name && file->file_name == *one.file_name, "names are kept", input);
      require(file->content == one.content, "a file is kept", input);
      ++file;
    } else {
      require(field != request.form().end(), "no field is left out", input);
      require(field->first == one.name && field->second == one.content, "a field is kept", input);
      ++field;
    }
  }
  require(field == request.form().end() && file == request.files().end(), "nothing is made up",
          input);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzzing::text_of(data, size);
  read_anything(input);
  write_and_read(input);
  return 0;
}
