#pragma once

// Chat templates of language models, as `apply_chat_template` of transformers renders them.

#include <aldis/templates/compiled_template.hpp>
#include <aldis/templates/dict.hpp>
#include <aldis/templates/environment.hpp>
#include <aldis/templates/export.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace aldis::templates {

struct chat_options {
  /// The local time that `strftime_now` tells; empty: that of the system.
  std::function<std::chrono::local_seconds()> now = {};
  /// Limits, a loader and the like. What transformers sets is set whatever this says.
  environment_options environment = {};
};

/// An environment for chat templates: `trim_blocks`, `lstrip_blocks`, `break` and `continue`,
/// `{% generation %}`, `tojson` as json.dumps writes it, `raise_exception`, `strftime_now`.
///
/// What a template raises is an `error` of kind `raised`.
///
///     const aldis::templates::chat_environment env;
///     const auto chat = env.from_string(chat_template);
///     std::string prompt = chat.render({{"messages", messages}, {"add_generation_prompt", true}});
class ALDIS_TEMPLATES_API chat_environment : public environment {
 public:
  explicit chat_environment(chat_options options = {});
};

/// A part of a text, in bytes.
struct text_span {
  std::size_t begin = 0;
  std::size_t end = 0;

  friend bool operator==(const text_span&, const text_span&) = default;
};

/// A rendered chat, and what of it an assistant said.
struct chat_text {
  std::string text;
  /// What stood between `{% generation %}` and its end, in the order of the text.
  std::vector<text_span> assistant;
};

/// As `chat.render(variables)`, and tells what an assistant said. A generation inside of a `set`,
/// or of a macro whose text is changed, is told where the text stood when it was made, as
/// transformers does.
ALDIS_TEMPLATES_API chat_text render_chat(const compiled_template& chat,
                                          const dict& variables = {});

}  // namespace aldis::templates
