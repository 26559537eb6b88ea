package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/zstd"

	"sonde/internal/testkit"
)

// section is a compressed section of size bytes, which begins as text does.
func section(t *testing.T, text []byte, size int, usual bool) []byte {
	t.Helper()
	var b bytes.Buffer
	head := []uint64{uint64(elf.COMPRESS_ZSTD), uint64(size), 1} // Elf64_Chdr
	if err := binary.Write(&b, binary.LittleEndian, head); err != nil {
		t.Fatal(err)
	}
	w, err := zstd.NewWriter(&b, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 1<<16)
	for n := 0; n < size; n += len(block) {
		if n = min(n, size); n == 0 {
			copy(block, text)
		} else {
			clear(block[:len(text)])
		}
		if usual { // as much of it does not shrink as in a section that a compiler has made
			state := uint32(n) | 1
			for i := len(block) * 24 / 25; i < len(block); i++ {
				state ^= state << 13
				state ^= state >> 17
				state ^= state << 5
				block[i] = byte(state)
			}
		}
		if _, err := w.Write(block[:min(len(block), size-n)]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// arm replaces debugging sections of a library by such that come to size bytes each, and
// lets its table of addresses lead to the end of them.
func arm(t *testing.T, library []byte, size int, usual bool) []byte {
	t.Helper()
	e, err := elf.NewFile(bytes.NewReader(library))
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	armed := bytes.Clone(library)
	headers := le.Uint64(library[0x28:]) // e_shoff
	for i, s := range e.Sections {
		if s.Name == ".debug_aranges" {
			le.PutUint32(armed[s.Offset+6:], uint32(size-1<<16))
			continue
		}
		if !strings.HasPrefix(s.Name, ".debug_") {
			continue
		}
		text, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		bomb := section(t, text, size, usual)
		header := armed[headers+uint64(i)*64:]
		le.PutUint64(header[8:], uint64(s.Flags|elf.SHF_COMPRESSED))
		le.PutUint64(header[24:], uint64(len(armed)))
		le.PutUint64(header[32:], uint64(len(bomb)))
		armed = append(armed, bomb...)
	}
	return armed
}

// TestBombs holds that the stacks of a process, and of its core file, whose libraries'
// debugging information comes to gigabytes are told all the same, in less than one.
func TestBombs(t *testing.T) {
	const libraries, size = 4, 300 << 20
	library, err := os.ReadFile(testkit.Build(t, "testdata/hop.c", "-shared", "-fPIC", "-g", "-gdwarf-4", "-fno-optimize-sibling-calls"))
	if err != nil {
		t.Fatal(err)
	}
	hops := testkit.Build(t, "testdata/hops.c", "-ldl")
	for _, usual := range []bool{false, true} {
		armed := arm(t, library, size, usual)
		dir := t.TempDir()
		var paths []string
		for i := range libraries {
			path := filepath.Join(dir, "lib"+strconv.Itoa(i)+".so")
			if err := os.WriteFile(path, armed, 0o755); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
		p := testkit.StartTarget(t, nil, hops, paths...)
		testkit.AwaitPause(t, p.PID, 1)
		core := filepath.Join(dir, "core")
		run0(t, "fcore", "-o", core, strconv.Itoa(p.PID))
		for _, target := range []string{strconv.Itoa(p.PID), core + "." + strconv.Itoa(p.PID)} {
			cmd := exec.Command(testkit.Tool(t, "fstack"), target)
			out, err := cmd.Output()
			if n := strings.Count(string(out), " in hop ()"); err != nil || n != libraries {
				t.Errorf("usual %t: %d frames: %v\n%s", usual, n, err, out)
			}
			if used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); !ok || used.Maxrss > 1<<20 {
				t.Errorf("usual %t: %d KiB", usual, used.Maxrss)
			} else {
				t.Logf("usual %t, %s: %d KiB, %v", usual, target, used.Maxrss, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
			}
		}
	}
}
