#include "calculate.h"
#include <string.h>

struct token next_token(const char **text)
{
	struct token t = { .kind = END };

	while (is_blank(**text))
		++*text;
	t.at = *text;
	if (**text == '\0')
		return t;
	if (is_digit(**text)) {
		t.kind = read_number(text, &t.value) ? NUMBER : BAD;
	} else if (is_letter(**text)) {
		while (is_letter(**text))
			++*text;
		t.kind = NAME;
	} else {
		char c = *(*text)++;
		t.kind = c == '(' ? OPEN : c == ')' ? CLOSE : strchr("+-*/^", c) ? OPERATOR : BAD;
	}
	t.length = (size_t)(*text - t.at);
	return t;
}
