# make bench: workloads with and without memtop, and the parts by themselves.
#
#	tests/bench/work/*.{c,cc}	workloads: $(T)/bench/work/NAME; libusage.so is
#					preloaded, libmodule.so is copied to parts/
#	tests/bench/*.c			programs that measure one room
#	tests/bench/*.py		harnesses of whole processes; judges.py measures nothing
BENCH = $(call programs,tests/bench/*.c)
WORK = $(T)/bench/work
WORK_LIBS = module usage
WORK_SRC = $(wildcard tests/bench/work/*.c tests/bench/work/*.cc)
WORK_ALL = $(foreach name,$(filter-out $(WORK_LIBS),$(basename $(notdir $(WORK_SRC)))),\
	$(WORK)/$(name)) $(WORK)/libusage.so $(WORK)/parts/done
WORK_FLAGS = -Wall -Wextra -Werror -O2 -g -I. -D_GNU_SOURCE -pthread

$(WORK)/lib%.so: tests/bench/work/%.c tests/bench/work/work.h
	@mkdir -p $(@D)
	$(call Q,CC) $(CC) -std=c11 $(WORK_FLAGS) -fPIC -shared -o $@ $<
$(WORK)/%: tests/bench/work/%.c tests/bench/work/work.h
	@mkdir -p $(@D)
	$(call Q,CC) $(CC) -std=c11 $(WORK_FLAGS) -o $@ $<
$(WORK)/%: tests/bench/work/%.cc
	@mkdir -p $(@D)
	$(call Q,CXX) $(CXX) $(WORK_FLAGS) -o $@ $<
$(WORK)/parts/done: $(WORK)/libmodule.so
	@mkdir -p $(@D)
	@for i in $$(seq 0 63); do cp $< $(@D)/lib$$i.so || exit 1; done
	@touch $@

# make bench ONLY=whole ROUNDS=5 KINDS="pairs sql": see the harnesses.
.PHONY: bench bench-page bench-programs
bench-programs: all $(BENCH) $(WORK_ALL) $(T)/preload/fakemem
# About ten minutes on two quiet cores; what fails leaves a gap and a line.
HARNESS = $(filter-out $(addprefix tests/bench/,bench.py judges.py page.py),\
	$(sort $(wildcard tests/bench/*.py)))
bench:
	@$(VARIANT) bench-programs
	@for program in $(HARNESS) $(BENCH); do \
		echo "$$program" | grep -qE '$(or $(ONLY),.)' || continue; \
		echo "== $$program"; MEMTOP=$(B)/memtop B=$(B) CC=$(CC) timeout 600 $$program || \
			echo "$$program failed: status $$?"; done
# The same, and its tables become those of share/doc/PERFORMANCE.md.
bench-page:
	@$(VARIANT) bench-programs
	@$(MAKE) -s --no-print-directory bench | tests/bench/page.py
