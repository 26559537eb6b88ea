/* What the dynamic linker exports and no header declares. */
void *__tls_get_addr(void *index);
void *___tls_get_addr(void *index);
void _dl_mcount(unsigned long frompc, unsigned long selfpc);
