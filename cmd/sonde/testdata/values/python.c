// Objects of CPython's, shown as what they stand for.
#include <Python.h>
#include <unistd.h>

#include "expect.h"

#undef PyIndex_Check // a macro in 3.8
PyAPI_FUNC(int) PyIndex_Check(PyObject *);

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
	return none != NULL || twice == NULL;
}
