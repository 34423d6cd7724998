package board

import "testing"

// B25, B57: a faulty writer names a life as an origin. Two lives that lie together in memory would come as one
// operation, which waits for a character that waits for the first of them: it is cut.
func TestB25LivesThatAreWaitedFor(t *testing.T) {
	id := ID{10, 1}
	b := New(0)
	for _, u := range [][]byte{
		forge(10, 1, 1, create(KindNote), insert(id, ID{}, ID{}, "ab")), // 10.2, 10.3
		forge(20, 1, 5, insert(id, ID{10, 2}, ID{10, 3}, "x")),          // 20.1
		forge(30, 1, 6, life(id, ID{20, 1}, 1, false, 2, "")),           // 30.1 hides x
		forge(20, 2, 7, insert(id, ID{30, 1}, ID{}, "y")),               // 20.2, behind what is no character
		forge(30, 2, 8, life(id, ID{20, 2}, 1, false, 2, "")),           // 30.2 hides y
	} {
		mustApply(t, b, u)
	}
	if b.Parked() != 0 || b.Element(id).Text() != "ab" {
		t.Fatalf("%d bytes are parked, the text is %q", b.Parked(), b.Element(id).Text())
	}
	c := New(0)
	mustApply(t, c, diff(t, b, nil))
	if c.Parked() != 0 {
		t.Errorf("%d bytes of the diff are parked", c.Parked())
	}
	mustEqual(t, b, c)
}
