// Package wire turns the messages that pages, tools and relays exchange into
// bytes and back.
//
// edgeboard.proto is the contract: every message here is a proto3 message, so
// any language can read the wire. SPEC.md says which message is sent when, what
// is fatal, what is ignored and what is answered.
//
// A transport message holds one or more frames, each preceded by its length
// (uvarint). A frame is one message with the sender's sequence number. Reading
// is two steps, so that a receiver that only forwards never decodes a body:
//
//	for frame, err := range wire.Frames(msg) {
//		...
//		switch frame.Kind {
//		case wire.KindCursors:
//			err = cursors.Parse(frame.Body)
//		}
//	}
//
// Append methods extend the slice they are given, Parse methods reuse the
// receiver's slices and keep references into their input: a parsed message is
// valid until the next Parse and as long as its input is not overwritten.
// Neither uses reflection or fmt, for the sake of the page's size.
//
// What the document's updates mean is not known here: they are opaque bytes
// (see package board).
package wire
