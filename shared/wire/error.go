package wire

// Error is what is wrong with bytes that do not parse. The values are
// constants, so that refusing hostile input allocates nothing.
type Error string

func (e Error) Error() string { return string(e) }

const (
	ErrTruncated = Error("wire: message ends in the middle of a field")
	ErrOverlong  = Error("wire: varint is longer than 64 bits")
	ErrField     = Error("wire: field has an impossible number or the wrong wire type")
	ErrEmpty     = Error("wire: frame has no body")
	ErrTooLarge  = Error("wire: message is over the limit")
	ErrTooMany   = Error("wire: list is over the limit")
	ErrText      = Error("wire: text is not valid UTF-8 or over the limit")
	ErrPoint     = Error("wire: the last point of a preview has no y")
	ErrName      = Error("wire: the name of a person or a message has not 16 bytes, or is zero")
	ErrPart      = Error("wire: a list that is whole or not there has too few numbers")
)
