package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"edgeboard/shared/board"
)

const restoreAbout = `Puts the boards of a file that boardctl backup has written on a relay, with their
images; what was said stays in the file. First all of the file is checked: one that is
damaged, or has a board that is on the relay already and differs, changes nothing. In
the end it is checked that the relay has what the file has.

With --merge a board that is on the relay has both afterwards: what it has, and what it
lacks of the file. It is for the relay's operator, as boardctl boards is.`

const restoreExample = `  boardctl restore boards.zip https://boards.example.com
  boardctl restore --dry-run boards.zip https://boards.example.com
  boardctl restore --board plans --merge boards.zip https://boards.example.com`

// restoring is a call of boardctl restore.
type restoring struct {
	remote
	patterns []string
	merge    bool
	dry      bool
}

func restoreVerb(t *terminal) *cobra.Command {
	x := &restoring{remote: remote{t: t}}
	v := &cobra.Command{
		Use: "restore [flags] FILE RELAY", Short: "puts boards of a backup on a relay", Long: restoreAbout, Example: restoreExample,
		Args:              counted(2, 2, "name the file, and the relay"),
		ValidArgsFunction: completes([]string{"zip"}, nil),
		RunE:              doing(x.run),
	}
	v.Flags().StringSliceVar(&x.patterns, "board", nil, "`name` of a board, or the beginning of names with * behind it; may be there several times")
	v.Flags().BoolVar(&x.merge, "merge", false, "boards that are there take what they lack")
	v.Flags().BoolVar(&x.dry, "dry-run", false, "check the file, and say what would be done")
	x.declare(v)
	v.Flags().Lookup("timeout").Usage = "`time` that a board may take"
	return v
}

func (x *restoring) run(ctx context.Context, args []string) error {
	relay, err := relayAt(args[1])
	if err != nil {
		return err
	}
	for _, p := range x.patterns {
		if err := checkPattern(p); err != nil {
			return err
		}
	}
	token, err := x.token()
	if err != nil {
		return err
	}
	file, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	a, err := openArchive(file, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	plan, err := x.plan(ctx, a, relay, token)
	if err != nil {
		return err
	}
	if x.dry {
		for _, p := range plan {
			fmt.Fprintf(x.t.stdout, "%s: %s\n", p.board.Name, p.what)
		}
		return nil
	}
	boards := x.t.progress("boards", "boards", int64(len(plan)))
	defer boards.end()
	done := 0
	for _, p := range plan {
		if p.what != same {
			if err := x.put(ctx, a, p, on(relay, p.board.Name), token); err != nil {
				return fmt.Errorf("board %s, after %d that are restored: %w", p.board.Name, done, err)
			}
			done++
		}
		boards.add(1)
	}
	boards.end()
	x.t.say("%d boards are restored, %d were there", done, len(plan)-done)
	return nil
}

// planned is what becomes of a board.
type planned struct {
	board archivedBoard
	what  string
}

const (
	put    = "it is put there"
	merged = "it is merged"
	same   = "it is there already, the same"
)

// plan finds out what is to be done, and whether it can be.
func (x *restoring) plan(ctx context.Context, a *archive, relay *url.URL, token string) (plan []planned, err error) {
	there := map[string]bool{}
	list, err := x.boards(ctx, relay, token)
	if err != nil {
		return nil, err
	}
	for _, b := range list {
		there[b.Name] = true
	}
	var differ []string
	for _, b := range a.Boards {
		if len(x.patterns) > 0 && !slices.ContainsFunc(x.patterns, func(p string) bool { return matches(p, b.Name) }) {
			continue
		}
		what := put
		if there[b.Name] {
			now, snapshot, err := x.both(ctx, a, on(relay, b.Name), token)
			if err != nil {
				return nil, fmt.Errorf("board %s: %w", b.Name, err)
			}
			switch {
			case len(now.Vector()) == 0: // images alone
			case bytes.Equal(now.Snapshot(), snapshot):
				what = same
			case x.merge:
				what = merged
			default:
				differ = append(differ, b.Name)
			}
		}
		plan = append(plan, planned{b, what})
	}
	if len(differ) > 0 {
		return nil, fmt.Errorf("on the relay already, and different there: %s; nothing is changed. With --merge they take what they lack, with --board others are restored", strings.Join(differ, ", "))
	}
	if len(plan) == 0 {
		return nil, errors.New("the file has no such board")
	}
	return plan, nil
}

// both is a board as the relay has it, and as the archive does.
func (x *restoring) both(ctx context.Context, a *archive, at *address, token string) (now *board.Board, snapshot []byte, err error) {
	if now, err = x.load(ctx, at, token); err == nil {
		snapshot, err = a.part(snapshotPart(at.board))
	}
	return now, snapshot, err
}

// put puts a board on the relay, and looks whether it is there.
func (x *restoring) put(ctx context.Context, a *archive, p planned, at *address, token string) error {
	// The images first: who sees the elements then sees them whole.
	for _, hash := range p.board.Images {
		b, err := a.image(hash)
		if err == nil {
			err = x.putBlob(ctx, at, token, hash, b)
		}
		if err != nil {
			return fmt.Errorf("image %.8s…: %w", hash, err)
		}
	}
	snapshot, err := a.part(snapshotPart(at.board))
	if err != nil {
		return err
	}
	to := at.base.JoinPath("api", "v1", "boards", at.board)
	if p.what == merged {
		to.RawQuery = url.Values{"merge": {"1"}}.Encode()
	}
	answer, err := x.askAgain(ctx, http.MethodPut, to.String(), token, "application/octet-stream", snapshot)
	if err != nil {
		return err
	}
	answer.Body.Close()
	now, err := x.load(ctx, at, token)
	if err != nil {
		return fmt.Errorf("it is put there, and cannot be looked at: %w", err)
	}
	has := now.Snapshot()
	if p.what == put && bytes.Equal(has, snapshot) {
		return nil
	}
	// Somebody may have written there since: it has all that the file has, then.
	if err := now.Merge(snapshot); err != nil || !bytes.Equal(now.Snapshot(), has) {
		return errors.New("the relay has something else than the file, although it took it")
	}
	return nil
}
