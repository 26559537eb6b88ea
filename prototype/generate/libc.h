/* Functions of the GNU C library that programs call although no header of
   release 2.36 declares them: entry points for compilers and macros, those of
   other releases, and system calls without a header. Files of the library's own
   headers come first. */

/* Program start and end: Linux Standard Base, Core 5.0, section 13. */
int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void), void (*rtld_fini)(void), void *stack_end) __attribute__((noreturn));
int __libc_start_call_main(int (*main)(int, char **, char **), int argc, char **argv) __attribute__((noreturn));
void __libc_init_first(int argc, char **argv, char **envp);
int __cxa_atexit(void (*func)(void *), void *arg, void *dso_handle);
void __cxa_finalize(void *dso_handle);
int __cxa_at_quick_exit(void (*func)(void *), void *dso_handle);
int __cxa_thread_atexit_impl(void (*func)(void *), void *arg, void *dso_handle);
void __call_tls_dtors(void);
int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *dso_handle);
void __gmon_start__(void);
void __cyg_profile_func_enter(void *this_fn, void *call_site);
void __cyg_profile_func_exit(void *this_fn, void *call_site);
void mcount(void);
void _mcount(void);
void __fentry__(void);
void __libc_freeres(void);
void *__tls_get_addr(void *index);

/* What stack protectors and _FORTIFY_SOURCE call. */
void __stack_chk_fail(void) __attribute__((noreturn));
void __chk_fail(void) __attribute__((noreturn));
void __fortify_fail(const char *msg) __attribute__((noreturn));
void __libc_fatal(const char *message) __attribute__((noreturn));
void *__memcpy_chk(void *dest, const void *src, size_t len, size_t destlen);
void *__memmove_chk(void *dest, const void *src, size_t len, size_t destlen);
void *__mempcpy_chk(void *dest, const void *src, size_t len, size_t destlen);
void *__memset_chk(void *dest, int c, size_t len, size_t destlen);
void __explicit_bzero_chk(void *dest, size_t len, size_t destlen);
char *__strcpy_chk(char *dest, const char *src, size_t destlen);
char *__stpcpy_chk(char *dest, const char *src, size_t destlen);
char *__strncpy_chk(char *dest, const char *src, size_t len, size_t destlen);
char *__stpncpy_chk(char *dest, const char *src, size_t len, size_t destlen);
char *__strcat_chk(char *dest, const char *src, size_t destlen);
char *__strncat_chk(char *dest, const char *src, size_t len, size_t destlen);
size_t __strlcpy_chk(char *dest, const char *src, size_t size, size_t destlen);
size_t __strlcat_chk(char *dest, const char *src, size_t size, size_t destlen);
size_t __wcslcpy_chk(wchar_t *dest, const wchar_t *src, size_t size, size_t destlen);
size_t __wcslcat_chk(wchar_t *dest, const wchar_t *src, size_t size, size_t destlen);
int __sprintf_chk(char *s, int flag, size_t slen, const char *format, ...);
int __vsprintf_chk(char *s, int flag, size_t slen, const char *format, va_list ap);
int __snprintf_chk(char *s, size_t maxlen, int flag, size_t slen, const char *format, ...);
int __vsnprintf_chk(char *s, size_t maxlen, int flag, size_t slen, const char *format, va_list ap);
int __printf_chk(int flag, const char *format, ...);
int __fprintf_chk(FILE *stream, int flag, const char *format, ...);
int __vprintf_chk(int flag, const char *format, va_list ap);
int __vfprintf_chk(FILE *stream, int flag, const char *format, va_list ap);
char *__gets_chk(char *str, size_t size);
char *gets(char *s);
void __longjmp_chk(struct __jmp_buf_tag *env, int val) __attribute__((noreturn));
int __open_2(const char *file, int oflag);
int __open64_2(const char *file, int oflag);
int __openat_2(int fd, const char *file, int oflag);
int __openat64_2(int fd, const char *file, int oflag);
int __inet_pton_chk(int af, const char *src, void *dst, size_t dstlen);
const char *__inet_ntop_chk(int af, const void *src, char *dst, socklen_t size, size_t dstlen);
ssize_t __ppoll64_chk(struct pollfd *fds, nfds_t nfds, const void *timeout, const sigset_t *ss, size_t fdslen);

