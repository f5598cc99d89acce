// Package boltstore keeps the central server's data in one bbolt file: for a
// single server, a demo or a test. It passes the suite of storetest.
//
// Each bucket holds JSON by key. Numbers in keys are big-endian, so that they sort;
// parts of a key are separated by a zero byte, which no part contains.
//
//	meta        schema                          version of this layout
//	fine        violation number                central.Fine
//	subject     by 0 number                     empty: known
//	index       by 0 number 0 violation number  empty
//	reservation id                              central.Reservation
//	application id                              central.Application
//	applicant   civil 0 id                      empty
//	leased      kiosk 0 id                      empty
//	head        kiosk                           record.Head
//	record      kiosk 0 epoch seq               record.Record, payload byte by byte
//	posting     kiosk 0 number                  central.Posting
//	difference  kiosk 0 number                  central.Difference
package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"murur/kiosk/ledger/record"
	"murur/sync/central"
)

const schema = "1"

var (
	meta        = []byte("meta")
	fines       = []byte("fine")
	subjects    = []byte("subject")
	index       = []byte("index")
	reservation = []byte("reservation")
	application = []byte("application")
	applicants  = []byte("applicant")
	leased      = []byte("leased")
	heads       = []byte("head")
	records     = []byte("record")
	postings    = []byte("posting")
	differences = []byte("difference")
	buckets     = [][]byte{meta, fines, subjects, index, reservation, application, applicants, leased, heads, records, postings, differences}
)

// Store is a central.Store.
type Store struct{ db *bbolt.DB }

// ErrSchema: the file was written by a newer program. It was not changed.
var ErrSchema = errors.New("the file has a layout that this program does not know")

// Open opens the file at path, or makes it. It fails after a second when another
// process has it open. Errors: ErrSchema, and what bbolt and the system say.
func Open(path string) (*Store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: time.Second, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType,
	})
	if err != nil {
		return nil, fmt.Errorf("cannot open %s: %w", path, err)
	}
	if err := db.Update(prepare); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot use %s: %w", path, err), db.Close())
	}
	return &Store{db}, nil
}

func prepare(tx *bbolt.Tx) error {
	if b := tx.Bucket(meta); b != nil {
		if v := string(b.Get([]byte("schema"))); v != schema {
			return fmt.Errorf("%w: %q", ErrSchema, v)
		}
	}
	for _, name := range buckets {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return tx.Bucket(meta).Put([]byte("schema"), []byte(schema))
}

// Empty tells whether no fine was ever stored.
func (s *Store) Empty() (empty bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		key, _ := tx.Bucket(fines).Cursor().First()
		empty = key == nil
		return nil
	})
	return empty, err
}

