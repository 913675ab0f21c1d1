/* SPDX-License-Identifier: MIT */
/*
 * The words are in the segment; the hash in front of them is private:
 *
 *	level 0:    64 Ki slots      words      0 ..  48 Ki
 *	level 1:   256 Ki slots      words 48 Ki .. 240 Ki     and so on, times 4
 *
 * A slot is 4 bytes: the word's index, and above it as many bits of its hash as there is
 * room for, so that other words are seldom looked at.
 *
 * A node stands in one of these places, and is looked for in this order:
 *
 *	1. near the other children of its parent, in the level that the parent's own
 *	   index belongs to: 16 parents in a row have one line of the cache, so what is
 *	   asked for at the same time lies together
 *	2. if there is no room, in another line of its page
 *	3. in any other line of that level
 *	4. in the level that its own index belongs to, from slot to slot
 *
 * A free slot in 1, 2 or 3 says that a word is new.  Levels are never moved, and the last
 * place has room for all: whatever stands in a level while its own indexes are given
 * has such an index, and these fill 3/4 of it.  (A site has no parent: level 0 takes it
 * first, near other sites of its part of a module.)
 *
 * A node that follows its parent directly needs no slot, because whoever looks for it
 * tries that place first (intern_neighbour).  Nor need the hash be searched to see
 * whether such a node is new, if nothing was added since its parent: a child's index is
 * higher than its parent's.  So all nodes of a new stack but the first one are just
 * written, side by side.
 *
 * Adding reserves an index, writes the word to the segment and then the slot, each with
 * one store.  A thread that finds the slot taken by the same word uses that index and
 * leaves its own unused.  (At the border of two levels a word may be added twice, as it
 * may where a thread is stopped between reserving a first child and writing it; then one
 * stack has two ids, which views add up.)
 */
#include "tracer/preload/segment/intern.h"

#include <errno.h>
#include <stdbool.h>

#include "tracer/ground/shared/attributes.h"
#include "tracer/preload/segment/table.h"

#define LEVELS 9
#define LEVEL0_BITS 16
#define LEVEL0_WORDS (UINT64_C(3) << (LEVEL0_BITS - 2))
#define PIECE_WORDS (WIRE_PIECE_BYTES / sizeof(uint64_t))
#define LINE_SLOTS 16u                  /* of a cache line */
#define PAGE_SLOTS 1024u                /* and of a page */
#define LINES 3u                        /* where a word is looked for first, and */
#define LINE_REACH 8u                   /* how many of their slots */

struct intern {
	enum wire_region region;
	_Atomic uint32_t *count;        /* in the control page */
	_Atomic(char *) *piece;         /* of the words, NULL where none is mapped */
	uint32_t limit;                 /* indices end here */
	unsigned index_bits;            /* of a slot */
	bool parents;                   /* a word's high half is its parent's index */
	/* Of each level, how many slots the longest search passes in the last place. */
	_Atomic uint32_t reach[LEVELS];
	_Atomic(_Atomic uint32_t *) level[LEVELS];
};

static struct {
	struct intern sites, nodes;
} tables;

struct intern_words intern_words;

struct intern *intern_sites(void) { return &tables.sites; }
struct intern *intern_nodes(void) { return &tables.nodes; }

static unsigned intern_bits_of(uint32_t n) { return 32 - (unsigned)__builtin_clz(n | 1); }
static uint64_t level_slots(unsigned level) { return UINT64_C(1) << (LEVEL0_BITS + 2 * level); }

/* Makes sure that a level has its slots. */
static bool open_level(struct intern *t, unsigned level)
{
	if (atomic_load_explicit(&t->level[level], memory_order_acquire))
		return true;
	uint64_t bytes = level_slots(level) * sizeof(_Atomic uint32_t);
	_Atomic uint32_t *mine = table_private(bytes), *theirs = NULL;
	if (!mine)
		return false;
	/* Pairs with the loads of levels: the slots are zero. */
	if (!atomic_compare_exchange_strong_explicit(&t->level[level], &theirs, mine,
						     memory_order_acq_rel,
						     memory_order_acquire))
		table_private_free(mine, bytes);
	return true;
}

