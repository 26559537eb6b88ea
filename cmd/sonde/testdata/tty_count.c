// Counts what a terminal or a tracer sends: a line for every SIGINT, SIGTERM and
// SIGCONT with the number so far, and a line with the window's size at the start and
// at every SIGWINCH. Ends at a line of input that says "end", with status 5.
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

// put writes a line of a word and two numbers, the second one if it is not
// negative. It is called by signal handlers: write(2) and nothing else.
static void put(const char *word, int a, int b)
{
	char buf[64];
	unsigned n = strlen(word);
	memcpy(buf, word, n);
	for (int i = 0; i < (b < 0 ? 1 : 2); i++) {
		int v = i ? b : a, unit = 1;
		while (v / unit >= 10)
			unit *= 10;
		buf[n++] = ' ';
		for (; unit; unit /= 10)
			buf[n++] = '0' + v / unit % 10;
	}
	buf[n++] = '\n';
	if (write(1, buf, n) != (ssize_t)n)
		_exit(3);
}

static void window(void)
{
	struct winsize ws = { 0 };
	ioctl(0, TIOCGWINSZ, &ws);
	put("window", ws.ws_row, ws.ws_col);
}

static void handler(int sig)
{
	static int interrupts, terminations, continues;
	switch (sig) {
	case SIGINT:
		put("SIGINT", ++interrupts, -1);
		break;
	case SIGTERM:
		put("SIGTERM", ++terminations, -1);
		break;
	case SIGCONT:
		put("SIGCONT", ++continues, -1);
		break;
	case SIGWINCH:
		window();
		break;
	}
}

int main(void)
{
	// SA_RESTART: the read below goes on. SA_NODEFER: a second signal of the same
	// number is counted even if it comes while the first is handled.
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART | SA_NODEFER };
	static const int signals[] = { SIGINT, SIGTERM, SIGCONT, SIGWINCH };
	for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &sa, NULL);
	window();
	put("running", getpid(), -1);

	char buf[64];
	for (;;) {
		ssize_t n = read(0, buf, sizeof buf - 1);
		if (n <= 0)
			return 4;
		buf[n] = 0;
		if (strstr(buf, "end"))
			return 5;
	}
}
