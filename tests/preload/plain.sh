#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Where the C++ runtime's operators are plain, their hooks call malloc and free behind us
# themselves.  A program with an operator, or a malloc, of its own does not notice: it
# prints what it prints without memtop.  And a new handler is asked as often as without.
. tests/lib.sh
CXX=${CXX:-g++}
command -v "$CXX" >/dev/null || skip "no C++ compiler"

cat >"$T/w.cc" <<'C'
#include <cstdio>
#include <cstdlib>
#include <new>
static volatile int news, deletes, asked;
#ifdef NEW
void *operator new(std::size_t size)
{
	news = news + 1;
	return std::malloc(size + 16);
}
#endif
#ifdef DELETE
void operator delete(void *block) noexcept
{
	deletes = deletes + 1;
	std::free(block);
}
#endif
template <typename T> static T *seen(T *block)
{
	asm volatile("" : "+r"(block) : : "memory");
	return block;
}
static void handler(void)
{
	asked = asked + 1;
	if (asked == 3)
		std::set_new_handler(nullptr);
}
int main()
{
	for (int i = 1; i <= 1000; i++) {
		delete seen(new int(i));        /* calls the delete with a size */
		delete[] seen(new char[i]);
		operator delete(seen(operator new(i)));
		operator delete[](seen(operator new[](i)), (std::size_t)i);
	}
	std::set_new_handler(handler);
	try {
		volatile std::size_t huge = (std::size_t)1 << 62;
		seen((char *)operator new[](huge));
	} catch (const std::bad_alloc &) {
		std::printf("asked %d times\n", asked);
	}
	char *kept = seen((char *)operator new(0));
	std::printf("%d news, %d deletes, %d\n", news, deletes, !kept);
}
C
# same TEXT BEHIND FLAGS...: it prints TEXT without and with memtop, which knows the block.
same() {
	text=$1 behind=$2
	shift 2
	"$CXX" -std=c++17 -g -O1 "$@" -o "$T/w" "$T/w.cc" || fail "no program"
	expect 0 env LD_PRELOAD="$behind" "$T/w"
	[ "$(cat "$T/out")" = "$text" ] || fail "alone, $*"
	expect 0 env LD_PRELOAD="$behind" "$MEMTOP" record --quiet --force -o "$T/m" "$T/w"
	[ "$(cat "$T/out")" = "$text" ] || fail "with memtop, $*"
	expect 0 "$MEMTOP" report --json '--filter=any.function = main' "$T/m"
	is "[r['count'] for r in d['statistics'] if r['count'] and 'w.cc' in r['key']], d['lost']" \
		"([1], 0)"
}
same 'asked 3 times
0 news, 0 deletes, 0' ""
same 'asked 3 times
0 news, 4000 deletes, 0' "" -DDELETE
same '4002 news, 0 deletes, 0' "" -DNEW
same '4002 news, 4000 deletes, 0' "" -DNEW -DDELETE

# Operators of another library behind us are called.
cat >"$T/b.cc" <<'C'
#include <cstdio>
#include <cstdlib>
#include <new>
static volatile int news, deletes;
struct Count {
	~Count()                        /* also in memtop itself, which calls none */
	{
		if (news)
			std::printf("behind: %d and %d\n", news, deletes);
	}
} static count;
void *operator new(std::size_t size)
{
	void *block = std::malloc(size);
	news = news + 1;
	return block ? block : throw std::bad_alloc();
}
void *operator new[](std::size_t size) { return operator new(size); }
void operator delete(void *block) noexcept
{
	deletes = deletes + 1;
	std::free(block);
}
void operator delete(void *block, std::size_t) noexcept { operator delete(block); }
void operator delete[](void *block) noexcept { operator delete(block); }
void operator delete[](void *block, std::size_t) noexcept { operator delete(block); }
C
"$CXX" -std=c++17 -shared -fPIC -O1 -o "$T/libb.so" "$T/b.cc" || fail "no library"
same 'asked 0 times
0 news, 0 deletes, 0
behind: 4002 and 4000' "$T/libb.so"

# LLVM's runtime is as plain as GCC's.  (Debian has no room for its headers beside libunwind's:
# this is what it does, by its name.)
cat >"$T/llvm.cc" <<'C'
#include <cstdlib>
#include <new>
using std::size_t;
static void *take(size_t size, size_t alignment)
{
	void *block;
	while (posix_memalign(&block, alignment < 16 ? 16 : alignment, size + !size) != 0) {
		std::new_handler handler = std::get_new_handler();
		if (!handler)
			return nullptr;
		handler();
	}
	return block;
}
static void *must(void *block) { return block ? block : throw std::bad_alloc(); }
#define OPERATORS(word, aligned, ...)							\
	void *operator new word(size_t n __VA_ARGS__) { return must(take(n, aligned)); }	\
	void *operator new word(size_t n __VA_ARGS__, const std::nothrow_t &) noexcept	\
	{										\
		return take(n, aligned);						\
	}										\
	void operator delete word(void *p __VA_ARGS__) noexcept { free(p); }		\
	void operator delete word(void *p, size_t __VA_ARGS__) noexcept { free(p); }
