// SPDX-License-Identifier: GPL-3.0-or-later
// What is lost, who holds the rest and of which class it is, said at each line that allocates:
// known.py reads it.
#include <cstdint>
#include <cstring>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unistd.h>
#include <unordered_map>
#include <variant>
#include <vector>

namespace shop {
struct Named { virtual ~Named() {} long id = 1; };
struct Priced { virtual ~Priced() {} long price = 2; };
struct Article : Named, Priced { long stock = 3; };
struct Peer { std::shared_ptr<Peer> other; long room[4] = {}; };
struct Owner { virtual ~Owner() {} std::unique_ptr<Owner> own; };
struct Kept { virtual ~Kept() {} long room[2] = {}; };
struct Shelf { long number; Kept *newest; };
struct Store : Shelf { std::vector<Kept *> kept; static Kept *best; };
Store store;
Kept *Store::best;
struct Label { virtual ~Label() {} std::string text; };
// The lowest bit says which of the two it is.
struct Tagged {
	std::uintptr_t word;
	explicit Tagged(Named *named) : word(reinterpret_cast<std::uintptr_t>(named)) {}
	explicit Tagged(long *number) : word(reinterpret_cast<std::uintptr_t>(number) | 1) {}
};
}
using namespace shop;

static std::vector<Article *> articles;
static Priced *by_second_base;
static std::map<int, long> *prices;
static std::map<std::string, int> names;
static std::vector<Tagged> tagged;
static std::variant<int, Named *> either;
static std::unique_ptr<Label> label;
static std::function<long()> callback;

__attribute__((noinline)) static void lose()
{
	// Reference counts that never fall to 0.
	auto one = std::make_shared<Peer>();    //= indirect 1 64 type std::_Sp_counted_ptr_inplace<shop::Peer, *
	auto two = std::make_shared<Peer>();    //= indirect 1 64 type std::_Sp_counted_ptr_inplace<shop::Peer, *
	one->other = two;
	two->other = one;
	Owner *first = new Owner;               //= indirect 1 16 type shop::Owner
	first->own.reset(new Owner);            //= indirect 1 16 type shop::Owner
	first->own->own.reset(first);
	new Article;                            //= lost 1 40 type shop::Article
	// The second base's address was all there was, and is gone.
	volatile Priced *second = new Article;  //= lost 1 40 type shop::Article
	second = nullptr;
	auto lost = new std::map<int, long>;    //= indirect 1 48
	for (int i = 0; i < 20; i++)
		(*lost)[i] = i;                 //= indirect 20 960
	new Label;                              //= lost 1 40 type shop::Label
	auto text = new Label;                  //= lost 1 40 type shop::Label
	text->text = "short";                   // has room within
	text->text.assign(200, 'x');            //= indirect 1 201
	new Named[3];                           //= lost 1 56 type shop::Named []
	new std::list<long>(5, 1L);             //= indirect 6 144
}

__attribute__((noinline)) static void hold()
{
	articles.reserve(10);                   //= [articles] held 1 80 by static articles
	for (int i = 0; i < 10; i++)
		articles.push_back(new Article);        //= held 10 400 type shop::Article by static articles -> 80 B [articles]
	by_second_base = new Article;           //= inside 1 40 type shop::Article by static by_second_base
	prices = new std::map<int, long>;       //= [prices] held 1 48 by static prices
	for (int i = 0; i < 30; i++)
		(*prices)[i] = i;               //= held 30 1440 by static prices -> 48 B [prices]
	names["short"] = 1;                     //= [short] held 1 72 by static names
	names[std::string(100, 'y')] = 2;      
	tagged.reserve(2);                      //= [tagged] held 1 16 by static tagged
	tagged.emplace_back(new Named);         //= held 1 16 type shop::Named by static tagged -> 16 B [tagged]
	tagged.emplace_back(new long[2]());     //= inside 1 16 by static tagged -> 16 B [tagged]
	either = new Named;                     //= held 1 16 type shop::Named by static either
	label = std::make_unique<Label>();      //= [label] held 1 40 type shop::Label by static label
	label->text = "inside itself";
	label->text.assign(300, 'z');           //= held 1 301 by static label -> shop::Label [label]
	store.kept.reserve(5);                  //= [kept] held 1 40 by shop::store.kept
	for (int i = 0; i < 5; i++)
		store.kept.push_back(new Kept); //= held 5 120 type shop::Kept by shop::store.kept -> 40 B [kept]
	store.newest = new Kept;                //= held 1 24 type shop::Kept by shop::store.newest
	Store::best = new Kept;                 //= held 1 24 type shop::Kept by shop::Store::best
	long numbers[4] = {};
	callback = [numbers] { return numbers[0]; };    //= held 1 32 by static callback
}

__attribute__((noinline)) static void scrub()
{
	volatile char room[65536];
	std::memset(const_cast<char *>(room), 0, sizeof(room));
	__asm__ volatile("" : : "r"(room) : "memory");
#ifdef __x86_64__
	// The library links its nodes by vector registers, and what one still has is alive.
	__asm__ volatile("pxor %xmm0, %xmm0; pxor %xmm1, %xmm1; pxor %xmm2, %xmm2;"
			 "pxor %xmm3, %xmm3; pxor %xmm4, %xmm4; pxor %xmm5, %xmm5");
#endif
}

int main()
{
	char c;
	hold();
	lose();
	scrub();
	return write(1, ".", 1) != 1 || read(0, &c, 1) < 0;
}
