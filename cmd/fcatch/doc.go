// Command fcatch owns the command line of the watcher for signals that end programs: it
// shows the stack at that moment.
package main
