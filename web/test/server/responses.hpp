#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// The field of that name in a head, or an empty string.
inline std::string field(std::string_view head, std::string_view name) {
  const std::string begin = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(begin);
  if (at == std::string_view::npos) return {};
  const std::size_t value = at + begin.size();
  return std::string(head.substr(value, head.find("\r\n", value) - value));
}

/// Decodes chunks; stops at an incomplete one.
inline std::string unchunked(std::string_view& bytes, bool& whole) {
  std::string body;
  for (;;) {
    const std::size_t line = bytes.find("\r\n");
    if (line == std::string_view::npos) return body;
    const std::size_t size = std::stoul(std::string(bytes.substr(0, line)), nullptr, 16);
    if (bytes.size() < line + 2 + size + 2) return body;
    body += bytes.substr(line + 2, size);
    bytes.remove_prefix(line + 2 + size + 2);
    if (size == 0) {
      whole = true;
      return body;
    }
  }
}

/// Splits bytes into responses, such as "200 hello", followed by "(closes)" if the response closes
/// the connection, and by "..." if it is incomplete.
inline std::vector<std::string> responses(std::string_view bytes, bool without_bodies = false) {
  std::vector<std::string> result;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) {
      result.emplace_back("...");
      break;
    }
    const std::string_view head = bytes.substr(0, end + 2);
    bytes.remove_prefix(end + 4);
    std::string response(head.substr(9, 3));
    if (response == "100") {
      result.push_back(response);
      continue;
    }
    response += " ";
    bool whole = true;
    if (field(head, "Transfer-Encoding") == "chunked") {
      whole = false;
      response += unchunked(bytes, whole);
      if (!whole) bytes = {};
    } else if (!without_bodies) {
      const std::string length = field(head, "Content-Length");
      const std::size_t size = length.empty() ? bytes.size() : std::stoul(length);
      whole = size <= bytes.size();
      const std::string_view body = bytes.substr(0, size);
      response += body.size() > 100 ? std::to_string(body.size()) + " bytes" : std::string(body);
      bytes.remove_prefix(body.size());
    }
    if (!whole) response += "...";
    if (field(head, "Connection") == "close") response += " (closes)";
    result.push_back(response);
  }
  return result;
}
