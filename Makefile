# SPDX-License-Identifier: MIT
# tenure: memory profiler and leak detector. `make` builds, `make check` tests; V=1 shows commands.
# Settings from the command line, the environment or config.mak: CC CFLAGS LDFLAGS PREFIX DESTDIR V.

-include config.mak

CC ?= cc
CXX ?= c++
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BUILD ?= build
PYTHON ?= python3

WARNINGS := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wvla -Wwrite-strings
COMMON := -std=gnu11 $(WARNINGS) -MMD -MP -ffile-prefix-map=$(CURDIR)=.

PRELOAD_SOURCES := $(wildcard preload/*.c)
# Vectorised code loads in one piece what was just stored in two, and waits for both.
PRELOAD_CFLAGS := -fPIC -fvisibility=hidden -fno-tree-vectorize -ftls-model=initial-exec -fno-omit-frame-pointer \
	-fno-builtin-malloc -fno-builtin-calloc -fno-builtin-realloc -fno-builtin-free
PRELOAD_LDFLAGS := -shared -Wl,--version-script=preload/exports.map -Wl,-z,now -Wl,-z,nodelete \
	-Wl,-z,noexecstack -Wl,--no-undefined

# dlopen and vfork must end in a jump, see there; unoptimised compilers would make it a call.
$(BUILD)/obj/preload/interpose_loader.o $(BUILD)/obj/preload/interpose_vfork.o: override CFLAGS += -O2 -foptimize-sibling-calls

# What `tenure export` writes databases with; nothing where it is missing, or with SQLITE= on the command
# line. Before 3.36 a database in memory could not always be taken out of it.
SQLITE ?= $(shell pkg-config --exists 'sqlite3 >= 3.36' 2>/dev/null && pkg-config --libs sqlite3)
UNUSED_SOURCES := $(if $(SQLITE),%/sqlite_absent.c,$(filter-out %_absent.c,$(wildcard report/export/sqlite*.c)))

ANALYZER_SOURCES := $(filter-out $(UNUSED_SOURCES),$(wildcard analyzer/*/*.c report/*.c report/*/*.c))
ANALYZER_LIBS := -ldw -lelf -lzstd -lxxhash -liberty -lz -lm $(SQLITE)

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
ANALYZER_OBJECTS := $(call objects,$(ANALYZER_SOURCES)) $(BUILD)/obj/report/html/assets.o
MAIN_OBJECT := $(call objects,analyzer/main.c)
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
# Parts of the recorder that work outside a recorded process; each test brings the rest.
PRELOAD_PARTS := $(call objects,$(filter-out preload/interpose_% preload/recorder.c,$(PRELOAD_SOURCES)))

