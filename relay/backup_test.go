package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
)

// restored starts a relay on a copy of a backup, as docs/keeping.md says it step by step: a new
// folder with nothing in it but the file.
func restored(t *testing.T, file string) *victim {
	t.Helper()
	v := &victim{t: t, data: filepath.Join(t.TempDir(), "restored")}
	if err := os.Mkdir(v.data, 0o700); err != nil {
		t.Fatal(err)
	}
	copied, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(v.data, "edgeboard.db"), copied, 0o600); err != nil {
		t.Fatal(err)
	}
	v.start()
	t.Cleanup(v.kill)
	return v
}

// backup has the relay's program write one, beside the relay that serves.
func (l *load) backup(name string) (file string) {
	l.t.Helper()
	file = filepath.Join(l.t.TempDir(), name)
	var out, log strings.Builder
	if err := run(l.t.Context(), []string{"backup", "-data", l.data, file}, func(string) string { return "" }, &out, &log); err != nil {
		l.t.Fatalf("%v\n%s", err, &log)
	}
	return file
}

// Backups are made while people write as fast as they can. What was acknowledged before one
// was begun is in it; of what came meanwhile it has a beginning of each person's, and nothing
// twice. One that is made when all are done is the same as what the relay has, bit by bit of
// each document.
func TestBackupUnderLoad(t *testing.T) {
	l := underLoad(t, 2, 3)
	l.what = "a backup"
	for range 3 {
		l.flow(50)
		before := make([]board.Vector, len(l.writers))
		for i, w := range l.writers {
			before[i], _ = w.state()
		}
		v := restored(t, l.backup("loaded.db"))
		docs := map[string]*board.Board{}
		for i, w := range l.writers {
			if docs[w.board] == nil {
				docs[w.board] = v.audit(w.board)
			}
			for r, seq := range before[i] {
				if got := docs[w.board].Seq(r); got < seq {
					t.Fatalf("of replica %d the backup has %d operations, and writer %d had %d acknowledged before", r, got, i, seq)
				}
			}
			text := textOf(docs[w.board])
			var tokens []string
			w.link.Do(func(*client.Session) { tokens = append(tokens, w.tokens...) })
			missing := ""
			for _, token := range tokens {
				switch n := strings.Count(text, token); {
				case n > 1:
					t.Fatalf("%s stands %d times in the backup", token, n)
				case n == 1 && missing != "":
					t.Fatalf("the backup has %s of writer %d, and not %s, which is earlier", token, i, missing)
				case n == 0 && missing == "":
					missing = token
				}
			}
		}
	}
	changes := l.finish()
	v := restored(t, l.backup("quiet.db"))
	for _, name := range []string{"board0", "board1"} {
		if v.audit(name).Hash() != l.audit(name).Hash() {
			t.Errorf("%s is another one in the backup than in the relay", name)
		}
	}
	t.Logf("%d changes", changes)
}

func textOf(doc *board.Board) string {
	var b strings.Builder
	for e := range doc.Elements() {
		b.WriteString(e.Text())
	}
	return b.String()
}
