/* SPDX-License-Identifier: MIT */
/*
 * The segment in pieces:
 *
 *	region   |  piece 0  |  piece 1  |  piece 2  | ...
 *	piece[]      addr        addr        NULL
 *
 * Piece 0 comes from the fd.  Once that is closed, piece n is made from the last page of
 * piece n - 1: mremap with an old size of 0 maps that page, and what follows it in the
 * file, a second time.  So a later piece begins with one page of its neighbour.  Nothing
 * is ever unmapped or moved; a thread that loses the race for a piece unmaps its own.
 */
#include "tracer/preload/segment/table.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <time.h>

#include "tracer/wire/ring.h"
#include "tracer/preload/base/own.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/ground/shared/older.h"
#include "tracer/ground/shared/page.h"

/* Private memory of so many bytes or more gets huge pages. */
#define HUGE_FROM (UINT64_C(4) << 20)
#define WAIT_SLICE_NS 100000000L
#define WAIT_NAP_NS 100000L             /* the first nap of who also looks for something else */
#define WAIT_STILL_NS 2000000000L       /* without a sign of memtop */
/* Rounds of memtop's reader in which no page was added. */
#define WAIT_ROUNDS 64

struct region {
	uint64_t stride;                /* bytes of a piece */
	uint64_t pieces;                /* how many there may be */
	_Atomic(char *) *piece;
};

static struct {
	struct wire_control *control;
	struct region region[WIRE_REGIONS];
	bool stood_in;                  /* threads may still read region[], so it stays
					 * mapped */
	_Atomic uint64_t private_bytes; /* as the control page says, for a forked child */
	_Atomic uint64_t stopped_at;    /* ~table_moment() when memtop was found
					 * stopped */
	_Atomic uint64_t barren_at;     /* 1 + ready_seq when it ran but added nothing */
} table;

struct wire_control *table_control(void)
{
	return table.control;
}

static void *table_map(uint64_t bytes, int protection, int flags, int fd, uint64_t offset)
{
	long at = sys_call6(SYS_mmap, 0, (long)bytes, protection, flags, fd, (long)offset);
	if (sys_failed(at))
		return NULL;
	own_add((void *)at, bytes, flags & MAP_PRIVATE);
	return (void *)at;
}

static void unmap(void *at, uint64_t bytes)
{
	own_drop(at);
	sys_call3(SYS_munmap, (long)at, (long)bytes, 0);
}

static void count_private(uint64_t bytes)
{
	atomic_fetch_add_explicit(&table.private_bytes, bytes, memory_order_relaxed);
	if (table.control)
		atomic_fetch_add_explicit(&table.control->private_bytes, bytes,
					  memory_order_relaxed);
}

