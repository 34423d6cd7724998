package auth

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestRoleOnBoard(t *testing.T) {
	g := &Grant{Boards: map[string]Role{"plan": Owner, "team-*": Editor, "team-x*": Viewer, "team-x-1": None}}
	for board, want := range map[string]Role{
		"plan": Owner, "plan2": None, "pla": None, "": None,
		"team-": Editor, "team-a": Editor, "team-x": Viewer, "team-x-2": Viewer, "team-x-1": None,
	} {
		if got := g.Role(board); got != want {
			t.Errorf("on %q: %v, want %v", board, got, want)
		}
	}
	g = &Grant{Boards: map[string]Role{"*": Viewer, "own": Editor}}
	if g.Role("own") != Editor || g.Role("other") != Viewer {
		t.Error("* does not stand behind a name")
	}
	one := g.On("own")
	if one.Role("own") != Editor || one.Role("other") != None {
		t.Error("a Grant for one board holds for others")
	}
	if (&Grant{}).Role("plan") != None {
		t.Error("an empty Grant allows something")
	}
}

func TestOver(t *testing.T) {
	now := time.Unix(1000, 0)
	if (&Grant{}).Over(now) {
		t.Error("a Grant without an end has ended")
	}
	if g := (&Grant{Until: now}); !g.Over(now) || g.Over(now.Add(-1)) {
		t.Error("a Grant ends at another time than it says")
	}
}

func TestRolesAsText(t *testing.T) {
	for r := Viewer; r <= Owner; r++ {
		text, err := json.Marshal(r)
		var back Role
		if err != nil || json.Unmarshal(text, &back) != nil || back != r {
			t.Errorf("%v: %s, %v", r, text, err)
		}
	}
	for _, bad := range []string{"", "none", "Owner", "admin", strings.Repeat("x", 1000)} {
		var r Role
		if err := r.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%.20q is taken for %v", bad, r)
		}
	}
	if _, err := (Owner + 1).MarshalText(); err == nil {
		t.Error("an unknown role is written")
	}
}

func TestPatterns(t *testing.T) {
	for _, good := range []string{"*", "plan", "team-*", "_own", strings.Repeat("a", 64)} {
		if err := checkPattern(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", "**", "a*b", "a b", "ä", "../x", strings.Repeat("a", 65)} {
		if checkPattern(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// What a token says of many boards it does not say of the relay's own, and on those
// nobody is more than a viewer.
func TestRolesOnBoardsOfTheRelay(t *testing.T) {
	for _, c := range []struct {
		boards map[string]Role
		want   Role
	}{
		{map[string]Role{"*": Owner}, None},
		{map[string]Role{"_*": Owner, "_status*": Owner, "_stat*": Viewer}, None},
		{map[string]Role{"_other": Viewer}, None},
		{map[string]Role{"_status": Owner}, Viewer},
		{map[string]Role{"_status": Viewer, "*": Owner}, Viewer},
	} {
		g := &Grant{Boards: c.boards}
		if got := g.Role("_status"); got != c.want {
			t.Errorf("with %v the role is %v, want %v", c.boards, got, c.want)
		}
		if got := g.On("_status").Role("_status"); got != c.want {
			t.Errorf("with %v the role on that one alone is %v, want %v", c.boards, got, c.want)
		}
	}
}
