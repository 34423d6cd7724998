package editor

import (
	"testing"

	"edgeboard/shared/geom"
)

// The laser lights while it is pressed, changes nothing, and stays in hand.
func TestLaserTool(t *testing.T) {
	h := newDesk(t)
	h.make(1, 0, 0, 300, 300)
	commits := h.commits
	if c, ok := CommandOf("i", 0); !ok || !h.e.Do(c) {
		t.Error("the laser has no key")
	}
	if h.e.Tool() != Laser || h.e.Lasing() {
		t.Errorf("the tool is %v, and lights: %v", h.e.Tool(), h.e.Lasing())
	}
	h.down(mouse(100, 100))
	h.move(mouse(200, 150))
	if !h.e.Lasing() {
		t.Error("it does not light while it is pressed")
	}
	h.up(mouse(200, 150))
	if h.e.Tool() != Laser || h.e.Lasing() || h.commits != commits || len(h.e.Selection()) > 0 {
		t.Errorf("afterwards: tool %v, lights: %v, %d commits", h.e.Tool(), h.e.Lasing(), h.commits-commits)
	}
	h.down(finger(1, 100, 100))
	h.down(finger(2, 200, 100))
	if h.e.Lasing() {
		t.Error("two fingers light")
	}
	h.up(finger(1, 100, 100))
	h.up(finger(2, 200, 100))
	h.wantCamera("after two fingers that did not move", 1, geom.Pt(0, 0))
	h.wantIdle("when all is lifted")
	h.e.ViewOnly(true)
	h.down(mouse(100, 100))
	if h.e.Lasing() {
		t.Error("who may only look lights")
	}
}