C_SAMPLES := $(patsubst %.c,$(BUILD)/%,$(wildcard samples/*.c samples/corpus/*.c samples/heap/*.c))
CXX_SAMPLES := $(patsubst %.cc,$(BUILD)/%,$(wildcard samples/*.cc samples/corpus/*.cc samples/heap/*.cc))
SAMPLE_MODULES := $(patsubst samples/modules/%.c,$(BUILD)/samples/%.so,$(wildcard samples/modules/*.c))

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$@';)

.PHONY: all check check-asan check-tsan check-aarch64 check-python-next unit-tests bench lint format packages test-packages \
	npm test-npm screenshots demo install uninstall clean samples FORCE
.DELETE_ON_ERROR:

all: $(BUILD)/tenure $(BUILD)/libtenure.so samples

$(BUILD)/obj/preload/%.o: preload/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(COMMON) $(PRELOAD_CFLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(COMMON) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/libtenure.so: $(call objects,$(PRELOAD_SOURCES)) preload/exports.map
	$(call say,LINK)$(CC) $(CFLAGS) $(LDFLAGS) $(PRELOAD_LDFLAGS) -o $@ $(filter %.o,$^)

# The functions that lose memory for `tenure selftest` are exported: they keep their names when the
# executable is stripped.
$(BUILD)/tenure: $(MAIN_OBJECT) $(ANALYZER_OBJECTS)
	$(call say,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -Wl,--export-dynamic-symbol='planted_*' -o $@ $^ -pthread \
		$(ANALYZER_LIBS)

# What the HTML report embeds: our style sheets, our scripts in the order of their names, and uPlot if
# `make npm` has brought it. Joined anew each time and kept if the same, so that files which came or
# went are noticed. Each must be fit to stand in an element as it is, and keep its hash there.
UPLOT := report/html/node_modules/uplot
ASSETS := $(addprefix $(BUILD)/html/,report.css report.js chart.css chart.js chart.txt)

$(BUILD)/html/report.css: PARTS := $(sort $(wildcard report/html/css/*.css))
$(BUILD)/html/report.js: PARTS := $(sort $(wildcard report/html/js/*.js))
$(BUILD)/html/chart.css: PARTS := $(wildcard $(UPLOT)/dist/uPlot.min.css)
$(BUILD)/html/chart.js: PARTS := $(wildcard $(UPLOT)/dist/uPlot.iife.min.js)
$(BUILD)/html/chart.txt: PARTS := $(wildcard $(UPLOT)/LICENSE)

# Comments and indentation are for who reads the source; each report would carry them.
WITHOUT_COMMENTS := sed -e '/^[[:space:]]*\/\*.*\*\/$$/d' -e '/^[[:space:]]*\/\*/,/\*\/$$/d' -e 's/^[[:space:]]*//'

$(ASSETS): FORCE
	@mkdir -p $(@D)
	@cat /dev/null $(PARTS) | $(if $(findstring /uplot/,$(PARTS)),cat,$(WITHOUT_COMMENTS)) >$@.new
	@! grep -nEi '</(script|style)|<!--|'"$$(printf '\r')" $@.new || { echo '$@: not to be embedded' >&2; exit 1; }
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@ && echo '  JOIN    $@$(if $(PARTS),, (empty))'; fi

$(BUILD)/html/%.sha256: $(BUILD)/html/%
	@sha256sum <$< | cut -c 1-64 | tr a-f A-F | basenc --base16 -d | base64 | tr -d '\n' >$@

$(BUILD)/obj/report/html/assets.o: report/html/assets.S $(ASSETS) $(ASSETS:=.sha256) Makefile
	@mkdir -p $(@D)
	$(call say,AS)$(CC) $(COMMON) $(CPPFLAGS) $(CFLAGS) -I$(BUILD)/html -c -o $@ $<

# Samples are built without optimisation so that their stated stacks and lines hold.
SAMPLE_CFLAGS := -O0 -g -w -pthread

samples: $(C_SAMPLES) $(CXX_SAMPLES) $(SAMPLE_MODULES)

$(BUILD)/samples/%: samples/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(SAMPLE_CFLAGS) -MMD -MP -rdynamic -o $@ $< -ldl -lrt

$(BUILD)/samples/%: samples/%.cc Makefile
	@mkdir -p $(@D)
	$(call say,CXX)$(CXX) -std=c++17 $(SAMPLE_CFLAGS) -MMD -MP -o $@ $<

$(BUILD)/samples/%.so: samples/modules/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(SAMPLE_CFLAGS) -fPIC -shared -MMD -MP -o $@ $<

$(BUILD)/preload-parts.a: $(PRELOAD_PARTS)
	@rm -f $@
	$(call say,AR)$(AR) rcs $@ $^

$(BUILD)/tests/unit/test_preload_%: tests/unit/test_preload_%.c $(BUILD)/preload-parts.a Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(COMMON) -fno-omit-frame-pointer $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -I. -o $@ $< \
		$(BUILD)/preload-parts.a -pthread $$(pkg-config --cflags --libs check) -lunwind -lm

$(BUILD)/tests/unit/%: tests/unit/%.c $(ANALYZER_OBJECTS) Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(COMMON) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -I. -o $@ $< \
		$(ANALYZER_OBJECTS) -pthread $$(pkg-config --cflags --libs check) $(ANALYZER_LIBS)

# Writes HTML reports of runs that never were, for the tests in a browser.
FIXTURE := $(BUILD)/tests/browser/fixture
FIXTURE_OBJECTS := $(call objects,$(wildcard tests/browser/*.c))

# Writes results of leak checks that never were, in all formats.
GATE_FIXTURE := $(BUILD)/tests/gate/fixture
GATE_FIXTURE_OBJECTS := $(call objects,tests/gate/fixture.c) \
	$(filter-out %/browser/fixture.o,$(FIXTURE_OBJECTS))

$(FIXTURE_OBJECTS) $(GATE_FIXTURE_OBJECTS): CPPFLAGS += -I.

$(FIXTURE): $(FIXTURE_OBJECTS) $(ANALYZER_OBJECTS)
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -pthread $(ANALYZER_LIBS)

$(GATE_FIXTURE): $(GATE_FIXTURE_OBJECTS) $(ANALYZER_OBJECTS)
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -pthread $(ANALYZER_LIBS)

check: all $(UNIT_TESTS) $(FIXTURE) $(GATE_FIXTURE)
	tests/run --build=$(BUILD)

# Reports on real programs and pictures of them, in build/screenshots.
screenshots: all
	tests/browser/screenshots $(BUILD)

# The same sources under the sanitizers; the recorder itself cannot run inside them.
check-asan:
	$(MAKE) BUILD=$(BUILD)/asan CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined' \
		unit-tests
	tests/run --build=$(BUILD)/asan -k unit/

check-tsan:
	$(MAKE) BUILD=$(BUILD)/tsan CFLAGS='-O1 -g -fsanitize=thread' \
		$(patsubst $(BUILD)/%,$(BUILD)/tsan/%,$(filter %_ring %_stacks %_sample %_unrecorded %_batches %_snapshot,$(UNIT_TESTS)))
	$(BUILD)/tsan/tests/unit/test_preload_ring
	$(BUILD)/tsan/tests/unit/test_preload_stacks
	$(BUILD)/tsan/tests/unit/test_preload_sample
	$(BUILD)/tsan/tests/unit/test_preload_unrecorded
	$(BUILD)/tsan/tests/unit/test_trace_batches
	$(BUILD)/tsan/tests/unit/test_trace_snapshot

# The recorder for another processor, its unit tests under an emulator.
check-aarch64:
	tests/aarch64 $(BUILD)

# Python's tests with newer interpreters than the machine has, those of Debian sid; DEBIAN_MIRROR=URL for
# another mirror than debootstrap's own.
check-python-next: all
	tests/python-next $(BUILD) $(DEBIAN_MIRROR)

unit-tests: $(UNIT_TESTS)

$(BUILD)/tests/bench/%: tests/bench/%.c $(ANALYZER_OBJECTS) Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(COMMON) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -I. -o $@ $< $(ANALYZER_OBJECTS) -pthread \
		$(ANALYZER_LIBS)

BENCH_WORKLOADS := $(addprefix $(BUILD)/tests/bench/workloads/,pairs graph sleepers usage.so)

$(BUILD)/tests/bench/workloads/%: tests/bench/workloads/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) -std=gnu11 $(WARNINGS) -O2 -g -MMD -MP -o $@ $< -pthread

$(BUILD)/tests/bench/workloads/%.so: tests/bench/workloads/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC)$(CC) -std=gnu11 $(WARNINGS) -O2 -fPIC -shared -MMD -MP -o $@ $<

# Millions of events in the traces whose analysis is measured; 300 and more are fine where the disk
# has 3 bytes for each.
BENCH_MILLIONS ?= 20
BENCH_TRACES := $(BUILD)/bench/one-thread.tenure $(BUILD)/bench/eight-threads.tenure

bench: all $(BENCH_WORKLOADS) \
		$(addprefix $(BUILD)/tests/bench/,trace_speed make_trace analysis_speed graph_speed leak_injection \
			snapshot_list)
	tests/bench/instructions --build=$(BUILD)
	tests/bench/recording --build=$(BUILD)
	tests/bench/snapshots --build=$(BUILD)
	$(BUILD)/tests/bench/trace_speed
	@rm -rf $(BUILD)/bench && mkdir -p $(BUILD)/bench
	$(BUILD)/tests/bench/make_trace $(BUILD)/bench/one-thread.tenure $(BENCH_MILLIONS) 1000000 1
	$(BUILD)/tests/bench/make_trace $(BUILD)/bench/eight-threads.tenure $(BENCH_MILLIONS) 1000000 8
	$(BUILD)/tests/bench/analysis_speed $(BENCH_TRACES)
	@rm -rf $(BUILD)/bench
	$(BUILD)/tests/bench/graph_speed
	tests/bench/against_heaptrack --build=$(BUILD)
	tests/bench/injection $(BUILD)

lint: all
	tests/run --build=$(BUILD) -k lint/

format:
	clang-format -i $(shell git ls-files '*.c' '*.h' '*.cc')

compile_commands.json: Makefile
	bear -- $(MAKE) -B all

# What Debian 12 must have: to build and run, and to run every test.
BUILD_PACKAGES := build-essential pkg-config libdw-dev libelf-dev libzstd-dev zlib1g-dev libiberty-dev \
	libxxhash-dev libsqlite3-dev
APT := DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends

# In folder $(1): what its lock file lists. Without npm or a network $(2).
npm_ci = if ! command -v npm >/dev/null; then echo 'No npm: $(2).'; \
	elif ! (cd $(1) && npm ci --silent --ignore-scripts --fetch-retry-mintimeout=1000); then \
		echo 'cd $(1) && npm ci: fails, so $(2).'; fi

packages:
	$(APT) $(BUILD_PACKAGES)
	@$(MAKE) npm

npm:
	@$(call npm_ci,report/html,charts of HTML reports are still pictures)

# What drives Chromium, and what SARIF is validated by.
test-npm: npm
	@$(call npm_ci,tests/browser,the tests of HTML reports and of SARIF are skipped)

# Debian's npm wants Debian's node, which the machine may have replaced by one that brings its own.
test-packages:
	$(APT) $(BUILD_PACKAGES) $$(sed 's/#.*//' tests/packages.txt) $$(command -v npm >/dev/null || echo npm)
	@$(MAKE) test-npm

# The main job on a sample: record it, then read what it leaks, here and in build/leak.html.
demo: all
	$(BUILD)/tenure run --force -o $(BUILD)/leak.tenure -- $(BUILD)/samples/leak
	$(BUILD)/tenure report $(BUILD)/leak.tenure
	$(BUILD)/tenure report --force -o $(BUILD)/leak.html $(BUILD)/leak.tenure

bindir := $(DESTDIR)$(PREFIX)/bin
libdir := $(DESTDIR)$(PREFIX)/lib/tenure
includedir := $(DESTDIR)$(PREFIX)/include
mandir := $(DESTDIR)$(PREFIX)/share/man
PUBLIC_HEADERS := tenure.h tenure_check.h

install: $(BUILD)/tenure $(BUILD)/libtenure.so
	install -d $(bindir) $(libdir) $(includedir) $(mandir)/man1 $(mandir)/man3 $(mandir)/man5
	install $(BUILD)/tenure $(bindir)
	install -m 644 $(BUILD)/libtenure.so $(libdir)
	install -m 644 $(addprefix preload/,$(PUBLIC_HEADERS)) $(includedir)
	install -m 644 man/*.1 $(mandir)/man1
	install -m 644 man/*.3 $(mandir)/man3
	install -m 644 man/*.5 $(mandir)/man5

uninstall:
	rm -f $(bindir)/tenure $(libdir)/libtenure.so $(addprefix $(includedir)/,$(PUBLIC_HEADERS))
	rm -f $(addprefix $(mandir)/,$(foreach section,1 3 5,$(addprefix man$(section)/,$(notdir \
		$(wildcard man/*.$(section))))))
	-rmdir $(libdir)

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -path $(BUILD)/python-next -prune -o -name '*.d' -print 2>/dev/null)
