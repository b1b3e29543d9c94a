// Templates: rendering any source with any options ends with text or with an error.
//
// The first byte selects the options; the rest is the source.

#include "templates_render.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace templates = aldis::templates;
  if (size == 0) return 0;
  const std::string_view source(reinterpret_cast<const char*>(data) + 1, size - 1);
  templates::environment env(fuzzed::options(data[0]));
  env.add_tag("twice",
              [](const templates::tag_body& body, const templates::value& x) {
                return body.text({{"y", x}}) + body.text();
              },
              {.end = "endtwice", .variables = {"y"}});
  fuzzed::render(env, source,
                 {{"x", 5},
                  {"f", 2.5},
                  {"s", "text <b>"},
                  {"m", templates::markup{"<i>"}},
                  {"l", templates::list{3, 1, 2}},
                  {"t", templates::list{"b", "a"}},
                  {"d", templates::dict{{"a", 1}, {"b", templates::list{1}}}},
                  {"n", nullptr}});
  return 0;
}
