package browser

import (
	"slices"

	"edgeboard/shared/wire"
)

// InboxEntry is an entry of the inbox as it is shown.
type InboxEntry struct {
	Seq   uint64
	What  uint32
	Name  string // of who has done it; "": nobody
	Color uint32 // of the same
	Title string // what it is about, in words
	Text  string // what was said
	Board string // where, in words
	URL   string // where it leads
	Time  float64
	New   bool // it is unread
}

// PushState is whether this device is told while no board is open: the key of the text
// that says so.
type PushState string

const (
	PushOff     PushState = "notice.push-off"
	PushOn      PushState = "notice.push-on"
	PushWaiting PushState = "notice.push-waiting"
	PushBlocked PushState = "notice.push-blocked" // by the browser
	PushNone    PushState = "notice.push-none"    // the browser cannot do it
	PushRelay   PushState = "notice.push-relay"   // the relay cannot
	PushFailed  PushState = "notice.push-failed"
)

// mute returns the boards that are muted, with one or without. Of too many the first is
// muted no longer.
func mute(muted []string, board string, on bool) []string {
	list := slices.DeleteFunc(slices.Clone(muted), func(b string) bool { return b == board })
	if !on {
		return list
	}
	if list = append(list, board); len(list) > wire.MaxMuted {
		list = list[1:]
	}
	return list
}

// clockTime writes a minute of the day as a field for times has it.
func clockTime(minute uint32) string {
	digits := func(n uint32) string { return string([]byte{'0' + byte(n/10), '0' + byte(n%10)}) }
	minute %= 24 * 60
	return digits(minute/60) + ":" + digits(minute%60)
}

// minuteOf reads what clockTime writes, and what browsers add to it.
func minuteOf(text string) (minute uint32, ok bool) {
	if len(text) < 5 || text[2] != ':' {
		return 0, false
	}
	for i, most := range [...]byte{'2', '9', 0, '5', '9'} {
		if i != 2 && (text[i] < '0' || text[i] > most) {
			return 0, false
		}
	}
	number := func(i int) uint32 { return uint32(text[i]-'0')*10 + uint32(text[i+1]-'0') }
	if number(0) > 23 {
		return 0, false
	}
	return number(0)*60 + number(3), true
}
