/* SPDX-License-Identifier: GPL-3.0-or-later */
/* make dist-bin: these five have had a new version in libm since glibc 2.29, which differs in
 * how it reports errors alone.  The linker turns calls of them here (--wrap), and they are
 * bound to the version that every x86-64 libm has. */
#define OLDER(function, parameters, arguments) \
	double older_##function parameters; \
	double __wrap_##function parameters; \
	__asm__(".symver older_" #function "," #function "@GLIBC_2.2.5"); \
	double __wrap_##function parameters { return older_##function arguments; }

OLDER(exp, (double x), (x))
OLDER(exp2, (double x), (x))
OLDER(log, (double x), (x))
OLDER(log2, (double x), (x))
OLDER(pow, (double x, double y), (x, y))
