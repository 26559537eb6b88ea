// Functions that have vectors of all sizes, which are in registers or in memory.
typedef float v2 __attribute__((vector_size(8)));
typedef float v4 __attribute__((vector_size(16)));
typedef float v8 __attribute__((vector_size(32)));
typedef float v16 __attribute__((vector_size(64)));
typedef float __m256 __attribute__((vector_size(32)));

#define KEEP __attribute__((noinline, used))

KEEP int f_v2(v2 a) { return a[0]; }
KEEP int f_v4(v4 a) { return a[0]; }
KEEP v4 f_r4(float a) { return (v4){a}; }
KEEP int f_v8(v8 a) { return a[0]; }
KEEP v8 f_r8(float a) { return (v8){a}; }
KEEP int f_v16(v16 a) { return a[0]; }
KEEP int f_m256(__m256 a) { return a[0]; }

int main(void) { return 0; }
