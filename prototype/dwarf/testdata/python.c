// Structures as CPython's headers have them, and others of the same names.
#include <stddef.h>

typedef struct _typeobject PyTypeObject;
typedef struct _object PyObject;

#ifdef OTHERS
struct _object {
	PyTypeObject *ob_type;
	long ob_refcnt;
};
struct _typeobject {
	const char *tp_name;
	int n;
};
#else
struct _object {
#ifdef LATER
	union {
		ptrdiff_t ob_refcnt;
		unsigned ob_refcnt_split[sizeof(ptrdiff_t) / 4];
	};
#else
	ptrdiff_t ob_refcnt;
#endif
	PyTypeObject *ob_type;
};
struct _typeobject {
	struct {
		PyObject ob_base;
		ptrdiff_t ob_size;
	} ob_base;
	const char *tp_name;
	ptrdiff_t tp_basicsize, tp_itemsize;
};
#endif

PyObject *f_take(PyObject *self, PyObject **items, PyTypeObject *type) { return self; }

int main(void) { return f_take(NULL, NULL, NULL) != NULL; }
