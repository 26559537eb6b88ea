// Package abi owns where a calling convention puts arguments and results: at
// present the integers of the System V conventions for x86-64 and i386, and of
// Go's own for x86-64.
package abi
