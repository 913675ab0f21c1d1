# make demo    set up what is missing, build, open memtop on an example
# make check   set up what is missing, build, run all tests
# make test    the same without installing anything
# make [all]   build/memtop and build/libmemtop.so
# make install PREFIX=/usr/local LIBDIR=/usr/local/lib DESTDIR=
# also: uninstall dist dist-bin deb rpm lint bench coverage fuzz-NAME check-aarch64 pictures tutorial
#       deps clean
# CC, CPPFLAGS, CFLAGS and LDFLAGS are obeyed; all of them and PREFIX and LIBDIR have to be the
# same for make and make install.  Warnings are errors in a git checkout: WERROR= for none.
# Variants of the inspector: make B=build/asan SAN=address,undefined CC=clang
# V=1 prints whole commands.
B ?= build
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
ifeq ($(filter $(PREFIX)/%,$(LIBDIR)),)
$(error LIBDIR has to lie below PREFIX: memtop finds its library from where it is itself)
endif
VERSION = 1.0
ifeq ($(origin CC),default)
CC = gcc
CXX = g++
endif
JOBS ?= $(shell nproc)
# What the compiler makes code for: a folder of tracer/machine.
MACHINE := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
Q = $(if $(V),,@printf '  %-4s %s\n' $(1) $@;)

PURE = tracer/ground tracer/ground/threads tracer/heap tracer/heap/fold tracer/heap/catalog tracer/heap/live tracer/heap/history tracer/heap/growth tracer/heap/tally tracer/look/graph tracer/look/types tracer/look/pages $(wildcard views/*) tui/base tui/timeline tui/screens
PRELOAD_SRC = $(wildcard tracer/preload/*/*.c)
MEMTOP_SRC = $(filter-out tracer/preload/% tracer/machine/%,\
	$(wildcard tracer/*/*.c tracer/*/*/*.c tracer/*/*/*/*.c views/*/*.c tui/*.c tui/*/*.c tui/*/*/*.c)) $(wildcard tracer/machine/$(MACHINE)/process/*.c)
MEMTOP_OBJ = $(MEMTOP_SRC:%.c=$(B)/%.o)
PRELOAD_OBJ = $(PRELOAD_SRC:%.c=$(B)/%.o)
INSPECTOR = $(B)/libinspector.a

WERROR ?= $(if $(wildcard .git),-Werror)
WARN = -std=c11 -Wall -Wextra $(WERROR) -Wshadow -Wstrict-prototypes -Wmissing-prototypes
CFLAGS ?= $(if $(COVERAGE),-O0,-O2) -g
COMMON = $(WARN) $(CPPFLAGS) $(CFLAGS) -I. -D_GNU_SOURCE -DMEMTOP_VERSION='"$(VERSION)"' -MMD -MP
SANITIZE = $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=undefined) \
	$(if $(COVERAGE),--coverage -fprofile-update=atomic)
ifdef STATIC                            # make dist-bin; libunwind.a is not PIC
LIBS = -no-pie -Wl,-Bstatic -lunwind-$(MACHINE) -lunwind -ldw -lelf -liberty -lsqlite3 -lreadline \
	-lncursesw -ltinfo -lvterm -lz -llzma -lbz2 $(STATIC_MORE) -Wl,-Bdynamic -ldl -lpthread -lm \
	$(OLDER_LIBM:%=-Wl,--wrap=%)
OLDER_LIBM = exp exp2 log log2 pow      # share/packaging/libm.c
else
LIBS = -lunwind-$(MACHINE) -ldw -lelf -liberty -lsqlite3 -lreadline -lncursesw -lvterm -ldl -lpthread -lm -lz
endif
ifdef COVERAGE                          # see tests/coverage/exit.c
LIBS += -Wl,--wrap=_exit -Wl,--wrap=execve
endif

all: $(B)/memtop $(if $(SAN),,$(B)/libmemtop.so)

$(B)/memtop: $(B)/tui/main.o $(if $(STATIC),$(B)/share/packaging/libm.o) $(INSPECTOR)
	$(call Q,LD) $(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(LIBS)

# All of the program but main: what tests link, each only what it needs.
$(INSPECTOR): $(filter-out $(B)/tui/main.o,$(MEMTOP_OBJ)) \
		$(if $(COVERAGE),$(B)/tests/coverage/exit.o)
	@rm -f $@
	$(call Q,AR) $(AR) rcs $@ $^

# What the program can be bound to: the hooks, and memtop.h's way in.
$(B)/export.map: tracer/preload/behind/hooks.def
	@mkdir -p $(@D)
	@{ echo '{ global: memtop_abi_1; memtop_door_1;' && \
		sed -n 's/^HOOK(\([^,]*\),.*/\1;/p' $< && echo 'local: *; };'; } >$@

