// Objects of CPython's, shown as what they stand for.
#ifndef INTS // sizes in formats are Py_ssize_t
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>
#include <unistd.h>

#include "expect.h"

#undef PyIndex_Check // a macro in 3.8
PyAPI_FUNC(int) PyIndex_Check(PyObject *);

#ifdef INTS
typedef int size;
#else
typedef Py_ssize_t size;
#endif

static PyObject *globals;

static const struct {
	const char *code, *shown;
} values[] = {
	{ "'plain'", "\"plain\"" },
	{ "''", "\"\"" },
	{ "'a' * 100", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"..." },
	{ "'a' * 32", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"" },
	{ "chr(34) + chr(10) + chr(0) + chr(27)", "\"\\\"\\n\\0\\033\"" },
	{ "'gr' + chr(252) + chr(223)", "\"gr\303\274\303\237\"" },
	{ "chr(255) * 33", "\"\303\277\303\277\303\277\303\277\303\277\303\277\303\277\303\277\303\277\303\277\303\277"
	                   "\303\277\303\277\303\277\303\277\303\277\303\277\303\277\303\277\303\277\303\277\303\277"
	                   "\303\277\303\277\303\277\303\277\303\277\303\277\303\277\303\277\303\277\303\277\"..." },
	{ "chr(0x4e2d) + chr(0x6587)", "\"\344\270\255\346\226\207\"" },
	{ "chr(0x1f600) + 'x'", "\"\360\237\230\200x\"" },
	{ "type('S', (str,), {})('derived')", "\"derived\"" },
	{ "type('S', (str,), {})(chr(0x4e2d))", "\"\344\270\255\"" },
	{ "type('T', (type('S', (str,), {}),), {})('twice')", "\"twice\"" },
	{ "b'bytes'", "\"bytes\"" },
	{ "b''", "\"\"" },
	{ "bytes([0, 255]) + b'x'", "\"\\0\\377x\"" },
	{ "b'b' * 200", "\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"..." },
	{ "0", "0" },
	{ "1", "1" },
	{ "-1", "-1" },
	{ "256", "256" },
	{ "2**30 - 1", "1073741823" },
	{ "2**30", "1073741824" },
	{ "-2**30", "-1073741824" },
	{ "2**60 - 1", "1152921504606846975" },
	{ "2**63 - 1", "9223372036854775807" },
	{ "2**63", "9223372036854775808" },
	{ "-2**63", "-9223372036854775808" },
	{ "-2**64 - 7", "-18446744073709551623" },
	{ "2**119 + 1", "664613997892457936451903530140172289" },
	{ "2**120", "int" },
	{ "type('I', (int,), {})(-77)", "-77" },
	{ "True", "True" },
	{ "False", "False" },
	{ "type('B', (int,), {})(1)", "1" },
	{ "None", "None" },
	{ "type('NoneType', (), {})()", "NoneType" },
	{ "type('bool', (int,), {})(1)", "1" },
	{ "1.5", "1.500000" },
	{ "-0.25", "-0.250000" },
	{ "type('float', (float,), {})(2.5)", "float" },
	{ "1j", "complex" },
	{ "...", "ellipsis" },
	{ "()", "0 []" },
	{ "(1, 'a', None)", "3 [ 1, \"a\", None ]" },
	{ "(0.5,) * 9", "9 [ 0.500000, 0.500000, 0.500000, 0.500000... ]" },
	{ "[]", "0 []" },
	{ "[b'x', [2], (3,), {}]", "4 [ \"x\", list, tuple, dict ]" },
	{ "list(range(100))", "100 [ 0, 1, 2, 3... ]" },
	{ "{}", "dict" },
	{ "{1}", "set" },
	{ "bytearray(b'x')", "bytearray" },
	{ "object()", "object" },
	{ "int", "type" },
	{ "type('Some', (), {})()", "Some" },
};

// evaluate is not traced.
static PyObject *evaluate(const char *code)
{
	PyObject *v = (PyRun_StringFlags)(code, Py_eval_input, globals, globals, NULL);
	if (!v)
		_exit(98);
	return v;
}

static int convert(PyObject *v, void *at)
{
	*(PyObject **)at = v;
	return 1;
}

static PyObject *convert_back(void *p) { PyObject *v = p; ++*(Py_ssize_t *)v; return v; }

// NAME is what the headers make of the name of a function.
#define NAME(f) NAME_(f)
#define NAME_(f) #f

// parse takes arguments apart by formats.
static void parse(void)
{
	const char *s, *z, *y;
	size ns[] = { -1, -1 }, ny[] = { -1, -1 };
	Py_ssize_t n;
	PyObject *o = NULL, *u, *list, *converted;
	int i = -1, p;
	double d;
	Py_complex c;
	unsigned char b;
	char *encoded = NULL;
	Py_buffer buffer;

	PyArg_ParseTuple(evaluate("('text', None, b'by')"), "szy:names", &s, &z, &y);
	expect(NAME(PyArg_ParseTuple) "(3 [ \"text\", None, \"by\" ], \"szy:names\", \"text\", nil, \"by\") = 1");
	PyArg_ParseTuple(evaluate("('te' + chr(0) + 'xt', b'b' + bytes(2))"), "s#y#", &s, ns, &y, ny);
	expect(NAME(PyArg_ParseTuple) "(2 [ \"te\\0xt\", \"b\\0\\0\" ], \"s#y#\", \"te\\0xt\", 5, \"b\\0\\0\", 3) = 1");
	PyArg_ParseTuple(evaluate("(1, 2)"), "O|(ii)$i;no such thing: s", &o, &i, &i, &i);
	expect(NAME(PyArg_ParseTuple) "(2 [ 1, 2 ], \"O|(ii)$i;no such thing: s\", %p, %p, %p, %p) = 0",
	       (void *)&o, (void *)&i, (void *)&i, (void *)&i);
	PyErr_Clear();
	expect("PyErr_Clear() = <void>");
	PyArg_ParseTuple(evaluate("(7,)"), "i|Op", &i, &o, &p);
	expect(NAME(PyArg_ParseTuple) "(1 [ 7 ], \"i|Op\", 7, 1, %d) = 1", p);
	PyArg_ParseTuple(evaluate("([1], 5, (2.5, 1j), 200, 'u', -3)"), "O!O&(dD)bUn", &PyList_Type, &list, convert, &converted, &d, &c, &b, &u, &n);
	expect(NAME(PyArg_ParseTuple) "(6 [ list, 5, tuple, 200... ], \"O!O&(dD)bUn\", list, 1 [ 1 ], convert, %p, "
	       "2.500000, 0.000000+1.000000i, 200, \"u\", -3) = 1", (void *)&converted);
	PyArg_ParseTuple(evaluate("('gr' + chr(252), 'buffered')"), "ess*", "latin-1", &encoded, &buffer);
	expect(NAME(PyArg_ParseTuple) "(2 [ \"gr\303\274\", \"buffered\" ], \"ess*\", \"latin-1\", \"gr\\374\", { \"buffered\", 8 }) = 1");
	static char *names[] = { "first", "second", NULL };
	PyArg_ParseTupleAndKeywords(evaluate("(1,)"), evaluate("{'second': 'two'}"), "is", names, &i, &s);
	expect(NAME(PyArg_ParseTupleAndKeywords) "(1 [ 1 ], dict, \"is\", [ \"first\", \"second\" ], 1, \"two\") = 1");
}

// build puts values together.
static void build(void)
{
	Py_complex c = { 1.5, -2 };
	PyObject *text = evaluate("'text'");
	Py_BuildValue("");
	expect(NAME(Py_BuildValue) "(\"\") = None");
	Py_BuildValue("(isd)", -1, "two", 3.5);
	expect(NAME(Py_BuildValue) "(\"(isd)\", -1, \"two\", 3.500000) = 3 [ -1, \"two\", 3.500000 ]");
	Py_BuildValue("[s#, y#]", "te\0xt...", (size)5, "b\0", (size)2);
	expect(NAME(Py_BuildValue) "(\"[s#, y#]\", \"te\\0xt\", 5, \"b\\0\", 2) = 2 [ \"te\\0xt\", \"b\\0\" ]");
	Py_BuildValue("s#", "all", (size)-1);
	expect(NAME(Py_BuildValue) "(\"s#\", \"all\", -1) = \"all\"");
	Py_BuildValue("{s:O,s:z}", "a", text, "b", (char *)NULL);
	expect(NAME(Py_BuildValue) "(\"{s:O,s:z}\", \"a\", \"text\", \"b\", nil) = dict");
	Py_BuildValue("bHICcnKDO&", 5, 6, 4000000000u, 0x4e2d, 'x', (Py_ssize_t)-7, 1ULL << 63, &c, convert_back, text);
	expect(NAME(Py_BuildValue) "(\"bHICcnKDO&\", 5, 6, 4000000000, '\344\270\255', 'x', -7, 9223372036854775808, "
	       "1.500000-2.000000i, convert_back, %p) = 9 [ 5, 6, 4000000000, \"\344\270\255\"... ]", (void *)text);
	Py_BuildValue("u#u", L"gr\374n", (size)3, L"\337");
	expect(NAME(Py_BuildValue) "(\"u#u\", \"gr\303\274\", 3, \"\303\237\") = 2 [ \"gr\303\274\", \"\303\237\" ]");
	PyObject_CallMethod(text, "replace", "ss", "t", "n");
	expect(NAME(PyObject_CallMethod) "(\"text\", \"replace\", \"ss\", \"t\", \"n\") = \"nexn\"");
	PyUnicode_FromFormat("%.3s-%d %R %U%c", "abcd", -7, text, text, 0x4e2d);
	expect("PyUnicode_FromFormat(\"%%.3s-%%d %%R %%U%%c\", \"abc\", -7, \"text\", \"text\", '\344\270\255') = "
	       "\"abc--7 'text' text\344\270\255\"");
	PyErr_Format(PyExc_KeyError, "%V %zd", NULL, "else", (Py_ssize_t)-1);
	expect("PyErr_Format(KeyError, \"%%V %%zd\", nil, \"else\", -1) = nil");
	PyErr_Clear();
	expect("PyErr_Clear() = <void>");
	PyObject_CallMethod(text, "upper", NULL);
	expect(NAME(PyObject_CallMethod) "(\"text\", \"upper\", nil) = \"TEXT\"");
	PyObject_CallFunction(evaluate("max"), "ii", 3, 5);
	expect(NAME(PyObject_CallFunction) "(builtin_function_or_method, \"ii\", 3, 5) = 5");
}

int main(void)
{
	Py_InitializeEx(0);
	expect("Py_InitializeEx(0) = <void>");
	PyObject *module = PyImport_AddModule("__main__");
	expect("PyImport_AddModule(\"__main__\") = module");
	globals = PyModule_GetDict(module);
	expect("PyModule_GetDict(module) = dict");
	for (int i = 0; i < (int)(sizeof values / sizeof *values); i++) {
		int index = PyIndex_Check(evaluate(values[i].code));
		expect("PyIndex_Check(%s) = %d", values[i].shown, index);
	}

	PyObject *number = PyLong_FromLong(-5), *text = PyUnicode_FromString("gr\303\274\303\237"), *list = PyList_New(2);
	expect("PyLong_FromLong(-5) = -5");
	expect("PyUnicode_FromString(\"gr\303\274\303\237\") = \"gr\303\274\303\237\"");
	expect("PyList_New(2) = 2 [ nil, nil ]");
	PyList_SetItem(list, 1, number);
	expect("PyList_SetItem(2 [ nil, nil ], 1, -5) = 0");
	PyList_Append(list, text);
	expect("PyList_Append(2 [ nil, -5 ], \"gr\303\274\303\237\") = 0");
	PyObject *tuple = PyTuple_Pack(2, text, Py_None);
	expect("PyTuple_Pack(2) = 2 [ \"gr\303\274\303\237\", None ]");
	PyObject *twice = PySequence_Concat(tuple, tuple);
	expect("PySequence_Concat(2 [ \"gr\303\274\303\237\", None ], 2 [ \"gr\303\274\303\237\", None ]) = "
	       "4 [ \"gr\303\274\303\237\", None, \"gr\303\274\303\237\", None ]");
	PyObject *none = PyDict_GetItemString(globals, "missing");
	expect("PyDict_GetItemString(dict, \"missing\") = nil");
	PyErr_SetObject(PyExc_ValueError, tuple);
	expect("PyErr_SetObject(ValueError, 2 [ \"gr\303\274\303\237\", None ]) = <void>");
	PyErr_Clear();
	expect("PyErr_Clear() = <void>");
	parse();
	build();
	return none != NULL || twice == NULL;
}
