package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/golang-jwt/jwt/v5"
	"github.com/spf13/cobra"

	"edgeboard/shared/wire"
)

const tokenAbout = `Signs a token with which somebody comes in to a relay that has the key among its
-token-keys, and prints it: for a program, or for a person, who opens
/b/BOARD#token=TOKEN. It is made here; no relay is asked.

A secret of 32 bytes or more is a key of both sides; make one with
  openssl rand -hex 32 > secret`

const tokenExample = `  boardctl token --key secret --subject ci --boards 'plans=editor,team-*=viewer' --feeds
  boardctl token --key secret --subject ops --boards '*=owner' --for 1h > owner.token
  boardctl token show owner.token`

// tokenClaims is what a token says, as docs/operating.md describes it.
type tokenClaims struct {
	Subject  string            `json:"sub"`
	Name     string            `json:"name,omitempty"`
	Boards   map[string]string `json:"boards,omitempty"`
	Feeds    bool              `json:"feeds,omitempty"`
	Notices  bool              `json:"notices,omitempty"`
	Issued   *jwt.NumericDate  `json:"iat,omitempty"`
	Begins   *jwt.NumericDate  `json:"nbf,omitempty"`
	Until    *jwt.NumericDate  `json:"exp,omitempty"`
	ID       string            `json:"jti,omitempty"`
	Issuer   string            `json:"iss,omitempty"`
	Audience jwt.ClaimStrings  `json:"aud,omitempty"`
}

func (c *tokenClaims) GetExpirationTime() (*jwt.NumericDate, error) { return c.Until, nil }
func (c *tokenClaims) GetIssuedAt() (*jwt.NumericDate, error)       { return c.Issued, nil }
func (c *tokenClaims) GetNotBefore() (*jwt.NumericDate, error)      { return c.Begins, nil }
func (c *tokenClaims) GetIssuer() (string, error)                   { return c.Issuer, nil }
func (c *tokenClaims) GetSubject() (string, error)                  { return c.Subject, nil }
func (c *tokenClaims) GetAudience() (jwt.ClaimStrings, error)       { return c.Audience, nil }

// Limits of tokens, as the relay has them.
const (
	maxSubject = 255
	maxRoles   = 256
	maxTokenID = 255
)

// roleNames are in the order in which each may do more than the one before.
var roleNames = []string{"viewer", "commenter", "editor", "owner"}

func tokenVerb(t *terminal) *cobra.Command {
	var key, audience string
	var boards []string
	var life time.Duration
	c := &tokenClaims{}
	v := &cobra.Command{
		Use: "token [flags]", Short: "signs a token, or shows what one says", Long: tokenAbout, Example: tokenExample,
		Args:              counted(0, 0, "a token has flags alone; boardctl token show FILE says what one allows"),
		ValidArgsFunction: completes(),
		RunE: func(*cobra.Command, []string) error {
			if key == "" || c.Subject == "" || len(boards) == 0 && !c.Notices {
				return usageError("a token needs --key, --subject and --boards")
			}
			if life <= 0 {
				return usageError("--for is a time, such as 8h")
			}
			var err error
			if c.Boards, err = parseRoles(boards); err != nil {
				return err
			}
			if audience != "" {
				c.Audience = jwt.ClaimStrings{audience}
			}
			now := t.now()
			c.Issued, c.Until = jwt.NewNumericDate(now), jwt.NewNumericDate(now.Add(life))
			if err := c.check(); err != nil {
				return err
			}
			signing, err := readKey(key)
			if err != nil {
				return err
			}
			text, err := c.sign(signing)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(t.stdout, text)
			return err
		},
	}
	f := v.Flags()
	f.StringVar(&key, "key", "", "`file` of the key: a private one in PEM, or a secret")
	f.StringVar(&c.Subject, "subject", "", "`name` by which the relay knows who it is, and which does not change")
	f.StringVar(&c.Name, "name", "", "`name` that the others see; without it as the person says")
	f.StringSliceVar(&boards, "boards", nil, "`board=role`, separated by commas: a board's name, the beginning of names with * behind it, or * for all; viewer, commenter, editor or owner")
	f.BoolVar(&c.Feeds, "feeds", false, "allow to publish live data there")
	f.BoolVar(&c.Notices, "notices", false, "allow to put notices into people's inboxes (POST /api/notices); --boards is not needed then")
	f.DurationVar(&life, "for", 8*time.Hour, "`time` that it is good for")
	f.StringVar(&c.ID, "id", "", "`name` of the token, by which it can be revoked")
	f.StringVar(&c.Issuer, "issuer", "", "`text`, as the relay's -token-issuer")
	f.StringVar(&audience, "audience", "", "`text`, as the relay's -token-audience")
	v.AddCommand(tokenShowVerb(t))
	return v
}

// parseRoles reads board=role.
func parseRoles(list []string) (map[string]string, error) {
	roles := map[string]string{}
	for _, text := range list {
		board, role, _ := strings.Cut(strings.TrimSpace(text), "=")
		if err := checkPattern(board); err != nil {
			return nil, err
		}
		if !slices.Contains(roleNames, role) {
			return nil, usagef("%q: want board=role, where a role is %s", text, strings.Join(roleNames, ", "))
		}
		roles[board] = role
	}
	return roles, nil
}

