// ncurses: attributes, characters that have some, colours and keys.
#include <curses.h>
#include <stdio.h>

#include "expect.h"

static int n;

int main(void)
{
	FILE *none = fopen("/dev/null", "r+");
	expect("fopen(\"/dev/null\", \"r+\") = %p", (void *)none);
	SCREEN *screen = newterm("xterm", none, none);
	expect("newterm(\"xterm\", %p, %p) = %p", (void *)none, (void *)none, (void *)screen);
	WINDOW *window = newwin(3, 4, 5, 6);
	expect("newwin(3, 4, 5, 6) = %p", (void *)window);
	n = start_color();
	expect("start_color() = OK");
	n = init_pair(1, COLOR_RED, COLOR_BLACK);
	expect("init_pair(1, COLOR_RED, COLOR_BLACK) = OK");
	n = wattr_on(window, A_BOLD | COLOR_PAIR(1), NULL);
	expect("wattr_on(%p, A_BOLD|COLOR_PAIR(1), nil) = OK", (void *)window);
	n = waddch(window, 'x' | A_REVERSE);
	expect("waddch(%p, 'x'|A_REVERSE) = OK", (void *)window);
	n = waddch(window, '"');
	expect("waddch(%p, '\"') = OK", (void *)window);
	wtimeout(window, 10);
	expect("wtimeout(%p, 10ms) = <void>", (void *)window);
	n = wgetch(window);
	expect("wgetch(%p) = ERR", (void *)window);
	n = ungetch(KEY_LEFT);
	expect("ungetch(KEY_LEFT) = OK");
	n = wgetch(window);
	expect("wgetch(%p) = KEY_LEFT", (void *)window);
	n = ungetch('q');
	expect("ungetch('q') = OK");
	n = wgetch(window);
	expect("wgetch(%p) = 'q'", (void *)window);
	return 0;
}
