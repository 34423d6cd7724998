// Package pushtest reads what is pushed to a device as a browser does, for tests. It
// follows the RFCs, and shares nothing with what writes it.
package pushtest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// Device has a subscription: a key, of P-256, and a secret of 16 bytes.
type Device struct {
	Key  *ecdh.PrivateKey
	Auth []byte
}

// Public returns the key that a relay is told, 65 bytes.
func (d *Device) Public() []byte { return d.Key.PublicKey().Bytes() }

// Decrypt returns the text of what was pushed to the device (RFC 8291 section 3.4, and
// RFC 8188 section 2, of one record).
func (d *Device) Decrypt(body []byte) ([]byte, error) {
	if len(body) < 21 {
		return nil, fmt.Errorf("there are %d bytes, and no header", len(body))
	}
	salt, size, n := body[:16], binary.BigEndian.Uint32(body[16:20]), int(body[20])
	if n != 65 || len(body) < 21+n {
		return nil, fmt.Errorf("the key has %d bytes", n)
	}
	from, sealed := body[21:21+n], body[21+n:]
	if len(sealed) > int(size) {
		return nil, fmt.Errorf("the record has %d bytes, and says %d", len(sealed), size)
	}
	theirs, err := ecdh.P256().NewPublicKey(from)
	if err != nil {
		return nil, err
	}
	shared, err := d.Key.ECDH(theirs)
	if err != nil {
		return nil, err
	}
	derive := func(secret, salt []byte, info string, n int) []byte {
		key, failed := hkdf.Key(sha256.New, secret, salt, info, n)
		err = errors.Join(err, failed)
		return key
	}
	ikm := derive(shared, d.Auth, "WebPush: info\x00"+string(d.Public())+string(from), 32)
	key := derive(ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	nonce := derive(ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nonce, sealed, nil)
	if err != nil {
		return nil, err
	}
	// The last record ends with a 2 and zeros.
	text, ok := bytes.CutSuffix(bytes.TrimRight(plain, "\x00"), []byte{2})
	if !ok {
		return nil, errors.New("there is no end of the last record")
	}
	return text, nil
}
