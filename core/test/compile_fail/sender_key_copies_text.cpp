// expect: aldis: sender_key<T>::get returns a copy of the text; return a reference

#include <aldis/signal.hpp>

#include <string>

struct user {
  std::string name;
};

template <>
struct aldis::sender_key<user> {
#ifdef MISUSE
  static std::string get(const user& u) { return u.name; }
#else
  static const std::string& get(const user& u) { return u.name; }
#endif
};

void connect(aldis::signal<void(const user&)>& renamed, const user& u) {
  renamed.connect([] {}, aldis::from(u));
}
