package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const secret = "a secret of the operator's, which is long enough"

// ring is a key of each kind, made once for all tests.
type ring struct {
	rsa *rsa.PrivateKey
	ec  *ecdsa.PrivateKey
	ed  ed25519.PrivateKey
}

var keys = sync.OnceValue(func() ring {
	r, err := rsa.GenerateKey(rand.Reader, minRSA)
	if err != nil {
		panic(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	_, d, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return ring{r, e, d}
})

// all are the private keys, and the algorithm of each.
func (r ring) all() map[string]crypto.Signer {
	return map[string]crypto.Signer{algRS256: r.rsa, algES256: r.ec, algEdDSA: r.ed}
}

func asPEM(t testing.TB, typ string, der []byte, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der})
}

func publicPEM(t testing.TB, k crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	return asPEM(t, "PUBLIC KEY", der, err)
}

func privatePEM(t testing.TB, k crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(k)
	return asPEM(t, "PRIVATE KEY", der, err)
}

func certificatePEM(t testing.TB, k crypto.Signer) []byte {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "tokens"}, NotAfter: time.Unix(2e9, 0)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, k.Public(), k)
	return asPEM(t, "CERTIFICATE", der, err)
}

func mustKey(t testing.TB, b []byte) *Key {
	t.Helper()
	k, err := ParseKey(b)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func mustSigningKey(t testing.TB, b []byte) *SigningKey {
	t.Helper()
	k, err := ParseSigningKey(b)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeyIsForOneAlgorithm(t *testing.T) {
	for want, k := range keys().all() {
		for form, b := range map[string][]byte{"public": publicPEM(t, k), "certificate": certificatePEM(t, k)} {
			got, err := ParseKey(b)
			if err != nil || got.Alg() != want {
				t.Errorf("%s of %s: %v, %v", form, want, got, err)
			}
		}
	}
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&keys().rsa.PublicKey)})
	if k := mustKey(t, pkcs1); k.Alg() != algRS256 {
		t.Errorf("PKCS #1: %s", k.Alg())
	}
	if k := mustKey(t, []byte(secret)); k.Alg() != algHS256 {
		t.Errorf("secret: %s", k.Alg())
	}
}

func TestSecretEndsBeforeItsLineEnd(t *testing.T) {
	want := &Grant{Subject: "ann", Until: time.Unix(2000, 0)}
	token, err := Sign(mustSigningKey(t, []byte(secret)), want, "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"", "\n", "\r\n"} {
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, []byte(secret+end), 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := ReadKey(path)
		if err != nil {
			t.Fatal(err)
		}
		v := verifier(t, VerifierConfig{Keys: []*Key{k}})
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Errorf("with %q behind it: %v", end, err)
		}
	}
}

// What is no key of the kind that is wanted is refused by what it is.
func TestKeysThatAreRefused(t *testing.T) {
	small := asPEM(t, "PUBLIC KEY", smallRSA(t), nil)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(keys().ec.Public())
	if err != nil {
		t.Fatal(err)
	}
	ec, err := x509.MarshalECPrivateKey(keys().ec)
	good := publicPEM(t, keys().ec)
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"nothing":             {nil, "a secret of 0 bytes"},
		"a short secret":      {[]byte("password\n"), "a secret of 8 bytes"},
		"31 bytes and an end": {[]byte(strings.Repeat("x", 31) + "\n"), "a secret of 31 bytes"},
		"private":             {privatePEM(t, keys().rsa), "this is a private key"},
		"private, SEC 1":      {asPEM(t, "EC PRIVATE KEY", ec, err), "this is a private key"},
		"private, encrypted":  {asPEM(t, "ENCRYPTED PRIVATE KEY", []byte{1}, nil), "this is a private key"},
		"RSA of 1024 bits":    {small, "1024 bits"},
		"P-384":               {publicPEM(t, p384), "P-384"},
		"a request":           {asPEM(t, "CERTIFICATE REQUEST", []byte{1}, nil), "is not a key"},
		"not what it says":    {asPEM(t, "PUBLIC KEY", []byte("x"), nil), "parse PUBLIC KEY"},
		"two":                 {append(good, good...), "something follows"},
		"cut off":             {good[:len(good)/2], "damaged"},
		"too long":            {make([]byte, maxKeyFile+1), "longer than"},
		"DER":                 {der, "as DER"},
		"JWK":                 {[]byte(`{"keys":[{"kty":"RSA","n":"…","e":"AQAB"}]}`), "this is JSON"},
		"SSH":                 {[]byte("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE somebody@somewhere"), "of SSH"},
	} {
		k, err := ParseKey(c.b)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v; want %q", name, k, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"public":    {good, "signs nothing"},
		"encrypted": {asPEM(t, "ENCRYPTED PRIVATE KEY", []byte{1}, nil), "is encrypted"},
		"short":     {[]byte("password"), "a secret of 8 bytes"},
		"P-384":     {privatePEM(t, p384), "P-384"},
	} {
		k, err := ParseSigningKey(c.b)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("to sign, %s: %v, %v; want %q", name, k, err, c.want)
		}
	}
	if _, err := ReadKey(filepath.Join(t.TempDir(), "none")); !os.IsNotExist(err) {
		t.Errorf("no file: %v", err)
	}
}

// smallRSA is a public key of 1024 bits; its number is not a product of primes,
// which nobody looks at.
func smallRSA(t *testing.T) []byte {
	n := new(big.Int).Lsh(big.NewInt(1), 1023)
	der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: 65537})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestSigningKeyFilesAreTakenInAllForms(t *testing.T) {
	ec, err := x509.MarshalECPrivateKey(keys().ec)
	if err != nil {
		t.Fatal(err)
	}
	sec1 := asPEM(t, "EC PRIVATE KEY", ec, nil)
	for name, b := range map[string][]byte{
		"PKCS #1":             asPEM(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(keys().rsa), nil),
		"SEC 1":               sec1,
		"SEC 1 behind params": append(asPEM(t, "EC PARAMETERS", []byte{6, 8}, nil), sec1...),
		"PKCS #8":             privatePEM(t, keys().ed),
	} {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSigningKey(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
