package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"murur/kiosk/ledger/record"
)

// entry is a record as the file keeps it, with what is sealed in it.
type entry struct {
	record.Record
	sealed []byte // nil for none
}

// recordKey sorts as the log does. It is the only place of epoch and seq.
func recordKey(epoch uint32, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(make([]byte, 0, 12), epoch), seq)
}

// encode writes hash (32), prev (32), at (8, microseconds since 1970), then kiosk,
// journey, kind, payload and what is sealed, each after its length as a uvarint.
func (e entry) encode() []byte {
	fields := [][]byte{[]byte(e.Kiosk), []byte(e.Journey), []byte(e.Kind), e.Payload, e.sealed}
	b := make([]byte, 0, 128+len(e.Payload)+len(e.sealed))
	b = append(append(b, e.Hash[:]...), e.Prev[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(e.At.UnixMicro()))
	for _, f := range fields {
		b = append(binary.AppendUvarint(b, uint64(len(f))), f...)
	}
	return b
}

// parseEntry is the reverse of encode, and checks the record by itself. What it
// returns has no memory in common with v. Errors: ErrCorrupt.
func parseEntry(k, v []byte) (entry, error) {
	const fixed = 2*sha256.Size + 8
	if len(k) != 12 || len(v) < fixed {
		return entry{}, fmt.Errorf("%w: a record is cut short", ErrCorrupt)
	}
	e := entry{Record: record.Record{
		Epoch: binary.BigEndian.Uint32(k),
		Seq:   binary.BigEndian.Uint64(k[4:]),
		Hash:  record.Hash(v),
		Prev:  record.Hash(v[sha256.Size:]),
		At:    time.UnixMicro(int64(binary.BigEndian.Uint64(v[2*sha256.Size:]))).UTC(),
	}}
	rest := bytes.Clone(v[fixed:])
	var fields [5][]byte
	for i := range fields {
		size, n := binary.Uvarint(rest)
		if n <= 0 || size > uint64(len(rest)-n) {
			return entry{}, fmt.Errorf("%w: record %d is cut short", ErrCorrupt, e.Seq)
		}
		if end := n + int(size); size > 0 {
			fields[i] = rest[n:end:end]
			rest = rest[end:]
		} else {
			rest = rest[n:]
		}
	}
	e.Kiosk, e.Journey, e.Kind = string(fields[0]), string(fields[1]), string(fields[2])
	e.Payload, e.sealed = fields[3], fields[4]
	if e.sealed != nil {
		e.SealedSum = sha256.Sum256(e.sealed)
	}
	if len(rest) > 0 || e.Hash != e.Sum() {
		return entry{}, fmt.Errorf("%w: record %d was changed", ErrCorrupt, e.Seq)
	}
	return e, nil
}
