/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks at forked children that hold blocks in each way there is. */
#include <sched.h>
#include "tests/unit/look/looked_at.h"

static void part_data(void)
{
	put(&data_word, 1);
	point_from_block(1, 2);
	point_from_block(3, 4);
	/* A block of its own in the module's data: what it holds is held if it is. */
	put(tracked, 5);
}

static void test_data_of_modules_holds_and_blocks_hold_each_other(void **state)
{
	(void)state;
	begin(part_data);
	struct look_told told = look_by_clone();

	assert_int_equal(told.threads, 1);
	assert_true(told.copied > 4096);
	assert_int_equal(states[1], GRAPH_REACHABLE);
	assert_int_equal(states[2], GRAPH_REACHABLE);
	assert_int_equal(states[3], GRAPH_GARBAGE);
	assert_int_equal(states[4], GRAPH_INDIRECT);
	/* The sanitizer's list of globals has the address of `tracked`. */
	assert_int_equal(states[5], SANITIZED ? GRAPH_REACHABLE : GRAPH_INDIRECT);
	assert_int_equal(states[6], GRAPH_GARBAGE);
	assert_string_equal(names[1], "static data_word (test_look.c)");
	assert_string_equal(names[2], "static data_word (test_look.c)");
	assert_string_equal(names[4], "");
	answers();
	end();
}

/* More than a window (roots.h), with pointers on both sides of where the first one ends. */
static void part_wide(void)
{
	char *wide = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	part_data();
	memset(wide, 1, 1 << 20);
	put(wide + (256 << 10) - 8, 7);
	put(wide + (256 << 10), 8);
	put(wide + 700000, 9);
}

static struct look_told look_while_it_waits(bool waits)
{
	return look_so(&(struct look_question){
		.pid = child, .blocks = give_blocks, .waits = waits });
}

static void test_a_process_that_waits_is_read_where_it_is(void **state)
{
	enum graph_state copied[BLOCKS + 1];

	(void)state;
	begin(part_wide);
	struct look_told told = look_while_it_waits(false);

	assert_int_equal(told.way, LOOK_COPY);
	memcpy(copied, states, sizeof(copied));
	memset(states, 0, sizeof(states));
	assert_int_equal(look_while_it_waits(true).way, LOOK_STOOD);
	for (unsigned i = 0; i <= BLOCKS; i++)
		assert_int_equal(states[i], copied[i]);
	assert_int_equal(states[2], GRAPH_REACHABLE);
	assert_int_equal(states[4], GRAPH_INDIRECT);
	for (unsigned i = 7; i < 10; i++)
		assert_int_equal(states[i], GRAPH_REACHABLE);
	assert_int_equal(states[10], GRAPH_GARBAGE);
	answers();
	end();
}

extern char end_of_data[] __asm__("end");       /* the linker's: of this program's data */

static char *page_behind(void)
{
	return (char *)(((uintptr_t)end_of_data + 4095) & ~(uintptr_t)4095);
}

/* Right behind the program's zeroed data, so that the kernel may make one mapping of both. */
static void part_behind(void)
{
	char *at = mmap(page_behind(), 4096, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (at == page_behind())
		put(at + 64, 1);
	put(&data_word, 2);
}

static void test_a_mapping_behind_a_module_is_none_of_its_data(void **state)
{
	char name[64];

	(void)state;
	begin(part_behind);
	(void)look_by_clone();
	snprintf(name, sizeof(name), "anonymous map %lx", (unsigned long)(uintptr_t)page_behind());
	/* Without randomized addresses the heap begins there. */
	if (states[1] == GRAPH_REACHABLE)
		assert_string_equal(names[1], name);
	assert_string_equal(names[2], "static data_word (test_look.c)");
	answers();
	end();
}

static void part_shared(void)
{
	int file = memfd_create("page", MFD_CLOEXEC);

	if (file < 0 || ftruncate(file, 4096) != 0)
		_exit(1);
	put((char *)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) + 64, 1);
	put((char *)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) + 64, 2);
	put((char *)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0) + 64, 3);
}

static void test_memory_of_files_that_are_no_modules_is_called_what_it_is(void **state)
{
	(void)state;
	begin(part_shared);
	look();
	for (unsigned i = 1; i < 4; i++)
		assert_int_equal(states[i], GRAPH_REACHABLE);
	assert_int_equal(strncmp(names[1], "shared anonymous map ", 21), 0);
	assert_string_equal(names[2], "map of /memfd:page (deleted)");
	assert_string_equal(names[3], "map of /memfd:page (deleted)");
	answers();
	end();
}

