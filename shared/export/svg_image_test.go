package export

import (
	"math"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// Images are in a picture with their content, cut to their corners, if somebody has
// it and it is an image; else they are paper.
func TestSVGImages(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	for _, c := range []struct {
		what  string
		image func(string) (Blob, bool)
		want  []string
	}{
		{"nobody has it", nil, []string{`<g>`, `<rect x="10" y="20" width="100" height="50" rx="8" fill="#ced4da"/>`, `</g>`}},
		{"it is not there", func(string) (Blob, bool) { return Blob{}, false }, []string{`<g>`, `<rect x="10" y="20" width="100" height="50" rx="8" fill="#ced4da"/>`, `</g>`}},
		{"it is a page", func(string) (Blob, bool) { return Blob{"text/html", []byte("<script>")}, true }, []string{`<g>`, `<rect x="10" y="20" width="100" height="50" rx="8" fill="#ced4da"/>`, `</g>`}},
		{"it is one", func(h string) (Blob, bool) { return Blob{"image/png", []byte("png")}, h == hash }, []string{
			`<g>`,
			`<clipPath id="edgeboard-image-1"><path d="`,
			`<g clip-path="url(#edgeboard-image-1)">`,
			`<image width="1" height="1" preserveAspectRatio="none" transform="matrix(100 0 0 50 10 20)" href="data:image/png;base64,cG5n"/>`,
			`</g>`, `</g>`,
		}},
	} {
		d := newDrawing()
		d.add(board.KindImage, 10, 20, 100, 50, "what it shows", map[board.Key]board.Value{board.KeyBlob: board.String(hash)})
		got := strings.Split(strings.TrimSpace(d.svg(Options{Image: c.image})), "\n")
		got = got[1 : len(got)-1]
		if len(got) != len(c.want) {
			t.Errorf("%s: the image is\n%s", c.what, strings.Join(got, "\n"))
			continue
		}
		for i, line := range got {
			if !strings.HasPrefix(line, c.want[i]) {
				t.Errorf("%s: the image is\n%s\nand line %d is to begin with\n%s", c.what, strings.Join(got, "\n"), i, c.want[i])
			}
		}
	}
}

// What has parts is drawn with them, wherever it is turned.
func TestSVGParts(t *testing.T) {
	d := newDrawing()
	d.add(board.KindStamp, 0, 0, 40, 40, "", map[board.Key]board.Value{board.KeySymbol: board.Int(figure.SymbolDot)})
	if found := names(t, d.svg(Options{})); found["path"] == 0 || found["ellipse"] != 0 {
		t.Errorf("a dot is %v", found)
	}
	d = newDrawing()
	d.add(board.KindTimer, 0, 0, 0, 0, "", map[board.Key]board.Value{board.KeyDuration: board.Int(90_000), board.KeyAngle: board.Float(math.Pi / 2)})
	for _, picture := range []string{d.svg(Options{}), d.picture(PictureOptions{})} {
		if !strings.Contains(picture, ">01:30<") || !strings.Contains(picture, "rotate(90 ") {
			t.Errorf("a timer that is turned is\n%s", picture)
		}
	}
	d = newDrawing()
	d.add(board.KindFrame, 0, 0, 100, 50, "Part one", nil)
	if got := d.elements(t); !slices.ContainsFunc(got, func(line string) bool { return strings.Contains(line, ">Part one<") }) {
		t.Errorf("a frame is\n%s", strings.Join(got, "\n"))
	}
}
