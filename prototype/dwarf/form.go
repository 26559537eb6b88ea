package dwarf

import "sonde/fields"

// form is how an attribute's value is written (DWARF 5, 7.5.6).
type form uint64

const (
	formAddr          form = 0x01
	formBlock2        form = 0x03
	formBlock4        form = 0x04
	formData2         form = 0x05
	formData4         form = 0x06
	formData8         form = 0x07
	formString        form = 0x08
	formBlock         form = 0x09
	formBlock1        form = 0x0a
	formData1         form = 0x0b
	formFlag          form = 0x0c
	formSdata         form = 0x0d
	formStrp          form = 0x0e
	formUdata         form = 0x0f
	formRefAddr       form = 0x10
	formRef1          form = 0x11
	formRef2          form = 0x12
	formRef4          form = 0x13
	formRef8          form = 0x14
	formRefUdata      form = 0x15
	formIndirect      form = 0x16
	formSecOffset     form = 0x17
	formExprloc       form = 0x18
	formFlagPresent   form = 0x19
	formStrx          form = 0x1a
	formAddrx         form = 0x1b
	formRefSup4       form = 0x1c
	formStrpSup       form = 0x1d
	formData16        form = 0x1e
	formLineStrp      form = 0x1f
	formRefSig8       form = 0x20
	formImplicitConst form = 0x21
	formLoclistx      form = 0x22
	formRnglistx      form = 0x23
	formRefSup8       form = 0x24
	formStrx1         form = 0x25
	formStrx2         form = 0x26
	formStrx3         form = 0x27
	formStrx4         form = 0x28
	formAddrx1        form = 0x29
	formAddrx2        form = 0x2a
	formAddrx3        form = 0x2b
	formAddrx4        form = 0x2c

	// GNU's, of split units before DWARF 5 and of dwz.
	formGNUAddrIndex form = 0x1f01
	formGNUStrIndex  form = 0x1f02
	formGNURefAlt    form = 0x1f20
	formGNUStrpAlt   form = 0x1f21
)

// size returns the bytes that a value takes, -1 if that differs.
func (f form) size(s shape) int {
	switch f {
	case formFlagPresent, formImplicitConst:
		return 0
	case formData1, formFlag, formRef1, formStrx1, formAddrx1:
		return 1
	case formData2, formRef2, formStrx2, formAddrx2:
		return 2
	case formStrx3, formAddrx3:
		return 3
	case formData4, formRef4, formRefSup4, formStrx4, formAddrx4:
		return 4
	case formData8, formRef8, formRefSig8, formRefSup8:
		return 8
	case formData16:
		return 16
	case formAddr:
		return s.addrSize
	case formRefAddr:
		if s.version == 2 { // which has the size of an address there (DWARF 2, 7.5.4)
			return s.addrSize
		}
		return s.offsetSize()
	case formStrp, formSecOffset, formStrpSup, formLineStrp, formGNURefAlt, formGNUStrpAlt:
		return s.offsetSize()
	}
	return -1
}

func (s shape) offsetSize() int {
	if s.is64 {
		return 8
	}
	return 4
}

// maxName caps a string in bytes. C++ makes names of some thousands.
const maxName = 1 << 16

// skipForm skips a value.
func skipForm(b *fields.Reader, f form, s shape) {
	if n := f.size(s); n >= 0 {
		b.Skip(uint64(n))
		return
	}
	switch f {
	case formString:
		b.Text(maxName)
	case formBlock1:
		b.Skip(uint64(b.U8()))
	case formBlock2:
		b.Skip(uint64(b.U16()))
	case formBlock4:
		b.Skip(uint64(b.U32()))
	case formBlock, formExprloc:
		b.Skip(b.ULEB())
	case formSdata, formUdata, formRefUdata, formStrx, formAddrx, formLoclistx, formRnglistx, formGNUAddrIndex, formGNUStrIndex:
		b.SkipLEB()
	case formIndirect:
		if f = form(b.ULEB()); f == formIndirect || f == formImplicitConst {
			b.Fail()
			return
		}
		skipForm(b, f, s)
	default:
		b.Fail()
	}
}

// value is an attribute as it is written. The methods of entry say what it
// means.
type value struct {
	form form   // formIndirect is resolved; 0: there is no such attribute
	n    uint64 // a number, offset, index or address
	p    []byte // a block, or a string in place
}

// readForm reads a value.
func readForm(b *fields.Reader, sp *spec, s shape) value {
	v := value{form: sp.form}
	if v.form == formIndirect {
		if v.form = form(b.ULEB()); v.form == formIndirect || v.form == formImplicitConst {
			b.Fail()
			return value{}
		}
	}
	switch v.form {
	case formFlagPresent:
		v.n = 1
	case formImplicitConst:
		v.n = uint64(sp.value)
	case formData16:
		v.p = b.Bytes(16)
	case formString:
		v.p = b.Text(maxName)
	case formBlock1:
		v.p = b.Bytes(uint64(b.U8()))
	case formBlock2:
		v.p = b.Bytes(uint64(b.U16()))
	case formBlock4:
		v.p = b.Bytes(uint64(b.U32()))
	case formBlock, formExprloc:
		v.p = b.Bytes(b.ULEB())
	case formSdata:
		v.n = uint64(b.SLEB())
	case formUdata, formRefUdata, formStrx, formAddrx, formLoclistx, formRnglistx, formGNUAddrIndex, formGNUStrIndex:
		v.n = b.ULEB()
	default:
		if n := v.form.size(s); n > 0 {
			v.n = b.Uint(n)
		} else {
			b.Fail()
		}
	}
	if b.Bad() {
		return value{}
	}
	return v
}

// constant returns a number, sign-extended from what its form has room for if
// signed. Producers write constants of fixed sizes for both.
func (v *value) constant(signed bool) (n int64, ok bool) {
	switch v.form {
	case formData1:
		if signed {
			return int64(int8(v.n)), true
		}
	case formData2:
		if signed {
			return int64(int16(v.n)), true
		}
	case formData4:
		if signed {
			return int64(int32(v.n)), true
		}
	case formData8, formUdata, formSdata, formImplicitConst:
	default:
		return 0, false
	}
	return int64(v.n), true
}
