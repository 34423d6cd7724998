package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	figures "edgeboard/shared/figure"
	"edgeboard/shared/geom"
	"edgeboard/shared/wire"
	"edgeboard/wasmclient/editor"
)

// strokesPart is what runs at the clients' end of a link: people who draw one stroke each, all at once, each on a board of
// their own.
const strokesPart = "loss, who draws"

// strokesDrawn is what it prints, one for each stroke.
type strokesDrawn struct {
	Bytes  []int // of frames with the stroke, the length before each included, as they were handed to the transport
	Frames []int // that held them
	Points []int // of the document
	Floor  []int // bytes of a frame with the whole stroke
}

const (
	strokeTime     = 3 * time.Second
	strokeShortest = 300 // board units; a hand that draws is 100 to 400 of them a second fast
	strokeLongest  = 1200

	// probing is how long cursors are moved before: QUIC finds out then how large its packets may be (RFC 9000 section
	// 14.3), which it does while it has something to send. That is the connection's cost, not the stroke's.
	probing = 5 * time.Second

	// quiet is how long a link is listened to after a stroke is stored, for what acknowledges the acknowledgement.
	quiet = 300 * time.Millisecond
)

// drawn measures what strokes cost.
func (b *lossBench) drawn(ctx context.Context, out *report) error {
	out.note("%s: %d of them", strokeCase, b.strokes)
	shape := b.shape
	shape.Loss = 0 // what is sent again would be counted
	for i, transport := range []string{overWebSocket, overWebTransport} {
		var d strokesDrawn
		t, err := b.over(ctx, shape, b.seed*100+50+uint64(i), out, &d, strokesPart, transport, fmt.Sprint(b.strokes), fmt.Sprint(b.seed))
		if err != nil {
			return fmt.Errorf("%s: %w", strokeCase, err)
		}
		if i == 0 { // the same strokes, and the same messages
			out.add(strokeCase, "bytes", "bytes", mean(d.Bytes))
			out.add(strokeCase, "bytes_most", "bytes", float64(most(d.Bytes)))
			out.add(strokeCase, "frames", "frames", mean(d.Frames))
			out.add(strokeCase, "points", "points", mean(d.Points))
			out.add(strokeCase, "floor_bytes", "bytes", mean(d.Floor))
		}
		up, down := t.up.TCP.Bytes+t.up.UDP.Bytes, t.down.TCP.Bytes+t.down.UDP.Bytes
		out.add(strokeCase, transport+"_ip_up_bytes", "bytes", float64(up)/float64(b.strokes))
		out.add(strokeCase, transport+"_ip_bytes", "bytes", float64(up+down)/float64(b.strokes))
		packets := t.up.TCP.In + t.up.UDP.In + t.down.TCP.In + t.down.UDP.In
		out.add(strokeCase, transport+"_ip_packets", "packets", float64(packets)/float64(b.strokes))
	}
	return nil
}

func mean(list []int) float64 {
	sum := 0
	for _, n := range list {
		sum += n
	}
	return float64(sum) / float64(len(list))
}

func most(list []int) int {
	n := 0
	for _, v := range list {
		n = max(n, v)
	}
	return n
}

