package proc

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"sonde/elfsym"
	"sonde/sysdeps"
)

// Images are the files that a process has mapped: mappings are its, mem is its
// memory as the program made it, and tid one of its threads, through whose
// directory in /proc the files are found. They are opened when they are asked for,
// and read once for all processes that share files.
func Images(tid int, mappings []Mapping, mem sysdeps.Memory, files *elfsym.Cache, where *elfsym.DebugFinder) *elfsym.Images {
	list := make([]elfsym.Mapping, len(mappings))
	for i := range mappings {
		m := &mappings[i]
		list[i] = elfsym.Mapping{Lo: m.Lo, Hi: m.Hi, Offset: m.Offset, Exec: m.Exec, Write: m.Write, Name: m.Path, Inode: m.Inode}
	}
	pid := tid
	if st, err := ReadStatus(tid); err == nil {
		pid = st.TGID
	}
	return elfsym.NewImages(list, where, func(img *elfsym.Image) (*elfsym.File, string, error) {
		by := tid
		if !Lives(by) { // by now
			by = LivingTask(pid)
		}
		dir := "/proc/" + strconv.Itoa(by)
		if img.Parts[0].Inode == 0 { // the vDSO
			f, err := elfsym.ParseMapped(img, mem)
			return f, "", err
		}
		f, path, err := OpenMapped(files, mem, dir, img.Name, img.Parts[0].Lo)
		if err == nil {
			return f, path, nil
		}
		if f, lost := elfsym.ParseMapped(img, mem); lost == nil { // its file cannot be reached
			return f, "", nil
		}
		return nil, "", err
	})
}

// OpenMapped opens a file that is mapped from lo on: by its name as the process
// sees it, or where that leads elsewhere by now, as the program's own file, or by
// the mapping itself. dir is the process's in /proc, and mem its memory as the
// program made it. path is where the file was found.
func OpenMapped(files *elfsym.Cache, mem sysdeps.Memory, dir, name string, lo sysdeps.Addr) (f *elfsym.File, path string, err error) {
	ways := []func() string{
		func() string { return dir + "/root" + name },
		func() string {
			if exe, err := os.Readlink(dir + "/exe"); err != nil || exe != name {
				return ""
			}
			return dir + "/exe"
		},
		func() string { return mapFile(dir, lo) },
	}
	var first error
	for _, way := range ways {
		path := way()
		if path == "" {
			continue
		}
		f, err := openAs(files, path)
		if err == nil && !sameHeader(mem, lo, path) {
			err = fmt.Errorf("%s is not the file that is mapped", name)
		}
		if err == nil && len(f.Segments()) == 0 {
			err = fmt.Errorf("read %s: %w", path, elfsym.ErrNotELF)
		}
		if err == nil {
			return f, path, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, "", first
}

// mapFile returns the link to the file that is mapped at lo. Following it takes
// CAP_CHECKPOINT_RESTORE (proc_pid_map_files(5)).
func mapFile(dir string, lo sysdeps.Addr) string {
	found, _ := filepath.Glob(fmt.Sprintf("%s/map_files/%x-*", dir, uint64(lo)))
	if len(found) == 0 {
		return ""
	}
	return found[0]
}

func openAs(files *elfsym.Cache, path string) (*elfsym.File, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	id, err := elfsym.IDOf(fi)
	if err != nil {
		return nil, err
	}
	return files.Open(path, id)
}

// sameHeader compares the first page in memory, which has the ELF header, the
// program headers and mostly the build-id in it, with the file's. Inode numbers do
// not tell: on layered file systems /proc/PID/maps shows other ones.
func sameHeader(mem sysdeps.Memory, at sysdeps.Addr, path string) bool {
	mapped, file := make([]byte, sysdeps.PageSize), make([]byte, sysdeps.PageSize)
	n, err := mem.ReadMemory(mapped, at)
	if n == 0 && err != nil {
		return true // execute-only: nothing to compare
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	k, _ := f.ReadAt(file, 0)
	n = min(n, k)
	return n > 0 && bytes.Equal(mapped[:n], file[:n])
}
