#include <aldis/sender.hpp>
#include <aldis/signal.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

static_assert(std::is_nothrow_default_constructible_v<aldis::any_sender>);
static_assert(std::is_convertible_v<int, aldis::any_sender>);
static_assert(std::is_convertible_v<const char*, aldis::any_sender>);
static_assert(!std::is_convertible_v<aldis::any_sender, bool>);

namespace {

enum class colour { red, green };
enum class fruit { apple, pear };
enum old_style { zero, one };

struct shop {
  int number = 0;
};

struct account {
  int number;
  std::string note;
};

struct city {
  std::string name;
};

struct first_base {
  long a = 0;
};
struct second_base {
  long b = 0;
};
struct plain_derived : first_base, second_base {};

struct first_interface {
  virtual ~first_interface() = default;
  long a = 0;
};
struct second_interface {
  virtual ~second_interface() = default;
  long b = 0;
};
struct derived : first_interface, second_interface {};

/// A base class that is not the first, and sends from its constructor and destructor.
class announcer {
 public:
  announcer(aldis::signal<void(const announcer&)>& told,
            aldis::signal<void(aldis::any_sender)>& told_to_all, std::vector<std::string>& log)
      : told_(told), told_to_all_(told_to_all) {
    kept_ += told.connect([&log] { log.emplace_back("from inside"); }, aldis::from(*this));
    kept_ += told_to_all.connect([&log] { log.emplace_back("to all"); }, aldis::from(*this));
    announce();
  }
  virtual ~announcer() { announce(); }

 private:
  void announce() {
    told_.send(*this);
    told_to_all_.send(*this);
  }

  aldis::signal<void(const announcer&)>& told_;
  aldis::signal<void(aldis::any_sender)>& told_to_all_;
  aldis::connections kept_;
};
struct announcing : first_interface, announcer {
  using announcer::announcer;
};

struct strange {
  int number = 0;
  strange* operator&() const { return nullptr; }  // NOLINT(google-runtime-operator)
};

void some_function() {}
void another_function() {}

/// Whether a receiver connected with from(chosen) is called for a send by each of the senders.
template <class Sender, class Chosen, class... Sent>
std::vector<bool> heard(const Chosen& chosen, Sent&&... sent) {
  aldis::signal<void(Sender)> signal;
  signal.connect([] {}, aldis::from(chosen));
  const std::vector<bool> called{signal.send(sent) == 1 ...};

  // has_receivers_for is exact, and not_from is the opposite.
  const std::vector<bool> expected{signal.has_receivers_for(sent)...};
  CHECK(called == expected);
  aldis::signal<void(Sender)> others;
  others.connect([] {}, aldis::not_from(chosen));
  const std::vector<bool> not_called{others.send(sent) == 0 ...};
  CHECK(called == not_called);
  return called;
}

using yes_no = std::vector<bool>;

}  // namespace

template <>
struct aldis::sender_key<account> {
  static int get(const account& a) { return a.number; }
};

template <>
struct aldis::sender_key<city> {
  static const std::string& get(const city& c) { return c.name; }
};

TEST_CASE("text compares by content, in every type") {
  const std::string text = "king";
  const char array[] = "king";
  char changeable[] = "king";

  CHECK(heard<std::string_view>("king", text, array, "kin", "kings", "", "King") ==
        yes_no{true, true, false, false, false, false});
  CHECK(heard<const std::string&>(std::string_view("king"), text, array, changeable) ==
        yes_no{true, true, true});
  CHECK(heard<const char*>(text, array, changeable, "queen") == yes_no{true, true, false});
  CHECK(heard<std::string>(changeable, text, "queen") == yes_no{true, false});
  CHECK(heard<std::string_view>("", "", "x") == yes_no{true, false});
  CHECK(heard<std::string_view>(std::string_view("a\0b", 3), std::string_view("a\0b", 3),
                                std::string_view("a\0c", 3), "a") == yes_no{true, false, false});
}

TEST_CASE("the signal copies the text of a sender") {
  aldis::signal<void(std::string_view)> king;
  std::string name(100, 'k');
  king.connect([] {}, aldis::from(name));
  const std::string same = name;
  name.assign(100, 'q');

  CHECK(king.send(same) == 1);
  CHECK(king.send(name) == 0);
}

