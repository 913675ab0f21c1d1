# memtop: make, make check, make demo, make lint, make install PREFIX= DESTDIR=
# Variants: make B=build/asan SAN=address,undefined   (the inspector, never the preload)
B ?= build
PREFIX ?= /usr/local
CC ?= gcc
VERSION = 1.0

ROOMS = tracer/heap tracer/collect views views/export tui/base tui/term tui/screens tui
PURE = tracer/heap views views/export tui/base tui/screens
MEMTOP_SRC = $(foreach room,$(ROOMS),$(wildcard $(room)/*.c))
PRELOAD_SRC = $(wildcard tracer/preload/*.c)
MEMTOP_OBJ = $(MEMTOP_SRC:%.c=$(B)/%.o)
PRELOAD_OBJ = $(PRELOAD_SRC:%.c=$(B)/%.o)

WARN = -std=c11 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
CFLAGS ?= -O2 -g
COMMON = $(WARN) $(CFLAGS) -I. -D_GNU_SOURCE -DMEMTOP_VERSION='"$(VERSION)"' -MMD -MP
SANITIZE = $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)
LIBS = -lunwind-x86_64 -ldw -lelf -liberty -lsqlite3 -lreadline -lncursesw -lvterm -lpthread -lm

all: $(B)/memtop $(if $(SAN),,$(B)/libmemtop.so)

$(B)/memtop: $(MEMTOP_OBJ)
	$(CC) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/libmemtop.so: $(PRELOAD_OBJ) tracer/preload/export.map
	$(CC) -shared -nostartfiles $(LDFLAGS) -Wl,-z,now -Wl,-z,defs -Wl,--version-script=tracer/preload/export.map \
		-Wl,-soname,libmemtop.so -o $@ $(PRELOAD_OBJ) -lc

# Injected code: no sanitizer, no stack protector, its own TLS model; the hooks
# keep their frame pointer, which names their caller's registers.
$(B)/tracer/preload/%.o: tracer/preload/%.c
	@mkdir -p $(@D)
	$(CC) $(COMMON) -O2 -fPIC -fvisibility=hidden -fno-builtin -fno-stack-protector \
		-fno-omit-frame-pointer -ftls-model=initial-exec -fexceptions -c -o $@ $<

PURE_FLAGS = -Wconversion
$(foreach room,$(PURE),$(patsubst %.c,$(B)/%.o,$(wildcard $(room)/*.c))): EXTRA = $(PURE_FLAGS)
$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(COMMON) $(SANITIZE) $(EXTRA) -c -o $@ $<

-include $(MEMTOP_OBJ:.o=.d) $(PRELOAD_OBJ:.o=.d)

.PHONY: all clean
clean:
	rm -rf build
