package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

const boardsAbout = `Lists the boards of a relay: how large each is, when it was changed last, and how many
people are there now. It is for the relay's operator: the token has the role of owner
on * (boardctl token --boards '*=owner'). A relay of this machine alone asks for none.`

const boardsExample = `  boardctl boards https://boards.example.com
  boardctl boards --match 'team-*' --json https://boards.example.com | jq -r .name`

// listing is a call of boardctl boards.
type listing struct {
	remote
	json    bool
	pattern string
}

func boardsVerb(t *terminal) *cobra.Command {
	x := &listing{remote: remote{t: t}}
	v := &cobra.Command{
		Use: "boards [flags] RELAY", Short: "lists the boards of a relay", Long: boardsAbout, Example: boardsExample,
		Args:              counted(1, 1, "name the relay"),
		ValidArgsFunction: completes(nil),
		RunE:              doing(x.run),
	}
	v.Flags().StringVar(&x.pattern, "match", "*", "`pattern` of names: a name, or the beginning of names with * behind it")
	v.Flags().BoolVar(&x.json, "json", false, "print JSON, an object a line")
	x.declare(v)
	return v
}

// listed is a board of a relay.
type listed struct {
	Name    string     `json:"name"`
	Bytes   int64      `json:"bytes"`
	Changed *time.Time `json:"changed,omitempty"`
	People  int        `json:"people"`
}

func (x *listing) run(ctx context.Context, args []string) error {
	relay, err := relayAt(args[0])
	if err == nil {
		err = checkPattern(x.pattern)
	}
	if err != nil {
		return err
	}
	token, err := x.token()
	if err != nil {
		return err
	}
	list, err := x.boards(ctx, relay, token)
	if err != nil {
		return err
	}
	p := paint(x.t.colors(x.t.shows))
	w := tabwriter.NewWriter(x.t.stdout, 0, 0, 2, ' ', 0)
	n := 0
	for _, b := range list {
		if !matches(x.pattern, b.Name) {
			continue
		}
		n++
		if x.json {
			text, err := json.Marshal(b)
			if err != nil {
				return err
			}
			fmt.Fprintln(x.t.stdout, string(text))
			continue
		}
		changed, people := "never", ""
		if b.Changed != nil {
			changed = b.Changed.Local().Format(time.DateTime)
		}
		if b.People > 0 {
			people = p.in(green, strconv.Itoa(b.People)+" here")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", b.Name, size(b.Bytes), changed, people)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	x.t.say("%d boards", n)
	return nil
}

// boardsPage is how many boards are asked for at a time.
const boardsPage = 500

// boards asks a relay for all its boards.
func (r *remote) boards(ctx context.Context, relay *url.URL, token string) (list []listed, err error) {
	for after := ""; ; {
		from := *relay.JoinPath("api", "v1", "boards")
		from.RawQuery = url.Values{"most": {strconv.Itoa(boardsPage)}, "after": {after}}.Encode()
		var page struct {
			Boards []listed
			Next   string
		}
		if err := r.get(ctx, from.String(), token, &page); err != nil {
			return nil, fmt.Errorf("list the boards: %w", err)
		}
		list = append(list, page.Boards...)
		if page.Next == "" {
			return list, nil
		}
		if page.Next <= after {
			return nil, fmt.Errorf("list the boards: the relay goes round in circles behind %q", after)
		}
		after = page.Next
	}
}