TEST_CASE("integers compare by value, and so do 0 and false") {
  CHECK(heard<int>(0, 0, 1, -1) == yes_no{true, false, false});
  CHECK(heard<int>(-1, -1, 0, 1) == yes_no{true, false, false});
  CHECK(heard<bool>(false, false, true) == yes_no{true, false});
  CHECK(heard<bool>(true, false, true) == yes_no{false, true});
  CHECK(heard<char>('a', 'a', 'b') == yes_no{true, false});
  CHECK(heard<const int&>(7, 7, 8) == yes_no{true, false});
  CHECK(heard<std::int64_t>(7, INT64_C(7), INT64_C(8)) == yes_no{true, false});
  CHECK(heard<std::uint8_t>(255, std::uint8_t{255}, std::uint8_t{254}) == yes_no{true, false});
}

TEST_CASE("large unsigned integers are not negative ones") {
  constexpr auto largest = std::numeric_limits<std::uint64_t>::max();

  CHECK(heard<std::uint64_t>(largest, largest, largest - 1) == yes_no{true, false});
  CHECK(heard<std::uint64_t>(-1, largest) == yes_no{false});
  CHECK(heard<std::int64_t>(largest, INT64_C(-1)) == yes_no{false});
}

TEST_CASE("floating point numbers compare by value") {
  CHECK(heard<double>(0.5, 0.5, 0.25, -0.5) == yes_no{true, false, false});
  CHECK(heard<double>(0.0, 0.0, -0.0) == yes_no{true, true});
  CHECK(heard<double>(1, 1.0, 1.5) == yes_no{true, false});
  CHECK(heard<float>(0.5F, 0.5F) == yes_no{true});
}

TEST_CASE("a number as the sender of a signal of float is converted to float") {
  CHECK(heard<float>(0.1, 0.1F, 0.2F) == yes_no{true, false});
}

TEST_CASE("long double compares with full precision, and with other numbers by value") {
  const long double third = 1.0L / 3;
  const auto near_third = static_cast<double>(third);
  const auto huge = std::numeric_limits<long double>::max();
  const auto nan = std::numeric_limits<long double>::quiet_NaN();

  CHECK(heard<long double>(third, third, near_third, huge) == yes_no{true, false, false});
  CHECK(heard<long double>(0.5, 0.5L, third) == yes_no{true, false});
  CHECK(heard<long double>(-0.0L, 0.0L, std::numeric_limits<long double>::denorm_min()) ==
        yes_no{true, false});
  CHECK(heard<long double>(huge, huge, -huge, std::numeric_limits<double>::infinity()) ==
        yes_no{true, false, false});
  CHECK(heard<long double>(nan, nan) == yes_no{false});
  CHECK(heard<aldis::any_sender>(third, third, near_third) == yes_no{true, false});
  CHECK(heard<aldis::any_sender>(0.5L, 0.5, 0.5F, third) == yes_no{true, true, false});
}

TEST_CASE("NaN is equal to no sender") {
  const double nan = std::numeric_limits<double>::quiet_NaN();

  CHECK(heard<double>(nan, nan, 0.0) == yes_no{false, false});
}

TEST_CASE("enumerations compare by value") {
  CHECK(heard<colour>(colour::red, colour::red, colour::green) == yes_no{true, false});
  CHECK(heard<old_style>(one, zero, one) == yes_no{false, true});
}

TEST_CASE("objects compare by identity, not by value") {
  shop a;
  shop b;
  const shop& same = a;

  CHECK(heard<const shop&>(a, a, b, same) == yes_no{true, false, true});
  CHECK(heard<shop&>(a, a, b) == yes_no{true, false});
}

TEST_CASE("a signal may be a member of its own sender's class") {
  struct counter {
    aldis::signal<void(counter&, int)> changed;
    aldis::signal<void(const counter*)> reset;
    void add(int n) { changed.send(*this, n); }
  };
  counter a;
  counter b;
  std::vector<const counter*> log;
  const auto hear = [&](counter& c) { log.push_back(&c); };
  a.changed.connect(hear, aldis::from(a));
  a.changed.connect(hear, aldis::from(b));
  b.changed.connect(hear, aldis::not_from(b));
  b.reset.connect([&](const counter* c) { log.push_back(c); }, aldis::from(b));

  a.add(1);
  b.add(2);
  b.reset.send(&a);
  b.reset.send(&b);

  CHECK(log == std::vector<const counter*>{&a, &b});
}