$(B)/libmemtop.so: $(PRELOAD_OBJ) $(B)/export.map
	$(call Q,LD) $(CC) -shared -nostartfiles $(LDFLAGS) -Wl,-z,now -Wl,-z,defs \
		-Wl,--hash-style=gnu -Wl,-z,separate-code \
		-Wl,--version-script=$(B)/export.map -Wl,-soname,libmemtop.so \
		-o $@ $(PRELOAD_OBJ) -Wl,--as-needed -ldl -lpthread -lc

# Injected code: no sanitizer, no stack protector, its own TLS model, no checked
# variants of libc's functions and no link-time optimization, whatever CFLAGS
# say (some define _FORTIFY_SOURCE by -Wp, which gcc takes last): what it imports is a list
# (tests/preload/imports.allow); and no inline bodies from headers, as older ones have one
# that wants a vector register.  The hooks
# keep their frame pointer, which names their caller's registers, and use no
# vector registers: a caller's misaligned stack must not matter here.
PRELOAD_FLAGS = -O2 -fPIC -fvisibility=hidden -fno-builtin -fno-stack-protector \
	-fno-lto -Wp,-U_FORTIFY_SOURCE -fno-omit-frame-pointer -ftls-model=initial-exec \
	-fexceptions -mgeneral-regs-only -D__NO_INLINE__
# What the program calls ends in a jump, so a frame would be of no use there.
$(B)/tracer/preload/hooks/hooks.o $(B)/tracer/preload/hooks/operators.o: \
	PRELOAD_FLAGS += -momit-leaf-frame-pointer
# Where hooks reach deepest into the program's stack, a register more is less of it.
ifeq ($(MACHINE),x86_64)
$(B)/tracer/preload/segment/%.o $(B)/tracer/preload/unwind/%.o: \
	PRELOAD_FLAGS += -fomit-frame-pointer
endif
$(B)/tracer/preload/%.o: tracer/preload/%.c
	@mkdir -p $(@D)
	$(call Q,CC) $(CC) $(COMMON) $(PRELOAD_FLAGS) -c -o $@ $<

