package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"

	"edgeboard/shared/client"
	"edgeboard/shared/export"
	"edgeboard/shared/wire"
)

const importAbout = `Puts what is in a file on a board, on top of what is there. FILE is .json, as boardctl
export writes it, or .excalidraw; with - it is read from standard input. BOARD is the
address of the board's page. It ends when the relay has stored everything. A file
that is broken, or more than the board has room for, changes nothing.
`

func importCommand() command {
	return command{
		name: "import", args: "FILE BOARD", what: "puts what is in a file on a board", about: importAbout,
		flags: func(flags *flag.FlagSet) func(context.Context, *terminal, []string) error {
			r := &remote{}
			r.declare(flags)
			return r.importFile
		},
	}
}

func (r *remote) importFile(ctx context.Context, t *terminal, args []string) error {
	if len(args) != 2 {
		return usageError("name the file, and the board")
	}
	at, is, err := parseAddress(args[1])
	switch {
	case err != nil:
		return err
	case !is:
		return usageError(fmt.Sprintf("%q is not the address of a board; boardctl export makes one file of another", args[1]))
	}
	d, err := readFile(t, args[0])
	if err != nil {
		return err
	}
	token, err := r.token(t)
	if err != nil {
		return err
	}
	// The images first: who sees the elements then sees them whole.
	if err := r.putBlobs(ctx, t, at, token, d); err != nil {
		return err
	}
	written := false
	err = r.visit(ctx, t, at, token, func(s *client.Session) (bool, error) {
		status := s.Status()
		switch {
		case status.Phase == client.Live && status.Role != wire.RoleUnsaid && !status.Role.Edits():
			return false, errors.New("the relay lets you look at this board, and not change it")
		case written:
			return status.Phase == client.Live && status.Unsent+status.Sent == 0, nil
		case !s.UpToDate():
			return false, nil
		}
		written = true
		edit := s.Doc().Edit()
		_, err := d.Insert(s.Doc(), edit)
		update := edit.Commit()
		if err != nil {
			return false, err
		}
		if len(update) == 0 {
			return true, nil
		}
		s.Commit(update)
		return false, nil
	})
	if err != nil {
		return err
	}
	r.tellLeft(t, d)
	r.say(t, "%d elements are on %s", len(d.Elements), at.board)
	return nil
}

func (r *remote) putBlobs(ctx context.Context, t *terminal, at *address, token string, d *export.Document) error {
	for i, hash := range slices.Sorted(maps.Keys(d.Blobs)) {
		r.say(t, "image %d of %d", i+1, len(d.Blobs))
		if err := r.putBlob(ctx, at, token, hash, d.Blobs[hash]); err != nil {
			return fmt.Errorf("image %.8s…: %w", hash, err)
		}
	}
	return nil
}
