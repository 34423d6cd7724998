package main

import (
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"edgeboard/relay/server"
	"edgeboard/shared/conn/origin"
)

// options are what flags and environment say.
type options struct {
	addr, data, dev                string
	quic                           bool
	cert, key                      string
	acmeDomains, acmeEmail, acmeCA string
	admin, logFormat               string
	logLevel                       slog.Level
	drain                          time.Duration
	origins, framedBy              originList
	proxies                        prefixList
	limits                         server.Limits
	historyDays, historyMiB        int
	chatKeep, noticeKeep           time.Duration
	push                           pushHosts
	pushContact                    string
	webhooks                       list
	webhookSecret                  []byte
	access                         server.Access
	secret, audit                  string
	feeds                          server.FeedLimits
	feedPulls                      string
	cluster                        server.Cluster

	given   map[string]bool // the flags that were set, by name
	memory  memory
	lowered bool // limits are lower than usual, since there is little memory
}

// usageError is a mistake in the flags or the environment.
type usageError string

func (e usageError) Error() string { return string(e) }

const usage = `Relay serves Edgeboard: a live board for a team.

Usage:
  relay [flags]                       serves
  relay check [flags]                 looks at all that serving with these flags
                                      needs, one line each, and serves nothing;
                                      ends with 1 if something is wrong
  relay health [flags]                asks the relay that serves with these flags
                                      on this machine whether it is ready; ends
                                      with 1 if not, or if it says nothing for 2s
  relay backup [-data folder] FILE    copies all boards into a new file, also
                                      while a relay serves them
  relay token -h                      signs a token for somebody
  relay version                       says which one this is

Each flag can be given by an environment variable too; the flag wins. A variable
that is empty counts as not set. SIGTERM and SIGINT end the relay gently, a
second one at once.
`

// group is a heading of the usage and the flags below it.
type group struct {
	title string
	names []string
}

