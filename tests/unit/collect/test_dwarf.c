/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames of known lines, built by every compiler and debug format at hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "tests/unit/collect/scratch.h"
#include "tracer/collect/debug/dwarf.h"
#include "tracer/collect/debug/fault.h"

static struct dwarf_names names;

static int setup(void **state)
{
	static struct scratch scratch;
	*state = &scratch;
	return scratch_new(&scratch) && scratch_write(&scratch, "worker.c", SCRATCH_C)
		       ? 0
		       : -1;
}

static int teardown(void **state)
{
	scratch_free(*state);
	return 0;
}

static struct dwarf_module *open_module(const char *path)
{
	struct binary_wish wish = { .path = path };
	const char *reason = NULL;
	struct dwarf_module *module = dwarf_open(&wish, &reason);

	if (!module)
		fail_msg("%s: %s", path, reason);
	return module;
}

static void expect(size_t at, const char *function, const char *file, unsigned line,
		   bool inlined)
{
	assert_true(at < names.length);
	assert_string_equal(names.frames[at].function, function);
	assert_string_equal(names.frames[at].file, file);
	assert_int_equal(names.frames[at].line, line);
	assert_int_equal(names.frames[at].inlined, inlined);
	assert_false(names.frames[at].unresolved);
}

/* worker.so with whole debug info, wherever that lies. */
static void check_lines(struct scratch *scratch)
{
	char so[256], source[256];

	strcpy(so, scratch_path(scratch, "worker.so"));
	strcpy(source, scratch_path(scratch, "worker.c"));
	uint64_t inner = scratch_label(so, "here_inner"),
		 outer = scratch_label(so, "here_outer");
	assert_true(inner && outer);
	struct dwarf_module *module = open_module(so);
	assert_null(dwarf_prepare(module, NULL, NULL));

	dwarf_frames(module, inner, &names);
	assert_int_equal(names.length, 3);
	expect(0, "inner", source, 4, true);
	expect(1, "middle", source, 9, true);
	expect(2, "outer", source, 13, false);
	assert_int_equal(names.frames[0].lang, LANG_C);
	dwarf_frames(module, outer, &names);
	assert_int_equal(names.length, 1);
	expect(0, "outer", source, 14, false);
	dwarf_frames(module, scratch_label(so, "here_hidden"), &names);
	expect(0, "hidden", source, 19, false);
	assert_null(dwarf_late_reason(module));
	dwarf_close(module);
}

#define BUILD "-shared -fPIC -o worker.so ./sub/../worker.c"

static const struct {
	const char *name, *needs, *build;
} builds[] = {
	{ "gcc", "gcc", "gcc -g -O2 " BUILD },
	{ "gcc-O0", "gcc", "gcc -g -O0 " BUILD },
	{ "gcc-dwarf4", "gcc", "gcc -gdwarf-4 -O2 " BUILD },
	{ "gcc-gz", "gcc", "gcc -g -gz -O2 " BUILD },
	{ "gcc-gz-gnu", "gcc", "gcc -g -gz=zlib-gnu -O2 " BUILD },
	{ "gcc-lto", "gcc", "gcc -g -flto -O2 " BUILD },
	{ "gcc-split", "gcc", "gcc -g -gsplit-dwarf -O2 " BUILD },
	{ "gcc-split4", "gcc", "gcc -gdwarf-4 -gsplit-dwarf -O2 " BUILD },
	{ "gcc-sections", "gcc",
	  "gcc -g -O2 -ffunction-sections -Wl,--gc-sections " BUILD },
	{ "clang", "clang", "clang -g -O2 " BUILD },
	{ "clang-dwarf4", "clang", "clang -gdwarf-4 -O2 " BUILD },
	{ "clang-split", "clang", "clang -g -gsplit-dwarf -O2 " BUILD },
	{ "clang-lines", "clang", "clang -gline-tables-only -O2 " BUILD },
	{ "debuglink", "objcopy",
	  "gcc -g -O2 " BUILD " && objcopy --only-keep-debug worker.so worker.debug && "
	  "objcopy --strip-all --add-gnu-debuglink=worker.debug worker.so" },
	{ "debuglink-folder", "objcopy",
	  "gcc -g -O2 " BUILD " && mkdir -p .debug && "
	  "objcopy --only-keep-debug worker.so .debug/worker.debug && "
	  "objcopy --strip-all --add-gnu-debuglink=.debug/worker.debug worker.so" },
	{ "dwz", "dwz", "gcc -g -O2 " BUILD " && dwz worker.so" },
	{ "packed", "gcc",
	  "gcc -g -O2 -Wl,-z,pack-relative-relocs,-z,noseparate-code " BUILD },
};

