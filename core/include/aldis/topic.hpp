#pragma once

#include <aldis/export.hpp>
#include <aldis/fwd.hpp>

#include <stdexcept>

namespace aldis {

/// A pattern that `matching` or `registry::watch` was given is none. The message shows the pattern,
/// says which character is wrong, and what is allowed.
///
/// A pattern is tokens with dots between them: `orders.eu.created`. A token is one character or
/// more, and none of them white space or a control character. The token `*` stands for any one
/// token, and a last token `>` for one or more.
class ALDIS_API bad_topic : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
  ~bad_topic() override;
};

}  // namespace aldis
