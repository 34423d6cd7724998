package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"edgeboard/shared/wire"
	"edgeboard/shared/wire/wirepb"
)

// wireMessages is how many different messages are gone through in turn. With one alone a processor would know by heart
// which of its numbers take two bytes.
const wireMessages = 1024

// benchWire measures the codec beside Google's for the same messages, which writes the same bytes, and beside JSON.
func benchWire(ctx context.Context, args []string, out *report) error {
	flags := newFlags("wire", out)
	var runs int
	flags.whole(&runs, "runs", 15, "how often each time is taken; the shortest counts", 1, endless)
	if err := flags.parse(args); err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(1, 2))
	cursors, theirCursors := hovering(rng, wireMessages)
	if err := codecCase(ctx, "cursor", cursors, theirCursors, 40, runs, out); err != nil {
		return fmt.Errorf("wire: cursor: %w", err)
	}
	strokes, theirStrokes := drawing(rng, wireMessages)
	if err := codecCase(ctx, "stroke64", strokes, theirStrokes, 4, runs, out); err != nil {
		return fmt.Errorf("wire: stroke64: %w", err)
	}
	if inWasm {
		return nil
	}
	if err := sizeCase(ctx, out); err != nil {
		return fmt.Errorf("wire: wasm: %w", err)
	}
	return nil
}

// hovering returns a pointer's samples, as both packages hold them: a member's cursor that is moved about a large board,
// in the second hour of a session.
func hovering(rng *rand.Rand, n int) (ours []*wire.Cursor, theirs []*wirepb.Cursor) {
	x, y := int32(5213), int32(-2711)
	for i := range n {
		x += int32(rng.NormFloat64() * 200)
		y += int32(rng.NormFloat64() * 200)
		c := &wire.Cursor{Member: 37, X: x, Y: y, Seq: uint32(200_000 + i)}
		ours = append(ours, c)
		theirs = append(theirs, &wirepb.Cursor{Member: c.Member, X: c.X, Y: c.Y, Seq: c.Seq})
	}
	return ours, theirs
}

// drawing returns previews of 64 points of handwriting.
func drawing(rng *rand.Rand, n int) (ours []*wire.Preview, theirs []*wirepb.Preview) {
	for i, stroke := range handwriting(rng, n, 64) {
		p := &wire.Preview{Member: 37, Stroke: uint32(i + 1), Offset: 128, Color: 0xe03131, Thickness: 16}
		t := &wirepb.Preview{Member: p.Member, Stroke: p.Stroke, Offset: p.Offset, Color: p.Color, Thickness: p.Thickness}
		var last wire.Point
		for _, at := range stroke {
			p.Points = append(p.Points, wire.Point{X: at.X, Y: at.Y})
			t.Points = append(t.Points, at.X-last.X, at.Y-last.Y)
			last = wire.Point{X: at.X, Y: at.Y}
		}
		ours, theirs = append(ours, p), append(theirs, t)
	}
	return ours, theirs
}

// message is what package wire's have in common, its Cursor too.
type message interface {
	Append([]byte) []byte
	Parse([]byte) error
}

