/* SPDX-License-Identifier: MIT */
/*
 *	answers   | - | 1 | 2 | 3 | 4 | ...      as they came, 16 bytes each
 *	slots     | . 3 . . 1 . . 4 2 . ...      a hash: where they stand, 4 bytes each
 *
 * A slot has the place of an answer and some bits of its key's hash.  It is a hint: who
 * follows it sees by the answer itself whose it is (memo.h).  So slots are written without
 * care, and one that is lost costs a question more.
 *
 * The slots begin as one page.  When half of them are taken, another set of twice as many is
 * filled from the answers, and used from then on; the old one stays as it is, because other
 * threads may still look there.
 */
#include "tracer/preload/segment/answers.h"

#include <errno.h>
#include <stdatomic.h>

#include "tracer/ground/shared/attributes.h"
#include "tracer/preload/base/memo.h"
#include "tracer/preload/segment/table.h"

#define PLACES (1u << 16)               /* of which 0 is never used */
#define FIRST_BITS 10u                  /* of the first set of slots, */
#define LAST_BITS 17u                   /* and of the last */
#define LINE_SLOTS 16u                  /* of a cache line */
#define NEAR_BITS 12u                   /* of keys that begin in the same line */
#define REACH 64u                       /* so many slots are tried */

static struct {
	struct memo *place;
	_Atomic uint32_t *slots;        /* the set of 2^n begins at 2^n - 2^FIRST_BITS */
	_Atomic uint32_t bits;          /* of the set in use */
	_Atomic uint32_t count;         /* places given; beyond PLACES they begin anew */
	_Atomic uint32_t most;          /* the highest that count has been */
	_Atomic bool growing;           /* some thread fills the next set */
} answers;

#define SLOTS_BYTES (((2u << LAST_BITS) - (1u << FIRST_BITS)) * sizeof(*answers.slots))
#define ANSWERS_BYTES (PLACES * sizeof(struct memo) + SLOTS_BYTES)

static void answers_begin(void)
{
	atomic_store(&answers.bits, FIRST_BITS);
	atomic_store(&answers.count, 1);
	atomic_store(&answers.growing, false);
}

int answers_start(void)
{
	/* A zeroed answer belongs to the key memo_check(0, 0), which is no code address. */
	answers.place = table_private(ANSWERS_BYTES);
	if (!answers.place)
		return -ENOMEM;
	answers.slots = (_Atomic uint32_t *)(answers.place + PLACES);
	answers_begin();
	return 0;
}

/* Where a key's slot may be in a set. */
struct search {
	_Atomic uint32_t *slots;
	uint32_t mask;                  /* of the set */
	uint32_t near, any;             /* the first slot of a line, and any one */
	uint32_t hash;                  /* what the slot says, but for the place */
};

static ALWAYS_INLINE struct search answers_search(uint64_t key, uint32_t bits)
{
	uint32_t hash = (uint32_t)memo_place(key, 32);
	return (struct search){
		.slots = answers.slots + (1u << bits) - (1u << FIRST_BITS),
		.mask = (1u << bits) - 1,
		.near = (uint32_t)memo_place(key >> NEAR_BITS, bits) & ~(LINE_SLOTS - 1),
		.any = hash,
		.hash = hash & ~(PLACES - 1),
	};
}

/* The n-th of these: all of one line, and then others side by side. */
static ALWAYS_INLINE _Atomic uint32_t *answers_slot(const struct search *s, uint32_t n)
{
	uint32_t at = n < LINE_SLOTS ? s->near + (s->any + n) % LINE_SLOTS : s->any + n;
	return &s->slots[at & s->mask];
}

/* Whether the answer to the key stands there. */
static ALWAYS_INLINE bool answers_at(uint32_t place, uint64_t key, uint32_t *last,
				     uint64_t *answer)
{
	uint64_t value;
	if (!memo_get(&answers.place[place], key, &value))
		return false;
	*last = place;
	*answer = value;
	return true;
}

bool answers_find(uint64_t key, uint32_t *last, uint64_t *answer)
{
	if (answers_at((*last + 1) % PLACES, key, last, answer))
		return true;
	/* Pairs with the release in answers_grow: the set is filled. */
	uint32_t bits = atomic_load_explicit(&answers.bits, memory_order_acquire);
	struct search s = answers_search(key, bits);
	for (uint32_t n = 0; n < REACH; n++) {
		uint32_t slot = atomic_load_explicit(answers_slot(&s, n), memory_order_relaxed);
		if (!slot)
			return false;
		if ((slot ^ s.hash) < PLACES && answers_at(slot ^ s.hash, key, last, answer))
			return true;
	}
	return false;
}

/* Whose answer stands there. */
static uint64_t answers_key(uint32_t place)
{
	const struct memo *m = &answers.place[place];
	uint64_t value = atomic_load_explicit(&m->value, memory_order_relaxed);
	/* A check is made of key and value, so with the value it gives the key. */
	return memo_check(atomic_load_explicit(&m->check, memory_order_relaxed), value);
}

/* Writes a slot for an answer into a set; where there is no room, over one whose answer has
 * made room for a younger one, or over any. */
static void answers_point(uint64_t key, uint32_t place, uint32_t bits)
{
	struct search s = answers_search(key, bits);
	uint32_t n = 0, slot;
	for (; n < REACH - 1; n++) {
		slot = atomic_load_explicit(answers_slot(&s, n), memory_order_relaxed);
		if (!slot || (uint32_t)memo_place(answers_key(slot % PLACES), 32) / PLACES !=
				     slot / PLACES)
			break;
	}
	atomic_store_explicit(answers_slot(&s, n), s.hash | place, memory_order_relaxed);
}

/* Fills the set that follows this one, and uses it from then on; or lets the thread do that
 * which does it already. */
static void answers_grow(uint32_t bits)
{
	if (atomic_exchange(&answers.growing, true))
		return;
	uint32_t place = 1, rounds = atomic_load(&answers.bits) == bits ? 2 : 0;
	/* In the second round those that other threads have meanwhile added to the old set. */
	while (rounds-- > 0) {
		for (; place < atomic_load(&answers.count) && place < PLACES; place++)
			answers_point(answers_key(place), place, bits + 1);
		atomic_store_explicit(&answers.bits, bits + 1, memory_order_release);
	}
	atomic_store(&answers.growing, false);
}

static void answers_raise_most(uint32_t count)
{
	uint32_t most = atomic_load_explicit(&answers.most, memory_order_relaxed);
	while (most < count && !atomic_compare_exchange_weak(&answers.most, &most, count))
		;
}

void answers_add(uint64_t key, uint64_t answer)
{
	uint32_t count = atomic_fetch_add(&answers.count, 1), place = count % PLACES;
	uint32_t bits = atomic_load(&answers.bits);
	if (!place)
		return;
	answers_raise_most(count + 1);
	memo_put(&answers.place[place], key, answer);
	answers_point(key, place, bits);
	if (count >= 1u << (bits - 1) && bits < LAST_BITS)
		answers_grow(bits);
}

void answers_drop(void)
{
	uint32_t bits = atomic_load(&answers.bits), most = atomic_load(&answers.most);
	answers_begin();
	for (uint32_t place = 1; place < most && place < PLACES; place++)
		memo_clear(&answers.place[place]);
	for (uint32_t i = 0; i < (2u << bits) - (1u << FIRST_BITS); i++)
		atomic_store_explicit(&answers.slots[i], 0, memory_order_relaxed);
}

void answers_wipe(void)
{
	table_private_wipe(answers.place, ANSWERS_BYTES);
	answers_begin();
}
