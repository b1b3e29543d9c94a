// docs/from-qt.md

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

//[class]
class counter {
 public:
  aldis::signal<void(counter&, int)> value_changed;  // the sender comes first

  int value() const { return value_; }
  void set_value(int value) {
    if (value == value_) return;
    value_ = value;
    value_changed.send(*this, value);
  }

 private:
  int value_ = 0;
};
//[/class]

struct label {
  std::string text;
  void set_number(counter&, int n) { text = std::to_string(n); }
};

}  // namespace

TEST_CASE("from qt: a class with a signal") {
  //[use]
  counter a;
  counter b;
  a.value_changed.connect([&](counter&, int n) { b.set_value(n); });

  a.set_value(12);
  CHECK(b.value() == 12);
  b.set_value(48);
  CHECK(a.value() == 12);
  //[/use]
}

TEST_CASE("from qt: a context object") {
  //[context]
  counter a;
  {
    aldis::guarded<label> shown;  // was: a QObject as context
    a.value_changed.connect<&label::set_number>(shown);
    a.set_value(7);
    CHECK(shown->text == "7");
  }
  CHECK_FALSE(a.value_changed);
  //[/context]
}

TEST_CASE("from qt: sender()") {
  //[sender]
  aldis::signal<void(counter&, int)> any_changed;  // one signal, many senders
  counter a;
  counter b;
  const counter* last = nullptr;
  int of_a = 0;
  any_changed.connect([&](counter& sender) { last = &sender; });
  any_changed.connect([&](counter&, int n) { of_a = n; }, aldis::from(a));

  any_changed.send(a, 1);
  any_changed.send(b, 2);
  CHECK(last == &b);
  CHECK(of_a == 1);
  //[/sender]
}

TEST_CASE("from qt: single shot, unique, blocked") {
  //[options]
  counter a;
  label shown;
  int shots = 0;
  a.value_changed.connect([&] { ++shots; }, aldis::once);  // Qt::SingleShotConnection
  a.value_changed.connect<&label::set_number>(shown);
  a.value_changed.connect<&label::set_number>(shown);  // Qt::UniqueConnection is the rule
  {
    const auto quiet = a.value_changed.mute();  // QSignalBlocker
    a.set_value(1);
  }
  a.set_value(2);
  a.set_value(3);
  CHECK(shots == 1);
  CHECK(shown.text == "3");
  CHECK(a.value_changed.size() == 1);
  //[/options]
}
