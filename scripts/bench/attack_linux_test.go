package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// What falls due is done when it is due, and what falls due while one waits is left out.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			rate       float64
			goroutines int
		}{{1000, 4}, {10, 2}, {1, 1}, {500, 1}} {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			var mu sync.Mutex
			done := map[int]bool{}
			err := pace(ctx, c.rate, c.goroutines, func(i int) error {
				mu.Lock()
				defer mu.Unlock()
				if done[i] {
					t.Errorf("number %d comes twice", i)
				}
				done[i] = true
				return nil
			})
			cancel()
			if n, want := float64(len(done)), 10*c.rate; err != nil || n < want*0.98-float64(c.goroutines) || n > want {
				t.Errorf("at %v a second %d were done in ten seconds, %v", c.rate, len(done), err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		slow := 0
		if err := pace(ctx, 100, 1, func(int) error { slow++; time.Sleep(time.Second); return nil }); err != nil || slow != 10 {
			t.Errorf("of what takes a second %d were done in ten, %v", slow, err)
		}
		if failed := errors.New("no more"); !errors.Is(pace(t.Context(), 100, 1, func(int) error { return failed }), failed) {
			t.Error("what fails goes on")
		}
	})
}

// A bomb says what it has, in gRPC's way, and has far more in it.
func TestBomb(t *testing.T) {
	const size = 3 << 20
	bomb, err := makeBomb(size)
	if err != nil {
		t.Fatal(err)
	}
	if bomb[0] != 1 || int(binary.BigEndian.Uint32(bomb[1:])) != len(bomb)-5 || len(bomb) > size/100 {
		t.Errorf("the message of %d bytes begins with %x", len(bomb), bomb[:5])
	}
	z, err := gzip.NewReader(bytes.NewReader(bomb[5:]))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, z); n != size || err != nil {
		t.Errorf("it unpacks to %d bytes, %v", n, err)
	}
}

// A token that is wrong is as long as one that is good, and no two are the same.
func TestWrongToken(t *testing.T) {
	o := attackOrder{Token: "eyJhbGciOiJIUzI1NiJ9.e30." + strings.Repeat("x", 43)}
	if a, b := wrongToken(o, 1), wrongToken(o, 2); len(a) != len(o.Token) || a == b || a == o.Token || strings.Count(a, ".") != 2 {
		t.Errorf("%q and %q", a, b)
	}
}