// check finds what a relay would refuse.
func (c *tokenClaims) check() error {
	for _, s := range []struct {
		flag, text string
		most       int
	}{{"subject", c.Subject, maxSubject}, {"name", c.Name, wire.MaxName}, {"id", c.ID, maxTokenID}} {
		if len(s.text) > s.most || strings.ContainsFunc(s.text, unicode.IsControl) {
			return usagef("--%s has at most %d bytes, without control characters", s.flag, s.most)
		}
	}
	if len(c.Boards) > maxRoles {
		return usagef("--boards has at most %d entries", maxRoles)
	}
	return nil
}

func (c *tokenClaims) sign(key *tokenKey) (string, error) {
	if key.signs == nil {
		return "", errors.New("this is a public key, which signs nothing; the private one does")
	}
	text, err := jwt.NewWithClaims(key.method, c).SignedString(key.signs)
	if err == nil && len(text) > wire.MaxToken {
		err = errors.New("the token would be longer than a relay takes: name fewer boards")
	}
	return text, err
}

const tokenShowAbout = `Shows what a token says, and with --key whether it is signed with that key: the secret,
the private or the public one. The token is in FILE, on standard input where that is -,
or in EDGEBOARD_TOKEN where there is none. It ends with 1 where the token is over, not
yet good, or signed with another key. Whether it was revoked, its relay alone knows.`

func tokenShowVerb(t *terminal) *cobra.Command {
	var key string
	var asJSON bool
	v := &cobra.Command{
		Use: "show [flags] [FILE]", Short: "shows what a token says", Long: tokenShowAbout,
		Example: "  boardctl token show --key secret owner.token\n  boardctl token show --json - < owner.token | jq .exp",
		Args:    counted(0, 1, "name one file"),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := readToken(t, args)
			if err != nil {
				return err
			}
			var with *tokenKey
			if key != "" {
				if with, err = readKey(key); err != nil {
					return err
				}
			}
			return showToken(t, text, with, asJSON)
		},
	}
	v.Flags().StringVar(&key, "key", "", "`file` of the key that it should be signed with")
	v.Flags().BoolVar(&asJSON, "json", false, "print the claims as they are")
	return v
}

func readToken(t *terminal, args []string) (string, error) {
	var data []byte
	var err error
	switch {
	case len(args) == 0:
		data = []byte(t.getenv("EDGEBOARD_TOKEN"))
	case args[0] == "-":
		data, err = io.ReadAll(io.LimitReader(t.stdin, 2*wire.MaxToken))
	default:
		data, err = os.ReadFile(args[0])
	}
	text := strings.TrimSpace(string(data))
	if err == nil && text == "" {
		err = usageError("there is no token: name its file, or - for standard input")
	}
	return text, err
}

// showToken prints a token, and returns what is wrong with it.
func showToken(t *terminal, text string, key *tokenKey, asJSON bool) error {
	c := &tokenClaims{}
	token, parts, err := jwt.NewParser().ParseUnverified(text, c)
	if err != nil {
		return fmt.Errorf("this is no token that an operator signs (JWT): %w", err)
	}
	if asJSON {
		body, err := jwt.NewParser().DecodeSegment(parts[1])
		if err != nil {
			return err
		}
		var line bytes.Buffer
		if err := json.Compact(&line, body); err != nil {
			return err
		}
		fmt.Fprintln(t.stdout, line.String())
	} else {
		c.print(t, token.Method.Alg(), key)
	}
	now := t.now()
	switch {
	case key != nil && token.Method != key.method:
		return fmt.Errorf("the token is signed by %s, and the key is for %s", token.Method.Alg(), key.method.Alg())
	case key != nil && token.Method.Verify(parts[0]+"."+parts[1], token.Signature, key.checks) != nil:
		return errors.New("the token is not signed with this key")
	case c.Until == nil:
		return errors.New("the token has no end (exp), and so no relay takes it")
	case !now.Before(c.Until.Time):
		return fmt.Errorf("the token is over since %s", c.Until.UTC().Format(time.DateTime))
	case c.Begins != nil && now.Before(c.Begins.Time):
		return fmt.Errorf("the token is not good before %s", c.Begins.UTC().Format(time.DateTime))
	}
	return nil
}

// print writes the claims as people read them.
func (c *tokenClaims) print(t *terminal, alg string, key *tokenKey) {
	w := tabwriter.NewWriter(t.stdout, 0, 0, 2, ' ', 0)
	row := func(name, text string) {
		if text != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, text)
		}
	}
	row("subject", plain(c.Subject))
	row("name", plain(c.Name))
	name := "boards"
	for _, board := range slices.Sorted(maps.Keys(c.Boards)) {
		fmt.Fprintf(w, "%s\t%s\n", name, plain(board+": "+c.Boards[board]))
		name = ""
	}
	if c.Feeds {
		row("feeds", "may publish live data")
	}
	if c.Notices {
		row("notices", "may put notices into inboxes")
	}
	when := func(d *jwt.NumericDate) string {
		if d == nil {
			return ""
		}
		text := d.UTC().Format(time.DateTime) + " UTC"
		away := d.Sub(t.now()).Round(time.Second)
		if away < 0 {
			return text + ", " + (-away).String() + " ago"
		}
		return text + ", in " + away.String()
	}
	row("issued", when(c.Issued))
	row("not before", when(c.Begins))
	row("until", when(c.Until))
	row("id", plain(c.ID))
	row("issuer", plain(c.Issuer))
	row("audience", plain(strings.Join(c.Audience, ", ")))
	if key == nil {
		row("signed", alg+", not checked: see --key")
	} else {
		row("signed", alg)
	}
	w.Flush()
}