// define declares every flag.
func define(flags *flag.FlagSet, o *options) []group {
	var groups []group
	in := func(title string) { groups = append(groups, group{title: title}) }
	name := func(name string) string {
		g := &groups[len(groups)-1]
		g.names = append(g.names, name)
		return name
	}
	o.limits = server.Limits{}.WithDefaults()

	in("What is served, and where")
	flags.StringVar(&o.addr, name("addr"), "localhost:8080", "`host:port` to serve on; port 0 takes a free one")
	flags.StringVar(&o.data, name("data"), "data", "`folder` that keeps the boards; it is made if the folder above it exists")
	flags.StringVar(&o.dev, name("dev"), "", "serve the page from this `folder`, as it lies on disk (public), and not the one in the binary")
	flags.BoolVar(&o.quic, name("quic"), true, "serve WebTransport too, on the same port of UDP")

	in("HTTPS, by files or by ACME; without either HTTP")
	flags.StringVar(&o.cert, name("tls-cert"), "", "PEM `file` of a certificate and those that vouch for it; it is read again when it changes")
	flags.StringVar(&o.key, name("tls-key"), "", "PEM `file` of the key of -tls-cert")
	flags.StringVar(&o.acmeDomains, name("acme-domains"), "", "get certificates for these `domains`, separated by commas, from Let's Encrypt, and agree to its terms; -addr must be reached as port 443 of each")
	flags.StringVar(&o.acmeEmail, name("acme-email"), "", "`address` that the authority may write to")
	flags.StringVar(&o.acmeCA, name("acme-directory"), "", "`URL` of another authority's directory")

	in("Who may come in; without keys and sign-in everybody who knows a board's name")
	flags.BoolVar(&o.access.Open, name("open"), false, "let everybody in, who may then edit every board whose name they know, also where -addr is not of this machine")
	flags.Var((*list)(&o.access.Keys), name("token-keys"), "`files` of keys, separated by commas, that sign the tokens of programs of yours (JWT): public keys in PEM, or secrets of 32 bytes or more")
	flags.Var((*list)(&o.access.JWKS), name("token-jwks"), "`addresses` of sets of such keys (JWKS), separated by commas")
	flags.StringVar(&o.access.Issuer, name("token-issuer"), "", "what these tokens `name` as their issuer (iss)")
	flags.StringVar(&o.access.Audience, name("token-audience"), "", "what they `name` as their audience (aud)")
	flags.StringVar(&o.access.SignIn.Issuer, name("oidc-issuer"), "", "`address` of a provider of OpenID Connect at which people sign in")
	flags.StringVar(&o.access.SignIn.ClientID, name("oidc-client"), "", "`name` of the relay there (client ID)")
	flags.StringVar(&o.secret, name("oidc-secret"), "", "`file` of its password there (client secret); none for a public client")
	flags.Var((*list)(&o.access.SignIn.Domains), name("oidc-domains"), "`domains`, separated by commas, that a person's e-mail address must be in")
	flags.StringVar(&o.access.SignIn.PublicURL, name("public-url"), "", "`address` of the relay as people see it, such as https://board.example; the provider sends them back to /auth/callback there")
	flags.StringVar(&o.audit, name("audit"), "", "`file` that gets a line of JSON for each thing that somebody is answerable for; - is the log; default: the log, unless everybody may come in")
	in("From where, besides the relay's own pages")
	flags.Var(&o.origins, name("origins"), "`origins` such as https://intranet.example, separated by commas, whose pages may use the relay besides its own; pages of others are refused")
	flags.Var(&o.framedBy, name("frame-ancestors"), "`origins`, separated by commas, whose pages may show a board in a frame; by default nobody's")

	flags.Var(&o.proxies, name("trusted-proxies"), "`addresses` such as 127.0.0.1 or 10.1.0.0/16, separated by commas, of proxies that are believed about whom they come for (X-Forwarded-For, X-Forwarded-Proto)")

	o.historyDays, o.historyMiB = 90, 64
	in("What is kept of what boards were, and of what people said")
	flags.Var(&count{&o.historyDays, 0}, name("history-days"), "`days` for which each change can be gone back to; 0: none is kept")
	flags.Var(&count{&o.historyMiB, 1}, name("history-mib"), "`MiB` that the past of one board may take, about; its beginning goes first. Named versions stay")
	flags.DurationVar(&o.chatKeep, name("chat-keep"), 0, "`time` such as 2160h for which what people say to each other is kept; 0: for ever")

	o.push.list = server.PushHosts()
	in("What comes into people's inboxes, and who else is told")
	flags.DurationVar(&o.noticeKeep, name("notice-keep"), 90*24*time.Hour, "`time` for which entries of an inbox are kept that were read; 0: for ever")
	flags.Var(&o.push, name("push-hosts"), "`names` of the push services, separated by commas, by way of which devices may be told, *.push.example for all of a domain, with a scheme one that is not public; none: devices are not told")
	flags.StringVar(&o.pushContact, name("push-contact"), "", "`address`, mailto:ops@team.example or https://team.example, at which push services find who runs the relay; default: the relay's own address, as far as it is told it; without one devices are not told, since services refuse what comes from nobody")
	flags.Var((*hooks)(&o.webhooks), name("webhook"), "`addresses` of programs of yours, separated by commas, that are told of all that comes into anybody's inbox, signed with the secret in the variable "+webhookSecretEnv)

	o.feeds = server.FeedLimits{}.WithDefaults()
	in("Live data, which is kept in memory alone")
	flags.Var(&count{&o.feeds.Feeds, 1}, name("feed-most"), "`number` of feeds of one board; all boards together have 10,000, or as many as one may have if that is more")
	flags.Var(&count{&o.feeds.Points, 1}, name("feed-points"), "`number` of points that are kept of one feed; the oldest go first")
	flags.DurationVar(&o.feeds.Age, name("feed-age"), o.feeds.Age, "`time` for which points are kept")
	flags.Var(&count{&o.feeds.Rate, 1}, name("feed-rate"), "`number` of points that one board takes a second, on average over ten seconds")
	flags.StringVar(&o.feedPulls, name("feed-pulls"), "", "`file` that says what to ask of a Prometheus, and how often: a list in JSON of objects with board, feed, url, query, every (15s) and bearer_file")

	in("Several relays that serve the same boards")
	flags.StringVar(&o.cluster.Engine, name("cluster"), "", "`address` of what they share: nats://host:4222 or redis://host:6379, with user and password if it asks for them; in the list of processes a flag is seen, a variable is not")
	flags.StringVar(&o.cluster.Relay, name("cluster-relay"), "", "`name` of this relay in logs, of letters and digits")
	flags.StringVar(&o.cluster.URL, name("cluster-url"), "", "`origin` such as https://a.board.example at which pages reach this very relay; when another one stops it sends some of its members here. Without it they come back to where they came from, which is right behind a load balancer")

	in("For the operator")
	flags.StringVar(&o.admin, name("admin"), "", "`host:port` for /metrics, /healthz, /readyz and /debug/pprof/; it asks for no password, so choose one that only you reach, such as localhost:9090")
	flags.StringVar(&o.logFormat, name("log-format"), "text", "`format` of the log, on standard error: text or json")
	flags.TextVar(&o.logLevel, name("log-level"), slog.LevelInfo, "least `level` to log: debug (each connection), info, warn or error")
	flags.DurationVar(&o.drain, name("drain"), 10*time.Second, "`time` to end in: members are told to come back, requests end, everything is stored")

	in("Limits")
	flags.Var(&count{&o.limits.Connections, 1}, name("max-connections"), "`number` of connections to boards")
	flags.Var(&count{&o.limits.ConnectionsPerAddress, 0}, name("max-connections-per-address"), "`number` of connections of one address, of IPv6 of its first 64 bits; this machine itself and trusted proxies may have any number; 0 is no limit")
	flags.Var(&count{&o.limits.AddressRate, 0}, name("address-rate"), "`number` of connections that one address may begin a second, and at once as many as it may have; 0 is no limit")
	flags.Var(&count{&o.limits.Rooms, 1}, name("max-rooms"), "`number` of boards in memory")
	flags.Var(&count{&o.limits.Members, 1}, name("max-members"), "`number` of members of one board")
	flags.Var(&count{&o.limits.BoardBytes, 1}, name("max-board-bytes"), "`bytes` of one board")
	flags.Var(&count{&o.limits.BlobBytes, 1}, name("max-blob"), "`bytes` of one image on a board, up to 268435456")
	flags.Var(&count{&o.limits.BoardBlobBytes, 1}, name("max-board-blobs"), "`bytes` of all images of one board")
	flags.Var(&count{&o.limits.MemberRate, 1}, name("member-rate"), "`bytes` a second that are read of one member, over a burst of ten seconds")
	return groups
}

