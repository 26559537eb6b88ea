// Uses of pointers at functions in all the ways that compilers know. With
// -fno-plt each call is one through a pointer; without, only those to functions
// that are said to have no slot.
#define NOPLT __attribute__((noplt))

extern int calls(int) NOPLT;
extern int calls_twice(int) NOPLT;
extern int jumps(int) NOPLT;
extern int loads(int);
extern int hands_on(int);
extern int is_there(int) __attribute__((weak));
extern int in_a_table(int);
extern int in_a_variable(int);
extern void takes(int (*)(int)) NOPLT;

int exported(int n) { return n + 1; }
static int one(int n) { return n + 2; }
static int (*resolve(void))(int) { return one; }
int chosen(int) __attribute__((ifunc("resolve")));

// Data that holds addresses: no code need be linked to it.
int (*const table[])(int) = {in_a_table, exported, chosen, one};
int (*variable)(int) = in_a_variable;
static int (*volatile own)(int) = one;

int use_call(int n) { return calls(n) + calls_twice(n) + calls_twice(n + 1); }
int use_jump(int n) { return jumps(n); }
int use_load(int n) {
	int (*volatile f)(int) = loads;
	return f(n) + f(n + 1);
}
int use_address(void) {
	takes(hands_on);
	return 1;
}
int use_compare(void) { return is_there ? 1 : 2; }
int use_variable(int n) { return variable(n) + own(n); }
int use_table(int n) { return table[n & 3](n); }
void use_write(int (*f)(int)) { variable = f; }
int use_exported(int n) { return exported(n) + chosen(n); }
