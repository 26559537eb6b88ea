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
// no line.
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
var freeArguments = map[string]int{"map": 2, "multimap": 2, "unordered_map": 2, "array": 2}

// consultStandard takes what the standard says of a member of its class templates.
// vector<bool> gives back objects that stand for its bits; and the pointers of an
// allocator or a deleter that is not the library's may be classes.
func (f *signature) consultStandard() {
	scope, c, _ := f.scope.std()
	if c == nil || scope != "" || len(c.args) == 0 || c.name == "vector" && c.args[0].text == "bool" {
		return
	}
	result, ok := memberResults()[[2]string{c.name, f.name}]
	if !ok {
		return
	}
	pointers := result == "iterator" || strings.HasSuffix(result, "*")
	own := max(freeArguments[c.name], 1)
	if pointers && !c.standard(own, "allocator", "less", "greater", "hash", "equal_to", "char_traits", "default_delete") {
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
