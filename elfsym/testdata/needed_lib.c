/* A library that a program, or with OUTER another library, needs. */
#ifdef OUTER
int needed(void);
int outer(void) { return needed(); }
#else
int needed(void) { return 1; }
#endif
