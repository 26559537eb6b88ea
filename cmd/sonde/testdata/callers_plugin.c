/* What callers loads: it calls what it is given. */
#include <unistd.h>

void enter(const char *name), leave(void);

int own_calls;

__attribute__((noinline)) static void own_plugin_inner(void (*f)(void))
{
	enter(__func__);
	f();
	own_calls++;
	leave();
}

void own_plugin_calls(void (*f)(void))
{
	enter(__func__);
	own_plugin_inner(f);
	own_calls++;
	leave();
}
