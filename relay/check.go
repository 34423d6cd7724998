package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/user"
	"runtime"
	"strconv"

	"edgeboard/relay/server"
)

// errFindings is that check has found something wrong, and has said what.
var errFindings = errors.New("something is wrong")

// check looks at what serving would need, and prints a line for each thing.
func check(o *options, stdout io.Writer) error {
	cfg, err := o.config(slog.New(slog.DiscardHandler))
	list := append([]server.Finding{{What: "version", Text: version + ", " + runtime.Version()}, {What: "flags", Text: "well", Err: err}}, server.Check(cfg)...)
	list = append(list, checkAddr(o, cfg))
	if o.admin != "" {
		list = append(list, checkAdmin(o.admin))
	}
	list = append(list, checkMemory(o), checkFiles(o))
	var wrong error
	for _, f := range list {
		if f.Err != nil {
			wrong = errFindings
			fmt.Fprintf(stdout, "WRONG %s: %v\n", f.What, f.Err)
		} else {
			fmt.Fprintf(stdout, "ok    %s: %s\n", f.What, f.Text)
		}
	}
	return wrong
}

func checkAddr(o *options, cfg server.Config) server.Finding {
	f := server.Finding{What: "address"}
	l, udp, noUDP, err := server.Listen(o.addr, o.quic)
	if err != nil {
		f.Err = explainListen("-addr", o.addr, err)
		return f
	}
	f.Text = o.addr + " is free"
	if udp != nil {
		f.Err = udp.Close()
	}
	f.Err = errors.Join(f.Err, l.Close(), cfg.MayServe(l.Addr()))
	if noUDP != nil {
		f.Text += ", but not for UDP: pages will use WebSocket alone"
	}
	return f
}

func checkAdmin(addr string) server.Finding {
	f := server.Finding{What: "admin", Text: addr + " is free"}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		f.Err = explainListen("-admin", addr, err)
		return f
	}
	f.Err = l.Close()
	return f
}

// checkFiles finds nothing wrong: it matters to a relay that has many members
// alone.
func checkFiles(o *options) server.Finding {
	f := server.Finding{What: "open files"}
	switch most, have := o.limits.Connections+server.OtherFiles, openFiles(); {
	case have == 0:
		f.Text = "their limit is not known"
	case have < most:
		f.Text = fmt.Sprintf("%d are allowed; as many connections as -max-connections allows would need %d (ulimit -n)", have, most)
	default:
		f.Text = fmt.Sprintf("%d are allowed, %d are needed at the most", have, most)
	}
	return f
}

// backup copies the boards into a file.
func backup(ctx context.Context, o *options, files []string, stdout, stderr io.Writer) (err error) {
	if len(files) != 1 {
		return usageError(fmt.Sprintf("relay backup takes one file to write, not %d", len(files)))
	}
	audit, closeAudit, err := o.openAudit(o.logger(stderr), true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAudit()) }()
	if err := server.Backup(ctx, o.data, files[0]); err != nil {
		return err
	}
	if audit != nil {
		audit.Info("audit", "event", "exported", "by", userName(), "file", files[0])
	}
	fmt.Fprintf(stdout, "the boards of %s are in %s\n", o.data, files[0])
	return nil
}

// userName is who runs this program.
func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return strconv.Itoa(os.Getuid())
}
