package board

import "testing"

func TestIDAsText(t *testing.T) {
	for _, id := range []ID{{1, 1}, {35, 36}, {MaxReplica, MaxSeq}} {
		if got, ok := ParseID(id.Text()); !ok || got != id {
			t.Errorf("%v is %q, which is read as %v (%v)", [2]uint64{uint64(id.Replica), id.Seq}, id.Text(), got, ok)
		}
	}
	if got := (ID{}).Text(); got != "" {
		t.Errorf("the zero ID is %q", got)
	}
	for _, bad := range []string{"", "-", "1", "1-", "-1", "0-1", "1-0", "01-1", "1-01", "A-1", "1-1-1", "+1-1", "1-+1", " 1-1", "gvtoyb4vt8g0-1g-1", "zzzzzzzzzzzzzzzz-1", "1-zzzzzzzzzzzzzz"} {
		if id, ok := ParseID(bad); ok || id != (ID{}) {
			t.Errorf("%q is read as %v", bad, id)
		}
	}
}
