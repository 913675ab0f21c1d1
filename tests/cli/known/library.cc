// SPDX-License-Identifier: GPL-3.0-or-later
// A library that keeps objects in a vector inside an object of its own and in each thread's, and loses
// some: known.py reads it.
#include <cstring>
#include <pthread.h>
#include <unistd.h>
#include <vector>

#ifndef PROGRAM
namespace {
struct Book { long pages[5] = {}; };
struct Library {
	long opened;
	std::vector<Book *> books;
	Book *lent;
};
Library library;
__thread Book *of_thread;
pthread_barrier_t ready;

void *read_books(void *user)
{
	pthread_setname_np(pthread_self(), "reader");
	of_thread = new Book[3];                //= held 1 120 by thread-local (anonymous namespace)::of_thread of thread reader
	pthread_barrier_wait(&ready);
	for (;;)
		pause();
	return user;
}
}

extern "C" __attribute__((noinline)) void library_fill(void)
{
	library.books.reserve(20);              //= [books] held 1 160 by static (anonymous namespace)::library.books
	for (int i = 0; i < 20; i++)
		library.books.push_back(new Book);      //= held 20 800 by static (anonymous namespace)::library.books -> 160 B [books]
	library.lent = new Book;                //= held 1 40 by static (anonymous namespace)::library.lent
	new Book;                               //= lost 1 40
	of_thread = new Book[2];                //= held 1 80 by thread-local (anonymous namespace)::of_thread of thread known
	pthread_t reader;
	pthread_barrier_init(&ready, nullptr, 2);
	pthread_create(&reader, nullptr, read_books, nullptr);
	pthread_barrier_wait(&ready);
}

#else
extern "C" void library_fill(void);

__attribute__((noinline)) static void scrub()
{
	volatile char room[65536];
	std::memset(const_cast<char *>(room), 0, sizeof(room));
	__asm__ volatile("" : : "r"(room) : "memory");
}

int main()
{
	char c;
	library_fill();
	scrub();
	return write(1, ".", 1) != 1 || read(0, &c, 1) < 0;
}
#endif