static void names_lines_of_every_build(void **state)
{
	for (size_t i = 0; i < sizeof(builds) / sizeof(builds[0]); i++) {
		scratch_run(*state,
			    "mkdir -p sub; rm -rf worker.so worker*.dwo .debug *.debug");
		if (!scratch_run(*state, "command -v %s", builds[i].needs) ||
		    !scratch_run(*state, "%s", builds[i].build)) {
			print_message("not here: %s\n", builds[i].name);
			continue;
		}
		print_message("%s\n", builds[i].name);
		check_lines(*state);
	}
}

static void names_by_symbols_without_debug_info(void **state)
{
	const char *so = scratch_path(*state, "plain.so");

	assert_true(scratch_run(*state, "gcc -O2 -shared -fPIC -o plain.so worker.c"));
	struct dwarf_module *module = open_module(so);
	assert_string_equal(dwarf_prepare(module, NULL, NULL),
			    "no debug info: compile with -g");
	dwarf_frames(module, scratch_label(so, "here_inner"), &names);
	assert_int_equal(names.length, 1);
	expect(0, "outer", so, 0, false);
	dwarf_frames(module, scratch_label(so, "here_hidden"), &names);
	expect(0, "hidden", so, 0, false);
	dwarf_close(module);
}

/* Where a label is that is not exported: what nm says. */
static uint64_t local_label(const char *object, const char *label)
{
	unsigned long offset = 0;
	char command[512];

	snprintf(command, sizeof(command), "nm %s | grep ' %s$'", object, label);
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_int_equal(fscanf(pipe, "%lx", &offset), 1);
	pclose(pipe);
	return offset;
}

static void says_offset_when_stripped(void **state)
{
	const char *so = scratch_path(*state, "bare.so");
	char offset[32];

	/* The labels themselves must not be what names the place: local ones go with the rest. */
	assert_true(scratch_run(*state, "sed s/.globl/.local/ worker.c > local.c && "
					"gcc -O2 -g -shared -fPIC -o bare.so local.c"));
	uint64_t hidden = local_label(so, "here_hidden"),
		 outer = local_label(so, "here_outer");
	assert_true(scratch_run(*state, "strip bare.so"));
	struct dwarf_module *module = open_module(so);
	assert_non_null(dwarf_prepare(module, NULL, NULL));
	dwarf_frames(module, outer, &names);
	expect(0, "outer", so, 0, false);
	dwarf_frames(module, hidden, &names);
	snprintf(offset, sizeof(offset), "+0x%lx", (unsigned long)hidden);
	assert_string_equal(names.frames[0].function, offset);
	assert_true(names.frames[0].unresolved);
	dwarf_close(module);
}

static void tells_missing_dwo(void **state)
{
	const char *so = scratch_path(*state, "split.so");

	assert_true(scratch_run(*state,
				"gcc -g -gsplit-dwarf -O0 -shared -fPIC -o split.so "
				"worker.c && rm -f *.dwo"));
	struct dwarf_module *module = open_module(so);
	assert_null(dwarf_prepare(module, NULL, NULL));
	dwarf_frames(module, scratch_label(so, "here_outer"), &names);
	expect(0, "outer", scratch_path(*state, "worker.c"), 14, false);
	assert_string_equal(dwarf_late_reason(module),
			    "no debug info: its .dwo files were not found");
	dwarf_close(module);
}

