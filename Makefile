# The entry point. CONTRIBUTING.md describes the targets.

PREFIX ?= /usr/local
SECONDS_TO_FUZZ ?= 30
CASES ?= 10000
SEED ?= 1

# $(call configure,<preset>): quietly.
define configure
	@mkdir -p build
	@cmake --preset $(1) > build/$(1).log 2>&1 || { cat build/$(1).log; exit 1; }
endef

# $(call build,<preset>,<options of cmake --build>): configures, then builds.
define build
	$(call configure,$(1))
	@cmake --build build/$(1) $(2)
endef

.PHONY: help tour run test compare bench bench-routes bench-templates bench-web soak-web fuzz prove \
    check docs picture pictures install

help: ## this list (the default)
	@echo "make <what>, where <what> is"
	@sed -n 's/^\([a-z-]*\):.* ## /  \1\t/p' Makefile

tour: ## see signals work, idea by idea
	@tools/packages library async web tests
	$(call configure,dev)
	@python3 examples/tour/run.py --build build/dev --ninja

run: ## the demo, a small application on the web; ARGUMENTS="--port 8080"
	@tools/packages library async web tests
	$(call build,dev,--target aldis_examples_web_kingdom_kingdom)
	@build/dev/examples/web/kingdom/kingdom run $(ARGUMENTS)

test: ## build everything with g++ and run the tests
	@tools/packages library async web tests
	$(call build,dev)
	@ctest --preset dev

compare: ## random templates by Jinja2 and by aldis; CASES=10000 SEED=1
	@tools/packages library async web tests
	$(call build,dev,--target aldis_templates_compare)
	@templates/test/oracle/python templates/test/oracle/random_cases.py --count $(CASES) --seed $(SEED) \
	    --program build/dev/templates/test/oracle/aldis_templates_compare

bench: ## measure against the budgets and beside other libraries
	@tools/packages library async bench
	$(call build,bench)
	@python3 bench/run.py --build build/bench

bench-templates: ## measure templates beside Jinja2 and Mustache
	@tools/packages library bench_templates
	$(call build,bench-templates)
	@/usr/bin/python3 bench/templates/run.py --build build/bench-templates

bench-web: ## measure the web server beside others; ROUNDS="--quick" only to see that it runs
	@tools/packages library async web bench_web
	$(call build,bench-web)
	@python3 bench/web/run.py --build build/bench-web $(ROUNDS)

soak-web: ## ten million requests to the web server: does its memory stay flat?
	@tools/packages library async web bench_web
	$(call build,bench-web,--target bench_web_aldis)
	@python3 bench/web/run.py --build build/bench-web --memory

bench-routes: ## measure requests through apps of up to 10 000 routes
	@tools/packages library async web bench_web
	$(call build,bench-web,--target aldis_bench_routes)
	@build/bench-web/bench/routes/aldis_bench_routes

fuzz: ## look for inputs that break a promise; SECONDS_TO_FUZZ=30 for each target
	@tools/packages library async web fuzz
	$(call build,fuzz)
	@tools/fuzz build/fuzz $(SECONDS_TO_FUZZ)

prove: ## explore every state of the models of the disconnect protocol
	@tools/packages prove
	@core/model/prove.py

check: ## everything that must hold before a commit; STEPS="..." for some of it
	@tools/packages library async web tests prove check docs
	@tools/check $(STEPS)

docs: ## the reference, in build/docs
	@tools/packages docs
	@mkdir -p build
	@ALDIS_VERSION=$$(tools/version) doxygen docs/Doxyfile
	@echo "build/docs/html/index.html"

picture: ## docs/kingdom.png anew: the demo in headless Chromium
	@tools/packages library async web tests picture
	$(call build,dev,--target aldis_examples_web_kingdom_kingdom)
	@python3 examples/web/kingdom/picture.py build/dev/examples/web/kingdom/kingdom docs/kingdom.png

pictures: ## docs/pictures/*.svg anew, from the .dot files beside them
	@tools/packages pictures
	@for text in docs/pictures/*.dot; do dot -Tsvg $$text -o $${text%.dot}.svg; done

install: ## build and install under PREFIX=/usr/local; COMPONENTS="core templates" for some of it
	@tools/install $(PREFIX) $(COMPONENTS)