static int resident(void)
{
	char path[32];
	int all, pages = -1;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)child);
	FILE *file = fopen(path, "re");

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d %d", &all, &pages), 2);
	fclose(file);
	return pages;
}

static void part_untouched(void)
{
	void *room = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	put((char *)room + (32 << 20), 1);
}

static void test_memory_that_was_never_touched_is_not_touched(void **state)
{
	(void)state;
	begin(part_untouched);
	answers();
	int before = resident();

	look();
	assert_int_equal(resident(), before);
	assert_int_equal(states[1], GRAPH_REACHABLE);
	assert_int_equal(states[2], GRAPH_GARBAGE);
	end();
}

/* A kernel before 6.7 is asked page by page: the same comes out. */
static void test_both_ways_to_ask_for_pages_say_the_same(void **state)
{
	struct layout quick = { 0 }, slow = { .no_scan = true };

	(void)state;
	begin(part_untouched);
	answers();
	assert_int_equal(layout_read(&quick, child, child), 0);
	/* Its shadow is 14 TiB of nothing. */
	if (!SANITIZED) {
		assert_int_equal(layout_read(&slow, child, child), 0);
		assert_int_equal(quick.bytes, slow.bytes);
		assert_int_equal(quick.length, slow.length);
		assert_int_equal(quick.pieces_length, slow.pieces_length);
		for (size_t i = 0; i < slow.pieces_length; i++) {
			assert_int_equal(quick.pieces[i].address, slow.pieces[i].address);
			assert_int_equal(quick.pieces[i].bytes, slow.pieces[i].bytes);
			assert_int_equal(quick.pieces[i].at, slow.pieces[i].at);
		}
	}
	layout_free(&quick);
	layout_free(&slow);
	end();
}

/* What /proc/PID/maps lists, as it is kept. */
static struct layout listed(char *maps)
{
	FILE *file = fmemopen(maps, strlen(maps), "r");
	struct layout layout = { 0 };

	assert_non_null(file);
	assert_int_equal(layout_list(&layout, file), 0);
	fclose(file);
	return layout;
}

/* Between two readings of the file the second mapping grew, the one with a file as well, and
 * the last one lost its end. */
static void test_a_mapping_that_grows_while_it_is_listed_is_listed_once(void **state)
{
	static char maps[] = "10000-20000 rw-p 00000000 00:00 0 \n"
			     "20000-30000 rw-p 00000000 00:00 0 \n"
			     "20000-38000 rw-p 00000000 00:00 0 \n"
			     "40000-42000 rw-p 00001000 08:01 7    /lib/a.so\n"
			     "40000-45000 rw-p 00001000 08:01 7    /lib/a.so\n"
			     "50000-60000 rw-p 00000000 00:00 0 \n"
			     "50000-58000 rw-p 00000000 00:00 0 \n";
	static const uint64_t expected[][3] = {
		{ 0x10000, 0x20000, UINT64_MAX }, { 0x20000, 0x30000, UINT64_MAX },
		{ 0x30000, 0x38000, UINT64_MAX }, { 0x40000, 0x42000, 0x1000 },
		{ 0x42000, 0x45000, 0x3000 }, { 0x50000, 0x60000, UINT64_MAX },
	};
	struct layout layout = listed(maps);

	(void)state;
	assert_int_equal(layout.length, sizeof(expected) / sizeof(*expected));
	for (size_t i = 0; i < layout.length; i++) {
		assert_int_equal(layout.of[i].start, expected[i][0]);
		assert_int_equal(layout.of[i].end, expected[i][1]);
		assert_int_equal(layout.of[i].offset, expected[i][2]);
	}
	layout_free(&layout);
}

/* Only a module's data go on behind it, also where they may be read alone: what follows other
 * files, or what nobody may read, is nobody's. */
