/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names thread: modules that vanish or differ, sites, reasons, waiting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include "tests/unit/collect/scratch.h"
#include "tracer/collect/debug/binary.h"
#include "tracer/collect/names/symbolize.h"

struct fixture {
	struct scratch scratch;
	struct catalog *catalog;
	pthread_mutex_t lock;
	struct symbolizer *symbolizer;
	struct symbolizer_space *space;
	uint64_t inner, outer;          /* offsets in worker.so */
	uint32_t next_site;
};

static struct fixture fixture;

static void start(const char *const *maps, const char *wrappers)
{
	struct symbolizer_options options = { .lock = &fixture.lock,
					      .source_maps = maps,
					      .wrappers = wrappers };

	pthread_mutex_init(&fixture.lock, NULL);
	options.catalog = fixture.catalog = catalog_new();
	assert_non_null(fixture.catalog);
	fixture.symbolizer = symbolizer_new(&options);
	assert_non_null(fixture.symbolizer);
	fixture.space = symbolizer_join(fixture.symbolizer, getpid(), NULL, NULL);
	assert_non_null(fixture.space);
	fixture.next_site = WIRE_SITE_FIRST;
}

static void stop(void)
{
	symbolizer_leave(fixture.space);
	symbolizer_free(fixture.symbolizer);
	catalog_release(fixture.catalog);
	pthread_mutex_destroy(&fixture.lock);
}

static struct module_id add_module(const char *path, const uint8_t *build_id,
				   size_t length)
{
	struct module module = { .build_id_length = (uint8_t)length };

	pthread_mutex_lock(&fixture.lock);
	module.path = catalog_intern(fixture.catalog, path, strlen(path));
	module.name = module.path;
	if (length)
		memcpy(module.build_id, build_id, length);
	struct module_id id = catalog_add_module(fixture.catalog, &module);
	pthread_mutex_unlock(&fixture.lock);
	symbolizer_module(fixture.space, id, 0, 0, 0);
	return id;
}

static struct site_id add_site(struct module_id module, uint64_t offset)
{
	struct site_id id = { fixture.next_site++ };
	struct site site = { module, offset };

	pthread_mutex_lock(&fixture.lock);
	assert_int_equal(catalog_put_site(fixture.catalog, id, &site), 0);
	/* As the reader does it: inside the catalog's lock. */
	symbolizer_site(fixture.symbolizer, id);
	pthread_mutex_unlock(&fixture.lock);
	return id;
}

static struct frame frame_of(struct site_id id, unsigned at, unsigned wanted)
{
	unsigned n = 0;
	const struct frame_id *frames = catalog_site_frames(fixture.catalog, id, &n);

	assert_non_null(frames);
	assert_int_equal(n, wanted);
	return catalog_frame(fixture.catalog, frames[at]);
}

static const char *text(struct str_id id) { return catalog_text(fixture.catalog, id); }

static const char *reason_of(struct module_id id)
{
	return text(catalog_module(fixture.catalog, id).reason);
}

static void flush(void) { assert_true(symbolizer_flush(fixture.symbolizer, 60)); }

static void names_sites(void **state)
{
	const char *so = scratch_path(&fixture.scratch, "worker.so");

	(void)state;
	start(NULL, "func:inner\nfunc:middle\n");
	struct module_id module = add_module(so, NULL, 0);
	struct site_id inner = add_site(module, fixture.inner),
		       outer = add_site(module, fixture.outer);
	symbolizer_site(fixture.symbolizer, inner);
	flush();
	struct frame frame = frame_of(inner, 0, 3);
	assert_string_equal(text(frame.function), "inner");
	assert_int_equal(frame.line, 4);
	assert_true(frame.inlined && frame.wrapper && !frame.unresolved);
	assert_int_equal(frame.module.v, module.v);
	assert_int_equal(frame.lang, LANG_C);
	frame = frame_of(inner, 1, 3);
	assert_true(frame.inlined && frame.wrapper);
	frame = frame_of(inner, 2, 3);
	assert_string_equal(text(frame.function), "outer");
	assert_true(!frame.inlined && !frame.wrapper);
	assert_string_equal(text(frame.file), scratch_path(&fixture.scratch, "worker.c"));
	frame = frame_of(outer, 0, 1);
	assert_int_equal(frame.line, 14);
	assert_int_equal(symbolizer_unresolved(fixture.symbolizer), 0);
	assert_string_equal(reason_of(module), "");
	stop();
}

