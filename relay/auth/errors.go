package auth

// Reason is why somebody is turned away, as far as it decides what a client does
// and what HTTP answers.
//
//	reason       HTTP   close code   what it is about
//	Missing      401    4012         no token, no session
//	Expired      401    4012         it has ended
//	NotYet       401    4012         it has not begun, or comes from the future
//	Revoked      401    4012         somebody has taken it back
//	Unavailable  503    4012         the keys that it would be checked with are not there now
//	Bad          401    4013         it will never be good
//	Forbidden    403    4013         it is good, and does not allow this
//	InviteOver   410    -            the invite has ended, is revoked, used up or for something else
//	NotFound     404    -            there is no such invite or person
//	Conflict     409    -            the board's last owner; too many invites
//	Invalid      400    -            what was asked for makes no sense
//
// An error that is no *Error is the store's: 503.
type Reason uint8

const (
	Missing Reason = iota + 1
	Expired
	NotYet
	Revoked
	Unavailable
	Bad
	Forbidden
	InviteOver
	NotFound
	Conflict
	Invalid
)

// Error says why somebody is turned away, and what to do about it. The text may
// be shown to whom it concerns: it has nothing of a token in it.
type Error struct {
	Reason Reason
	text   string
}

func (e *Error) Error() string { return e.text }

// Again reports whether it is worth to come back with a new token.
func (e *Error) Again() bool { return e.Reason <= Unavailable }

// NewError returns an Error. The text is for whom it concerns, in English, and has
// nothing secret in it.
func NewError(r Reason, text string) *Error { return refuse(r, text) }

func refuse(r Reason, text string) *Error { return &Error{r, text} }
