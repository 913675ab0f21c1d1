/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_AARCH64_CODE_H
#define TRACER_MACHINE_AARCH64_CODE_H
/* What a few instructions say of a stack, where there are no unwind rules (Arm
 * Architecture Reference Manual, C6.2). */
#include <stdbool.h>
#include <stdint.h>

#define MACHINE_EPILOGUE_BYTES 8        /* of code that are looked at */

/* What the end of a function undoes: bytes above sp of the CFA, of the saved frame
 * pointer and of the return address. */
struct machine_epilogue {
	int cfa, fp, ret;
	bool saves_fp;
};

static inline uint32_t machine_instruction(const uint8_t *code)
{
	return code[0] | (uint32_t)code[1] << 8 | (uint32_t)code[2] << 16 |
	       (uint32_t)code[3] << 24;
}

/* What the code at `code`, a return address, does before it returns itself; false: it
 * is not the end of a function.  Python's perf trampolines are such code. */
static inline bool machine_epilogue(const uint8_t code[MACHINE_EPILOGUE_BYTES],
				    struct machine_epilogue *e)
{
	uint32_t pop = machine_instruction(code);
	/* ldp x29, x30, [sp], #n; ret */
	if ((pop & 0xffc07fff) != 0xa8c07bfd || machine_instruction(code + 4) != 0xd65f03c0)
		return false;
	int bytes = (int)(pop >> 15 & 127) * 8;
	*e = (struct machine_epilogue){.cfa = bytes, .fp = 0, .ret = 8, .saves_fp = true};
	return bytes >= 16 && bytes < 512;
}

/* Whether the last of these 8 bytes are a call instruction: bl, or blr and its kin that
 * check a signature. */
static inline bool machine_after_call(const uint8_t before[8])
{
	uint32_t call = machine_instruction(before + 4);
	return call >> 26 == 0x25 || (call & 0xfffffc1f) == 0xd63f0000 ||
	       (call & 0xfefff800) == 0xd63f0800;
}

#endif