// drawStrokes takes the relay's address, the transport, how many strokes and their seed.
func drawStrokes(ctx context.Context, args []string, out *report) error {
	if len(args) != 4 {
		return fmt.Errorf("%d arguments", len(args))
	}
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	seed, err := strconv.ParseUint(args[3], 10, 64)
	if err != nil {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, meeting)
	defer cancel()
	dial, err := dialer(asking, args[1], args[0])
	if err != nil {
		return err
	}
	people := make([]*person, n)
	for i := range people {
		people[i] = meet(ctx, dial, "stroke"+strconv.Itoa(i), "who draws", func(*client.Session, client.Event) {})
		defer people[i].leave()
	}
	for _, p := range people {
		if err := p.until(asking, "the relay's welcome", func(s *client.Session) bool { return s.Status().Phase == client.Live }); err != nil {
			return err
		}
	}
	for until := time.Now().Add(probing); time.Now().Before(until); time.Sleep(3 * pointing) {
		for i, p := range people {
			p.link.Do(func(s *client.Session) { s.Point(int32(time.Until(until).Milliseconds()), int32(i), false) })
		}
	}
	lines := json.NewEncoder(out.stdout)
	if err := lines.Encode(true); err != nil {
		return err
	}
	d := strokesDrawn{Bytes: make([]int, n), Frames: make([]int, n), Points: make([]int, n), Floor: make([]int, n)}
	errs := make([]error, n)
	var drawing sync.WaitGroup
	for i, p := range people {
		drawing.Go(func() {
			hand := handStrokeOf(rand.New(rand.NewPCG(seed, uint64(i))), int(strokeTime.Seconds()/sampleSeconds), strokeShortest, strokeLongest)
			if errs[i] = p.draw(ctx, hand); errs[i] != nil {
				return
			}
			cost := p.sent.strokes()
			d.Bytes[i], d.Frames[i] = cost.Bytes, cost.Frames
			p.link.Do(func(s *client.Session) { d.Points[i], d.Floor[i] = atOnce(s.Doc()) })
		})
	}
	drawing.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, p := range people {
		if err := p.why(); err != nil {
			return fmt.Errorf("a connection was lost: %w", err)
		}
	}
	time.Sleep(quiet)
	return lines.Encode(d)
}

// draw moves a stylus along a stroke as the page tells the editor of it: at each frame of the screen, the samples since the
// one before. It returns when the stroke is stored. The cursor, which would follow, is not shown.
func (p *person) draw(ctx context.Context, stroke []board.Point) error {
	var e *editor.Editor
	p.link.Do(func(s *client.Session) {
		e = editor.New(figures.New(s.Doc(), nil), func(update []byte) { s.Commit(update) })
	})
	sample := func(i int) editor.Pointer {
		at := stroke[i]
		return editor.Pointer{
			ID: 1, Kind: editor.Stylus, Pressure: float64(at.Pressure) / 255,
			At: geom.Point{X: float64(at.X), Y: float64(at.Y)}.Mul(1.0 / board.PointsPerUnit),
		}
	}
	const frame = time.Second / 60
	tick := time.NewTicker(frame)
	defer tick.Stop()
	next := 1
	for at := time.Duration(0); next < len(stroke); at += frame {
		p.link.Do(func(*client.Session) {
			now := ms(at)
			if at == 0 {
				e.Down(sample(0), now)
				return
			}
			var samples []editor.Pointer
			for ; next < len(stroke) && float64(next)*sampleSeconds <= at.Seconds(); next++ {
				samples = append(samples, sample(next))
			}
			e.Move(samples, now)
			if next == len(stroke) {
				e.Up(sample(next-1), now)
			}
		})
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	stored, cancel := context.WithTimeout(ctx, meeting)
	defer cancel()
	return p.until(stored, "the stroke to be stored", func(s *client.Session) bool {
		st := s.Status()
		return st.Phase == client.Live && st.Unsent+st.Sent == 0
	})
}

// strokes returns what was sent of strokes: of the document, and shown before.
func (t *tally) strokes() (sum count) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, kind := range []wire.Kind{wire.KindUpdate, wire.KindPreview} {
		sum.Frames += t.kinds[kind].Frames
		sum.Bytes += t.kinds[kind].Bytes
	}
	return sum
}

// atOnce returns how many points the one stroke of a board has, and how large a frame is that brings it whole.
func atOnce(doc *board.Board) (points, bytes int) {
	for e := range doc.Elements() {
		points += e.NumPoints()
		again := board.New(1)
		edit := again.Edit()
		id := edit.Create(e.Kind())
		for _, key := range []board.Key{board.KeyColor, board.KeyThickness} {
			edit.Set(id, key, e.Get(key))
		}
		edit.Append(id, e.AppendPoints(nil)...)
		bytes += len(wire.AppendFrame(nil, 0, &wire.Update{Data: edit.Commit()}))
	}
	if points == 0 {
		return 0, math.MaxInt32 // which shows that nothing was drawn
	}
	return points, bytes
}
