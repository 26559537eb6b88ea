package display

import (
	"time"

	"sonde/prototype"
)

// ValueOptions are how values are shown that are in no event.
type ValueOptions struct {
	Strings int  // how many bytes of a string are shown, or characters of a wide one
	Array   int  // how many elements of an array
	Names   bool // fields with their names
	Raw     bool // symbols as they are in the file
	UTF8    bool // the readers' locale is UTF-8
}

// Values shows values by themselves. It remembers the names that it has shown.
type Values struct {
	names names
	vals  values
}

// NewValues returns a Values.
func NewValues(o ValueOptions) *Values {
	v := &Values{names: names{raw: o.Raw}}
	v.vals = values{strings: o.Strings, elems: o.Array, named: o.Names, utf8: o.UTF8, zone: time.Local, names: &v.names}
	return v
}

// Append appends a value as a line of an event would have it.
func (v *Values) Append(b []byte, val *prototype.Value) []byte { return v.vals.value(b, val) }
