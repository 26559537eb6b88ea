// Command sonde owns its options, what it says to its user when something cannot
// be done, the wiring of the packages that do the work, and the exit status.
package main
