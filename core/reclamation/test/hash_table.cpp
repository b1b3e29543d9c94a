#include "reclamation/hash_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <thread>
#include <utility>
#include <vector>

using namespace aldis::reclamation;

namespace {

struct value {
  explicit value(int its_number) : number(its_number) {}
  int number;
};
using table = hash_table<value>;

struct free_table {
  void operator()(table* unread) const { ::operator delete(unread); }
};
using owned_table = std::unique_ptr<table, free_table>;

/// The numbers that a search for this hash finds.
std::multiset<int> found(const table& in, std::uint64_t hash) {
  std::multiset<int> result;
  in.find(hash, [&](const value& each) {
    result.insert(each.number);
    return false;
  });
  return result;
}

}  // namespace

TEST_CASE("a new table is empty, and its capacity is a power of two") {
  const owned_table empty(&table::copy(nullptr, 0));
  CHECK(empty->mask == 7);
  CHECK(found(*empty, 1).empty());
  CHECK_FALSE(empty->is_full());
  const owned_table larger(&table::copy(nullptr, 100));
  CHECK(larger->mask == 255);
}

TEST_CASE("one hash may have several values, and an erased one is found no more") {
  const owned_table all(&table::make(8));
  value one{1}, two{2}, other{3};
  all->insert(5, one);
  all->insert(5, two);
  all->insert(13, other);  // begins its search at the same entry
  CHECK(found(*all, 5) == std::multiset{1, 2});
  CHECK(found(*all, 13) == std::multiset{3});
  all->erase(5, one);
  all->erase(5, other);  // is not there
  CHECK(found(*all, 5) == std::multiset{2});
  CHECK(found(*all, 13) == std::multiset{3});
  CHECK(all->live == 2);
  CHECK(all->used == 3);
}

TEST_CASE("an erased entry is used again; unread, it becomes unused") {
  const owned_table all(&table::make(8));
  value one{1}, two{2}, three{3};
  all->insert(7, one);  // the last entry: the next ones wrap around
  all->insert(7, two);
  all->erase(7, one);
  all->insert(15, three);
  CHECK(all->used == 2);
  all->erase(15, three);
  CHECK(all->used == 2);
  all->erase_unread(7, two);
  CHECK(all->used == 0);
  CHECK(all->live == 0);
}

TEST_CASE("a copy has what is not erased, and room for more") {
  const owned_table old(&table::make(8));
  std::deque<value> values;
  for (int i = 0; i < 6; ++i)
    old->insert(static_cast<std::uint64_t>(i + 1), values.emplace_back(i));
  CHECK(old->is_full());
  old->erase(1, values[0]);
  const owned_table fresh(&table::copy(old.get(), 1));
  CHECK(fresh->live == 5);
  CHECK(fresh->used == 5);
  CHECK_FALSE(fresh->is_full());
  CHECK(found(*fresh, 1).empty());
  CHECK(found(*fresh, 5) == std::multiset{4});
}

TEST_CASE("random inserts, erases and copies do what a std::multimap does") {
  std::mt19937 random(7);
  const auto below = [&](unsigned n) { return static_cast<int>(random() % n); };
  for (int round = 0; round < 60; ++round) {
    owned_table all(&table::copy(nullptr, 0));
    std::deque<value> values;
    std::vector<std::pair<std::uint64_t, value*>> inside;
    for (int step = 0; step < 200; ++step) {
      if (inside.empty() || below(5) > 1) {
        if (all->is_full()) all.reset(&table::copy(all.get(), 1));
        const auto hash = static_cast<std::uint64_t>(1 + below(32));
        inside.emplace_back(hash, &values.emplace_back(step));
        all->insert(hash, *inside.back().second);
      } else {
        const auto at = inside.begin() + below(static_cast<unsigned>(inside.size()));
        if (below(2) == 0) {
          all->erase(at->first, *at->second);
        } else {
          all->erase_unread(at->first, *at->second);
        }
        inside.erase(at);
      }
      std::map<std::uint64_t, std::multiset<int>> expected;
      for (const auto& [hash, each] : inside) expected[hash].insert(each->number);
      for (std::uint64_t hash = 1; hash <= 32; ++hash) REQUIRE(found(*all, hash) == expected[hash]);
      REQUIRE(all->live == inside.size());
    }
  }
}

TEST_CASE("what stays is found by threads that search while other values come and go") {
  const owned_table all(&table::make(64));
  value stays{1};
  std::deque<value> others;
  for (int i = 0; i < 24; ++i) others.emplace_back(i + 2);
  for (std::size_t i = 0; i < 8; ++i) all->insert(9, others[i]);
  all->insert(9, stays);
  std::atomic<bool> stop{false};
  std::atomic<int> missed{0};
  std::thread reader([&] {
    while (!stop) {
      missed += all->find(9, [](const value& each) { return each.number == 1; }) != &stays;
    }
  });
  for (int round = 0; round < 2000; ++round) {
    for (std::size_t i = 0; i < 8; ++i) all->erase(9, others[i]);
    for (std::size_t i = 0; i < 8; ++i) all->insert(round % 2 == 0 ? 9 + 64 : 9, others[i]);
    for (std::size_t i = 0; i < 8; ++i) all->erase(round % 2 == 0 ? 9 + 64 : 9, others[i]);
    for (std::size_t i = 0; i < 8; ++i) all->insert(9, others[i]);
  }
  stop = true;
  reader.join();
  CHECK(missed == 0);
  CHECK(all->used == 9);
}
