package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/store/memory"
)

// loaded returns a spool of what records have, and what it says of each, in order.
func loaded(t *testing.T, records Records) (l *spool, list []string) {
	t.Helper()
	l = &spool{records: records}
	err := l.load(t.Context(), func(s *spooled, o operation) error {
		again, err := l.read(t.Context(), s)
		if err != nil || string(again.Do) != string(o.Do) || again.ID != o.ID || again.key != o.key {
			t.Errorf("it is read as %s %q, %v", again.ID, again.key, err)
		}
		list = append(list, fmt.Sprintf("%s %s %q %d after %d", o.ID, o.Op, o.key, len(o.Do), s.after.Position))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return l, list
}

func kept(t *testing.T, records Records) (keys []string) {
	t.Helper()
	err := records.List(context.Background(), ofSpooled, "", func(key string, _ []byte) error { keys = append(keys, key); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// Operations are kept in order, however long they are; one whose last piece is missing was
// not acknowledged, and is none.
func TestSpool(t *testing.T) {
	store := new(memory.Store)
	records := store.Records()
	l, _ := loaded(t, records)
	for i, size := range []int{10, 300 << 10, 0, spoolPiece} {
		o := operation{ID: fmt.Sprint("id ", i), Op: "op", Do: []byte(`"` + strings.Repeat("x", size) + `"`), key: "t/\xff" + fmt.Sprint(i%2)}
		if _, err := l.add(t.Context(), o, origin{"1", uint64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		`id 0 op "t/\xff0" 12 after 0`, `id 1 op "t/\xff1" 307202 after 1`, `id 2 op "t/\xff0" 2 after 2`, `id 3 op "t/\xff1" 61442 after 3`,
	}
	l, got := loaded(t, records)
	if !slices.Equal(got, want) {
		t.Errorf("kept is %q, want %q", got, want)
	}
	// Of a key they stand together, in order.
	groups := l.first()
	if len(groups) != 2 || len(groups[0]) != 2 || groups[0][0].id != "id 0" || groups[0][1].id != "id 2" || groups[1][0].id != "id 1" {
		t.Errorf("groups are %v", groups)
	}
	// The end of one is missing, and what comes later gets a number behind it.
	keys := kept(t, records)
	i := slices.IndexFunc(keys, func(key string) bool { return strings.HasPrefix(key, fmt.Sprintf("%016x", 3)) })
	if err := records.Put(t.Context(), ofSpooled, keys[len(keys)-1], nil, time.Time{}); err != nil || i < 0 || i == len(keys)-1 {
		t.Fatal(err, i, keys)
	}
	l, got = loaded(t, records)
	if !slices.Equal(got, want[:3]) {
		t.Errorf("kept is %q, want %q", got, want[:3])
	}
	if left := kept(t, records); len(left) != i {
		t.Errorf("%q is left of what has no end", left)
	}
	if _, err := l.add(t.Context(), operation{ID: "id 4", Op: "op", Do: []byte("4"), key: "k"}, origin{}); err != nil {
		t.Fatal(err)
	}
	l.drop("id 0")
	l.drop("id 0")
	l.drop("nobody's")
	l, got = loaded(t, records)
	if want = []string{want[1], want[2], `id 4 op "k" 1 after 0`}; !slices.Equal(got, want) {
		t.Errorf("kept is %q, want %q", got, want)
	}
	for _, id := range []string{"id 1", "id 2", "id 4"} {
		l.drop(id)
	}
	if left := kept(t, records); len(left) > 0 || l.has("id 1") || len(l.first()) > 0 {
		t.Errorf("%q is left of what was dropped", left)
	}
	// While the store fails nothing can be removed: it is made up for.
	if _, err := l.add(t.Context(), operation{ID: "id 5", Op: "op", Do: []byte("5"), key: "k"}, origin{}); err != nil {
		t.Fatal(err)
	}
	store.Fail(errors.New("the disk is full"))
	l.drop("id 5")
	if _, err := l.add(t.Context(), operation{ID: "id 6", Op: "op", Do: []byte("6"), key: "k"}, origin{}); err == nil || l.has("id 6") {
		t.Error("it is kept by a store that fails")
	}
	store.Fail(nil)
	l.drop("any")
	if left := kept(t, records); len(left) > 0 {
		t.Errorf("%q is left", left)
	}
}
