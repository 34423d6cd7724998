package main

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/export"
	"edgeboard/shared/wire"
)

// A backup is a zip file of parts: of each board boards/NAME.snapshot, the canonical
// state of its document (shared/board/SPEC.md), and boards/NAME.chat.jsonl, if anything
// was said there (docs/chat-jsonl.md); images/HASH; and manifest.json, the last one,
// which has the SHA-256 of each other part.
const (
	archiveFormat  = "edgeboard-backup"
	archiveVersion = 1
	manifestName   = "manifest.json"
	maxManifest    = 64 << 20 // bytes
)

// manifest is what a backup says of itself.
type manifest struct {
	Format  string          `json:"format"`
	Version int             `json:"version"`
	Made    time.Time       `json:"made"`
	Relay   string          `json:"relay"`
	Boards  []archivedBoard `json:"boards"`
	Parts   map[string]part `json:"parts"` // by name
}

type archivedBoard struct {
	Name     string   `json:"name"`
	Elements int      `json:"elements"`
	Images   []string `json:"images,omitempty"` // SHA-256
	// Missing are images that the board shows and the relay did not have.
	Missing []string `json:"missing,omitempty"`
}

type part struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	Media  string `json:"media,omitempty"` // of an image
}

func snapshotPart(board string) string { return "boards/" + board + ".snapshot" }
func chatPart(board string) string     { return "boards/" + board + ".chat.jsonl" }
func imagePart(hash string) string     { return "images/" + hash }

// archiveWriter writes a backup.
type archiveWriter struct {
	zip      *zip.Writer
	manifest manifest
}

func newArchive(w io.Writer, relay string, made time.Time) *archiveWriter {
	return &archiveWriter{zip.NewWriter(w), manifest{
		Format: archiveFormat, Version: archiveVersion, Made: made.UTC().Truncate(time.Second), Relay: relay, Boards: []archivedBoard{}, Parts: map[string]part{},
	}}
}

// has reports whether a part is there.
func (a *archiveWriter) has(name string) bool {
	_, has := a.manifest.Parts[name]
	return has
}

// add writes a part.
func (a *archiveWriter) add(name, media string, data []byte) error {
	method := zip.Deflate
	if media != "" && media != "image/svg+xml" {
		method = zip.Store // images are packed by themselves
	}
	w, err := a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: a.manifest.Made})
	if err == nil {
		_, err = w.Write(data)
	}
	sum := sha256.Sum256(data)
	a.manifest.Parts[name] = part{Bytes: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), Media: media}
	return err
}

// close writes the manifest, and ends the file.
func (a *archiveWriter) close() error {
	text, err := json.MarshalIndent(&a.manifest, "", " ")
	if err != nil {
		return err
	}
	w, err := a.zip.CreateHeader(&zip.FileHeader{Name: manifestName, Method: zip.Deflate, Modified: a.manifest.Made})
	if err == nil {
		_, err = w.Write(text)
	}
	return errors.Join(err, a.zip.Close())
}

// archive is a backup that was found to be whole.
type archive struct {
	manifest
	files map[string]*zip.File
}

// openArchive reads all of a backup, and says which part is not what it was.
func openArchive(file io.ReaderAt, size int64) (*archive, error) {
	z, err := zip.NewReader(file, size)
	if err != nil {
		return nil, fmt.Errorf("it is damaged, or no backup: %w", err)
	}
	a := &archive{files: map[string]*zip.File{}}
	for _, f := range z.File {
		if a.files[f.Name] != nil {
			return nil, fmt.Errorf("%s: it is there twice", plain(f.Name))
		}
		a.files[f.Name] = f
	}
	text, err := a.read(manifestName, maxManifest)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &a.manifest); err != nil {
		return nil, fmt.Errorf("%s: it is damaged: %w", manifestName, err)
	}
	switch {
	case a.Format != archiveFormat:
		return nil, fmt.Errorf("%s: it is no backup of boards", manifestName)
	case a.Version != archiveVersion:
		return nil, fmt.Errorf("%s: the backup is of version %d, which this program does not know; take a newer one", manifestName, a.Version)
	}
	if err := a.complete(); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(a.Parts)) {
		data, err := a.part(name)
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(name, ".snapshot") {
			if _, err := board.Load(0, data); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return a, nil
}

// complete finds what the manifest names and is not there, and what is there besides.
func (a *archive) complete() error {
	seen := map[string]bool{}
	for _, b := range a.Boards {
		if !wire.ValidBoardName(b.Name) || seen[b.Name] {
			return fmt.Errorf("%s: %q is the name of no board, or of two", manifestName, plain(b.Name))
		}
		seen[b.Name] = true
		parts := []string{snapshotPart(b.Name)}
		for _, hash := range b.Images {
			parts = append(parts, imagePart(hash))
			if p := a.Parts[imagePart(hash)]; p.SHA256 != hash {
				return fmt.Errorf("%s: %s is not the image of its name", manifestName, plain(imagePart(hash)))
			}
		}
		for _, name := range parts {
			if _, named := a.Parts[name]; !named {
				return fmt.Errorf("%s: %s is missing", manifestName, plain(name))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.files)) {
		if _, named := a.Parts[name]; !named && name != manifestName {
			return fmt.Errorf("%s: the manifest does not know it", plain(name))
		}
	}
	return nil
}

// part reads a part, which is what the manifest says.
func (a *archive) part(name string) ([]byte, error) {
	p := a.Parts[name]
	data, err := a.read(name, min(p.Bytes, wire.MaxSnapshot))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(data); int64(len(data)) != p.Bytes || hex.EncodeToString(sum[:]) != p.SHA256 {
		return nil, fmt.Errorf("%s: it is damaged: its SHA-256 is not that of the manifest", plain(name))
	}
	return data, nil
}

// read reads a file of at most so many bytes.
func (a *archive) read(name string, most int64) ([]byte, error) {
	f := a.files[name]
	if f == nil {
		return nil, fmt.Errorf("%s: it is missing", plain(name))
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: it is damaged: %w", plain(name), err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(data)) > most {
		err = errors.New("it is longer than it should be")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: it is damaged: %w", plain(name), err)
	}
	return data, nil
}

// image is one of the archive.
func (a *archive) image(hash string) (export.Blob, error) {
	data, err := a.part(imagePart(hash))
	return export.Blob{Media: a.Parts[imagePart(hash)].Media, Data: data}, err
}
