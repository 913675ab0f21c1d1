#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Each worker's own count of what it allocated is the tracer's, to the byte, and
# its output and status are those that it has without.
. tests/preload/fake.bash
FLAGS=

for worker in leak churn threads realloc aligned early fork opens contexts signals operators \
	throw manythreads mlock api; do
	faked 0 "$WORKERS/$worker"
	lossless $worker
	agrees $worker
done

if [ -x "$WORKERS/pool" ]; then         # x86-64's
	faked 0 "$WORKERS/pool"
	lossless pool
	agrees pool
fi

# What a new handler allocates, the exceptions that are freed, and two blocks of 64 MiB that
# were found after all.
faked 0 "$WORKERS/handlers"
lossless handlers
agrees handlers
[ "$(figure unknown)" = 0 ] || fail "handlers: $(figure unknown) blocks were never seen to begin"
[ "$(figure current)" -ge $((2 << 26)) ] || fail "handlers: current is $(figure current)"

# In each of its nine images, and in none of its children's figures.
faked 0 "$WORKERS/exec"
for image in 1 2 3 4 5 6 7 8 9; do
	printed "function image_block current=${image}000 blocks=$image allocations=$image total=${image}000"
	printed "expect image_block current=${image}000 blocks=$image allocations=$image total=${image}000"
done
[ "$(grep -c '^segment ' "$T/out")" = 13 ] || fail "9 images and 4 children said hello"

# The ends of threads are seen, and their rings used again.
faked 0 "$WORKERS/manythreads"
[ "$(figure threads)" -gt 2000 ] || fail "threads: $(figure threads)"
[ "$(figure ended)" = $(($(figure threads) - 1)) ] || fail "ended: $(figure ended)"
[ "$(figure rings)" -lt 200 ] || fail "rings: $(figure rings)"

# The stack: at most 512 bytes more than without.
faked 0 "$WORKERS/tinystack"
agrees tinystack
with=$(sed -n 's/^stack used=//p' "$T/out")
without=$("$WORKERS/tinystack" | sed -n 's/^stack used=//p')
[ $((with - without)) -le 512 ] || fail "stack: $without without, $with with"

# Without memtop: the library alone, and memtop.h alone.
expect 0 env LD_PRELOAD="$B/libmemtop.so" "$WORKERS/leak"
expect 0 env LD_PRELOAD="$B/libmemtop.so" MEMTOP_MEETING=/nonexistent \
	MEMTOP_LIBRARY="$B/libmemtop.so" "$WORKERS/api"
printed "without memtop"
expect 0 "$WORKERS/api"
printed "without memtop"

# The tracer never enters the allocator behind it by itself, and survives being
# interrupted and jumped out of anywhere.
FAKEMEM_BEHIND=$WORKERS/libhostile.so faked 0 "$WORKERS/hostile"
agrees hostile
lossless hostile
FAKEMEM_BEHIND=$WORKERS/libbump.so faked 0 "$WORKERS/storm"
agrees storm
[ "$(figure nonsense)" = 0 ] || fail "storm: nonsense in the ring"
exit 0
