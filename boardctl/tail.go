package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"edgeboard/shared/client"
	"edgeboard/shared/feed"
	"edgeboard/shared/wire"
)

const tailAbout = `Follows a board: prints a line for whatever happens on it, until it is interrupted,
--for is over, or there were --count lines. Changes of one element that follow each
other are one line. Who has made a change is told as far as it is known: it is known
of who is alone on the board, or alone has the element in hand.

With --json each line is an object with "time" and "event", and what the event has:

  here, came, left    by, device; here: was there before
  added               by, replica, element, kind, text, points
  changed             by, replica, element, kind, text, points, properties
  deleted, restored   by, replica, element, kind, text
  said                by, text: what somebody has said to all
  point               feed, value: a point of a feed, at its time; see --feeds
  compacted           the board has forgotten what was deleted
  lost, back          the connection; nothing of the board is missed`

const tailExample = `  boardctl tail https://boards.example.com/b/plans
  boardctl tail --for 1h --json https://boards.example.com/b/plans > hour.jsonl
  boardctl tail --json https://boards.example.com/b/plans | jq -r 'select(.event=="said").text'
  boardctl tail --feeds 'cpu.*' --feeds mem https://boards.example.com/b/plans`

// tailing is a call of boardctl tail.
type tailing struct {
	remote
	json  bool
	time  time.Duration
	count int
	feeds []string

	news  news
	lines int
}

// tailPoints is how many points of a feed may come together without one being missed.
const tailPoints = 1000

func tailVerb(t *terminal) *cobra.Command {
	x := &tailing{remote: remote{t: t}}
	v := &cobra.Command{
		Use: "tail [flags] BOARD", Short: "follows what happens on a board", Long: tailAbout, Example: tailExample,
		Args:              counted(1, 1, "name the board"),
		ValidArgsFunction: completes(nil),
		RunE:              doing(x.run),
	}
	f := v.Flags()
	f.BoolVar(&x.json, "json", false, "print JSON, an object a line")
	f.DurationVar(&x.time, "for", 0, "`time` to follow the board, such as 10s; without it until it is interrupted")
	f.IntVar(&x.count, "count", 0, "`lines` after which it ends; 0: as many as there are")
	f.StringArrayVar(&x.feeds, "feeds", nil, "`name` of a feed whose points to tell too, or the beginning of names with * behind it; may be there several times")
	x.declare(v)
	f.Lookup("timeout").Usage = "`time` that it may take until the board is there"
	return v
}

func (x *tailing) run(ctx context.Context, args []string) error {
	if x.time < 0 || x.count < 0 {
		return usageError("--for and --count are not less than 0")
	}
	watch := &wire.Watch{}
	for _, f := range x.feeds {
		if !feed.ValidPattern(f) {
			return usagef("%q: %v, but at the end", f, feed.ErrName)
		}
		watch.List = append(watch.List, wire.Want{Feed: f, Points: tailPoints})
	}
	if len(watch.List) > wire.MaxWants {
		return usagef("--feeds may be there %d times", wire.MaxWants)
	}
	at, err := boardAt(args[0])
	if err != nil {
		return err
	}
	token, err := x.token()
	if err != nil {
		return err
	}
	n := &x.news
	var session *client.Session // when the board is there
	begun, live := time.Time{}, true
	// connected is asked at each change, since a loss may be over before the next step.
	connected := func() {
		if is := session.Status().Phase == client.Live; is != live {
			live = is
			n.tell(map[bool]string{true: "back", false: "lost"}[live], x.t.now())
			if live {
				n.again(x.t.now())
			}
		}
	}
	var list []happening
	v := &visit{at: at, token: token, lasts: true,
		config: func(cfg *client.Config) {
			cfg.Device = wire.DeviceProgram
			observe := cfg.Observe
			cfg.Observe = func(e client.Event) {
				if e == client.StatusChanged && session != nil {
					connected()
				}
				observe(e)
			}
			cfg.Said = func(with wire.Person, t *wire.Text) {
				if with == (wire.Person{}) && !begun.IsZero() {
					n.said(t, x.t.now())
				}
			}
		},
		step: func(s *client.Session) (bool, error) {
			now := x.t.now()
			if begun.IsZero() {
				if !s.UpToDate() {
					return false, nil
				}
				begun, session = now, s
				n.watch(s.Doc(), s.Others, x.t.now)
				s.Watch(watch)
				x.t.say("following %s: %d elements", at.board, s.Doc().Len())
			}
			if live { // who is here is not known otherwise
				n.meet(s.Others(), now)
			}
			n.settle()
			n.points(s.Feeds().Matching(x.feeds))
			over := x.time > 0 && now.Sub(begun) >= x.time
			list = append(list, n.take(now, over)...)
			return over, nil
		},
		then: func() (bool, error) {
			done, err := x.print(list)
			list = nil
			return done, err
		},
	}
	err = v.run(ctx, &x.remote)
	if err == nil || ctx.Err() != nil { // the board is ours now
		if n.doc != nil {
			if k := len(n.ready); k > 0 && n.ready[k-1].Event == "lost" { // it is ended here
				n.ready = n.ready[:k-1]
			}
			list = append(list, n.take(x.t.now(), true)...)
		}
		if _, printErr := x.print(list); printErr != nil {
			return printErr
		}
	}
	return err
}

