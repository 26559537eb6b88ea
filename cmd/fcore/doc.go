// Command fcore writes core files of processes that go on, and checks core files.
package main
