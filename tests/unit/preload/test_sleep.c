/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tracer that sleeps, is called, and is let go: which state each event leaves it in, and
 * what becomes of the call.  The segment, the seats and what bypasses us are the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>
#include "tracer/preload/life/sleep.c"

struct sys_gate sys_gate;               /* open */
struct tracer tracer;

static struct wire_control control;
/* What the others answer, and how often each of them was asked. */
static struct {
	int close, join;
	bool python_waits, first, vacates;
	uint64_t given;
	unsigned opened, closed, joined, caught, vacated, forgotten, listened;
	bool saw_signals;               /* while the seats were vacated */
	bool gates_open;
} others;

void tracer_doze(void) { tracer.life = TRACER_DOZING; }
void affairs_begin(void) { assert_int_equal(tracer.life, TRACER_STARTING); }

void bypass_open(void) { others.opened++; }

void gate_open(void) { others.gates_open = true; }
void gate_close(void) { others.gates_open = false; }

int bypass_close(void)
{
	others.closed++;
	return others.close;
}

int life_join(bool (*look)(void))
{
	assert_ptr_equal(look, py_woken);
	assert_int_equal(tracer_life(), TRACER_STARTING);
	assert_false(others.gates_open);
	others.joined++;
	tracer.control = others.join ? NULL : &control;
	return others.join;
}

bool bind_is_taken(void) { return others.first; }
uint64_t given_out(void) { return others.given; }
bool py_woken(void) { return false; }
void py_catch(void) { others.caught++; }
void py_listen(uint32_t call, const struct py_allocator functions[PY_DOMAINS])
{
	assert_null(functions);
	assert_int_equal(call, tracer.page.wanted);
	others.listened++;
}
bool py_lets_wake(uint32_t call)
{
	assert_int_equal(call, tracer.page.wanted);
	return !others.python_waits;
}
void thread_drop(struct thread *thread) { (void)thread; }

bool seats_vacate(void (*drop)(struct thread *thread))
{
	sigset_t blocked;

	assert_ptr_equal(drop, thread_drop);
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	others.saw_signals = !sigismember(&blocked, SIGUSR1);
	others.vacated++;
	return others.vacates;
}

void table_close(void)
{
	assert_int_equal(tracer_life(), TRACER_STARTING);
	tracer.control = NULL;
	others.forgotten++;
}
void full_forget(void) { others.forgotten++; }
void sample_forget(void) { others.forgotten++; }
void roll_leave(void) { others.forgotten++; }

static int asleep(void **state)
{
	(void)state;
	memset(&others, 0, sizeof(others));
	memset(&tracer.page, 0, sizeof(tracer.page));
	memset(&control, 0, sizeof(control));
	tracer.standby = &tracer.page;
	tracer.control = NULL;
	tracer.pid = getpid();
	tracer.life = TRACER_ASLEEP;
	tracer.heard = 0;
	tracer.library[0] = '\0';
	tracer.inherit = tracer.awake = false;
	sys_gate.closed = 0;
	others.first = others.vacates = others.gates_open = true;
	return 0;
}

static void call(uint32_t number, int32_t whom)
{
	snprintf(tracer.page.meeting, sizeof(tracer.page.meeting), "/run/meeting %u", number);
	tracer.page.whom = whom;
	tracer.page.wanted = number;
}

static void test_without_a_call_an_event_wakes_nobody(void **state)
{
	(void)state;
	assert_true(tracer_passes());
	life_turn();
	assert_int_equal(tracer_life(), TRACER_ASLEEP);
	assert_int_equal(others.closed + others.joined, 0);
	assert_true(others.gates_open);
}

static void test_a_call_is_answered_by_the_next_event(void **state)
{
	(void)state;
	others.given = 4711;
	call(7, tracer.pid);
	assert_false(tracer_passes());
	errno = EDOM;
	life_turn();
	assert_int_equal(errno, EDOM);
	assert_int_equal(tracer_life(), TRACER_ON);
	assert_string_equal(tracer.meeting, "/run/meeting 7");
	assert_int_equal(tracer.page.answered, 7);
	assert_int_equal(tracer.page.failed, 0);
	assert_int_equal(control.before, 4711);
	assert_true(tracer.awake);
	assert_false(tracer.inherit);           /* nobody said where the library is */
	assert_int_equal(others.closed, 1);
	assert_int_equal(others.caught, 1);
	/* It is answered: the next event has nothing to do. */
	life_turn();
	assert_int_equal(others.joined, 1);
}

static void test_a_call_is_answered_without_an_event_when_memtop_wants_that(void **state)
{
	(void)state;
	life_rouse(NULL);                       /* nobody has called */
	call(8, tracer.pid + 1);
	life_rouse(NULL);
	assert_int_equal(tracer_life(), TRACER_ASLEEP);
	assert_int_equal(others.listened, 0);
	call(9, tracer.pid);
	life_rouse(NULL);
	assert_int_equal(tracer_life(), TRACER_ON);
	assert_int_equal(tracer.page.answered, 9);
	assert_int_equal(others.listened, 1);
	/* Again, without its having noticed that who traced it has gone. */
	life_rouse(NULL);
	assert_int_equal(others.joined, 1);
	call(10, tracer.pid);
	life_rouse(NULL);
	assert_int_equal(others.joined, 2);
	assert_int_equal(tracer.page.answered, 10);
}

