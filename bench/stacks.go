package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
)

// held separates the program that is looked at from the tool that looks at it, in whose
// arguments pidWord stands for its process id.
const (
	held    = "--"
	pidWord = "PID"
)

// threads returns a program with so many threads that sleep, and so many MiB of memory
// that was written to; tool is one of ours that it is held against.
func threads(tool string, n, mib int) func(tools) ([]string, error) {
	return func(tl tools) ([]string, error) {
		if _, err := buildTool(tl.dir, tool); err != nil {
			return nil, err
		}
		path, err := compile(tl.dir, "threads", "-g", "-fno-optimize-sibling-calls")
		return []string{path, strconv.Itoa(n), strconv.Itoa(mib)}, err
	}
}

// looksAt returns how a tool is run on a program that runs already.
func looksAt(tool string, args ...string) func(tools, []string) []string {
	return func(_ tools, program []string) []string {
		return slices.Concat(program, []string{held, tool}, args)
	}
}

// ours is looksAt for one of our tools.
func ours(tool string, args ...string) func(tools, []string) []string {
	return func(tl tools, program []string) []string {
		return looksAt(filepath.Join(tl.dir, tool), args...)(tl, program)
	}
}

// writes is looksAt for a tool, one of ours if it is fcore, that writes a core file.
func writes(tool string, args ...string) func(tools, []string) []string {
	return func(tl tools, program []string) []string {
		name := tool
		if tool == "fcore" {
			name = filepath.Join(tl.dir, tool)
		}
		args := slices.Concat(args, []string{"-o", filepath.Join(tl.dir, "core"), pidWord})
		return looksAt(name, args...)(tl, program)
	}
}

// gdbStacks are gdb's arguments for the stacks of all threads. It asks no server.
var gdbStacks = []string{"-batch", "-nx", "-iex", "set debuginfod enabled off", "-p", pidWord, "-ex", "thread apply all bt"}

func stackRows() []row {
	small, many := threads("fstack", 1, 0), threads("fstack", 2000, 0)
	return []row{
		{
			name: "stacks of a small process", unit: "ms of CPU", against: "eu-stack", target: 1,
			program: small,
			sonde:   ours("fstack", "--lite", pidWord), other: looksAt("eu-stack", "-p", pidWord), read: answers(20),
		},
		{
			name: "stacks of a small process, lines", unit: "ms of CPU", against: "eu-stack -s -i", target: 1,
			program: small,
			sonde:   ours("fstack", pidWord), other: looksAt("eu-stack", "-s", "-i", "-p", pidWord), read: answers(5),
		},
		{
			name: "stacks of 2,000 threads", unit: "ms of CPU", against: "eu-stack", target: 0.25,
			program: many,
			sonde:   ours("fstack", pidWord), other: looksAt("eu-stack", "-p", pidWord), read: answers(1),
		},
		{
			name: "2,000 threads stand still", unit: "ms", against: "gdb", limit: 150,
			program: many,
			sonde:   ours("fstack", pidWord), other: looksAt("gdb", gdbStacks...), read: standsStill,
		},
		{
			name: "a frame whose rule is known", unit: "ns", against: "one that is not", limit: 300,
			program: installed(),
			sonde:   benchmark("BenchmarkFrame", "sonde/unwind"), other: benchmark("BenchmarkFirstFrame", "sonde/unwind"), read: perOperation,
		},
	}
}

func coreRows() []row {
	return []row{
		{
			name: "1 GiB stands still for its core file", unit: "ms", against: "gcore", target: 0.5,
			program: threads("fcore", 10, 1024),
			sonde:   writes("fcore"), other: writes("gcore"), read: standsStill,
		},
		{
			name: "1 GiB stands still for a copy of it", unit: "ms", against: "gcore", limit: 100,
			program: threads("fcore", 10, 1024),
			sonde:   writes("fcore", "--snapshot"), other: writes("gcore"), read: standsStill,
		},
		{
			// 5 % more than is resident: the memory, and some 2 MiB of libraries and stacks.
			name: "core file of 256 MiB", unit: "MiB", against: "gcore", limit: 1.05 * 258,
			program: threads("fcore", 10, 256),
			sonde:   writes("fcore"), other: writes("gcore"), read: coreSize,
		},
		{
			name: "core file of 10 idle threads", unit: "MiB", against: "gcore", limit: 10,
			program: threads("fcore", 10, 0),
			sonde:   writes("fcore"), other: writes("gcore"), read: coreSize,
		},
	}
}

// benchmark returns how one of a package's Go benchmarks is run.
func benchmark(name, pkg string) func(tools, []string) []string {
	return func(tools, []string) []string {
		return []string{"go", "test", "-run", "^$", "-bench", fmt.Sprintf("^%s$", name), pkg}
	}
}