TEST_CASE("a pointer is the same sender as its object") {
  shop a;
  shop b;
  shop* const pa = &a;
  shop* const pb = &b;
  shop* const none = nullptr;
  const shop* const to_const = &a;

  CHECK(heard<shop*>(pa, pa, pb, none) == yes_no{true, false, false});
  CHECK(heard<const shop*>(a, pa, pb, to_const) == yes_no{true, false, true});
  CHECK(heard<const shop&>(pa, a, b) == yes_no{true, false});
  CHECK(heard<shop*>(nullptr, pa, none) == yes_no{false, true});
}

TEST_CASE("void and function pointers compare by address") {
  int a = 0;
  int b = 0;
  void* const pa = &a;

  CHECK(heard<void*>(pa, pa, static_cast<void*>(&b)) == yes_no{true, false});
  CHECK(heard<const void*>(&a, pa, static_cast<void*>(&b)) == yes_no{true, false});
  CHECK(heard<void (*)()>(&some_function, &some_function, &another_function) ==
        yes_no{true, false});
  CHECK(heard<void (&)()>(&some_function, some_function, another_function) == yes_no{true, false});
}

TEST_CASE("an object with several polymorphic bases is one sender through each of them") {
  derived d;
  derived other;
  first_interface& first = d;
  second_interface& second = d;

  CHECK(heard<const first_interface&>(d, first, d, other) == yes_no{true, true, false});
  CHECK(heard<const second_interface&>(d, second, d, other) == yes_no{true, true, false});
  CHECK(heard<const first_interface&>(first, d, other) == yes_no{true, false});
  CHECK(heard<second_interface*>(d, &second, &d, &other) == yes_no{true, true, false});
}

TEST_CASE("an object is the same sender during construction and destruction, from every base") {
  aldis::signal<void(const announcer&)> told;
  aldis::signal<void(aldis::any_sender)> told_to_all;
  std::vector<std::string> log;
  {
    announcing d(told, told_to_all, log);
    told.connect([&] { log.emplace_back("from outside"); }, aldis::from(d));
    told.send(d);
    log.emplace_back("ending");
  }

  CHECK(log == std::vector<std::string>{"from inside", "to all", "from inside", "from outside",
                                        "ending", "from inside", "from outside", "to all"});
}

TEST_CASE("a base class that an object has twice is two senders") {
  struct left : second_base {};
  struct right : second_base {};
  struct both : left, right {};
  both d;
  const second_base& one = static_cast<left&>(d);
  const second_base& two = static_cast<right&>(d);

  CHECK(heard<const second_base&>(one, one, two) == yes_no{true, false});
}

TEST_CASE("any_sender refers to the object passed to it, not to the complete object") {
  derived d;
  second_interface& second = d;

  CHECK(heard<aldis::any_sender>(second, second, &second, d) == yes_no{true, true, false});
  CHECK(heard<aldis::any_sender>(d, &d, d, second) == yes_no{true, true, false});
}

TEST_CASE("an object is a sender even with an overloaded operator&") {
  strange a;
  strange b;

  CHECK(heard<const strange&>(a, a, b) == yes_no{true, false});
  CHECK(heard<aldis::any_sender>(a, a, b) == yes_no{true, false});
}

TEST_CASE("an object without virtual functions is the same sender as its second base") {
  plain_derived d;
  plain_derived other;
  second_base& second = d;

  CHECK(heard<const second_base&>(d, second, d, other) == yes_no{true, true, false});
  CHECK(heard<const second_base&>(&d, second, other) == yes_no{true, false});
  CHECK(heard<second_base*>(d, &second, &d, &other) == yes_no{true, true, false});
}

TEST_CASE("an object sent as void* compares by that pointer") {
  derived d;
  second_interface* const second = &d;

  CHECK(heard<const void*>(second, second) == yes_no{true});
}

TEST_CASE("a smart pointer is the same sender as its object") {
  const auto a = std::make_shared<shop>();
  const auto b = std::make_shared<shop>();
  const std::shared_ptr<shop> same = a;

  CHECK(heard<const std::shared_ptr<shop>&>(a, a, b, same) == yes_no{true, false, true});
  CHECK(heard<std::shared_ptr<shop>>(a, a, b, same) == yes_no{true, false, true});
  CHECK(heard<const shop&>(a, *a, *b) == yes_no{true, false});
  CHECK(heard<shop*>(a, a.get(), b.get()) == yes_no{true, false});
  CHECK(heard<const shop&>(std::weak_ptr<shop>(a), *a, *b) == yes_no{true, false});

  const auto owned = std::make_unique<shop>();
  CHECK(heard<const shop&>(owned.get(), *owned, *a) == yes_no{true, false});
}

