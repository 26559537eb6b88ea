// What a program may ask about the process that traces it.
#include "truth.h"
#include <fcntl.h>
#include <string.h>

// status_field returns the number after a key of /proc/PID/status, 0 if there is none.
static long status_field(const char *file, const char *key)
{
	char text[4096];
	int fd = open(file, O_RDONLY);
	long n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = 0;
	char *at = strstr(text, key);
	return at ? strtol(at + strlen(key), 0, 10) : 0;
}

// tracers_peak returns the greatest resident size, in kB, that the tracer has
// had; 0 if there is no tracer.
static long tracers_peak(void)
{
	char file[64];
	long pid = status_field("/proc/self/status", "TracerPid:");
	if (!pid)
		return 0;
	strcpy(file, "/proc/");
	char digits[24], *p = digits + sizeof digits;
	*--p = 0;
	for (; pid; pid /= 10)
		*--p = (char)('0' + pid % 10);
	strcat(strcat(file, p), "/status");
	return status_field(file, "VmHWM:");
}