/* Before release 2.33 these stood behind stat and mknod. */
int __xstat(int ver, const char *filename, struct stat *stat_buf);
int __fxstat(int ver, int fildes, struct stat *stat_buf);
int __lxstat(int ver, const char *filename, struct stat *stat_buf);
int __fxstatat(int ver, int fildes, const char *filename, struct stat *stat_buf, int flag);
int __xstat64(int ver, const char *filename, struct stat64 *stat_buf);
int __fxstat64(int ver, int fildes, struct stat64 *stat_buf);
int __lxstat64(int ver, const char *filename, struct stat64 *stat_buf);
int __fxstatat64(int ver, int fildes, const char *filename, struct stat64 *stat_buf, int flag);
int __xmknod(int ver, const char *path, mode_t mode, dev_t *dev);
int __xmknodat(int ver, int fd, const char *path, mode_t mode, dev_t *dev);

/* What <ctype.h>, <stdlib.h> and <string.h> of several releases expand to. */
size_t __ctype_get_mb_cur_max(void);
void __ctype_init(void);
long __strtol_internal(const char *nptr, char **endptr, int base, int group);
unsigned long __strtoul_internal(const char *nptr, char **endptr, int base, int group);
long long __strtoll_internal(const char *nptr, char **endptr, int base, int group);
unsigned long long __strtoull_internal(const char *nptr, char **endptr, int base, int group);
float __strtof_internal(const char *nptr, char **endptr, int group);
double __strtod_internal(const char *nptr, char **endptr, int group);
long double __strtold_internal(const char *nptr, char **endptr, int group);
_Float128 __strtof128_internal(const char *nptr, char **endptr, int group);
long __wcstol_internal(const wchar_t *nptr, wchar_t **endptr, int base, int group);
unsigned long __wcstoul_internal(const wchar_t *nptr, wchar_t **endptr, int base, int group);
long long __wcstoll_internal(const wchar_t *nptr, wchar_t **endptr, int base, int group);
unsigned long long __wcstoull_internal(const wchar_t *nptr, wchar_t **endptr, int base, int group);
float __wcstof_internal(const wchar_t *nptr, wchar_t **endptr, int group);
double __wcstod_internal(const wchar_t *nptr, wchar_t **endptr, int group);
long double __wcstold_internal(const wchar_t *nptr, wchar_t **endptr, int group);
_Float128 __wcstof128_internal(const wchar_t *nptr, wchar_t **endptr, int group);
char *__xpg_basename(char *path);
int __xpg_strerror_r(int errnum, char *buf, size_t buflen);
char *__strerror_r(int errnum, char *buf, size_t buflen);
char *__strtok_r_1c(char *s, char sep, char **nextp);
char *__strsep_1c(char **s, char reject);
char *__strsep_2c(char **s, char reject1, char reject2);
char *__strsep_3c(char **s, char reject1, char reject2, char reject3);
char *__strsep_g(char **s, const char *reject);
size_t __strcspn_c1(const char *s, int reject);
size_t __strcspn_c2(const char *s, int reject1, int reject2);
size_t __strcspn_c3(const char *s, int reject1, int reject2, int reject3);
size_t __strspn_c1(const char *s, int accept);
size_t __strspn_c2(const char *s, int accept1, int accept2);
size_t __strspn_c3(const char *s, int accept1, int accept2, int accept3);
char *__strpbrk_c2(const char *s, int accept1, int accept2);
char *__strpbrk_c3(const char *s, int accept1, int accept2, int accept3);
int __posix_getopt(int argc, char *const *argv, const char *shortopts);
int (__isctype)(int c, int mask);
int __isinf(double value);
int __isinff(float value);
int __isinfl(long double value);
int __isnan(double value);
int __isnanf(float value);
int __isnanl(long double value);
int __finite(double value);
int __finitef(float value);
int __finitel(long double value);
int __signbit(double value);
int __signbitf(float value);
int __signbitl(long double value);
int __underflow(FILE *stream);
int __overflow(FILE *stream, int c);
int __uflow(FILE *stream);
wint_t __wunderflow(FILE *stream);
wint_t __woverflow(FILE *stream, wint_t c);
wint_t __wuflow(FILE *stream);
int _IO_getc(FILE *stream);
int _IO_putc(int c, FILE *stream);
int _IO_feof(FILE *stream);
int _IO_ferror(FILE *stream);
int __libc_current_sigrtmin(void);
int __libc_current_sigrtmax(void);
int __libc_allocate_rtsig(int high);
int __libc_sa_len(sa_family_t family);
int __libc_alloca_cutoff(size_t size);
const char *__libc_secure_getenv(const char *name);
char *__secure_getenv(const char *name);
int __libc_sigaction(int sig, const struct sigaction *act, struct sigaction *oact);
int __sigpause(int sig_or_mask, int is_sig);
int __profile_frequency(void);
unsigned long __getauxval(unsigned long type);
size_t __pthread_get_minstack(const pthread_attr_t *attr);

