/* SPDX-License-Identifier: MIT */
#include "dwarf_expression.h"

#include "arch.h"

#define STACK_WORDS 16
#define STEPS_MOST 256 /* branches could loop for ever */

enum {
	OP_addr = 0x03,
	OP_deref = 0x06,
	OP_const1u = 0x08,
	OP_const1s,
	OP_const2u,
	OP_const2s,
	OP_const4u,
	OP_const4s,
	OP_const8u,
	OP_const8s,
	OP_constu,
	OP_consts,
	OP_dup,
	OP_drop,
	OP_over,
	OP_pick,
	OP_swap,
	OP_rot,
	OP_abs = 0x19,
	OP_and,
	OP_div,
	OP_minus,
	OP_mod,
	OP_mul,
	OP_neg,
	OP_not,
	OP_or,
	OP_plus,
	OP_plus_uconst,
	OP_shl,
	OP_shr,
	OP_shra,
	OP_xor,
	OP_bra,
	OP_eq,
	OP_ge,
	OP_gt,
	OP_le,
	OP_lt,
	OP_ne,
	OP_skip,
	OP_lit0 = 0x30,
	OP_lit31 = 0x4f,
	OP_breg0 = 0x70,
	OP_breg31 = 0x8f,
	OP_bregx = 0x92,
	OP_deref_size = 0x94,
	OP_nop = 0x96,
};

static const uint8_t saved_position[] = ARCH_SAVED_POSITIONS;

bool dwarf_register(const struct dwarf_frame *frame, uint64_t number, uint64_t *value)
{
	if (number == ARCH_REGISTER_SP)
		*value = frame->registers->sp;
	else if (number == ARCH_REGISTER_BP)
		*value = frame->registers->bp;
	else if (number == ARCH_REGISTER_PC)
		*value = frame->pc;
	else if (frame->registers->saved && number < sizeof saved_position)
		return frame->read(frame->context,
				   frame->registers->saved + 8ull * saved_position[number], value);
	else
		return false;
	return true;
}

/* Two-operand operations: a is the deeper operand. False for what is none of them. */
static bool combine(uint8_t op, uint64_t a, uint64_t b, uint64_t *result)
{
	int64_t sa = (int64_t)a, sb = (int64_t)b;

	switch (op) {
	case OP_and:
		*result = a & b;
		return true;
	case OP_or:
		*result = a | b;
		return true;
	case OP_xor:
		*result = a ^ b;
		return true;
	case OP_plus:
		*result = a + b;
		return true;
	case OP_minus:
		*result = a - b;
		return true;
	case OP_mul:
		*result = a * b;
		return true;
	case OP_div:
		*result = sb && sb != -1 ? (uint64_t)(sa / sb) : 0 - a;
		return sb != 0;
	case OP_mod:
		*result = b ? a % b : 0;
		return b != 0;
	case OP_shl:
		*result = b < 64 ? a << b : 0;
		return true;
	case OP_shr:
		*result = b < 64 ? a >> b : 0;
		return true;
	case OP_shra:
		*result = (uint64_t)(sa >> (b < 64 ? b : 63));
		return true;
	case OP_eq:
		*result = sa == sb;
		return true;
	case OP_ne:
		*result = sa != sb;
		return true;
	case OP_ge:
		*result = sa >= sb;
		return true;
	case OP_gt:
		*result = sa > sb;
		return true;
	case OP_le:
		*result = sa <= sb;
		return true;
	case OP_lt:
		*result = sa < sb;
		return true;
	default:
		return false;
	}
}

/* Operations that push a constant or a register plus a constant. */
static bool push_operand(const struct dwarf_frame *frame, struct dwarf_bytes *b, uint8_t op,
			 uint64_t *value)
{
	uint64_t number;

	if (op >= OP_lit0 && op <= OP_lit31) {
		*value = op - OP_lit0;
		return true;
	}
	if ((op >= OP_breg0 && op <= OP_breg31) || op == OP_bregx) {
		number = op == OP_bregx ? dwarf_uleb(b) : (uint64_t)(op - OP_breg0);
		if (!dwarf_register(frame, number, value))
			return false;
		*value += (uint64_t)dwarf_sleb(b);
		return true;
	}
	switch (op) {
	case OP_addr:
		*value = dwarf_fixed(b, 8);
		return true;
	case OP_const1u:
		*value = dwarf_fixed(b, 1);
		return true;
	case OP_const2u:
		*value = dwarf_fixed(b, 2);
		return true;
	case OP_const4u:
		*value = dwarf_fixed(b, 4);
		return true;
	case OP_const8u:
	case OP_const8s:
		*value = dwarf_fixed(b, 8);
		return true;
	case OP_const1s:
		*value = (uint64_t)dwarf_signed(b, 1);
		return true;
	case OP_const2s:
		*value = (uint64_t)dwarf_signed(b, 2);
		return true;
	case OP_const4s:
		*value = (uint64_t)dwarf_signed(b, 4);
		return true;
	case OP_constu:
		*value = dwarf_uleb(b);
		return true;
	case OP_consts:
		*value = (uint64_t)dwarf_sleb(b);
		return true;
	default:
		return false;
	}
}

static bool jump(struct dwarf_bytes *b, const uint8_t *start, int64_t distance)
{
	if (distance < start - b->at || distance > b->end - b->at)
		return false;
	b->at += distance;
	return true;
}

bool dwarf_evaluate(const struct dwarf_frame *frame, struct dwarf_bytes b, bool has_initial,
		    uint64_t initial, uint64_t *value)
{
	const uint8_t *start = b.at;
	uint64_t stack[STACK_WORDS], word;
	unsigned depth = 0;

	if (has_initial)
		stack[depth++] = initial;
	for (unsigned step = 0; b.at < b.end && !b.overrun; step++) {
		uint8_t op = (uint8_t)dwarf_fixed(&b, 1);
		uint64_t *top = depth ? &stack[depth - 1] : NULL;
		int64_t distance;

		if (step == STEPS_MOST)
			return false;
		if (push_operand(frame, &b, op, &word)) {
			if (depth == STACK_WORDS)
				return false;
			stack[depth++] = word;
			continue;
		}
		if (op == OP_nop)
			continue;
		if (op == OP_skip) {
			distance = dwarf_signed(&b, 2);
			if (!jump(&b, start, distance))
				return false;
			continue;
		}
		if (!top)
			return false;
		if (depth >= 2 && combine(op, top[-1], *top, &word)) {
			stack[--depth - 1] = word;
			continue;
		}
		switch (op) {
		case OP_deref:
			if (!frame->read(frame->context, *top, top))
				return false;
			break;
		case OP_plus_uconst:
			*top += dwarf_uleb(&b);
			break;
		case OP_neg:
			*top = 0 - *top;
			break;
		case OP_not:
			*top = ~*top;
			break;
		case OP_abs:
			*top = (int64_t)*top < 0 ? 0 - *top : *top;
			break;
		case OP_drop:
			depth--;
			break;
		case OP_dup:
			if (depth == STACK_WORDS)
				return false;
			stack[depth++] = *top;
			break;
		case OP_swap:
			if (depth < 2)
				return false;
			word = top[-1];
			top[-1] = *top;
			*top = word;
			break;
		case OP_bra:
			distance = dwarf_signed(&b, 2);
			depth--;
			if (*top && !jump(&b, start, distance))
				return false;
			break;
		default:
			return false;
		}
	}
	if (!depth || b.overrun)
		return false;
	*value = stack[depth - 1];
	return true;
}
