package ledger

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
)

// sealer seals personal data. Each seal is bound to a place, so that sealed bytes
// copied elsewhere in the file do not open. A zero sealer has no key.
type sealer struct{ aead cipher.AEAD }

func newSealer(key [32]byte) (sealer, error) {
	if key == [32]byte{} {
		return sealer{}, nil
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return sealer{}, err
	}
	aead, err := cipher.NewGCM(block)
	return sealer{aead}, err
}

// seal returns the nonce and the sealed bytes.
func (s sealer) seal(plain, place []byte) ([]byte, error) {
	if s.aead == nil {
		return nil, ErrKey
	}
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return s.aead.Seal(nonce, nonce, plain, place), nil
}

// open is the reverse of seal. Errors: ErrKey.
func (s sealer) open(sealed, place []byte) ([]byte, error) {
	if s.aead == nil {
		return nil, ErrKey
	}
	n := s.aead.NonceSize()
	if len(sealed) < n {
		return nil, fmt.Errorf("%w: sealed data is too short", ErrCorrupt)
	}
	plain, err := s.aead.Open(nil, sealed[:n], sealed[n:], place)
	if err != nil {
		return nil, ErrKey
	}
	return plain, nil
}

// The places. The first byte keeps the kinds apart.

func keyCheckPlace(kiosk string) []byte { return append([]byte{'k'}, kiosk...) }

func recordPlace(kiosk string, epoch uint32, seq uint64) []byte {
	place := binary.BigEndian.AppendUint32([]byte{'r'}, epoch)
	return append(binary.BigEndian.AppendUint64(place, seq), kiosk...)
}

func cellPlace(t Table, key string) []byte {
	return append(append([]byte{'p'}, t...), "\x00"+key...)
}
