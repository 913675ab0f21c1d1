# Tests, found by wildcard: adding a test is adding a file.
#
#	tests/unit/ROOM/test_*.c	cmocka programs, once more with ASan and UBSan
#	tests/{preload,tty,views,cli}/*.c	programs that their scripts drive
#	tests/preload/workers/*.{c,cc}	traced programs: $(B)/tests/workers/NAME;
#					lib*.c and plugin*.c: NAME.so
#	tests/golden/*.c, */*.case	one program that plays the cases
#	tests/stress/*.c		programs, with ThreadSanitizer
#	tests/fuzz/NAME.c, corpus/NAME/*	replayed with ASan; make fuzz-NAME goes on
#	tests/bench			make bench: tests/bench/bench.mk
#	tests/aarch64			make check-aarch64
#	tests/{lint,preload,cli,tty,views,python}/*.{sh,py}	scripts
T = $(B)/tests
programs = $(patsubst %.c,$(B)/%,$(wildcard $(1)))
UNIT = $(filter-out $(if $(filter aarch64,$(MACHINE)),$(LOOKS)),\
	$(call programs,tests/unit/*/test_*.c tests/unit/*/*/test_*.c))
# Processes that are stopped and read, which memtop does on x86-64 alone.
LOOKS = $(addprefix $(T)/unit/look/,test_look test_look_threads test_look_malloc \
	test_look_stop test_cow test_kernel test_paged test_running)
