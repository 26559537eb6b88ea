package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// images returns the files of the kernels that are wanted, by their names, and fetches those that are not
// in the cache.
func (o *options) images(ctx context.Context) (map[string]string, error) {
	images := make(map[string]string)
	var missing []*kernel
	err := o.chosen(func(k *kernel, _ *boot) error {
		if images[k.name] != "" {
			return nil
		}
		images[k.name] = filepath.Join(o.cache, "vmlinuz-"+k.name)
		if _, err := os.Stat(images[k.name]); err != nil || o.fetch {
			missing = append(missing, k)
		}
		return nil
	})
	if err != nil || len(missing) == 0 {
		return images, err
	}
	a, err := newApt(ctx, filepath.Join(o.cache, "apt"), o.mirror, missing)
	if err != nil {
		return nil, err
	}
	for _, k := range missing {
		if err := a.fetch(ctx, k, images[k.name]); err != nil {
			return nil, fmt.Errorf("fetch Linux %s: %w", k.name, err)
		}
	}
	return images, nil
}

// apt runs apt with files of its own, so that the machine's are as they were.
type apt struct {
	dir     string
	options []string
}

// newApt returns one that knows the suites of kernels. Packages are checked against the
// archive's signature, as always.
func newApt(ctx context.Context, dir, mirror string, kernels []*kernel) (*apt, error) {
	for _, sub := range []string{"state/lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	if mirror == "" {
		var err error
		if mirror, err = usualMirror(ctx); err != nil {
			return nil, err
		}
	}
	var list strings.Builder
	for _, k := range kernels {
		fmt.Fprintf(&list, "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n", mirror, k.suite)
	}
	sources := filepath.Join(dir, "sources.list")
	if err := os.WriteFile(sources, []byte(list.String()), 0o644); err != nil {
		return nil, err
	}
	a := &apt{dir: dir}
	for _, option := range []string{
		"Dir::Etc::sourcelist=" + sources, "Dir::Etc::sourceparts=/dev/null",
		"Dir::Etc::preferences=/dev/null", "Dir::Etc::preferencesparts=/dev/null",
		"Dir::State=" + filepath.Join(dir, "state"), "Dir::Cache=" + filepath.Join(dir, "cache"),
		// The user of that name could not write there.
		"APT::Sandbox::User=root",
		"APT::Architecture=amd64", "APT::Architectures=amd64", "Acquire::Languages=none",
		"Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
	} {
		a.options = append(a.options, "-o", option)
	}
	_, err := a.run(ctx, "apt-get", "update", "-q")
	return a, err
}

// usualMirror returns the URI that this machine has Debian's packages from.
func usualMirror(ctx context.Context) (string, error) {
	out, err := command(ctx, "", "apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian", "Component: main")
	if err != nil {
		return "", err
	}
	uri, _, _ := strings.Cut(out, "\n")
	if uri == "" {
		return "", errors.New("apt has no archive of Debian's here (after apt-get update): name one with -mirror")
	}
	return uri, nil
}

// fetch puts a kernel's image into a file.
func (a *apt) fetch(ctx context.Context, k *kernel, image string) error {
	name, err := a.newest(ctx, k)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(a.dir, "package-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cmd := append([]string{"apt-get"}, a.options...)
	if _, err := command(ctx, dir, append(cmd, "-q", "download", name)...); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(files) != 1 {
		return fmt.Errorf("download %s: %d files: %w", name, len(files), err)
	}
	b, err := unpackImage(ctx, files[0])
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Printf("%s: %s\n", k.name, name)
	// Whole or not at all: a run that is ended leaves no half of it.
	part := image + ".part"
	return errors.Join(os.WriteFile(part, b, 0o644), os.Rename(part, image))
}

// newest returns the name of the last package of a series that has an image. Newer
// versions of Debian have it in linux-binary, and linux-image only depends on that.
func (a *apt) newest(ctx context.Context, k *kernel) (string, error) {
	for _, prefix := range []string{"linux-binary-", "linux-image-"} {
		out, err := a.run(ctx, "apt-cache", "pkgnames", prefix+k.name+".")
		if err != nil {
			return "", err
		}
		names := slices.DeleteFunc(strings.Fields(out), func(name string) bool { return !strings.HasSuffix(name, "-cloud-amd64") })
		if len(names) > 0 {
			return slices.MaxFunc(names, compareNumbers), nil
		}
	}
	return "", fmt.Errorf("%s has no linux-image-%s.*-cloud-amd64", k.suite, k.name)
}

// compareNumbers compares names by the numbers in them, and otherwise as strings: 6.12.9
// is before 6.12.10.
func compareNumbers(a, b string) int {
	for a != "" && b != "" {
		m, n := digits(a), digits(b)
		if m == "" || n == "" {
			if a[0] != b[0] {
				return int(a[0]) - int(b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		x, y := strings.TrimLeft(m, "0"), strings.TrimLeft(n, "0")
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		if c := strings.Compare(x, y); c != 0 {
			return c
		}
		a, b = a[len(m):], b[len(n):]
	}
	return len(a) - len(b)
}

func digits(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}

// maxImage bounds what is taken for a kernel, in bytes.
const maxImage = 256 << 20

// unpackImage returns the kernel of a package.
func unpackImage(ctx context.Context, deb string) ([]byte, error) {
	// To memory: such a package has some 100 MiB.
	files, err := command(ctx, "", "dpkg-deb", "--fsys-tarfile", deb)
	if err != nil {
		return nil, err
	}
	for t := tar.NewReader(strings.NewReader(files)); ; {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, errors.New("the package has no vmlinuz")
		case err != nil:
			return nil, err
		case h.Typeflag == tar.TypeReg && strings.HasPrefix(path.Base(h.Name), "vmlinuz"):
			return io.ReadAll(io.LimitReader(t, maxImage))
		}
	}
}

func (a *apt) run(ctx context.Context, name string, args ...string) (string, error) {
	return command(ctx, "", append(append([]string{name}, a.options...), args...)...)
}

// command runs one, and returns its output.
func command(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", args[0], err, bytes.TrimSpace(complaints.Bytes()))
	}
	return out.String(), nil
}