OPERATORS(, 0)
OPERATORS([], 0)
OPERATORS(, (size_t)to, , std::align_val_t to)
OPERATORS([], (size_t)to, , std::align_val_t to)
C
"$CXX" -std=c++17 -shared -fPIC -O1 -Wl,-soname,libc++abi.so.1 -o "$T/libl.so" "$T/llvm.cc" ||
	fail "no runtime"
same 'asked 3 times
0 news, 0 deletes, 0' "$T/libl.so"
expect 0 env LD_PRELOAD="$T/libl.so" "$MEMTOP" record --quiet --force -o "$T/m" \
	"$B/tests/workers/handlers"
expect 0 "$MEMTOP" report --json --filter='function = new_handler' "$T/m"
is "[sum(r[f] for r in d['statistics']) for f in ('count', 'size')], d['unknown_frees']" \
	"([60, 12300], 0)"

# Runtimes differ in how they ask for an alignment: aligned_alloc, or posix_memalign (GCC 14's).
# An allocator behind us that lacks the other: what libc's gave out it can't free.
cat >"$T/f.c" <<'C'
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static char heap[64 << 20];
static _Atomic size_t used;
static void *take(size_t alignment, size_t size)
{
	/* memtop itself has several threads. */
	size_t start = used += 16 + alignment + size;
	start = (start - size) / alignment * alignment;
	if (start + size > sizeof(heap))
		return NULL;
	memcpy(heap + start - sizeof(size), &size, sizeof(size));
	return heap + start;
}
#ifdef HAS_aligned_alloc
void *aligned_alloc(size_t alignment, size_t size) { return take(alignment, size); }
#else
int posix_memalign(void **to, size_t alignment, size_t size)
{
	return !(*to = take(alignment, size));
}
#endif
void *malloc(size_t size) { return take(16, size); }
void *calloc(size_t n, size_t size) { return malloc(n * size); }
void *realloc(void *block, size_t size)
{
	void *grown = malloc(size);
	size_t old = block ? ((size_t *)block)[-1] : 0;
	return grown && block ? memcpy(grown, block, old < size ? old : size) : grown;
}
void free(void *block)
{
	if (block && ((char *)block < heap || (char *)block >= heap + sizeof(heap)))
		_exit(3);
}
C
cat >"$T/a.cc" <<'C'
#include <cstdio>
#include <new>
static constexpr std::align_val_t wide{64};
int main()
{
	void *block = operator new(100, wide);
	asm volatile("" : "+r"(block) : : "memory");
	operator delete(block, wide);
	std::puts("freed by its own");
}
C
# A program that has one of the calls alone.
cat >"$T/o.cc" <<'C'
#include <cstdio>
#include <cstdlib>
#include <malloc.h>
#include <new>
static int calls;
#ifdef HAS_aligned_alloc
extern "C" void *aligned_alloc(size_t alignment, size_t size) noexcept
{
	calls++;
	return memalign(alignment, size);
}
#else
extern "C" int posix_memalign(void **to, size_t alignment, size_t size) noexcept
{
	calls++;
	return !(*to = memalign(alignment, size));
}
#endif
int main()
{
	void *block = operator new(100, std::align_val_t{64});
	asm volatile("" : "+r"(block) : : "memory");
	operator delete(block, std::align_val_t{64});
	std::printf("calls: %d\n", calls);
}
C
"$CXX" -std=c++17 -O1 -o "$T/a" "$T/a.cc" || fail "no program"
made=
for call in aligned_alloc posix_memalign; do
	"$CXX" -std=c++17 -O1 -DHAS_$call -o "$T/o" "$T/o.cc" || fail "no program"
	calls=$("$T/o")
	expect 0 "$MEMTOP" record --quiet --force -o "$T/m" "$T/o"
	[ "$(cat "$T/out")" = "$calls" ] || fail "$call: $(cat "$T/out"), without memtop $calls"
	[ "$calls" = 'calls: 1' ] || continue
	made+=$call
	$CC -shared -fPIC -O1 -DHAS_$call -o "$T/libf.so" "$T/f.c" || fail "no allocator"
	for with in "" "$MEMTOP record --quiet --force -o $T/m"; do
		expect 0 env LD_PRELOAD="$T/libf.so" $with "$T/a"
		[ "$(cat "$T/out")" = "freed by its own" ] || fail "an aligned block, ${with:-alone}"
	done
done
[ -n "$made" ] || fail "the runtime makes neither call"
exit 0
