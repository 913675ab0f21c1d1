/* SPDX-License-Identifier: MIT */
#include "tracer/preload/sys.h"

struct sys_gate sys_gate;