$(foreach room,$(PURE),$(patsubst %.c,$(B)/%.o,$(wildcard $(room)/*.c))): EXTRA = -Wconversion
# gcc 12.2 for aarch64 fails on a loop of this file with an internal error.
$(if $(filter aarch64,$(MACHINE)),$(B)/tracer/heap/growth/judge.o: EXTRA += -fno-tree-vectorize)
$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call Q,CC) $(CC) $(COMMON) $(SANITIZE) $(EXTRA) -c -o $@ $<

$(B)/tracer/collect/names/wrappers.o: share/memtop/wrappers
# Where an installed memtop finds its library, from its own folder.
$(B)/tracer/collect/target/launch.o: EXTRA = \
	-DMEMTOP_LIBRARY='"../$(patsubst $(PREFIX)/%,%,$(LIBDIR))/memtop"'

include tests/tests.mk
include share/packaging/packages.mk

# Set-up: names what is missing, and installs it where apt-get is.
.PHONY: all deps deps-check demo check lint bench pictures tutorial install uninstall clean
deps:
	@share/setup.sh build
deps-check:
	@share/setup.sh build check

$(B)/examples/%: share/examples/%.c share/include/memtop.h
	@mkdir -p $(@D)
	$(call Q,CC) $(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra $(WERROR) -O1 -g -I. -o $@ $< -ldl

demo: deps
	@$(MAKE) --no-print-directory -j$(JOBS) all $(B)/examples/worker
	@share/examples/demo.sh $(B)

# The pictures of the README and the tutorial.
pictures: all
	share/doc/pictures.sh $(B)/memtop "$(CC)"

# The outputs of share/doc/TUTORIAL.md; a test says when it has to be done.
tutorial: all
	MEMTOP=$(B)/memtop CC=$(CC) tests/views/tutorial.py --update

DEST = $(DESTDIR)$(PREFIX)
DOC = $(DEST)/share/doc/memtop
COMPLETIONS = $(DEST)/share/bash-completion/completions
ZSH = $(DEST)/share/zsh/site-functions
FISH = $(DEST)/share/fish/vendor_completions.d
MAN = 1 3 5
PAGES = $(notdir $(wildcard $(MAN:%=share/man/*.%)))
# Packages say when their source is from, and their pages with them.
PAGES_DATE = $(if $(SOURCE_DATE_EPOCH),$(shell date -u -d @$(SOURCE_DATE_EPOCH) +%F))
# Pages' links, where everything stands in one folder.
LINKS = -e 's,](share/\(doc\|licenses\)/,](,g' -e 's,](share/,](,g' \
	-e 's,](\.\./examples/,](examples/,g' -e 's,](\.\./include/,](../../../include/,g'
install: all
	install -d $(DEST)/bin $(DESTDIR)$(LIBDIR)/memtop $(DEST)/include $(MAN:%=$(DEST)/share/man/man%) \
		$(DEST)/share/memtop/python/pytest_memtop $(COMPLETIONS) $(ZSH) $(FISH) \
		$(DOC)/examples/ci $(DOC)/examples/containers
	install -m 755 $(B)/memtop $(DEST)/bin/memtop
	install -m 644 $(B)/libmemtop.so $(DESTDIR)$(LIBDIR)/memtop/libmemtop.so
	install -m 644 share/include/memtop.h $(DEST)/include/memtop.h
	for page in $(PAGES); do sed '/^\.TH/s/"" "memtop"/"$(PAGES_DATE)" "memtop $(VERSION)"/' share/man/$$page | \
		install -m 644 /dev/stdin $(DEST)/share/man/man$${page##*.}/$$page || exit 1; done
	install -m 644 share/completions/memtop $(COMPLETIONS)/memtop
	install -m 644 share/completions/_memtop $(ZSH)/_memtop
	install -m 644 share/completions/memtop.fish $(FISH)/memtop.fish
	install -m 644 share/memtop/wrappers $(DEST)/share/memtop/wrappers
	install -m 644 share/python/pyproject.toml $(DEST)/share/memtop/python/
	install -m 644 share/python/pytest_memtop/*.py $(DEST)/share/memtop/python/pytest_memtop/
	install -m 644 README.md CHANGELOG.md LICENSE share/licenses/MIT.txt share/doc/*.md share/doc/*.svg $(DOC)
	sed -i $(LINKS) $(DOC)/*.md
	install -m 644 $(wildcard share/examples/*.c share/examples/*.rs) $(DOC)/examples
	sed -i 's,"share/include/memtop.h",<memtop.h>,' $(DOC)/examples/*.c
	install -m 644 share/examples/ci/*.yml $(DOC)/examples/ci
	install -m 644 share/examples/containers/* $(DOC)/examples/containers
	install -m 755 share/examples/ci/memory.sh $(DOC)/examples/ci

uninstall:
	rm -f $(DEST)/bin/memtop $(DEST)/include/memtop.h $(COMPLETIONS)/memtop $(ZSH)/_memtop $(FISH)/memtop.fish \
		$(foreach page,$(PAGES),$(DEST)/share/man/man$(subst .,,$(suffix $(page)))/$(page))
	rm -rf $(DESTDIR)$(LIBDIR)/memtop $(DEST)/share/memtop $(DOC)

-include $(MEMTOP_OBJ:.o=.d) $(PRELOAD_OBJ:.o=.d)
clean:
	rm -rf build
