package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"edgeboard/shared/board"
	"edgeboard/shared/export"
)

const importAbout = `Puts what is in a file on a board, on top of what is there. FILE is .json, as boardctl
export writes it, or .excalidraw; with - it is read from standard input. BOARD is the
address of the board's page. It ends when the relay has stored everything. A file
that is broken, or more than the board has room for, changes nothing.`

const importExample = `  boardctl import plans.json https://boards.example.com/b/plans
  boardctl export https://a.example.com/b/x - --as json | boardctl import - https://b.example.com/b/x`

func importVerb(t *terminal) *cobra.Command {
	r := &remote{t: t}
	v := &cobra.Command{
		Use: "import [flags] FILE BOARD", Short: "puts what is in a file on a board", Long: importAbout, Example: importExample,
		Args:              counted(2, 2, "name the file, and the board"),
		ValidArgsFunction: completes(importFormats, nil),
		RunE:              doing(r.importFile),
	}
	r.declare(v)
	return v
}

func (r *remote) importFile(ctx context.Context, args []string) error {
	at, is, err := parseAddress(args[1])
	switch {
	case err != nil:
		return err
	case !is:
		return usagef("%q is not the address of a board; boardctl export makes one file of another", args[1])
	}
	d, err := readFile(r.t, args[0])
	if err != nil {
		return err
	}
	token, err := r.token()
	if err != nil {
		return err
	}
	// The images first: who sees the elements then sees them whole.
	if err := r.putBlobs(ctx, at, token, d); err != nil {
		return err
	}
	err = r.change(ctx, at, token, func(doc *board.Board) ([]byte, error) {
		edit := doc.Edit()
		_, err := d.Insert(doc, edit)
		return edit.Commit(), err
	})
	if err != nil {
		return err
	}
	r.t.tellLeft(d)
	r.t.say("%d elements are on %s", len(d.Elements), at.board)
	return nil
}

func (r *remote) putBlobs(ctx context.Context, at *address, token string, d *export.Document) error {
	images := r.t.progress("images", "images", int64(len(d.Blobs)))
	defer images.end()
	for _, hash := range slices.Sorted(maps.Keys(d.Blobs)) {
		if err := r.putBlob(ctx, at, token, hash, d.Blobs[hash]); err != nil {
			return fmt.Errorf("image %.8s…: %w", hash, err)
		}
		images.add(1)
	}
	return nil
}
