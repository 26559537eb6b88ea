// Panics, two functions deep, by a fault.
package main

//go:noinline
func store(p *int) { *p = 1 }

//go:noinline
func die(p *int) { store(p); println(*p) }

func main() { die(nil) }
