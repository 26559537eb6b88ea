package display

import (
	"strconv"

	"sonde/event"
	"sonde/prototype"
	"sonde/sysdeps"
)

// callArg appends an argument as it is known when the call is made. One that the
// function is to fill in is out; it has a text where the line of a call has one: told
// says that the line goes so far, and the result whether it goes further.
func (j *JSON) callArg(k event.Kind, v *prototype.Value, told bool) (goesOn bool) {
	later := v.State == prototype.Later
	shown, aside := v, later && k == event.System && isAside(v)
	if later && v.Was != nil {
		shown = v.Was
	}
	j.buf = append(j.buf, '{')
	j.typed(v)
	j.buf = j.data.value(appendKey(j.buf, "value"), shown)
	j.text = j.text[:0]
	switch {
	case hidden(v):
		j.buf = append(j.buf, '}')
		return told
	case aside:
		j.text = j.sys.before(j.text, v)
	case later && (k == event.Library || !told || !isTwofold(v)):
	case k == event.Library:
		j.text = j.vals.value(j.text, v)
	case later:
		j.text = j.sys.nested(j.text, v.Was, 0)
	case isAside(v):
		j.text = j.sys.before(j.text, v)
	default:
		j.text = j.sys.value(j.text, v)
	}
	if len(j.text) > 0 {
		j.buf = appendJSONString(appendKey(j.buf, "text"), j.text)
	}
	j.flag("out", later)
	j.flag("aside", aside)
	j.buf = append(j.buf, '}')
	return told && (!later || aside)
}

// typed adds the name and the type of a value.
func (j *JSON) typed(v *prototype.Value) {
	j.some("name", v.Name)
	j.typeOf(v)
}

func (j *JSON) typeOf(v *prototype.Value) {
	if v.Type != nil {
		j.text = appendType(j.text[:0], v.Type)
		j.buf = appendJSONString(appendKey(j.buf, "type"), j.text)
	}
}

// returnArg appends the i-th argument of a call as it is when the call returns.
func (j *JSON) returnArg(k event.Kind, v *prototype.Value, i int) {
	j.buf = strconv.AppendInt(append(j.buf, `{"index":`...), int64(i), 10)
	j.typed(v)
	j.buf = j.data.value(appendKey(j.buf, "value"), v)
	if v.Was != nil {
		j.buf = j.data.value(appendKey(j.buf, "was"), v.Was)
	}
	if !hidden(v) {
		switch {
		case k == event.Library:
			j.text = j.vals.value(j.text[:0], v)
		case isAside(v):
			j.text = j.sys.before(j.text[:0], v)
		default:
			j.text = j.sys.value(j.text[:0], v)
		}
		j.buf = appendJSONString(appendKey(j.buf, "text"), j.text)
	}
	j.buf = append(j.buf, '}')
}

// result adds what a call has returned. Of a system call that has failed it is -1, as
// libc makes it, and of one that a signal has interrupted nothing.
func (j *JSON) result(r *event.Return) {
	v := &r.Result
	j.typeOf(v)
	j.buf = appendKey(j.buf, "value")
	_, restarts := restartOf(r.Errno)
	switch {
	case r.Kind == event.Library:
		j.buf = j.data.value(j.buf, v)
		j.text = j.vals.value(j.text[:0], v)
	case restarts:
		j.buf = append(j.buf, "null"...)
		j.text = append(j.text[:0], '?')
	case r.Errno != 0:
		j.buf = append(j.buf, "-1"...)
		j.text = append(j.text[:0], "-1"...)
	default:
		j.buf = j.data.value(j.buf, v)
		j.text = j.sys.result(j.text[:0], v)
		j.text = j.sys.asides(j.text, v, r.Rest)
	}
	j.buf = appendJSONString(appendKey(j.buf, "text"), j.text)
}

// errno adds why a call has failed, if it has and that is known.
func (j *JSON) errno(r *event.Return) {
	n := r.Errno
	if result, ok := r.Result.Errno(); ok && r.Kind == event.Library {
		if n = result; sysdeps.ErrnoName(n) == "" {
			n = 0
		}
	}
	if n == 0 {
		return
	}
	name, text := sysdeps.ErrnoName(n), sysdeps.ErrnoText(n)
	if how, restarts := restartOf(n); restarts && r.Kind == event.System {
		name, text = how.name, how.text
	}
	j.buf = append(appendKey(j.buf, "errno"), `{"number":`...)
	j.buf = strconv.AppendInt(j.buf, int64(n), 10)
	j.some("name", name)
	j.some("text", text)
	j.buf = append(j.buf, '}')
}
