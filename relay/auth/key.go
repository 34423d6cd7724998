package auth

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/golang-jwt/jwt/v5"
)

// Algorithms of signatures (RFC 7518 section 3.1, RFC 8037 section 3.1). A key is
// for one of them: a public key is never a secret, whatever a token says.
const (
	algHS256 = "HS256"
	algRS256 = "RS256"
	algES256 = "ES256"
	algEdDSA = "EdDSA"
)

var methods = map[string]jwt.SigningMethod{
	algHS256: jwt.SigningMethodHS256,
	algRS256: jwt.SigningMethodRS256,
	algES256: jwt.SigningMethodES256,
	algEdDSA: jwt.SigningMethodEdDSA,
}

// Limits of keys.
const (
	minSecret  = 32 // bytes, those of HS256's hash (RFC 7518 section 3.2)
	minRSA     = 2048
	maxRSA     = 8192 // bits: larger ones take long
	maxKeyFile = 64 << 10
)

// Key is what a token of the operator's is checked with.
type Key struct {
	alg string
	id  string // kid; empty: of a file
	key any    // []byte, *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
}

// Alg is the algorithm that the key is for: HS256, RS256, ES256 or EdDSA.
func (k *Key) Alg() string { return k.alg }

// signed reports whether a token's signature is made with the key.
func (k *Key) signed(input string, signature []byte) bool {
	return methods[k.alg].Verify(input, signature, k.key) == nil
}

// ReadKey reads a key from a file, see [ParseKey].
func ReadKey(path string) (*Key, error) { return readKey(path, ParseKey) }

// ReadSigningKey reads a key from a file, see [ParseSigningKey].
func ReadSigningKey(path string) (*SigningKey, error) { return readKey(path, ParseSigningKey) }

func readKey[K any](path string, parse func([]byte) (*K, error)) (*K, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, err
	}
	k, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// ParseKey takes a public key as PEM (PKIX, PKCS #1 or a certificate: RSA of 2048
// to 8192 bits, P-256 or Ed25519), or else a secret of at least 32 bytes, for
// HS256. The line end behind a secret does not belong to it.
func ParseKey(b []byte) (*Key, error) {
	block, secret, err := parseKeyFile(b)
	if err != nil {
		return nil, err
	}
	if block == nil {
		return &Key{alg: algHS256, key: secret}, nil
	}
	var public any
	switch block.Type {
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var c *x509.Certificate
		if c, err = x509.ParseCertificate(block.Bytes); err == nil {
			public = c.PublicKey
		}
	default:
		if isPrivate(block) {
			return nil, errors.New("this is a private key; the relay needs the public one alone: openssl pkey -in FILE -pubout")
		}
		return nil, fmt.Errorf("a %.40q is not a key; what is needed is a PUBLIC KEY", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", block.Type, err)
	}
	alg, err := algOf(public)
	if err != nil {
		return nil, err
	}
	return &Key{alg: alg, key: public}, nil
}

// algOf returns the algorithm that a public key is for, if it is a good one.
func algOf(public any) (string, error) {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n < minRSA || n > maxRSA {
			return "", fmt.Errorf("an RSA key of %d bits; it takes %d to %d", n, minRSA, maxRSA)
		}
		return algRS256, nil
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return "", fmt.Errorf("a key on the curve %s; it takes P-256", k.Params().Name)
		}
		return algES256, nil
	case ed25519.PublicKey:
		return algEdDSA, nil
	}
	return "", fmt.Errorf("a key of the type %T; it takes RSA, P-256 or Ed25519", public)
}

// SigningKey signs tokens of the operator's.
type SigningKey struct {
	alg string
	key any // []byte, *rsa.PrivateKey, *ecdsa.PrivateKey or ed25519.PrivateKey
}

// ParseSigningKey takes a private key as PEM (PKCS #8, PKCS #1 or SEC 1, not
// encrypted), or else a secret, as ParseKey does.
func ParseSigningKey(b []byte) (*SigningKey, error) {
	block, secret, err := parseKeyFile(b)
	if err != nil {
		return nil, err
	}
	if block == nil {
		return &SigningKey{algHS256, secret}, nil
	}
	var private any
	switch block.Type {
	case "PRIVATE KEY":
		private, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		if isEncrypted(block) {
			return nil, errEncrypted
		}
		private, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		if isEncrypted(block) {
			return nil, errEncrypted
		}
		private, err = x509.ParseECPrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		return nil, errEncrypted
	default:
		return nil, fmt.Errorf("a %.40q signs nothing; what is needed is a PRIVATE KEY", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", block.Type, err)
	}
	var public any
	switch k := private.(type) {
	case *rsa.PrivateKey:
		public = &k.PublicKey
	case *ecdsa.PrivateKey:
		public = &k.PublicKey
	case ed25519.PrivateKey:
		public = k.Public()
	default:
		return nil, fmt.Errorf("a key of the type %T; it takes RSA, P-256 or Ed25519", private)
	}
	alg, err := algOf(public)
	if err != nil {
		return nil, err
	}
	return &SigningKey{alg, private}, nil
}

var errEncrypted = errors.New("the private key is encrypted; openssl pkey -in FILE writes it as it is")

func isPrivate(b *pem.Block) bool { return bytes.HasSuffix([]byte(b.Type), []byte("PRIVATE KEY")) }

// isEncrypted is for the older form (RFC 1421), in headers.
func isEncrypted(b *pem.Block) bool { return b.Headers["DEK-Info"] != "" }

// parseKeyFile returns the one block of a file; nil if it is no PEM, but a secret.
func parseKeyFile(b []byte) (block *pem.Block, secret []byte, err error) {
	if len(b) > maxKeyFile {
		return nil, nil, fmt.Errorf("longer than %d bytes", maxKeyFile)
	}
	if !bytes.Contains(b, []byte("-----BEGIN ")) {
		secret, err = parseSecret(b)
		return nil, secret, err
	}
	block, rest := pem.Decode(b)
	if block != nil && block.Type == "EC PARAMETERS" { // which openssl writes before the key
		block, rest = pem.Decode(rest)
	}
	switch {
	case block == nil:
		return nil, nil, errors.New("the PEM is damaged")
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, nil, errors.New("something follows the key; a file holds one")
	}
	return block, nil, nil
}

// parseSecret takes what is no PEM. What looks like a public key in another form
// is not a secret: everybody may know it.
func parseSecret(b []byte) ([]byte, error) {
	secret := bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
	if len(secret) < minSecret {
		return nil, fmt.Errorf("a secret of %d bytes; it takes %d: openssl rand -hex 32", len(secret), minSecret)
	}
	if _, err := x509.ParsePKIXPublicKey(b); err == nil {
		return nil, errors.New("this is a public key as DER; what is needed is PEM")
	}
	if _, err := x509.ParseCertificate(b); err == nil {
		return nil, errors.New("this is a certificate as DER; what is needed is PEM")
	}
	if json.Valid(b) && bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		return nil, errors.New("this is JSON; keys as JWK are taken from an address alone")
	}
	for _, prefix := range []string{"ssh-", "ecdsa-sha2-"} {
		if bytes.HasPrefix(b, []byte(prefix)) {
			return nil, errors.New("this is a public key of SSH; what is needed is PEM: ssh-keygen -e -m PKCS8 -f FILE")
		}
	}
	return bytes.Clone(secret), nil
}
