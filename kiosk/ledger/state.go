package ledger

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"murur/kiosk/ledger/record"
)

// schema is the layout that this program writes:
//
//	ledger   "state"          digest (32) and JSON of state
//	records  epoch, seq       big-endian, 4 and 8 bytes → see entry
//	<table>  the caller's key digest (32), sealed (1), JSON or sealed JSON
const schema = 2

var (
	ledgerBucket  = []byte("ledger")
	recordsBucket = []byte("records")
	stateKey      = []byte("state")
)

// state is the one row that every commit rewrites. A newer schema must keep the
// bucket, the key, the digest and the field "schema".
type state struct {
	Schema   int         `json:"schema"`
	Kiosk    string      `json:"kiosk"`
	Created  time.Time   `json:"created"`
	Commit   int         `json:"commit"`   // bbolt's number of the commit that wrote this
	KeyCheck []byte      `json:"keyCheck"` // something sealed, to recognise the key
	Chain    chain       `json:"chain"`    // of the current epoch
	Closed   []chain     `json:"closed,omitempty"`
	Sum      record.Hash `json:"sum"` // digests of all projections, combined by xor
}

// chain is what is known about one epoch. Its records after Base are in the file.
type chain struct {
	Base         record.Head `json:"base"` // newest record pruned
	Acknowledged record.Head `json:"acknowledged"`
	Head         record.Head `json:"head"`
}

func (s *state) clone() *state {
	c := *s
	c.Closed = slices.Clone(s.Closed)
	return &c
}

// chains are all epochs: 0, 1, 2, … The last is the current one.
func (s *state) chains() []*chain {
	all := make([]*chain, 0, len(s.Closed)+1)
	for i := range s.Closed {
		all = append(all, &s.Closed[i])
	}
	return append(all, &s.Chain)
}

// put writes the state as the last thing of a commit.
func (s *state) put(tx *bbolt.Tx) error {
	s.Commit = tx.ID()
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	return tx.Bucket(ledgerBucket).Put(stateKey, append(sum[:], data...))
}

func readState(tx *bbolt.Tx) (*state, error) {
	b := tx.Bucket(ledgerBucket)
	if b == nil {
		return nil, fmt.Errorf("%w: it has no state", ErrCorrupt)
	}
	v := b.Get(stateKey)
	if len(v) < sha256.Size || sha256.Sum256(v[sha256.Size:]) != [32]byte(v) {
		return nil, fmt.Errorf("%w: its state was changed", ErrCorrupt)
	}
	data := v[sha256.Size:]
	var version struct {
		Schema int `json:"schema"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return nil, fmt.Errorf("%w: its state cannot be read: %v", ErrCorrupt, err)
	}
	if version.Schema > schema {
		return nil, fmt.Errorf("%w: schema %d, this program knows %d", ErrSchema, version.Schema, schema)
	}
	s := new(state)
	if err := json.Unmarshal(data, s); err != nil || s.Schema < 1 {
		return nil, fmt.Errorf("%w: its state cannot be read: %v", ErrCorrupt, err)
	}
	return s, nil
}
