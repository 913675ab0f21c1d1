/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Before the tracer lets go of a segment, every thread must be outside of all hooks, and
 * loses its area; here threads sit in hooks, leave, and find no seat. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "tracer/preload/life/seats.c"

struct sys_gate sys_gate;               /* open */
struct tracer tracer;
_Thread_local struct guard guard;

static struct wire_standby page;
static bool no_memory;
static unsigned mapped;

void *arena_map(uint64_t bytes)
{
	mapped += !no_memory;
	return no_memory ? NULL : calloc(1, bytes);
}
void arena_unmap(void *memory, uint64_t bytes)
{
	(void)bytes;
	free(memory);
}

static struct thread *areas[8];
static unsigned areas_dropped;

static void drop(struct thread *thread) { areas[areas_dropped++] = thread; }

/* An area is only an address to the seats. */
static struct thread *area(uintptr_t number) { return (struct thread *)(number * 4096); }

static unsigned seats_taken(uintptr_t mark)
{
	unsigned taken = 0;

	for (struct seats *seats = &first; seats; seats = atomic_load(&seats->next))
		for (unsigned i = 0; i < SEATS; i++)
			taken += seats->seat[i] && (seats->seat[i] & mark) == mark;
	return taken;
}

static int nobody_sits(void **state)
{
	(void)state;
	seats_forget();
	tracer.standby = &page;
	no_memory = false;
	areas_dropped = 0;
	guard = (struct guard){ 0 };
	return 0;
}

/* A thread that takes a seat, does what its step says, and leaves. */
struct sitter {
	pthread_t thread;
	pthread_barrier_t here, go;
	struct thread *area;
	uintptr_t frame;
	bool leaves;
	struct guard seen;              /* its guard when it was to go */
};

static void *sit(void *user)
{
	struct sitter *s = user;

	seats_take();
	guard.thread = s->area;
	guard.frame = s->frame;
	if (s->leaves)
		seats_leave();
	pthread_barrier_wait(&s->here);
	pthread_barrier_wait(&s->go);
	s->seen = guard;
	guard.frame = 0;
	seats_leave();
	return NULL;
}

static void sitter_begin(struct sitter *s)
{
	pthread_barrier_init(&s->here, NULL, 2);
	pthread_barrier_init(&s->go, NULL, 2);
	assert_int_equal(pthread_create(&s->thread, NULL, sit, s), 0);
	pthread_barrier_wait(&s->here);
}
static void sitter_end(struct sitter *s)
{
	pthread_barrier_wait(&s->go);
	pthread_join(s->thread, NULL);
	pthread_barrier_destroy(&s->here);
	pthread_barrier_destroy(&s->go);
}

static void test_a_tracer_that_never_sleeps_gives_out_no_seats(void **state)
{
	(void)state;
	tracer.standby = NULL;
	assert_true(seats_take());
	assert_null(guard.seat);
	seats_leave();
	assert_int_equal(seats_taken(0), 0);
}

static void test_threads_outside_of_all_hooks_lose_their_areas(void **state)
{
	struct sitter one = { .area = area(1) }, two = { .area = area(2) };

	(void)state;
	sitter_begin(&one);
	sitter_begin(&two);
	assert_true(seats_take());
	guard.thread = area(3);
	assert_int_equal(seats_taken(0), 3);
	assert_true(seats_vacate(drop));
	assert_int_equal(areas_dropped, 3);
	for (unsigned i = 0; i < 3; i++)
		for (unsigned k = 0; k < i; k++)
			assert_ptr_not_equal(areas[i], areas[k]);
	assert_null(guard.thread);
	assert_null(guard.seat);
	assert_int_equal(seats_taken(0), 0);
	sitter_end(&one);
	sitter_end(&two);
	assert_null(one.seen.thread);
	assert_null(two.seen.seat);
	/* The next tracing begins like the first one. */
	assert_true(seats_take());
	assert_non_null(guard.seat);
	seats_leave();
	assert_int_equal(seats_taken(0), 0);
}