static int start_table(struct intern *t, enum wire_region region, _Atomic uint32_t *count,
		       uint32_t first)
{
	uint64_t limit = table_control()->limit[region] / sizeof(uint64_t);
	t->region = region;
	t->count = count;
	t->piece = table_pieces(region);
	t->limit = limit > UINT32_MAX ? UINT32_MAX : (uint32_t)limit;
	t->index_bits = intern_bits_of(t->limit - 1);
	t->parents = region == WIRE_TRACES;
	uint32_t zero = 0;
	atomic_compare_exchange_strong(count, &zero, first);
	for (unsigned level = 0; level < LEVELS; level++) {
		_Atomic uint32_t *slots = atomic_load(&t->level[level]);
		atomic_store(&t->reach[level], 0);
		if (slots)              /* in a forked child: holds the parent's ids */
			table_private_wipe((void *)slots, level_slots(level) * sizeof(*slots));
	}
	return open_level(t, 0) ? 0 : -ENOMEM;
}

int intern_start(void)
{
	struct wire_control *control = table_control();
	int result = start_table(&tables.sites, WIRE_SITES, &control->sites, WIRE_SITE_FIRST);
	if (result == 0)
		result = start_table(&tables.nodes, WIRE_TRACES, &control->traces, 1);
	if (control->max_traces && control->max_traces < tables.nodes.limit)
		tables.nodes.limit = control->max_traces;
	intern_words = (struct intern_words){
		&control->traces, table_pieces(WIRE_TRACES), tables.nodes.limit};
	return result;
}

static uint64_t intern_hash_of(uint64_t word)
{
	word ^= word >> 32;
	word *= UINT64_C(0xd6e8feb86659fd93);
	word ^= word >> 32;
	word *= UINT64_C(0xd6e8feb86659fd93);
	return word ^ word >> 32;
}

/* Which level index belongs to: level n begins at a third of LEVEL0_WORDS * (4^n - 1). */
static unsigned intern_level_of(uint32_t index)
{
	unsigned bits = 63 - (unsigned)__builtin_clzll(index + LEVEL0_WORDS / 3);
	unsigned level = (bits - (LEVEL0_BITS - 2)) / 2;
	return level < LEVELS ? level : LEVELS - 1;
}

uint64_t intern_word(const struct intern *t, uint32_t index)
{
	if (index >= t->limit)
		return 0;
	/* A word that has an index is mapped: the thread that wrote it has mapped its
	 * piece. */
	const _Atomic uint64_t *words = (const void *)atomic_load_explicit(
		&t->piece[index / PIECE_WORDS], memory_order_acquire);
	/* Pairs with the stores of words. */
	return words ? atomic_load_explicit(&words[index % PIECE_WORDS], memory_order_acquire) : 0;
}

static uint32_t tag_of(const struct intern *t, uint64_t hash)
{
	/* Bits of the hash's high half, because the low half has chosen the slot. */
	return t->index_bits == 32 ? 0 : (uint32_t)(hash >> 32) >> t->index_bits
						   << t->index_bits;
}

/* The index that a slot holds if it is the word's, else 0. */
static uint32_t match(const struct intern *t, uint32_t slot, uint64_t word, uint32_t tag)
{
	uint32_t index = slot & (uint32_t)((UINT64_C(1) << t->index_bits) - 1);
	if ((slot ^ index) != tag || intern_word(t, index) != word)
		return 0;
	return index;
}

/* The level whose lines a word may stand in. */
static unsigned home_of(const struct intern *t, uint64_t word)
{
	return t->parents ? intern_level_of(wire_node_parent(word)) : 0;
}

