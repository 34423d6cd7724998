package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"edgeboard/relay/cluster"
	"edgeboard/relay/notify"
	"edgeboard/relay/store/sqlite"
)

// Finding is one thing that Check has looked at.
type Finding struct {
	What string // in a word or two
	Text string // what was found, if it is well
	Err  error  // what is wrong; nil: nothing
}

// Check looks at everything that New would need, without making anything. A
// certificate that is over is wrong, although New would show it.
func Check(cfg Config) []Finding {
	cfg = cfg.withDefaults()
	list := []Finding{{What: "data"}, {What: "page"}, {What: "certificate"}, {What: "access"}}
	list[0].Text, list[0].Err = sqlite.Check(cfg.Data)
	list[1].Text, list[1].Err = checkPage(cfg.Dev)
	list[2].Text, list[2].Err = checkPapers(cfg, time.Now())
	list[3].Text, list[3].Err = checkAccess(cfg)
	notices := Finding{What: "notices"}
	notices.Text, notices.Err = checkNotices(cfg)
	feeds := Finding{What: "live data"}
	feeds.Text, feeds.Err = checkFeeds(cfg)
	others := Finding{What: "other relays"}
	others.Text, others.Err = checkCluster(cfg)
	list = append(list,
		notices,
		feeds,
		others,
		Finding{What: "pages", Text: "of the relay's own origin" + besides(", of ", cfg.Origins.All()) + "; in frames of " + cmp.Or(besides("", cfg.FrameAncestors.All()), "nobody")},
		Finding{What: "proxies", Text: checkProxies(cfg.TrustedProxies)},
	)
	return list
}

// besides is a list with what comes before it, empty if the list is.
func besides(before string, list []string) string {
	if len(list) == 0 {
		return ""
	}
	return before + strings.Join(list, " ")
}

func checkProxies(list []netip.Prefix) string {
	if len(list) == 0 {
		return "none are trusted: X-Forwarded-For and X-Forwarded-Proto are not read"
	}
	var text []string
	for _, p := range list {
		if p.IsSingleIP() {
			text = append(text, p.Addr().String())
		} else {
			text = append(text, p.String())
		}
	}
	return "what " + strings.Join(text, " ") + " say of whom they come for is believed"
}

// checkNotices says what becomes of what comes into inboxes. Addresses of webhooks may
// have secrets in them.
func checkNotices(cfg Config) (string, error) {
	if err := (&notify.Config{Push: cfg.Push, Webhooks: cfg.Webhooks}).Check(); err != nil {
		return "", err
	}
	text := "what was read is kept for ever"
	if cfg.NoticeKeep > 0 {
		text = "what was read is kept for " + cfg.NoticeKeep.String()
	}
	if n := len(cfg.Push.Hosts); n > 0 {
		text += fmt.Sprintf("; devices are told by way of %d push services, which may ask %s", n, cfg.Push.Contact)
	} else {
		text += "; devices are not told"
	}
	if n := len(cfg.Webhooks); n > 0 {
		text += fmt.Sprintf("; %d webhooks are told", n)
	}
	return text, nil
}

// checkFeeds says what live data there may be.
func checkFeeds(cfg Config) (string, error) {
	text, err := checkPulls(cfg.Pulls)
	l := cfg.Feeds.WithDefaults()
	return fmt.Sprintf("%d feeds on a board and %d in all, with %d points each, for %v; %s", l.Feeds, l.All, l.Points, l.Age, text), err
}

// checkCluster says what the relay shares with others, and whether that can be reached.
func checkCluster(cfg Config) (string, error) {
	switch err := cfg.Cluster.Validate(); {
	case err != nil:
		return "", err
	case cfg.Cluster.Engine == "":
		return "none", nil
	}
	u, err := url.Parse(cfg.Cluster.Engine)
	if err != nil {
		return "", err // Validate has seen that it is one
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*cluster.CallTimeout)
	defer cancel()
	e, err := engines[u.Scheme](ctx, cfg.Cluster.Engine, "check", cfg.Log)
	if err != nil {
		return "", err
	}
	_, err = e.Ping(ctx)
	if err := errors.Join(err, e.Close()); err != nil {
		return "", fmt.Errorf("what the relays share (%s) cannot be reached, or does not store anything now: a relay that was with the others before starts even so, and serves what it has: %w", u.Redacted(), err)
	}
	return "those that share " + u.Redacted(), nil
}

func checkPage(dev string) (string, error) {
	page, err := openAssets(dev)
	switch {
	case err != nil:
		return "", err
	case dev != "":
		return "from " + dev + ", as it lies there", nil
	case len(page.pages) == 0:
		return "none: this binary was built without it", nil
	}
	return "in the binary", nil
}

func checkPapers(cfg Config, now time.Time) (string, error) {
	shown, err := openPapers(cfg)
	switch {
	case err != nil:
		return "", err
	case len(cfg.ACME.Domains) > 0:
		return "by ACME for " + strings.Join(cfg.ACME.Domains, " ") + ", when the first page asks", nil
	case shown.https == nil:
		return "none: HTTP without TLS, and one of the relay's own for WebTransport", nil
	}
	c, err := shown.https.GetCertificate(&tls.ClientHelloInfo{})
	if err != nil {
		return "", err
	}
	leaf := c.Leaf
	switch {
	case now.After(leaf.NotAfter):
		return "", fmt.Errorf("certificate file %s: it was over on %s", cfg.Cert, leaf.NotAfter.Format(time.DateOnly))
	case now.Before(leaf.NotBefore):
		return "", fmt.Errorf("certificate file %s: it begins on %s", cfg.Cert, leaf.NotBefore.Format(time.DateOnly))
	}
	return fmt.Sprintf("for %s, until %s", strings.Join(leaf.DNSNames, " "), leaf.NotAfter.Format(time.DateOnly)), nil
}

// Backup writes a copy of all boards that a folder keeps, as they are at this
// moment, into a new file. A relay may be using the folder.
func Backup(ctx context.Context, data, file string) error { return sqlite.Backup(ctx, data, file) }
