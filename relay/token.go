package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"edgeboard/relay/auth"
)

const tokenUsage = `Usage:
  relay token -key FILE -subject NAME -boards BOARD=ROLE[,...] [flags]
  relay token -key FILE -subject NAME -boards BOARD=viewer -feeds [flags]
  relay token -key FILE -subject NAME -notices [flags]

Signs a token with which somebody comes in to a relay that has the key among its
-token-keys, and prints it: for a program, or for a person, who opens
/b/BOARD#token=TOKEN.

A secret of 32 bytes or more is a key of both sides; make one with
  openssl rand -hex 32 > secret
`

// token signs one.
func token(args []string, stdout, stderr io.Writer) error {
	g := &auth.Grant{Boards: map[string]auth.Role{}}
	flags := flag.NewFlagSet("relay token", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	key := flags.String("key", "", "`file` of the key: a private one in PEM, or a secret")
	flags.StringVar(&g.Subject, "subject", "", "`name` by which the relay knows who it is, and which does not change")
	flags.StringVar(&g.Name, "name", "", "`name` that the others see; without it as the person says")
	flags.Var(roles(g.Boards), "boards", "`board=role`, separated by commas: a board's name, the beginning of names with * behind it, or * for all; viewer, commenter, editor or owner")
	flags.BoolVar(&g.Feeds, "feeds", false, "allow a program to publish live data on these boards (POST /api/v1/feeds), in whatever role")
	flags.BoolVar(&g.Notices, "notices", false, "allow to put notices into people's inboxes (POST /api/notices); -boards is not needed then")
	life := flags.Duration("for", 8*time.Hour, "`time` that it is good for")
	flags.StringVar(&g.Token, "id", "", "`name` of the token, by which it can be revoked")
	issuer := flags.String("issuer", "", "as the relay's -token-issuer")
	audience := flags.String("audience", "", "as the relay's -token-audience")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stderr, tokenUsage, "\n")
		flags.SetOutput(stderr)
		flags.PrintDefaults()
		return err
	case err != nil:
		return usageError(err.Error())
	case flags.NArg() > 0:
		return usageError(fmt.Sprintf("%q is not a flag of relay token; relay token -h lists them", flags.Arg(0)))
	case *key == "" || g.Subject == "" || len(g.Boards) == 0 && !g.Notices:
		return usageError("a token needs -key, -subject and -boards; relay token -h says what they are")
	case *life <= 0:
		return usageError("-for is a time, such as 8h")
	}
	signing, err := auth.ReadSigningKey(*key)
	if err != nil {
		return err
	}
	g.Issued = time.Now()
	g.Until = g.Issued.Add(*life)
	text, err := auth.Sign(signing, g, *issuer, *audience)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, text)
	return err
}

// roles is the value of a flag that is roles on boards.
type roles map[string]auth.Role

func (r roles) String() string { return "" } // the default

func (r roles) Set(text string) error {
	for _, part := range listed(text) {
		board, name, _ := strings.Cut(part, "=")
		var role auth.Role
		if err := role.UnmarshalText([]byte(name)); err != nil {
			return fmt.Errorf("%q: want board=role: %w", part, err)
		}
		r[board] = role
	}
	return nil
}
