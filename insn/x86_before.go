package insn

// SweepX86 decodes all of code, from its start on, and returns where the last
// instructions begin, most of them at most, in ascending order. ok is false where one of
// them is unknown, or does not end where code does: then the start was not one.
func SweepX86(code []byte, mode Mode, most int) (starts []int, ok bool) {
	for at := 0; at < len(code); {
		in, err := DecodeX86(code[at:], mode)
		if err != nil {
			return nil, false
		}
		if len(starts) == most {
			starts = starts[:copy(starts, starts[1:])]
		}
		starts = append(starts, at)
		at += in.Len
	}
	return starts, true
}

const (
	// backWindow is how far before its end BeforeX86 looks for instructions, and
	// backStarts from how many places it decodes, all of them before that.
	backWindow = 40
	backStarts = 56
	// backAgree is how many of these ways must lead to the end, and all the same way.
	backAgree = 24
)

// BeforeX86 returns where instructions begin that lead to the end of code, most of them
// at most, in ascending order, where nothing tells where a function begins. x86's
// instructions can be read forwards alone, but ways through them that begin at different
// bytes soon meet. Told are those that all ways to the end have in common, down to what
// looks like padding or data.
func BeforeX86(code []byte, mode Mode, most int) []int {
	if len(code) < backWindow+backStarts {
		return nil
	}
	skipped := len(code) - backWindow - backStarts
	code = code[skipped:]
	var passed [backWindow + 1]int // by how many ways, from the end backwards
	ways := 0
	for start := range backStarts {
		starts, ok := SweepX86(code[start:], mode, len(code))
		if !ok {
			continue
		}
		ways++
		for _, s := range starts {
			if back := len(code) - start - s; back <= backWindow {
				passed[back]++
			}
		}
	}
	if ways < backAgree {
		return nil
	}
	var found []int
	for back := 1; back <= backWindow && len(found) < most; back++ {
		switch at := len(code) - back; {
		case passed[back] == 0:
		case passed[back] < ways || padding(code[at:]):
			return found
		default:
			found = append([]int{skipped + at}, found...)
		}
	}
	return found
}

// padding tells of what stands between functions, and of zeros, which are instructions as
// well.
func padding(code []byte) bool {
	return code[0] == 0xcc || code[0] == 0 && (len(code) == 1 || code[1] == 0)
}