/* The first slot of the n-th line there. */
static ALWAYS_INLINE uint64_t line_of(const struct intern *t, uint64_t word, uint64_t hash,
				      unsigned n, uint64_t mask)
{
	uint64_t home = t->parents ? wire_node_parent(word) : word / 64;
	uint64_t any = hash >> 8;
	if (n == 1)
		home = (home & ~(uint64_t)(PAGE_SLOTS - 1)) | (any & (PAGE_SLOTS - 1));
	return (n == 2 ? any : home) & mask & ~(uint64_t)(LINE_SLOTS - 1);
}

/* Looks at one slot.  True: the search ends, and *index is the word's, or 0 if the slot is
 * empty. */
static ALWAYS_INLINE bool slot_says(const struct intern *t, const _Atomic uint32_t *at,
				  uint64_t word, uint32_t tag, uint32_t *index)
{
	/* Pairs with put_at: the word was written before. */
	uint32_t slot = atomic_load_explicit(at, memory_order_acquire);
	*index = slot ? match(t, slot, word, tag) : 0;
	return !slot || *index;
}

/* Looks in the last place. */
static NOINLINE uint32_t intern_find_far(const struct intern *t, uint64_t word, uint64_t hash)
{
	unsigned top =
		intern_level_of(atomic_load_explicit(t->count, memory_order_relaxed));
	uint32_t tag = tag_of(t, hash), index = 0;
	/* The newest level is searched first, since it holds the most. */
	for (unsigned level = top + 1; level-- > 0 && !index;) {
		const _Atomic uint32_t *slots =
			atomic_load_explicit(&t->level[level], memory_order_acquire);
		uint32_t reach = atomic_load_explicit(&t->reach[level], memory_order_acquire);
		uint64_t mask = level_slots(level) - 1;
		for (uint32_t i = 0; slots && i < reach; i++)
			if (slot_says(t, &slots[(hash + i) & mask], word, tag, &index))
				break;
	}
	return index;
}

uint32_t intern_find(struct intern *t, uint64_t word)
{
	uint64_t hash = intern_hash_of(word);
	unsigned level = home_of(t, word);
	const _Atomic uint32_t *slots =
		atomic_load_explicit(&t->level[level], memory_order_acquire);
	uint64_t mask = level_slots(level) - 1;
	uint32_t tag = tag_of(t, hash), index;
	for (unsigned n = 0; slots && n < LINES; n++) {
		const _Atomic uint32_t *line = &slots[line_of(t, word, hash, n, mask)];
		for (unsigned i = 0; i < LINE_REACH; i++)
			if (slot_says(t, &line[(hash + i) % LINE_SLOTS], word, tag, &index))
				return index;
	}
	return intern_find_far(t, word, hash);
}

/* Puts the slot of `index` here, if this place is free.  The index that stands here for the
 * word then, 0 if there is none. */
static ALWAYS_INLINE uint32_t put_at(const struct intern *t, _Atomic uint32_t *at,
				     uint64_t word, uint32_t tag, uint32_t index)
{
	uint32_t slot = atomic_load_explicit(at, memory_order_acquire);
	/* Pairs with slot_says. */
	if (slot == 0 && atomic_compare_exchange_strong_explicit(at, &slot, tag | index,
								 memory_order_release,
								 memory_order_acquire))
		return index;
	return match(t, slot, word, tag);
}

/* Puts it into the last place. */
static uint32_t put_far(struct intern *t, uint64_t word, uint64_t hash, uint32_t index)
{
	unsigned level = intern_level_of(index);
	_Atomic uint32_t *slots = atomic_load_explicit(&t->level[level], memory_order_acquire);
	uint64_t mask = level_slots(level) - 1;
	uint32_t tag = tag_of(t, hash), there = 0;
	for (uint32_t i = 0; i < mask && !there; i++) {
		uint32_t reach = atomic_load_explicit(&t->reach[level], memory_order_relaxed);
		/* Whoever finds the slot may look that far (intern_find_far). */
		while (reach <= i && !atomic_compare_exchange_weak(&t->reach[level], &reach, i + 1))
			;
		there = put_at(t, &slots[(hash + i) & mask], word, tag, index);
	}
	return there;
}

/* Puts the slot of `index` into the first place that is free, in the order in which
 * intern_find looks; returns the index that stands there for the word, which may be
 * another thread's. */
