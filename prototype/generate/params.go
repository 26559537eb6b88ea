package main

import (
	"debug/dwarf"
	"slices"
	"strings"
)

// formats are the types of parameters that say what further arguments there are.
var formats = []string{"format", "wformat", "scanf", "wscanf"}

// param is the type of the i-th parameter. Those behind it are the following.
func (w *writer) param(symbol string, p pair, following []dwarf.Type, n *note, i int) string {
	name := n.name(i)
	if len(following) > 0 && !isItems(n.name(i+2)) {
		if text := w.sized(p, following[0], n.name(i+1)); text != "" {
			return text
		}
	}
	if text := w.formatType(symbol, p, name, n, i); text != "" {
		return text
	}
	if text := w.socketAddress(p); text != "" {
		return text
	}
	if isDescriptor(name) && isInt(p.wide) {
		return "fd"
	}
	return w.value(p, inCall)
}

// descriptors are names that headers give to parameters that are file
// descriptors.
var descriptors = []string{"fd", "fildes", "fd1", "fd2", "fdin", "fdout", "infd", "outfd", "in_fd", "out_fd", "epfd", "ufd", "fdes", "tofd", "fromfd", "dirfd", "filedes", "sockfd", "socket", "dfd", "fanotify_fd", "pidfd"}

func isDescriptor(name string) bool { return slices.Contains(descriptors, name) }

func isInt(t dwarf.Type) bool {
	i, ok := t.(*dwarf.IntType)
	return ok && i.ByteSize == 4
}

// socketAddress writes the parameters of glibc's socket functions that take
// any kind of address: unions of which a member is passed as such
// (sys/socket.h, __transparent_union__), and whose members gcc does not tell.
func (w *writer) socketAddress(p pair) string {
	for _, name := range typedefs(p.wide) {
		if name != "__SOCKADDR_ARG" && name != "__CONST_SOCKADDR_ARG" {
			continue
		}
		address := pair{wide: w.s.wideNames.tags["sockaddr"], narrow: w.s.narrowNames.tags["sockaddr"]}
		text := w.value(address, inCall)
		if name == "__SOCKADDR_ARG" {
			return "address(" + text + "*)"
		}
		return text + "*"
	}
	return ""
}

// formatType is the type of a parameter that says what further arguments there
// are: by its attribute, or where that is lacking (wide characters have none)
// by the names.
func (w *writer) formatType(symbol string, p pair, name string, n *note, i int) string {
	word := ""
	switch {
	case n.format == "printf" && n.formatAt == i:
		word = "format"
	case n.format == "scanf" && n.formatAt == i:
		word = "scanf"
	case n.format != "" || name != "fmt" && name != "format" && name != "":
		return ""
	case strings.Contains(symbol, "printf"), strings.HasSuffix(symbol, "printw"):
		word = "format"
	case strings.Contains(symbol, "scanf"), strings.HasSuffix(symbol, "scanw"):
		word = "scanf"
	default:
		return ""
	}
	e, ok := p.pointee()
	if !ok || !isConst(e.wide) {
		return ""
	}
	switch w.textType(e.wide) {
	case "string":
		return word
	case "wstring":
		return "w" + word
	}
	return ""
}
