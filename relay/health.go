package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"edgeboard/relay/server"
)

// healthTimeout is for the whole answer. Who runs the check allows more.
const healthTimeout = 2 * time.Second

// askHealth asks the relay that serves with these options whether it is ready, at the
// address where everybody reaches it: -admin may not be there.
func askHealth(ctx context.Context, o *options, stdout io.Writer) error {
	addrs, err := healthAddrs(o.addr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	base := o.scheme() + server.OwnName // as which every relay answers, also one that is for its own machine alone
	client := http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, network, _ string) (c net.Conn, err error) {
				for _, addr := range addrs {
					if c, err = new(net.Dialer).DialContext(ctx, network, addr); err == nil {
						break
					}
				}
				return c, err
			},
			// Whose certificate it is does not matter: nothing is told to who answers, its
			// answer is believed for no more than a line and an exit code, and who takes the
			// relay's port on the relay's own machine could do worse. The real names would
			// not do: they may be in no certificate yet, and by ACME asking for one of them
			// would ask the authority.
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: server.OwnName},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("the relay at %s does not answer within %v", addrs[0], healthTimeout)
	case err != nil:
		return fmt.Errorf("no relay answers at %s: %w", addrs[0], err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 200))
	why := strings.TrimSpace(string(text))
	switch {
	case err != nil:
		return fmt.Errorf("the relay at %s does not end its answer: %w", addrs[0], err)
	case resp.StatusCode == http.StatusServiceUnavailable:
		return fmt.Errorf("the relay at %s is not ready: %s", addrs[0], why)
	case resp.StatusCode != http.StatusOK || why != "ok":
		return fmt.Errorf("what is at %s is no relay of these flags: it answers %s", addrs[0], resp.Status)
	}
	_, err = fmt.Fprintf(stdout, "the relay at %s is ready\n", addrs[0])
	return err
}

// healthAddrs are where a relay that serves on addr is reached from its own machine;
// the first that answers is it. Where addr is all of the machine's, these are loopback.
func healthAddrs(addr string) ([]string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, usageError(fmt.Sprintf("-addr is host:port, not %q", addr))
	}
	if port == "0" || port == "" {
		return nil, usageError("-addr names no port, so the relay takes another one at each start: give it one to ask for its health")
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return []string{net.JoinHostPort("127.0.0.1", port), net.JoinHostPort("::1", port)}, nil
	}
	return []string{addr}, nil
}
