package pace

// Loss is what is known of the loss in one direction, by numbered frames of
// which the receiving side says how many have come (SPEC W44 of package wire).
// The zero value knows nothing.
type Loss struct {
	received, highest uint32 // at the last Report that counted
	share             holt
	seen              bool
}

// evidence is how many frames it takes for what was seen of them to count as
// much as all that was known before.
const evidence = 100

// Report takes how many frames have come, and the highest number among them,
// both counted from the beginning and cut to 32 bits. A report of nothing new
// changes nothing.
func (l *Loss) Report(received, highest uint32) {
	sent, came := highest-l.highest, received-l.received
	if sent == 0 || sent > 1<<31 { // nothing new, or an old report
		return
	}
	l.received, l.highest = received, highest
	share := max(0, 1-float64(came)/float64(sent)) // some came twice
	n := float64(sent)
	l.share.add(share, n/(n+evidence))
	l.seen = true
}

// Known reports whether anything was reported.
func (l *Loss) Known() bool { return l.seen }

// Rate returns which share of frames was lost lately, 0 to 1.
func (l *Loss) Rate() float64 { return l.share.level }

// Next returns which share of the frames that are sent next is expected to be
// lost, 0 to 1.
func (l *Loss) Next() float64 { return min(max(l.share.next(), 0), 1) }

// Copies returns how many times to send a sample so that hardly one in a
// thousand is lost altogether: 1 to MaxCopies. Losses are taken as independent,
// which copies an interval apart nearly are.
func (l *Loss) Copies() int {
	n, all := 1, l.Next()
	for lost := all; lost > residual && n < MaxCopies; n++ {
		lost *= all
	}
	return n
}