// originList is the value of a flag that is origins, separated by commas.
type originList struct{ origin.List }

func (l *originList) String() string { return strings.Join(l.All(), ",") }

func (l *originList) Set(text string) (err error) {
	l.List, err = origin.ParseList(listed(text))
	return err
}

// prefixList is the value of a flag that is addresses and prefixes, separated by
// commas.
type prefixList []netip.Prefix

func (l *prefixList) String() string {
	var list []string
	for _, p := range *l {
		list = append(list, p.String())
	}
	return strings.Join(list, ",")
}

func (l *prefixList) Set(text string) error {
	*l = nil
	for _, entry := range listed(text) {
		p, err := parsePrefix(entry)
		if err != nil {
			return err
		}
		*l = append(*l, p)
	}
	return nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if a, e := netip.ParseAddr(text); e == nil {
		a = a.Unmap().WithZone("")
		p, err = netip.PrefixFrom(a, a.BitLen()), nil
	}
	switch {
	case err != nil:
		return p, fmt.Errorf("%q is no address, and no prefix such as 10.1.0.0/16", text)
	case p.Bits() == 0:
		return p, fmt.Errorf("%q is everybody: name the proxies", text)
	case p != p.Masked():
		return p, fmt.Errorf("%q has an address where its prefix is %s", text, p.Masked())
	case p.Addr().Is4In6():
		return p, fmt.Errorf("%q is a prefix of version 4: write it so", text)
	}
	return p, nil
}

// listed splits what is separated by commas, or by spaces.
func listed(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

// list is the value of a flag that is several, separated by commas.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(text string) error {
	*l = listed(text)
	return nil
}

// hooks is the value of a flag that is addresses, separated by commas, which may be
// given several times.
type hooks []string

func (l *hooks) String() string { return strings.Join(*l, ",") }

func (l *hooks) Set(text string) error {
	for _, address := range listed(text) {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
			return errors.New("want addresses such as https://program.example/hook")
		}
		*l = append(*l, address)
	}
	return nil
}

// webhookSecretEnv is the variable of the secret: a flag would be seen in the list of
// processes.
const webhookSecretEnv = "EDGEBOARD_WEBHOOK_SECRET"

// leastSecret is how long it must be, in bytes.
const leastSecret = 24