// View runs f on one consistent state.
func (s *Store) View(ctx context.Context, f func(central.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.db.View(func(tx *bbolt.Tx) error { return f(view{tx}) })
}

// Update runs f alone; what it wrote is synced when Update returns nil.
func (s *Store) Update(ctx context.Context, f func(central.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.db.Update(func(tx *bbolt.Tx) error { return f(view{tx}) })
}

// Close waits for what is running.
func (s *Store) Close() error { return s.db.Close() }

var _ central.Store = (*Store)(nil)

// view is a central.Tx; inside View its writes fail.
type view struct{ tx *bbolt.Tx }

// stored is a record with its payload as bytes: JSON inside JSON would be
// reformatted, and the payload is hashed byte by byte.
type stored struct {
	record.Record
	Payload []byte `json:"payload,omitempty"`
}

func (v view) get(bucket, key []byte, into any) error {
	value := v.tx.Bucket(bucket).Get(key)
	if value == nil {
		return central.ErrNone
	}
	return decode(bucket, value, into)
}

func decode(bucket, value []byte, into any) error {
	if err := json.Unmarshal(value, into); err != nil {
		return fmt.Errorf("cannot read an entry of %s: %w", bucket, err)
	}
	return nil
}

func (v view) put(bucket, key []byte, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return v.tx.Bucket(bucket).Put(key, b)
}

func (v view) Fine(id string) (f central.Fine, err error) {
	return f, v.get(fines, []byte(id), &f)
}

func (v view) FinesOf(s central.Subject) ([]central.Fine, error) {
	if v.tx.Bucket(subjects).Get(subjectKey(s)) == nil {
		return nil, central.ErrNone
	}
	var all []central.Fine
	prefix := append(subjectKey(s), 0)
	c := v.tx.Bucket(index).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		f, err := v.Fine(string(k[len(prefix):]))
		if err != nil {
			return nil, fmt.Errorf("cannot read a fine of the index: %w", err)
		}
		all = append(all, f)
	}
	return all, nil
}

func (v view) Reservation(id string) (r central.Reservation, err error) {
	return r, v.get(reservation, []byte(id), &r)
}

func (v view) Application(id string) (a central.Application, err error) {
	return a, v.get(application, []byte(id), &a)
}

func (v view) ApplicationsOf(civil string) ([]central.Application, error) {
	return v.applications(applicants, civil, "", 1000)
}

func (v view) LeasedTo(kiosk, after string, limit int) ([]central.Application, error) {
	return v.applications(leased, kiosk, after, limit)
}

// applications are those that an index has below a key, after an id.
func (v view) applications(index []byte, of, after string, limit int) ([]central.Application, error) {
	var all []central.Application
	prefix := append([]byte(of), 0)
	c := v.tx.Bucket(index).Cursor()
	for k, _ := c.Seek(append(prefix, after...)); bytes.HasPrefix(k, prefix) && len(all) < limit; k, _ = c.Next() {
		id := string(k[len(prefix):])
		if id == after {
			continue
		}
		a, err := v.Application(id)
		if err != nil {
			return nil, fmt.Errorf("cannot read an application of the index: %w", err)
		}
		all = append(all, a)
	}
	return all, nil
}

func (v view) PutApplication(a central.Application) error {
	switch before, err := v.Application(a.ID); {
	case err == nil && before.Kiosk != a.Kiosk && before.Kiosk != "":
		if err := v.tx.Bucket(leased).Delete(pairKey(before.Kiosk, a.ID)); err != nil {
			return err
		}
	case err != nil && !errors.Is(err, central.ErrNone):
		return err
	}
	if a.Kiosk != "" {
		if err := v.tx.Bucket(leased).Put(pairKey(a.Kiosk, a.ID), []byte{}); err != nil {
			return err
		}
	}
	if err := v.tx.Bucket(applicants).Put(pairKey(a.Civil, a.ID), []byte{}); err != nil {
		return err
	}
	return v.put(application, []byte(a.ID), a)
}

func (v view) Head(kiosk string) (h record.Head, err error) {
	return h, v.get(heads, []byte(kiosk), &h)
}

func (v view) Record(kiosk string, epoch uint32, seq uint64) (record.Record, error) {
	var s stored
	err := v.get(records, recordKey(kiosk, epoch, seq), &s)
	s.Record.Payload = s.Payload
	return s.Record, err
}

func (v view) Postings(kiosk string, after uint64, limit int) ([]central.Posting, error) {
	return list[central.Posting](v, postings, kiosk, after, limit)
}

func (v view) Differences(kiosk string, after uint64, limit int) ([]central.Difference, error) {
	return list[central.Difference](v, differences, kiosk, after, limit)
}

func list[T any](v view, bucket []byte, kiosk string, after uint64, limit int) ([]T, error) {
	var all []T
	c, prefix := v.tx.Bucket(bucket).Cursor(), append([]byte(kiosk), 0)
	k, value := c.Seek(numberKey(kiosk, after))
	if bytes.Equal(k, numberKey(kiosk, after)) {
		k, value = c.Next()
	}
	for ; bytes.HasPrefix(k, prefix) && len(all) < limit; k, value = c.Next() {
		var one T
		if err := decode(bucket, value, &one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (v view) PutSubject(s central.Subject) error {
	return v.tx.Bucket(subjects).Put(subjectKey(s), []byte{})
}

func (v view) PutFine(f central.Fine) error {
	for _, s := range f.Subjects() {
		if err := v.PutSubject(s); err != nil {
			return err
		}
		key := append(append(subjectKey(s), 0), f.ID...)
		if err := v.tx.Bucket(index).Put(key, []byte{}); err != nil {
			return err
		}
	}
	return v.put(fines, []byte(f.ID), f)
}

func (v view) PutReservation(r central.Reservation) error {
	return v.put(reservation, []byte(r.ID), r)
}

func (v view) DropReservation(id string) error {
	return v.tx.Bucket(reservation).Delete([]byte(id))
}

func (v view) PutRecord(r record.Record) error {
	if err := v.put(records, recordKey(r.Kiosk, r.Epoch, r.Seq), stored{r, r.Payload}); err != nil {
		return err
	}
	return v.put(heads, []byte(r.Kiosk), record.Head{Epoch: r.Epoch, Seq: r.Seq, Hash: r.Hash})
}

func (v view) AddPosting(p central.Posting) (uint64, error) {
	number, err := v.tx.Bucket(postings).NextSequence()
	if err != nil {
		return 0, err
	}
	p.Number = number
	return number, v.put(postings, numberKey(p.Place.Kiosk, number), p)
}

func (v view) AddDifference(d central.Difference) (uint64, error) {
	number, err := v.tx.Bucket(differences).NextSequence()
	if err != nil {
		return 0, err
	}
	d.Number = number
	return number, v.put(differences, numberKey(d.Place.Kiosk, number), d)
}

func subjectKey(s central.Subject) []byte {
	return append(append([]byte(s.By), 0), s.Number...)
}

func pairKey(of, id string) []byte { return append(append([]byte(of), 0), id...) }

func numberKey(kiosk string, number uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(kiosk), 0), number)
}

func recordKey(kiosk string, epoch uint32, seq uint64) []byte {
	key := binary.BigEndian.AppendUint32(append([]byte(kiosk), 0), epoch)
	return binary.BigEndian.AppendUint64(key, seq)
}
