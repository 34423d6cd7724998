//go:build unix

package keepfile

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/shared/client"
	"edgeboard/shared/client/keeptest"
)

func TestShelf(t *testing.T) {
	keeptest.Run(t, func(t *testing.T) func(string) client.Shelf {
		folder := filepath.Join(t.TempDir(), "kept")
		return func(board string) client.Shelf { return Shelf(folder, board) }
	})
}

func filled(t *testing.T, records ...string) (shelf client.Shelf, file string) {
	t.Helper()
	folder := t.TempDir()
	shelf = Shelf(folder, "b")
	slot := take(t, shelf)
	for _, r := range records {
		if err := slot.Append(t.Context(), client.Record{Data: []byte(r)}); err != nil {
			t.Fatal(err)
		}
	}
	slot.Close()
	return shelf, filepath.Join(folder, "b", "0.kept")
}

func take(t *testing.T, shelf client.Shelf) client.Slot {
	t.Helper()
	slot, err := shelf.Take(t.Context(), 0)
	if err != nil || slot == nil {
		t.Fatalf("taking slot 0: %v, %v", slot, err)
	}
	return slot
}

func wantRecords(t *testing.T, when string, shelf client.Shelf, want ...string) {
	t.Helper()
	got, err := shelf.Read(t.Context(), 0)
	if err != nil {
		t.Errorf("%s: %v", when, err)
	}
	if !slices.EqualFunc(got, want, func(r []byte, w string) bool { return string(r) == w }) {
		t.Errorf("%s: records %q, want %q", when, got, want)
	}
}

// Power may fail after any byte: whole records stay, and writing goes on.
func TestTornTail(t *testing.T) {
	_, file := filled(t, "first", "second")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	first := len(magic) + headLength + len("first")
	for n := len(magic); n < len(whole); n++ {
		shelf, file := filled(t)
		// One record is torn: the one before was on the disk when it was begun.
		grown := first - n
		if n >= first {
			grown = len(whole) - n
		}
		for _, tail := range [][]byte{nil, make([]byte, grown)} {
			if err := os.WriteFile(file, append(slices.Clone(whole[:n]), tail...), 0o600); err != nil {
				t.Fatal(err)
			}
			want := []string{"first"}
			if n < first {
				want = nil
			}
			wantRecords(t, "after a torn write", shelf, want...)
			slot := take(t, shelf)
			if err := slot.Append(t.Context(), client.Record{Data: []byte("next")}); err != nil {
				t.Fatalf("appending behind %d bytes: %v", n, err)
			}
			slot.Close()
			wantRecords(t, "after going on", shelf, append(want, "next")...)
		}
	}
}

// A file whose very beginning was not written is an empty one.
func TestTornBeginning(t *testing.T) {
	for _, content := range []string{"", magic[:3], "\x00\x00", strings.Repeat("\x00", 100)} {
		shelf, file := filled(t)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		wantRecords(t, "without a beginning", shelf)
		slot := take(t, shelf)
		if err := slot.Append(t.Context(), client.Record{Data: []byte("next")}); err != nil {
			t.Fatal(err)
		}
		slot.Close()
		wantRecords(t, "after going on", shelf, "next")
	}
}

// What is damaged before its end is said; what comes before is read, nothing is
// written behind it, and it can be set aside.
func TestDamage(t *testing.T) {
	shelf, file := filled(t, "first", "second", "third")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	damaged := slices.Clone(whole)
	damaged[len(magic)+2*headLength+len("first")+2] ^= 0x40
	if err := os.WriteFile(file, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := shelf.Read(t.Context(), 0)
	if !errors.Is(err, client.ErrDamaged) || len(got) != 1 || string(got[0]) != "first" {
		t.Errorf("read %q, %v; want what comes before the damage, and ErrDamaged", got, err)
	}
	if err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("the error does not name the file: %v", err)
	}
	slot := take(t, shelf)
	defer slot.Close()
	if err := slot.Append(t.Context(), client.Record{Data: []byte("lost")}); !errors.Is(err, client.ErrDamaged) {
		t.Errorf("appending behind the damage: %v", err)
	}
	if err := slot.SetAside(t.Context()); err != nil {
		t.Fatal(err)
	}
	aside, err := os.ReadFile(strings.TrimSuffix(file, "kept") + "aside-1")
	if err != nil || !bytes.Equal(aside, damaged) {
		t.Errorf("what was set aside has %d bytes, %v; want those of the file", len(aside), err)
	}
	wantRecords(t, "afterwards", shelf)
}

// A program that is killed gives its slot back.
func TestKilledProgram(t *testing.T) {
	if folder := os.Getenv("KEEPFILE_TEST_FOLDER"); folder != "" {
		slot := take(t, Shelf(folder, "b"))
		if err := slot.Append(t.Context(), client.Record{Data: []byte("of the other")}); err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("taken\n")
		// Until it is killed; with nothing to wait for it would end by itself.
		time.Sleep(time.Minute)
		return
	}
	folder := t.TempDir()
	other := exec.Command(os.Args[0], "-test.run=^TestKilledProgram$")
	other.Env = append(os.Environ(), "KEEPFILE_TEST_FOLDER="+folder)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer other.Process.Kill()
	if line := make([]byte, 6); true {
		if _, err := out.Read(line); err != nil || string(line) != "taken\n" {
			t.Fatalf("the other program said %q, %v", line, err)
		}
	}
	shelf := Shelf(folder, "b")
	if slot, err := shelf.Take(t.Context(), 0); slot != nil || err != nil {
		t.Errorf("the slot of a program that runs was given: %v, %v", slot, err)
	}
	wantRecords(t, "while the other runs", shelf, "of the other")
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait() // it was killed
	take(t, shelf).Close()
	wantRecords(t, "when it was killed", shelf, "of the other")
}

// Disks fill up: what was there before stays.
func TestFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if slot, err := Shelf(file, "b").Take(t.Context(), 0); err == nil || slot != nil {
		t.Errorf("a slot below a file: %v, %v", slot, err)
	}
	if _, err := Shelf(file, "b").Slots(t.Context()); err == nil {
		t.Error("the slots below a file are listed")
	}
}

// Whatever stands in a file, reading it ends, and what is read is what appending
// would have written.
func FuzzParse(f *testing.F) {
	two := appendRecord(appendRecord([]byte(magic), []byte("one")), nil)
	f.Add([]byte{})
	f.Add([]byte(magic))
	f.Add(two)
	f.Add(two[:len(two)-3])
	f.Add(append(slices.Clone(two), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
	f.Add(append(slices.Clone(two), 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5))
	f.Fuzz(func(t *testing.T, file []byte) {
		records, end, err := parse(file)
		if end > len(file) || err != nil && !errors.Is(err, client.ErrDamaged) {
			t.Fatalf("end %d of %d bytes, %v", end, len(file), err)
		}
		if end == 0 {
			return
		}
		again := []byte(magic)
		for _, r := range records {
			again = appendRecord(again, r)
		}
		if !bytes.Equal(again, file[:end]) {
			t.Fatalf("%d records are written as %x, want %x", len(records), again, file[:end])
		}
	})
}
