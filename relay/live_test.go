package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// publishes publishes a number to feeds, and returns when the relay has taken all of it,
// or may have.
func (c *chatter) publishes(v float64, feeds ...string) {
	c.v.t.Helper()
	for _, name := range feeds {
		answers := make(chan *wire.Published, 1)
		m := &wire.Publish{Feed: name, Samples: []wire.Sample{{Number: v}}}
		if name == "log" {
			m.Samples[0] = wire.Sample{Text: fmt.Sprint("line ", v)}
		}
		c.wait("the relay is there", func(s *client.Session) bool {
			err := s.Publish(m, func(p *wire.Published) { answers <- p })
			if err != nil && !errors.Is(err, client.ErrOffline) {
				c.v.t.Error(err)
			}
			return err == nil
		})
		if a := <-answers; a != nil && a.Why != 0 {
			c.v.t.Errorf("%v for %s: %+v", v, name, a)
		}
	}
}

// Numbers that ascend are published while the relay is killed four times: it has nothing
// of them then. Whoever watches, all of it or rounded and seldom, steadily or now this and
// now that, sees ascending numbers at each moment, and the last one in the end.
func TestLiveDataWhileTheRelayIsKilled(t *testing.T) {
	const kills, steps = 4, 100
	v := &victim{t: t, data: t.TempDir()}
	v.start()
	v.letIn()
	feeds := []string{"oven.1", "oven.2", "log"}
	all := []wire.Want{{Feed: "oven.*", Points: 200, SpanMS: 60_000}, {Feed: "log", Points: 20}}
	publisher := v.chatter("b", "the publisher's secret")
	steady, seldom, fickle := v.chatter("b", "the steady one's secret"), v.chatter("b", "the seldom one's secret"), v.chatter("b", "the fickle one's secret")
	watchers := []*chatter{steady, seldom, fickle}
	t.Cleanup(func() {
		for _, c := range append(watchers, publisher) {
			c.stop()
			<-c.ended
		}
		v.kill()
	})
	watch := func(c *chatter, w wire.Watch) { c.link.Do(func(s *client.Session) { s.Watch(&w) }) }
	watch(steady, wire.Watch{List: all})
	watch(seldom, wire.Watch{List: all, IntervalMS: 100, Digits: 6})
	watch(fickle, wire.Watch{List: all})

	// last returns the last number of a feed, and 0 if there is none.
	last := func(s *client.Session, name string) (v float64) {
		for _, f := range s.Feeds().Matching([]string{name}) {
			for i := range f.Ring.Len() {
				p := f.Ring.At(i)
				was := v
				if v = p.Number; p.Text != "" {
					if _, err := fmt.Sscanf(p.Text, "line %g", &v); err != nil {
						t.Errorf("%s says %q", name, p.Text)
					}
				}
				if v <= was {
					t.Errorf("%s: %v stands behind %v", name, v, was)
				}
			}
		}
		return v
	}
	n := 0.0
	r := rand.New(rand.NewPCG(1, 2))
	for kill := range kills + 1 {
		for step := range steps {
			n++
			if step == steps/2 && kill < kills {
				v.shutOut()
				v.kill()
				for _, c := range append(watchers, publisher) {
					c.wait("offline", func(s *client.Session) bool { return s.Status().Phase == client.Offline })
				}
				v.start()
				v.letIn()
				for _, c := range append(watchers, publisher) {
					c.link.Wake()
				}
			}
			publisher.publishes(n+0.25, feeds...)
			if step%10 == 0 {
				var some []wire.Want
				for _, w := range all {
					if r.IntN(2) == 0 {
						w.Points = uint32(r.IntN(200))
						some = append(some, w)
					}
				}
				watch(fickle, wire.Watch{List: some, IntervalMS: uint32(r.IntN(2) * 50), Digits: uint32(r.IntN(2) * 6)})
			}
		}
		watch(fickle, wire.Watch{List: all})
		for _, c := range watchers {
			for _, name := range feeds {
				c.wait(fmt.Sprintf("round %d: %s is %v", kill, name, n+0.25), func(s *client.Session) bool { return last(s, name) == n+0.25 })
			}
		}
	}
	steady.link.Do(func(s *client.Session) {
		if got := s.Feeds().Matching([]string{"oven.1"})[0].Ring.Len(); got < steps {
			t.Errorf("who watches all the time has %d points of the last %d", got, steps)
		}
	})
}
