package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
)

const backupAbout = `Writes all boards of a relay, or those that --board names, into one file: what is on
them, exactly, their images, and what was said to all. Boards are written as each is
when its turn comes. FILE is written whole or not at all, and read once more before it
counts; boardctl restore reads it. What boards were, people and invites are not in it:
relay backup, on the relay's machine, has all of that.

Without --board it is for the relay's operator, as boardctl boards is.`

const backupExample = `  boardctl backup https://boards.example.com boards.zip
  boardctl backup --board 'team-*' --board plans https://boards.example.com some.zip`

// backing is a call of boardctl backup.
type backing struct {
	remote
	patterns []string
}

func backupVerb(t *terminal) *cobra.Command {
	x := &backing{remote: remote{t: t}}
	v := &cobra.Command{
		Use: "backup [flags] RELAY FILE", Short: "writes boards of a relay into one file", Long: backupAbout, Example: backupExample,
		Args:              counted(2, 2, "name the relay, and the file to write"),
		ValidArgsFunction: completes(nil, []string{"zip"}),
		RunE:              doing(x.run),
	}
	v.Flags().StringSliceVar(&x.patterns, "board", nil, "`name` of a board, or the beginning of names with * behind it; may be there several times")
	x.declare(v)
	v.Flags().Lookup("timeout").Usage = "`time` that a board may take"
	return v
}

func (x *backing) run(ctx context.Context, args []string) error {
	relay, err := relayAt(args[0])
	if err != nil {
		return err
	}
	token, err := x.token()
	if err != nil {
		return err
	}
	names, err := x.names(ctx, relay, token)
	if err != nil {
		return err
	}
	written := 0
	err = writeChecked(args[1], func(w io.Writer) error {
		a := newArchive(w, relay.String(), x.t.now())
		boards := x.t.progress("boards", "boards", int64(len(names)))
		defer boards.end()
		for _, name := range names {
			if err := x.add(ctx, a, on(relay, name), token); err != nil {
				return fmt.Errorf("board %s: %w", name, err)
			}
			boards.add(1)
		}
		if written = len(a.manifest.Boards); written == 0 && len(x.patterns) > 0 {
			return errors.New("there is nothing on these boards, if there are any")
		}
		return a.close()
	}, func(file *os.File, size int64) error {
		_, err := openArchive(file, size)
		return err
	})
	if err != nil {
		return err
	}
	x.t.say("%d boards are in %s", written, args[1])
	return nil
}

// names are the boards that are wanted. Who names some needs no list of all.
func (x *backing) names(ctx context.Context, relay *url.URL, token string) ([]string, error) {
	names := map[string]bool{}
	var many []string
	for _, p := range x.patterns {
		if err := checkPattern(p); err != nil {
			return nil, err
		}
		if p[len(p)-1] == '*' {
			many = append(many, p)
		} else {
			names[p] = true
		}
	}
	if len(x.patterns) == 0 {
		many = []string{"*"}
	}
	if len(many) > 0 {
		all, err := x.boards(ctx, relay, token)
		if err != nil {
			return nil, err
		}
		for _, b := range all {
			if slices.ContainsFunc(many, func(p string) bool { return matches(p, b.Name) }) {
				names[b.Name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names)), nil
}

// add puts a board into the archive.
func (x *backing) add(ctx context.Context, a *archiveWriter, at *address, token string) error {
	doc, err := x.load(ctx, at, token)
	if err != nil {
		return err
	}
	if len(doc.Vector()) == 0 {
		x.t.say("left out: board %s, on which nothing ever was", at.board)
		return nil
	}
	if err := a.add(snapshotPart(at.board), "", doc.Snapshot()); err != nil {
		return err
	}
	b := archivedBoard{Name: at.board, Elements: doc.Len()}
	for _, hash := range slices.Sorted(maps.Keys(allImagesOf(doc))) {
		if a.has(imagePart(hash)) {
			b.Images = append(b.Images, hash)
			continue
		}
		blob, err := x.blob(ctx, at, token, hash)
		if status, ok := errors.AsType[*statusError](err); ok && status.Status == http.StatusNotFound {
			x.t.say("board %s: the relay does not have image %.8s…", at.board, hash)
			b.Missing = append(b.Missing, hash)
			continue
		}
		if err == nil {
			err = a.add(imagePart(hash), blob.Media, blob.Data)
		}
		if err != nil {
			return fmt.Errorf("image %.8s…: %w", hash, err)
		}
		b.Images = append(b.Images, hash)
	}
	chat, err := x.chat(ctx, at, token)
	if err == nil && len(chat) > 0 {
		err = a.add(chatPart(at.board), "", chat)
	}
	if err != nil {
		return fmt.Errorf("what was said: %w", err)
	}
	a.manifest.Boards = append(a.manifest.Boards, b)
	return nil
}

// chat gets what was said on a board.
func (r *remote) chat(ctx context.Context, at *address, token string) ([]byte, error) {
	answer, err := r.askAgain(ctx, http.MethodGet, at.base.JoinPath("b", at.board+".chat.jsonl").String(), token, "", nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}

// writeChecked writes a file that is there whole, and as check has found it to be, or
// not at all.
func writeChecked(name string, write func(io.Writer) error, check func(*os.File, int64) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(name), ".boardctl-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	w := bufio.NewWriterSize(file, 1<<16)
	err = write(w)
	if err == nil {
		err = errors.Join(w.Flush(), file.Chmod(0o600), file.Sync())
	}
	if err == nil {
		var info os.FileInfo
		if info, err = file.Stat(); err == nil {
			if err = check(file, info.Size()); err != nil {
				err = fmt.Errorf("%s is not what was written: %w", name, err)
			}
		}
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
}
