// Package record is one entry of the hash-chained log, as the kiosk keeps it and
// the central server receives it. It has no storage of its own, so both sides
// check the same chain with the same code.
package record

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"time"
)

// Hash is a SHA-256 digest; as text it is 64 hex digits.
type Hash [sha256.Size]byte

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes 64 hex digits.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads 64 hex digits.
func (h *Hash) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != len(h) {
		return fmt.Errorf("cannot read hash: need %d hex digits", 2*len(h))
	}
	copy(h[:], b)
	return nil
}

// Record is one durable fact. Payload has no personal data. What is personal is
// sealed by the kiosk with its own key; only its digest is chained, so that the
// sealed bytes can stay at home and be erased without breaking the chain.
type Record struct {
	Kiosk     string          `json:"kiosk"`
	Epoch     uint32          `json:"epoch"`
	Seq       uint64          `json:"seq"` // 1, 2, 3, … in an epoch, no gaps
	At        time.Time       `json:"at"`  // UTC, microseconds
	Journey   string          `json:"journey,omitempty"`
	Kind      string          `json:"kind"` // "payment.approved", …
	Payload   json.RawMessage `json:"payload,omitempty"`
	SealedSum Hash            `json:"sealedSum,omitzero"` // zero: nothing sealed
	Prev      Hash            `json:"prev"`               // zero for seq 1
	Hash      Hash            `json:"hash"`
}

// Sum computes the record's own hash over every other field.
func (r Record) Sum() Hash {
	h := sha256.New()
	text(h, "murur record 1")
	text(h, r.Kiosk)
	number(h, uint64(r.Epoch))
	number(h, r.Seq)
	number(h, uint64(r.At.UnixMicro()))
	text(h, r.Journey)
	text(h, r.Kind)
	text(h, string(r.Payload))
	h.Write(r.SealedSum[:])
	h.Write(r.Prev[:])
	var sum Hash
	h.Sum(sum[:0])
	return sum
}

func text(h hash.Hash, s string) {
	number(h, uint64(len(s)))
	h.Write([]byte(s))
}

func number(h hash.Hash, n uint64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	h.Write(b[:])
}

// What breaks a chain.
var (
	ErrGap   = errors.New("a record is missing")
	ErrChain = errors.New("a record does not follow the one before it")
	ErrHash  = errors.New("a record was changed")
)

// Head is the end of a chain. The zero Head is an empty chain.
type Head struct {
	Epoch uint32 `json:"epoch"`
	Seq   uint64 `json:"seq"`
	Hash  Hash   `json:"hash"`
}

// Follow checks that r is the next record after h and returns the new head.
// Errors: ErrGap, ErrChain, ErrHash.
func (h Head) Follow(r Record) (Head, error) {
	switch {
	case r.Seq != h.Seq+1 || r.Epoch != h.Epoch:
		return h, fmt.Errorf("%w: have %d/%d, got %d/%d", ErrGap, h.Epoch, h.Seq, r.Epoch, r.Seq)
	case r.Prev != h.Hash:
		return h, fmt.Errorf("%w: seq %d", ErrChain, r.Seq)
	case r.Hash != r.Sum():
		return h, fmt.Errorf("%w: seq %d", ErrHash, r.Seq)
	}
	return Head{Epoch: r.Epoch, Seq: r.Seq, Hash: r.Hash}, nil
}