static const char cxx[] = "#define HERE(name) __asm__ volatile(\".globl \" name \"\\n\" "
			  "name \":\\n\\tnop\\n\")\n"
			  "namespace app {\n"
			  "static inline __attribute__((always_inline)) void deep() { "
			  "HERE(\"here_deep\"); }\n"
			  "template <class T> struct Box {\n"
			  "	__attribute__((noinline)) void add(T) {\n"
			  "		deep();\n" /* 6 */
			  "		HERE(\"here_add\");\n" /* 7 */
			  "	}\n"
			  "};\n"
			  "namespace {\n"
			  "__attribute__((noinline)) void anonymous(int) { "
			  "HERE(\"here_anonymous\"); }\n" /* 11 */
			  "}\n"
			  "}\n"
			  "extern \"C\" __attribute__((noinline)) void plain(void) { "
			  "HERE(\"here_plain\"); }\n" /* 14 */
			  "void use(app::Box<int> *box, int n) {\n"
			  "	auto call = [=](int k) __attribute__((noinline)) { "
			  "HERE(\"here_lambda\"); "
			  "box->add(k + n); };\n"
			  "	call(n); app::anonymous(n); plain();\n"
			  "}\n";

static void check_cxx(struct scratch *scratch, bool clang)
{
	char so[256], source[256];

	strcpy(so, scratch_path(scratch, "cxx.so"));
	strcpy(source, scratch_path(scratch, "cxx.cc"));
	struct dwarf_module *module = open_module(so);
	assert_null(dwarf_prepare(module, NULL, NULL));
	dwarf_frames(module, scratch_label(so, "here_deep"), &names);
	assert_int_equal(names.length, 2);
	/* g++ writes no linker name for what it inlined everywhere. */
	expect(0, clang ? "app::deep()" : "app::deep", source, 3, true);
	expect(1, "app::Box<int>::add(int)", source, 6, false);
	assert_int_equal(names.frames[1].lang, LANG_CXX);
	dwarf_frames(module, scratch_label(so, "here_add"), &names);
	expect(0, "app::Box<int>::add(int)", source, 7, false);
	dwarf_frames(module, scratch_label(so, "here_anonymous"), &names);
	assert_int_equal(strncmp(names.frames[0].function,
				 "app::(anonymous namespace)::anonymous", 37),
			 0);
	assert_int_equal(names.frames[0].line, 11);
	dwarf_frames(module, scratch_label(so, "here_plain"), &names);
	expect(0, "plain", source, 14, false);
	dwarf_frames(module, scratch_label(so, "here_lambda"), &names);
	assert_int_equal(
		strncmp(names.frames[0].function, "use(app::Box<int>*, int)::", 26), 0);
	assert_int_equal(names.frames[0].line, 16);
	dwarf_close(module);
}

static void names_cxx(void **state)
{
	static const char *const compilers[] = { "g++ -gdwarf-4", "g++ -g",
						 "clang++ -g" };

	assert_true(scratch_write(*state, "cxx.cc", cxx));
	for (size_t i = 0; i < 3; i++) {
		if (!scratch_run(*state, "%s -O1 -shared -fPIC -o cxx.so cxx.cc",
				 compilers[i])) {
			print_message("not here: %s\n", compilers[i]);
			continue;
		}
		check_cxx(*state, i == 2);
	}
}

static const char rust[] = "#![allow(named_asm_labels)] pub mod deep {\n"
			   "    pub struct Cache<T> { pub v: Vec<T> }\n"
			   "    impl<T: Copy> Cache<T> {\n"
			   "        #[inline(never)]\n"
			   "        pub fn build(&mut self, t: T) {\n"
			   "            unsafe { core::arch::asm!(\".globl here_rust\", "
			   "\"here_rust: nop\") };\n" /* 6 */
			   "            self.v.push(t);\n"
			   "        }\n"
			   "    }\n"
			   "}\n"
			   "#[no_mangle]\n"
			   "pub extern \"C\" fn entry(n: i32) -> usize {\n"
			   "    let mut c = deep::Cache { v: Vec::new() };\n"
			   "    c.build(n);\n"
			   "    c.v.len()\n"
			   "}\n";

