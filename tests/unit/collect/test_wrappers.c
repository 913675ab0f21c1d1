/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of allocator wrappers, the shipped one included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/stat.h>
#include "tests/unit/collect/scratch.h"
#include "tracer/collect/names/wrappers.h"

static void reads_lines(void **state)
{
	(void)state;
	struct wrappers *wrappers =
		wrappers_new("# comment\n\n func:one \r\nfile:/a b/*\n"
			     "func:x*alloc\nfunc:pre*\nnonsense\nfunc:\n"
			     "func:[ab]c\nfile:*.rs\nfile:*/c++/v1/*\nfunc:*_new*er");
	assert_non_null(wrappers);
	assert_true(wrappers_match(wrappers, "one", ""));
	assert_false(wrappers_match(wrappers, "oneself", ""));
	assert_false(wrappers_match(wrappers, "", "one"));
	assert_true(wrappers_match(wrappers, "f", "/a b/c/d"));
	assert_false(wrappers_match(wrappers, "f", "/a b"));
	assert_true(wrappers_match(wrappers, "xmalloc", ""));
	assert_true(wrappers_match(wrappers, "xalloc", ""));
	assert_false(wrappers_match(wrappers, "xalloc2", ""));
	assert_true(wrappers_match(wrappers, "pre", ""));
	assert_true(wrappers_match(wrappers, "bc", ""));
	assert_false(wrappers_match(wrappers, "cc", ""));
	assert_true(wrappers_match(wrappers, "f", "/x/lib.rs"));
	assert_true(wrappers_match(wrappers, "f", "/usr/c++/v1/vector"));
	assert_true(wrappers_match(wrappers, "f", "/c++/v1/"));
	assert_false(wrappers_match(wrappers, "/usr/c++/v1/vector", "/c++/v1"));
	assert_true(wrappers_match(wrappers, "object_new_server", ""));
	assert_false(wrappers_match(wrappers, "object_new_servers", ""));
	assert_false(wrappers_match(wrappers, "# comment", ""));
	wrappers_free(wrappers);
}

static void empty_list_matches_nothing(void **state)
{
	(void)state;
	struct wrappers *wrappers = wrappers_new(NULL);
	assert_non_null(wrappers);
	assert_false(wrappers_match(wrappers, "", ""));
	wrappers_free(wrappers);
	wrappers_free(NULL);
}

