// Package abi owns where a calling convention puts arguments and results: at
// present the integer arguments and the integer result of the System V
// convention for x86-64.
package abi
