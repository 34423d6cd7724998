package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"edgeboard/shared/feed"
)

const pushAbout = `Publishes values to a feed of a board, which its tiles show: those that are named, or
without any those of standard input, a line each, as they come. A value is a number,
a text, or an object: {"value": 3, "time": "2026-01-02T15:04:05Z"}, or
{"values": {"cpu": 3, "mem": 4.5}}, which go to the feeds FEED.cpu and FEED.mem.

A feed has numbers or texts, as its first value was; --anew forgets it first. What
the relay refuses ends it, and what was before that is published; with --skip it
goes on. A relay that cannot be reached, or wants to be given time, is tried again for
as long as --timeout says.`

const pushExample = `  boardctl push https://boards.example.com/b/plans cpu 42.5
  boardctl push --as text https://boards.example.com/b/plans release 1.0
  vmstat -n 5 | awk 'NR>2 {print $13; fflush()}' | boardctl push https://boards.example.com/b/plans cpu
  tail -f app.log | boardctl push --as text --skip https://boards.example.com/b/plans log
  boardctl push --every 1m --time 2026-01-02T15:00:00Z https://boards.example.com/b/plans visits 12 15 11`

// pushing is a call of boardctl push.
type pushing struct {
	remote
	as, when   string
	every      time.Duration
	skip, anew bool

	start time.Time // of the first value; zero: the relay's clock says
	now   bool      // the time of a value is when it was read
	last  int64     // the time of the one before, in milliseconds: times ascend
	taken int
	// skipped is how many values were refused and left out.
	skipped int
}

var pushForms = []string{"auto", "number", "text"}

func pushVerb(t *terminal) *cobra.Command {
	x := &pushing{remote: remote{t: t}}
	v := &cobra.Command{
		Use: "push [flags] BOARD FEED [VALUE...]", Short: "publishes values to a feed", Long: pushAbout, Example: pushExample,
		Args:              counted(2, -1, "name the board, and the feed"),
		ValidArgsFunction: completes(nil),
		RunE:              doing(x.run),
	}
	f := v.Flags()
	f.StringVar(&x.as, "as", "auto", "`what` values are: number, text, or auto: what looks like a number is one")
	f.StringVar(&x.when, "time", "", "`time` of the first value, as 2026-01-02T15:04:05Z or milliseconds since 1970; now: when each is read; without it the relay's clock says")
	f.DurationVar(&x.every, "every", 0, "`time` between two values: with --time it is added, and otherwise waited for")
	f.BoolVar(&x.skip, "skip", false, "leave out values that the relay refuses")
	f.BoolVar(&x.anew, "anew", false, "forget the feed first")
	completeFrom(v, "as", pushForms...)
	completeFrom(v, "time", "now")
	x.declare(v)
	f.Lookup("timeout").Usage = "`time` for which a relay that does not answer is tried"
	return v
}

func (x *pushing) run(ctx context.Context, args []string) error {
	at, err := boardAt(args[0])
	if err != nil {
		return err
	}
	if err := x.check(args[1]); err != nil {
		return err
	}
	token, err := x.token()
	if err != nil {
		return err
	}
	to := feedAddress(at, args[1])
	if x.anew {
		if err := x.forget(ctx, to, token); err != nil {
			return err
		}
	}
	if err := x.publish(ctx, to, token, args[2:]); err != nil {
		if x.taken > 0 {
			err = fmt.Errorf("after %d points that are published: %w", x.taken, err)
		}
		return err
	}
	if x.skipped > 0 {
		x.t.say("%d points are published, %d values were left out", x.taken, x.skipped)
	} else {
		x.t.say("%d points are published", x.taken)
	}
	return nil
}

func (x *pushing) check(name string) error {
	switch {
	case !feed.ValidName(name):
		return usagef("%q: %v", name, feed.ErrName)
	case x.as != "auto" && x.as != "number" && x.as != "text":
		return usagef("--as is one of %s", strings.Join(pushForms, ", "))
	case x.every < 0:
		return usageError("--every is not less than 0")
	case x.when == "":
	case x.when == "now":
		x.now = true
	default:
		if ms, err := strconv.ParseInt(x.when, 10, 64); err == nil {
			x.start = time.UnixMilli(ms)
		} else if x.start, err = time.Parse(time.RFC3339, x.when); err != nil {
			return usagef("--time %q is not like 2026-01-02T15:04:05Z, milliseconds since 1970, or now", x.when)
		}
	}
	return nil
}

// feedAddress is where a feed of a board is.
func feedAddress(at *address, name string) string {
	return feedsAddress(at) + "/" + url.PathEscape(name) + "?" + url.Values{"board": {at.board}}.Encode()
}

// feedsAddress is where the feeds of a relay are.
func feedsAddress(at *address) string { return at.base.JoinPath("api", "v1", "feeds").String() }

