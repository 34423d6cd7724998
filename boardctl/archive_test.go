package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"time"

	"edgeboard/shared/board"
)

// backedUp is a backup of two boards, of which both show an image, and the second one
// has been talked on.
func backedUp(t *testing.T) []byte {
	t.Helper()
	var file bytes.Buffer
	a := newArchive(&file, "https://boards.example.com", time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC))
	image := []byte("GIF89a, or so")
	sum := sha256.Sum256(image)
	hash := hex.EncodeToString(sum[:])
	for i, name := range []string{"plans", "team"} {
		doc := board.New(board.Replica(i + 1))
		e := doc.Edit()
		for range 50 {
			e.Splice(e.Create(board.KindNote), board.Chars, 0, 0, "Hello from "+name)
		}
		e.Commit()
		if err := a.add(snapshotPart(name), "", doc.Snapshot()); err != nil {
			t.Fatal(err)
		}
		if !a.has(imagePart(hash)) {
			if err := a.add(imagePart(hash), "image/gif", image); err != nil {
				t.Fatal(err)
			}
		}
		a.manifest.Boards = append(a.manifest.Boards, archivedBoard{Name: name, Elements: doc.Len(), Images: []string{hash}})
	}
	if err := a.add(chatPart("team"), "", []byte(`{"text":"hello"}`+"\n")); err != nil {
		t.Fatal(err)
	}
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func opened(data []byte) (*archive, error) {
	return openArchive(bytes.NewReader(data), int64(len(data)))
}

func TestArchive(t *testing.T) {
	a, err := opened(backedUp(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Boards) != 2 || len(a.Parts) != 4 || a.Relay != "https://boards.example.com" {
		t.Errorf("it has %+v", a.manifest)
	}
	b, err := a.image(a.Boards[1].Images[0])
	if err != nil || b.Media != "image/gif" || string(b.Data) != "GIF89a, or so" {
		t.Errorf("the image is %+v, %v", b, err)
	}
}

// A backup of which any byte is another is refused, or has the same in it all the same:
// times and the like of the zip's own.
func TestDamagedArchive(t *testing.T) {
	data := backedUp(t)
	whole, err := opened(data)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range data {
		damaged := bytes.Clone(data)
		damaged[i] ^= 0x55
		a, err := opened(damaged)
		if err != nil {
			refused++
			continue
		}
		for name := range whole.Parts {
			was, _ := whole.part(name)
			if is, err := a.part(name); err != nil || !bytes.Equal(is, was) {
				t.Fatalf("byte %d is another, and %s is taken as it is not: %v", i, name, err)
			}
		}
	}
	if refused < len(data)*2/3 {
		t.Errorf("of %d damaged files %d were refused", len(data), refused)
	}
	for _, n := range []int{0, 1, len(data) / 2, len(data) - 1} {
		if _, err := opened(data[:n]); err == nil {
			t.Errorf("the first %d bytes are taken for all", n)
		}
	}
}

// What is wrong is said with the part that it is wrong of.
func TestDamageIsNamed(t *testing.T) {
	data := backedUp(t)
	parts := func(change func(name string, data []byte) (string, []byte)) []byte {
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		w := zip.NewWriter(&file)
		for _, f := range z.File {
			part := must1(io.ReadAll(must1(f.Open())))
			name, part := change(f.Name, part)
			if name != "" {
				must1(must1(w.Create(name)).Write(part))
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return file.Bytes()
	}
	replaced := func(part, old, with string) []byte {
		return parts(func(name string, data []byte) (string, []byte) {
			if name == part {
				data = bytes.ReplaceAll(data, []byte(old), []byte(with))
			}
			return name, data
		})
	}
	for _, c := range []struct {
		what string
		file []byte
		want string
	}{
		{"a part that is another", replaced("boards/team.chat.jsonl", "hello", "hallo"), "boards/team.chat.jsonl: it is damaged: its SHA-256 is not that of the manifest"},
		{"a part that is longer", replaced("boards/team.chat.jsonl", "hello", "hello, all"), "boards/team.chat.jsonl: it is damaged: it is longer than it should be"},
		{"a part that is missing", parts(func(name string, data []byte) (string, []byte) {
			return strings.TrimSuffix(name, "boards/plans.snapshot"), data
		}), "boards/plans.snapshot: it is missing"},
		{"a part that is not named", parts(func(name string, data []byte) (string, []byte) {
			return strings.Replace(name, "boards/plans", "boards/other", 1), data
		}), "boards/other.snapshot: the manifest does not know it"},
		{"a board's name that leads elsewhere", replaced("manifest.json", `"name": "plans"`, `"name": "../plans"`), `manifest.json: "../plans" is the name of no board, or of two`},
		{"two boards of a name", replaced("manifest.json", `"name": "plans"`, `"name": "team"`), `manifest.json: "team" is the name of no board, or of two`},
		{"an image of another name", replaced("manifest.json", `"media": "image/gif"`, `"sha256": "00"`), "is not the image of its name"},
		{"another format", replaced("manifest.json", archiveFormat, "edgeboard"), "manifest.json: it is no backup of boards"},
		{"a later version", replaced("manifest.json", `"version": 1`, `"version": 2`), "manifest.json: the backup is of version 2, which this program does not know; take a newer one"},
		{"a manifest that is none", replaced("manifest.json", `{`, `[`), "manifest.json: it is damaged: "},
	} {
		if _, err := opened(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
}
