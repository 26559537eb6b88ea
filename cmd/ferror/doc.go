// Command ferror owns the command line of the watcher for text that programs write: it
// shows the stack of who writes it.
package main
