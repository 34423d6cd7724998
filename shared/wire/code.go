package wire

// Code says why a connection ended. Codes are WebSocket close codes (RFC 6455
// section 7.4): 1000 to 1015 are the standard's, 4000 to 4999 ours. The same
// number stands in Denied and in the transport's own close.
type Code uint32

// Advice is what a client does after a close.
type Advice uint8

const (
	// Retry: come back after a backoff with jitter, or when Denied says.
	Retry Advice = iota
	// Stop: coming back would fail again; tell the person.
	Stop
	// RefreshFirst: as Retry, but with a new token. The old one would be
	// refused again.
	RefreshFirst
)

const (
	CodeNormal     Code = 1000 // the client is done
	CodeGoingAway  Code = 1001 // the relay is shutting down
	CodeText       Code = 1003 // a text message where binary is due
	CodeTooLarge   Code = 1009 // a message over MaxMessage
	CodeInternal   Code = 1011 // the relay's own fault
	CodeBadFrame   Code = 4000 // a message that does not parse
	CodeOrder      Code = 4001 // a message that may not be sent now
	CodeBoardName  Code = 4002 // not the shape of a board's name
	CodeVersion    Code = 4003 // a protocol version the relay does not speak
	CodeBadUpdate  Code = 4004 // an update that the document refuses
	CodeReplica    Code = 4005 // a replica that is no number from 1 to 2^53-1
	CodeNoHello    Code = 4006 // no Hello in time
	CodeSilent     Code = 4007 // nothing heard for too long
	CodeReplaced   Code = 4008 // the same replica has come back on another connection
	CodeBoardFull  Code = 4009 // the document is at one of its limits
	CodeNotStored  Code = 4010 // the board cannot be loaded or stored now
	CodeOverloaded Code = 4011 // the relay is at one of its limits

	CodeTokenExpired Code = 4012 // the token is no longer good
	CodeForbidden    Code = 4013 // the token does not allow it

	CodeEdgeOnly Code = 4014 // of Notice alone: what is stored is on this relay alone for now
)

// Advice returns what a client does about c. An unknown code means Retry: it
// is the newer side that invented it, and backoff bounds the harm.
func (c Code) Advice() Advice {
	switch c {
	case CodeText, CodeBadFrame, CodeOrder, CodeBoardName, CodeVersion,
		CodeBadUpdate, CodeReplica, CodeReplaced, CodeBoardFull, CodeTooLarge,
		CodeForbidden:
		return Stop
	case CodeTokenExpired:
		return RefreshFirst
	}
	return Retry
}