// codecCase measures writing and reading the same messages, each codec into its own buffer and message, used again and
// again. JSON goes through fewer, it is slow. times is how often all are gone through.
func codecCase[M message, G proto.Message](ctx context.Context, name string, ours []M, theirs []G, times, runs int, out *report) error {
	out.note("%s: %s", platform(), name)
	var encoded, texts [][]byte
	total := 0
	for i, m := range ours {
		b := m.Append(nil)
		same, err := proto.Marshal(theirs[i])
		if err != nil {
			return err
		}
		if string(same) != string(b) {
			return fmt.Errorf("% x here, % x there", b, same)
		}
		text, err := json.Marshal(m)
		if err != nil {
			return err
		}
		encoded, texts, total = append(encoded, b), append(texts, text), total+len(b)
	}

	const jsonShare = 8
	buf := make([]byte, 0, 16<<10)
	into := fresh(ours[0]) // is reused, and so is the next
	theirInto := theirs[0].ProtoReflect().New().Interface()
	marshal, unmarshal := proto.MarshalOptions{}, proto.UnmarshalOptions{}
	encode := func() error {
		for range times {
			for _, m := range ours {
				buf = m.Append(buf[:0])
			}
		}
		return nil
	}
	decode := func() error {
		for range times {
			for _, b := range encoded {
				if err := into.Parse(b); err != nil {
					return err
				}
			}
		}
		return nil
	}
	least, err := best(ctx, runs,
		encode,
		func() (err error) {
			for range times {
				for _, m := range theirs {
					if buf, err = marshal.MarshalAppend(buf[:0], m); err != nil {
						return err
					}
				}
			}
			return nil
		},
		func() error {
			for range times {
				for _, m := range ours[:len(ours)/jsonShare] {
					if _, err := json.Marshal(m); err != nil {
						return err
					}
				}
			}
			return nil
		},
		decode,
		func() error {
			for range times {
				for _, b := range encoded {
					if err := unmarshal.Unmarshal(b, theirInto); err != nil {
						return err
					}
				}
			}
			return nil
		},
		func() error {
			for range times {
				for _, b := range texts[:len(texts)/jsonShare] {
					if err := json.Unmarshal(b, into); err != nil {
						return err
					}
				}
			}
			return nil
		},
	)
	if err != nil {
		return err
	}
	allocs, err := allocations(func() error { return errors.Join(encode(), decode()) })
	if err != nil {
		return err
	}
	n := float64(times * len(ours))
	ns := func(d time.Duration) float64 { return float64(d) / n }
	out.add(name, "encode_x_protobuf", "x", float64(least[1])/float64(least[0]))
	out.add(name, "decode_x_protobuf", "x", float64(least[4])/float64(least[3]))
	out.add(name, "encode_x_json", "x", jsonShare*float64(least[2])/float64(least[0]))
	out.add(name, "decode_x_json", "x", jsonShare*float64(least[5])/float64(least[3]))
	out.add(name, "encode_ns", "ns", ns(least[0]))
	out.add(name, "decode_ns", "ns", ns(least[3]))
	out.add(name, "allocs", "allocs", allocs/n)
	out.add(name, "bytes", "bytes", float64(total)/float64(len(ours)))
	return nil
}

// fresh returns an empty message of the same type.
func fresh[M message](M) message {
	switch any(*new(M)).(type) {
	case *wire.Cursor:
		return &wire.Cursor{}
	case *wire.Preview:
		return &wire.Preview{}
	}
	panic("a message that is not measured")
}

// allocations returns how often f asks for memory. Others do, too, now and then, so it is the least of three.
func allocations(f func() error) (float64, error) {
	least := 0.0
	for i := range 3 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		err := f()
		runtime.ReadMemStats(&after)
		if err != nil {
			return 0, err
		}
		if n := float64(after.Mallocs - before.Mallocs); i == 0 || n < least {
			least = n
		}
	}
	return least, nil
}

// layouts is how often each program of sizeCase is built, every time with its data in other places. Where things lie moves
// the compressed size by hundreds of bytes either way, also when no byte is added or taken away.
const layouts = 8

// sizeCase measures what the codec of all messages adds to a program for the page, on the mean of some layouts.
func sizeCase(ctx context.Context, out *report) error {
	out.note("wasm: size")
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	added := 0
	for i := range layouts {
		layout := strings.Repeat("x", 1+31*i)
		bare, err := sizeOf(ctx, "bare", layout, dir, out)
		if err != nil {
			return err
		}
		with, err := sizeOf(ctx, "wire", layout, dir, out)
		if err != nil {
			return err
		}
		added += with - bare
	}
	out.add("wasm", "added_br_bytes", "bytes", float64(added)/layouts)
	return nil
}

// sizeOf builds a program of testdata/size and returns its compressed size.
func sizeOf(ctx context.Context, name, layout, dir string, out *report) (int, error) {
	program := filepath.Join(dir, name)
	build := exec.CommandContext(ctx, "go", "build", "-ldflags=-s -w -X main.layout="+layout, "-trimpath", "-o", program, "./scripts/bench/testdata/size/"+name)
	build.Env = append(build.Environ(), "GOOS=js", "GOARCH=wasm")
	build.Stderr = out.stderr
	if err := build.Run(); err != nil {
		return 0, fmt.Errorf("build %s: %w", name, err)
	}
	b, err := os.ReadFile(program)
	if err != nil {
		return 0, err
	}
	return compressed(b)
}
