package browser

import (
	"strconv"

	"edgeboard/public/texts"
)

// How an own message stands, as State of a ChatText.
const (
	ChatWaiting = "waiting" // it has not left this device
	ChatSent    = "sent"
	ChatStored  = "stored"
	ChatSeen    = "seen" // by who it was said to
)

// typingText says who is typing.
func typingText(l texts.Language, names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return l.Text("chat.types", names[0])
	case 2:
		return l.Text("chat.two-type", names[0], names[1])
	}
	return l.Text("chat.several-type")
}

// mostShownUnread bounds what a badge shows.
const mostShownUnread = 99

// badgeText is a number of unread messages as a badge has it, "" for none.
func badgeText(n int) string {
	switch {
	case n == 0:
		return ""
	case n > mostShownUnread:
		return strconv.Itoa(mostShownUnread) + "+"
	}
	return strconv.Itoa(n)
}

// titled is the page's title with the number of unread messages.
func titled(title string, unread int) string {
	if unread == 0 {
		return title
	}
	return "(" + badgeText(unread) + ") " + title
}
