package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"edgeboard/shared/wire"
)

// Notices hears what comes into inboxes, and what becomes of it on the way to devices
// and to programs. It is notify.Metrics.
type Notices struct {
	told      [len(noticeKinds)]prometheus.Counter // by kind, those that are not known as 0
	delivered *prometheus.CounterVec
	waiting   prometheus.Gauge
}

// noticeKinds are the labels of what an entry is about.
var noticeKinds = [...]string{
	0:                    "unknown",
	wire.EntryMention:    "mention",
	wire.EntryPrivate:    "private",
	wire.EntryReply:      "reply",
	wire.EntryInvitation: "invitation",
	wire.EntryAlert:      "alert",
	wire.EntryProgram:    "notice",
}

func newNotices(r *prometheus.Registry) *Notices {
	n := &Notices{
		delivered: counters(r, "notice_deliveries_total",
			"Attempts to deliver entries of inboxes to devices (push) and programs (webhook), by what became of them: sent, retried (it is tried again), expired (the device is gone), given up, or dropped (nobody has to be told any more).",
			"target", "outcome"),
		waiting: gauge(r, "notice_deliveries_waiting", "Deliveries that are due and not over, as far as the relay has looked."),
	}
	told := counters(r, "notices_total", "Entries that came into inboxes, or were changed there, by kind.", "kind")
	for what, kind := range noticeKinds {
		n.told[what] = told.WithLabelValues(kind)
	}
	for _, outcome := range []string{"sent", "retried", "expired", "given up", "dropped"} {
		n.delivered.WithLabelValues("push", outcome)
		n.delivered.WithLabelValues("webhook", outcome)
	}
	return n
}

// Notices is for what comes into inboxes.
func (m *Metrics) Notices() *Notices { return m.notices }

// The methods of notify.Metrics.

func (n *Notices) Told(what uint32, entries int) {
	if what >= uint32(len(n.told)) {
		what = 0
	}
	n.told[what].Add(float64(entries))
}

func (n *Notices) Delivered(target, outcome string) {
	n.delivered.WithLabelValues(target, outcome).Inc()
}

func (n *Notices) Waiting(deliveries int) { n.waiting.Set(float64(deliveries)) }