/* <threads> of the C++ library and cancellation. */
void _pthread_cleanup_push(void *buffer, void (*routine)(void *), void *arg);
void _pthread_cleanup_pop(void *buffer, int execute);
void _pthread_cleanup_push_defer(void *buffer, void (*routine)(void *), void *arg);
void _pthread_cleanup_pop_restore(void *buffer, int execute);
int __pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
void __pthread_unwind(void *buf) __attribute__((noreturn));
int pthread_mutexattr_getkind_np(const pthread_mutexattr_t *attr, int *kind);
int pthread_mutexattr_setkind_np(pthread_mutexattr_t *attr, int kind);
void pthread_kill_other_threads_np(void);

/* System calls that have an entry point and no declaration. */
int arch_prctl(int code, unsigned long addr);
int bdflush(int func, long data);
int capget(void *hdrp, void *datap);
int capset(void *hdrp, const void *datap);
int pivot_root(const char *new_root, const char *put_old);
int init_module(void *module_image, unsigned long len, const char *param_values);
int delete_module(const char *name, unsigned flags);
void *create_module(const char *name, size_t size);
int query_module(const char *name, int which, void *buf, size_t bufsize, size_t *ret);
int get_kernel_syms(void *table);
int modify_ldt(int func, void *ptr, unsigned long bytecount);
long nfsservctl(int cmd, void *argp, void *resp);
int sysctl(int *name, int nlen, void *oldval, size_t *oldlenp, void *newval, size_t newlen);
int uselib(const char *library);
int ustat(dev_t dev, void *ubuf);
int stime(const time_t *t);
loff_t llseek(int fd, loff_t offset, int whence);
int vtimes(void *current, void *child);
int sigvec(int sig, const void *vec, void *ovec);
void cfree(void *ptr);
int fattach(int fildes, const char *path);
int fdetach(const char *path);
int getmsg(int fildes, void *ctlptr, void *dataptr, int *flagsp);
int putmsg(int fildes, const void *ctlptr, const void *dataptr, int flags);
int getpmsg(int fildes, void *ctlptr, void *dataptr, int *bandp, int *flagsp);
int putpmsg(int fildes, const void *ctlptr, const void *dataptr, int band, int flags);
int isastream(int fildes);
int chflags(const char *file, unsigned long flags);
int fchflags(int fd, unsigned long flags);
int sstk(int increment);
void moncontrol(int mode);
char *re_comp(const char *s);
int re_exec(const char *s);
int step(const char *string, const char *expbuf);
int advance(const char *string, const char *expbuf);
int ruserpass(const char *host, const char **aname, const char **apass);
int inet_aton(const char *cp, struct in_addr *inp);

