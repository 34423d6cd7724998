package browser

import "strings"

// Sharing are the texts of the dialog in which the board is shared.
type Sharing struct {
	AnyoneEdits, MembersOnly, OnlyOwners string    // of the board's own link
	Roles                                [4]string // from viewer to owner
	Expiries                             [5]string // an hour, a day, a week, a month, never
	expires                              string    // with # for when, in words
	Expired, NeverExpires                string
	notUsed, usedOnce, used              string // with # for the number
	OnePerson                            string
	NewLink, NewLinkCopied               string
	Revoke, Remove                       string
	revokeLink, removePerson, roleOf     string // for screen readers, with # for what or who
	guest                                string // with # for what tells one from another
	NotReached, TooMany, NotAllowed      string
	notDone                              string // with # for the relay's words
}

// Used says how often an invite was used.
func (s *Sharing) Used(n int) string {
	switch n {
	case 0:
		return s.notUsed
	case 1:
		return s.usedOnce
	}
	return number(s.used, n)
}

// Expires says when an invite will end, given as words like "in 3 days".
func (s *Sharing) Expires(when string) string { return strings.ReplaceAll(s.expires, "#", when) }

// RevokeLink, RemovePerson and RoleOf name controls that look the same.
func (s *Sharing) RevokeLink(what string) string { return strings.ReplaceAll(s.revokeLink, "#", what) }
func (s *Sharing) RemovePerson(who string) string {
	return strings.ReplaceAll(s.removePerson, "#", who)
}
func (s *Sharing) RoleOf(who string) string { return strings.ReplaceAll(s.roleOf, "#", who) }

// Unnamed names a person of whom only the subject is known. Those of guests are
// guest- and letters that chance has chosen: few are enough to tell them apart.
func (s *Sharing) Unnamed(subject string) string {
	if letters, ok := strings.CutPrefix(subject, "guest-"); ok {
		return strings.ReplaceAll(s.guest, "#", letters[:min(4, len(letters))])
	}
	return subject
}

// Failed says why the relay has not done what it was asked: its status, 0 for one
// that was not reached, and its words.
func (s *Sharing) Failed(status int, reason string) string {
	switch status {
	case 0:
		return s.NotReached
	case 401, 403:
		return s.NotAllowed
	case 429:
		return s.TooMany
	}
	return strings.ReplaceAll(s.notDone, "#", reason)
}

// RoleNames are those of the wire's JSON, in the order of Sharing.Roles.
var RoleNames = [...]string{"viewer", "commenter", "editor", "owner"}

// expirySeconds are in the order of Sharing.Expiries; 0: never.
var expirySeconds = [...]int{3600, 24 * 3600, 7 * 24 * 3600, 30 * 24 * 3600, 0}

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
