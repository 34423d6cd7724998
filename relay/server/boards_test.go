package server

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/tile"
	"edgeboard/shared/wire"
)

// boards asks for all boards, a page at a time.
func (r *relay) boards(token, query string) (list []listed, next string) {
	r.t.Helper()
	var answer struct {
		Boards []listed
		Next   string
	}
	if err := json.Unmarshal(r.ask("GET", "/api/v1/boards"+query, token, "", 200), &answer); err != nil {
		r.t.Fatal(err)
	}
	return answer.Boards, answer.Next
}

// archived is a board as a backup has it.
func archived(replica board.Replica, text string) *board.Board {
	b := board.New(replica)
	e := b.Edit()
	e.Splice(e.Create(board.KindNote), board.Chars, 0, 0, text)
	e.Commit()
	return b
}

// untilHas waits for a snapshot of the board, which is to be another's.
func (g *guest) untilHas(b *board.Board) {
	g.t.Helper()
	var snapshot []byte
	g.until("the whole board", func(f wire.Frame) bool {
		var p wire.SnapshotPart
		if f.Kind != wire.KindSnapshotPart || p.Parse(f.Body) != nil {
			return false
		}
		snapshot = append(snapshot, p.Data...)
		return uint64(len(snapshot)) == p.Total
	})
	if !bytes.Equal(snapshot, b.Snapshot()) {
		g.t.Errorf("the board has %d bytes, and another state than %d", len(snapshot), len(b.Snapshot()))
	}
}

// The operator sees all boards, a page at a time, and nobody else any.
func TestListBoards(t *testing.T) {
	o := keyed(t)
	operator := o.token("ops", auth.Owner)
	if list, next := o.boards(operator, ""); len(list) != 0 || next != "" {
		t.Errorf("a new relay has %v", list)
	}
	begun := time.Now().Add(-time.Second)
	for i := range 5 {
		g := o.dial(board.Replica(i+1)).show(fmt.Sprint("board-", i), operator)
		g.welcome()
		g.draw(board.Point{X: 1}, board.Point{X: 2})
	}
	list, next := o.boards(operator, "?most=3")
	if len(list) != 3 || next != "board-2" {
		t.Fatalf("the first page is %v, and then %q", list, next)
	}
	more, next := o.boards(operator, "?most=3&after="+next)
	if list = append(list, more...); len(list) != 5 || next != "" {
		t.Errorf("all are %v, and then %q", list, next)
	}
	for i, b := range list {
		if b.Name != fmt.Sprint("board-", i) || b.Bytes < 10 || b.Bytes > 1000 || b.People != 1 || b.Changed == nil || b.Changed.Before(begun) || b.Changed.After(time.Now()) {
			t.Errorf("board %d is told as %+v", i, b)
		}
	}
	for _, query := range []string{"?most=0", "?most=1001", "?most=x", "?after=../x"} {
		o.ask("GET", "/api/v1/boards"+query, operator, "", 400)
	}

	// Whoever is not the operator learns no name, and puts no board.
	team := o.sign(&auth.Grant{Subject: "ann", Boards: map[string]auth.Role{"board-*": auth.Owner}, Issued: time.Now(), Until: time.Now().Add(time.Hour)})
	for who, token := range map[string]string{"an editor of all": o.token("bob", auth.Editor), "an owner of some": team} {
		text := string(o.ask("GET", "/api/v1/boards", token, "", 403)) + string(o.ask("PUT", "/api/v1/boards/x", token, "x", 403))
		if strings.Contains(text, "board-0") || !strings.Contains(text, "the relay's operator") {
			t.Errorf("%s is told %s", who, text)
		}
	}
	o.ask("GET", "/api/v1/boards", "", "", 401)
	o.ask("PUT", "/api/v1/boards/x", "", "x", 401)
	o.ask("GET", "/api/v1/boards", "nonsense", "", 401)
}

// Without keys, who is at this machine is the operator; where everybody may come from
// everywhere nobody is.
func TestListBoardsOfOpenRelay(t *testing.T) {
	private := start(t, t.TempDir())
	private.enter(1, "plans").draw(board.Point{X: 1}, board.Point{X: 2})
	if list, _ := private.boards("", ""); len(list) != 1 || list[0].Name != "plans" {
		t.Errorf("this machine is told %v", list)
	}
	open := startWith(t, Config{Data: t.TempDir(), Access: Access{Open: true}, Log: quiet()}, false)
	open.ask("GET", "/api/v1/boards", "", "", 403)
	open.ask("PUT", "/api/v1/boards/plans", "", string(archived(1, "x").Snapshot()), 403)
}