STRESS = $(call programs,tests/stress/*.c)
# Unit tests in which threads meet: once more with ThreadSanitizer.
THREADED = $(addprefix $(T)/unit/tui/,test_desk test_desk_typed) $(T)/unit/ground/test_worker \
	$(T)/unit/ground/test_prefault $(T)/unit/collect/test_pages \
	$(addprefix $(T)/unit/preload/,test_seats test_blocks test_answers test_intern) \
	$(addprefix $(T)/unit/collect/,recording/test_writer recording/test_writer_end \
		recording/test_writer_file test_course test_reader \
		test_reader_asked test_errands test_chronicle)
FUZZ = $(call programs,$(filter-out tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c)))
include tests/bench/bench.mk
DRIVEN = $(call programs,tests/preload/*.c tests/tty/*.c tests/views/*.c tests/cli/*.c)
# Workers that are written in x86-64's machine code.
X86_64 = $(addprefix tests/preload/workers/,cuts.c made.c libknife.c pool.c seccomp.c)
WORKER_SRC = $(filter-out $(if $(filter aarch64,$(MACHINE)),$(X86_64)),\
	$(wildcard tests/preload/workers/*.c tests/preload/workers/*.cc))
WORKER_NAME = $(basename $(notdir $(WORKER_SRC)))
WORKER = $(patsubst %,$(T)/workers/%,$(foreach name,$(WORKER_NAME),\
	$(name)$(if $(filter lib% plugin%,$(name)),.so)))
GOLDEN = $(if $(wildcard tests/golden/*.c),$(T)/golden)
SCRIPTS = $(wildcard $(foreach kind,lint preload cli tty views python,\
	tests/$(kind)/*.sh tests/$(kind)/*.py))

TEST_CC = $(CC) $(COMMON) $(SANITIZE) $(TEST_FLAGS)
$(UNIT) $(STRESS) $(BENCH) $(DRIVEN): $(B)/tests/%: tests/%.c $(INSPECTOR)
	@mkdir -p $(@D)
	$(call Q,TEST) $(TEST_CC) -o $@ $< $(NEEDS) $(INSPECTOR) -lcmocka $(LIBS)

# The desk's session is the golden screens' own (run/session_ops.h).
$(addprefix $(T)/unit/tui/,test_desk test_desk_typed): NEEDS = \
	tests/golden/fake_session.c tests/golden/fake_read.c

# openpty and timer_create, until glibc 2.34.
$(T)/unit/collect/test_hangup: NEEDS = -lutil
$(T)/unit/look/test_cow: NEEDS = -lrt -Wl,--wrap=inject_last
$(T)/unit/look/test_kernel: NEEDS = -lrt

# A process ends as the figures of those that have ended are asked for.
$(T)/unit/collect/test_moments: NEEDS = \
	-Wl,--wrap=estate_sum,--wrap=estate_part,--wrap=reader_catch_up

# A child is killed as it is looked at.
$(T)/unit/collect/test_live_tree: NEEDS = -Wl,--wrap=gauges_is_alive,--wrap=ending_open

# Memory for rows is not there once.
$(T)/unit/collect/test_reader_asked: NEEDS = -Wl,--wrap=calloc

# Each allocation of these rooms fails once.
$(addprefix $(T)/unit/look/,test_graph test_dominators test_ways test_taken_away test_types \
	test_names test_gobject): NEEDS = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

# Any allocation of the model may fail.
$(T)/unit/heap/test_starved: NEEDS = \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc

# fakemem's parts stand in a folder beside it.
$(T)/preload/fakemem: NEEDS = $(wildcard tests/preload/fakemem/*.c)
$(T)/preload/fakemem: $(wildcard tests/preload/fakemem/*)

$(FUZZ): $(B)/tests/%: tests/%.c $(if $(FUZZER),,tests/fuzz/replay.c) $(INSPECTOR)
	@mkdir -p $(@D)
	$(call Q,TEST) $(TEST_CC) $(FUZZER) -o $@ $(filter %.c,$^) $(INSPECTOR) $(LIBS)

$(T)/golden: $(wildcard tests/golden/*.c) $(wildcard tests/golden/*.h) $(INSPECTOR)
	@mkdir -p $(@D)
	$(call Q,TEST) $(TEST_CC) -o $@ $(filter %.c,$^) $(INSPECTOR) $(LIBS)

# The compiler would leave out a block that is freed at once.
WORKER_FLAGS = -Wall -Wextra $(WERROR) -O1 -g -I. -Ishare/include -D_GNU_SOURCE -pthread \
	-fno-builtin-malloc -fno-builtin-calloc -fno-builtin-realloc -fno-builtin-free
$(T)/workers/%.so: tests/preload/workers/%.c
	@mkdir -p $(@D)
	$(call Q,CC) $(CC) -std=c11 $(WORKER_FLAGS) -fPIC -shared -o $@ $<
$(T)/workers/%: tests/preload/workers/%.c share/include/memtop.h
	@mkdir -p $(@D)
	$(call Q,CC) $(CC) -std=c11 $(WORKER_FLAGS) -o $@ $(filter %.c,$^) -ldl
# The lives of kinds stand in a folder beside it.
$(T)/workers/kinds: $(wildcard tests/preload/workers/kinds/*)
$(T)/workers/%: tests/preload/workers/%.cc share/include/memtop.h
	@mkdir -p $(@D)
	$(call Q,CXX) $(CXX) -std=c++17 $(WORKER_FLAGS) -o $@ $< -ldl

.PHONY: unit-programs stress-programs fuzz-programs check-programs check-list
unit-programs: $(UNIT) $(GOLDEN)
stress-programs: $(STRESS) $(THREADED)
fuzz-programs: $(FUZZ)
check-programs: all unit-programs $(DRIVEN) $(WORKER) \
	$(B)/examples/worker $(B)/examples/build_report $(B)/examples/pool

# What runs, one "NAME COMMAND" a line.
ASAN_ENV = env ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
define CHECK_LIST
$(foreach s,$(SCRIPTS),$(s:tests/%=%) $(s)
)$(foreach p,$(UNIT),$(p:$(T)/%=%) $(p)
)$(foreach p,$(UNIT),asan/$(p:$(T)/%=%) $(ASAN_ENV) $(p:$(B)/%=$(B)/asan/%)
)$(if $(GOLDEN),golden $(GOLDEN) tests/golden
asan/golden $(ASAN_ENV) $(B)/asan/tests/golden tests/golden
)$(foreach p,$(STRESS) $(THREADED),tsan/$(p:$(T)/%=%) env TSAN_OPTIONS=halt_on_error=1 $(p:$(B)/%=$(B)/tsan/%)
)$(foreach p,$(FUZZ),$(p:$(T)/%=%) $(ASAN_ENV) $(p:$(B)/%=$(B)/asan/%) $(wildcard tests/fuzz/corpus/$(notdir $(p))/*)
)
endef
export CHECK_LIST
check-list:
	@printf '%s\n' "$$CHECK_LIST" | sed 's/^ *//'

VARIANT = $(MAKE) --no-print-directory -j$(JOBS)
check: deps-check
	@$(MAKE) --no-print-directory test
.PHONY: test
test:
	@$(VARIANT) check-programs
	@$(VARIANT) B=$(B)/asan SAN=address,undefined all unit-programs fuzz-programs
	@$(VARIANT) B=$(B)/tsan SAN=thread stress-programs
	@$(MAKE) --no-print-directory run-tests
.PHONY: run-tests
run-tests:
	@$(MAKE) -s --no-print-directory check-list | grep -E '$(or $(ONLY),.)' | \
		MEMTOP=$(B)/memtop B=$(B) CC=$(CC) tests/run.sh $(B)/logs

# What can be tried for aarch64 by qemu, in a root of its own.
.PHONY: check-aarch64
check-aarch64:
	@tests/aarch64/check.sh $(or $(ROOT),/var/tmp/memtop-aarch64) $(if $(ONLY),'$(ONLY)')

lint:
	@for script in tests/lint/*.sh; do $$script || [ $$? = 77 ] || exit 1; done

# Which lines ran, in whole programs too: all tests that link or run the inspector, in a
# build of its own.  The tracer in the target can't be counted so.
.PHONY: coverage
coverage: deps-check
	@$(VARIANT) B=build/coverage COVERAGE=1 check-programs
	@find build/coverage -name '*.gcda' -delete
	-@$(MAKE) --no-print-directory B=build/coverage COVERAGE=1 run-tests \
		ONLY='$(or $(ONLY),^ *(unit|golden|cli|views|tty|preload|python))'
	@tests/coverage/table.py build/coverage | tee build/coverage/table.md

# make fuzz-filter FUZZ_TIME=60
fuzz-%:
	@$(VARIANT) B=build/fuzz CC=clang SAN=fuzzer-no-link,address,undefined \
		FUZZER=-fsanitize=fuzzer build/fuzz/tests/fuzz/$*
	mkdir -p tests/fuzz/corpus/$*
	build/fuzz/tests/fuzz/$* -max_total_time=$(or $(FUZZ_TIME),60) tests/fuzz/corpus/$*

-include $(addsuffix .d,$(UNIT) $(STRESS) $(FUZZ) $(BENCH) $(DRIVEN))
