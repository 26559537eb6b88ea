package elfsym

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// maxLinks is how many symbolic links the kernel follows in one path
// (path_resolution(7)).
const maxLinks = 40

// within returns the path at which a process sees path whose root is root:
// absolute symbolic links begin at the root, and .. ends there. What is not
// there is left as it is, for whoever opens it to find out.
func within(root, path string) (string, error) {
	root = strings.TrimRight(root, "/")
	done := "" // of the path, free of links
	rest := strings.Split(path, "/")
	for links := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			done = done[:max(0, strings.LastIndexByte(done, '/'))]
			continue
		}
		next := done + "/" + part
		to, err := os.Readlink(root + next)
		switch {
		case errors.Is(err, syscall.EINVAL): // it is no link
			done = next
			continue
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
			return strings.Join(append([]string{root + next}, rest...), "/"), nil
		case err != nil:
			return "", err
		}
		if links++; links > maxLinks {
			return "", &fs.PathError{Op: "open", Path: path, Err: syscall.ELOOP}
		}
		if strings.HasPrefix(to, "/") {
			done = ""
		}
		rest = append(strings.Split(to, "/"), rest...)
	}
	if done == "" {
		return root + "/", nil
	}
	return root + done, nil
}
