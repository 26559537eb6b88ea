// Prints where the CPython of the headers has what, in the order of TestLayouts.
#define Py_BUILD_CORE 1
#include <Python.h>
#include <stddef.h>
#include <stdio.h>
#include "internal/pycore_runtime.h"
#include "internal/pycore_interp.h"
#include "internal/pycore_frame.h"

#define P(type, field) printf("%zu ", offsetof(type, field))

int main(void)
{
	P(_PyRuntimeState, interpreters.head);
	P(PyInterpreterState, next);
	P(PyInterpreterState, threads.head);
	P(PyThreadState, next);
	P(PyThreadState, interp);
	P(PyThreadState, thread_id);
	P(_PyInterpreterFrame, previous);
	P(_PyInterpreterFrame, owner);
#if PY_VERSION_HEX < 0x030d0000
	P(PyThreadState, cframe);
	P(_PyCFrame, current_frame);
	P(_PyCFrame, previous);
	P(_PyInterpreterFrame, f_code);
	P(_PyInterpreterFrame, prev_instr);
#else
	P(PyThreadState, current_frame);
	printf("0 0 ");
	P(_PyInterpreterFrame, f_executable);
	P(_PyInterpreterFrame, instr_ptr);
#endif
#if PY_VERSION_HEX < 0x030c0000
	P(_PyInterpreterFrame, is_entry);
#else
	printf("0 ");
#endif
	P(PyCodeObject, co_filename);
	P(PyCodeObject, co_name);
	P(PyCodeObject, co_qualname);
	P(PyCodeObject, co_linetable);
	P(PyCodeObject, co_firstlineno);
	P(PyCodeObject, co_code_adaptive);
	printf("%zu %zu ", sizeof(PyASCIIObject), sizeof(PyCompactUnicodeObject));
	P(PyObject, ob_type);
	P(PyVarObject, ob_size);
	P(PyASCIIObject, length);
	P(PyASCIIObject, state);
	P(PyBytesObject, ob_sval);
#if PY_VERSION_HEX >= 0x030d0000
	// Of struct _Py_DebugOffsets, in words.
#define D(field) printf("%zu ", offsetof(struct _Py_DebugOffsets, field) / 8)
	D(cookie), D(version), D(free_threaded);
	D(runtime_state.interpreters_head);
	D(interpreter_state.next), D(interpreter_state.threads_head);
	D(thread_state.next), D(thread_state.interp), D(thread_state.current_frame), D(thread_state.thread_id);
	D(interpreter_frame.previous), D(interpreter_frame.executable), D(interpreter_frame.instr_ptr), D(interpreter_frame.owner);
	D(code_object.filename), D(code_object.name), D(code_object.qualname);
	D(code_object.linetable), D(code_object.firstlineno), D(code_object.co_code_adaptive);
#endif
	return 0;
}