/* A flush is who asks; stacks and modules do not wait for one. */
static void names_when_asked(void **state)
{
	unsigned n;

	(void)state;
	start(NULL, NULL);
	symbolizer_on_demand(fixture.symbolizer);
	struct module_id module =
		add_module(scratch_path(&fixture.scratch, "worker.so"), NULL, 0);
	struct site_id inner = add_site(module, fixture.inner);
	assert_null(catalog_site_frames(fixture.catalog, inner, &n));
	flush();
	frame_of(inner, 0, 3);
	struct site_id outer = add_site(module, fixture.outer);
	assert_null(catalog_site_frames(fixture.catalog, outer, &n));
	flush();
	frame_of(outer, 0, 1);
	stop();
}

static void names_what_has_no_module(void **state)
{
	(void)state;
	start(NULL, NULL);
	struct site_id id = add_site((struct module_id){ 0 }, 0x7f1234);
	flush();
	struct frame frame = frame_of(id, 0, 1);
	assert_string_equal(text(frame.function), "+0x7f1234");
	assert_true(frame.unresolved);
	assert_int_equal(symbolizer_unresolved(fixture.symbolizer), 1);
	stop();
}

/* Opened when its record came: what happens to the path later does not matter. */
static void keeps_a_file_that_vanishes(void **state)
{
	const char *copy = scratch_path(&fixture.scratch, "copy.so");

	(void)state;
	assert_true(scratch_run(&fixture.scratch, "cp worker.so copy.so"));
	start(NULL, NULL);
	struct module_id module = add_module(copy, NULL, 0);
	flush();
	assert_int_equal(unlink(copy), 0);
	struct site_id id = add_site(module, fixture.outer);
	flush();
	assert_string_equal(text(frame_of(id, 0, 1).function), "outer");
	struct module_id late = add_module(copy, NULL, 0);
	struct site_id lost = add_site(late, fixture.outer);
	flush();
	assert_string_equal(reason_of(late), "file vanished");
	struct frame frame = frame_of(lost, 0, 1);
	assert_true(frame.unresolved);
	assert_string_equal(text(frame.file), copy);
	assert_int_equal(frame.line, 0);
	stop();
}

/* Truncated while it is mapped: SIGBUS in libdw's hands. */
static void survives_a_file_that_shrinks(void **state)
{
	const char *copy = scratch_path(&fixture.scratch, "shrunk.so");

	(void)state;
	assert_true(scratch_run(&fixture.scratch, "cp worker.so shrunk.so"));
	start(NULL, NULL);
	struct module_id module = add_module(copy, NULL, 0);
	flush();
	assert_int_equal(truncate(copy, 0), 0);
	struct site_id id = add_site(module, fixture.outer);
	flush();
	assert_true(frame_of(id, 0, 1).unresolved);
	/* elfutils before 0.186 does not get so far. */
	assert_true(!strcmp(reason_of(module), "its debug info is damaged") ||
		    !strcmp(reason_of(module), "not readable"));
	struct module_id good =
		add_module(scratch_path(&fixture.scratch, "worker.so"), NULL, 0);
	id = add_site(good, fixture.outer);
	flush();
	assert_string_equal(text(frame_of(id, 0, 1).function), "outer");
	stop();
}

