// Package keeptest is what every client.Shelf does, as tests, and a Shelf in
// memory to test its users with.
package keeptest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"edgeboard/shared/client"
)

// Run tests a kind of shelf. open returns the shelf of a board of the given name as
// one program on the device sees it; calls with the same name are programs of their
// own with the same shelf, within one call of device.
func Run(t *testing.T, device func(t *testing.T) (open func(board string) client.Shelf)) {
	for _, test := range []struct {
		name string
		run  func(*talk)
	}{
		{"records stay in their order", (*talk).order},
		{"one program at a time has a slot", (*talk).exclusive},
		{"records are replaced", (*talk).replace},
		{"removed and set aside", (*talk).remove},
		{"boards are apart", (*talk).boards},
		{"large and small records", (*talk).sizes},
		{"a slot that was closed", (*talk).closed},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(&talk{t, device(t)}) })
	}
}

type talk struct {
	*testing.T
	open func(string) client.Shelf
}

func (k *talk) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

func (k *talk) take(s client.Shelf, n int) client.Slot {
	k.Helper()
	slot, err := s.Take(k.Context(), n)
	k.must(err)
	if slot == nil {
		k.Fatalf("slot %d is not free", n)
	}
	return slot
}

func record(data string) client.Record { return client.Record{Data: []byte(data), Unsent: true} }

func (k *talk) append(s client.Slot, data ...string) {
	k.Helper()
	for _, d := range data {
		k.must(s.Append(k.Context(), record(d)))
	}
}

func (k *talk) want(s client.Shelf, slot int, want ...string) {
	k.Helper()
	got, err := s.Read(k.Context(), slot)
	k.must(err)
	if !slices.EqualFunc(got, want, func(r []byte, w string) bool { return string(r) == w }) {
		k.Errorf("slot %d has %q, want %q", slot, got, want)
	}
}

func (k *talk) wantSlots(s client.Shelf, want ...int) {
	k.Helper()
	got, err := s.Slots(k.Context())
	k.must(err)
	if !slices.Equal(got, want) {
		k.Errorf("slots %v have something, want %v", got, want)
	}
}

func (k *talk) order() {
	a := k.open("b")
	k.wantSlots(a)
	k.want(a, 0)
	slot := k.take(a, 0)
	defer func() { slot.Close() }()
	k.wantSlots(a) // taken, and nothing in it
	k.append(slot, "one", "two", "three")
	k.want(a, 0, "one", "two", "three")
	k.want(k.open("b"), 0, "one", "two", "three") // another program reads it too
	slot.Close()
	slot = k.take(k.open("b"), 0)
	k.append(slot, "four")
	k.want(a, 0, "one", "two", "three", "four")
	k.wantSlots(a, 0)
}

func (k *talk) exclusive() {
	a, b := k.open("b"), k.open("b")
	first := k.take(a, 0)
	for _, other := range []client.Shelf{b, a} {
		if slot, err := other.Take(k.Context(), 0); slot != nil || err != nil {
			k.Errorf("a slot that another has was given: %v, %v; want neither slot nor error", slot, err)
		}
	}
	second := k.take(b, 1)
	k.append(first, "a")
	k.append(second, "b")
	k.wantSlots(a, 0, 1)
	k.want(a, 1, "b")
	first.Close()
	again := k.take(b, 0)
	k.want(b, 0, "a")
	again.Close()
	second.Close()
	k.take(a, 1).Close()
}

func (k *talk) replace() {
	a := k.open("b")
	slot := k.take(a, 3)
	k.must(slot.Replace(k.Context(), record("whole"))) // of nothing
	k.append(slot, "one", "two")
	k.must(slot.Replace(k.Context(), record("whole again")))
	k.want(a, 3, "whole again")
	k.append(slot, "three")
	slot.Close()
	k.want(k.open("b"), 3, "whole again", "three")
}

func (k *talk) remove() {
	a := k.open("b")
	slot := k.take(a, 0)
	for range 3 { // what was set aside is in nobody's way
		k.append(slot, "one", "two")
		k.must(slot.SetAside(k.Context()))
		k.want(a, 0)
		k.wantSlots(a)
	}
	k.must(slot.SetAside(k.Context())) // of nothing
	k.append(slot, "three")
	k.must(slot.Remove(k.Context()))
	k.want(a, 0)
	k.wantSlots(a)
	k.must(slot.Remove(k.Context()))
	k.append(slot, "four")
	slot.Close()
	k.want(a, 0, "four")
}

func (k *talk) boards() {
	a, b := k.open("b"), k.open("B-_9")
	x, y := k.take(a, 0), k.take(b, 0)
	k.append(x, "of b")
	k.append(y, "of B")
	k.want(a, 0, "of b")
	k.want(b, 0, "of B")
	k.must(x.Remove(k.Context()))
	k.want(b, 0, "of B")
	x.Close()
	y.Close()
}

func (k *talk) sizes() {
	a := k.open("b")
	slot := k.take(a, 0)
	var want []string
	for _, n := range []int{1, 0, 300, 1 << 20, 2} {
		data := bytes.Repeat([]byte{byte(n), 0, 0xff}, n)
		k.must(slot.Append(k.Context(), client.Record{Data: data, Unsent: n > 1}))
		want = append(want, string(data))
	}
	for i := range 300 {
		k.append(slot, fmt.Sprint(i))
		want = append(want, fmt.Sprint(i))
	}
	slot.Close()
	k.want(k.open("b"), 0, want...)
}

func (k *talk) closed() {
	a := k.open("b")
	slot := k.take(a, 0)
	slot.Close()
	slot.Close()
	again := k.take(a, 0)
	slot.Close() // is not the one that has it now
	if other, err := a.Take(k.Context(), 0); other != nil || err != nil {
		k.Errorf("a slot that is taken was given: %v, %v", other, err)
	}
	again.Close()
	ctx, cancel := context.WithCancel(k.Context())
	cancel()
	if slot, err := a.Take(ctx, 0); err == nil && slot != nil {
		slot.Close() // what waits for nothing need not look at the context
	}
}
