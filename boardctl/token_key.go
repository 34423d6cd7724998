package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/golang-jwt/jwt/v5"
)

// tokenKey is a key of tokens: a secret, which signs and checks, a private key, which
// does as well, or a public one, which checks alone.
type tokenKey struct {
	method jwt.SigningMethod
	signs  any // nil: it does not
	checks any
}

// Limits of keys, as the relay has them.
const (
	minSecret  = 32 // bytes
	minRSA     = 2048
	maxRSA     = 8192 // bits
	maxKeyFile = 64 << 10
)

// readKey reads a key from a file: PEM, or else a secret, to which the line end behind
// it does not belong.
func readKey(name string) (*tokenKey, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxKeyFile+1))
	if err != nil {
		return nil, err
	}
	k, err := parseKey(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return k, nil
}

func parseKey(data []byte) (*tokenKey, error) {
	if len(data) > maxKeyFile {
		return nil, fmt.Errorf("a key has at most %d bytes", maxKeyFile)
	}
	if !bytes.Contains(data, []byte("-----BEGIN ")) {
		secret := bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r"))
		if len(secret) < minSecret {
			return nil, fmt.Errorf("a secret of %d bytes; it takes %d: openssl rand -hex 32", len(secret), minSecret)
		}
		return &tokenKey{jwt.SigningMethodHS256, secret, secret}, nil
	}
	block, rest := pem.Decode(data)
	if block != nil && block.Type == "EC PARAMETERS" { // which openssl writes before the key
		block, rest = pem.Decode(rest)
	}
	switch {
	case block == nil:
		return nil, errors.New("the PEM is damaged")
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, errors.New("something follows the key; a file holds one")
	case block.Type == "ENCRYPTED PRIVATE KEY", block.Headers["DEK-Info"] != "":
		return nil, errors.New("the private key is encrypted; openssl pkey -in FILE writes it as it is")
	}
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var c *x509.Certificate
		if c, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = c.PublicKey
		}
	default:
		return nil, fmt.Errorf("a %.40q is no key", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", block.Type, err)
	}
	k := &tokenKey{checks: key}
	if private, ok := key.(crypto.Signer); ok {
		k.signs, k.checks = private, private.Public()
	}
	k.method, err = methodOf(k.checks)
	return k, err
}

// methodOf is how a public key is used, if it is a good one.
func methodOf(public any) (jwt.SigningMethod, error) {
	switch key := public.(type) {
	case *rsa.PublicKey:
		if n := key.N.BitLen(); n < minRSA || n > maxRSA {
			return nil, fmt.Errorf("an RSA key of %d bits; it takes %d to %d", n, minRSA, maxRSA)
		}
		return jwt.SigningMethodRS256, nil
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return nil, fmt.Errorf("a key on the curve %s; it takes P-256", key.Params().Name)
		}
		return jwt.SigningMethodES256, nil
	case ed25519.PublicKey:
		return jwt.SigningMethodEdDSA, nil
	}
	return nil, fmt.Errorf("a key of the type %T; it takes RSA, P-256 or Ed25519", public)
}
