// What a library can define: versions of a function, an IFUNC with an alias
// and a hidden one, data, and what it keeps to itself.
int data_symbol = 1;

int old_f(void) { return 1; }
int new_f(void) { return 2; }
__asm__(".symver old_f,f@LIB_1");
__asm__(".symver new_f,f@@LIB_2");
int old_only(void) { return 3; }
__asm__(".symver old_only,gone@LIB_1");

static int chosen(void) { return 4; }
static void *resolve(void) { return (void *)chosen; }
int indirect(void) __attribute__((ifunc("resolve")));
int __indirect_alias(void) __attribute__((ifunc("resolve")));

static int hidden_code(void) { return 5; }
static void *hidden_resolve(void) { return (void *)hidden_code; }
__attribute__((visibility("hidden"))) int hidden(void) __attribute__((ifunc("hidden_resolve")));
__attribute__((visibility("hidden"), alias("indirect"))) int indirect_inside(void);

__attribute__((weak)) int weak_f(void) { return 6; }
extern int elsewhere(void);

int call_all(void) { return indirect_inside() + hidden() + elsewhere() + data_symbol; }
