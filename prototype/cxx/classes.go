package cxx

import "sync"

// classes are the classes of the standard library whose layouts are known, by
// their names in namespace std.
var classes func() map[string]maker

func init() { // the makers look up classes themselves
	classes = sync.OnceValue(listClasses)
}

func listClasses() map[string]maker {
	return map[string]maker{
		"basic_string": stringClass, "string": alias("char", stringClass), "wstring": alias("wchar_t", stringClass),
		"u16string": alias("char16_t", stringClass), "u32string": alias("char32_t", stringClass),
		"basic_string_view": viewClass, "string_view": alias("char", viewClass), "wstring_view": alias("wchar_t", viewClass),
		"filesystem::path": pathClass,

		"vector": vectorClass, "array": arrayClass, "initializer_list": listedClass, "span": spanClass,
		"deque": dequeClass, "list": listClass, "forward_list": forwardListClass,
		"stack": adaptorClass("deque"), "queue": adaptorClass("deque"), "priority_queue": adaptorClass("vector"),
		"map": treeClass(2), "multimap": treeClass(2), "set": treeClass(1), "multiset": treeClass(1),
		"unordered_map": hashClass(2), "unordered_multimap": hashClass(2), "unordered_set": hashClass(1), "unordered_multiset": hashClass(1),

		"_Rb_tree": rbTreeClass, "_Hashtable": hashTableClass,

		"pair": pairClass, "tuple": tupleClass, "optional": optionalClass, "variant": variantClass, "monostate": monostateClass,

		"unique_ptr": uniqueClass, "shared_ptr": sharedClass, "weak_ptr": weakClass, "reference_wrapper": wrapperClass,
		"function": functionClass, "exception_ptr": exceptionPointerClass, "__exception_ptr::exception_ptr": exceptionPointerClass,

		"chrono::duration": durationClass, "chrono::time_point": timePointClass,
		"complex": complexClass, "atomic": atomicClass, "bitset": bitsetClass,
		"fpos": fposClass, "istreambuf_iterator": streambufIteratorClass(intType), "ostreambuf_iterator": streambufIteratorClass(boolType),
		"type_info": typeInfoClass, "type_index": typeIndexClass, "error_category": categoryClass, "system_error": systemErrorClass, "any": anyClass, "error_code": errorCodeClass, "error_condition": errorCodeClass,
		"thread::id": threadIDClass, "thread": threadClass, "nullptr_t": nullptrClass,

		"_Setw": manipulatorClass(intType), "_Setprecision": manipulatorClass(intType), "_Setbase": manipulatorClass(intType),
		"_Setiosflags": manipulatorClass(enums["_Ios_Fmtflags"]), "_Resetiosflags": manipulatorClass(enums["_Ios_Fmtflags"]),
		"_Setfill": fillClass, "locale": localeClass, "unique_lock": lockClass, "filesystem::file_status": fileStatusClass,
		"__iterator": iteratorClass, "_Rb_tree_iterator": iteratorClass, "_Rb_tree_const_iterator": iteratorClass,
		"_List_iterator": iteratorClass, "_List_const_iterator": iteratorClass, "_Fwd_list_iterator": iteratorClass, "_Fwd_list_const_iterator": iteratorClass,
		"__detail::_Node_iterator": iteratorClass, "__detail::_Node_const_iterator": iteratorClass,
		"__wrap_iter": iteratorClass, "__tree_iterator": iteratorClass, "__tree_const_iterator": iteratorClass,
		"__map_iterator": iteratorClass, "__map_const_iterator": iteratorClass, "__list_iterator": iteratorClass, "__list_const_iterator": iteratorClass,
		"__forward_list_iterator": iteratorClass, "__forward_list_const_iterator": iteratorClass, "__hash_iterator": iteratorClass,
		"__hash_const_iterator": iteratorClass, "__hash_map_iterator": iteratorClass, "__hash_map_const_iterator": iteratorClass,
		"to_chars_result": charsResultClass, "from_chars_result": charsResultClass,

		"logic_error": errorClass, "domain_error": errorClass, "invalid_argument": errorClass, "length_error": errorClass, "out_of_range": errorClass,
		"runtime_error": errorClass, "range_error": errorClass, "overflow_error": errorClass, "underflow_error": errorClass,
	}
}
