#pragma once

// Chat templates of language models, rendered as transformers' `apply_chat_template` does.

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
  /// The local time that `strftime_now` formats. Empty: the system's time.
  std::function<std::chrono::local_seconds()> now = {};
  /// Limits, a loader and so on. The options that transformers sets override the ones given here.
  environment_options environment = {};
};

/// An environment for chat templates: `trim_blocks`, `lstrip_blocks`, `break` and `continue`,
/// `{% generation %}`, `tojson` as json.dumps writes it, `raise_exception`, `strftime_now`.
///
/// `raise_exception` throws an `error` of kind `raised`.
///
///     const aldis::templates::chat_environment env;
///     const auto chat = env.from_string(chat_template);
///     std::string prompt = chat.render({{"messages", messages}, {"add_generation_prompt", true}});
class ALDIS_TEMPLATES_API chat_environment : public environment {
 public:
  explicit chat_environment(chat_options options = {});
};

/// A range of bytes in a text.
struct text_span {
  std::size_t begin = 0;
  std::size_t end = 0;

  friend bool operator==(const text_span&, const text_span&) = default;
};

/// A rendered chat, with the parts that the assistant said.
struct chat_text {
  std::string text;
  /// What was printed between `{% generation %}` and `{% endgeneration %}`, in text order.
  std::vector<text_span> assistant;
};

/// Like `chat.render(variables)`, but also returns what the assistant said.
///
/// As in transformers, the position is the one at which a generation is rendered: inside a `set`,
/// or inside a macro whose text is changed, it differs from the final one.
ALDIS_TEMPLATES_API chat_text render_chat(const compiled_template& chat,
                                          const dict& variables = {});

}  // namespace aldis::templates
