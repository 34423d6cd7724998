package plot

import (
	"cmp"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"edgeboard/shared/geom"
)

// Fonts are what letters are drawn with: Go's own font, which has Latin, Greek and
// Cyrillic, and for what it lacks those of the system's fonts that are known to have
// many letters. They are looked for when they are needed first. It may be used by
// several goroutines.
type Fonts struct {
	mu      sync.Mutex
	faces   []*Face
	sought  bool // the system's fonts were looked for
	of      map[rune]*Face
	missing map[rune]bool
	buf     sfnt.Buffer
}

// Face is one font.
type Face struct {
	Go   bool // Go's own
	font *sfnt.Font
	unit float64 // of the font's own units, to an em
}

// mostKnown bounds what is remembered of letters.
const mostKnown = 1 << 16

// NewFonts returns the fonts.
func NewFonts() *Fonts {
	f := &Fonts{of: map[rune]*Face{}, missing: map[rune]bool{}}
	font, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		panic("plot: Go's own font is broken: " + err.Error())
	}
	f.add(font, true)
	return f
}

// Width returns the advance of a text of one line at size 1, so that Fonts are those
// of a figure.Set too.
func (f *Fonts) Width(text string) float64 {
	sum := 0.0
	for _, r := range f.runs(text) {
		sum += r.width
	}
	return sum
}

// Baseline returns how far below the top of a line the baseline lies, at size 1.
func (f *Fonts) Baseline() float64 { return 0.96 }

// Missing returns the letters that no font has that was found, of what was drawn so
// far: they are shown as boxes.
func (f *Fonts) Missing() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return string(slices.Sorted(maps.Keys(f.missing)))
}

func (f *Fonts) add(font *sfnt.Font, own bool) {
	f.faces = append(f.faces, &Face{Go: own, font: font, unit: 1 / float64(font.UnitsPerEm())})
}

// run is a part of a text whose letters a font has, with its width at size 1.
type run struct {
	text    string
	width   float64
	face    *Face
	missing bool // no font has them
}

// runs parts a text by what fonts its letters are of.
func (f *Fonts) runs(text string) []run {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []run
	for _, r := range text {
		if unseen(r) {
			continue
		}
		face := f.face(r)
		missing := f.missing[r]
		if n := len(list); n == 0 || list[n-1].face != face || list[n-1].missing != missing {
			list = append(list, run{face: face, missing: missing})
		}
		last := &list[len(list)-1]
		last.text += string(r)
		last.width += f.advance(face, r)
	}
	return list
}

// unseen reports whether a character has no letter of its own: joiners, marks of
// direction, variations.
func unseen(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.IsControl(r) || r >= 0xfe00 && r <= 0xfe0f || r >= 0x1f3fb && r <= 0x1f3ff
}

// face returns the font that has a letter, Go's own if none does.
func (f *Fonts) face(r rune) *Face {
	if face, ok := f.of[r]; ok {
		return face
	}
	face := f.find(r)
	if face == nil && !f.sought {
		f.sought = true
		f.seek()
		face = f.find(r)
	}
	if len(f.of) > mostKnown {
		clear(f.of)
		clear(f.missing)
	}
	if face == nil {
		face, f.missing[r] = f.faces[0], true
	}
	f.of[r] = face
	return face
}

func (f *Fonts) find(r rune) *Face {
	for _, face := range f.faces {
		i, err := face.font.GlyphIndex(&f.buf, r)
		if err != nil || i == 0 {
			continue
		}
		// One that is a picture in colours cannot be filled.
		if _, err := face.font.LoadGlyph(&f.buf, i, fixed.I(16), nil); err == nil {
			return face
		}
	}
	return nil
}

func (f *Fonts) advance(face *Face, r rune) float64 {
	i, err := face.font.GlyphIndex(&f.buf, r)
	if err != nil {
		return 0
	}
	ppem := fixed.Int26_6(face.font.UnitsPerEm())
	a, err := face.font.GlyphAdvance(&f.buf, i, ppem<<6, font.HintingNone)
	if err != nil {
		return 0
	}
	return float64(a) / 64 * face.unit
}