// parseWebhookSecret reads one: base64 behind whsec_, as Standard Webhooks writes it, or
// what it is. No error shows it.
func parseWebhookSecret(text string) ([]byte, error) {
	secret := []byte(text)
	if encoded, ok := strings.CutPrefix(text, "whsec_"); ok {
		var err error
		if secret, err = base64.StdEncoding.Strict().DecodeString(encoded); err != nil {
			return nil, usageError(webhookSecretEnv + ": what stands behind whsec_ is no base64")
		}
	}
	if len(secret) < leastSecret {
		return nil, usageError(fmt.Sprintf("%s has %d bytes, and needs %d; make one with openssl rand -hex 32", webhookSecretEnv, len(secret), leastSecret))
	}
	return secret, nil
}

// pushHosts is the value of a flag that is the names of push services.
type pushHosts struct {
	list  []string // of none it is empty
	given bool
}

func (p *pushHosts) String() string { return strings.Join(p.list, ",") }

func (p *pushHosts) Set(text string) error {
	p.list, p.given = listed(text), true
	switch {
	case len(p.list) == 1 && p.list[0] == "none":
		p.list = nil
	case len(p.list) == 0 || slices.Contains(p.list, "none"):
		return errors.New("want names of push services, or none")
	}
	return nil
}

// count is the value of a flag that is a number from least on. 0, where it is
// allowed, is no limit, and kept as -1.
type count struct {
	of    *int
	least int
}

func (c *count) String() string {
	if c.of == nil { // package flag asks for that of a zero value
		return ""
	}
	return strconv.Itoa(max(*c.of, 0))
}

func (c *count) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < c.least {
		return fmt.Errorf("want a whole number from %d on", c.least)
	}
	if n == 0 {
		n = -1
	}
	*c.of = n
	return nil
}

// parse reads flags and environment, and returns what stands behind the flags.
// Of flag.ErrHelp the caller prints the usage.
func parse(args []string, getenv func(string) string) (o *options, rest []string, err error) {
	o = &options{}
	flags := flag.NewFlagSet("relay", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are returned, and printed once
	define(flags, o)
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil, nil, err
	} else if err != nil {
		return nil, nil, usageError(err.Error())
	}
	if err := fromEnv(flags, getenv); err != nil {
		return nil, nil, err
	}
	if secret := getenv(webhookSecretEnv); secret != "" {
		if o.webhookSecret, err = parseWebhookSecret(secret); err != nil {
			return nil, nil, err
		}
	}
	o.given = map[string]bool{}
	flags.Visit(func(f *flag.Flag) { o.given[f.Name] = true })
	return o, flags.Args(), o.validate()
}

// validate finds what flags that are each well say wrong together.
func (o *options) validate() error {
	switch {
	case (o.cert == "") != (o.key == ""):
		return usageError("-tls-cert and -tls-key go together, and one is missing")
	case o.cert != "" && o.acmeDomains != "":
		return usageError("-tls-cert and -acme-domains exclude each other: a certificate comes from files or by ACME")
	case o.acmeDomains == "" && (o.acmeEmail != "" || o.acmeCA != ""):
		return usageError("-acme-email and -acme-directory are of no use without -acme-domains")
	case o.logFormat != "text" && o.logFormat != "json":
		return usageError(fmt.Sprintf("-log-format is text or json, not %q", o.logFormat))
	case o.chatKeep < 0:
		return usageError("-chat-keep is a time, such as 2160h, or 0")
	case o.noticeKeep < 0:
		return usageError("-notice-keep is a time, such as 2160h, or 0")
	case o.push.given && len(o.push.list) > 0 && o.contact() == "":
		return usageError("-push-hosts needs -push-contact: push services want to know whom to ask, mailto:ops@team.example or https://team.example")
	case len(o.webhooks) > 0 && o.webhookSecret == nil:
		return usageError("-webhook needs a secret, to sign with, in the variable " + webhookSecretEnv + "; make one with openssl rand -hex 32")
	case o.feeds.Age <= 0:
		return usageError("-feed-age is a time, such as 1h")
	case o.drain <= 0:
		return usageError("-drain is a time, such as 10s")
	}
	if err := o.cluster.Validate(); err != nil {
		return usageError(err.Error())
	}
	if o.admin != "" {
		if _, _, err := net.SplitHostPort(o.admin); err != nil {
			return usageError(fmt.Sprintf("-admin is host:port, not %q", o.admin))
		}
	}
	return nil
}