/* 64-bit arithmetic of 32-bit programs (libgcc's, once exported by glibc). */
long long __divdi3(long long a, long long b);
long long __moddi3(long long a, long long b);
unsigned long long __udivdi3(unsigned long long a, unsigned long long b);
unsigned long long __umoddi3(unsigned long long a, unsigned long long b);

/* Unwinding, exported by glibc until 2.3 and by libgcc since. */
void __register_frame_info(const void *begin, void *object);
void *__deregister_frame_info(const void *begin);

/* Release 2.38: ISO C23's conversions, which know 0b. */
long __isoc23_strtol(const char *nptr, char **endptr, int base);
unsigned long __isoc23_strtoul(const char *nptr, char **endptr, int base);
long long __isoc23_strtoll(const char *nptr, char **endptr, int base);
unsigned long long __isoc23_strtoull(const char *nptr, char **endptr, int base);
intmax_t __isoc23_strtoimax(const char *nptr, char **endptr, int base);
uintmax_t __isoc23_strtoumax(const char *nptr, char **endptr, int base);
long __isoc23_strtol_l(const char *nptr, char **endptr, int base, locale_t loc);
unsigned long __isoc23_strtoul_l(const char *nptr, char **endptr, int base, locale_t loc);
long long __isoc23_strtoll_l(const char *nptr, char **endptr, int base, locale_t loc);
unsigned long long __isoc23_strtoull_l(const char *nptr, char **endptr, int base, locale_t loc);
long __isoc23_wcstol(const wchar_t *nptr, wchar_t **endptr, int base);
unsigned long __isoc23_wcstoul(const wchar_t *nptr, wchar_t **endptr, int base);
long long __isoc23_wcstoll(const wchar_t *nptr, wchar_t **endptr, int base);
unsigned long long __isoc23_wcstoull(const wchar_t *nptr, wchar_t **endptr, int base);
intmax_t __isoc23_wcstoimax(const wchar_t *nptr, wchar_t **endptr, int base);
uintmax_t __isoc23_wcstoumax(const wchar_t *nptr, wchar_t **endptr, int base);
long __isoc23_wcstol_l(const wchar_t *nptr, wchar_t **endptr, int base, locale_t loc);
unsigned long __isoc23_wcstoul_l(const wchar_t *nptr, wchar_t **endptr, int base, locale_t loc);
long long __isoc23_wcstoll_l(const wchar_t *nptr, wchar_t **endptr, int base, locale_t loc);
unsigned long long __isoc23_wcstoull_l(const wchar_t *nptr, wchar_t **endptr, int base, locale_t loc);
int __isoc23_scanf(const char *format, ...);
int __isoc23_fscanf(FILE *stream, const char *format, ...);
int __isoc23_sscanf(const char *s, const char *format, ...);
int __isoc23_vscanf(const char *format, va_list arg);
int __isoc23_vfscanf(FILE *s, const char *format, va_list arg);
int __isoc23_vsscanf(const char *s, const char *format, va_list arg);
int __isoc23_wscanf(const wchar_t *format, ...);
int __isoc23_fwscanf(FILE *stream, const wchar_t *format, ...);
int __isoc23_swscanf(const wchar_t *s, const wchar_t *format, ...);
int __isoc23_vwscanf(const wchar_t *format, va_list arg);
int __isoc23_vfwscanf(FILE *s, const wchar_t *format, va_list arg);
int __isoc23_vswscanf(const wchar_t *s, const wchar_t *format, va_list arg);
int __isoc99_scanf(const char *format, ...);
int __isoc99_fscanf(FILE *stream, const char *format, ...);
int __isoc99_sscanf(const char *s, const char *format, ...);
int __isoc99_vscanf(const char *format, va_list arg);
int __isoc99_vfscanf(FILE *s, const char *format, va_list arg);
int __isoc99_vsscanf(const char *s, const char *format, va_list arg);
int __isoc99_wscanf(const wchar_t *format, ...);
int __isoc99_fwscanf(FILE *stream, const wchar_t *format, ...);
int __isoc99_swscanf(const wchar_t *s, const wchar_t *format, ...);
int __isoc99_vwscanf(const wchar_t *format, va_list arg);
int __isoc99_vfwscanf(FILE *s, const wchar_t *format, va_list arg);
int __isoc99_vswscanf(const wchar_t *s, const wchar_t *format, va_list arg);
size_t strlcpy(char *dest, const char *src, size_t size);
size_t strlcat(char *dest, const char *src, size_t size);
size_t wcslcpy(wchar_t *dest, const wchar_t *src, size_t size);
size_t wcslcat(wchar_t *dest, const wchar_t *src, size_t size);

