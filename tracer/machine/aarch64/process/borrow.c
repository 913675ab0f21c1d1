/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No thread of a running program is borrowed here, so memtop can't be put into one. */
#include "tracer/collect/attach/borrow.h"

#include <errno.h>

bool borrow_prepare(struct borrow *b, const struct afar *afar)
{
	*b = (struct borrow){ .afar = afar };
	return false;
}

bool borrow_is_frame(const struct borrow *b, uint64_t at, uint64_t word)
{
	(void)b, (void)at, (void)word;
	return false;
}

int borrow_stop(struct borrow *b, int32_t tid)
{
	b->tid = tid;
	return -ENOSYS;
}

long borrow_number(const struct borrow *b)
{
	(void)b;
	return -1;
}

int borrow_park(struct borrow *b)
{
	(void)b;
	return -ENOSYS;
}

long borrow_call(struct borrow *b, long number, const uint64_t argument[6])
{
	(void)b, (void)number, (void)argument;
	return -ENOSYS;
}

int borrow_run(struct borrow *b, const struct borrow_errand *errand, uint64_t patience_ns)
{
	(void)b, (void)errand, (void)patience_ns;
	return -ENOSYS;
}

bool borrow_halt(struct borrow *b)
{
	(void)b;
	return false;
}

bool borrow_stands(const struct borrow *b, long *number, uint64_t *first)
{
	(void)b;
	(void)number;
	(void)first;
	return false;
}

int borrow_resume(struct borrow *b, const struct borrow_errand *errand, uint64_t patience_ns)
{
	(void)b;
	(void)errand;
	(void)patience_ns;
	return -ENOSYS;
}

void borrow_end(struct borrow *b) { (void)b; }