static void test_one_thread_inside_a_hook_keeps_all_areas(void **state)
{
	struct sitter outside = { .area = area(1) };
	struct sitter inside = { .area = area(2), .frame = 0x7000 };

	(void)state;
	sitter_begin(&outside);
	sitter_begin(&inside);
	assert_false(seats_vacate(drop));
	assert_int_equal(areas_dropped, 0);
	assert_int_equal(seats_taken(0), 2);
	assert_int_equal(seats_taken(LOOKED), 0);
	sitter_end(&outside);
	sitter_end(&inside);
	assert_ptr_equal(outside.seen.thread, area(1));
	assert_ptr_equal(inside.seen.thread, area(2));
	assert_int_equal(seats_taken(0), 0);
}

static void test_a_thread_that_has_left_is_not_asked(void **state)
{
	struct sitter left = { .area = area(1), .frame = 0x7000, .leaves = true };

	(void)state;
	sitter_begin(&left);
	assert_true(seats_vacate(drop));
	assert_int_equal(areas_dropped, 0);
	sitter_end(&left);
	assert_ptr_equal(left.seen.thread, area(1));
}

static _Atomic(_Atomic uintptr_t *) taken_seat;
static _Atomic bool leaving, has_left;

static void *leave_at_once(void *unused)
{
	(void)unused;
	seats_take();
	atomic_store(&taken_seat, guard.seat);
	while (!(atomic_load(guard.seat) & LOOKED))
		sched_yield();
	atomic_store(&leaving, true);
	seats_leave();
	atomic_store(&has_left, true);
	return NULL;
}

static void test_whoever_leaves_waits_while_its_guard_is_looked_at(void **state)
{
	_Atomic uintptr_t *seat;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, leave_at_once, NULL), 0);
	while (!(seat = atomic_load(&taken_seat)))
		sched_yield();
	atomic_fetch_or(seat, LOOKED);
	while (!atomic_load(&leaving))
		sched_yield();
	for (unsigned i = 0; i < 1000; i++) {
		assert_false(atomic_load(&has_left));
		sched_yield();
	}
	atomic_fetch_and(seat, ~LOOKED);
	pthread_join(thread, NULL);
	assert_true(atomic_load(&has_left));
	assert_int_equal(seats_taken(0), 0);
}

static void test_a_full_page_of_seats_is_followed_by_another(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SEATS; i++)
		assert_true(seats_take());
	assert_int_equal(mapped, 0);
	/* Without memory for the next page a thread gets no area. */
	no_memory = true;
	guard.seat = NULL;
	assert_false(seats_take());
	assert_null(guard.seat);
	no_memory = false;
	assert_true(seats_take());
	assert_int_equal(mapped, 1);
	assert_int_equal(seats_taken(0), SEATS + 1);
	/* Pages stay, for whoever comes next. */
	seats_forget();
	assert_int_equal(seats_taken(0), 0);
	for (unsigned i = 0; i < SEATS + 1; i++)
		assert_true(seats_take());
	assert_int_equal(mapped, 1);
}

static void test_where_no_barrier_can_be_had_nothing_changes(void **state)
{
	(void)state;
	assert_true(seats_take());
	guard.thread = area(1);
	atomic_store(&sys_gate.closed, 1);
	assert_false(seats_vacate(drop));
	atomic_store(&sys_gate.closed, 0);
	assert_int_equal(areas_dropped, 0);
	assert_ptr_equal(guard.thread, area(1));
	assert_int_equal(seats_taken(0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_tracer_that_never_sleeps_gives_out_no_seats,
				       nobody_sits),
		cmocka_unit_test_setup(test_threads_outside_of_all_hooks_lose_their_areas,
				       nobody_sits),
		cmocka_unit_test_setup(test_one_thread_inside_a_hook_keeps_all_areas, nobody_sits),
		cmocka_unit_test_setup(test_a_thread_that_has_left_is_not_asked, nobody_sits),
		cmocka_unit_test_setup(test_whoever_leaves_waits_while_its_guard_is_looked_at,
				       nobody_sits),
		cmocka_unit_test_setup(test_a_full_page_of_seats_is_followed_by_another,
				       nobody_sits),
		cmocka_unit_test_setup(test_where_no_barrier_can_be_had_nothing_changes,
				       nobody_sits),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(atomic_load(&first.next));
	return failed;
}
