package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"edgeboard/public/compose"
	"edgeboard/public/texts"
)

// A packer turns source files into packed ones. A file a.js of content hash 3f9a becomes a.3f9a.js.br and a.3f9a.js.gz, and manifest.json says
// what there is. The program becomes brotli alone, so that the relay is smaller: it makes the other form when somebody asks for it.
type packer struct {
	public  string   // folder of which the page and its style are composed
	sources []string // folders of the other files, searched in this order
	dist    string   // folder that is filled; what does not belong there is removed
	log     io.Writer
}

// The relay reads this.
type manifest struct {
	Pages   map[string]string `json:"pages"`   // packed names by language tag
	Help    map[string]string `json:"help"`    // the same of the help
	Worker  string            `json:"worker"`  // packed name
	Program string            `json:"program"` // packed name
	Sizes   map[string]int64  `json:"sizes"`   // uncompressed, by packed name, with the pages
}

const manifestName = "manifest.json"

// A part is one file on its way.
type part struct {
	source  string
	tag     string // of the language, if it is a page,
	help    bool   // and whether it is the help
	name    string // packed
	content []byte
}

// forms are those in which a part is held.
func (f part) forms() []compressor {
	if f.source == program {
		return []compressor{toBrotli}
	}
	return []compressor{toGzip, toBrotli}
}

// pack packs the named files.
func (p packer) pack(names []string) error {
	packed, err := p.load(names)
	if err != nil {
		return err
	}
	if err := p.compressAll(packed); err != nil {
		return err
	}

	m := manifest{Pages: map[string]string{}, Help: map[string]string{}, Sizes: map[string]int64{}}
	for _, f := range packed {
		switch {
		case f.tag != "" && f.help:
			m.Help[f.tag] = f.name
		case f.tag != "":
			m.Pages[f.tag] = f.name
		}
		switch f.source {
		case worker:
			m.Worker = f.name
		case program:
			m.Program = f.name
		}
		m.Sizes[f.name] = int64(len(f.content))
	}
	text, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(p.dist, manifestName), text); err != nil {
		return err
	}
	return p.removeStale(packed)
}

// load reads the sources, puts packed names where they name one another, and names them.
func (p packer) load(names []string) ([]part, error) {
	var loaded []part
	renamed := map[string]string{}
	sizes := map[string]int{}
	read, err := p.readAll(names)
	if err != nil {
		return nil, err
	}
	for _, f := range read {
		source, content := f.source, f.content
		if ext := filepath.Ext(source); ext == ".css" || ext == ".html" || ext == ".webmanifest" || source == worker {
			if content, err = rename(content, renamed); err != nil {
				return nil, fmt.Errorf("%s: %w", source, err)
			}
		}
		if f.tag != "" && !f.help {
			if content, err = putSize(content, sizes[program]); err != nil {
				return nil, fmt.Errorf("%s: %w", source, err)
			}
		}
		name := hashedName(source, content)
		renamed[source] = name
		sizes[source] = len(content)
		f.name, f.content = name, content
		loaded = append(loaded, f)
	}
	return loaded, nil
}

// readAll reads the named files, or composes them: of the page there is one for each language.
func (p packer) readAll(names []string) (read []part, err error) {
	folder := os.DirFS(p.public)
	for _, name := range names {
		var content []byte
		switch name {
		case page:
			for _, l := range texts.Languages {
				content, languageErr := compose.Page(folder, l)
				err = errors.Join(err, languageErr)
				read = append(read, part{source: compose.PageName(l), tag: l.Tag(), content: content})
			}
		case helpPage:
			for _, l := range texts.Languages {
				content, languageErr := compose.Help(folder, l)
				err = errors.Join(err, languageErr)
				read = append(read, part{source: compose.HelpName(l), tag: l.Tag(), help: true, content: content})
			}
		case compose.StyleName:
			content, err = compose.Style(folder)
			read = append(read, part{source: name, content: content})
		default:
			content, err = p.read(name)
			read = append(read, part{source: name, content: content})
		}
		if err != nil {
			return nil, err
		}
	}
	return read, nil
}

