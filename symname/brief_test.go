package symname

import "testing"

func TestBrief(t *testing.T) {
	for _, test := range [][2]string{
		{"std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >::append", "std::string::append"},
		{"std::__1::basic_string<wchar_t, std::__1::char_traits<wchar_t>, std::__1::allocator<wchar_t> >::~basic_string", "std::wstring::~basic_string"},
		{"std::operator<< <char, std::char_traits<char>, std::allocator<char> >", "std::operator<< <char, std::char_traits<char>, std::allocator<char> >"},
		{"std::basic_ostream<char, std::char_traits<char> >& std::operator<< <std::char_traits<char> >", "std::ostream& std::operator<< <std::char_traits<char> >"},
		{"std::vector<int, std::allocator<int> >::push_back", "std::vector<int>::push_back"},
		{"std::vector<int, my::allocator<int> >::push_back", "std::vector<int, my::allocator<int> >::push_back"},
		{"std::vector<int, std::allocator<long> >::push_back", "std::vector<int, std::allocator<long> >::push_back"},
		{"std::vector<std::vector<int, std::allocator<int> >, std::allocator<std::vector<int, std::allocator<int> > > >::at", "std::vector<std::vector<int> >::at"},
		{
			"std::map<int, std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >, std::less<int>, std::allocator<std::pair<int const, std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> > > > >::operator[]",
			"std::map<int, std::string>::operator[]",
		},
		{"std::unique_ptr<foo, std::default_delete<foo> >::operator->", "std::unique_ptr<foo>::operator->"},
		{"std::function<void (int)>::operator()", "std::function<void (int)>::operator()"},
		{"std::function<void (std::vector<int, std::allocator<int> >)>::operator()", "std::function<void (std::vector<int>)>::operator()"},
		{"std::less<int>::operator<", "std::less<int>::operator<"},
		{"mystd::vector<int, std::allocator<int> >::f", "mystd::vector<int, std::allocator<int> >::f"},
		{"f(std::vector<char, std::allocator<char> > const&)", "f(std::vector<char> const&)"},

		// Not C++'s, or cut off.
		{"std::vector<int, std::alloc", "std::vector<int, std::alloc"},
		{"alloc::vec::Vec<T,A>::push", "alloc::vec::Vec<T,A>::push"},
		{"std::rt::lang_start::{{closure}}", "std::rt::lang_start::{{closure}}"},
		{"std::", "std::"},
		{"std::vector<", "std::vector<"},
		{"", ""},
	} {
		if got := Brief(test[0]); got != test[1] {
			t.Errorf("%s:\n got %s\nwant %s", test[0], got, test[1])
		}
	}
}

func FuzzBrief(f *testing.F) {
	f.Add("std::map<int, std::vector<int, std::allocator<int> > >::operator[]")
	f.Add("std::a<std::b<std::c<")
	f.Fuzz(func(t *testing.T, name string) {
		if got := Brief(name); len(got) > len(name)+len(name)/2+1 {
			t.Errorf("%q became %q", name, got)
		}
	})
}
