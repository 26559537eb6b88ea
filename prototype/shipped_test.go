package prototype

import "testing"

// TestShippedFiles reads each shipped file whole, as its library's: nothing in it
// is wrong, and what a declaration is printed as means the same again.
func TestShippedFiles(t *testing.T) {
	l := newLibrary(func(e *Error) { t.Error(e) })
	for _, name := range shippedNames() {
		f := l.file(name + ".conf")
		f.parseAll()
		for _, function := range f.Functions() {
			p := f.Function(function, "")
			if p == nil { // of a certain version only, or told already
				continue
			}
			again, errs := Parse(name, p.String(), f)
			for _, e := range errs {
				t.Errorf("%s: %s: %v", f.Name, p, e)
			}
			if q := again.Function(function, ""); q == nil || q.String() != p.String() {
				t.Errorf("%s: %s is read as %v", f.Name, p, q)
			}
		}
	}
}

// TestShippedOnce holds that of the files that people write, which import each
// other, no two declare the same function: one of them would not count.
func TestShippedOnce(t *testing.T) {
	l := newLibrary(func(*Error) {})
	for _, lib := range []string{"libc.so", "libm.so", "libcrypt.so"} {
		first := make(map[string]string)
		l.file(lib + ".conf").each(func(f *File) bool {
			for _, function := range f.Functions() {
				if other, ok := first[function]; ok {
					t.Errorf("%s is declared in %s and in %s", function, other, f.Name)
				}
				first[function] = f.Name
			}
			return true
		})
		if len(first) == 0 {
			t.Errorf("%s declares nothing", lib)
		}
	}
}
