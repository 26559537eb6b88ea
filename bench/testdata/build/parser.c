#include "calculate.h"
#include <math.h>

struct parser {
	const char *text;
	struct token next;
	struct stack stack;
};

static int sum(struct parser *p);

static int rank(char c)
{
	return c == '+' || c == '-' ? 1 : c == '^' ? 3 : 2;
}

static void advance(struct parser *p)
{
	p->next = next_token(&p->text);
}

static int operand(struct parser *p)
{
	struct token t = p->next;

	advance(p);
	switch (t.kind) {
	case NUMBER:
		return push(&p->stack, t.value);
	case NAME:
		return find_symbol(t.at, t.length, &t.value) && push(&p->stack, t.value);
	case OPEN:
		if (!sum(p) || p->next.kind != CLOSE)
			return 0;
		advance(p);
		return 1;
	default:
		return 0;
	}
}

static int apply(struct parser *p, char c)
{
	double a, b;

	if (!pop(&p->stack, &b) || !pop(&p->stack, &a))
		return 0;
	switch (c) {
	case '+': return push(&p->stack, a + b);
	case '-': return push(&p->stack, a - b);
	case '*': return push(&p->stack, a * b);
	case '/': return push(&p->stack, a / b);
	default: return push(&p->stack, pow(a, b));
	}
}

static int from_rank(struct parser *p, int least)
{
	if (!operand(p))
		return 0;
	while (p->next.kind == OPERATOR && rank(*p->next.at) >= least) {
		char c = *p->next.at;
		advance(p);
		if (!from_rank(p, c == '^' ? rank(c) : rank(c) + 1) || !apply(p, c))
			return 0;
	}
	return 1;
}

static int sum(struct parser *p)
{
	return from_rank(p, 1);
}

int evaluate(const char *text, double *value)
{
	struct parser p = { .text = text };
	int ok;

	advance(&p);
	ok = sum(&p) && p.next.kind == END && pop(&p.stack, value);
	if (!ok)
		complain("no sense", p.next.at);
	release(&p.stack);
	return ok;
}