// config is that of a relay, without its admin listener.
func (o *options) config(log *slog.Logger) (server.Config, error) {
	cfg := server.Config{
		Version: version,
		Access:  o.access,
		Data:    o.data, Dev: o.dev, Cert: o.cert, Key: o.key,
		ACME:    server.ACME{Email: o.acmeEmail, Directory: o.acmeCA},
		Origins: o.origins.List, FrameAncestors: o.framedBy.List, TrustedProxies: o.proxies,
		Limits: o.limits, Drain: o.drain, Log: log,
		HistoryAge: time.Duration(o.historyDays) * 24 * time.Hour, HistoryBytes: int64(o.historyMiB) << 20,
		ChatKeep: o.chatKeep, NoticeKeep: o.noticeKeep, Feeds: o.feeds, Cluster: o.cluster,
	}
	// More of one board than of all is all.
	cfg.Feeds.All = max(cfg.Feeds.All, cfg.Feeds.Feeds)
	cfg.Memory = o.memory.soft
	if contact := o.contact(); contact != "" {
		cfg.Push = server.Push{Hosts: o.push.list, Contact: contact}
	}
	for _, address := range o.webhooks {
		cfg.Webhooks = append(cfg.Webhooks, server.Webhook{URL: address, Secret: o.webhookSecret})
	}
	cfg.ACME.Domains = listed(o.acmeDomains)
	if o.secret != "" {
		text, err := os.ReadFile(o.secret)
		if err == nil && len(text) > 4096 {
			err = errors.New("it is too long for a password")
		}
		if err != nil {
			return cfg, fmt.Errorf("the password of -oidc-secret: %w", err)
		}
		cfg.Access.SignIn.Secret = strings.TrimSpace(string(text))
	}
	if o.feedPulls != "" {
		var err error
		if cfg.Pulls, err = server.ReadPulls(o.feedPulls); err != nil {
			return cfg, err
		}
	}
	return cfg, nil
}

// contact is where push services find who runs the relay, empty: nowhere.
func (o *options) contact() string {
	switch domains := listed(o.acmeDomains); {
	case o.pushContact != "":
		return o.pushContact
	case strings.HasPrefix(o.access.SignIn.PublicURL, "https://"):
		return o.access.SignIn.PublicURL
	case len(domains) > 0:
		return "https://" + domains[0]
	}
	return ""
}

// scheme is what the relay's addresses begin with.
func (o *options) scheme() string {
	if o.cert != "" || o.acmeDomains != "" {
		return "https://"
	}
	return "http://"
}

// openAudit opens where the audit goes, nil: nowhere. close is called at the end.
func (o *options) openAudit(log *slog.Logger, everybody bool) (audit *slog.Logger, close func() error, err error) {
	close = func() error { return nil }
	switch {
	case o.audit == "-" || o.audit == "" && !everybody:
		return log, close, nil
	case o.audit == "":
		return nil, close, nil
	}
	f, err := os.OpenFile(o.audit, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, close, fmt.Errorf("the audit (-audit): %w", err)
	}
	return slog.New(slog.NewJSONHandler(f, nil)), f.Close, nil
}

// logger writes the log. It is handed no token, and no address with one in it.
func (o *options) logger(w io.Writer) *slog.Logger {
	set := &slog.HandlerOptions{Level: o.logLevel}
	if o.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, set))
	}
	return slog.New(slog.NewTextHandler(w, set))
}

func printUsage(w io.Writer) {
	fmt.Fprint(w, usage)
	flags := flag.NewFlagSet("relay", flag.ContinueOnError)
	for _, g := range define(flags, &options{}) {
		fmt.Fprintf(w, "\n%s:\n", g.title)
		for _, name := range g.names {
			f := flags.Lookup(name)
			value, text := flag.UnquoteUsage(f)
			fmt.Fprintf(w, "  -%s %s\n        %s (%s, default %q)\n", f.Name, value, text, envName(f.Name), f.DefValue)
		}
	}
}

func envName(flagName string) string {
	return "EDGEBOARD_" + strings.ReplaceAll(strings.ToUpper(flagName), "-", "_")
}

// fromEnv sets the flags that were not given from the environment.
func fromEnv(flags *flag.FlagSet, getenv func(string) string) error {
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var err error
	flags.VisitAll(func(f *flag.Flag) {
		value := getenv(envName(f.Name))
		if value == "" || given[f.Name] || err != nil {
			return
		}
		if e := flags.Set(f.Name, value); e != nil {
			err = usageError(fmt.Sprintf("%s=%q: %v", envName(f.Name), value, e))
		}
	})
	return err
}
