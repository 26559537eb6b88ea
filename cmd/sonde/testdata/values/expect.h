// expect.h: programs that know their trace. Each writes, in order, the lines that
// the tool must write of its calls; the library that they are told with is not
// traced. What they print themselves is discarded.
#ifndef EXPECT_H
#define EXPECT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// expect writes a line.
void expect(const char *format, ...) __attribute__((format(printf, 1, 2)));

// expect_same writes the line of a call of a function that returns its argument:
// what the source has of it, and the text of the argument.
void expect_same(const char *call, const char *text);

// expect_error is errno as it stands behind a result: "ENOENT (No such file or
// directory)".
const char *expect_error(void);

// expect_text is n bytes in quotes, escaped.
const char *expect_text(const void *text, size_t n);

// expect_string is a string in quotes, escaped.
const char *expect_string(const char *text);

// expect_number is a number in decimal.
const char *expect_number(unsigned long long n);

// expect_address is an address, NULL as nil.
const char *expect_address(const void *p);

// expect_moment is a struct timespec of a time in this century, in UTC.
const char *expect_moment(long long seconds, long nanoseconds);

// expect_end returns the address of n bytes behind which nothing can be read.
char *expect_end(size_t n);

#ifdef __cplusplus
}
#endif

// What glibc's headers make of the names of scanf and strtol.
#if defined __GLIBC_USE_C2X_STRTOL && __GLIBC_USE_C2X_STRTOL || defined __GLIBC_USE_C23_STRTOL && __GLIBC_USE_C23_STRTOL
#define ISO_SCANF "__isoc23_"
#define ISO_STRTOL "__isoc23_"
#else
#define ISO_SCANF "__isoc99_"
#define ISO_STRTOL ""
#endif

#endif