/* Releases 2.39 to 2.42. */
int pidfd_spawn(int *pidfd, const char *path, const posix_spawn_file_actions_t *file_actions, const posix_spawnattr_t *attrp, char *const *argv, char *const *envp);
int pidfd_spawnp(int *pidfd, const char *file, const posix_spawn_file_actions_t *file_actions, const posix_spawnattr_t *attrp, char *const *argv, char *const *envp);
pid_t pidfd_getpid(int fd);
int posix_spawnattr_getcgroup_np(const posix_spawnattr_t *attr, int *cgroup);
int posix_spawnattr_setcgroup_np(posix_spawnattr_t *attr, int cgroup);
int sched_setattr(pid_t tid, void *attr, unsigned flags);
int sched_getattr(pid_t tid, void *attr, unsigned size, unsigned flags);
pid_t pthread_gettid_np(pthread_t thread);
unsigned cfgetobaud(const struct termios *termios_p);
unsigned cfgetibaud(const struct termios *termios_p);
int cfsetobaud(struct termios *termios_p, unsigned baud);
int cfsetibaud(struct termios *termios_p, unsigned baud);
int cfsetbaud(struct termios *termios_p, unsigned baud);
unsigned uabs(int j);
unsigned long ulabs(long j);
unsigned long long ullabs(long long j);
uintmax_t uimaxabs(intmax_t n);
uintmax_t umaxabs(intmax_t n);

/* Release 2.43. */
struct open_how;
int openat2(int dirfd, const char *pathname, const struct open_how *how, size_t size);
int mseal(void *addr, size_t length, unsigned long flags);
size_t memalignment(const void *p);
void free_sized(void *ptr, size_t size);
void free_aligned_sized(void *ptr, size_t alignment, size_t size);
void *memset_explicit(void *s, int c, size_t n);

/* Release 2.39. */
#define STDC_BITS(result, name) \
	result stdc_##name##_uc(unsigned char x); \
	result stdc_##name##_us(unsigned short x); \
	result stdc_##name##_ui(unsigned x); \
	result stdc_##name##_ul(unsigned long x); \
	result stdc_##name##_ull(unsigned long long x);
#define STDC_OWN(name) \
	unsigned char stdc_##name##_uc(unsigned char x); \
	unsigned short stdc_##name##_us(unsigned short x); \
	unsigned stdc_##name##_ui(unsigned x); \
	unsigned long stdc_##name##_ul(unsigned long x); \
	unsigned long long stdc_##name##_ull(unsigned long long x);
STDC_BITS(unsigned, leading_zeros)
STDC_BITS(unsigned, leading_ones)
STDC_BITS(unsigned, trailing_zeros)
STDC_BITS(unsigned, trailing_ones)
STDC_BITS(unsigned, first_leading_zero)
STDC_BITS(unsigned, first_leading_one)
STDC_BITS(unsigned, first_trailing_zero)
STDC_BITS(unsigned, first_trailing_one)
STDC_BITS(unsigned, count_zeros)
STDC_BITS(unsigned, count_ones)
STDC_BITS(_Bool, has_single_bit)
STDC_BITS(unsigned, bit_width)
STDC_OWN(bit_floor)
STDC_OWN(bit_ceil)
