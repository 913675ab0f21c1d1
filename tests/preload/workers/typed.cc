// SPDX-License-Identifier: GPL-3.0-or-later
// Objects of many kinds of classes: says where each block is and what is to be found there, as
// "ADDRESS SIZE NAME", then "end", and waits for its input to end.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

// Each block of new is told by the line that makes it.
static std::size_t last_size;
static void *last;
void *operator new(std::size_t size)
{
	last_size = size;
	last = std::malloc(size);
	if (!last)
		throw std::bad_alloc();
	return last;
}
void *operator new[](std::size_t size) { return operator new(size); }
void operator delete(void *block) noexcept { std::free(block); }
void operator delete(void *block, std::size_t) noexcept { std::free(block); }
void operator delete[](void *block) noexcept { std::free(block); }
void operator delete[](void *block, std::size_t) noexcept { std::free(block); }

static void say(const char *name)
{
	std::printf("%zx %zu %s\n", reinterpret_cast<std::size_t>(last), last_size, name);
}

namespace shapes {
struct Shape { virtual ~Shape() {} int kind = 1; };
struct Round : Shape { double radius = 2; };
struct Named { virtual ~Named() {} virtual const char *name() { return "n"; } long id = 3; };
struct Both : Shape, Named { int more = 4; };
struct Top { virtual ~Top() {} int top = 5; };
struct Left : virtual Top { int left = 6; };
struct Right : virtual Top { int right = 7; };
struct Diamond : Left, Right { int bottom = 8; };
template <typename T> struct Box : Shape { T in{}; };
struct Plain { int a = 1, b = 2; };
struct Behind : Plain { virtual ~Behind() {} int c = 3; };      // its vptr comes first all the same
}
namespace { struct Hidden { virtual ~Hidden() {} int h = 9; }; }

using namespace shapes;
static std::vector<void *> kept;

template <typename T> static void make(const char *name)
{
	T *made = new T;

	say(name);
	kept.push_back(made);
}

int main()
{
	kept.reserve(100);
	make<Shape>("shapes::Shape");
	make<Round>("shapes::Round");
	make<Both>("shapes::Both");
	make<Left>("shapes::Left");
	make<Diamond>("shapes::Diamond");
	make<Box<int>>("shapes::Box<int>");
	make<Box<std::map<int, long>>>("shapes::Box<std::map<int, long, std::less<int>, "
				       "std::allocator<std::pair<int const, long> > > >");
	make<Behind>("shapes::Behind");
	make<Hidden>("(anonymous namespace)::Hidden");
	make<Plain>("-");
	make<std::string>("-");
	kept.push_back(new Round[3]);
	say("shapes::Round []");
	kept.push_back(new Diamond[5]);
	say("shapes::Diamond []");
	kept.push_back(new long[8]());
	say("-");
	static auto shared = std::make_shared<Both>();

	// Which allocator std::make_shared names depends on libstdc++'s release.
#if _GLIBCXX_RELEASE >= 12
#define SHARED_BY "void"
#else
#define SHARED_BY "shapes::Both"
#endif
	say("std::_Sp_counted_ptr_inplace<shapes::Both, std::allocator<" SHARED_BY ">, "
	    "(__gnu_cxx::_Lock_policy)2>");
	// What a dead object leaves is no object of a class that was derived from it.
	alignas(Both) static unsigned char *room = static_cast<unsigned char *>(operator new(sizeof(Both)));

	say("-");
	for (std::size_t i = 0; i < sizeof(Both); i++)
		room[i] = 0x41;
	// A pointer to the middle of a table, and to a type_info: both are none.
	void ***words = static_cast<void ***>(operator new(32));

	say("-");
	words[0] = *reinterpret_cast<void ***>(kept[0]) + 1;
	words[1] = reinterpret_cast<void **>(words);
	void ***info = static_cast<void ***>(operator new(32));

	say("-");
	info[0] = reinterpret_cast<void **>((*reinterpret_cast<void ***>(kept[0]))[-1]);
	info[1] = nullptr;
	std::puts("end");
	std::fflush(stdout);
	return std::getchar() == EOF ? 0 : 1;
}