func (p packer) read(name string) ([]byte, error) {
	for _, folder := range p.sources {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if !errors.Is(err, fs.ErrNotExist) {
			return content, err
		}
	}
	return nil, fmt.Errorf("%s is in none of %s", name, strings.Join(p.sources, ", "))
}

var reference = regexp.MustCompile(`/assets/([\w.-]+)`)

// rename replaces references to parts by references to their packed names.
func rename(content []byte, renamed map[string]string) ([]byte, error) {
	var unknown error
	content = reference.ReplaceAllFunc(content, func(found []byte) []byte {
		name := string(reference.FindSubmatch(found)[1])
		if renamed[name] == "" {
			unknown = fmt.Errorf("names /assets/%s, which is not packed before it", name)
		}
		return []byte("/assets/" + renamed[name])
	})
	return content, unknown
}

// putSize tells the page how many bytes the program has. The page cannot find out by itself: Content-Length counts compressed ones.
func putSize(page []byte, size int) ([]byte, error) {
	place := []byte(`data-bytes="0"`)
	if bytes.Count(page, place) != 1 {
		return nil, fmt.Errorf("%s is expected once", place)
	}
	return bytes.Replace(page, place, fmt.Appendf(nil, `data-bytes="%d"`, size), 1), nil
}

// hashedName is long enough that no two versions of a file share a name.
func hashedName(source string, content []byte) string {
	sum := sha256.Sum256(content)
	extension := filepath.Ext(source)
	return strings.TrimSuffix(source, extension) + "." + hex.EncodeToString(sum[:8]) + extension
}

// compressAll writes the compressed forms of every part, unless they are there from an earlier run: their names vouch for their content, and
// the program takes a minute.
func (p packer) compressAll(packed []part) error {
	var tasks sync.WaitGroup
	failures := make([][]error, len(packed))
	for i, f := range packed {
		forms := f.forms()
		failures[i] = make([]error, len(forms))
		for j, c := range forms {
			path := filepath.Join(p.dist, f.name+c.suffix)
			if _, err := os.Stat(path); err == nil {
				continue
			}
			tasks.Go(func() {
				compressed, err := c.compress(f.content)
				if err == nil {
					err = writeFile(path, compressed)
				}
				failures[i][j] = err
			})
		}
	}
	tasks.Wait()
	if err := errors.Join(slices.Concat(failures...)...); err != nil {
		return err
	}
	for _, f := range packed {
		if err := p.report(f); err != nil {
			return err
		}
	}
	return nil
}

func (p packer) report(f part) error {
	fmt.Fprintf(p.log, "%-22s %9d raw", f.source, len(f.content))
	for _, c := range f.forms() {
		info, err := os.Stat(filepath.Join(p.dist, f.name+c.suffix))
		if err != nil {
			return err
		}
		fmt.Fprintf(p.log, " %9d %s", info.Size(), c.suffix[1:])
	}
	fmt.Fprintln(p.log)
	return nil
}

// removeStale removes what earlier runs have left, since everything in the folder goes into the relay.
func (p packer) removeStale(packed []part) error {
	keep := map[string]bool{".gitignore": true, manifestName: true}
	for _, f := range packed {
		for _, c := range f.forms() {
			keep[f.name+c.suffix] = true
		}
	}
	entries, err := os.ReadDir(p.dist)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if keep[entry.Name()] {
			continue
		}
		if err := os.Remove(filepath.Join(p.dist, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes under another name first: a file cut short by an interrupt would be taken for a whole one for ever.
func writeFile(path string, content []byte) error {
	unfinished := path + ".unfinished"
	if err := os.WriteFile(unfinished, content, 0o644); err != nil {
		return err
	}
	return os.Rename(unfinished, path)
}
