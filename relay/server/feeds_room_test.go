package server

import (
	"testing"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/shared/board"
	"edgeboard/shared/feed"
	"edgeboard/shared/tile"
	"edgeboard/shared/wire"
)

// publisher is a token that may publish on boards, and sees them.
func (o *operator) publisher(subject string) string {
	o.t.Helper()
	return o.sign(&auth.Grant{
		Subject: subject, Boards: map[string]auth.Role{"*": auth.Viewer}, Feeds: true, Issued: time.Now(), Until: time.Now().Add(time.Hour),
	})
}

// publishes sends one point, and waits for the answer.
func (g *guest) publishes(name string, s wire.Sample) (answer wire.Published) {
	g.t.Helper()
	g.say(wire.AppendFrame(nil, 0, &wire.Publish{Ask: 1, Feed: name, Samples: []wire.Sample{s}}))
	g.until("Published", func(f wire.Frame) bool { return f.Kind == wire.KindPublished && answer.Parse(f.Body) == nil })
	return answer
}

// Who may publish does, by the protocol of boards; who watches is told; and who may not is
// told why.
func TestPublishOnABoard(t *testing.T) {
	o := keyed(t)
	sensor := o.dial(1).show("plans", o.publisher("oven"))
	sensor.welcome()
	ann := o.dial(2).show("plans", o.token("ann", auth.Editor))
	ann.welcome()
	if a := sensor.publishes("oven", wire.Sample{Number: 20.5}); a.Why != 0 {
		t.Fatalf("a sensor may not publish: %+v", a)
	}
	ann.say(wire.AppendFrame(nil, 0, &wire.Watch{List: []wire.Want{{Feed: "ov*", Points: 10}}}))
	var decoder feed.Decoder
	var got []float64
	told := func(want float64) {
		t.Helper()
		ann.until("Points", func(f wire.Frame) bool {
			var m wire.Points
			if f.Kind != wire.KindPoints || m.Parse(f.Body) != nil {
				return false
			}
			batches, _, err := decoder.Decode(&m)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range batches {
				for _, p := range b.Points {
					got = append(got, p.Number)
				}
			}
			return len(got) > 0 && got[len(got)-1] == want
		})
	}
	told(20.5)
	if a := sensor.publishes("oven", wire.Sample{Number: 21}); a.Why != 0 {
		t.Errorf("its second point: %+v", a)
	}
	told(21)
	if a := sensor.publishes("oven", wire.Sample{Text: "hot"}); a.Why != wire.PublishedValue || a.Field != "value" || a.Reason == "" {
		t.Errorf("a text of a feed of numbers: %+v", a)
	}
	if a := ann.publishes("oven", wire.Sample{Number: 1}); a.Why != wire.PublishedRight {
		t.Errorf("an editor without the right publishes: %+v", a)
	}
}

// A threshold that is reached tells those who have a role on the board, wherever they are.
func TestAlert(t *testing.T) {
	o := keyed(t)
	root := o.token("root", auth.Owner)
	o.page().ask("PUT", "/api/boards/plans/people/cy", root, `{"role":"viewer"}`).want(t, "a role", 200)
	ann := o.dial(1).show("plans", o.token("ann", auth.Editor))
	ann.welcome()
	cy := o.dial(2).show("lobby", o.token("cy", auth.Viewer))
	cy.welcome()

	edit := ann.doc.Edit()
	id := edit.Create(board.KindTile)
	edit.Splice(id, board.UTF16, 0, 0, "Oven")
	first := edit.Commit()
	edit = ann.doc.Edit()
	tile.Settings{Feeds: []string{"oven"}, Unit: "°C", Decimals: -1, Steps: tile.ParseSteps("200 e03131!")}.Set(edit, ann.doc.Element(id))
	ann.bring(first, edit.Commit())

	sensor := o.dial(3).show("plans", o.publisher("oven"))
	sensor.welcome()
	sensor.publishes("oven", wire.Sample{Number: 180})
	sensor.publishes("oven", wire.Sample{Number: 260})
	news := cy.stands("beside that she may come there, she is told", 2)
	if len(news.Entries) != 1 {
		t.Fatalf("she is told %+v", news)
	}
	if e := news.Entries[0]; e.What != wire.EntryAlert || e.Board != "plans" || e.Element != id.Text() || e.Title != "Oven" || e.Text != "260 °C ≥ 200 °C" {
		t.Errorf("the alert is %+v", e)
	}
	ann.wantInbox("who is there is told too", `5  Oven260 °C ≥ 200 °C on "plans"`)
}