/* A list beyond the most that is read: half of a pattern would match more. */
static void a_cut_pattern_is_no_pattern(void **state)
{
	enum { MOST = 1 << 20 };
	struct scratch *scratch = *state;
	char path[256], *text = malloc(MOST + 64);
	snprintf(path, sizeof(path), "%s/memtop", scratch->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/memtop/wrappers", scratch->folder);
	memset(text, '#', MOST);
	memcpy(text, "func:kept\n", 10);
	strcpy(text + MOST - 12, "\nfunc:main_is_none*\n");
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	free(text);
	setenv("XDG_CONFIG_HOME", scratch->folder, 1);
	text = wrappers_text();
	struct wrappers *wrappers = wrappers_new(text);
	assert_true(wrappers_match(wrappers, "kept", ""));
	assert_false(wrappers_match(wrappers, "main_i", ""));
	wrappers_free(wrappers);
	free(text);
	unlink(path);
	snprintf(path, sizeof(path), "%s/memtop", scratch->folder);
	assert_int_equal(rmdir(path), 0);
}

/* Functions, and whether the list that memtop ships takes them for wrappers. */
static const struct {
	const char *function, *file;
	bool wrapper;
} shipped[] = {
	{ "___asprintf", "/build/stdio-common/asprintf.c", true },
	{ "__getdelim", "", true },
	{ "__scandir64_tail", "", true },
	{ "__fopen_internal", "", false },
	{ "<core::fmt::Formatter>::padding", "", true },
	{ "core::fmt::write", "", true },
	{ "core::Engine::start()", "", false },
	{ "<std::io::BufWriter<W>>::with_capacity", "", true },
	{ "f", "/rustc/5980/library/core/src/ops/function.rs", true },
	{ "f", "/root/.rustup/toolchains/stable/lib/rustlib/src/rust/library/std/src/lib.rs", true },
	{ "f", "/home/ann/app/library/core.rs", false },
	{ "__zend_malloc", "/build/php/Zend/zend_alloc.c", true },
	{ "_emalloc_64", "", true },
	{ "_safe_emalloc", "", true },
	{ "emalloc_large_things", "", false },
	{ "av_mallocz", "", true },
	{ "av_fast_padded_malloc", "", true },
	{ "av_dynarray_add", "", true },
	{ "av_buffer_create", "", true },
	{ "av_frame_alloc", "", false },
	{ "AcquireQuantumMemory", "", true },
	{ "AcquireImage", "", false },
	{ "ruby_xmalloc2_body", "", true },
	{ "objspace_xrealloc", "", true },
	{ "rb_str_new", "", false },
	{ "llvm::SmallVectorBase<unsigned int>::grow_pod(void*, unsigned long, unsigned long)",
	  "", true },
	{ "llvm::Module::Module", "", false },
	{ "folly::checkedMalloc(unsigned long)", "", true },
	{ "llvm::allocate_buffer(unsigned long, unsigned long)", "", true },
	{ "qMallocAligned(unsigned long, unsigned long)", "", true },
	{ "folly::dynamic::array", "", false },
	{ "QArrayData::allocate2(QArrayData**, long long)", "", true },
	{ "QWidget::QWidget(QWidget*)", "", false },
	{ "QMapData<int, int>::createNode(int const&, int const&, QMapNode<int, int>*, bool)",
	  "", true },
	{ "QHash<int, int>::insert(int const&, int const&)", "", true },
	{ "QString::append(QString const&)", "", true },
	{ "QObject::QObject(QObject*)", "", false },
	{ "g_slice_alloc0", "", true },
	{ "g_string_expand", "", true },
	{ "g_object_new", "", true },
	{ "g_object_ref", "", false },
	{ "g_hash_table_insert", "", true },
	{ "g_list_prepend", "", true },
	{ "g_main_loop_new", "", false },
	{ "operator new(unsigned long)", "/build/new_op.cc", true },
	{ "operator new[](unsigned long, std::align_val_t)", "", true },
	{ "std::vector<int, std::allocator<int> >::push_back(int const&)", "",
	  true },
	{ "__gnu_cxx::new_allocator<int>::allocate(unsigned long, void const*)",
	  "", true },
	{ "anything", "/usr/include/c++/12/bits/stl_vector.h", true },
	{ "strdup", "", true },
	{ "__strdup", "", true },
	{ "g_malloc0", "", true },
	{ "xmalloc", "", true },
	{ "xrealloc", "", true },
	{ "__rust_alloc", "", true },
	{ "alloc::raw_vec::RawVec<T,A>::grow_one", "", true },
	{ "<alloc::vec::Vec<T> as core::clone::Clone>::clone", "", true },
	{ "PyMem_Malloc", "", true },
	{ "_PyObject_GC_NewVar", "", true },
	{ "main", "/src/worker.c", false },
	{ "build", "/src/alloc.c", false },
	{ "allocate_all", "", false },
	{ "strdup_all", "", false },
	{ "app::std::make()", "", false },
};

static void ships_a_list(void **state)
{
	struct scratch *scratch = *state;
	setenv("XDG_CONFIG_HOME", scratch->folder, 1);
	char *text = wrappers_text();
	assert_non_null(text);
	struct wrappers *wrappers = wrappers_new(text);
	assert_non_null(wrappers);
	for (size_t i = 0; i < sizeof(shipped) / sizeof(shipped[0]); i++)
		if (wrappers_match(wrappers, shipped[i].function, shipped[i].file) !=
		    shipped[i].wrapper)
			fail_msg("%s %s", shipped[i].function, shipped[i].file);
	wrappers_free(wrappers);
	free(text);
}

static void adds_the_users_own(void **state)
{
	struct scratch *scratch = *state;
	setenv("XDG_CONFIG_HOME", scratch->folder, 1);
	assert_int_equal(mkdir(scratch_path(scratch, "memtop"), 0700), 0);
	assert_true(scratch_write(scratch, "memtop/wrappers", "func:pool_get*\n"));
	char *text = wrappers_text();
	struct wrappers *wrappers = wrappers_new(text);
	assert_non_null(wrappers);
	assert_true(wrappers_match(wrappers, "pool_get_page", ""));
	assert_true(wrappers_match(wrappers, "strdup", ""));
	wrappers_free(wrappers);
	free(text);
}

static int setup(void **state)
{
	static struct scratch scratch;
	*state = &scratch;
	return scratch_new(&scratch) ? 0 : -1;
}

static int teardown(void **state)
{
	scratch_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lines),
		cmocka_unit_test(empty_list_matches_nothing),
		cmocka_unit_test(ships_a_list),
		cmocka_unit_test(a_cut_pattern_is_no_pattern),
		cmocka_unit_test(adds_the_users_own),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
