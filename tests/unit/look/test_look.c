/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks at forked children that hold blocks in their memory in each way there is. */
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
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
