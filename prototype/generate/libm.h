/* Functions of the GNU C library's libm that no header of release 2.36
   declares: those of older and of newer releases. */

double pow10(double x);
float pow10f(float x);
long double pow10l(long double x);
int matherr(void *exc);

/* What -ffast-math led to before release 2.31. */
#define FINITE(name) \
	double __##name##_finite(double x); \
	float __##name##f_finite(float x); \
	long double __##name##l_finite(long double x); \
	_Float128 __##name##f128_finite(_Float128 x);
#define FINITE2(name) \
	double __##name##_finite(double x, double y); \
	float __##name##f_finite(float x, float y); \
	long double __##name##l_finite(long double x, long double y); \
	_Float128 __##name##f128_finite(_Float128 x, _Float128 y);
#define FINITE_N(name) \
	double __##name##_finite(int n, double x); \
	float __##name##f_finite(int n, float x); \
	long double __##name##l_finite(int n, long double x); \
	_Float128 __##name##f128_finite(int n, _Float128 x);
FINITE(acos)
FINITE(acosh)
FINITE(asin)
FINITE(atanh)
FINITE(cosh)
FINITE(exp)
FINITE(exp10)
FINITE(exp2)
FINITE(j0)
FINITE(j1)
FINITE(log)
FINITE(log10)
FINITE(log2)
FINITE(sinh)
FINITE(sqrt)
FINITE(y0)
FINITE(y1)
FINITE2(atan2)
FINITE2(fmod)
FINITE2(hypot)
FINITE2(pow)
FINITE2(remainder)
FINITE2(scalb)
FINITE_N(jn)
FINITE_N(yn)
double __gamma_r_finite(double x, int *signgamp);
float __gammaf_r_finite(float x, int *signgamp);
long double __gammal_r_finite(long double x, int *signgamp);
double __lgamma_r_finite(double x, int *signgamp);
float __lgammaf_r_finite(float x, int *signgamp);
long double __lgammal_r_finite(long double x, int *signgamp);
_Float128 __lgammaf128_r_finite(_Float128 x, int *signgamp);

/* ISO C23, releases 2.40 to 2.42. */
#define UNARY_OF(type, name, suffix) type name##suffix(type x);
#define BINARY_OF(type, name, suffix) type name##suffix(type x, type y);
#define POWER_OF(type, name, suffix) type name##suffix(type x, long long n);
#define FAMILY(declare, name) \
	declare(double, name, ) declare(float, name, f) declare(long double, name, l) \
	declare(_Float32, name, f32) declare(_Float64, name, f64) declare(_Float128, name, f128) \
	declare(_Float32x, name, f32x) declare(_Float64x, name, f64x)
FAMILY(UNARY_OF, exp2m1)
FAMILY(UNARY_OF, exp10m1)
FAMILY(UNARY_OF, log2p1)
FAMILY(UNARY_OF, log10p1)
FAMILY(UNARY_OF, logp1)
FAMILY(UNARY_OF, acospi)
FAMILY(UNARY_OF, asinpi)
FAMILY(UNARY_OF, atanpi)
FAMILY(UNARY_OF, cospi)
FAMILY(UNARY_OF, sinpi)
FAMILY(UNARY_OF, tanpi)
FAMILY(UNARY_OF, rsqrt)
FAMILY(BINARY_OF, atan2pi)
FAMILY(BINARY_OF, powr)
FAMILY(POWER_OF, compoundn)
FAMILY(POWER_OF, pown)
FAMILY(POWER_OF, rootn)
