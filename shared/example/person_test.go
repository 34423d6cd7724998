package example

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/conn/ws"
	"edgeboard/shared/wire"
)

// person is somebody on a board.
type person struct {
	t       *testing.T
	link    *client.Link
	changed chan struct{}
	said    []string // by others
}

func join(t *testing.T, url, name string) *person {
	p := &person{t: t, changed: make(chan struct{}, 1)}
	p.link = client.NewLink(client.NewSession(client.Config{
		Board: name, Doc: board.New(client.NewReplica()), Name: "Ada",
		Observe: func(client.Event) {
			select {
			case p.changed <- struct{}{}:
			default:
			}
		},
		Said: func(_ wire.Person, text *wire.Text) { p.said = append(p.said, text.Name+": "+text.Text) },
	}), client.LinkConfig{Transports: []client.Transport{{Name: "websocket", Dial: func(ctx context.Context) (conn.Conn, error) {
		return ws.Dial(ctx, url, wire.MaxMessage)
	}}}})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = p.link.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return p
}

// wait returns when something holds, which is looked at whenever something has changed.
func (p *person) wait(what string, holds func(*client.Session) bool) {
	p.t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		ok := false
		p.link.Do(func(s *client.Session) { ok = holds(s) })
		if ok {
			return
		}
		select {
		case <-p.changed:
		case <-timeout:
			p.t.Fatalf("not in 30 s: %s", what)
		}
	}
}

// A bot answers who mentions it, and nobody else.
func testBot(t *testing.T, bin, url string) {
	bot := start(t, filepath.Join(bin, "bot"), url, "chat")
	bot.wait(`^(live)$`)
	ada := join(t, url, "chat")
	var it wire.Person
	ada.wait("the bot is here", func(s *client.Session) bool {
		for _, m := range s.Members() {
			if m.Name == "bot" {
				it = m.Person
			}
		}
		return s.Status().Phase == client.Live && it != wire.Person{}
	})
	say := func(text string, mentions ...wire.Mention) {
		ada.link.Do(func(s *client.Session) {
			if _, err := s.Say(time.Now(), wire.Person{}, text, wire.TextID{}, mentions); err != nil {
				t.Error(err)
			}
		})
	}
	say("how many are we?")
	say("@bot, who is here?", wire.Mention{Person: it, Length: 4})
	say("@bot, how many elements are there?", wire.Mention{Person: it, Length: 4})
	say("thanks, @bot", wire.Mention{Person: it, At: 8, Length: 4})
	want := []string{
		"bot: Here are Ada, myself.", "bot: There are 0 elements on this board.",
		"bot: Hello Ada. Ask me who is here, or how many elements there are.",
	}
	ada.wait("the bot's answers", func(*client.Session) bool { return len(ada.said) >= len(want) })
	ada.link.Do(func(*client.Session) {
		if strings.Join(ada.said, "\n") != strings.Join(want, "\n") {
			t.Errorf("said was %q, want %q", ada.said, want)
		}
	})
}

// What a sensor reads is a feed of the board.
func testSensor(t *testing.T, bin, url string) {
	ada := join(t, url, "live")
	ada.link.Do(func(s *client.Session) {
		s.Watch(&wire.Watch{List: []wire.Want{{Feed: "*", Points: 100}}})
	})
	sensor := func(feed, input string) (said string, err error) {
		cmd := exec.Command(filepath.Join(bin, "sensor"), url, "live", feed)
		cmd.Stdin = strings.NewReader(input)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for feed, input := range map[string]string{"oven": "21.5\n\n22\n-3\n", "log": "on\noff for 5 s\n"} {
		if said, err := sensor(feed, input); err != nil {
			t.Fatalf("sensor: %v\n%s", err, said)
		}
	}
	ada.wait("all that was read", func(s *client.Session) bool {
		var numbers []float64
		var texts []string
		for _, f := range s.Feeds().Matching([]string{"oven", "log"}) {
			for i := range f.Ring.Len() {
				p := f.Ring.At(i)
				if p.Text == "" {
					numbers = append(numbers, p.Number)
				} else {
					texts = append(texts, p.Text)
				}
			}
		}
		return len(numbers) == 3 && numbers[0] == 21.5 && numbers[1] == 22 && numbers[2] == -3 &&
			strings.Join(texts, ", ") == "on, off for 5 s"
	})
	if said, err := sensor("oven", "hot\n"); err == nil || !strings.Contains(said, `"hot": the relay does not take it: value: `) {
		t.Errorf("a text where there were numbers: %v, %s", err, said)
	}
	if said, err := sensor("two words", "1\n"); err == nil || !strings.Contains(said, "a feed's name has") {
		t.Errorf("a name that is none: %v, %s", err, said)
	}
	start(t, filepath.Join(bin, "sensor"), "-sine", url, "live", "sine")
	ada.wait("a sine", func(s *client.Session) bool {
		f := s.Feeds().Matching([]string{"sine"})
		return len(f) == 1 && f[0].Ring.Len() > 1
	})
}

const drawing = `{"type": "excalidraw", "version": 2, "elements": [
	{"type": "rectangle", "id": "a", "x": 10, "y": 20, "width": 200, "height": 100, "strokeColor": "#1971c2"},
	{"type": "text", "id": "b", "x": 30, "y": 40, "width": 100, "height": 25, "text": "hello", "fontSize": 20}
]}`

// A file is written in each format, as its first bytes show.
func testConvert(t *testing.T, bin string) {
	folder := t.TempDir()
	from := filepath.Join(folder, "from.excalidraw")
	if err := os.WriteFile(from, []byte(drawing), 0o666); err != nil {
		t.Fatal(err)
	}
	convert := func(from, to string) (said string, err error) {
		out, err := exec.Command(filepath.Join(bin, "convert"), from, to).CombinedOutput()
		return string(out), err
	}
	for _, c := range []struct{ from, to, begins, has string }{
		{"from.excalidraw", "to.json", "{", "hello"},
		{"to.json", "to.excalidraw", "{", `"rectangle"`},
		{"to.json", "to.svg", "<svg", "hello</t"},
		{"to.json", "to.png", "\x89PNG", "IEND"},
		{"from.excalidraw", "to.pdf", "%PDF", "%%EOF"},
	} {
		if said, err := convert(filepath.Join(folder, c.from), filepath.Join(folder, c.to)); err != nil {
			t.Errorf("%s to %s: %v\n%s", c.from, c.to, err, said)
			continue
		}
		got, err := os.ReadFile(filepath.Join(folder, c.to))
		if err != nil || !bytes.HasPrefix(got, []byte(c.begins)) || !bytes.Contains(got, []byte(c.has)) {
			t.Errorf("%s is %.300q, %v", c.to, got, err)
		}
	}
	if said, err := convert(from, filepath.Join(folder, "to.gif")); err == nil || !strings.Contains(said, "no format") {
		t.Errorf("to a format that is not written: %v, %s", err, said)
	}
	if said, err := convert(filepath.Join(folder, "to.png"), filepath.Join(folder, "to.svg")); err == nil || !strings.Contains(said, "to.png: ") {
		t.Errorf("from a picture: %v, %s", err, said)
	}
}
