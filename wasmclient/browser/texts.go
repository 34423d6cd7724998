package browser

import (
	"strconv"
	"strings"

	"edgeboard/public/texts"
)

// What is said of a state is made here of the catalogue's texts, in a language l:
// the page's, as Text has it.

// loadingText says how much of a large board has come, in a text that is as wide
// for one digit as for two.
func loadingText(l texts.Language, percent int) string {
	digits := strconv.Itoa(percent)
	if percent < 10 {
		digits = "\u2007" + digits // a space as wide as a digit
	}
	return l.Text("status.loading", digits)
}

// unsentText says how many changes have not left this device, and whether they are
// kept on it should the page be closed.
func unsentText(l texts.Language, n int, kept bool) string {
	if kept {
		return l.Count("status.unsent-kept", n)
	}
	return l.Count("status.unsent", n)
}

// pathText says by what the page is connected, and how well as far as that is known:
// the round trip in milliseconds, and how many datagrams of a hundred are lost.
func pathText(l texts.Language, transport string, rtt, loss int) string {
	s := ""
	switch transport {
	case ByWebSocket:
		s = l.Text("status.by-websocket")
	case ByWebTransport:
		s = l.Text("status.by-webtransport")
	case ByEvents:
		s = l.Text("status.by-sse")
	default:
		return s
	}
	if rtt > 0 {
		s += l.Count("status.round-trip", rtt)
	}
	if loss > 0 {
		s += l.Count("status.loss", loss)
	}
	return s
}

// deniedText says why the board is not opened and what to do about it, for the
// relay's HTTP status: to sign in only where one can.
func deniedText(l texts.Language, status int, signIn bool) (why, help string) {
	switch {
	case status == 410:
		return l.Text("denied.over"), l.Text("denied.over-help")
	case status == 403:
		return l.Text("denied.access"), l.Text("denied.access-help")
	case signIn:
		return l.Text("denied.sign-in"), l.Text("denied.sign-in-help")
	}
	return l.Text("denied.invite"), l.Text("denied.invite-help")
}

// stoppedKeys are the texts of the close codes that are explained, from package
// wire's table.
var stoppedKeys = map[uint32]string{
	4002: "stopped.board-name",
	4003: "stopped.version",
	4008: "stopped.replaced",
	4009: "stopped.board-full",
	4013: "stopped.forbidden",
}

// stoppedText says why the board has stopped: by its close code, or else in the
// relay's words.
func stoppedText(l texts.Language, code uint32, reason string) string {
	if key, known := stoppedKeys[code]; known {
		return l.Text(key)
	}
	return l.Text("stopped.other", reason)
}

// RoleNames are those of the wire's JSON.
var RoleNames = [...]string{"viewer", "commenter", "editor", "owner"}

// expirySeconds is for how long an invite can be, 0 for ever, and expiryKeys the
// texts of that.
var (
	expirySeconds = [...]int{3600, 24 * 3600, 7 * 24 * 3600, 30 * 24 * 3600, 0}
	expiryKeys    = [...]string{"sharing.in-hour", "sharing.in-day", "sharing.in-week", "sharing.in-month", "sharing.never"}
)

// usedText says how often an invite was used.
func usedText(l texts.Language, n int) string {
	if n == 0 {
		return l.Text("sharing.unused")
	}
	return l.Count("sharing.used", n)
}

// unnamedText names a person of whom only the subject is known. Those of guests are
// guest- and letters that chance has chosen: few are enough to tell them apart.
func unnamedText(l texts.Language, subject string) string {
	if letters, ok := strings.CutPrefix(subject, "guest-"); ok {
		return l.Text("sharing.guest", letters[:min(4, len(letters))])
	}
	return subject
}

// failedText says why the relay has not done what it was asked: its status, 0 for
// one that was not reached, and its words.
func failedText(l texts.Language, status int, reason string) string {
	switch status {
	case 0:
		return l.Text("sharing.not-reached")
	case 401, 403:
		return l.Text("sharing.not-allowed")
	case 429:
		return l.Text("sharing.too-often")
	}
	return l.Text("sharing.not-done", reason)
}

// inUnits returns a span of time from now, in the largest unit that it has at least
// one of, rounded to the nearest: for "in 3 days".
func inUnits(seconds float64) (n int, unit string) {
	n, unit = max(1, int(seconds/60+0.5)), "minute"
	if seconds >= 3600-30 {
		n, unit = int(seconds/3600+0.5), "hour"
	}
	if seconds >= 24*3600-1800 {
		n, unit = int(seconds/(24*3600)+0.5), "day"
	}
	return n, unit
}
