// docs/from-sigslot.md

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace {

//[observer]
class observer {
 public:
  explicit observer(aldis::signal<void(int)>& s) {
    connections_ += s.connect(&observer::on_value, *this);
  }
  int last() const { return last_; }

 private:
  void on_value(int n) { last_ = n; }

  int last_ = 0;
  aldis::connections connections_;  // no base class, and nothing to call in the destructor
};
//[/observer]

}  // namespace

TEST_CASE("from sigslot: an observer") {
  aldis::signal<void(int)> s;
  {
    observer o(s);
    s.send(5);
    CHECK(o.last() == 5);
  }
  CHECK_FALSE(s);
}

TEST_CASE("from sigslot: disconnect by callable, by object and by group") {
  struct part {
    void a(int) {}
    void b(int) {}
  };
  //[disconnect]
  aldis::signal<void(int)> s;
  part p;
  s.connect(&part::a, p);
  s.disconnect(&part::a, p);  // by method and object

  s.connect([](int) {}, aldis::id("logging"));
  s.disconnect(aldis::id("logging"));  // a lambda, by its id

  aldis::connections of_p;  // by object, and by group: a bag of connections
  of_p += s.connect(&part::a, p);
  of_p += s.connect(&part::b, p);
  of_p.clear();
  CHECK_FALSE(s);
  //[/disconnect]
}

TEST_CASE("from sigslot: the order stays when one goes") {
  std::string order;
  aldis::signal<void()> s;
  std::vector<aldis::connection> all;
  for (const char c : {'a', 'b', 'c', 'd'}) {
    all.push_back(s.connect([&order, c] { order += c; }));
  }
  all[0].disconnect();
  s.send();
  CHECK(order == "bcd");
}

TEST_CASE("from sigslot: a connection outlives its signal, and the signal moves") {
  auto s = std::make_unique<aldis::signal<void()>>();
  const aldis::connection c = s->connect([] {});
  aldis::signal<void()> moved = std::move(*s);
  s.reset();
  CHECK(c.connected());
  CHECK(c.disconnect() == aldis::disconnect_result::disconnected);
}
