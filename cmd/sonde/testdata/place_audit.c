// place_audit: an auditor of the dynamic linker (rtld-audit(7)) that looks at every
// library and binding, and changes none.
#define _GNU_SOURCE
#include <link.h>

unsigned int la_version(unsigned int version)
{
	return version < LAV_CURRENT ? version : LAV_CURRENT;
}

unsigned int la_objopen(struct link_map *map, Lmid_t lmid, uintptr_t *cookie)
{
	(void)map, (void)lmid, (void)cookie;
	return LA_FLG_BINDTO | LA_FLG_BINDFROM;
}

uintptr_t la_symbind64(Elf64_Sym *sym, unsigned int ndx, uintptr_t *from, uintptr_t *to, unsigned int *flags, const char *name)
{
	(void)ndx, (void)from, (void)to, (void)flags, (void)name;
	return sym->st_value;
}
