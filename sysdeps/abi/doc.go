// Package abi owns where a calling convention puts arguments and results: the
// System V conventions of x86-64 and i386, and Go's and Rust's own.
//
// Place turns a prototype into a Signature: where each argument lies when the
// function is entered, and the result when it has returned. A Cursor goes on from
// there through arguments that only a format tells of, or through a va_list.
// All that is data, and holds for every call of the function; no process is asked.
package abi
