package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/history"
	"edgeboard/shared/wire"
)

// request asks a relay, and returns what it answers.
func (f *fleet) request(relay int, method, path, media string, body []byte) (status int, answer []byte) {
	f.t.Helper()
	q, err := http.NewRequestWithContext(f.t.Context(), method, "http://"+f.relays[relay].addr+path, bytes.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	if media != "" {
		q.Header.Set("Content-Type", media)
	}
	c := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := c.Do(q)
	if err != nil {
		f.t.Fatal(err)
	}
	defer r.Body.Close()
	if answer, err = io.ReadAll(r.Body); err != nil {
		f.t.Fatal(err)
	}
	return r.StatusCode, answer
}

// wants asks for what must be answered with a status.
func (f *fleet) wants(status, relay int, method, path, media string, body []byte) []byte {
	f.t.Helper()
	got, answer := f.request(relay, method, path, media, body)
	if got != status {
		f.t.Fatalf("%s %s on relay %d: %d %s, want %d", method, path, relay, got, answer, status)
	}
	return answer
}

// writes puts a text on the board, and returns when that is stored.
func (c *chatter) writes(text string) {
	c.v.t.Helper()
	c.link.Do(func(s *client.Session) {
		e := c.doc.Edit()
		e.Splice(e.Create(board.KindText), board.Chars, 0, 0, text)
		s.Commit(e.Commit())
	})
	c.stored()
}

// An image that was sent to one relay is there on the others, also on one that begins with
// nothing.
func TestFleetImages(t *testing.T) {
	withEach(t, func(t *testing.T, e engine) {
		f := newFleet(t, e, 2, 0, 0)
		var picture bytes.Buffer
		if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 400, 300))); err != nil {
			t.Fatal(err)
		}
		hash := sha256.Sum256(picture.Bytes())
		path := "/blob/" + hex.EncodeToString(hash[:]) + "?board=b"
		f.wants(204, 0, "PUT", path, "image/png", picture.Bytes())
		f.add()
		for relay := range f.relays {
			if got := f.wants(200, relay, "GET", path, "", nil); !bytes.Equal(got, picture.Bytes()) {
				t.Errorf("relay %d has another image of %d bytes", relay, len(got))
			}
			f.wants(404, relay, "GET", strings.Replace(path, "board=b", "board=other", 1), "", nil)
		}
	})
}

// A version that somebody names at one relay is listed and opened at the others, and is
// what was stored when it was named, at whichever relay that was drawn.
func TestFleetVersions(t *testing.T) {
	withEach(t, func(t *testing.T, e engine) {
		f := newFleet(t, e, 2, 0, 0)
		ann := f.comes(0, "b", "Ann")
		for i, relay := range []int{0, 1} { // where Ann is, and where nobody has the board open
			ann.writes(fmt.Sprint("text ", i))
			name := fmt.Sprint("version ", i)
			f.wants(201, relay, "POST", "/b/b/versions", "application/json", fmt.Appendf(nil, `{"name":%q,"by":"Ann"}`, name))
			ann.writes("later")
			for at := range f.relays {
				id := f.version(at, name)
				b := f.wants(200, at, "GET", fmt.Sprintf("/b/b/versions/%d", id), "", nil)
				if got := textsOf(t, b); !slices.Contains(got, fmt.Sprint("text ", i)) || len(got) != 1+2*i {
					t.Errorf("%s, named on relay %d, is on relay %d %q", name, relay, at, got)
				}
			}
		}
	})
}

// version waits until a relay lists a version by its name, and returns its number.
func (f *fleet) version(relay int, name string) int64 {
	f.t.Helper()
	for late := time.Now().Add(patience); ; {
		var past struct {
			Versions []struct {
				ID       int64
				Name, By string
			}
		}
		if err := json.Unmarshal(f.wants(200, relay, "GET", "/b/b/history", "", nil), &past); err != nil {
			f.t.Fatal(err)
		}
		for _, v := range past.Versions {
			if v.Name == name && v.By == "Ann" {
				return v.ID
			}
		}
		if time.Now().After(late) {
			f.t.Fatalf("relay %d lists the versions %+v, without %q", relay, past.Versions, name)
		}
	}
}

// textsOf are the texts of a board of which a relay has sent a snapshot.
func textsOf(t *testing.T, sent []byte) (texts []string) {
	t.Helper()
	var r history.Record
	_, err := r.Parse(sent)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := board.Load(0, r.Data)
	if err != nil {
		t.Fatal(err)
	}
	for e := range doc.Elements() {
		texts = append(texts, e.Text())
	}
	return texts
}

// Live data that is published at one relay is shown at the others, at one that begins
// later too, until the feed is forgotten.
func TestFleetLiveData(t *testing.T) {
	withEach(t, func(t *testing.T, e engine) {
		f := newFleet(t, e, 2, 0, 0)
		publisher := f.comes(0, "b", "the oven")
		watches := func(relay int) *chatter {
			c := f.comes(relay, "b", "who looks")
			c.link.Do(func(s *client.Session) { s.Watch(&wire.Watch{List: []wire.Want{{Feed: "oven.*", Points: 100}}}) })
			return c
		}
		shows := func(c *chatter, what string, want ...float64) {
			t.Helper()
			c.wait(what, func(s *client.Session) bool {
				var got []float64
				for _, series := range s.Feeds().Matching([]string{"oven.1"}) {
					for i := range series.Ring.Len() {
						got = append(got, series.Ring.At(i).Number)
					}
				}
				return slices.Equal(got, want)
			})
		}
		first := watches(1)
		for i := range 3 {
			publisher.publishes(float64(i+1), "oven.1")
		}
		shows(first, "another relay shows it", 1, 2, 3)
		f.add()
		second := watches(2)
		shows(second, "a relay that began later shows it", 1, 2, 3)
		second.publishes(4, "oven.1")
		for _, c := range []*chatter{first, second} {
			shows(c, "what was published at the new relay is shown", 1, 2, 3, 4)
		}
		f.wants(204, 1, "DELETE", "/api/v1/feeds/oven.1?board=b", "", nil)
		for _, c := range []*chatter{first, second} {
			shows(c, "it is forgotten")
		}
		publisher.publishes(7, "oven.1")
		for _, c := range []*chatter{first, second} {
			shows(c, "it begins anew", 7)
		}
	})
}

// A board is read as a file at one relay, with all that was acknowledged at another one just
// before, whether somebody has it open there or not.
func TestFleetExport(t *testing.T) {
	withEach(t, func(t *testing.T, e engine) {
		f := newFleet(t, e, 3, 0, 0)
		ann := f.comes(0, "b", "Ann")
		f.comes(1, "b", "Bob").person()
		for i := range 5 {
			text := fmt.Sprintf("word%d", i)
			ann.writes(text)
			for relay := range f.relays {
				if got := f.wants(200, relay, "GET", "/b/b.svg", "", nil); !bytes.Contains(got, []byte(text)) {
					t.Errorf("the file of relay %d does not show %s, which was stored before", relay, text)
				}
			}
		}
	})
}