static uint32_t put_in(struct intern *t, uint64_t word, uint64_t hash, uint32_t index)
{
	unsigned level = home_of(t, word);
	_Atomic uint32_t *slots = atomic_load_explicit(&t->level[level], memory_order_acquire);
	uint64_t mask = level_slots(level) - 1;
	uint32_t tag = tag_of(t, hash), there = 0;
	for (unsigned n = 0; slots && n < LINES && !there; n++) {
		_Atomic uint32_t *line = &slots[line_of(t, word, hash, n, mask)];
		for (unsigned i = 0; i < LINE_REACH && !there; i++)
			there = put_at(t, &line[(hash + i) % LINE_SLOTS], word, tag, index);
	}
	return there ? there : put_far(t, word, hash, index);
}

/* Stores the word of a new index; the store pairs with intern_neighbour and intern_word, and
 * with memtop's acquire load.  A page that is read first comes with its neighbours, if
 * memtop has touched them (segment.c), and can be written then too. */
static ALWAYS_INLINE void intern_write(_Atomic uint64_t *entry, uint64_t word)
{
	(void)*(const volatile uint64_t *)entry;
	atomic_store_explicit(entry, word, memory_order_release);
}

/* Reserves a new index and its *entry, which memtop has allocated, or returns 0;
 * `patient`: may map memory and wait for memtop.  The entry's address is computed once,
 * since the segment may be overwritten before a second time. */
static uint32_t intern_reserve(struct intern *t, bool patient, _Atomic uint64_t **entry)
{
	uint32_t index = atomic_load_explicit(t->count, memory_order_relaxed);
	do {
		uint64_t end = (index + UINT64_C(1)) * sizeof(uint64_t);
		unsigned level = intern_level_of(index);
		if (index >= t->limit)
			return 0;
		uint64_t at = end - sizeof(uint64_t);
		if (patient ? !open_level(t, level) || table_wait(t->region, end) != 0
			    : !atomic_load_explicit(&t->level[level], memory_order_acquire))
			return 0;
		*entry = patient ? table_at(t->region, at, sizeof(uint64_t))
				 : table_mapped(t->region, at, sizeof(uint64_t));
		if (!*entry)
			return 0;
	} while (!atomic_compare_exchange_weak(t->count, &index, index + 1));
	return index;
}

uint32_t intern_first_child(uint32_t parent, uint64_t word)
{
	struct intern *t = &tables.nodes;
	uint32_t index = parent + 1, last = index;
	if (index >= t->limit || atomic_load_explicit(t->count, memory_order_relaxed) != index)
		return 0;
	_Atomic uint64_t *entry =
		table_mapped(t->region, index * sizeof(uint64_t), sizeof(uint64_t));
	if (!entry || !atomic_compare_exchange_strong(t->count, &last, index + 1))
		return 0;
	intern_write(entry, word);
	return index;
}

bool intern_full(const struct intern *t)
{
	return atomic_load_explicit(t->count, memory_order_relaxed) >= t->limit;
}

static uint32_t insert(struct intern *t, uint64_t word, bool patient)
{
	_Atomic uint64_t *entry;
	uint32_t index = intern_reserve(t, patient, &entry);
	if (!index)
		return 0;
	intern_write(entry, word);
	return put_in(t, word, intern_hash_of(word), index);
}

void intern_map_ahead(struct intern *t, uint32_t more)
{
	uint64_t end = (uint64_t)atomic_load(t->count) + more;
	if (end > t->limit)
		end = t->limit;
	table_map_ahead(t->region, end * sizeof(uint64_t));
	for (unsigned level = 0; level <= intern_level_of((uint32_t)(end - 1)); level++)
		open_level(t, level);
}

uint32_t intern_insert(struct intern *t, uint64_t word)
{
	return insert(t, word, false);
}

uint32_t intern_add(struct intern *t, uint64_t word)
{
	uint32_t index = intern_find(t, word);
	return index ? index : insert(t, word, true);
}
