// docs/guide/names-and-registries.md

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

TEST_CASE("names: the same name is the same signal") {
  //[named]
  auto& sold = aldis::named<void(std::string_view, int)>("sold", "something was paid");
  auto& same = aldis::named<void(std::string_view, int)>("sold");
  CHECK(&sold == &same);
  //[/named]
}

TEST_CASE("names: another signature") {
  //[mismatch]
  aldis::registry shop;
  shop.named<void(int)>("sold");

  std::string told;
  try {
    shop.named<void(std::string_view)>("sold");
  } catch (const aldis::signature_mismatch& error) {
    told = error.what();
  }
  CHECK(told.find("\"sold\" is void (int)") != std::string::npos);
  //[/mismatch]
  CHECK(told.find("string_view") != std::string::npos);
}

TEST_CASE("names: a registry of one's own") {
  //[registry]
  aldis::registry shop;
  auto& sold = shop.named<void(int)>("sold", "something was paid");
  shop.named<void()>("closed");
  sold.connect([] {});

  CHECK(shop.contains("sold"));
  CHECK(shop.find<void()>("opened") == nullptr);

  const auto all = shop.signals();  // by name
  CHECK(all.size() == 2);
  CHECK(all[1].name == "sold");
  CHECK(all[1].doc == "something was paid");
  CHECK(all[1].signature == "void (int)");
  CHECK(all[1].receivers == 1);
  //[/registry]
}
