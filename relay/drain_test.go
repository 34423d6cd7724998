package main

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// drain ends the relay by the signal of an operator, and expects it to end well
// by itself, and within its own deadline: over that it would exit with 1.
func (v *victim) drain() {
	v.t.Helper()
	if err := v.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		v.t.Fatal(err)
	}
	hangs := time.AfterFunc(patience, func() { _ = v.cmd.Process.Kill() })
	defer hangs.Stop()
	v.reading.Wait()
	if err := v.cmd.Wait(); err != nil {
		v.t.Fatalf("the relay that was to drain ends with %v, and says\n%s", err, &v.said)
	}
}

// A relay is told to stop 8 times under load, and the next one starts on its
// folder. Each exits with 0, and leaves what a writer has had acknowledged, and
// what anyone has seen, for the next one to have before anyone could bring it
// back. Writers dial all the time and come back by themselves, and in the end
// everything is there once. Every other time they have no more to say when the
// signal comes, the other times they go on until they leave.
func TestDrainedUnderLoad(t *testing.T) {
	const drains = 8
	l := underLoad(t, 2, 3)
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 0))
	for drain := range drains {
		l.what = fmt.Sprintf("seed %d, drain %d", seed, drain)
		l.allBack()
		l.let(500) // more than is stored before the signal
		l.flow(1 + rnd.IntN(200))
		if drain%2 == 0 {
			l.let(0)
		}
		l.drain()
		known := l.known()
		l.start()
		l.holds(known)
		l.letIn()
	}
	l.allBack()
	t.Logf("%d drains, %d changes", drains, l.finish())
}

// let lets each writer make so many changes from now on.
func (l *load) let(changes int) {
	for _, w := range l.writers {
		w.let(changes)
	}
}

// allBack waits until something that each writer says from now on is stored. They
// say no more than that: who is back early does not write for minutes.
func (l *load) allBack() {
	l.t.Helper()
	l.forget()
	was := make([]int, len(l.writers))
	for i, w := range l.writers {
		was[i] = w.stored()
	}
	l.let(10)
	late := time.After(patience)
	for i, w := range l.writers {
		for w.stored() == was[i] {
			select {
			case <-l.acks:
			case <-late:
				l.t.Fatalf("%s: writer %d does not come back", l.what, i)
			}
		}
	}
}
