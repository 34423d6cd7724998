// Package client keeps a board in step with a relay.
//
// A [Session] is the protocol as a pure state machine: it is told what has
// happened (a transport has opened, a message has come, time has passed, the
// document was changed) and says what to send. It has no clock, no goroutine
// and no I/O.
//
//	        Open                Welcome
//	Offline ----> Connecting ---------> Live
//	   ^              |                  |
//	   +--------------+------------------+
//	                 Lost
//
// A [Link] owns a Session and the board with it: it dials, hands messages to
// and fro, and comes back after a loss by exponential backoff with full jitter
// (or when the relay says), until the context ends or the relay's answer is one
// that coming back would not change. Whoever wants to read or change the board
// asks the Link to Do it.
//
// What was changed while offline is not kept apart: on Welcome both sides know
// each other's state vectors, and each sends what the other lacks.
package client
