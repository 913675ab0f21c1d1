/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing that an injected thread could run (collect/attach/inject.c). */
extern const char errand_code[1], errand_open[1], errand_end[1];
const char errand_code[1], errand_open[1], errand_end[1];