static void names_rust(void **state)
{
	static const char *const manglings[] = { "", "-C symbol-mangling-version=v0" };

	assert_true(scratch_write(*state, "lib.rs", rust));
	for (size_t i = 0; i < 2; i++) {
		const char *so = scratch_path(*state, "librust.so");
		if (!scratch_run(*state,
				 "PATH=$PATH:$HOME/.cargo/bin rustc -g -O "
				 "--crate-type=cdylib %s "
				 "-C link-args=-Wl,--export-dynamic-symbol=here_rust "
				 "--crate-name=rust -o librust.so lib.rs",
				 manglings[i]))
			skip();
		/* rustc's version script hides the label. */
		uint64_t offset = local_label(so, "here_rust");
		struct dwarf_module *module = open_module(so);
		assert_null(dwarf_prepare(module, NULL, NULL));
		dwarf_frames(module, offset, &names);
		print_message("%s\n", names.frames[0].function);
		assert_non_null(strstr(names.frames[0].function, "rust::deep::Cache<"));
		assert_non_null(strstr(names.frames[0].function, ">::build"));
		assert_null(strstr(names.frames[0].function, "::h"));
		assert_string_equal(names.frames[0].file, scratch_path(*state, "lib.rs"));
		assert_int_equal(names.frames[0].line, 6);
		assert_int_equal(names.frames[0].lang, LANG_RUST);
		dwarf_close(module);
	}
}

struct damaged {
	const char *path;
	uint64_t from, to;
};

static void read_damaged(void *argument)
{
	struct damaged *damaged = argument;
	struct binary_wish wish = { .path = damaged->path };
	const char *reason;
	struct dwarf_module *module = dwarf_open(&wish, &reason);

	if (!module)
		return;
	dwarf_prepare(module, NULL, NULL);
	for (uint64_t at = damaged->from; at < damaged->to; at += 3) {
		dwarf_frames(module, at, &names);
		assert_true(names.length >= 1 && names.length <= DWARF_CHAIN);
	}
	dwarf_close(module);
}

/* Bytes of the debug sections changed at random: anything but a crash. */
static void survives_damage(void **state)
{
	const char *so = scratch_path(*state, "worker.so"),
		   *bad = scratch_path(*state, "bad.so");
	static char bytes[1 << 20];
	uint32_t random = 1;

	assert_true(scratch_run(*state, "gcc -g -O2 " BUILD));
	uint64_t outer = scratch_label(so, "outer");
	FILE *file = fopen(so, "r");
	assert_non_null(file);
	size_t length = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	assert_true(length > 12288 && length < sizeof(bytes));
	for (unsigned round = 0; round < 300; round++) {
		static char changed[sizeof(bytes)];
		memcpy(changed, bytes, length);
		for (unsigned n = 0; n < 1 + round % 20; n++) {
			random = random * 1664525 + 1013904223;
			/* The tail holds debug info, symbols and section headers. */
			changed[12288 + (random >> 8) % (length - 12288)] =
				(char)(random >> 3);
		}
		file = fopen(bad, "w");
		assert_non_null(file);
		assert_int_equal(fwrite(changed, 1, length, file), length);
		fclose(file);
		struct damaged damaged = { bad, outer - 64, outer + 64 };
		if (fault_run(read_damaged, &damaged) != 0)
			print_message("round %u: libdw faulted and was left\n", round);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_lines_of_every_build),
		cmocka_unit_test(names_by_symbols_without_debug_info),
		cmocka_unit_test(says_offset_when_stripped),
		cmocka_unit_test(tells_missing_dwo),
		cmocka_unit_test(names_cxx),
		cmocka_unit_test(names_rust),
		cmocka_unit_test(survives_damage),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
