/* SPDX-License-Identifier: MIT */
/*
 * The words are in the segment; the hash in front of them is private, in levels:
 *
 *	level 0:    1, 4, 16 or 64 Ki slots     words      0 ..  48 Ki
 *	level 1:    256 Ki slots                words 48 Ki .. 240 Ki   and so on, times 4
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
 * A free slot in 1, 2 or 3 says that a word is new.  The last place has room for all:
 * whatever stands in a level while its own indexes are given has such an index, and these
 * fill 3/4 of it.  (A site has no parent: level 0 takes it first, near other sites of its
 * part of a module.)
 *
 * Level 0 begins as one page, as most programs have few words.  When these are 3/4 of its
 * slots, another set of four times as many is filled from it and used from then on; the
 * old one stays, because other threads may still look there.  While that is done (`goal`
 * says so before a slot is copied), who puts a word into the old set puts it into the new
 * one as well, so none is lost.  Any thread may do it at any time, and several at once: a
 * slot that stands there already is not written again.  Larger levels are never moved.
 *
 * A node that follows its parent directly needs no slot, because whoever looks for it
 * tries that place first (intern_neighbour).  Nor need the hash be searched to see
 * whether such a node is new, if nothing was added since its parent: a child's index is
 * higher than its parent's.  So all nodes of a new stack but the first one are just
 * written, side by side.
 *
 * Adding reserves an index, writes the word to the segment and then the slot, each with
 * one store.  A thread that finds the slot taken by the same word uses that index and
 * leaves its own unused.  (Where level 0 is just moved, and at the border of two levels, a
 * word may be added twice, as it may where a thread is stopped between reserving a first
 * child and writing it; then one stack has two ids, which views add up.)
 */
#include "tracer/preload/segment/intern.h"

#include <errno.h>
#include <stdbool.h>

#include "tracer/ground/shared/attributes.h"
#include "tracer/preload/segment/table.h"

#define LEVELS 9
#define LEVEL0_BITS 16                  /* of its last set; 2 less for each one before */
#define LEVEL0_SETS 4u
#define SETS (LEVELS + LEVEL0_SETS - 1) /* set n has 2^SET_BITS(n) slots */
#define SET_BITS(set) (LEVEL0_BITS - 2 * (LEVEL0_SETS - 1) + 2 * (set))
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
	uint32_t index_mask;            /* of a slot */
	bool parents;                   /* a word's high half is its parent's index */
	/* Which set is level 0 now, and which will be; that of level n is n beyond its last
	 * one. */
	_Atomic uint32_t low, goal;
	_Atomic(_Atomic uint32_t *) set[SETS];
	_Atomic uint32_t *space;        /* of level 0's sets, one behind the other */
	/* Of each set, how many slots the longest search passes in the last place. */
	_Atomic uint32_t reach[SETS];
};

static struct {
	struct intern sites, nodes;
} tables;

struct intern_words intern_words;

struct intern *intern_sites(void) { return &tables.sites; }
struct intern *intern_nodes(void) { return &tables.nodes; }

static uint64_t set_slots(unsigned set) { return UINT64_C(1) << SET_BITS(set); }

/* The bytes of the sets before this one. */
static uint64_t bytes_before(unsigned set)
{
	return (set_slots(set) - set_slots(0)) / 3 * sizeof(_Atomic uint32_t);
}

/* Makes sure that a set has its slots.  Those of level 0 have had their addresses from the
 * start, as the program may let nobody map more later (RLIMIT_AS). */