// path returns the outlines of a text.
func (f *Fonts) path(t Text) geom.Path {
	f.mu.Lock()
	defer f.mu.Unlock()
	var path geom.Path
	x := 0.0
	ppem := fixed.Int26_6(t.Face.font.UnitsPerEm()) << 6
	k := t.Face.unit / 64
	for _, r := range t.String {
		i, err := t.Face.font.GlyphIndex(&f.buf, r)
		if err != nil {
			continue
		}
		segments, err := t.Face.font.LoadGlyph(&f.buf, i, ppem, nil)
		if err != nil {
			segments = nil
		}
		at := func(p fixed.Point26_6) geom.Point {
			p2 := geom.Pt((x+float64(p.X)*k)*t.Narrow, float64(p.Y)*k)
			return p2.Mul(t.Size).Rotate(t.Angle).Add(t.At)
		}
		begun := false
		for _, s := range segments {
			switch s.Op {
			case sfnt.SegmentOpMoveTo:
				if begun {
					path.Close()
				}
				path.MoveTo(at(s.Args[0]))
				begun = true
			case sfnt.SegmentOpLineTo:
				path.LineTo(at(s.Args[0]))
			case sfnt.SegmentOpQuadTo:
				path.QuadTo(at(s.Args[0]), at(s.Args[1]))
			case sfnt.SegmentOpCubeTo:
				path.CubicTo(at(s.Args[0]), at(s.Args[1]), at(s.Args[2]))
			}
		}
		if begun {
			path.Close()
		}
		x += f.advance(t.Face, r)
	}
	return path
}

// folders are where systems have their fonts.
func folders() []string {
	list := []string{"/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts"}
	if home, err := os.UserHomeDir(); err == nil {
		list = append(list, filepath.Join(home, ".fonts"), filepath.Join(home, ".local/share/fonts"), filepath.Join(home, "Library/Fonts"))
	}
	if windows := os.Getenv("WINDIR"); windows != "" {
		list = append(list, filepath.Join(windows, "Fonts"))
	}
	return list
}

// wanted are the files that are looked for, without their endings, the best first.
// What begins so is meant.
var wanted = []string{
	"notosanscjk-regular", "notosanscjksc-regular", "notosanssc-regular", "sourcehansanssc-regular", "sourcehansans-regular", "pingfang", "msyh", "hiragino sans gb",
	"wqy-microhei", "wqy-zenhei", "droidsansfallback", "arial unicode", "notosans-regular", "dejavusans", "segoeui",
	"notosansarabic-regular", "notosanshebrew-regular", "notosansdevanagari-regular", "notosansthai-regular", "notosanskr-regular", "notosansjp-regular", "malgun", "yugothr",
	"notosanssymbols-regular", "notosanssymbols2-regular", "seguisym", "apple symbols", "notoemoji-regular",
}

// mostFiles bounds how many files are looked at.
const mostFiles = 20_000

// seek finds the system's fonts. What cannot be read is passed over.
func (f *Fonts) seek() {
	type found struct {
		rank int
		path string
	}
	var list []found
	files := 0
	for _, folder := range folders() {
		_ = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error { // what cannot be read is not there
			if files++; files > mostFiles {
				return fs.SkipAll
			}
			if err != nil || entry.IsDir() {
				return nil
			}
			name := strings.ToLower(entry.Name())
			switch filepath.Ext(name) {
			case ".ttf", ".otf", ".ttc", ".otc":
			default:
				return nil
			}
			stem := strings.TrimSuffix(name, filepath.Ext(name))
			if rank := slices.Index(wanted, stem); rank >= 0 {
				list = append(list, found{rank, path})
			}
			return nil
		})
	}
	slices.SortFunc(list, func(a, b found) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.path, b.path)) })
	for i, one := range list {
		if i > 0 && list[i-1].rank == one.rank {
			continue
		}
		file, err := os.Open(one.path) // stays open: letters are read when they are drawn
		if err != nil {
			continue
		}
		collection, err := sfnt.ParseCollectionReaderAt(file)
		if err != nil {
			_ = file.Close() // it was only read
			continue
		}
		font, err := collection.Font(0)
		if err != nil {
			_ = file.Close() // it was only read
			continue
		}
		f.add(font, false)
	}
}
