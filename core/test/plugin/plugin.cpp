#include "plugin.hpp"

#include <aldis/export.hpp>

#include <string>
#include <vector>

namespace {

struct listener {
  plugin_host& host;
  void on(int by) { host.heard += by; }
};

struct state {
  explicit state(plugin_host& of) : host(of), member{of} {}

  plugin_host& host;
  listener member;
  aldis::connections connections;
};

state* running = nullptr;

}  // namespace

extern "C" ALDIS_API void plugin_start(plugin_host& host) {
  running = new state(host);
  // Captures that need this plugin's code to be destroyed.
  std::vector<std::string> words = {"one", "two"};
  running->connections += host.ticked.connect([resource = host.resource, words, &host](int) {
    host.heard += static_cast<int>(words.size());
  });
  running->connections += host.ticked.connect<&listener::on>(running->member);
  running->connections +=
      host.ticked.connect([&host] { ++host.heard; }, aldis::from(1), aldis::label("plugin"));
  // Sends from the plugin's code, through the plugin's instance of the template.
  host.ticked.send(1);
#ifndef PLUGIN_WITH_COPY  // whose registry, which is never destroyed, would be lost with the plugin
  running->connections +=
      aldis::named<void(const std::string&)>("plugin says").connect([](const std::string&) {});
  aldis::named<void(const std::string&)>("plugin says").send("hello");
#endif
}

extern "C" ALDIS_API void plugin_stop() {
  delete running;
  running = nullptr;
}
