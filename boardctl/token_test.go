package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/auth"
)

// A relay reads out of a token what was asked for, whatever key signs it.
func TestRelayTakesTokens(t *testing.T) {
	keys := map[string]any{"ES256": must1(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), "RS256": must1(rsa.GenerateKey(rand.Reader, 2048))}
	_, keys["EdDSA"], _ = ed25519.GenerateKey(rand.Reader)
	for alg, key := range keys {
		t.Run(alg, func(t *testing.T) {
			private := filepath.Join(t.TempDir(), "key")
			public := private + ".pub"
			for file, block := range map[string]*pem.Block{
				private: {Type: "PRIVATE KEY", Bytes: must1(x509.MarshalPKCS8PrivateKey(key))},
				public:  {Type: "PUBLIC KEY", Bytes: must1(x509.MarshalPKIXPublicKey(key.(crypto.Signer).Public()))},
			} {
				if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var out, said bytes.Buffer
			x := &terminal{getenv: func(string) string { return "" }, now: time.Now, stdout: &out, stderr: &said}
			code := run(t.Context(), []string{"token", "--key", private, "--subject", "ops", "--name", "Ops", "--boards", "*=owner", "--boards", "old-*=viewer",
				"--feeds", "--notices", "--id", "t1", "--issuer", "us", "--audience", "boards"}, x)
			if code != 0 {
				t.Fatal(said.String())
			}
			token := strings.TrimSpace(out.String())
			verifier, err := auth.NewVerifier(auth.VerifierConfig{Keys: []*auth.Key{must1(auth.ReadKey(public))}, Issuer: "us", Audience: "boards"})
			if err != nil {
				t.Fatal(err)
			}
			defer verifier.Close()
			g, err := verifier.Verify(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			want := &auth.Grant{Subject: "ops", Name: "Ops", Boards: map[string]auth.Role{"*": auth.Owner, "old-*": auth.Viewer}, Feeds: true, Notices: true}
			if !g.Same(want) || g.Token != "t1" || g.Until.Sub(g.Issued) != 8*time.Hour {
				t.Errorf("the relay reads %+v", g)
			}

			// The public key shows that it is signed with the private one.
			file := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			out.Reset()
			if code := run(t.Context(), []string{"token", "show", "--key", public, file}, x); code != 0 || !strings.Contains(out.String(), alg) {
				t.Errorf("ended with %d: %s%s", code, out.String(), said.String())
			}
			// And signs nothing.
			if code := run(t.Context(), []string{"token", "--key", public, "--subject", "ops", "--boards", "*=owner"}, x); code != exitFailed {
				t.Errorf("ended with %d: %s", code, said.String())
			}
		})
	}
}
