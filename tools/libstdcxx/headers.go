package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// headers are those of the standard library that declare what libraries export.
var headers = strings.Fields(`any array atomic barrier bitset charconv chrono codecvt complex condition_variable
	deque exception filesystem fstream functional future iomanip ios iostream istream latch list locale map memory
	mutex new numeric optional ostream queue random regex semaphore set shared_mutex sstream stack stdexcept
	streambuf string string_view strstream system_error thread tuple typeindex typeinfo unordered_map
	unordered_set utility valarray variant vector experimental/memory_resource`)

// results are classes of which functions give back some and whose own are in no library.
var results = []string{
	"std::fpos<mbstate_t>", "std::istreambuf_iterator<char>", "std::istreambuf_iterator<wchar_t>",
	"std::ostreambuf_iterator<char>", "std::ostreambuf_iterator<wchar_t>",
}

// resultOf is what variables are called, before a function's symbol, that point to a
// function with its result.
const resultOf = "result_of_"

// declared compiles what libc++'s headers declare of the functions that a library
// exports, since there is no build of that with debugging information, and returns the
// path of that: a class is described whole where its size is asked for, and a function
// where it is called.
func declared(library, dir string) (path string, err error) {
	f, err := elf.Open(library)
	if err != nil {
		return "", err
	}
	defer f.Close()
	exported, err := functions(f)
	if err != nil {
		return "", fmt.Errorf("read symbols of %s: %w", library, err)
	}
	lines, err := uses(slices.Sorted(maps.Keys(exported)))
	if err != nil {
		return "", err
	}
	source, path := filepath.Join(dir, "uses.cc"), filepath.Join(dir, "uses.so")
	const tries = 20 // a mistake may hide others
	for range tries {
		if err := os.WriteFile(source, []byte(strings.Join(lines, "\n")), 0o666); err != nil {
			return "", err
		}
		var complaints bytes.Buffer
		c := exec.Command("clang++", "-stdlib=libc++", "-std=c++20", "-O1", "-g", "-fstandalone-debug", "-fPIC", "-shared", "-w",
			"-fno-access-control", "-ferror-limit=0", "-D_LIBCPP_ENABLE_CXX20_REMOVED_FEATURES", "-o", path, source)
		c.Stderr = &complaints
		if err = c.Run(); err == nil {
			return path, nil
		}
		if !drop(lines, source, complaints.String()) {
			return "", fmt.Errorf("compile uses of %s: %w: %s", library, err, complaints.String())
		}
	}
	return "", errors.New("compile uses: always new mistakes")
}

// drop empties the lines that a compiler complains of: what is in no header, or no
// class or function by itself.
func drop(lines []string, source, complaints string) (any bool) {
	for _, m := range regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(source)+`:(\d+):`).FindAllStringSubmatch(complaints, -1) {
		n, err := strconv.Atoi(m[1])
		if err == nil && 0 < n && n <= len(lines) && lines[n-1] != "" {
			lines[n-1], any = "", true
		}
	}
	return any
}

// uses are the lines of a source that uses each class and each function that symbols
// tell of.
func uses(symbols []string) ([]string, error) {
	c := exec.Command("c++filt")
	c.Stdin = strings.NewReader(strings.Join(symbols, "\n"))
	names, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("c++filt: %w", err)
	}
	for _, class := range results {
		names = append(names, "\n"+class+"::x()"...)
	}
	var lines []string
	for _, h := range headers {
		lines = append(lines, "#include <"+h+">")
	}
	lines = append(lines, "template<typename T> T &&arg();", "template<typename T> struct keep { T *p; unsigned long n = sizeof(T); };")
	classes := map[string]bool{}
	for i, name := range strings.Split(strings.TrimSpace(string(names)), "\n") {
		name = strings.TrimSpace(name)
		function, rest := cut(name, "(")
		before, _, operator := strings.Cut(name, "operator")
		if operator { // its name may have brackets of its own
			function = before
		}
		if returned, _ := cut(function, " "); returned != function {
			continue // an instance of a template says itself what it gives back
		}
		scope, _ := cutLast(function)
		n := len(lines)
		if scope != "" && !classes[scope] {
			classes[scope] = true
			lines = append(lines, fmt.Sprintf("keep<%s> class%d;", scope, n))
		}
		if operator {
			continue
		}
		params, _ := cut(rest, ")")
		var args []string
		for params != "" {
			var param string
			param, params = cut(params, ",")
			args = append(args, "arg<"+param+">()")
		}
		call := function + "(" + strings.Join(args, ", ") + ")"
		lines = append(lines, fmt.Sprintf("void use%d() { %s; }", n, call))
		if i < len(symbols) { // of a name that begins with "__" clang tells no more
			lines = append(lines, fmt.Sprintf("decltype(%s) (*%s%s)();", call, resultOf, symbols[i]))
		}
	}
	return lines, nil
}

// cut cuts a name at the first separator that is in no brackets.
func cut(s, sep string) (before, after string) {
	depth := 0
	for i, c := range []byte(s) {
		switch {
		case depth == 0 && strings.HasPrefix(s[i:], sep):
			return s[:i], s[i+len(sep):]
		case c == '<' || c == '(':
			depth++
		case c == '>' || c == ')':
			depth--
		}
	}
	return s, ""
}

// cutLast cuts a name at the last "::" that is in no brackets.
func cutLast(s string) (scope, name string) {
	for rest := s; ; {
		first, after := cut(rest, "::")
		if after == "" {
			return strings.TrimSuffix(s[:len(s)-len(first)], "::"), first
		}
		rest = after
	}
}
