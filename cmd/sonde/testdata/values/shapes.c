// The library of shapes.h.
#include "shapes.h"

char of_char(char c) { return c; }
signed char of_schar(signed char c) { return c; }
unsigned char of_uchar(unsigned char c) { return c; }
short of_short(short s) { return s; }
unsigned short of_ushort(unsigned short s) { return s; }
int of_int(int i) { return i; }
unsigned of_uint(unsigned u) { return u; }
long of_long(long l) { return l; }
unsigned long of_ulong(unsigned long l) { return l; }
long long of_llong(long long l) { return l; }
unsigned long long of_ullong(unsigned long long l) { return l; }
int8_t of_int8(int8_t i) { return i; }
uint8_t of_uint8(uint8_t i) { return i; }
int64_t of_int64(int64_t i) { return i; }
size_t of_size(size_t n) { return n; }
_Bool of_bool(_Bool b) { return b; }
wchar_t of_wchar(wchar_t c) { return c; }
char16_t of_char16(char16_t c) { return c; }
char32_t of_char32(char32_t c) { return c; }
float of_float(float f) { return f; }
double of_double(double d) { return d; }
long double of_longdouble(long double l) { return l; }
float _Complex of_cfloat(float _Complex c) { return c; }
double _Complex of_cdouble(double _Complex c) { return c; }
long double _Complex of_clong(long double _Complex c) { return c; }
#ifdef __SIZEOF_INT128__
__int128 of_int128(__int128 i) { return i; }
unsigned __int128 of_uint128(unsigned __int128 i) { return i; }
#endif
__float128 of_float128(__float128 f) { return f; }
void of_nothing(void) {}

enum color of_color(enum color c) { return c; }
enum below of_below(enum below b) { return b; }
enum bits of_bits(enum bits b) { return b; }
side of_side(side s) { return s; }

long of_seven(int a, int b, int c, int d, int e, int f, int g, long h) { return h; }
double of_nine(double a, double b, double c, double d, double e, double f, double g, double h, double i) { return i; }
int of_mixture(char a, double b, long c, float d, short e, long double f, int g, double h, int i, int j, long long k) { return g; }
int of_variadic(int n, ...) { return n; }

struct b1 of_b1(struct b1 s) { return s; }
struct b3 of_b3(struct b3 s) { return s; }
struct b4 of_b4(struct b4 s) { return s; }
struct b8 of_b8(struct b8 s) { return s; }
struct b9 of_b9(struct b9 s) { return s; }
struct b12 of_b12(struct b12 s) { return s; }
struct b16 of_b16(struct b16 s) { return s; }
struct f8 of_f8(struct f8 s) { return s; }
struct f12 of_f12(struct f12 s) { return s; }
struct d16 of_d16(struct d16 s) { return s; }
struct b24 of_b24(struct b24 s) { return s; }
struct b40 of_b40(struct b40 s) { return s; }
struct ld of_ld(struct ld s) { return s; }
struct p of_p(struct p s) { return s; }
struct bitfields of_bitfields(struct bitfields s) { return s; }
struct tight of_tight(struct tight s) { return s; }
struct nest of_nest(struct nest s) { return s; }
union word of_word(union word u) { return u; }
union big of_big(union big u) { return u; }
int of_structs(struct b16 a, struct d16 b, struct b9 c, struct b24 d, struct b8 e, struct b16 f, int g) { return g; }

v4si of_v4si(v4si v) { return v; }
v4sf of_v4sf(v4sf v) { return v; }
v2df of_v2df(v2df v) { return v; }

const int *of_ints(const int *p) { return p; }
int **of_intss(int **p) { return p; }
void *of_void(void *p) { return p; }
const char *of_string(const char *s) { return s; }
char **of_strings(char **s) { return s; }
const wchar_t *of_wide(const wchar_t *s) { return s; }
const char16_t *of_text16(const char16_t *s) { return s; }
const char32_t *of_text32(const char32_t *s) { return s; }
const unsigned char *of_bytes(const unsigned char *s) { return s; }
const double *of_doubles(const double *d) { return d; }
const struct b16 *of_structp(const struct b16 *s) { return s; }
struct list *of_list(struct list *l) { return l; }
struct opaque *of_opaque(struct opaque *o) { return o; }
const record *of_record(const record *r) { return r; }
triple *of_triple(triple *t) { return t; }
int of_array(int a[3]) { return a[0]; }
compare of_compare(compare f) { return f; }
void (*of_function(void (*f)(int)))(int) { return f; }
