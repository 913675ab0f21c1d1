/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Function names in little room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "views/format/format.h"
#include "views/format/name.h"

static void expect(const char *name, unsigned cells, const char *expected)
{
	char out[512];
	format_name(name, cells, false, out, sizeof out);
	assert_string_equal(out, expected);
	assert_true(format_width(out) <= cells);
}

static void steps(void **state)
{
	static const char name[] = "std::map<int, std::vector<char> >::at(int const&) const";
	(void)state;
	expect(name, 80, name);
	expect(name, 54, "std::map<int, std::vector<char> >::at(…) const");
	expect(name, 45, "std::map<int, std::vector<…> >::at(…) const");
	expect(name, 42, "std::map<…>::at(…) const");
	expect(name, 24, "std::map<…>::at(…) const");
	expect(name, 14, "…::at(…) const");
	expect(name, 12, "std……) const");
	expect("ns::Outer<int>::Inner::method(int)", 19, "…::Inner::method(…)");
	expect("ns::Outer<int>::Inner::method(int)", 18, "…::method(…)");
}

/* Brackets that are no arguments stay. */
static void literals(void **state)
{
	(void)state;
	expect("bool operator< <int>(Pair<int> const&, Pair<int> const&)", 24,
	       "bool operator< <int>(…)");
	expect("Stream& Stream::operator<<(char const*, int)", 30, "Stream& Stream::operator<<(…)");
	expect("Call::operator()(int, long, short) const", 26, "Call::operator()(…) const");
	expect("Pointer<Node>::operator->() const", 30, "Pointer<…>::operator->() const");
	expect("(anonymous namespace)::build(int, int)", 33, "(anonymous namespace)::build(…)");
	expect("f.<locals>.g", 12, "f.<locals>.g");
	expect("<module>", 8, "<module>");
}

static void expect_type(const char *name, unsigned cells, const char *expected)
{
	char out[128];
	format_type(name, cells, false, out, sizeof out);
	assert_string_equal(out, expected);
	assert_true(format_width(out) <= cells);
}

static void types(void **state)
{
	static const char vector[] = "std::vector<Pair<int, int>, int>";
	char ascii[64], tiny[8];
	(void)state;
	expect_type("list", 4, "list");
	expect_type(vector, 26, "std::vector<Pair<…>, int>");
	expect_type(vector, 24, "std::vector<Pair<…>, in…");
	expect_type("Käse<int>", 3, "Kä…");
	format_type(vector, 24, true, ascii, sizeof ascii);
	assert_string_equal(ascii, "std::vector<Pair<..>, ..");
	format_type(vector, 24, false, tiny, sizeof tiny);
	assert_string_equal(tiny, "std:…");
	/* The name of a thing that has none. */
	expect("(emergency pool for exceptions, made at start-up)", 12, "(em…tart-up)");
}

static void expect_shared(const char *name, const char *expected)
{
	char out[128], few[8];
	format_shared(name, out, sizeof out);
	assert_string_equal(out, expected);
	format_shared(name, few, sizeof few);
	assert_int_equal(strlen(few), strlen(expected) < 7 ? strlen(expected) : 7);
}

/* What the libraries call the block of a shared_ptr is no name that anybody wrote. */
static void shared(void **state)
{
	static const char name[] = "std::_Sp_counted_ptr_inplace<Session, std::allocator<void>, "
				   "(__gnu_cxx::_Lock_policy)2>";
	(void)state;
	expect_shared("Session", "Session");
	expect_shared(name, "shared_ptr<Session>'s block");
	expect_shared("std::_Sp_counted_ptr_inplace<Pair<int, f(int, int)>, std::allocator<void>, 2>",
		      "shared_ptr<Pair<int, f(int, int)>>'s block");
	expect_shared("std::_Sp_counted_ptr<Session*, (__gnu_cxx::_Lock_policy)2>",
		      "shared_ptr<Session>'s counts");
	expect_shared("std::_Sp_counted_deleter<Session*, void (*)(Session*), "
		      "std::allocator<void>, (__gnu_cxx::_Lock_policy)2>",
		      "shared_ptr<Session>'s counts");
	expect_shared("std::__1::__shared_ptr_emplace<Session, std::__1::allocator<Session> >",
		      "shared_ptr<Session>'s block");
	expect_shared("std::_Sp_counted_ptr_inplace<", "shared_ptr<>'s block");
	expect_type(name, 87, name);
	expect_type(name, 62, "shared_ptr<Session>'s block");
	expect_type(name, 20, "shared_ptr<Session>…");
}

static void rust(void **state)
{
	(void)state;
	expect("<alloc::vec::Vec<T, A> as core::ops::Drop>::drop", 46,
	       "<alloc::vec::Vec<…> as core::ops::Drop>::drop");
}

/* Cut names have brackets without an end, hostile ones an end without a beginning. */
static void unbalanced(void **state)
{
	char out[512];
	(void)state;
	expect("a<b<c(d", 6, "a<b<…");
	expect(">>>)))((<<", 8, ">>>)))(…");
	format_name("x(((((((((((((((((((((((((((", 5, true, out, sizeof out);
	assert_true(format_width(out) <= 5);
	format_name("", 0, false, out, sizeof out);
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps),
		cmocka_unit_test(literals),
		cmocka_unit_test(types),
		cmocka_unit_test(shared),
		cmocka_unit_test(rust),
		cmocka_unit_test(unbalanced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
