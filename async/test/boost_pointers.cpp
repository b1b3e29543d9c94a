// Boost's smart pointers. Here and not in core's tests, because core does without Boost.

#include <aldis/aldis.hpp>

#include <boost/shared_ptr.hpp>
#include <boost/smart_ptr/make_shared.hpp>
#include <boost/weak_ptr.hpp>
#include <doctest/doctest.h>

namespace {

struct post {
  int seen = 0;
  void on_message() { ++seen; }
};

}  // namespace

TEST_CASE("boost::shared_ptr and boost::weak_ptr are objects, trackers and senders") {
  aldis::signal<void(const post&)> message;
  auto p = boost::make_shared<post>();
  const post other;
  message.connect(&post::on_message, p);
  message.connect<&post::on_message>(boost::weak_ptr<post>(p));
  message.connect([] {}, aldis::tracking(p));
  message.connect([] {}, aldis::tracking(boost::weak_ptr<post>(p)));
  message.connect([] {}, aldis::from(p));
  message.connect([] {});

  CHECK(message.send(*p) == 5);  // object and method are one receiver
  CHECK(message.send(other) == 4);
  CHECK(p->seen == 2);
  CHECK(p.use_count() == 1);
  p.reset();

  CHECK(message.size() == 1);
  CHECK(message.send(other) == 1);
}
