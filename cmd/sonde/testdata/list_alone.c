/* Calls nothing, and has no library to call. */
static int own_static(int n) { return n + 1; }

int own_function(int n) { return own_static(n); }

#ifdef BARE
void _start(void)
{
	__asm__ volatile("syscall" : : "a"(60), "D"(own_function(-1)) : "rcx", "r11", "memory");
	__builtin_unreachable();
}
#else
int main(void) { return own_function(-1); }
#endif
