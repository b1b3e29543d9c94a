#pragma once

#include <aldis/export.hpp>
#include <aldis/fwd.hpp>

#include <stdexcept>

namespace aldis {

/// Thrown when the pattern given to `matching` or `registry::watch` is malformed. The message shows
/// the pattern, which character is wrong, and what is allowed.
///
/// A pattern is a sequence of tokens separated by dots: `orders.eu.created`. A token has at least
/// one character, and no white space or control characters. The token `*` matches exactly one
/// token, and a last token `>` one or more.
class ALDIS_API bad_topic : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
  ~bad_topic() override;
};

}  // namespace aldis
