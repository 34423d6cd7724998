package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"edgeboard/shared/wire"
)

// Talk hears what becomes of what people say. It is talk.Metrics.
type Talk struct {
	stored, storeErrors   prometheus.Counter
	refused               *prometheus.CounterVec
	recalls, recallErrors prometheus.Counter
	damaged, forgetErrors prometheus.Counter
}

func newTalk(r *prometheus.Registry) *Talk {
	t := &Talk{
		stored:       counter(r, "says_stored_total", "Messages of people, and changes of messages, that were stored."),
		storeErrors:  counter(r, "say_store_errors_total", "Attempts to store such messages that have failed; they are tried again."),
		refused:      counters(r, "says_refused_total", "Messages of people that were not taken, by the reason in the protocol's table.", "why"),
		recalls:      counter(r, "recalls_total", "Questions for messages that were answered."),
		recallErrors: counter(r, "recall_errors_total", "Questions for messages that could not be answered."),
		damaged:      counter(r, "messages_damaged_total", "Stored messages that were left out of an answer because they are damaged."),
		forgetErrors: counter(r, "messages_forget_errors_total", "Attempts to remove messages that are too old that have failed; they are tried again."),
	}
	for why := range uint32(wire.RefusedWith) {
		t.refused.WithLabelValues(strconv.Itoa(int(why + 1)))
	}
	return t
}

// Talk is for what people say.
func (m *Metrics) Talk() *Talk { return m.talk }

// The methods of talk.Metrics.

func (t *Talk) Said(n int) { t.stored.Add(float64(n)) }

func (t *Talk) Refused(why uint32) {
	t.refused.WithLabelValues(strconv.FormatUint(uint64(why), 10)).Inc()
}

func (t *Talk) Recalled(err error) {
	if err != nil {
		t.recallErrors.Inc()
		return
	}
	t.recalls.Inc()
}

func (t *Talk) StoreFailed(error) { t.storeErrors.Inc() }

func (t *Talk) Damaged(n int) { t.damaged.Add(float64(n)) }

func (t *Talk) Forgotten(err error) {
	if err != nil {
		t.forgetErrors.Inc()
	}
}
