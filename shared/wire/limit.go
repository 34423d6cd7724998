package wire

import "unicode/utf8"

// Limits that both sides keep. They are checked before anything is allocated
// (R9).
const (
	// MaxMessage is the greatest transport message in bytes, to the relay and
	// from it.
	MaxMessage = 1 << 20
	// MaxSnapshot is the greatest snapshot of a document in bytes, in as many
	// parts as it takes.
	MaxSnapshot = 256 << 20
	// MaxName is the greatest length of a person's name in bytes.
	MaxName = 160
	// MaxOrigin is the greatest length of an origin in bytes.
	MaxOrigin = 256
	// MaxCursors is the greatest number of cursors in one batch.
	MaxCursors = 4096
	// MaxPreviewPoints is the greatest number of points in one Preview.
	MaxPreviewPoints = 1024
	// MaxSelected is the greatest number of elements in one Selection.
	MaxSelected = 256
	// SignalRate is how many Signals a second a member may send, on average over two
	// seconds.
	SignalRate = 5
	// MinSecret and MaxSecret bound the length of Hello.Secret in bytes.
	MinSecret = 16
	MaxSecret = 64
	// MaxText is the greatest length of a message of a conversation in bytes.
	MaxText = 8000
	// MaxMentions is the greatest number of persons named in one.
	MaxMentions = 32
	// MaxSign is the greatest length of a reaction's sign in bytes, MaxSigns the
	// greatest number of different ones of a message, and MaxReactors that of persons
	// who have given one of them.
	MaxSign     = 32
	MaxSigns    = 16
	MaxReactors = 100
	// MaxRecall is the greatest number of messages in one Said.
	MaxRecall = 100
	// MaxFind is the greatest length of what is searched for in bytes.
	MaxFind = 200
	// MaxTalks is the greatest number of conversations in Talks.
	MaxTalks = 500
	// MaxUnread is where the counting of unread messages ends.
	MaxUnread = 1000
	// SayRate is how many Says a second a member may send, on average; SayBurst is
	// how many it may save up.
	SayRate  = 10
	SayBurst = 200
	// MaxEntries is the greatest number of entries in one Inbox, and MaxSpans that of
	// each list of spans.
	MaxEntries = 100
	MaxSpans   = 100
	// MaxTitle, MaxExcerpt and MaxElement bound the texts of an Entry, in bytes.
	MaxTitle   = 160
	MaxExcerpt = 400
	MaxElement = 64
	// MaxMuted is the greatest number of muted boards, and MaxZone the greatest length
	// of a time zone's name in bytes.
	MaxMuted = 200
	MaxZone  = 64
	// MaxEndpoint is the greatest length of a push endpoint's URL in bytes.
	MaxEndpoint = 1024
	// MaxFeed is the greatest length of a feed's name in bytes, MaxFeedText that of a
	// text that a feed has for a value, and MaxFeedTexts how many of these go in one
	// Points.
	MaxFeed      = 128
	MaxFeedText  = 2000
	MaxFeedTexts = 4096
	// MaxWants is the greatest number of wants in one Watch, MaxFeeds that of feeds
	// that a client is told of, and MaxSamples that of points in one Publish.
	MaxWants   = 256
	MaxFeeds   = 1000
	MaxSamples = 1000
	// MaxDigits is the greatest number of significant digits to ask for; a double has
	// no more that can be relied on.
	MaxDigits = 15
	// MaxToken is the greatest length of a token in bytes.
	MaxToken = 8 << 10
	// MaxLanguage is the greatest length of a language's tag in bytes, what
	// RFC 5646 section 4.4.1 says to have room for.
	MaxLanguage = 35
	// MinBoardName and MaxBoardName bound the length of a board's name, whose
	// characters are a-z, A-Z, 0-9, '-' and '_'.
	MinBoardName = 1
	MaxBoardName = 64
)

// ValidBoardName reports whether name has the shape of a board's name. A name
// goes into URLs, file names and log lines, hence the small alphabet. A leading
// '_' is kept for boards of the relay's own, see StatusBoard.
func ValidBoardName(name string) bool {
	if len(name) < MinBoardName || len(name) > MaxBoardName || name[0] == '_' {
		return false
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// StatusBoard is the board of a relay's own figures (W109), the only one of its own.
const StatusBoard = "_status"

// MayName reports whether a Hello may have name for its board: that has the shape of one,
// or is StatusBoard, which not every relay has.
func MayName(name string) bool { return name == StatusBoard || ValidBoardName(name) }

func validText(b []byte, limit int) bool { return len(b) <= limit && utf8.Valid(b) }
