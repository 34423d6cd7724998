//go:build e2e

package e2e

import (
	"math"
	"strings"
	"testing"

	"edgeboard/shared/board"
)

// A frame is drawn around a note, is written upon, and takes the note along; the
// others have the same.
func TestFrames(t *testing.T) {
	r := startRelay(t)
	other := newScribe(t, r, "frames")
	p := open(t, r.url("/b/frames"), desktop)
	note := p.made("n", [2]float64{150, 200}, [2]float64{250, 300})
	p.key("Escape")
	p.key("f")
	p.sweep(0, [2]float64{100, 150}, [2]float64{400, 400})
	frame := p.is(element{ID: p.selected()[0]})
	if frame.Kind != "frame" || frame.Text != "Frame 1" {
		t.Errorf("drawn was a %s with the title %q", frame.Kind, frame.Text)
	}
	if in := p.is(note).Frame; in != frame.ID {
		t.Errorf("the note is in %q, want the frame", in)
	}
	p.clickAt(0, [2]float64{120, 138}, 2)
	p.begun()
	p.put("!")
	p.enter()
	p.done()
	p.clickAt(0, [2]float64{600, 300}, 1)
	p.sweep(0, [2]float64{200, 150}, [2]float64{300, 180})
	moved, with := p.is(frame), p.is(note)
	if moved.Text != "Frame 1!" || moved.X != frame.X+100 || with.X != note.X+100 || with.Y != note.Y+30 || with.Frame != frame.ID {
		t.Errorf("the frame has become %+v, and the note %+v", moved, with)
	}
	p.key("Delete")
	if n := len(p.list()); n != 0 {
		t.Errorf("%d are left of a frame that was deleted", n)
	}
	p.key("z", ctrl)
	p.stored()
	until(t, "the others have the same", func() bool { return other.hash() == p.hash() })
}

// What of an image is shown is chosen, by the mouse and by keys.
func TestCrop(t *testing.T) {
	r := startRelay(t)
	s := newScribe(t, r, "crop")
	s.write(func(e *board.Edit) {
		id := e.Create(board.KindImage)
		for key, v := range map[board.Key]float64{board.KeyX: 100, board.KeyY: 150, board.KeyWidth: 400, board.KeyHeight: 200} {
			e.Set(id, key, board.Float(v))
		}
		e.Set(id, board.KeyBlob, board.String(strings.Repeat("ab", 32)))
	})
	s.stored()
	p := open(t, r.url("/b/crop"), desktop)
	p.waitFor("the image is there", `edgeboard.figures().length === 1`)
	p.key("v")
	p.clickAt(0, [2]float64{300, 250}, 1)
	p.key("Enter")
	p.sweep(0, [2]float64{100, 250}, [2]float64{300, 250})
	p.clickAt(0, [2]float64{600, 300}, 1)
	p.stored()
	if f := p.only(); math.Abs(f.X-300) > 1 || math.Abs(f.W-200) > 1 || math.Abs(f.Crop[0]-0.5) > 0.01 || f.Crop[3] != 1 {
		t.Errorf("its left half is cropped away, and it is %+v", f)
	}
	p.key("z", ctrl)
	if f := p.only(); f.X != 100 || f.Crop != [4]float64{0, 0, 1, 1} {
		t.Errorf("undone, it is %+v", f)
	}
}
