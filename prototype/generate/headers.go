package main

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// command runs a tool and returns what it wrote to its standard output.
func command(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.Bytes(), fmt.Errorf("run %s %s: %w: %s", name, strings.Join(args, " "), err, firstError(stderr.String()))
	}
	return stdout.Bytes(), nil
}

// firstError is the line of a compiler's complaints that names an error.
func firstError(complaints string) string {
	for line := range strings.Lines(complaints) {
		if strings.Contains(line, "error: ") {
			return strings.TrimSpace(line)
		}
	}
	first, _, _ := strings.Cut(strings.TrimSpace(complaints), "\n")
	return first
}

// publicHeaders returns what to #include: the headers of the library's
// packages that its patterns take, in their order.
func (s *surveyed) publicHeaders(ctx context.Context) ([]string, error) {
	list, err := command(ctx, "dpkg", append([]string{"-L"}, s.library.packages...)...)
	if err != nil {
		return nil, err
	}
	var found []string
	for line := range strings.Lines(string(list)) {
		h, ok := strings.CutPrefix(strings.TrimSpace(line), "/usr/include/")
		if !ok || !strings.HasSuffix(h, ".h") {
			continue
		}
		found = append(found, strings.TrimPrefix(h, s.multiarch+"/"))
	}
	slices.Sort(found)
	return pick(slices.Compact(found), s.library.headers), nil
}

// packageVersions returns NAME VERSION of packages.
func packageVersions(ctx context.Context, packages []string) ([]string, error) {
	args := append([]string{"-W", "-f", "${Package} ${Version}\\n"}, packages...)
	list, err := command(ctx, "dpkg-query", args...)
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSpace(string(list)), "\n"), nil
}

// pick takes of the sorted names what the patterns say, in their order.
func pick(names, patterns []string) []string {
	var picked []string
	for _, p := range patterns {
		if not, ok := strings.CutPrefix(p, "!"); ok {
			picked = slices.DeleteFunc(picked, func(h string) bool { return matches(not, h) })
			continue
		}
		for _, h := range names {
			if matches(p, h) && !slices.Contains(picked, h) {
				picked = append(picked, h)
			}
		}
	}
	return picked
}

func matches(pattern, name string) bool {
	ok, _ := path.Match(pattern, name)
	return ok
}

// includes returns a translation unit of a library's headers and of our own
// for it. What a machine or a 32-bit compiler lacks is left out.
func (s *surveyed) includes(headers []string) (string, error) {
	var b strings.Builder
	b.WriteString(s.library.before)
	for _, h := range headers {
		fmt.Fprintf(&b, "#if __has_include(<%s>)\n#include <%s>\n#endif\n", h, h)
	}
	for _, f := range s.library.files {
		if f.extra == "" {
			continue
		}
		text, err := extras.ReadFile(f.extra)
		if err != nil {
			return "", fmt.Errorf("read declarations: %w", err)
		}
		if _, err := writeUnit(s.dir, f.extra, string(text)); err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "#include \"%s\"\n", f.extra)
	}
	return b.String(), nil
}

// narrowHeaders writes those headers as 32-bit code has them that have sizes written into
// them, into a directory that it returns.
func (s *surveyed) narrowHeaders() (dir string, err error) {
	dir = filepath.Join(s.dir, "narrow")
	for _, h := range s.library.sized {
		path := strings.Replace(h.path, "*", s.multiarch, 1)
		text, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("read header: %w", err)
		}
		for i := 0; i < len(h.replace); i += 2 {
			if !bytes.Contains(text, []byte(h.replace[i])) {
				return "", fmt.Errorf("%s does not say %q any more", path, h.replace[i])
			}
			text = bytes.ReplaceAll(text, []byte(h.replace[i]), []byte(h.replace[i+1]))
		}
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(h.as)), 0o755); err != nil {
			return "", fmt.Errorf("make a directory of headers: %w", err)
		}
		if _, err := writeUnit(dir, h.as, string(text)); err != nil {
			return "", err
		}
	}
	return dir, nil
}

//go:embed *.h
var extras embed.FS

// flagsOf are the flags that a library's headers need.
func flagsOf(ctx context.Context, l *library) ([]string, error) {
	flags := slices.Clone(l.flags)
	if l.pkgconf != "" {
		out, err := command(ctx, "pkg-config", "--cflags", l.pkgconf)
		if err != nil {
			return nil, err
		}
		flags = append(flags, strings.Fields(string(out))...)
	}
	return flags, nil
}

// writeUnit writes a C file into the directory.
func writeUnit(dir, name, text string) (string, error) {
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	return file, nil
}