static void test_what_follows_a_module_is_its_own(void **state)
{
	static char maps[] = "10000-11000 r--p 00000000 08:01 7    /lib/a.so\n"
			     "11000-12000 r-xp 00001000 08:01 7    /lib/a.so\n"
			     "12000-13000 r--p 00002000 08:01 7    /lib/a.so\n"
			     "13000-14000 rw-p 00003000 08:01 7    /lib/a.so\n"
			     "14000-15000 rw-p 00000000 00:00 0 \n"
			     "15000-16000 r--p 00000000 00:00 0 \n"
			     "16000-17000 rw-p 00000000 00:00 0 \n"
			     "17000-18000 ---p 00000000 00:00 0 \n"
			     "18000-19000 rw-p 00000000 00:00 0 \n"
			     "20000-21000 r--p 00000000 08:01 8    /lib/a\n"
			     "21000-22000 rw-p 00001000 08:01 8    /lib/a\n"
			     "22000-23000 rw-p 00000000 00:00 0 \n"
			     "30000-31000 rw-s 00000000 00:01 9    /dev/zero (deleted)\n"
			     "31000-32000 rw-p 00000000 00:00 0 \n"
			     "40000-41000 rwxp 00000000 08:01 6    /bin/one-segment\n"
			     "41000-42000 rw-p 00000000 00:00 0 \n";
	static const bool of_module[] = { false, true, true, true, true, true, false, false, false,
					  false, false, false, false, true, true };
	struct layout layout = listed(maps);

	(void)state;
	assert_int_equal(layout.length, sizeof(of_module) / sizeof(*of_module));
	for (size_t i = 0; i < layout.length; i++) {
		assert_int_equal(layout.of[i].file, of_module[i]);
		assert_int_equal(layout.of[i].sealed, i < 2 || i == 8);
		assert_int_equal(layout.of[i].hidden, i == 6);
	}
	assert_string_equal(layout.of[3].path, "/lib/a.so");
	assert_string_equal(layout.of[5].path, "/lib/a.so");
	assert_null(layout.of[7].path);
	assert_string_equal(layout.of[9].path, "/lib/a");
	assert_null(layout.of[10].path);
	layout_free(&layout);
}

/* Not that its memory could not be read: another thread may serve. */
static void test_a_thread_that_is_gone_is_said_to_be(void **state)
{
	struct layout layout = { 0 };

	(void)state;
	assert_int_equal(layout_read(&layout, getpid(), INT32_MAX), -ESRCH);
	layout_free(&layout);
}

/* Threads that wait with one block each, which nothing else has. */
static pthread_barrier_t ready;

static void *hold_in_tls(void *user)
{
	(void)user;
	put(&thread_word, 1);
	prctl(PR_SET_NAME, "tls");
	scrub();
	pthread_barrier_wait(&ready);
	while (!go_on)
		pause();
	return NULL;
}

static void *hold_in_key(void *user)
{
	pthread_key_t key;

	pthread_key_create(&key, NULL);
	pthread_setspecific(key, (void *)address_of(2));
	prctl(PR_SET_NAME, "key");
	scrub();
	pthread_barrier_wait(&ready);
	while (!go_on)
		pause();
	return user;
}

#define SPIN "1: pause; cmpl $0, %[flag]; je 1b;"

/* The address is made in the register, below the stack pointer, and nowhere else: it
 * comes in halves. */
static void *hold_in_vector(void *user)
{
	uint64_t half = half_of(3);

	prctl(PR_SET_NAME, "vector");
	pthread_barrier_wait(&ready);
	__asm__ volatile("add %[half], %[half]; movq %[half], %%xmm13; xor %k[half], %k[half];" SPIN
			 : [half] "+r"(half) : [flag] "m"(go_on) : "xmm13", "cc", "memory");
	return user;
}

static void *hold_in_red_zone(void *user)
{
	uint64_t half = half_of(4);

	prctl(PR_SET_NAME, "red");
	pthread_barrier_wait(&ready);
	__asm__ volatile("add %[half], %[half]; mov %[half], -120(%%rsp); xor %k[half], %k[half];" SPIN
			 : [half] "+r"(half) : [flag] "m"(go_on) : "cc", "memory");
	return user;
}

static void *hold_below_red_zone(void *user)
{
	uint64_t half = half_of(5);

	pthread_barrier_wait(&ready);
	__asm__ volatile("add %[half], %[half]; mov %[half], -136(%%rsp); xor %k[half], %k[half];" SPIN
			 : [half] "+r"(half) : [flag] "m"(go_on) : "cc", "memory");
	return user;
}

static void *hold_in_register(void *user)
{
	uint64_t half = half_of(6);

	prctl(PR_SET_NAME, "register");
	pthread_barrier_wait(&ready);
	__asm__ volatile("add %[half], %[half];" SPIN
			 : [half] "+r"(half) : [flag] "m"(go_on) : "cc", "memory");
	return user;
}

