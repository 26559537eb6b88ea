// shapes.h: a library of functions whose arguments and results have every class of
// type. Each returns its first argument, or what it says.
#ifndef SHAPES_H
#define SHAPES_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uchar.h>
#include <wchar.h>

// Numbers.
char of_char(char c);
signed char of_schar(signed char c);
unsigned char of_uchar(unsigned char c);
short of_short(short s);
unsigned short of_ushort(unsigned short s);
int of_int(int i);
unsigned of_uint(unsigned u);
long of_long(long l);
unsigned long of_ulong(unsigned long l);
long long of_llong(long long l);
unsigned long long of_ullong(unsigned long long l);
int8_t of_int8(int8_t i);
uint8_t of_uint8(uint8_t i);
int64_t of_int64(int64_t i);
size_t of_size(size_t n);
_Bool of_bool(_Bool b);
wchar_t of_wchar(wchar_t c);
char16_t of_char16(char16_t c);
char32_t of_char32(char32_t c);
float of_float(float f);
double of_double(double d);
long double of_longdouble(long double l);
float _Complex of_cfloat(float _Complex c);
double _Complex of_cdouble(double _Complex c);
long double _Complex of_clong(long double _Complex c);
#ifdef __SIZEOF_INT128__
__int128 of_int128(__int128 i);
unsigned __int128 of_uint128(unsigned __int128 i);
#endif
__float128 of_float128(__float128 f);
void of_nothing(void);

// Names.
enum color { RED, GREEN = 5, BLUE };
enum below { MINUS = -1, NONE, PLUS };
enum bits { READ = 1, WRITE = 2, EXEC = 4, APPEND = 8 };
typedef enum { LEFT, RIGHT } side;
enum color of_color(enum color c);
enum below of_below(enum below b);
enum bits of_bits(enum bits b);
side of_side(side s);

// Many arguments.
long of_seven(int a, int b, int c, int d, int e, int f, int g, long h);
double of_nine(double a, double b, double c, double d, double e, double f, double g, double h, double i);
int of_mixture(char a, double b, long c, float d, short e, long double f, int g, double h, int i, int j, long long k);
int of_variadic(int n, ...);

// Structs of 1 to 40 bytes, and what they are made of.
struct b1 { char a; };
struct b3 { char a[3]; };
struct b4 { short a, b; };
struct b8 { int a; float b; };
struct b9 { double a; char b; };
struct b12 { int a, b, c; };
struct b16 { long long a; double b; };
struct f8 { float x, y; };
struct f12 { float x, y, z; };
struct d16 { double x, y; };
struct b24 { long long a, b, c; };
struct b40 { double a[5]; };
struct ld { long double l; };
struct p { void *p; const char *s; };
struct bitfields { unsigned a : 3; int b : 5; unsigned long long c : 40; _Bool d : 1; enum below e : 2; };
struct __attribute__((packed)) tight { char a; int b; short c; };
struct nest { struct b4 in; struct { int x; union { int i; float f; } u; }; int tail[2]; };
struct empty {};
union word { int i; float f; char c[4]; };
union big { long long l[3]; double d; };
struct b1 of_b1(struct b1 s);
struct b3 of_b3(struct b3 s);
struct b4 of_b4(struct b4 s);
struct b8 of_b8(struct b8 s);
struct b9 of_b9(struct b9 s);
struct b12 of_b12(struct b12 s);
struct b16 of_b16(struct b16 s);
struct f8 of_f8(struct f8 s);
struct f12 of_f12(struct f12 s);
struct d16 of_d16(struct d16 s);
struct b24 of_b24(struct b24 s);
struct b40 of_b40(struct b40 s);
struct ld of_ld(struct ld s);
struct p of_p(struct p s);
struct bitfields of_bitfields(struct bitfields s);
struct tight of_tight(struct tight s);
struct nest of_nest(struct nest s);
union word of_word(union word u);
union big of_big(union big u);
int of_structs(struct b16 a, struct d16 b, struct b9 c, struct b24 d, struct b8 e, struct b16 f, int g);

// Vectors.
typedef int v4si __attribute__((vector_size(16)));
typedef float v4sf __attribute__((vector_size(16)));
typedef double v2df __attribute__((vector_size(16)));
typedef signed char v16qi __attribute__((vector_size(16)));
v4si of_v4si(v4si v);
v4sf of_v4sf(v4sf v);
v2df of_v2df(v2df v);

// Pointers.
typedef int triple[3];
typedef int (*compare)(const void *, const void *);
struct list { int value; struct list *next; };
struct opaque;
typedef struct { const char *name; compare order; enum color color; side sides[3]; struct list *list; } record;
const int *of_ints(const int *p);
int **of_intss(int **p);
void *of_void(void *p);
const char *of_string(const char *s);
char **of_strings(char **s);
const wchar_t *of_wide(const wchar_t *s);
const char16_t *of_text16(const char16_t *s);
const char32_t *of_text32(const char32_t *s);
const unsigned char *of_bytes(const unsigned char *s);
const double *of_doubles(const double *d);
const struct b16 *of_structp(const struct b16 *s);
struct list *of_list(struct list *l);
struct opaque *of_opaque(struct opaque *o);
const record *of_record(const record *r);
triple *of_triple(triple *t);
int of_array(int a[3]);
compare of_compare(compare f);
void (*of_function(void (*f)(int)))(int);

#endif
