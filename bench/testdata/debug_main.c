// Calls ten functions, each in a unit of its own among a hundred (debug.cc).
struct request;
int p0_entry(const struct request *, const char *, int);
int p1_entry(const struct request *, const char *, int);
int p2_entry(const struct request *, const char *, int);
int p3_entry(const struct request *, const char *, int);
int p4_entry(const struct request *, const char *, int);
int p5_entry(const struct request *, const char *, int);
int p6_entry(const struct request *, const char *, int);
int p7_entry(const struct request *, const char *, int);
int p8_entry(const struct request *, const char *, int);
int p9_entry(const struct request *, const char *, int);

struct request {
	int id;
	const char *name;
	int how;
	struct request *next;
	void *of;
};

int main(void)
{
	struct request r = {7, "request", 4, 0, 0};
	return !(p0_entry(&r, "text", 4) + p1_entry(&r, "text", 4) + p2_entry(&r, "text", 4) + p3_entry(&r, "text", 4) + p4_entry(&r, "text", 4) + p5_entry(&r, "text", 4) + p6_entry(&r, "text", 4) + p7_entry(&r, "text", 4) + p8_entry(&r, "text", 4) + p9_entry(&r, "text", 4));
}
