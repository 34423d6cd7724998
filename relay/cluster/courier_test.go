package cluster_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/cluster"
	"edgeboard/relay/notify"
	"edgeboard/shared/wire"
)

// hooks counts what relays have sent to a webhook.
type hooks struct {
	mu   sync.Mutex
	sent []string // by which relays
}

func (h *hooks) by() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.sent)
}

// hookOf is one relay's way to the webhook.
type hookOf struct {
	*hooks
	relay string
}

func (h hookOf) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sent = append(h.sent, h.relay)
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

// One relay delivers, whichever has stored what there is to deliver. When it is cut off
// another one takes over as soon as the lease has ended, and what was delivered is not
// delivered again.
func TestOneDelivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hooks := &hooks{}
		h := newHouseWith(t, 3, hooks)
		tell := func(r *relay) {
			t.Helper()
			if told, err := r.center.Tell(t.Context(), notify.Event{Persons: []wire.Person{person("Bo")}, What: wire.EntryAlert, Title: "look"}); told != 1 || err != nil {
				t.Errorf("on relay %s it is told to %d: %v", r.name, told, err)
			}
		}
		a := h.relays[0]
		h.waits("one relay delivers", func() bool { return a.speech.Delivers() })
		for _, r := range h.relays {
			tell(r)
		}
		time.Sleep(time.Minute) // which is simulated
		if by := hooks.by(); !slices.Equal(by, []string{"A", "A", "A"}) {
			t.Errorf("it is delivered by %q", by)
		}
		a.isCut()
		tell(h.relays[1])
		begun := time.Now()
		h.waits("another relay delivers", func() bool { return len(hooks.by()) == 4 })
		if took := time.Since(begun); took > cluster.LeaseTime+4*time.Second {
			t.Errorf("it takes %v", took)
		}
		time.Sleep(time.Minute)
		if by := hooks.by(); len(by) != 4 || by[3] == "A" {
			t.Errorf("then it is delivered by %q", by)
		}
		if a.speech.Delivers() {
			t.Error("a relay that is cut off delivers")
		}
		// What comes there meanwhile is delivered when the others hear of it.
		tell(a)
		time.Sleep(time.Minute)
		if n := len(hooks.by()); n != 4 {
			t.Errorf("a relay that is cut off has delivered: %d", n)
		}
		a.heal()
		h.waits("what came at the edge is delivered", func() bool { return len(hooks.by()) == 5 })
		time.Sleep(time.Minute)
		if by := hooks.by(); len(by) != 5 || by[4] == "A" {
			t.Errorf("in the end it is delivered by %q", by)
		}
		h.wantSame()
	})
}

// Whether somebody looks at a board is asked of all relays, for a moment.
func TestLooksElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newTown(t, 3)
		a, c := h.relays[0], h.relays[2]
		bo := person("Bo")
		begun := time.Now()
		if a.speech.Looks(t.Context(), bo) {
			t.Error("somebody looks who is nowhere")
		}
		if took := time.Since(begun); took > time.Second {
			t.Errorf("it takes %v to see that nobody looks", took)
		}
		c.do(func() { c.here[bo] = true })
		if !a.speech.Looks(t.Context(), bo) || a.speech.Looks(t.Context(), person("Cy")) {
			t.Error("who looks on another relay is not seen, or somebody else is")
		}
		if c.cut = true; c.speech.Looks(t.Context(), bo) != true {
			t.Error("who looks here is not seen")
		}
		a.isCut()
		if a.speech.Looks(t.Context(), bo) {
			t.Error("a relay that is cut off sees others' people")
		}
	})
}
