#include "reclamation/epochs.hpp"

#include "shared_value.hpp"
#include <doctest/doctest.h>

#include <memory>

using namespace aldis::reclamation;

namespace {

/// Values that readers reach by protecting the epoch only.
struct fixture {
  ~fixture() { all.free_all(common_registry()); }

  shared_value domain{0};
  epochs all;
  int barriers = 0;
  const int before = counted_value::living;

  void retire() { all.retire(*new counted_value(1)); }
  void reclaim() {
    all.reclaim(common_registry(), [this] { ++barriers; });
  }
  int unfreed() const { return counted_value::living - before; }
};

class search {
 public:
  explicit search(fixture& in) : frame_(claim_frame(in.domain.reader())) {
    frame_[0].store(this);
    protect(in.domain, in.all.current(), frame_[hazard_epoch]);
  }
  search(const search&) = delete;
  search& operator=(const search&) = delete;
  ~search() { release_frame(frame_); }

 private:
  hazard_frame& frame_;
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "what is retired while nobody reads is freed at the next turn") {
  retire();
  retire();
  CHECK(unfreed() == 2);
  reclaim();
  CHECK(unfreed() == 0);
  CHECK(barriers == 1);
}

TEST_CASE_FIXTURE(fixture, "what was retired during a read stays until that read has ended") {
  {
    const search running(*this);
    retire();
    reclaim();
    CHECK(unfreed() == 1);
    // Retired after the turn: a read of the epoch before may have reached it too.
    retire();
    reclaim();
    CHECK(unfreed() == 2);
  }
  reclaim();
  CHECK(unfreed() == 0);
}

TEST_CASE_FIXTURE(fixture, "a later read does not keep what was retired before it began") {
  auto first = std::make_unique<search>(*this);
  retire();
  reclaim();
  const search second(*this);
  first.reset();
  CHECK(unfreed() == 1);
  reclaim();
  CHECK(unfreed() == 0);
  retire();
  reclaim();
  CHECK(unfreed() == 1);
}

TEST_CASE_FIXTURE(fixture, "a read inside another one protects its epoch too") {
  {
    const search outer(*this);
    retire();
    reclaim();
    {
      const search inner(*this);
      retire();
      reclaim();
    }
    reclaim();
    CHECK(unfreed() == 2);
  }
  reclaim();
  CHECK(unfreed() == 0);
}

TEST_CASE_FIXTURE(fixture, "a read that is stopped for two turns protects what is current then") {
  hazard_frame& frame = claim_frame(domain.reader());
  frame[0].store(this);
  epoch* const seen = all.current().load();
  retire();
  reclaim();
  CHECK(all.current().load() != seen);
  retire();
  reclaim();
  CHECK(unfreed() == 0);
  store_hazard(domain, frame[hazard_epoch], seen);
  CHECK(all.current().load() == seen);

  retire();
  reclaim();
  reclaim();
  CHECK(unfreed() == 1);
  release_frame(frame);
  reclaim();
  CHECK(unfreed() == 0);
}

TEST_CASE_FIXTURE(fixture, "what is retired can be looked at until it is freed") {
  const search running(*this);
  retire();
  reclaim();
  retire();
  int seen = 0;
  CHECK_FALSE(all.any_retired([&](const reclaimable&) { return ++seen == 3; }));
  CHECK(seen == 2);
  CHECK(all.any_retired([](const reclaimable&) { return true; }));
  CHECK(unfreed() == 2);
}