static void checks_the_build_id(void **state)
{
	const char *so = scratch_path(&fixture.scratch, "worker.so");
	uint8_t id[20];

	(void)state;
	int fd = open(so, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(binary_build_id(fd, id), 20);
	close(fd);
	start(NULL, NULL);
	struct module_id same = add_module(so, id, 20);
	id[3] ^= 1;
	struct module_id other = add_module(so, id, 20);
	struct site_id good = add_site(same, fixture.outer),
		       bad = add_site(other, fixture.outer);
	flush();
	assert_string_equal(text(frame_of(good, 0, 1).function), "outer");
	assert_true(frame_of(bad, 0, 1).unresolved);
	assert_string_equal(reason_of(other), "build-id differs from the loaded one");
	stop();
}

static void refuses_what_is_no_elf_file(void **state)
{
	(void)state;
	assert_true(scratch_run(&fixture.scratch,
				"mkfifo fifo; head -c 500 /dev/zero > zeros"));
	start(NULL, NULL);
	struct module_id fifo =
		add_module(scratch_path(&fixture.scratch, "fifo"), NULL, 0);
	struct module_id zeros =
		add_module(scratch_path(&fixture.scratch, "zeros"), NULL, 0);
	struct module_id folder = add_module(fixture.scratch.folder, NULL, 0);
	struct module_id vdso = add_module("[vdso]", NULL, 0);
	flush();
	assert_string_equal(reason_of(fifo), "not an ELF file of this machine");
	assert_string_equal(reason_of(zeros), "not an ELF file of this machine");
	assert_string_equal(reason_of(folder), "not an ELF file of this machine");
	assert_string_equal(reason_of(vdso), "not a file");
	stop();
}

static void moves_sources(void **state)
{
	char map[256];
	const char *maps[] = { map, NULL };

	(void)state;
	snprintf(map, sizeof(map), "%s=/moved", fixture.scratch.folder);
	start(maps, NULL);
	struct module_id module =
		add_module(scratch_path(&fixture.scratch, "worker.so"), NULL, 0);
	struct site_id id = add_site(module, fixture.outer);
	flush();
	assert_string_equal(text(frame_of(id, 0, 1).file), "/moved/worker.c");
	stop();
}

/* A backlog: each site once, none forgotten, waiting ends. */
static void works_through_a_backlog(void **state)
{
	enum { SITES = 20000 };
	unsigned n;

	(void)state;
	start(NULL, NULL);
	struct module_id module =
		add_module(scratch_path(&fixture.scratch, "worker.so"), NULL, 0);
	for (unsigned i = 0; i < SITES; i++)
		add_site(module, fixture.outer - 8 + i % 16);
	flush();
	for (uint32_t i = 0; i < SITES; i++)
		assert_non_null(catalog_site_frames(
			fixture.catalog, (struct site_id){ WIRE_SITE_FIRST + i }, &n));
	assert_true(symbolizer_flush(fixture.symbolizer, 0.5));
	stop();
}

static void ends_with_work_waiting(void **state)
{
	(void)state;
	start(NULL, NULL);
	struct module_id module =
		add_module(scratch_path(&fixture.scratch, "worker.so"), NULL, 0);
	for (unsigned i = 0; i < 5000; i++)
		add_site(module, fixture.outer + i % 4);
	stop();
}

static int setup(void **state)
{
	(void)state;
	if (!scratch_new(&fixture.scratch) ||
	    !scratch_write(&fixture.scratch, "worker.c", SCRATCH_C) ||
	    !scratch_run(
		    &fixture.scratch,
		    "gcc -g -O2 -shared -fPIC -Wl,--build-id=sha1 -o worker.so worker.c"))
		return -1;
	const char *so = scratch_path(&fixture.scratch, "worker.so");
	fixture.inner = scratch_label(so, "here_inner");
	fixture.outer = scratch_label(so, "here_outer");
	return fixture.inner && fixture.outer ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	scratch_free(&fixture.scratch);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_sites),
		cmocka_unit_test(names_when_asked),
		cmocka_unit_test(names_what_has_no_module),
		cmocka_unit_test(keeps_a_file_that_vanishes),
		cmocka_unit_test(survives_a_file_that_shrinks),
		cmocka_unit_test(checks_the_build_id),
		cmocka_unit_test(refuses_what_is_no_elf_file),
		cmocka_unit_test(moves_sources),
		cmocka_unit_test(works_through_a_backlog),
		cmocka_unit_test(ends_with_work_waiting),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
