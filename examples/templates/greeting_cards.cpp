// Greeting cards
//
// A layout, a card that extends it, a filter written in C++, a user-defined
// struct, and a name that must be escaped.
//
// Output:
//     <h1>Happy birthday</h1>
//     <p>Dear Ann, 30 is a fine age!</p>
//     <p>Dear &lt;script&gt;, 8 is a fine age!</p>
//     <footer>2 cards</footer>

#include <aldis/templates/templates.hpp>

#include <iostream>
#include <string>
#include <vector>

//[struct]
struct guest {
  std::string name;
  int age;
};

template <>
inline constexpr auto aldis::templates::members<guest> =
    aldis::templates::describe("name", &guest::name, "age", &guest::age);
//[/struct]

int main() {
  //[show]
  aldis::templates::environment env{{
      .loader = aldis::templates::from_map({
          {"layout.html",
           "<h1>{% block title %}{% endblock %}</h1>\n"
           "{% block cards %}{% endblock %}"
           "<footer>{{ guests|length }} cards</footer>\n"},
          {"birthday.html",
           "{% extends 'layout.html' %}"
           "{% block title %}Happy birthday{% endblock %}"
           "{% block cards %}{% for guest in guests %}"
           "<p>Dear {{ guest.name }}, {{ guest.age }} is {{ 'a fine age'|shout "
           "}}</p>\n"
           "{% endfor %}{% endblock %}"},
      }),
      .autoescape = aldis::templates::by_extension,
      .keep_trailing_newline = true,
  }};
  env.filters["shout"] = [](const std::string& text) { return text + "!"; };

  const std::vector<guest> guests{{"Ann", 30}, {"<script>", 8}};
  std::cout << env.get("birthday.html").render({{"guests", guests}});
  //[/show]
}
