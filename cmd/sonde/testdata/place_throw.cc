// place_throw THREADS TIMES: each thread throws TIMES exceptions through functions of
// its own and a library's, and catches them. Prints the sum of what was thrown, and
// for each thread how often it called refuse.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

static int times;

struct Guard {
	long &n;
	~Guard() { n++; }
};

extern "C" __attribute__((noipa)) int refuse(int i)
{
	if (i >= 0)
		throw std::runtime_error(std::to_string(i));
	return i;
}

extern "C" int compare(const void *, const void *)
{
	return refuse(7);
}

__attribute__((noinline)) static int through(int i, long &guarded)
{
	Guard g{ guarded };
	return refuse(i) + 1;
}

static void work(long *sum)
{
	long guarded = 0;
	for (int i = 0; i < times; i++) {
		try {
			*sum += through(i, guarded);
		} catch (const std::exception &e) {
			*sum += std::stol(e.what());
		}
		try {
			int list[] = { 2, 1, 3 };
			std::qsort(list, 3, sizeof *list, compare);
		} catch (const std::runtime_error &e) {
			*sum += std::stol(e.what());
		}
	}
	*sum += guarded;
	dprintf(1, "count %ld refuse %d\n", syscall(SYS_gettid), 2 * times);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	int threads = std::atoi(argv[1]);
	times = std::atoi(argv[2]);
	std::vector<long> sums(threads);
	std::vector<std::thread> all;
	for (int i = 0; i < threads; i++)
		all.emplace_back(work, &sums[i]);
	long sum = 0;
	for (int i = 0; i < threads; i++) {
		all[i].join();
		sum += sums[i];
	}
	dprintf(1, "sum %ld\n", sum);
	return sum == threads * (times * (times - 1) / 2 + 7L * times + times) ? 0 : 1;
}
