package capture

import (
	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
)

// Variable is a value that no call has passed: it lies in memory, or has been put together
// of what was in registers.
type Variable struct {
	Name  string
	Type  *prototype.Type
	Addr  sysdeps.Addr
	Bytes []byte // nil: it is at Addr
}

// Variables returns the plan by which variables are captured of functions of a convention,
// as prototype.Prototype has it.
func Variables(arch *sysdeps.Arch, convention string) *Plan {
	conv := abi.For(arch, convention)
	return &Plan{proto: &prototype.Prototype{Convention: convention}, conv: conv, sig: &abi.Signature{}, model: conv.Model, word: plainWord}
}

// Variable captures a variable with what it leads to. Of the thread, its memory and the
// machine of its registers count. The value is valid until the next Variable, Call or
// Return.
func (r *Reader) Variable(th *Thread, p *Plan, v *Variable) prototype.Value {
	r.begin(th, p)
	r.slot, r.after, r.returned = 0, 0, false
	all := r.values(1)
	value := &all[0]
	value.Name, value.Type = v.Name, v.Type
	switch {
	case v.Type.Kind == prototype.VaList: // what it is passed as: its address, or itself
		r.load(value, v.Type, addressOf(v, p.model.Word), v.Addr)
	case v.Bytes != nil:
		r.decode(value, v.Type, v.Bytes, 0, noFrame, 0)
	case v.Type.Kind == prototype.Array && isCharacters(v.Type):
		r.askText(value, nil, v.Type, v.Addr, noFrame)
	case v.Type.Kind == prototype.Array:
		r.askArray(value, nil, v.Type, v.Addr, noFrame)
	default:
		r.askVariable(value, v)
	}
	if r.finish() != nil {
		r.abort()
	}
	return *value
}

// askVariable asks for what is at the address of a variable.
func (r *Reader) askVariable(value *prototype.Value, v *Variable) {
	size := v.Type.SizeOf(r.plan.model)
	if size == 0 && (v.Type.Kind == prototype.Struct || v.Type.Kind == prototype.Union) { // without a field
		r.decode(value, v.Type, nil, v.Addr, noFrame, 0)
		return
	}
	r.fetchIndirect(value, v.Type, v.Addr, size)
}

// addressOf returns the address of a variable, or what stands for it, as the bytes of a
// word.
func addressOf(v *Variable, word int) []byte {
	if v.Bytes != nil {
		return v.Bytes
	}
	p := make([]byte, word)
	for i := range p {
		p[i] = byte(v.Addr >> (8 * i))
	}
	return p
}
