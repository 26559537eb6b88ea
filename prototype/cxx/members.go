package cxx

import (
	"strings"
	"sync"

	"sonde/prototype"
)

// members are what the standard says of its class templates' members, which each
// program has instances of: that they have a this, and what they give back. A line
// is a class, a result and members with it. Results are those of C++, where T is the
// first template argument, U the second, C the class, iterator one that is a pointer
// in both libraries. Those with a result that differs by version or library are in
// no line. Behind the standard's own are libstdc++'s, which are what is left of them when
// a compiler has put the others into their callers.
const members = `
vector void push_back pop_back clear resize reserve shrink_to_fit swap assign
vector size_t size max_size capacity
vector bool empty
vector T& at operator[] front back
vector T* data
vector C& operator=
vector iterator begin end cbegin cend erase
vector - emplace_back
deque void push_back push_front pop_back pop_front clear resize shrink_to_fit swap assign
deque size_t size max_size
deque bool empty
deque T& at operator[] front back
deque C& operator=
deque - emplace_back emplace_front
list void push_back push_front pop_back pop_front clear resize swap assign splice merge sort reverse
list size_t size max_size
list bool empty
list T& front back
list C& operator=
list iterator begin end cbegin cend erase
list - emplace_back emplace_front
forward_list void push_front pop_front clear resize swap assign splice_after merge sort reverse
forward_list bool empty
forward_list T& front
forward_list C& operator=
forward_list iterator begin end cbegin cend before_begin
array void fill swap
array size_t size max_size
array bool empty
array T& at operator[] front back
array T* data begin end cbegin cend
map void clear swap
map size_t size max_size count
map bool empty contains
map U& at operator[]
map C& operator=
map iterator begin end cbegin cend find lower_bound upper_bound
multimap void clear swap
multimap size_t size max_size count
multimap bool empty contains
multimap C& operator=
multimap iterator begin end cbegin cend find lower_bound upper_bound
set void clear swap
set size_t size max_size count
set bool empty contains
set C& operator=
set iterator begin end cbegin cend find lower_bound upper_bound
multiset void clear swap
multiset size_t size max_size count
multiset bool empty contains
multiset C& operator=
multiset iterator begin end cbegin cend find lower_bound upper_bound
unordered_map void clear swap rehash reserve
unordered_map size_t size max_size count bucket_count max_bucket_count bucket bucket_size
unordered_map bool empty contains
unordered_map U& at operator[]
unordered_map C& operator=
unordered_map iterator find
unordered_set void clear swap rehash reserve
unordered_set size_t size max_size count bucket_count max_bucket_count bucket bucket_size
unordered_set bool empty contains
unordered_set C& operator=
unordered_set iterator find
stack void push pop swap
stack size_t size
stack bool empty
stack T& top
queue void push pop swap
queue size_t size
queue bool empty
queue T& front back
priority_queue void push pop swap
priority_queue size_t size
priority_queue bool empty
priority_queue T& top
optional void reset swap
optional bool has_value
optional T& value operator*
optional T* operator->
optional C& operator=
unique_ptr void reset swap
unique_ptr T* get release operator->
unique_ptr T& operator*
unique_ptr C& operator=
shared_ptr void reset swap
shared_ptr T* get operator->
shared_ptr T& operator*
shared_ptr long use_count
shared_ptr bool unique
shared_ptr C& operator=
weak_ptr void reset swap
weak_ptr long use_count
weak_ptr bool expired
weak_ptr C& operator=
function void swap
function C& operator=
basic_string void push_back pop_back clear resize reserve shrink_to_fit swap
basic_string size_t size length max_size capacity find rfind find_first_of find_last_of find_first_not_of find_last_not_of copy
basic_string bool empty starts_with ends_with contains
basic_string int compare
basic_string T& at operator[] front back
basic_string T const* c_str
basic_string C& append assign operator= operator+= replace
basic_string C substr
basic_string_view void remove_prefix remove_suffix swap
basic_string_view size_t size length max_size find rfind find_first_of find_last_of find_first_not_of find_last_not_of copy
basic_string_view bool empty starts_with ends_with contains
basic_string_view int compare
basic_string_view T const& at operator[] front back
basic_string_view T const* data
basic_string_view C substr
basic_ostream C& operator<< put write flush seekp
basic_istream C& operator>> read getline unget putback ignore seekg
basic_ios void clear setstate
basic_ios bool good eof fail bad operator!
vector void _M_realloc_insert _M_emplace_back_aux _M_insert_aux _M_fill_insert _M_default_append _M_fill_assign _M_assign_aux _M_range_insert _M_erase_at_end _M_move_assign _M_fill_initialize _M_default_initialize _M_range_initialize _M_range_check
vector size_t _M_check_len
vector iterator _M_erase _M_insert_rval _M_emplace_aux
_Vector_base void _M_create_storage _M_deallocate
_Vector_base T* _M_allocate
deque void _M_push_back_aux _M_push_front_aux _M_pop_back_aux _M_pop_front_aux _M_reallocate_map _M_reserve_map_at_back _M_reserve_map_at_front _M_new_elements_at_back _M_new_elements_at_front _M_destroy_data_aux _M_destroy_data _M_fill_initialize _M_default_append _M_erase_at_end _M_erase_at_begin
_Deque_base void _M_initialize_map _M_create_nodes _M_destroy_nodes _M_deallocate_map _M_deallocate_node
list void _M_insert _M_erase _M_default_append _M_fill_assign _M_fill_initialize
_List_base void _M_clear _M_init
_Rb_tree void _M_erase _M_erase_aux _M_drop_node _M_destroy_node _M_put_node clear
_Rb_tree iterator find lower_bound upper_bound begin end _M_insert_ _M_insert_node _M_insert_lower _M_insert_equal_lower _M_lower_bound _M_upper_bound
_Rb_tree void* _M_copy _M_get_node _M_create_node
_Rb_tree std::pair<void*,void*> _M_get_insert_unique_pos _M_get_insert_equal_pos _M_get_insert_hint_unique_pos _M_get_insert_hint_equal_pos
_Rb_tree size_t size count
_Rb_tree bool empty
_Hashtable void _M_rehash _M_rehash_aux _M_insert_bucket_begin _M_remove_bucket_begin _M_deallocate_buckets clear
_Hashtable iterator find _M_insert_unique_node _M_insert_multi_node
_Hashtable void* _M_find_before_node _M_find_node _M_allocate_buckets _M_get_previous_node _M_bucket_begin
_Hashtable size_t size count
_Hashtable bool empty
_Sp_counted_base void _M_release _M_add_ref_copy _M_add_ref_lock _M_destroy _M_dispose _M_weak_add_ref _M_weak_release _M_release_last_use _M_release_last_use_cold
_Sp_counted_base bool _M_add_ref_lock_nothrow
_Sp_counted_base long _M_get_use_count
_Sp_counted_ptr void _M_dispose _M_destroy
_Sp_counted_ptr_inplace void _M_dispose _M_destroy
_Sp_counted_deleter void _M_dispose _M_destroy
`