void *table_private(uint64_t bytes)
{
	if (sys_closed())
		return NULL;
	void *at = table_map(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
	if (!at)
		return NULL;
	sys_call3(SYS_madvise, (long)at, (long)bytes, MADV_DONTDUMP);
	/* Large ones are hashes, which are soon touched everywhere; a TLB miss costs as
	 * much as the rest of a look-up.  If the kernel refuses, nothing is lost. */
	if (bytes >= HUGE_FROM)
		sys_call3(SYS_madvise, (long)at, (long)bytes, MADV_HUGEPAGE);
	count_private(bytes);
	return at;
}

void table_private_find(void *memory, uint64_t bytes)
{
	if (!sys_closed())              /* (a kernel older than 5.14 refuses) */
		sys_call3(SYS_madvise, (long)memory, (long)bytes, MADV_POPULATE_WRITE);
}

void table_private_wipe(void *memory, uint64_t bytes)
{
	/* Refused where the program has locked its memory (mlockall). */
	if (sys_failed(sys_call3(SYS_madvise, (long)memory, (long)bytes, MADV_DONTNEED)))
		__builtin_memset(memory, 0, bytes);
}

void table_private_free(void *memory, uint64_t bytes)
{
	unmap(memory, bytes);
	count_private(-bytes);
}

/* For this process alone, and not for core dumps. */
static void *keep_here(void *at, uint64_t bytes)
{
	if (at) {
		sys_call3(SYS_madvise, (long)at, (long)bytes, MADV_DONTFORK);
		sys_call3(SYS_madvise, (long)at, (long)bytes, MADV_DONTDUMP);
	}
	return at;
}

static void *map_shared(int fd, uint64_t offset, uint64_t bytes)
{
	return keep_here(table_map(bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset),
			 bytes);
}

/* The control page replaces the one before, if there was one, since a thread may look at
 * it at any time. */
static struct wire_control *map_control(int fd)
{
	if (!table.control)
		return map_shared(fd, 0, PAGE);
	long at = sys_call6(SYS_mmap, (long)table.control, PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_FIXED, fd, 0);
	return sys_failed(at) ? NULL : keep_here((void *)at, PAGE);
}

static uint64_t directory_bytes(const struct region *region)
{
	return page_end(region->pieces * sizeof(region->piece[0]));
}

static int open_region(int fd, enum wire_region r)
{
	struct region *region = &table.region[r];
	uint64_t limit = table.control->limit[r];
	region->stride = r == WIRE_RINGS ? WIRE_RING_BYTES : WIRE_PIECE_BYTES;
	region->pieces = (limit + region->stride - 1) / region->stride;
	if (region->pieces == 0 || region->pieces > UINT64_C(1) << 24)
		return -EPROTO;
	region->piece = table_private(directory_bytes(region));
	if (!region->piece)
		return -ENOMEM;
	char *first = map_shared(fd, table.control->offset[r], region->stride);
	if (!first)
		return -ENOMEM;
	atomic_store_explicit(&region->piece[0], first, memory_order_relaxed);
	return 0;
}

/* The pieces are forgotten and not unmapped, because other memory may be mapped at their
 * addresses by now. */
void table_forget(void)
{
	own_drop(table.control);
	table.control = NULL;
	for (int r = 0; r < WIRE_REGIONS; r++) {
		struct region *region = &table.region[r];
		for (uint64_t i = 0; i < region->pieces && region->piece[i]; i++)
			own_drop(region->piece[i]);
		if (region->piece && !table.stood_in) {
			unmap(region->piece, directory_bytes(region));
			count_private(-directory_bytes(region));
		}
		*region = (struct region){0};
	}
	table.stood_in = false;
	atomic_store(&table.stopped_at, 0);
	atomic_store(&table.barren_at, 0);
}

static void *stand_in(void *at, uint64_t bytes)
{
	long got = sys_call6(SYS_mmap, (long)at, (long)bytes, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	return sys_failed(got) ? NULL : (void *)got;
}

void table_stand_in(bool whole)
{
	struct wire_control *control = table.control ? stand_in(table.control, PAGE) : NULL;
	if (control)
		atomic_store(&control->state, WIRE_STOPPED);
	for (int r = 0; whole && r < WIRE_REGIONS; r++) {
		struct region *region = &table.region[r];
		for (uint64_t i = 0; i < region->pieces; i++) {
			char *piece = atomic_load(&region->piece[i]);
			if (!piece)
				break;          /* they are mapped in order */
			stand_in(piece, region->stride);
		}
	}
	table.stood_in = whole;
}

/* Piece 0 is mapped alone; the others begin with a page of their neighbour. */
static void unmap_piece(char *piece, uint64_t stride, bool first)
{
	own_drop(piece);
	if (first)
		sys_call3(SYS_munmap, (long)piece, (long)stride, 0);
	else
		sys_call3(SYS_munmap, (long)(piece - PAGE), (long)(stride + PAGE), 0);
}

void table_close(void)
{
	for (int r = 0; r < WIRE_REGIONS; r++) {
		struct region *region = &table.region[r];
		for (uint64_t i = 0; i < region->pieces && region->piece; i++) {
			char *piece = atomic_load_explicit(&region->piece[i],
							   memory_order_relaxed);
			if (!piece)
				break;          /* they are mapped in order */
			unmap_piece(piece, region->stride, i == 0);
		}
		if (region->piece) {
			unmap(region->piece, directory_bytes(region));
			count_private(-directory_bytes(region));
		}
		*region = (struct region){0};
	}
	long at = sys_call6(SYS_mmap, (long)table.control, PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (!sys_failed(at))
		atomic_store(&table.control->state, WIRE_STOPPED);
	atomic_store(&table.stopped_at, 0);
	atomic_store(&table.barren_at, 0);
}

/* Unmaps everything after an open that failed, when no other thread has seen the
 * table. */
static void close_all(void)
{
	table_close();
	if (!tracer.standby) {
		unmap(table.control, PAGE);
		table.control = NULL;
	}
}

int table_open(int fd)
{
	struct wire_control *control = map_control(fd);
	if (!control)
		return -ENOMEM;
	table.control = control;
	atomic_fetch_add(&table.control->private_bytes, atomic_load(&table.private_bytes));
	int result = 0;
	if (table.control->magic != WIRE_MAGIC || table.control->version != WIRE_VERSION)
		result = -EPROTO;
	for (int r = 0; r < WIRE_REGIONS && result == 0; r++)
		result = open_region(fd, (enum wire_region)r);
	if (result != 0)
		close_all();
	return result;
}

/* Maps piece `index`, whose neighbour before it is mapped. */
static char *map_piece(struct region *region, uint64_t index)
{
	char *before = atomic_load_explicit(&region->piece[index - 1], memory_order_acquire);
	long at = sys_call6(SYS_mremap, (long)(before + region->stride - PAGE), 0,
			    (long)(region->stride + PAGE), MREMAP_MAYMOVE, 0, 0);
	if (sys_failed(at))
		return NULL;
	/* DONTFORK and DONTDUMP were inherited from the page that was copied.  The copy
	 * of that page is not used, so only what follows it is noted as ours. */
	char *mine = (char *)at + PAGE, *theirs = NULL;
	own_add(mine, region->stride, false);
	/* Pairs with the loads in table_at and above: the mapping is there. */
	if (atomic_compare_exchange_strong_explicit(&region->piece[index], &theirs, mine,
						    memory_order_acq_rel,
						    memory_order_acquire))
		return mine;
	own_drop(mine);
	sys_call3(SYS_munmap, at, (long)(region->stride + PAGE), 0);
	return theirs;
}

/* Pieces are mapped in order, each out of the one before. */
__attribute__((noinline)) static void *map_and_find(struct region *region, uint64_t offset)
{
	uint64_t index = offset / region->stride;
	char *at = NULL;
	for (uint64_t i = 1; i <= index; i++) {
		at = atomic_load_explicit(&region->piece[i], memory_order_acquire);
		if (!at)
			at = map_piece(region, i);
		if (!at)
			return NULL;
	}
	return at ? at + (offset - index * region->stride) : NULL;
}

/* The piece that holds offset: true if there may be one, *at its address or NULL. */
static inline bool find_piece(enum wire_region r, uint64_t offset, uint64_t bytes, char **at)
{
	struct region *region = &table.region[r];
	/* Pairs with memtop's release after it allocated the pages. */
	if (offset + bytes > atomic_load_explicit(&table.control->ready[r], memory_order_acquire))
		return false;
	uint64_t stride = r == WIRE_RINGS ? WIRE_RING_BYTES : WIRE_PIECE_BYTES;
	uint64_t index = offset / stride;
	if (index >= region->pieces)
		return false;
	char *piece = atomic_load_explicit(&region->piece[index], memory_order_acquire);
	*at = piece ? piece + (offset - index * stride) : NULL;
	return true;
}

void table_map_ahead(enum wire_region r, uint64_t end)
{
	struct region *region = &table.region[r];
	uint64_t last = end ? (end - 1) / region->stride : 0;
	if (last >= region->pieces)
		last = region->pieces - 1;
	map_and_find(region, last * region->stride);
}

void *table_mapped(enum wire_region r, uint64_t offset, uint64_t bytes)
{
	char *at;
	return find_piece(r, offset, bytes, &at) ? at : NULL;
}

void *table_at(enum wire_region r, uint64_t offset, uint64_t bytes)
{
	char *at;
	if (!find_piece(r, offset, bytes, &at))
		return NULL;
	return at ? at : map_and_find(&table.region[r], offset);
}

_Atomic(char *) *table_pieces(enum wire_region r)
{
	return table.region[r].piece;
}

static void wake_reader(struct wire_control *control)
{
	uint32_t asleep = 1;
	if (atomic_compare_exchange_strong(&control->reader_asleep, &asleep, 0))
		sys_call3(SYS_futex, (long)&control->reader_asleep, FUTEX_WAKE, 1);
}

/* A number that changes whenever memtop has done something for this process, or its
 * reader has made a round. */
static uint64_t table_moment(struct wire_control *control)
{
	return (uint64_t)atomic_load(&control->ready_seq) << 32 |
	       atomic_load(&control->reader_beat);
}

/* Whether the last wait failed and memtop has not moved since.  Without this check each
 * event would stop the program for seconds. */
static bool hopeless(uint64_t now)
{
	return atomic_load(&table.stopped_at) == ~now ||
	       atomic_load(&table.barren_at) == (now >> 32) + 1;
}

static int table_await(enum wire_region r, uint64_t end, int most, bool (*enough)(void))
{
	struct wire_control *control = table.control;
	const struct region *region = &table.region[r];
	if (end > region->pieces * region->stride || end > control->limit[r])
		return -ENOSPC;
	uint64_t seen = table_moment(control);
	long nap = enough ? WAIT_NAP_NS : WAIT_SLICE_NS, still = 0;
	int rounds = 0;
	while (atomic_load(&control->ready[r]) < end && !(enough && enough())) {
		if (atomic_load(&control->owner) & WIRE_OWNER_DIED)
			return -EOWNERDEAD;
		if (hopeless(seen) || sys_closed() || rounds >= most)
			return -ETIMEDOUT;
		wake_reader(control);
		struct timespec slice = {.tv_nsec = nap};
		sys_call6(SYS_futex, (long)&control->ready_seq, FUTEX_WAIT, (long)(seen >> 32),
			  (long)&slice, 0, 0);
		uint64_t now = table_moment(control);
		still = now == seen ? still + nap : 0;
		rounds += (uint32_t)now != (uint32_t)seen;
		seen = now;
		if (still >= WAIT_STILL_NS)
			atomic_store(&table.stopped_at, ~now);
		else if (rounds == WAIT_ROUNDS)
			atomic_store(&table.barren_at, (now >> 32) + 1);
		nap = nap < WAIT_SLICE_NS / 2 ? 2 * nap : WAIT_SLICE_NS;
	}
	return 0;
}

int table_wait(enum wire_region r, uint64_t end)
{
	return table_await(r, end, WAIT_ROUNDS, NULL);
}

int table_wait_rounds(enum wire_region r, uint64_t end, int most)
{
	return table_await(r, end, most, NULL);
}

int table_wait_or(enum wire_region r, uint64_t end, bool (*enough)(void))
{
	return table_await(r, end, WAIT_ROUNDS, enough);
}
