package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"edgeboard/relay/auth"
	"edgeboard/relay/server"
	"edgeboard/scripts/scripttest"
)

func TestMain(m *testing.M) {
	scripttest.Main(m, map[string]func(){"boardctl": main})
}

// The scripts in testdata run boardctl as it is run from a shell. RELAY is the
// address of a relay on which everybody may do everything, SHOWN that of one that
// wants a token, of which there are viewer.token and editor.token, CUT leads to RELAY
// until cut cuts it, and CLOSED is a port on which there is nothing.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "start": start, "upto": upto, "interrupt": interrupt, "ends": ends, "says": says, "publishes": publishes, "cut": cut,
		},
		Setup: func(env *testscript.Env) error { return relays(t, env) },
	})
}

// relays runs the relays of a script.
func relays(t *testing.T, env *testscript.Env) error {
	env.Values[programsKey{}] = programs{}
	secret := filepath.Join(env.WorkDir, "secret")
	if err := os.WriteFile(secret, []byte(strings.Repeat("s", 64)), 0o600); err != nil {
		return err
	}
	key, err := auth.ReadSigningKey(secret)
	if err != nil {
		return err
	}
	for file, role := range map[string]auth.Role{"viewer.token": auth.Viewer, "editor.token": auth.Editor} {
		token, err := auth.Sign(key, &auth.Grant{
			Subject: "bob", Boards: map[string]auth.Role{"plans": role}, Issued: time.Now(), Until: time.Now().Add(time.Hour),
		}, "", "")
		if err == nil {
			err = os.WriteFile(filepath.Join(env.WorkDir, file), []byte(token+"\n"), 0o600)
		}
		if err != nil {
			return err
		}
	}
	look := server.Access{Keys: []string{secret}}
	for name, access := range map[string]server.Access{"RELAY": {}, "SHOWN": look} {
		at, err := serve(t, env, name, access)
		if err != nil {
			return err
		}
		env.Setenv(name, at)
	}
	w, err := lay(strings.TrimPrefix(env.Getenv("RELAY"), "http://"))
	if err != nil {
		return err
	}
	env.Defer(w.close)
	env.Values[wiresKey{}] = w
	env.Setenv("CUT", "http://"+w.listener.Addr().String())
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	env.Setenv("CLOSED", "http://"+closed.Addr().String())
	return closed.Close()
}

// serve runs a relay until the script ends, and returns its address.
func serve(t *testing.T, env *testscript.Env, name string, access server.Access) (string, error) {
	l, udp, noUDP, err := server.Listen("127.0.0.1:0", true)
	if err := errors.Join(err, noUDP); err != nil {
		return "", err
	}
	srv, err := server.New(server.Config{
		Data: filepath.Join(env.WorkDir, "."+name), Access: access, Drain: time.Second, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return "", errors.Join(err, l.Close(), udp.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx, l, udp) }()
	env.Defer(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String(), nil
}