// forget forgets the feed. One that is not there is forgotten.
func (x *pushing) forget(ctx context.Context, to, token string) error {
	answer, err := x.ask(ctx, http.MethodDelete, to, token, "", nil)
	if status, ok := errors.AsType[*statusError](err); ok && status.Status == http.StatusNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// Values go together that wait for the answer to those before them.
const (
	pushMost  = 1000      // values of a request
	pushBytes = 256 << 10 // after which there are no more of them
	// pushLine is the longest line that is read: more than any value has.
	pushLine = 64 << 10
)

// publish publishes the values, or those of standard input.
func (x *pushing) publish(ctx context.Context, to, token string, values []string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	lines := make(chan pushed, pushMost)
	var ended error // of what reads; read after lines is closed
	go func() {     // it ends with ctx, or the program: standard input may have no line for ever
		defer close(lines)
		ended = x.read(ctx, values, func(p pushed) error {
			select {
			case lines <- p:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	for {
		var batch [][]byte
		bytes := 0
		take := func(p pushed) {
			if p.wrong != nil {
				x.leaveOut(p.wrong)
				return
			}
			batch, bytes = append(batch, p.line), bytes+len(p.line)
		}
		select {
		case p, more := <-lines:
			if !more {
				return ended
			}
			take(p)
		case <-ctx.Done():
			return ctx.Err()
		}
		for waits := true; waits && len(batch) < pushMost && bytes < pushBytes; {
			select {
			case p, more := <-lines:
				if waits = more; more {
					take(p)
				}
			default:
				waits = false
			}
		}
		if err := x.send(ctx, to, token, batch); err != nil {
			return err
		}
	}
}

// pushed is a line of what is published, or why there is none.
type pushed struct {
	line  []byte // JSON
	wrong error  // it is left out
}

func (x *pushing) leaveOut(why error) {
	x.t.say("left out: %v", why)
	x.skipped++
}

// read hands on the points.
func (x *pushing) read(ctx context.Context, values []string, hand func(pushed) error) error {
	n := 0
	take := func(text string) error {
		if n > 0 && x.every > 0 && x.start.IsZero() {
			if err := x.t.pause(ctx, x.every); err != nil {
				return err
			}
		}
		line, err := x.point(text, n)
		if err != nil {
			return err
		}
		n++
		return hand(pushed{line: line})
	}
	for _, v := range values {
		if err := take(v); err != nil {
			return err
		}
	}
	if len(values) > 0 {
		return nil
	}
	in := bufio.NewScanner(x.t.stdin)
	in.Buffer(nil, pushLine)
	for number := 1; in.Scan(); number++ {
		text := strings.TrimSuffix(in.Text(), "\r")
		if strings.TrimSpace(text) == "" {
			continue
		}
		err := take(text)
		if err != nil && ctx.Err() == nil {
			err = fmt.Errorf("line %d: %w", number, err)
			if x.skip {
				err = hand(pushed{wrong: err})
			}
		}
		if err != nil {
			return err
		}
	}
	if errors.Is(in.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("a line has more than %d bytes", pushLine)
	}
	return in.Err()
}

// point is the n-th value as the relay reads it.
func (x *pushing) point(text string, n int) ([]byte, error) {
	if trimmed := strings.TrimSpace(text); x.as == "auto" && strings.HasPrefix(trimmed, "{") {
		var line bytes.Buffer
		if err := json.Compact(&line, []byte(trimmed)); err != nil {
			return nil, fmt.Errorf("%s is no JSON: %w; --as text publishes it as it is", excerpt(plain(trimmed)), err)
		}
		return line.Bytes(), nil
	}
	p := struct {
		Value any   `json:"value"`
		Time  int64 `json:"time,omitempty"`
	}{Value: text}
	if x.as != "text" {
		number, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		finite := err == nil && !math.IsNaN(number) && !math.IsInf(number, 0)
		switch {
		case finite:
			p.Value = number
		case x.as == "number":
			return nil, fmt.Errorf("%q is no number", excerpt(plain(text)))
		}
	}
	switch {
	case !x.start.IsZero() && n > 0 && x.every == 0:
		return nil, usageError("two values are not at the same --time; say how far apart they are, by --every")
	case x.now:
		p.Time = max(x.t.now().UnixMilli(), x.last+1)
		x.last = p.Time
	case !x.start.IsZero():
		p.Time = x.start.Add(time.Duration(n) * x.every).UnixMilli()
	}
	return json.Marshal(p)
}

// pushAgain is how long it is waited before a relay is tried again, at first; then twice
// as long each time, up to pushAgainMost.
const (
	pushAgain     = 250 * time.Millisecond
	pushAgainMost = 10 * time.Second
)

// send publishes points, and those after one that is refused and may be left out.
func (x *pushing) send(ctx context.Context, to, token string, batch [][]byte) error {
	waited, next := time.Duration(0), pushAgain
	for len(batch) > 0 {
		answer, err := x.ask(ctx, http.MethodPost, to, token, "application/x-ndjson", bytes.NewReader(append(bytes.Join(batch, []byte("\n")), '\n')))
		if err == nil {
			var took struct{ Taken int }
			err = json.NewDecoder(io.LimitReader(answer.Body, pushBytes)).Decode(&took)
			answer.Body.Close()
			x.taken += took.Taken
			return err
		}
		status, _ := errors.AsType[*statusError](err)
		again := errors.As(err, new(unreachableError))
		if status != nil {
			x.taken += status.Taken
			again = again || status.Status == http.StatusTooManyRequests
			if status.Line > 0 && status.Line <= len(batch) { // those before it are in
				refused := batch[status.Line-1]
				batch = batch[status.Line-1:]
				if !again {
					err = fmt.Errorf("%s: %w", excerpt(plain(string(refused))), err)
					if !x.skip {
						return err
					}
					x.leaveOut(err)
					batch = batch[1:]
					continue
				}
			}
			next = max(next, status.RetryAfter)
		}
		if !again || waited+next > x.wait {
			return err
		}
		if waited == 0 {
			x.t.say("not published, which is tried again: %v", err)
		}
		if err := x.t.pause(ctx, next); err != nil {
			return err
		}
		waited, next = waited+next, min(2*next, pushAgainMost)
	}
	return nil
}
