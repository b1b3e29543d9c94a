#include <aldis/templates/environment.hpp>
#include <aldis/templates/value.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace t = aldis::templates;

namespace {

/// Random numbers with a fixed seed.
class numbers {
 public:
  std::size_t below(std::size_t limit) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::size_t>(state_ >> 33) % limit;
  }

 private:
  std::uint64_t state_ = 1;
};

std::string random_text(numbers& random, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += random.below(5) == 0 ? 'b' : 'a';
  return text;
}

std::string index_text(std::size_t found) {
  return found == std::string_view::npos ? "-1" : std::to_string(found);
}

/// The expected output of the template below, computed in the simplest way.
std::string expected(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  std::string replaced;
  std::size_t begin = 0;
  for (std::size_t found; (found = text.find(what, begin)) != std::string_view::npos;
       begin = found + what.size()) {
    ++count;
    replaced.append(text.substr(begin, found - begin)).append("-");
  }
  replaced.append(text.substr(begin));
  return index_text(text.find(what)) + " " + index_text(text.rfind(what)) + " " +
         std::to_string(count) + " " + std::to_string(count + 1) + " " + replaced;
}

}  // namespace

TEST_CASE("short, long and repetitive text is found at the right offsets") {
  const t::environment env;
  const auto shown = env.from_string(
      "{{ s.find(w) }} {{ s.rfind(w) }} {{ s.count(w) }} {{ s.split(w)|length }} "
      "{{ s.replace(w, '-') }}");
  numbers random;
  for (int round = 0; round < 1500; ++round) {
    const std::string text = random_text(random, random.below(200));
    std::string what;
    if (text.size() > 2 && round % 3 != 0) {
      // A part of the text, or one with a small change.
      const std::size_t begin = random.below(text.size());
      what = text.substr(begin, 1 + random.below(60));
      if (round % 3 == 1) what[random.below(what.size())] = 'b';
    } else {
      const std::string unit = random_text(random, 1 + random.below(4));
      while (what.size() < 1 + random.below(60)) what += unit;
    }
    CAPTURE(text);
    CAPTURE(what);
    REQUIRE(shown.render({{"s", text}, {"w", what}}) == expected(text, what));
  }
}

TEST_CASE("split and rsplit agree on long separators") {
  const t::environment env;
  const auto shown = env.from_string("{{ s.split(w) == s.rsplit(w) }} {{ s.rsplit(w, 1)|length }}");
  const std::string separator = "<-------------------------------->";

  CHECK(shown.render({{"s", "one" + separator + "two" + separator}, {"w", separator}}) == "True 2");
}
