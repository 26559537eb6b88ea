// math.h, complex.h and fenv.h.
#define _GNU_SOURCE
#include <complex.h>
#include <fenv.h>
#include <math.h>
#include <stdlib.h>

#include "expect.h"

static volatile double d;
static volatile float f;
static volatile long double l;
static volatile int n;
static volatile long whole;
static volatile long long whole_long;
static double complex z;
static float complex zf;
static long double complex zl;

static void doubles(void)
{
	d = sqrt(2.25);
	expect("sqrt(2.250000) = 1.500000");
	d = pow(2, -3);
	expect("pow(2.000000, -3.000000) = 0.125000");
	d = cos(0);
	expect("cos(0.000000) = 1.000000");
	d = exp(0);
	expect("exp(0.000000) = 1.000000");
	d = log(1);
	expect("log(1.000000) = 0.000000");
	d = log10(1000);
	expect("log10(1000.000000) = 3.000000");
	d = fmod(-7.5, 2);
	expect("fmod(-7.500000, 2.000000) = -1.500000");
	d = hypot(3, 4);
	expect("hypot(3.000000, 4.000000) = 5.000000");
	d = atan2(0, 1);
	expect("atan2(0.000000, 1.000000) = 0.000000");
	d = floor(-1.5);
	expect("floor(-1.500000) = -2.000000");
	d = fabs(-0.0);
	expect("fabs(-0.000000) = 0.000000");
	d = copysign(1, -2);
	expect("copysign(1.000000, -2.000000) = -1.000000");
	d = fma(2, 3, 4);
	expect("fma(2.000000, 3.000000, 4.000000) = 10.000000");
	d = ldexp(0.75, 4);
	expect("ldexp(0.750000, 4) = 12.000000");
	d = nan("");
	expect("nan(\"\") = nan");
	d = sqrt(-1);
	expect("sqrt(-1.000000) = -nan");
	d = exp(1e4);
	expect("exp(10000.000000) = inf");
	whole = lround(2.5);
	expect("lround(2.500000) = 3");
	whole_long = llrint(-3.0);
	expect("llrint(-3.000000) = -3");
	n = ilogb(8);
	expect("ilogb(8.000000) = 3");
	d = nextafter(1, 2);
	expect("nextafter(1.000000, 2.000000) = 1.0000000000000002");
}

static void singles(void)
{
	f = sqrtf(2.25f);
	expect("sqrtf(2.250000) = 1.500000");
	f = powf(2, 0.5f);
	expect("powf(2.000000, 0.500000) = 1.4142135");
	f = fmaxf(-1.5f, 2);
	expect("fmaxf(-1.500000, 2.000000) = 2.000000");
	f = ldexpf(0.1f, 0);
	expect("ldexpf(0.100000, 0) = 0.100000");
	whole = lroundf(1.5f);
	expect("lroundf(1.500000) = 2");
}

static void longs(void)
{
	l = sqrtl(2.25L);
	expect("sqrtl(2.250000) = 1.500000");
	l = fabsl(-3.5L);
	expect("fabsl(-3.500000) = 3.500000");
	l = powl(2, 100);
	expect("powl(2.000000, 100.000000) = 1.2676506002282294015e+30");
	l = ldexpl(0.5L, -3);
	expect("ldexpl(0.500000, -3) = 0.062500");
	l = fmodl(7.5L, 2);
	expect("fmodl(7.500000, 2.000000) = 1.500000");
	whole = lrintl(-2.0L);
	expect("lrintl(-2.000000) = -2");
	l = fmal(2, 3, -1);
	expect("fmal(2.000000, 3.000000, -1.000000) = 5.000000");
}

static void parts(void)
{
	double in, sine, cosine;
	float in_float;
	long double in_long;
	int exponent;
	d = frexp(12, &exponent);
	expect("frexp(12.000000, 4) = 0.750000");
	f = frexpf(0.25f, &exponent);
	expect("frexpf(0.250000, -1) = 0.500000");
	l = frexpl(2, &exponent);
	expect("frexpl(2.000000, 2) = 0.500000");
	d = modf(-3.25, &in);
	expect("modf(-3.250000, -3.000000) = -0.250000");
	f = modff(1.5f, &in_float);
	expect("modff(1.500000, 1.000000) = 0.500000");
	l = modfl(9.75L, &in_long);
	expect("modfl(9.750000, 9.000000) = 0.750000");
	d = remquo(7, 2, &exponent);
	expect("remquo(7.000000, 2.000000, 4) = -1.000000");
	sincos(0, &sine, &cosine);
	expect("sincos(0.000000, 0.000000, 1.000000) = <void>");
	d = lgamma_r(0.5, &exponent);
	expect("lgamma_r(0.500000, 1) = %.16g", d);
}

static void complexes(void)
{
	d = cabs(3 + 4 * I);
	expect("cabs(3.000000+4.000000i) = 5.000000");
	z = conj(1 + 2 * I);
	expect("conj(1.000000+2.000000i) = 1.000000-2.000000i");
	z = csqrt(-4);
	expect("csqrt(-4.000000+0.000000i) = 0.000000+2.000000i");
	d = cimag(1.5 - 0.5 * I);
	expect("cimag(1.500000-0.500000i) = -0.500000");
	zf = conjf(0.5f + 0.25f * I);
	expect("conjf(0.500000+0.250000i) = 0.500000-0.250000i");
	f = cabsf(0 - 2 * I);
	expect("cabsf(0.000000-2.000000i) = 2.000000");
	zl = conjl(7 + 8 * I);
	expect("conjl(7.000000+8.000000i) = 7.000000-8.000000i");
	l = cabsl(3 + 4 * I);
	expect("cabsl(3.000000+4.000000i) = 5.000000");
	z = cpow(2, 0);
	expect("cpow(2.000000+0.000000i, 0.000000+0.000000i) = 1.000000+0.000000i");
}

static void environment(void)
{
	n = fegetround();
	expect("fegetround() = FE_TONEAREST");
	n = feclearexcept(FE_ALL_EXCEPT);
	expect("feclearexcept(FE_ALL_EXCEPT) = 0");
	n = feraiseexcept(FE_INEXACT | FE_OVERFLOW);
	expect("feraiseexcept(FE_OVERFLOW|FE_INEXACT) = 0");
	n = fetestexcept(FE_OVERFLOW);
	expect("fetestexcept(FE_OVERFLOW) = FE_OVERFLOW");
	n = fesetround(FE_UPWARD);
	expect("fesetround(FE_UPWARD) = 0");
}

int main(void)
{
	doubles();
	singles();
	longs();
	parts();
	complexes();
	environment();
	return 0;
}