TEST_CASE("sender_key makes a class compare by value, however it is passed") {
  const account a{1, "a"};
  const account equal{1, "b"};
  const account other{2, "a"};

  CHECK(heard<account>(a, a, equal, other) == yes_no{true, true, false});
  CHECK(heard<const account&>(a, a, equal, other) == yes_no{true, true, false});
  CHECK(heard<const account&>(account{1, ""}, a, other) == yes_no{true, false});
  CHECK(heard<city>(city{std::string(50, 'x')}, city{std::string(50, 'x')},
                    city{std::string(50, 'y')}) == yes_no{true, false});
}

TEST_CASE("any_sender accepts senders of every kind") {
  shop a;
  shop b;
  derived d;
  second_interface& second = d;
  const std::string text = "1";

  CHECK(heard<aldis::any_sender>(1, 1, 2, text, a, colour::green, aldis::any_sender()) ==
        yes_no{true, false, false, false, false, false});
  CHECK(heard<aldis::any_sender>("1", text, 1, "2") == yes_no{true, false, false});
  CHECK(heard<aldis::any_sender>(a, a, &a, b, 0) == yes_no{true, true, false, false});
  CHECK(heard<const aldis::any_sender&>(second, &second, a) == yes_no{true, false});
  CHECK(heard<aldis::any_sender>(account{7, ""}, account{7, "x"}, account{8, ""}) ==
        yes_no{true, false});
}

TEST_CASE("any_sender distinguishes enumerations from numbers and from each other") {
  CHECK(heard<aldis::any_sender>(colour::red, colour::red, fruit::apple, 0, colour::green) ==
        yes_no{true, false, false, false});
}

TEST_CASE("any_sender distinguishes addresses from numbers") {
  shop a;
  const auto address = reinterpret_cast<std::uintptr_t>(&a);

  CHECK(heard<aldis::any_sender>(address, a, &a, address) == yes_no{false, false, true});
}

TEST_CASE("any_sender can be empty, and empty is a sender too") {
  const aldis::any_sender nobody;
  const aldis::any_sender somebody = 0;

  CHECK(nobody.empty());
  CHECK_FALSE(somebody.empty());
  CHECK_FALSE(static_cast<bool>(nobody));
  CHECK(heard<aldis::any_sender>(aldis::any_sender(), nobody, somebody, "", false) ==
        yes_no{true, false, false, false});

  aldis::signal<void(aldis::any_sender)> told;
  told.connect([] {});
  CHECK(told.send({}) == 1);
}

TEST_CASE("receivers can get the value that any_sender was constructed from") {
  aldis::signal<void(aldis::any_sender)> told;
  std::vector<std::string> log;
  shop a{5};
  told.connect([&](const aldis::any_sender& sender) {
    if (const shop* s = sender.get_if<shop>()) {
      log.push_back("shop " + std::to_string(s->number));
    } else if (const int* n = sender.get_if<int>()) {
      log.push_back("int " + std::to_string(*n));
    } else {
      log.push_back("text " + sender.text<std::string>());
    }
  });

  told.send(a);
  told.send(6);
  told.send("name");
  told.send(std::string("long name"));
  told.send(aldis::any_sender());

  CHECK(log == std::vector<std::string>{"shop 5", "int 6", "text name", "text long name", "text "});
}

TEST_CASE("many senders are found, and are removed with their last receiver") {
  aldis::signal<void(std::string)> told;
  std::vector<aldis::connection> kept;
  int heard_by = 0;
  for (int i = 0; i < 1000; ++i) {
    kept.push_back(told.connect([&] { ++heard_by; }, aldis::from(std::to_string(i))));
  }
  for (int i = 0; i < 1000; i += 2) kept[static_cast<std::size_t>(i)].disconnect();

  std::vector<int> wrong;
  for (int i = 0; i < 1000; ++i) {
    const std::size_t expected = i % 2 == 0 ? 0 : 1;
    if (told.send(std::to_string(i)) != expected) wrong.push_back(i);
    if (told.has_receivers_for(std::to_string(i)) != (expected == 1)) wrong.push_back(i);
  }
  CHECK(wrong == std::vector<int>{});
  CHECK(heard_by == 500);
}

TEST_CASE("empty text is one sender, in every type") {
  aldis::signal<void(std::string_view)> s;
  s.connect([](std::string_view) {}, aldis::from(""));

  CHECK(s.send("") == 1);
  CHECK(s.send(std::string()) == 1);
  CHECK(s.send(std::string_view()) == 1);
  CHECK(s.send(" ") == 0);
}