static void test_a_call_for_another_process_is_heard_and_not_answered(void **state)
{
	(void)state;
	call(3, tracer.pid + 1);
	life_turn();
	assert_int_equal(tracer_life(), TRACER_ASLEEP);
	assert_false(tracer_called());
	assert_int_equal(tracer.page.answered, 0);
	assert_int_equal(others.joined, 0);
	/* One for everybody is for this one, too. */
	call(4, 0);
	life_turn();
	assert_int_equal(tracer.page.answered, 4);
	assert_int_equal(tracer_life(), TRACER_ON);
}

static void test_a_call_waits_until_python_lets_wake(void **state)
{
	(void)state;
	others.python_waits = true;
	call(1, 0);
	life_turn();
	assert_int_equal(tracer_life(), TRACER_ASLEEP);
	assert_true(tracer_called());
	others.python_waits = false;
	life_turn();
	assert_int_equal(tracer_life(), TRACER_ON);
}

/* It runs in its parent's memory, whose call this is. */
static void test_a_vfork_child_does_not_wake_its_parents_tracer(void **state)
{
	(void)state;
	tracer.pid = getpid() + 1;
	call(1, 0);
	life_turn();
	assert_int_equal(tracer_life(), TRACER_ASLEEP);
	assert_true(tracer_called());
}

static void test_what_another_allocator_has_given_out_is_not_libcs(void **state)
{
	(void)state;
	others.first = false;
	others.given = 4711;
	call(1, 0);
	life_turn();
	assert_int_equal(control.before, 0);
}

static void test_a_tracer_that_was_loaded_late_learns_where_its_library_is(void **state)
{
	(void)state;
	tracer.page.late = 1;
	memset(tracer.page.library, 'x', STANDBY_LIBRARY);      /* not terminated */
	memset(tracer.page.meeting, 'm', STANDBY_MEETING);
	tracer.page.wanted = 1;
	life_turn();
	assert_int_equal(strlen(tracer.library), STANDBY_LIBRARY - 1);
	assert_int_equal(strlen(tracer.meeting), STANDBY_MEETING - 1);
	assert_true(tracer.inherit);
}

/* A settling that failed is tried again after a while: so often until it is. */
static void turn_until_asleep(void)
{
	while (tracer_life() != TRACER_ASLEEP)
		life_turn();
}

static void test_a_call_that_fails_says_why_and_leaves_nothing(void **state)
{
	(void)state;
	for (int which = 0; which < 3; which++) {
		asleep(state);
		call(5, 0);
		others.close = which == 0 ? -ENOMEM : 0;
		others.join = which == 1 ? -ECONNREFUSED : 0;
		sys_gate.closed = which == 2;
		/* The pid of a gate that is closed is not asked for either. */
		if (which == 2) {
			assert_int_equal(join_called(), -EPERM);
			assert_int_equal(others.closed, 0);
			continue;
		}
		life_turn();
		assert_int_equal(tracer_life(), TRACER_DOZING);
		assert_int_equal(tracer.page.answered, 5);
		assert_int_equal(tracer.page.failed, which ? ECONNREFUSED : ENOMEM);
		assert_int_equal(others.joined, which);
		assert_false(tracer.awake);
		assert_false(tracer.inherit);
		assert_int_equal(others.caught, 0);
		turn_until_asleep();
		assert_int_equal(others.forgotten, 4);
		assert_int_equal(others.opened, 1);
		assert_false(tracer_called());
	}
}

static void test_it_sleeps_again_only_when_nobody_is_inside(void **state)
{
	(void)state;
	call(1, 0);
	life_turn();
	tracer.page.wanted = 0;
	tracer.life = TRACER_DOZING;            /* memtop has let go */
	tracer.stalled = 1;
	others.vacates = false;
	while (others.vacated < 2) {
		life_turn();
		assert_int_equal(tracer_life(), TRACER_DOZING);
	}
	assert_false(others.saw_signals);
	assert_int_equal(others.forgotten, 0);
	assert_int_equal(others.opened, 0);
	assert_false(others.gates_open);
	assert_ptr_equal(tracer.control, &control);
	others.vacates = true;
	turn_until_asleep();
	assert_int_equal(others.vacated, 3);
	assert_int_equal(others.forgotten, 4);
	assert_int_equal(others.opened, 1);
	assert_true(others.gates_open);
	assert_int_equal(tracer.stalled, 0);
	assert_false(tracer.awake);
	assert_true(tracer_passes());
	/* Signals are let through again. */
	sigset_t blocked;

	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	assert_false(sigismember(&blocked, SIGUSR1));
}

static void test_a_call_that_came_while_it_dozed_wakes_it_at_once(void **state)
{
	(void)state;
	call(1, 0);
	life_turn();
	tracer.life = TRACER_DOZING;
	call(2, 0);
	while (tracer_life() != TRACER_ON)
		life_turn();
	assert_int_equal(tracer.page.answered, 2);
	assert_int_equal(others.joined, 2);
	assert_int_equal(others.opened, 1);
	assert_int_equal(others.closed, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(test_##name, asleep)
		TEST(without_a_call_an_event_wakes_nobody),
		TEST(a_call_is_answered_by_the_next_event),
		TEST(a_call_is_answered_without_an_event_when_memtop_wants_that),
		TEST(a_call_for_another_process_is_heard_and_not_answered),
		TEST(a_call_waits_until_python_lets_wake),
		TEST(a_vfork_child_does_not_wake_its_parents_tracer),
		TEST(what_another_allocator_has_given_out_is_not_libcs),
		TEST(a_tracer_that_was_loaded_late_learns_where_its_library_is),
		TEST(a_call_that_fails_says_why_and_leaves_nothing),
		TEST(it_sleeps_again_only_when_nobody_is_inside),
		TEST(a_call_that_came_while_it_dozed_wakes_it_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
