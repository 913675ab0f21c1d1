# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the C file of the compiler workload, preprocessed already: source.py [FUNCTIONS]."""
import sys

BODY = """
struct s%(i)d { int kind; long weight; struct s%(i)d *next; unsigned char name[%(n)d]; };
static long f%(i)d(struct s%(i)d *head, int n, const long *v)
{
	long sum = %(i)d;
	for (struct s%(i)d *s = head; s; s = s->next) {
		switch (s->kind) {
		case 0: sum += s->weight; break;
		case 1: sum ^= s->weight << %(m)d; break;
		case 2: for (int j = 0; j < n; j++) sum += v[j] * s->name[j %% %(n)d]; break;
		case 3: if (s->next && s->next->kind == %(m)d) sum -= f%(p)d(0, n - 1, v); break;
		default: s->name[0] = (unsigned char)(sum %% 251);
		}
	}
	for (int i = 0; i < n; i++)
		for (int j = 0; j < i; j++)
			sum += v[i] > v[j] ? v[i] * %(m)d - v[j] : v[j] / (v[i] | 1);
	return sum;
}
long (*const g%(i)d)(struct s%(i)d *, int, const long *) = f%(i)d;
"""
count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
print("static long f0(void *a, int b, const long *c) { return a ? b : c ? c[0] : 0; }")
for i in range(1, count + 1):
    print("# %d \"part%d.c\"" % (i, i % 10), end="")
    print(BODY % {"i": i, "p": i - 1, "n": 8 + i % 9, "m": i % 13})
