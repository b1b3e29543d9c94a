// Loads each plugin repeatedly while two threads send. After the plugin has disconnected, it is
// unloaded, and no reference to its code may remain.

#include "../process/check.hpp"
#include "../stress.hpp"
#include "plugin.hpp"
#include <dlfcn.h>

#include <cstdio>
#include <string>

namespace {

void load_and_unload(const char* path, bool while_sending) {
  plugin_host host;
  int calls = 0;
  host.ticked.connect([&](int) { ++calls; }, aldis::from(-1));
  void* const plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!plugin) std::fprintf(stderr, "%s\n", dlerror());
  CHECK(plugin);
  const auto start = reinterpret_cast<plugin_start_function>(dlsym(plugin, "plugin_start"));
  const auto stop = reinterpret_cast<plugin_stop_function>(dlsym(plugin, "plugin_stop"));
  CHECK(start && stop);

  if (while_sending) {
    stress::hammer senders(2, [&](int) { host.ticked.send(0); });
    start(host);
    senders.wait_for(100);
    stop();
    dlclose(plugin);
    senders.wait_for(100);
  } else {
    start(host);
    CHECK(host.heard == 4);
    CHECK(host.ticked.send(1) == 3);
    CHECK(host.heard == 8);
    CHECK(host.ticked.receivers().size() == 4);
    CHECK(host.resource.use_count() == 2);
    stop();
    CHECK(host.resource.use_count() == 1);
    dlclose(plugin);
  }
  CHECK(host.ticked.size() == 1);
  CHECK(host.ticked.receivers().size() == 1);
  CHECK(host.ticked.send(-1) == 1);
  CHECK(calls == 1);
  CHECK(host.heard >= 4);
}

}  // namespace

int main(int argc, char** argv) {
  CHECK(argc > 1);
  for (int i = 1; i < argc; ++i) {
    load_and_unload(argv[i], false);
    for (int round = 0; round < 5; ++round) load_and_unload(argv[i], true);
  }
  // Both sides requested one signal, with whichever compiler they were built.
  CHECK(aldis::named<void(const std::string&)>("plugin says").size() == 0);
  CHECK(aldis::default_registry().size() == 1);
}
