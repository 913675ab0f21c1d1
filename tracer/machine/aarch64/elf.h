/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_AARCH64_ELF_H
#define TRACER_MACHINE_AARCH64_ELF_H
/* What ELF files of this machine say of themselves (ELF for the Arm 64-bit
 * Architecture). */
#include <elf.h>
#include <linux/audit.h>

#define MACHINE_NAME "aarch64"
#define MACHINE_ELF EM_AARCH64
#define MACHINE_ELF_32 EM_ARM           /* the machine of 32-bit files */
#define MACHINE_AUDIT AUDIT_ARCH_AARCH64 /* for seccomp filters */

/* Relocations: a function's slot, a variable's, an address with an addend, and one of
 * the module's own. */
#define MACHINE_R_SLOT R_AARCH64_JUMP_SLOT
#define MACHINE_R_DATA R_AARCH64_GLOB_DAT
#define MACHINE_R_ADDRESS R_AARCH64_ABS64
#define MACHINE_R_RELATIVE R_AARCH64_RELATIVE

#endif