// memberResults is members taken apart: the result by class and member.
var memberResults = sync.OnceValue(func() map[[2]string]string {
	results := make(map[[2]string]string)
	for line := range strings.Lines(members) {
		words := strings.Fields(line)
		if len(words) < 3 {
			continue
		}
		result, rest := words[1], words[2:]
		if rest[0] == "const*" || rest[0] == "const&" {
			result, rest = result+" "+rest[0], rest[1:]
		}
		for _, name := range rest {
			results[[2]string{words[0], name}] = result
		}
	}
	return results
})

// freeArguments is how many template arguments of a class are its own, and not an
// allocator or what else has a default; 1 where it is not said.
var freeArguments = map[string]int{"map": 2, "multimap": 2, "unordered_map": 2, "array": 2, "_Rb_tree": 3}

// internals are classes of libstdc++ all whose members that are called _M_ have a this:
// static ones are called _S_ (bits/stl_vector.h, stl_deque.h, stl_list.h, stl_tree.h,
// hashtable.h).
var internals = map[string]bool{
	"vector": true, "_Vector_base": true, "deque": true, "_Deque_base": true,
	"list": true, "_List_base": true, "_Rb_tree": true, "_Hashtable": true,
}

// consultStandard takes what the standard says of a member of its class templates.
// vector<bool> gives back objects that stand for its bits; and the pointers of an
// allocator or a deleter that is not the library's may be classes.
func (f *signature) consultStandard() {
	scope, c, _ := f.scope.std()
	if c == nil || scope != "" || len(c.args) == 0 || c.name == "vector" && c.args[0].text == "bool" {
		return
	}
	if f.member == open && internals[c.name] && strings.HasPrefix(f.name, "_M_") {
		f.member = yes
	}
	result, ok := memberResults()[[2]string{c.name, f.name}]
	if !ok {
		return
	}
	pointers := result == "iterator" || strings.HasSuffix(result, "*")
	own := max(freeArguments[c.name], 1)
	switch {
	case c.name == "_Hashtable": // of whose arguments the allocator alone makes a difference
		if pointers && (len(c.args) < 3 || !c.args[2].is("allocator")) {
			return
		}
	case pointers && !c.standard(own, "allocator", "less", "greater", "hash", "equal_to", "char_traits", "default_delete"):
		return
	}
	if f.member == open {
		f.member = yes
	}
	if f.result == nil && result != "-" {
		f.result = f.scope.memberResult(c, result)
	}
}

// iterator is one that is a pointer.
var iterator = &typeName{path: []component{{name: "std"}, {name: "__iterator"}}}

// iteratorClass is any such iterator.
func iteratorClass(*typeName, *component, library, int) (*prototype.Type, passing) {
	return bare("", shown(addressType)), direct
}

// memberResult returns the result of a member of a class, in the words of members.
func (t *typeName) memberResult(c *component, result string) *typeName {
	var base typeName
	switch kind := strings.TrimRight(result, "&*"); kind {
	case "size_t":
		return &typeName{text: "unsigned long"}
	case "iterator":
		return iterator
	case "T", "T const":
		base = *c.args[0]
		base.konst = base.konst || kind != "T"
	case "U":
		if len(c.args) < 2 {
			return nil
		}
		base = *c.args[1]
	case "C":
		base = *t
		base.konst = false
	default:
		return parseType(result)
	}
	switch result[len(result)-1] {
	case '*':
		return &typeName{form: pointer, base: &base}
	case '&':
		return &typeName{form: reference, base: &base}
	}
	return &base
}