static void part_threads(void)
{
	static void *(*const holders[])(void *) = {
		hold_in_tls, hold_in_key, hold_in_vector, hold_in_red_zone, hold_below_red_zone,
		hold_in_register,
	};
	pthread_t thread;

	pthread_barrier_init(&ready, NULL, 7);
	for (size_t i = 0; i < 6; i++)
		pthread_create(&thread, NULL, holders[i], NULL);
	pthread_barrier_wait(&ready);
}

static void begins_with(const char *text, const char *beginning)
{
	if (strncmp(text, beginning, strlen(beginning)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", text, beginning);
}

/* The barrier lets a thread go a moment before it has made its address. */
static void test_threads_hold_by_what_they_have_themselves(void **state)
{
	struct look_told told;

	(void)state;
	begin(part_threads);
	do
		told = look();
	while (states[3] != GRAPH_REACHABLE || states[4] != GRAPH_REACHABLE ||
	       states[6] != GRAPH_REACHABLE);
	assert_int_equal(told.threads, 7);
	assert_int_equal(states[1], GRAPH_REACHABLE);
	assert_int_equal(states[2], GRAPH_REACHABLE);
	assert_int_equal(states[5], GRAPH_GARBAGE);
	assert_int_equal(states[7], GRAPH_GARBAGE);
	assert_string_equal(names[1], "thread-local thread_word (test_look.c) of thread tls");
	assert_string_equal(names[2], "TLS of thread key");
	begins_with(names[3], "registers of thread vector in hold_in_vector() test_look.c:");
	begins_with(names[4], "stack of thread red in hold_in_red_zone() test_look.c:");
	begins_with(names[6], "registers of thread register in hold_in_register() test_look.c:");
	answers();
	end();
}

/* A process is in the state of its first thread.  It is not joined: gcc 14's AddressSanitizer
 * knows no such thread. */
static bool first_has_ended(void)
{
	char text[512] = "";
	int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	bool read_it = read(file, text, sizeof(text) - 1) > 0;
	const char *name_end = strrchr(text, ')');

	close(file);
	return read_it && name_end && strncmp(name_end, ") Z", 3) == 0;
}

static void *answer_alone(void *user)
{
	char word;

	(void)user;
	while (!first_has_ended())
		sched_yield();
	put(&data_word, 1);
	say('b');
	while (read(line[1], &word, 1) == 1)
		say(word);
	_exit(0);
}

static void part_first_thread_ends(void)
{
	pthread_t other;

	pthread_create(&other, NULL, answer_alone, NULL);
	pthread_exit(NULL);
}

static void test_a_process_whose_first_thread_has_ended(void **state)
{
	(void)state;
	begin(part_first_thread_ends);
	look();
	assert_int_equal(states[1], GRAPH_REACHABLE);
	assert_int_equal(states[2], GRAPH_GARBAGE);
	answers();
	end();
}

/* glibc's own heap.  Addresses are noted the other way round, so that notes hold nothing. */
enum { HELD, LOST, ONLY_FROM_FREED, LARGE, IN_LARGE, FROM_OWN_MAP, LARGE_LOST, IN_LARGE_LOST,
       OTHER_ARENA, NOTES };
static uint64_t *notes;
static uint64_t data_words[4];
static const uint64_t sizes[NOTES] = { [LARGE] = 1 << 20, [LARGE_LOST] = 1 << 20 };

static uint64_t size_of(unsigned which) { return sizes[which] ? sizes[which] : 72; }

static __attribute__((noinline)) void take(unsigned which)
{
	notes[which] = ~(uint64_t)malloc(size_of(which));
}

/* The address of `which` into memory, and nowhere else. */
static __attribute__((noinline)) void hold(volatile void *place, unsigned which)
{
	uint64_t inverse = notes[which];

	__asm__ volatile("not %[word]; mov %[word], %[place]; xor %k[word], %k[word]"
			 : [word] "+r"(inverse), [place] "=m"(*(volatile uint64_t *)place)
			 : : "cc", "memory");
}

static __attribute__((noinline)) void hold_in_block(unsigned from, size_t at, unsigned which)
{
	hold((char *)~notes[from] + at, which);
}

static void *take_elsewhere(void *user)
{
	take(OTHER_ARENA);
	scrub();
	return user;
}

/* A block beyond the end that the heap had at the fork: not in an old place, nor in another
 * arena, of which this thread's cache may have some. */
static char *malloc_anew(size_t size, uint64_t top)
{
	char *block;

	do
		block = malloc(size);
	while (block && (uint64_t)block - top > ARENA);
	return block;
}

/* So that blocks come to lie where none was before the fork: what is left of looks on the
 * stacks that were inherited would hold them. */
static void use_up_old_places(uint64_t top)
{
	malloc_anew(72, top);
	for (int i = 0; i < 256; i++)
		if (mmap(NULL, 5 << 18, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
			_exit(1);
}

static void part_malloc(void)
{
	const uint64_t top = (uint64_t)sbrk(0);
	pthread_t thread;
	char *own, *freed;

	use_up_old_places(top);

	for (unsigned i = 0; i < OTHER_ARENA; i++)
		if (i != LARGE && i != LARGE_LOST)
			take(i);
	hold(&data_words[0], HELD);
	freed = malloc_anew(256, top);
	hold(freed + 128, ONLY_FROM_FREED);
	free(freed);
	/* The kernel makes one of these mappings, as they stand side by side. */
	take(LARGE);
	own = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	take(LARGE_LOST);
	hold(&data_words[1], LARGE);
	hold_in_block(LARGE, 700000, IN_LARGE);
	hold(own + 4096, FROM_OWN_MAP);
	hold_in_block(LARGE_LOST, 8, IN_LARGE_LOST);
	pthread_create(&thread, NULL, take_elsewhere, NULL);
	pthread_join(thread, NULL);
	hold(&data_words[2], OTHER_ARENA);
}

static int give_noted(void *user, struct graph *graph,
		       struct look_settled *settled)
{
	(void)settled;
	int error = 0;

	(void)user;
	for (unsigned i = 0; !error && i < NOTES; i++)
		error = graph_add(graph, &(struct graph_block){ ~notes[i], size_of(i), i });
	return error;
}

static void test_a_heap_of_glibcs_is_told_from_what_holds_it(void **state)
{
	static const enum graph_state expected[NOTES] = {
		[HELD] = GRAPH_REACHABLE, [LOST] = GRAPH_GARBAGE,
		[ONLY_FROM_FREED] = GRAPH_GARBAGE, [LARGE] = GRAPH_REACHABLE,
		[IN_LARGE] = GRAPH_REACHABLE, [FROM_OWN_MAP] = GRAPH_REACHABLE,
		[LARGE_LOST] = GRAPH_GARBAGE, [IN_LARGE_LOST] = GRAPH_INDIRECT,
		[OTHER_ARENA] = GRAPH_REACHABLE,
	};
	struct look_question question = { .blocks = give_noted };
	struct look_told told;
	struct graph *graph;

	(void)state;
	if (SANITIZED)
		skip();                 /* its malloc is another */
	notes = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(notes, MAP_FAILED);
	begin(part_malloc);
	question.pid = child;
	for (int turn = 0; turn < 20; turn++) {
		assert_int_equal(ask(&question, &graph, &told), 0);
		each_block(graph, note, NULL);
		graph_free(graph);
		for (unsigned i = 0; i < NOTES; i++)
			if (states[i] != expected[i])
				fail_msg("turn %d, block %u: %d, expected %d", turn, i, states[i],
					 expected[i]);
	}
	answers();
	end();
	munmap(notes, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data_of_modules_holds_and_blocks_hold_each_other),
		cmocka_unit_test(test_a_mapping_behind_a_module_is_none_of_its_data),
		cmocka_unit_test(test_memory_that_was_never_touched_is_not_touched),
		cmocka_unit_test(test_a_process_that_waits_is_read_where_it_is),
		cmocka_unit_test(test_both_ways_to_ask_for_pages_say_the_same),
		cmocka_unit_test(test_a_mapping_that_grows_while_it_is_listed_is_listed_once),
		cmocka_unit_test(test_memory_of_files_that_are_no_modules_is_called_what_it_is),
		cmocka_unit_test(test_what_follows_a_module_is_its_own),
		cmocka_unit_test(test_a_thread_that_is_gone_is_said_to_be),
		cmocka_unit_test(test_threads_hold_by_what_they_have_themselves),
		cmocka_unit_test(test_a_process_whose_first_thread_has_ended),
		cmocka_unit_test(test_a_heap_of_glibcs_is_told_from_what_holds_it),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