// A board is put as it was, once; merged, it has both.
func TestPutBoard(t *testing.T) {
	o := keyed(t)
	operator := o.token("ops", auth.Owner)
	put := func(path string, b *board.Board, want int) string {
		t.Helper()
		var answer struct{ Hash string }
		if err := json.Unmarshal(o.ask("PUT", path, operator, string(b.Snapshot()), want), &answer); err != nil {
			t.Error(err)
		}
		return answer.Hash
	}
	hash := func(b *board.Board) string { h := b.Hash(); return hex.EncodeToString(h[:]) }
	first, second := archived(1, "first"), archived(2, "second")
	if got := put("/api/v1/boards/plans", first, 201); got != hash(first) {
		t.Errorf("the board is %s, want %s", got, hash(first))
	}
	if !strings.Contains(o.audit.String(), `"event":"board_restored","by":"ops","board":"plans"`) && !strings.Contains(o.audit.String(), `"event":"board_restored","board":"plans"`) {
		t.Errorf("the audit does not say it: %s", o.audit)
	}
	put("/api/v1/boards/plans", second, 409)
	o.dial(5).show("plans", operator).untilHas(first)
	both := put("/api/v1/boards/plans?merge=1", second, 201)
	if err := first.Merge(second.Snapshot()); err != nil {
		t.Fatal(err)
	}
	if both != hash(first) {
		t.Errorf("merged, the board is %s, want %s", both, hash(first))
	}
	o.dial(6).show("plans", operator).untilHas(first)

	// What is no snapshot, or none of a board that may be, changes nothing.
	o.ask("PUT", "/api/v1/boards/none", operator, "hello", 422)
	o.ask("PUT", "/api/v1/boards/none", operator, "", 422)
	o.ask("PUT", "/api/v1/boards/_none", operator, string(second.Snapshot()), 400)
	if list, _ := o.boards(operator, ""); len(list) != 1 {
		t.Errorf("there are %v", list)
	}
}

func TestPutBoardTooLarge(t *testing.T) {
	r := startWith(t, Config{Data: t.TempDir(), Log: quiet(), Limits: Limits{Limits: room.Limits{BoardBytes: 200}}}, false)
	large := archived(1, strings.Repeat("large ", 100))
	r.ask("PUT", "/api/v1/boards/plans", "", string(large.Snapshot()), 413)
	r.ask("PUT", "/api/v1/boards/plans", "", string(archived(1, "small").Snapshot()), 201)
	medium := archived(2, strings.Repeat("m", 120))
	r.ask("PUT", "/api/v1/boards/plans?merge=1", "", string(medium.Snapshot()), 413)
	r.dial(3).show("plans", "").untilHas(archived(1, "small"))
}

// The past of a board that was put, or has merged another, can be read, with what was
// written since.
func TestPastOfPutBoard(t *testing.T) {
	o := keyed(t)
	operator := o.token("ops", auth.Owner)
	o.ask("PUT", "/api/v1/boards/plans", operator, string(archived(1, "first").Snapshot()), 201)
	draw := func(replica board.Replica) {
		g := o.dial(replica).show("plans", operator)
		g.welcome()
		g.draw(board.Point{X: 1}, board.Point{X: 2})
	}
	draw(5)
	if p := o.readPast("plans", operator); p.End() != 1 {
		t.Errorf("the past has %d updates, want 1", p.End())
	}
	o.ask("PUT", "/api/v1/boards/plans?merge=1", operator, string(archived(2, "second").Snapshot()), 201)
	draw(6)
	p := o.readPast("plans", operator)
	if p.End() != 2 {
		t.Errorf("the past has %d updates, want 2", p.End())
	}
	if b, _, err := p.Board(p.End()); err != nil || b.Len() < 3 {
		t.Errorf("in the end it shows %d elements, %v", b.Len(), err)
	}
	o.pastOf("plans", operator)
}

// The tiles of a board that is put warn as those do that were drawn there.
func TestPutBoardAlerts(t *testing.T) {
	o := keyed(t)
	root := o.token("root", auth.Owner)
	o.page().ask("PUT", "/api/boards/plans/people/cy", root, `{"role":"viewer"}`).want(t, "a role", 200)
	cy := o.dial(2).show("lobby", o.token("cy", auth.Viewer))
	cy.welcome()
	before := o.dial(3).show("plans", o.publisher("oven"))
	before.welcome()
	before.publishes("oven", wire.Sample{Number: 180}) // the relay looks for tiles, and there are none

	doc := board.New(1)
	edit := doc.Edit()
	id := edit.Create(board.KindTile)
	edit.Splice(id, board.UTF16, 0, 0, "Oven")
	tile.Settings{Feeds: []string{"oven"}, Decimals: -1, Steps: tile.ParseSteps("200 e03131!")}.Set(edit, doc.Element(id))
	edit.Commit()
	o.ask("PUT", "/api/v1/boards/plans", root, string(doc.Snapshot()), 201)
	sensor := o.dial(4).show("plans", o.publisher("oven"))
	sensor.welcome()
	// The relay looks for tiles anew now and then, when there is live data.
	told, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for often := time.Tick(20 * time.Millisecond); ; {
			select {
			case <-told:
				return
			case <-often:
				sensor.publishes("oven", wire.Sample{Number: 260})
			}
		}
	}()
	news := cy.stands("beside that she may come there, she is told", 2)
	close(told)
	<-ended
	if len(news.Entries) != 1 || news.Entries[0].What != wire.EntryAlert || news.Entries[0].Element != id.Text() {
		t.Errorf("she is told %+v", news)
	}
}