static bool open_set(struct intern *t, unsigned set)
{
	if (atomic_load_explicit(&t->set[set], memory_order_acquire))
		return true;
	uint64_t bytes = set_slots(set) * sizeof(_Atomic uint32_t);
	bool low = set < LEVEL0_SETS;
	_Atomic uint32_t *theirs = NULL;
	_Atomic uint32_t *mine = low ? t->space + bytes_before(set) / sizeof(*mine) :
				       table_private(bytes);
	if (!mine)
		return false;
	if (low)
		table_private_find((void *)mine, bytes);
	/* A page that is read first costs two faults; another thread may use it by now. */
	for (uint64_t i = 0; low && i < set_slots(set); i += PAGE_SLOTS)
		atomic_fetch_or_explicit(&mine[i], 0, memory_order_relaxed);
	/* Pairs with the loads of sets: the slots are zero. */
	if (!atomic_compare_exchange_strong_explicit(&t->set[set], &theirs, mine,
						     memory_order_acq_rel,
						     memory_order_acquire) && !low)
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
	t->index_mask = UINT32_MAX >> __builtin_clz((t->limit - 1) | 1);
	t->parents = region == WIRE_TRACES;
	uint32_t zero = 0;
	atomic_compare_exchange_strong(count, &zero, first);
	for (unsigned set = 0; set < SETS; set++) {
		_Atomic uint32_t *slots = atomic_load(&t->set[set]);
		atomic_store(&t->reach[set], 0);
		if (slots)              /* in a forked child: holds the parent's ids */
			table_private_wipe((void *)slots, set_slots(set) * sizeof(*slots));
	}
	atomic_store(&t->low, 0);
	atomic_store(&t->goal, 0);
	if (!t->space)
		t->space = table_private(bytes_before(LEVEL0_SETS));
	return t->space && open_set(t, 0) ? 0 : -ENOMEM;
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

static ALWAYS_INLINE uint64_t intern_hash_of(uint64_t word)
{
	word ^= word >> 32;
	word *= UINT64_C(0xd6e8feb86659fd93);
	return word ^ word >> 32;
}

/* Which level index belongs to: level n begins at a third of LEVEL0_WORDS * (4^n - 1). */
static ALWAYS_INLINE unsigned intern_level_of(uint32_t index)
{
	unsigned bits = 63 - (unsigned)__builtin_clzll(index + LEVEL0_WORDS / 3);
	unsigned level = (bits - (LEVEL0_BITS - 2)) / 2;
	return level < LEVELS ? level : LEVELS - 1;
}

/* The word that has an index, which is mapped: the thread that wrote it has mapped its piece. */
static ALWAYS_INLINE uint64_t intern_word_at(const struct intern *t, uint32_t index)
{
	if (UNLIKELY(index >= t->limit))
		return 0;
	const _Atomic uint64_t *words = (const void *)atomic_load_explicit(
		&t->piece[index / PIECE_WORDS], memory_order_acquire);
	/* Pairs with the stores of words. */
	return words ? atomic_load_explicit(&words[index % PIECE_WORDS], memory_order_acquire) : 0;
}

uint64_t intern_word(const struct intern *t, uint32_t index) { return intern_word_at(t, index); }

/* What is in a slot beside the index: bits of the hash's high half, because the low half
 * has chosen the place. */
static ALWAYS_INLINE uint32_t tag_of(const struct intern *t, uint64_t hash)
{
	return (uint32_t)(hash >> 32) & ~t->index_mask;
}

/* The index that a slot holds if it is the word's, else 0, as no word has index 0. */
static ALWAYS_INLINE uint32_t match(const struct intern *t, uint32_t slot, uint64_t word,
				    uint32_t tag)
{
	uint32_t index = slot ^ tag;    /* beyond the mask, unless that is the slot's tag */
	return index <= t->index_mask && intern_word_at(t, index) == word ? index : 0;
}

/* The set of a level, while `low` is level 0. */
static ALWAYS_INLINE unsigned set_of(unsigned level, uint32_t low)
{
	return level ? LEVEL0_SETS - 1 + level : low;
}

/* The set whose lines a word may stand in. */
static ALWAYS_INLINE unsigned home_of(bool parents, uint64_t word, uint32_t low)
{
	return set_of(parents ? intern_level_of(wire_node_parent(word)) : 0, low);
}

/* The first slot of the n-th line there. */
static ALWAYS_INLINE uint64_t line_of(bool parents, uint64_t word, uint64_t hash, unsigned n,
				      uint64_t mask)
{
	uint64_t home = parents ? wire_node_parent(word) : word / 64;
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
	*index = match(t, slot, word, tag);
	return *index || !slot;
}

/* A node has just got an index: the page beside whose slots its children and those of the
 * next nodes will stand is written to, since to read it first costs two faults. */
static COLD void touch_slots(const struct intern *t, uint32_t index)
{
	unsigned level = intern_level_of(index);
	_Atomic uint32_t *slots = atomic_load_explicit(&t->set[set_of(level, 0)],
						       memory_order_acquire);
	/* (Those of level 0 have been touched; see open_set.) */
	if (level && slots)
		atomic_fetch_or_explicit(&slots[index & (set_slots(set_of(level, 0)) - 1)], 0,
					 memory_order_relaxed);
}

/* Looks in the last place. */
static NOINLINE uint32_t intern_find_far(const struct intern *t, uint64_t word, uint64_t hash,
					 uint32_t low)
{
	unsigned level = intern_level_of(atomic_load_explicit(t->count, memory_order_relaxed));
	uint32_t tag = tag_of(t, hash), index = 0;
	/* The newest level is searched first, since it holds the most. */
	for (level++; level-- > 0 && !index;) {
		unsigned set = set_of(level, low);
		const _Atomic uint32_t *slots =
			atomic_load_explicit(&t->set[set], memory_order_acquire);
		uint32_t reach = atomic_load_explicit(&t->reach[set], memory_order_acquire);
		uint64_t mask = set_slots(set) - 1;
		for (uint32_t i = 0; slots && i < reach; i++)
			if (slot_says(t, &slots[(hash + i) & mask], word, tag, &index))
				break;
	}
	return index;
}

/* Looks in the lines from the n-th on, and then in the last place. */
static NOINLINE uint32_t intern_find_on(const struct intern *t, uint64_t word, uint32_t low,
					unsigned n)
{
	unsigned set = home_of(t->parents, word, low);
	uint64_t hash = intern_hash_of(word), mask = set_slots(set) - 1;
	const _Atomic uint32_t *slots = atomic_load_explicit(&t->set[set], memory_order_acquire);
	uint32_t tag = tag_of(t, hash), index;
	for (; slots && n < LINES; n++) {
		const _Atomic uint32_t *line = &slots[line_of(t->parents, word, hash, n, mask)];
		for (unsigned i = 0; i < LINE_REACH; i++)
			if (slot_says(t, &line[(hash + i) % LINE_SLOTS], word, tag, &index))
				return index;
	}
	return intern_find_far(t, word, hash, low);
}

/* Looks in the first line by itself, as that needs few registers. */
static ALWAYS_INLINE uint32_t intern_search(const struct intern *t, bool parents, uint64_t word)
{
	/* Pairs with grow_low: the set is filled. */
	uint32_t low = atomic_load_explicit(&t->low, memory_order_acquire), index;
	unsigned set = home_of(parents, word, low);
	uint64_t hash = intern_hash_of(word), mask = set_slots(set) - 1;
	const _Atomic uint32_t *slots = atomic_load_explicit(&t->set[set], memory_order_acquire);
	if (UNLIKELY(!slots))
		return intern_find_on(t, word, low, 0);
	const _Atomic uint32_t *line = &slots[line_of(parents, word, hash, 0, mask)];
	uint32_t tag = tag_of(t, hash);
	for (uint32_t at = (uint32_t)hash, end = at + LINE_REACH; at != end; at++)
		if (slot_says(t, &line[at % LINE_SLOTS], word, tag, &index))
			return index;
	return intern_find_on(t, word, low, 1);
}

uint32_t intern_find(struct intern *t, uint64_t word)
{
	return intern_search(t, t->parents, word);
}

LINE_ALIGNED uint32_t intern_child(uint32_t parent, uint64_t word)
{
	const struct intern *t = &tables.nodes;
	if (atomic_load_explicit(t->count, memory_order_relaxed) == parent + 1)
		return intern_first_child(parent, word);
	return intern_search(t, true, word);
}

uint32_t intern_new_child(uint32_t parent, uint64_t word)
{
	uint32_t node = intern_insert(&tables.nodes, word);
	/* Another thread may have made it the first child in the meantime. */
	uint32_t first = node ? intern_neighbour(parent, word) : 0;
	return first ? first : node;
}

/* Puts the slot of `index` here, if this place is free.  The index that stands here for the
 * word then, 0 if there is none. */
static ALWAYS_INLINE uint32_t put_at(const struct intern *t, _Atomic uint32_t *at,
				     uint64_t word, uint32_t tag, uint32_t index)
{
	uint32_t slot = atomic_load_explicit(at, memory_order_acquire);
	/* Pairs with slot_says; sequentially consistent for intern_put. */
	if (slot == 0 && atomic_compare_exchange_strong(at, &slot, tag | index))
		return index;
	return match(t, slot, word, tag);
}

/* Puts it into the last place. */
static uint32_t put_far(struct intern *t, uint64_t word, uint64_t hash, uint32_t index,
			uint32_t low)
{
	unsigned set = set_of(intern_level_of(index), low);
	_Atomic uint32_t *slots = atomic_load_explicit(&t->set[set], memory_order_acquire);
	uint64_t mask = set_slots(set) - 1;
	uint32_t tag = tag_of(t, hash), there = 0;
	for (uint32_t i = 0; i < mask && !there; i++) {
		uint32_t reach = atomic_load_explicit(&t->reach[set], memory_order_relaxed);
		/* Whoever finds the slot may look that far (intern_find_far). */
		while (reach <= i && !atomic_compare_exchange_weak(&t->reach[set], &reach, i + 1))
			;
		there = put_at(t, &slots[(hash + i) & mask], word, tag, index);
	}
	return there;
}

/* Puts the slot of `index` into the first place that is free while `low` is level 0, in the
 * order in which intern_search looks; returns the index that stands there for the word, which
 * may be another thread's. */
static uint32_t put_in(struct intern *t, uint64_t word, uint32_t index, uint32_t low)
{
	unsigned set = home_of(t->parents, word, low);
	uint64_t hash = intern_hash_of(word), mask = set_slots(set) - 1;
	_Atomic uint32_t *slots = atomic_load_explicit(&t->set[set], memory_order_acquire);
	uint32_t tag = tag_of(t, hash), there = 0;
	for (unsigned n = 0; slots && n < LINES && !there; n++) {
		_Atomic uint32_t *line = &slots[line_of(t->parents, word, hash, n, mask)];
		for (unsigned i = 0; i < LINE_REACH && !there; i++)
			there = put_at(t, &line[(hash + i) % LINE_SLOTS], word, tag, index);
	}
	return there ? there : put_far(t, word, hash, index, low);
}

/* The same, wherever it has to stand. */
static uint32_t intern_put(struct intern *t, uint64_t word, uint32_t index)
{
	uint32_t low = atomic_load(&t->low), goal, there = put_in(t, word, index, low);
	/* Sequentially consistent, as grow_low: either that sees the slot, or this its goal. */
	for (; (goal = atomic_load(&t->goal)) > low; low = goal)
		there = put_in(t, word, index, goal);
	return there;
}

static void raise_to(_Atomic uint32_t *number, uint32_t to)
{
	uint32_t now = atomic_load(number);
	while (now < to && !atomic_compare_exchange_weak(number, &now, to))
		;
}

/* Makes this set, which has slots, level 0. */
static void grow_low(struct intern *t, uint32_t to)
{
	raise_to(&t->goal, to);
	uint32_t from = atomic_load(&t->low);
	_Atomic uint32_t *slots = atomic_load_explicit(&t->set[from], memory_order_acquire);
	for (uint64_t i = 0; from < to && i < set_slots(from); i++) {
		/* Sequentially consistent: see intern_put. */
		uint32_t index = atomic_load(&slots[i]) & t->index_mask;
		uint64_t word = index ? intern_word_at(t, index) : 0;
		if (word)
			put_in(t, word, index, to);
	}
	raise_to(&t->low, to);
}

/* The set that is level 0 when a slot for this index is put into it or another level. */
static uint32_t low_for(uint32_t index)
{
	uint32_t low = 0;
	while (low < LEVEL0_SETS - 1 && index >= LEVEL0_WORDS >> 2 * (LEVEL0_SETS - 1 - low))
		low++;
	return low;
}

/* Whether there is a set of slots for index, and if `patient`, after it has been made. */
static ALWAYS_INLINE bool intern_room(struct intern *t, uint32_t index, bool patient)
{
	uint32_t low = atomic_load_explicit(&t->low, memory_order_acquire);
	unsigned level = intern_level_of(index);
	bool moved = low == LEVEL0_SETS - 1 || low_for(index) <= low;
	if (LIKELY(moved &&
		   atomic_load_explicit(&t->set[set_of(level, low)], memory_order_acquire)))
		return true;
	if (!patient)
		return false;
	low = moved ? low : low_for(index);
	if (!open_set(t, low) || !open_set(t, set_of(level, low)))
		return false;
	if (!moved)
		grow_low(t, low);
	return true;
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
		if (index >= t->limit || !intern_room(t, index, patient))
			return 0;
		uint64_t at = end - sizeof(uint64_t);
		if (patient && table_wait(t->region, end) != 0)
			return 0;
		*entry = patient ? table_at(t->region, at, sizeof(uint64_t))
				 : table_mapped(t->region, at, sizeof(uint64_t));
		if (!*entry)
			return 0;
	} while (!atomic_compare_exchange_weak(t->count, &index, index + 1));
	return index;
}

LINE_ALIGNED uint32_t intern_first_child(uint32_t parent, uint64_t word)
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
	if (UNLIKELY(index % PAGE_SLOTS == 0))
		touch_slots(t, index);
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
	if (t->parents && UNLIKELY(index % PAGE_SLOTS == 0))
		touch_slots(t, index);
	intern_write(entry, word);
	return intern_put(t, word, index);
}

void intern_map_ahead(struct intern *t, uint32_t more)
{
	uint64_t end = (uint64_t)atomic_load(t->count) + more;
	if (end > t->limit)
		end = t->limit;
	table_map_ahead(t->region, end * sizeof(uint64_t));
	uint32_t last = (uint32_t)(end - 1);
	intern_room(t, last < LEVEL0_WORDS ? last : LEVEL0_WORDS - 1, true);
	for (unsigned level = 1; level <= intern_level_of(last); level++)
		open_set(t, LEVEL0_SETS - 1 + level);
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
