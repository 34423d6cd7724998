package browser

import (
	"strconv"
	"strings"
)

// Texts are what the program itself writes into the page, in one language. What
// never changes stands in index.html.
type Texts struct {
	Connecting, Live, Offline string
	loading                   string // with # for per cent
	byWebSocket               string
	byWebTransport            string
	byEvents                  string
	roundTrip, loss           string // with # for the number
	Saved, Saving             string
	NotStored, WhyNotStored   string // as short as a phone is narrow, and all of it
	unsent, unsentKept        string // with # for the number
	NotKept, SetAside         string
	Guest                     string
	You                       string
	Zoom, Style, History      string
	Menu, ZoomTo1             string
	Tools, People, Board      string
	Share, Close, Link        string
	Copied, NotCopied         string
	notCopiedBy, notPastedBy  string // with # for the keys that do it
	TooLarge, CopiedSVG       string
	ViewOnly, WhyViewOnly     string
	NowViewOnly, NowEditing   string
	Sharing                   Sharing
	denied                    [4]Denial // no invite, not signed in, no access, an invite that is over
	SignIn, OtherAccount      string
	Stopped                   map[uint32]string // by close code
	StoppedOther              string
}

// Denial says why the board is not opened.
type Denial struct{ Title, Text string }

// Denied returns that for the relay's HTTP status.
func (t *Texts) Denied(status int, signIn bool) Denial {
	switch {
	case status == 410:
		return t.denied[3]
	case status == 403:
		return t.denied[2]
	case signIn:
		return t.denied[1]
	}
	return t.denied[0]
}

// Unsent says how many changes have not left this device, and whether they are
// kept on it should the page be closed.
func (t *Texts) Unsent(n int, kept bool) string {
	if kept {
		return number(t.unsentKept, n)
	}
	return number(t.unsent, n)
}

// Loading says how much of a large board has come, in a text that is as wide for
// one digit as for two.
func (t *Texts) Loading(percent int) string {
	text := t.loading
	if percent < 10 {
		text = strings.ReplaceAll(text, "#", "\u2007#") // a space as wide as a digit
	}
	return number(text, percent)
}

// Path says by what the page is connected, and how well as far as that is known:
// the round trip in milliseconds, and how many datagrams of a hundred are lost.
func (t *Texts) Path(transport string, rtt, loss int) string {
	s := ""
	switch transport {
	case ByWebSocket:
		s = t.byWebSocket
	case ByWebTransport:
		s = t.byWebTransport
	case ByEvents:
		s = t.byEvents
	default:
		return s
	}
	if rtt > 0 {
		s += number(t.roundTrip, rtt)
	}
	if loss > 0 {
		s += number(t.loss, loss)
	}
	return s
}

// NotCopiedBy and NotPastedBy say by what keys the clipboard can be used where the
// board itself may not.
func (t *Texts) NotCopiedBy(mac bool) string {
	return strings.ReplaceAll(t.notCopiedBy, "#", KeyName("Ctrl+C", mac))
}
func (t *Texts) NotPastedBy(mac bool) string {
	return strings.ReplaceAll(t.notPastedBy, "#", KeyName("Ctrl+V", mac))
}

// number puts a number in the place of # in a text.
func number(text string, n int) string {
	return strings.ReplaceAll(text, "#", strconv.Itoa(n))
}

// Language returns the texts in Chinese or in English.
func Language(inChinese bool) *Texts {
	if inChinese {
		return chinese()
	}
	return english()
}

// Close codes that are explained, from package wire's table.
const (
	codeBoardName = 4002
	codeVersion   = 4003
	codeReplaced  = 4008
	codeBoardFull = 4009
	codeForbidden = 4013
)
