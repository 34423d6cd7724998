package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"syscall"

	"edgeboard/relay/server"
)

// serve is the relay without a command.
func serve(ctx context.Context, o *options, stderr io.Writer) (err error) {
	log := o.logger(stderr)
	log.Info("starting", "version", version, "go", runtime.Version())
	l, udp, noUDP, err := server.Listen(o.addr, o.quic)
	if err != nil {
		return explainListen("-addr", o.addr, err)
	}
	closeAll := func(err error) error {
		if udp != nil {
			err = errors.Join(err, udp.Close())
		}
		return errors.Join(err, l.Close())
	}
	o.memory.obey(o, log)
	cfg, err := o.config(log)
	if err == nil {
		err = cfg.MayServe(l.Addr())
	}
	if err != nil {
		return closeAll(err)
	}
	audit, closeAudit, err := o.openAudit(log, cfg.Access.Everybody())
	if err != nil {
		return closeAll(err)
	}
	defer func() { err = errors.Join(err, closeAudit()) }()
	cfg.Audit = audit
	if o.admin != "" {
		if cfg.Admin, err = net.Listen("tcp", o.admin); err != nil {
			return closeAll(explainListen("-admin", o.admin, err))
		}
		log.Info("metrics, readiness and profiles are at http://" + shownAddr(cfg.Admin.Addr(), o.admin))
	}
	srv, err := server.New(cfg)
	if err != nil {
		return closeAll(err)
	}
	log.Info("Edgeboard is at " + o.scheme() + shownAddr(l.Addr(), o.addr))
	if noUDP != nil {
		log.Warn("UDP cannot be served on this port: pages use WebSocket alone; -quic=false keeps it so", "err", noUDP)
	}
	return srv.Serve(ctx, l, udp)
}

// explainListen says what to do about the usual reasons.
func explainListen(flag, addr string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s is in use by another program: stop it, or choose another address with %s (%w)", addr, flag, err)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%s may not be used by this user: choose a port from 1024 on with %s (%w)", addr, flag, err)
	}
	return fmt.Errorf("cannot serve on %s: choose another address with %s (%w)", addr, flag, err)
}

// shownAddr is the address to type into a browser: the host as the operator
// wrote it, with the port that was taken.
func shownAddr(got net.Addr, asked string) string {
	host, _, err := net.SplitHostPort(asked)
	if err != nil || host == "" || host == "0.0.0.0" || host == "::" {
		host = "localhost"
	}
	_, port, err := net.SplitHostPort(got.String())
	if err != nil {
		return got.String()
	}
	return net.JoinHostPort(host, port)
}
