package ptrace

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// PageRegion is struct page_region (include/uapi/linux/fs.h): pages that lie one behind
// the other.
type PageRegion struct {
	Lo, Hi sysdeps.Addr
	_      uint64 // the categories that were asked for
}

// scanArg is struct pm_scan_arg.
type scanArg struct {
	size, flags, start, end, walkEnd, vec, vecLen, maxPages            uint64
	categoryInverted, categoryMask, categoryAnyOfMask, wantsCategories uint64
}

// Categories of pages (PAGE_IS_*), and the request, _IOWR('f', 16, struct pm_scan_arg).
const (
	pageIsPresent = 1 << 3
	pageIsSwapped = 1 << 4
	pageIsPFNZero = 1 << 5

	pagemapScan = 3<<30 | uint(unsafe.Sizeof(scanArg{}))<<16 | 'f'<<8 | 16
)

// ScanPages finds the pages between lo and hi that are there, in memory or in swap, and
// are not the kernel's own page of zeros: by PAGEMAP_SCAN on a descriptor of
// /proc/PID/pagemap. The first n of into are set, and end is how far was looked. The error
// is ENOTTY where the kernel is older than Linux 6.7.
func ScanPages(fd int, lo, hi sysdeps.Addr, into []PageRegion) (n int, end sysdeps.Addr, err error) {
	arg := scanArg{
		size: uint64(unsafe.Sizeof(scanArg{})), start: uint64(lo), end: uint64(hi),
		vec: uint64(uintptr(unsafe.Pointer(&into[0]))), vecLen: uint64(len(into)),
		categoryInverted: pageIsPFNZero, categoryMask: pageIsPFNZero, categoryAnyOfMask: pageIsPresent | pageIsSwapped,
	}
	got, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(pagemapScan), uintptr(unsafe.Pointer(&arg)))
	runtime.KeepAlive(into)
	if e != 0 {
		return 0, lo, fmt.Errorf("PAGEMAP_SCAN: %w", e)
	}
	// The kernel's walk_end is that of the last time that its own buffer was full, which
	// may lie before what it has answered (do_pagemap_scan in fs/proc/task_mmu.c).
	if int(got) < len(into) {
		return int(got), hi, nil
	}
	return int(got), max(sysdeps.Addr(arg.walkEnd), into[len(into)-1].Hi), nil
}