// print prints happenings, and reports whether they were enough.
func (x *tailing) print(list []happening) (enough bool, err error) {
	p := paint(x.t.colors(x.t.shows))
	for i := range list {
		if x.count > 0 && x.lines == x.count {
			break
		}
		line := list[i].line(p)
		if x.json {
			text, err := json.Marshal(&list[i])
			if err != nil {
				return false, err
			}
			line = string(text)
		}
		if _, err := fmt.Fprintln(x.t.stdout, line); err != nil {
			return false, err
		}
		x.lines++
	}
	return x.count > 0 && x.lines >= x.count, nil
}

// line is a happening as people read it.
func (h *happening) line(p paint) string {
	by := p.in(bold, plain(h.By))
	if h.By == "" {
		by = p.in(dim, "somebody")
	}
	return p.in(dim, h.Time.Format(time.TimeOnly)) + "  " + h.words(by, p)
}

func (h *happening) words(by string, p paint) string {
	element := h.Kind
	if h.Text != "" {
		element += " " + strconv.Quote(excerpt(plain(h.Text)))
	}
	what := append([]string{}, h.Properties...)
	if h.Points > 0 {
		what = append(what, fmt.Sprintf("%d points", h.Points))
	}
	more := ""
	if len(what) > 0 {
		more = p.in(dim, ": "+strings.Join(what, ", "))
	}
	switch h.Event {
	case "here", "came", "left":
		where, event := "", h.Event
		if event == "here" {
			event = "is here"
		}
		if h.Device != "" {
			where = p.in(dim, " ("+h.Device+")")
		}
		return by + p.in(blue, " "+event) + where
	case "added":
		return by + p.in(green, " added ") + element + more
	case "changed":
		return by + p.in(yellow, " changed ") + element + more
	case "deleted":
		return by + p.in(red, " deleted ") + element
	case "restored":
		return by + p.in(green, " restored ") + element + more
	case "said":
		return by + p.in(cyan, ": ") + plain(h.Text)
	case "point":
		value := fmt.Sprint(h.Value)
		if text, ok := h.Value.(string); ok {
			value = plain(text)
		}
		return p.in(cyan, plain(h.Feed)+": ") + value
	case "compacted":
		return p.in(dim, "the board has forgotten what was deleted")
	case "lost":
		return p.in(red, "the connection is lost")
	case "back":
		return p.in(green, "connected again")
	}
	return h.Event
}

// plain is a text of a stranger as it may stand in a line of a terminal: without what
// the terminal would obey, or shows nothing for and turns the line around by.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return '�'
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, text)
}

// excerpt is the beginning of a text.
func excerpt(text string) string {
	const most = 60 // characters
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return text
}
